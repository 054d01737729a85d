/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TOML becomes a tree, and hostile text becomes an error. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-error.h"
#include "ek-json.h"
#include "ek-toml.h"

#include <string.h>

#define MIB (1024 * 1024)

/* A copy of exactly that size, so that a read behind its end is seen by the sanitizer. */
static JsonNode *
parse (const char *text, gsize size, GError **error)
{
  g_autofree char *copy = g_memdup2 (text, size);

  return ek_toml_parse (copy, size, error);
}

static void
assert_refused (const char *text, gsize size, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (text, size, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static char *
as_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return json_to_string (root, FALSE);
}

/* Text and tree as in the examples of toml.io, "TOML v1.0.0". */
static const struct
{
  const char *toml;
  const char *json;
} examples[] = {
  { "", "{}" },
  { "# nothing", "{}" },
  { "a = 1\nb = -0\nc = 0x1F", "{\"a\":1,\"b\":0,\"c\":31}" },
  { "a = 1.5\nb = true\nc = false", "{\"a\":1.5,\"b\":true,\"c\":false}" },
  { "a = 'C:\\x'\nb = \"C:\\\\x\"", "{\"a\":\"C:\\\\x\",\"b\":\"C:\\\\x\"}" },
  { "a = \"\"\"\none\ntwo\"\"\"", "{\"a\":\"one\\ntwo\"}" },
  { "[a]\nb.c-d = 'x'\nb.e = [1, [2], ]", "{\"a\":{\"b\":{\"c-d\":\"x\",\"e\":[1,[2]]}}}" },
  { "['a b']\n[\"c.d\"]", "{\"a b\":{},\"c.d\":{}}" },
  { "[[a]]\nb = 1\n[[a]]\nb = 2", "{\"a\":[{\"b\":1},{\"b\":2}]}" },
  { "a = { b = 1, c.d = 2 }", "{\"a\":{\"b\":1,\"c\":{\"d\":2}}}" },
  { "a = 1979-05-27\nb = 07:32:00", "{\"a\":\"1979-05-27\",\"b\":\"07:32:00\"}" },
  { "a = 1979-05-27T07:32:00Z", "{\"a\":\"1979-05-27T07:32:00Z\"}" },
  { "\xef\xbb\xbf"
    "a = 1\r\nb = \"\xe7\x89\x88\"\r\n",
    "{\"a\":1,\"b\":\"\xe7\x89\x88\"}" },
  { "a = 9223372036854775807", "{\"a\":9223372036854775807}" },
};

static void
test_examples (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *json = as_json (examples[i].toml);

      g_assert_cmpstr (json, ==, examples[i].json);
    }
}

static const struct
{
  const char *toml;
  const char *word;
} mistakes[] = {
  { "a = 1\nb = <what>\n", "Line 2, column 5" },
  { "a = \n", "Line 1" },
  { "a = 1\na = 2", "Line 2" },
  { "[a]\n[b]\n[a]\n", "Line 3" },
  { "a.b = 1\na.b.c = 2", "Line 2" },
  { "a = \"x", "Line 1" },
  { "a = [1, 2", "Line 1" },
  { "a = 9223372036854775808", "Line 1" },
  { "a = \"\\u0000\"", "NUL" },
  { "\"\\u0000\" = 1", "NUL" },
  { "a = \"\\ud800\"", "Line 1" },
  { "a = \"\xff\"", "Line 1" },
  { "a = \"\xc3", "Line 1" },
  { "a = \"\xed\xa0\x80\"", "Line 1" },
  { "\xff\xfe"
    "a",
    "Line 1" },
  { "{}", "Line 1" },
  { "<html>", "Line 1" },
  { "a = 1 b = 2", "Line 1" },
  { "\xc3\xa9 = 1", "Line 1" },
  { "a = \xc3\xa9", "Line 1" },
  { "a = 1 \xc2\xa1", "Line 1" },
  { "a = 1 \xef\xbf\xbd", "Line 1" },
  { "[=]", "Line 1" },
  { "a = { [ }", "Line 1" },
  { "a.[ = 1", "Line 1" },
  /* letters of other scripts outside of texts, on which toml++ relies not to be */
  { "\xef\xbb\xbf'", "Line 1" },
  { "stra\xc3\x9f"
    "e = 1",
    "Line 1" },
  { "a\xef\xb3\xbf = 1", "Line 1" },
};

