/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines out of bytes: the same whatever the chunks, and nothing in them that acts on a terminal. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-line-splitter.h"

#include <string.h>

static void
collect (const char *line, gboolean complete, gpointer user_data)
{
  GPtrArray *lines = user_data;

  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_ptr_array_add (lines, g_strconcat (line, complete ? "|" : "...", NULL));
}

static char *
join (GPtrArray *lines)
{
  GString *joined = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append (joined, g_ptr_array_index (lines, i));

  return g_string_free (joined, FALSE);
}

/* All lines, one after another, each ended by a bar. */
static char *
split_in_chunks (const char *bytes, gsize size, GRand *rand, gsize chunk)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (collect, lines);
  gsize done = 0;

  while (done < size)
    {
      gsize n = rand != NULL ? (gsize) g_rand_int_range (rand, 1, (gint32) chunk + 1) : chunk;

      n = MIN (n, size - done);
      ek_line_splitter_feed (splitter, (const guint8 *) bytes + done, n);
      done += n;
    }

  ek_line_splitter_end (splitter);
  return join (lines);
}

static void
assert_lines (const char *bytes, gsize size, const char *expected)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autofree char *whole = split_in_chunks (bytes, size, NULL, size);

  g_assert_cmpstr (whole, ==, expected);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *chunks = split_in_chunks (bytes, size, i > 0 ? rand : NULL, 1 + i / 4);

      g_assert_cmpstr (chunks, ==, expected);
    }
}

#define ASSERT_LINES(bytes, expected) assert_lines (bytes, sizeof (bytes) - 1, expected)

static void
test_ends_of_lines (void)
{
  ASSERT_LINES ("one\r\ntwo\nthree\rfour", "one|two|three|four|");
  ASSERT_LINES ("\r\n\r\n\n\r", "||||");
  ASSERT_LINES ("a\r\r\nb\n", "a||b|");
  ASSERT_LINES ("", "");
}

static void
test_terminal_sequences (void)
{
  ASSERT_LINES ("\x1b[0;32mI (28) boot: ok\x1b[0m\r\n", "I (28) boot: ok|");
  ASSERT_LINES ("a\x1b]0;title\x07"
                "b\x1b]0;title\x1b\\c\n",
                "abc|");
  ASSERT_LINES ("a\x1b(Bb\x1b"
                "7c\x1b[?25ld\n",
                "abcd|");
  ASSERT_LINES ("a\x1bP1;2q###\x1b\\b\n", "ab|");
}

static void
test_broken_sequences_hide_one_line_at_most (void)
{
  ASSERT_LINES ("a\x1b[0;3\r\nnext\n", "a|next|");
  ASSERT_LINES ("a\x1b]title without end\r\nnext\n", "a|next|");
  ASSERT_LINES ("a\x1b\nnext\n", "a|next|");
  ASSERT_LINES ("a\x1b[\x01"
                "b\x1b\x1b[0mc\n",
                "abc|");
}

static void
test_control_characters (void)
{
  ASSERT_LINES ("P\0A\x08S\x7fS:\t\x07x\n", "PASS:\tx|");
  ASSERT_LINES ("a\xc2\x9b"
                "31mb\n",
                "a??31mb|"); /* a control sequence begun by one character */
}

static void
test_text_that_is_none (void)
{
  ASSERT_LINES ("gr\xc3\xbc\xc3\x9f\n", "gr\xc3\xbc\xc3\x9f|");
  ASSERT_LINES ("a\xff"
                "b\xc3\n\xe2\x82",
                "a\xef\xbf\xbd"
                "b\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|");
}

static void
test_long_lines_are_cut (void)
{
  g_autofree char *longest = g_strnfill (EK_LINE_MAX, 'x');
  g_autofree char *bytes = g_strconcat (longest, "tail\r\nnext\r\n", NULL);
  g_autofree char *expected = g_strconcat (longest, "|next|", NULL);

  assert_lines (bytes, strlen (bytes), expected);
}

typedef struct
{
  EkLineSplitter *splitter;
  const char *expected; /* "position:parameters " of each colour; NULL for any */
  guint n_lines;
  guint n_styles;
} StyleTest;

static void
collect_styles (const char *line, gboolean complete, gpointer user_data)
{
  StyleTest *test = user_data;
  const EkLineStyle *styles = ek_line_splitter_get_styles (test->splitter, &test->n_styles);
  g_autoptr (GString) seen = g_string_new (NULL);

  test->n_lines++;
  for (guint i = 0; i < test->n_styles; i++)
    {
      g_assert_cmpuint (styles[i].position, <=, strlen (line));
      g_string_append_printf (seen, "%" G_GSIZE_FORMAT ":%s ", styles[i].position, styles[i].sgr);
    }
  if (test->expected != NULL)
    g_assert_cmpstr (seen->str, ==, test->expected);
}

