/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON from elsewhere: parsed within limits, read without trusting its types. */
#pragma once

#include "ek-error.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define EK_JSON_MAX_DEPTH 64

JsonNode *
ek_json_parse (const char *text, gsize size, gsize max_size, EkError code, GError **error);

const char *ek_json_get_text (JsonObject *object, const char *name);
gboolean ek_json_get_integer (JsonObject *object, const char *name, gint64 *value);
gboolean ek_json_get_boolean (JsonObject *object, const char *name);
JsonObject *ek_json_get_object (JsonObject *object, const char *name);
JsonArray *ek_json_get_array (JsonObject *object, const char *name);
const char *ek_json_array_get_text (JsonArray *array, guint index);
JsonObject *ek_json_array_get_object (JsonArray *array, guint index);
const char *ek_json_node_get_text (JsonNode *node);

G_END_DECLS
