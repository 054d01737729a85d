/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose signatures count in this call, and whether one is needed. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-bundle.h"

G_BEGIN_DECLS

/**
 * EkCliTrust:
 * @keys: (nullable): files or keys
 * @required: firmware has to be signed by one that is trusted
 */
typedef struct
{
  char **keys;
  gboolean required;
} EkCliTrust;

/* clang-format off */
#define EK_CLI_TRUST_ENTRIES(trust) \
  { "trust-key", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(trust).keys, \
    N_ ("trust this key too, a file or the key itself"), N_ ("FILE|KEY") }, \
  { "require-signature", 0, 0, G_OPTION_ARG_NONE, &(trust).required, \
    N_ ("refuse what isn't signed with a trusted key"), NULL }
/* clang-format on */

gboolean ek_cli_trust_apply (const EkCliTrust *trust, GError **error);
gboolean ek_cli_trust_check (const EkCliTrust *trust, EkBundle *bundle, GError **error);
char *ek_cli_trust_describe (EkBundle *bundle);
void ek_cli_trust_add_json (JsonBuilder *builder, EkBundle *bundle);

G_END_DECLS
