/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log of bounded size, and what a filter lets through. */
#include "config.h"

#include "ek-error.h"
#include "ek-log.h"

#include <string.h>

static void
append (EkLog *log, guint first, guint n)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = first; i < first + n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      g_ptr_array_add (lines, ek_log_line_new (text, EK_LOG_PLAIN, 0, 0));
    }
  ek_log_append (log, lines);
}

/* A second list that follows the signals alone. */
static void
follow (GListModel *model, guint position, guint removed, guint added, GPtrArray *copy)
{
  if (removed > 0)
    g_ptr_array_remove_range (copy, position, removed);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (EkLogLine) line = g_list_model_get_item (model, position + i);

      g_ptr_array_insert (copy, (gint) (position + i), g_strdup (ek_log_line_get_text (line)));
    }
}

static void
assert_same (EkLog *log, GPtrArray *copy, const char *expected)
{
  g_autofree char *text = ek_log_to_text (log, FALSE);
  g_autoptr (GString) joined = g_string_new (NULL);

  for (guint i = 0; i < copy->len; i++)
    g_string_append_printf (joined, "%s\n", (char *) copy->pdata[i]);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (joined->str, ==, expected);
}

static void
test_pushes_the_oldest_out (void)
{
  g_autoptr (EkLog) log = ek_log_new (4);
  g_autoptr (GPtrArray) copy = g_ptr_array_new_with_free_func (g_free);

  g_signal_connect (log, "items-changed", G_CALLBACK (follow), copy);
  append (log, 1, 0);
  assert_same (log, copy, "");
  append (log, 1, 3);
  assert_same (log, copy, "1\n2\n3\n");
  append (log, 4, 3);
  assert_same (log, copy, "3\n4\n5\n6\n");
  append (log, 7, 9); /* more than fits */
  assert_same (log, copy, "12\n13\n14\n15\n");
  append (log, 16, 4);
  assert_same (log, copy, "16\n17\n18\n19\n");
  ek_log_clear (log);
  assert_same (log, copy, "");
  append (log, 20, 1);
  assert_same (log, copy, "20\n");
}

static void
test_filters (void)
{
  static const struct
  {
    const char *filter;
    EkLogLevel least;
    gboolean matches;
  } rows[] = {
    { NULL, EK_LOG_PLAIN, TRUE },     { "", EK_LOG_PLAIN, TRUE },
    { "grün", EK_LOG_PLAIN, TRUE },   { "GRÜN", EK_LOG_PLAIN, TRUE },
    { "blau", EK_LOG_PLAIN, FALSE },  { NULL, EK_LOG_WARNING, TRUE },
    { NULL, EK_LOG_ERROR, FALSE },    { "grün", EK_LOG_ERROR, FALSE },
    { "grün", EK_LOG_WARNING, TRUE },
  };
  g_autoptr (EkLogLine) line = ek_log_line_new ("W (1) farbe: Grün", EK_LOG_WARNING, 0, 0);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (ek_log_line_matches (line, rows[i].filter, rows[i].least), ==,
                     rows[i].matches);
}

static void
test_tells_why_it_could_not_save (void)
{
  g_autoptr (EkLog) log = ek_log_new (4);
  g_autoptr (GError) error = NULL;

  append (log, 1, 1);
  g_assert_false (ek_log_save (log, "/nowhere/at/all", FALSE, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_WRITE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/pushes-the-oldest-out", test_pushes_the_oldest_out);
  g_test_add_func ("/log/filters", test_filters);
  g_test_add_func ("/log/tells-why-it-could-not-save", test_tells_why_it_could_not_save);

  return g_test_run ();
}
