/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person saves to a file to send it to somebody: the device log, the
 * report of a problem. */
#include "config.h"

#include <glib/gstdio.h>

#include "ek-window-private.h"
#include "file-chooser.h"
#include "scripted-operation.h"

static gboolean
is_there (gpointer path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && *text != '\0';
}

/* Saves to a file of the test's, and reads it. */
static char *
save (UiTest *test, const char *name)
{
  g_autofree char *path = g_build_filename (test->root, name, NULL);
  char *text = NULL;

  file_chooser_save (path);
  ui_wait_for (is_there, path);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  return text;
}

static void
act (UiTest *test, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (test->window), action, NULL));
}

static EkLog *
show_log (UiTest *test)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3");

  ui_wait_for_look (target);
  act (test, "win.show-log");
  ui_wait_for_page (test, "log");
  return ek_monitor_get_log (ek_log_page_get_monitor (test->window->log_page));
}

static void
say (EkLog *log, const char *text, EkLogLevel level)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (lines, ek_log_line_new (text, level, g_get_real_time (), 0));
  ek_log_append (log, lines);
}

/* All of it, whatever is shown just now: who reads it may look for something
 * else. */
static void
test_log (UiTest *test, gconstpointer data)
{
  EkLog *log = show_log (test);
  g_autofree char *text = NULL;

  say (log, "I (31) boot: first", EK_LOG_INFO);
  say (log, "E (32) codec: second", EK_LOG_ERROR);
  ui_click (test, "Save…");
  text = save (test, "log.txt");
  g_assert_nonnull (strstr (text, " I (31) boot: first\n"));
  g_assert_nonnull (strstr (text, " E (32) codec: second\n"));
  g_assert_true (g_ascii_isdigit (text[0]));
}

static gboolean
is_closed (gpointer data)
{
  return file_chooser_find () == NULL;
}

/* A change of mind changes nothing. */
static void
test_cancel (UiTest *test, gconstpointer data)
{
  say (show_log (test), "I (31) boot: first", EK_LOG_INFO);
  ui_click (test, "Save…");
  gtk_dialog_response (file_chooser_find (), GTK_RESPONSE_CANCEL);
  ui_wait_for (is_closed, NULL);
  g_assert_null (ui_find_dialog (test));
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "log");
}

static GtkWidget *
find_expander (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_EXPANDER (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_expander (child);
  return found;
}

/* The report has what whoever makes the app needs, and says which version of it
 * that was. */
static void
test_report (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3");
  g_autoptr (EkOperation) operation = NULL;
  g_autofree char *text = NULL;

  ui_wait_for_look (target);
  operation = scripted_operation_new (target, NULL);
  ek_window_run (test->window, operation);
  ek_operation_add_line (operation, "E (40) boot: no app");
  scripted_job_fail (scripted_operation_get_job (operation), EK_ERROR_VERIFY_FAILED);
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "problem");
  gtk_expander_set_expanded (GTK_EXPANDER (find_expander (GTK_WIDGET (test->window->problem_page))),
                             TRUE);
  ui_click (test, "Save Report…");
  text = save (test, "report.txt");
  g_assert_true (g_str_has_prefix (text, "EchoKit Flasher report\n"));
  g_assert_nonnull (strstr (text, EK_VERSION));
  g_assert_nonnull (strstr (text, "verify-failed: /dev/ttyACM0: as the test has it"));
  g_assert_nonnull (strstr (text, "installed    0.1.0"));
  g_assert_nonnull (strstr (text, "\nDevice log\nE (40) boot: no app\n"));
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, ui_test_setup, func, ui_test_teardown)
  ADD ("/saving/log", test_log);
  ADD ("/saving/cancel", test_cancel);
  ADD ("/saving/report", test_report);
#undef ADD

  return g_test_run ();
}
