/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json-glib for text from elsewhere. It parses by recursion without a limit and takes comments, so
 * the text is looked at first; and its accessors want to be sure of a type, so ours ask. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-json.h"

#include <string.h>

/* RFC 8259, section 2: all there is outside of strings. */
#define ALLOWED "{}[]:,\"+-.0123456789eEtrufalsn \t\r\n"

/* Around the one value; brackets too many have a message of their own. */
#define OUTSIDE " \t\r\n}]"

typedef struct
{
  const char *text;
  gsize size;
  gsize place;
  EkError code;
} Scan;

static gboolean
scan_refuse (const Scan *self, const char *problem, GError **error)
{
  guint line = 1;
  gsize start = 0;

  for (gsize i = 0; i < self->place; i++)
    if (self->text[i] == '\n')
      {
        line++;
        start = i + 1;
      }

  g_set_error (error, EK_ERROR, (gint) self->code, "Line %u, column %u: %s", line,
               (guint) (self->place - start + 1), problem);
  return FALSE;
}

/* From the first quote to the last. */
static gboolean
scan_string (Scan *self, GError **error)
{
  for (self->place++; self->place < self->size && self->text[self->place] != '"'; self->place++)
    if (self->text[self->place] == '\\')
      self->place++;
  self->place = MIN (self->place, self->size);

  return self->place < self->size || scan_refuse (self, "a text has no end", error);
}

static gboolean
check_nesting (const char *text, gsize size, EkError code, GError **error)
{
  Scan scan = { text, size, 0, code };
  guint depth = 0;
  gboolean ended = FALSE;

  for (; scan.place < size; scan.place++)
    {
      char c = text[scan.place];

      if (c == '\0' || strchr (ALLOWED, c) == NULL)
        return scan_refuse (&scan, "this is no JSON", error);
      /* of a second value, json-glib loses the first */
      if (depth == 0 && strchr (ended ? OUTSIDE : OUTSIDE "{[", c) == NULL)
        return scan_refuse (&scan, "this is not one object or list", error);
      if (c == '"' && !scan_string (&scan, error))
        return FALSE;
      if ((c == '{' || c == '[') && ++depth > EK_JSON_MAX_DEPTH)
        return scan_refuse (&scan, "too many levels deep", error);
      if ((c == '}' || c == ']') && depth-- == 0)
        return scan_refuse (&scan, "closed, but never opened", error);
      ended = depth == 0 && (ended || c == '}' || c == ']');
    }

  return TRUE;
}

static gboolean
check_text (const char *text, gsize size, gsize max_size, EkError code, GError **error)
{
  if (size == 0)
    g_set_error (error, EK_ERROR, (gint) code, "JSON text is empty");
  else if (size > max_size)
    g_set_error (error, EK_ERROR, (gint) code, "JSON text of %zu bytes; %zu are the limit", size,
                 max_size);
  else if (!g_utf8_validate_len (text, size, NULL))
    g_set_error (error, EK_ERROR, (gint) code, "JSON text is not UTF-8, or has a NUL");
  else
    return check_nesting (text, size, code, error);

  return FALSE;
}

/**
 * ek_json_parse:
 * @text: (array length=size): UTF-8, with or without a byte order mark
 * @max_size: the most bytes that make sense here
 * @code: what a bad text means to the caller, such as %EK_ERROR_CATALOG
 *
 * Source: RFC 8259. At most %EK_JSON_MAX_DEPTH levels.
 *
 * Returns: (transfer full): the tree, or %NULL with an error of @code
 */
JsonNode *
ek_json_parse (const char *text, gsize size, gsize max_size, EkError code, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) problem = NULL;
  JsonNode *root;

  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      size -= 3;
    }

  if (!check_text (text, size, max_size, code, error))
    return NULL;

  if (!json_parser_load_from_data (parser, text, (gssize) size, &problem))
    {
      g_set_error (error, EK_ERROR, (gint) code, "JSON: %s", problem->message);
      return NULL;
    }

  root = json_parser_steal_root (parser);
  if (root == NULL)
    g_set_error (error, EK_ERROR, (gint) code, "JSON text is empty");
  return root;
}

static gboolean
holds (JsonNode *node, GType type)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static JsonNode *
get_member (JsonObject *object, const char *name)
{
  return object != NULL ? json_object_get_member (object, name) : NULL;
}

static JsonNode *
get_element (JsonArray *array, guint index)
{
  return array != NULL && index < json_array_get_length (array)
             ? json_array_get_element (array, index)
             : NULL;
}

/**
 * ek_json_node_get_text:
 * @node: (nullable):
 *
 * Returns: (nullable) (transfer none): the text, or %NULL if it is anything else
 */
const char *
ek_json_node_get_text (JsonNode *node)
{
  return holds (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
}

/**
 * ek_json_get_text:
 * @object: (nullable):
 *
 * Returns: (nullable) (transfer none): the member, or %NULL if missing or no text
 */
const char *
ek_json_get_text (JsonObject *object, const char *name)
{
  return ek_json_node_get_text (get_member (object, name));
}

/**
 * ek_json_get_integer:
 * @object: (nullable):
 * @value: (out):
 *
 * Returns: %FALSE and leaves @value alone if missing or no integer
 */
gboolean
ek_json_get_integer (JsonObject *object, const char *name, gint64 *value)
{
  JsonNode *node = get_member (object, name);

  if (!holds (node, G_TYPE_INT64))
    return FALSE;

  *value = json_node_get_int (node);
  return TRUE;
}

/**
 * ek_json_get_boolean:
 * @object: (nullable):
 *
 * Returns: %TRUE if the member is there and true
 */
gboolean
ek_json_get_boolean (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return holds (node, G_TYPE_BOOLEAN) && json_node_get_boolean (node);
}

static JsonObject *
node_get_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * ek_json_get_object:
 * @object: (nullable):
 *
 * Returns: (nullable) (transfer none): the member, or %NULL if missing or no object
 */
JsonObject *
ek_json_get_object (JsonObject *object, const char *name)
{
  return node_get_object (get_member (object, name));
}

/**
 * ek_json_get_array:
 * @object: (nullable):
 *
 * Returns: (nullable) (transfer none): the member, or %NULL if missing or no array
 */
JsonArray *
ek_json_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/**
 * ek_json_array_get_text:
 * @array: (nullable):
 *
 * Returns: (nullable) (transfer none): the element, or %NULL if missing or no text
 */
const char *
ek_json_array_get_text (JsonArray *array, guint index)
{
  return ek_json_node_get_text (get_element (array, index));
}

/**
 * ek_json_array_get_object:
 * @array: (nullable):
 *
 * Returns: (nullable) (transfer none): the element, or %NULL if missing or no object
 */
JsonObject *
ek_json_array_get_object (JsonArray *array, guint index)
{
  return node_get_object (get_element (array, index));
}