static void
test_mistakes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    assert_refused (mistakes[i].toml, strlen (mistakes[i].toml), mistakes[i].word);

  assert_refused ("a = 1\0b = 2", 11, "Line 1");
  assert_refused ("a = \"\0\"", 7, "Line 1");
  assert_refused ("\0", 1, "Line 1");
}

static void
test_size (void)
{
  g_autofree char *text = g_strnfill (MIB + 1, ' ');
  g_autoptr (JsonNode) node = parse (text, MIB, NULL);

  g_assert_nonnull (node);
  assert_refused (text, MIB + 1, "limit");
}

static void
test_brackets (void)
{
  g_autofree char *text = g_strnfill (MIB, '[');

  assert_refused (text, MIB, "Line 1");
  memcpy (text, "a = ", 4);
  assert_refused (text, MIB, "Line 1");
  for (gsize i = 4; i + 5 <= MIB; i += 5)
    memcpy (text + i, "{a = ", 5);
  assert_refused (text, MIB, "Line 1");
}

/* 16 values in each other are what the parser takes, 32 levels what the tree takes. */
static void
test_depth (void)
{
  g_autofree char *fits = as_json ("a = [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
  g_autofree char *dotted =
      as_json ("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1");

  g_assert_cmpint (strlen (fits), ==, strlen ("{\"a\":}") + 32);
  g_assert_nonnull (dotted);
  assert_refused ("a = [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", 38, "Line 1");
  assert_refused ("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1", 69,
                  "levels");
}

/* What nests deepest within the limits: freeing it must not end the stack, read or refused. */
static void
test_deepest (void)
{
  GString *key = g_string_new (NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < 510; i++)
    g_string_append (key, "a.");
  g_string_append_c (key, 'a');

  g_string_append_printf (text, "[%s]\n%s = [\n", key->str, key->str);
  for (guint i = 0; i < 7; i++)
    g_string_append_printf (text, "{%s = [\n", key->str);
  for (guint i = 0; i < 7; i++)
    g_string_append (text, "]}");
  g_string_append (text, "]\n");
  assert_refused (text->str, text->len, "levels");
  g_string_append (text, "?");
  assert_refused (text->str, text->len, "Line 11");

  g_string_free (key, TRUE);
  g_string_free (text, TRUE);
}

static void
test_dots (void)
{
  g_autofree char *text = g_strnfill (MIB, 'a');

  for (gsize i = 1; i < MIB; i += 2)
    text[i] = '.';
  assert_refused (text, MIB, "dots");
  memcpy (text, "[a.", 3);
  assert_refused (text, MIB, "dots");
}

static void
test_huge_array (void)
{
  GString *text = g_string_new ("a = [");
  g_autoptr (JsonNode) root = NULL;
  JsonArray *array;

  for (guint i = 0; i < 250000; i++)
    g_string_append (text, "1,");
  g_string_append_c (text, ']');
  root = parse (text->str, text->len, NULL);
  g_assert_nonnull (root);
  array = ek_json_get_array (json_node_get_object (root), "a");
  g_assert_cmpuint (json_array_get_length (array), ==, 250000);
  g_string_free (text, TRUE);
}

static void
test_every_truncation (void)
{
  static const char text[] = "\xef\xbb\xbf"
                             "a.\"b c\" = [ 'x', \"\\u00e9\xc3\xa9\", { d = 1.5 } ]\r\n"
                             "[[e.f]]\ng = 1979-05-27T07:32:00.5-07:00 # end";

  for (gsize size = 0; size < sizeof text; size++)
    {
      g_autoptr (JsonNode) root = parse (text, size, NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/toml/examples", test_examples);
  g_test_add_func ("/toml/refuses-mistakes-with-their-line", test_mistakes);
  g_test_add_func ("/toml/limits/size", test_size);
  g_test_add_func ("/toml/limits/depth", test_depth);
  g_test_add_func ("/toml/limits/dots", test_dots);
  g_test_add_func ("/toml/survives/brackets", test_brackets);
  g_test_add_func ("/toml/survives/the-deepest-tree", test_deepest);
  g_test_add_func ("/toml/survives/a-huge-array", test_huge_array);
  g_test_add_func ("/toml/survives/every-truncation", test_every_truncation);
  return g_test_run ();
}