/* Source: ECMA-48, 8.3.117 SGR; other sequences would move the cursor or worse. */
static void
test_keeps_colours_beside_the_line (void)
{
  static const struct
  {
    const char *bytes;
    const char *styles;
  } rows[] = {
    { "\x1b[0;32mI (28) boot: ok\x1b[0m", "0:0;32 15:0 " },
    { "a\x1b[mb", "1: " },
    { "a\x1b[38;2;1;2;3mb\x1b[38:5:1mc", "1:38;2;1;2;3 2:38:5:1 " },
    { "\xc3\xbc\x1b[31m\xff\x1b[1m!", "2:31 5:1 " }, /* a wrong byte becomes three */
    { "\xc3\x1b[31m\xbc", "2:31 " },                 /* not into a character */
    { "a\x1b[2Jb\x1b[3;4Hc\x1b[?25hd\x1b[>4;1me\x1b[1 mf\x1b[5", "" },
    { "\x1b[1111111111111111111111111111111111111111ma", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      StyleTest test = { .expected = rows[i].styles };
      g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (collect_styles, &test);

      test.splitter = splitter;
      ek_line_splitter_feed (splitter, (const guint8 *) rows[i].bytes, strlen (rows[i].bytes));
      ek_line_splitter_feed (splitter, (const guint8 *) "\n", 1);
      g_assert_cmpuint (test.n_lines, ==, 1);
      /* the next line has its own */
      test.expected = "";
      ek_line_splitter_feed (splitter, (const guint8 *) "next\n", 5);
    }
}

static void
test_keeps_so_many_colours (void)
{
  StyleTest test = { 0 };
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (collect_styles, &test);

  test.splitter = splitter;
  for (guint i = 0; i < 10 * EK_LINE_MAX_STYLES; i++)
    ek_line_splitter_feed (splitter, (const guint8 *) "\x1b[1mx", 5);
  ek_line_splitter_end (splitter);
  g_assert_cmpuint (test.n_styles, ==, EK_LINE_MAX_STYLES);
}

static void
feed (EkLineSplitter *splitter, const char *text)
{
  ek_line_splitter_feed (splitter, (const guint8 *) text, strlen (text));
}

static void
test_flush_shows_and_keeps (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (collect, lines);
  g_autofree char *joined = NULL;

  ek_line_splitter_flush (splitter);
  feed (splitter, "echokit: PA");
  ek_line_splitter_flush (splitter);
  feed (splitter, "SS: \"\"\r");
  ek_line_splitter_flush (splitter);
  feed (splitter, "\nnext");
  ek_line_splitter_end (splitter);
  ek_line_splitter_end (splitter);

  joined = join (lines);
  g_assert_cmpstr (joined, ==, "echokit: PA...echokit: PASS: \"\"|next|");
}

static void
test_skips_a_line (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (collect, lines);
  g_autofree char *joined = NULL;

  ek_line_splitter_skip_line (splitter);
  feed (splitter, "dfish99\"");
  ek_line_splitter_flush (splitter);
  feed (splitter, "\r\nnext\r\n");

  joined = join (lines);
  g_assert_cmpstr (joined, ==, "next|");
}

static void
test_real_log_in_any_chunks (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("EK_SHARED_DIR"), "traces", "echokit-box-v0.3.1-boot.log", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autofree char *bytes = NULL;
  g_autofree char *whole = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  whole = split_in_chunks (bytes, size, NULL, size);
  g_assert_true (g_str_has_prefix (whole, "ESP-ROM:esp32s3-20210327|Build:Mar 27 2021|rst:0x1 "));

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *chunks = split_in_chunks (bytes, size, i > 0 ? rand : NULL, 1 + i * 10);

      g_assert_cmpstr (chunks, ==, whole);
    }
}

static void
test_survives_noise (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);
  char noise[20000];
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  for (gsize i = 0; i < sizeof noise; i++)
    noise[i] = (char) g_rand_int_range (rand, 0, 256);

  first = split_in_chunks (noise, sizeof noise, NULL, 1);
  second = split_in_chunks (noise, sizeof noise, rand, 100);
  g_assert_cmpstr (first, ==, second);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/line-splitter/keeps-colours-beside-the-line",
                   test_keeps_colours_beside_the_line);
  g_test_add_func ("/line-splitter/keeps-so-many-colours", test_keeps_so_many_colours);
  g_test_add_func ("/line-splitter/ends-of-lines", test_ends_of_lines);
  g_test_add_func ("/line-splitter/drops-terminal-sequences", test_terminal_sequences);
  g_test_add_func ("/line-splitter/broken-sequences-hide-one-line-at-most",
                   test_broken_sequences_hide_one_line_at_most);
  g_test_add_func ("/line-splitter/drops-control-characters", test_control_characters);
  g_test_add_func ("/line-splitter/replaces-what-is-no-text", test_text_that_is_none);
  g_test_add_func ("/line-splitter/cuts-long-lines", test_long_lines_are_cut);
  g_test_add_func ("/line-splitter/flush-shows-and-keeps", test_flush_shows_and_keeps);
  g_test_add_func ("/line-splitter/skips-a-line", test_skips_a_line);
  g_test_add_func ("/line-splitter/real-log-in-any-chunks", test_real_log_in_any_chunks);
  g_test_add_func ("/line-splitter/survives-noise", test_survives_noise);
  return g_test_run ();
}
