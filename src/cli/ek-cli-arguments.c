/* SPDX-License-Identifier: GPL-3.0-or-later */
/* null is the same as left out; any other wrong type is an error that names the argument. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-arguments.h"

#include "ek-cli-numbers.h"

static void
refuse (EkCliArguments *self, const char *name, const char *what)
{
  if (self->error == NULL)
    g_set_error (&self->error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "%s: %s", name, what);
}

static JsonNode *
find (EkCliArguments *self, const char *name)
{
  JsonNode *node = self->object != NULL ? json_object_get_member (self->object, name) : NULL;

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static JsonNode *
find_value (EkCliArguments *self, const char *name, GType type, const char *what)
{
  JsonNode *node = find (self, name);

  if (node == NULL || (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type))
    return node;

  refuse (self, name, what);
  return NULL;
}

/**
 * ek_cli_arguments_text:
 * @fallback: (nullable): if it is left out
 *
 * Returns: (nullable) (transfer none)
 */
const char *
ek_cli_arguments_text (EkCliArguments *self, const char *name, const char *fallback)
{
  JsonNode *node = find_value (self, name, G_TYPE_STRING, "has to be a string");

  return node != NULL ? json_node_get_string (node) : fallback;
}

/**
 * ek_cli_arguments_need:
 *
 * Returns: (transfer none): a text that has to be there; "" if it isn't
 */
const char *
ek_cli_arguments_need (EkCliArguments *self, const char *name)
{
  const char *text = ek_cli_arguments_text (self, name, NULL);

  if (text == NULL || *text == '\0')
    refuse (self, name, "is required");
  return text != NULL ? text : "";
}

gboolean
ek_cli_arguments_flag (EkCliArguments *self, const char *name, gboolean fallback)
{
  JsonNode *node = find_value (self, name, G_TYPE_BOOLEAN, "has to be true or false");

  return node != NULL ? json_node_get_boolean (node) : fallback;
}

gint64
ek_cli_arguments_number (EkCliArguments *self,
                         const char *name,
                         gint64 fallback,
                         gint64 min,
                         gint64 max)
{
  JsonNode *node = find_value (self, name, G_TYPE_INT64, "has to be a whole number");
  gint64 value = node != NULL ? json_node_get_int (node) : fallback;

  if (node != NULL && (value < min || value > max))
    {
      g_autofree char *what =
          g_strdup_printf ("has to be %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min, max);

      refuse (self, name, what);
    }
  return value;
}

/**
 * ek_cli_arguments_address:
 *
 * Returns: of a text such as "0x10000"
 */
guint32
ek_cli_arguments_address (EkCliArguments *self, const char *name, guint32 fallback)
{
  const char *text = ek_cli_arguments_text (self, name, NULL);
  guint32 value = fallback;

  if (text != NULL && self->error == NULL)
    (void) ek_cli_parse_address (text, &value, &self->error);
  return value;
}

/**
 * ek_cli_arguments_size:
 *
 * Returns: of a text such as "0x1000" or "4096"; 0 if it is left out
 */
guint32
ek_cli_arguments_size (EkCliArguments *self, const char *name)
{
  const char *text = ek_cli_arguments_text (self, name, NULL);
  guint32 value = 0;

  if (text != NULL && self->error == NULL)
    (void) ek_cli_parse_size (text, &value, &self->error);
  return value;
}

/**
 * ek_cli_arguments_list:
 *
 * Returns: (nullable) (transfer none): a list that has to be there and not be empty
 */
JsonArray *
ek_cli_arguments_list (EkCliArguments *self, const char *name)
{
  JsonNode *node = find (self, name);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node) &&
      json_array_get_length (json_node_get_array (node)) > 0)
    return json_node_get_array (node);

  refuse (self, name, "has to be a list that is not empty");
  return NULL;
}

/**
 * ek_cli_arguments_texts:
 *
 * Returns: (transfer full) (nullable): %NULL if it is left out
 */
char **
ek_cli_arguments_texts (EkCliArguments *self, const char *name)
{
  g_autoptr (GPtrArray) texts = NULL;
  JsonArray *list;

  if (find (self, name) == NULL || (list = ek_cli_arguments_list (self, name)) == NULL)
    return NULL;

  texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *node = json_array_get_element (list, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        {
          refuse (self, name, "has to be a list of strings");
          return NULL;
        }
      g_ptr_array_add (texts, g_strdup (json_node_get_string (node)));
    }
  g_ptr_array_add (texts, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}
