/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON from elsewhere: limits, and members of the wrong type. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-json.h"

#include <string.h>

static JsonNode *
parse (const char *text, gsize size, GError **error)
{
  g_autofree char *copy = g_memdup2 (text, size);

  return ek_json_parse (copy, size, 1024 * 1024, EK_ERROR_CATALOG, error);
}

static void
assert_refused (const char *text, gsize size, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (text, size, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

static const struct
{
  const char *text;
  const char *word;
} mistakes[] = {
  { "", "empty" },
  { " \n", "empty" },
  { "{", "JSON" },
  { "{\n \"a\": 1,\n \"b\" 2 }", "3" },
  { "}", "Line 1, column 1: closed" },
  { "{\n  # no\n}", "Line 2, column 3" },
  { "/* no */ {}", "Line 1, column 1" },
  { "// no\n{}", "no JSON" },
  { "{'a': 1}", "no JSON" },
  { "{\"no end", "no end" },
  { "{\"no end\\", "no end" },
  { "6{\"a\": 1}", "one object" }, /* json-glib leaks the first */
  { "{} {}", "one object" },
  { "[], 1", "one object" },
  { "\"text\"", "one object" },
  { "{\"a\": \"\xff\"}", "UTF-8" },
  { "<html>", "no JSON" },
};

static void
test_mistakes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    assert_refused (mistakes[i].text, strlen (mistakes[i].text), mistakes[i].word);
  assert_refused ("{}\0", 3, "NUL");
}

static char *
nested (guint levels)
{
  g_autofree char *open = g_strnfill (levels, '[');
  g_autofree char *close = g_strnfill (levels, ']');

  return g_strconcat (open, close, NULL);
}

static void
test_depth (void)
{
  g_autofree char *fits = nested (64);
  g_autofree char *deep = nested (65);
  g_autofree char *deepest = nested (500000);
  g_autofree char *hidden = g_strconcat ("[\"]\\\"]\"", deep, NULL);
  g_autoptr (JsonNode) root = parse (fits, strlen (fits), NULL);

  g_assert_nonnull (root);
  assert_refused (deep, strlen (deep), "levels");
  assert_refused (deepest, strlen (deepest), "levels");
  assert_refused (hidden, strlen (hidden), "levels");
}

static void
test_size (void)
{
  g_autofree char *text = g_strnfill (1024 * 1024 + 1, ' ');

  assert_refused (text, 1024 * 1024 + 1, "limit");
}

static void
test_types (void)
{
  static const char text[] =
      "\xef\xbb\xbf{ \"t\": \"x\", \"i\": 7, \"d\": 1.5, \"b\": true, \"n\": null,"
      " \"a\": [\"y\", 1, {}], \"o\": {} }";
  g_autoptr (JsonNode) root = parse (text, strlen (text), NULL);
  JsonObject *object = json_node_get_object (root);
  JsonArray *array = ek_json_get_array (object, "a");
  gint64 number = 42;

  g_assert_cmpstr (ek_json_get_text (object, "t"), ==, "x");
  g_assert_true (ek_json_get_boolean (object, "b"));
  g_assert_nonnull (ek_json_get_object (object, "o"));
  g_assert_cmpstr (ek_json_array_get_text (array, 0), ==, "y");
  g_assert_nonnull (ek_json_array_get_object (array, 2));

  for (const char *name = "idbnaox"; *name != '\0'; name++)
    g_assert_null (ek_json_get_text (object, (char[]){ *name, '\0' }));
  for (const char *name = "tdbnaox"; *name != '\0'; name++)
    g_assert_false (ek_json_get_integer (object, (char[]){ *name, '\0' }, &number));
  for (const char *name = "tidnaox"; *name != '\0'; name++)
    g_assert_false (ek_json_get_boolean (object, (char[]){ *name, '\0' }));
  for (const char *name = "tidbnax"; *name != '\0'; name++)
    g_assert_null (ek_json_get_object (object, (char[]){ *name, '\0' }));
  for (const char *name = "tidbnox"; *name != '\0'; name++)
    g_assert_null (ek_json_get_array (object, (char[]){ *name, '\0' }));

  g_assert_cmpint (number, ==, 42);
  g_assert_true (ek_json_get_integer (object, "i", &number));
  g_assert_cmpint (number, ==, 7);
  g_assert_null (ek_json_array_get_text (array, 1));
  g_assert_null (ek_json_array_get_text (array, 3));
  g_assert_null (ek_json_array_get_object (array, 0));
}

static void
test_nothing (void)
{
  gint64 number;

  g_assert_null (ek_json_get_text (NULL, "a"));
  g_assert_false (ek_json_get_integer (NULL, "a", &number));
  g_assert_false (ek_json_get_boolean (NULL, "a"));
  g_assert_null (ek_json_get_object (NULL, "a"));
  g_assert_null (ek_json_get_array (NULL, "a"));
  g_assert_null (ek_json_array_get_text (NULL, 0));
  g_assert_null (ek_json_array_get_object (NULL, 0));
  g_assert_null (ek_json_node_get_text (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/refuses-mistakes", test_mistakes);
  g_test_add_func ("/json/limits/depth", test_depth);
  g_test_add_func ("/json/limits/size", test_size);
  g_test_add_func ("/json/members-of-another-type-are-not-there", test_types);
  g_test_add_func ("/json/takes-nothing", test_nothing);
  return g_test_run ();
}
