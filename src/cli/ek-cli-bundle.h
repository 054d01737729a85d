/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the actions of ekflash bundle share. */
#pragma once

#include "ek-bundle.h"
#include "ek-file-set.h"
#include "ek-secret-key.h"

G_BEGIN_DECLS

/**
 * EkCliKey:
 * @path: (nullable): file of the secret key
 * @from_input: its password is a line of the standard input
 * @unprotected: a new key gets no password
 */
typedef struct
{
  char *path;
  gboolean from_input;
  gboolean unprotected;
} EkCliKey;

EkSecretKey *ek_cli_key_read (const EkCliKey *key, GError **error);
gboolean ek_cli_key_create (const EkCliKey *key, const char *public_path, GError **error);

G_END_DECLS
