/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of the cache: small JSON files, and how a failed write is told. Private to this folder. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-error.h"

G_BEGIN_DECLS

void ek_store_set_errno (GError **error, const char *path, int number);
gboolean ek_store_make_folder (const char *path, GError **error);
gboolean ek_is_header_value (const char *text);

JsonObject *ek_json_read_file (const char *path);
gboolean ek_json_write_file (JsonBuilder *builder, const char *path, GError **error);
const char *ek_json_get_string (JsonObject *object, const char *name);
char *ek_json_dup_header (JsonObject *object, const char *name);
gint64 ek_json_get_int (JsonObject *object, const char *name);
void ek_json_add_string (JsonBuilder *builder, const char *name, const char *text);

G_END_DECLS
