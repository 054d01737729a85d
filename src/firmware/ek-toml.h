/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TOML text as the tree that JSON text becomes, so that one code reads both. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define EK_TOML_MAX_SIZE  (1024 * 1024)
#define EK_TOML_MAX_DEPTH 32

JsonNode *ek_toml_parse (const char *text, gsize size, GError **error);

G_END_DECLS
