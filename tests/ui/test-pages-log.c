/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of the device's log, with lines that the test writes: no device says anything. */
#include "config.h"

#include "ek-crash-collector.h"
#include "ek-log-page.h"
#include "page-test.h"

static EkLogPage *
page (PageTest *test)
{
  return EK_LOG_PAGE (test->page);
}

/* The device is away: the page waits for it for as long as the test lasts. */
static void
start (PageTest *test)
{
  g_autoptr (GError) error = NULL;

  /* typing is not waited for */
  g_object_set (page_test_child (test, "search"), "search-delay", 0, NULL);
  ek_log_page_start (page (test), test->target, &error);
  g_assert_no_error (error);
}

static void
say (PageTest *test, const char *text, EkLogLevel level)
{
  EkLog *log = ek_monitor_get_log (ek_log_page_get_monitor (page (test)));
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (lines, ek_log_line_new (text, level, 0, 0));
  ek_log_append (log, lines);
}

static void
say_three (PageTest *test)
{
  say (test, "I (31) boot: ESP-IDF v5.4.1", EK_LOG_INFO);
  say (test, "W (40) wifi: weak", EK_LOG_WARNING);
  say (test, "E (50) codec: silent", EK_LOG_ERROR);
}

static guint
count_shown (PageTest *test)
{
  GtkListView *list = GTK_LIST_VIEW (page_test_child (test, "list"));

  return g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (list)));
}

static gboolean
is_one (gpointer data)
{
  return count_shown (data) == 1;
}

static void
test_filter (PageTest *test, gconstpointer type)
{
  GtkDropDown *level = GTK_DROP_DOWN (page_test_child (test, "level"));
  GtkEditable *search = GTK_EDITABLE (page_test_child (test, "search"));

  start (test);
  say_three (test);
  g_assert_cmpuint (count_shown (test), ==, 3);
  gtk_drop_down_set_selected (level, 1);
  g_assert_cmpuint (count_shown (test), ==, 2);
  gtk_drop_down_set_selected (level, 2);
  g_assert_cmpuint (count_shown (test), ==, 1);
  gtk_drop_down_set_selected (level, 0);
  gtk_editable_set_text (search, "WIFI");
  ui_wait_for (is_one, test);
  /* what comes later goes through the same filter */
  say (test, "I (60) wifi: up", EK_LOG_INFO);
  say (test, "I (61) clock: set", EK_LOG_INFO);
  g_assert_cmpuint (count_shown (test), ==, 2);
}

/* The level can be told without seeing its colour. */
static void
test_letters (PageTest *test, gconstpointer type)
{
  start (test);
  say_three (test);
  page_test_lay_out (test);
  g_assert_nonnull (ui_find_text (page_test_child (test, "list"), "E (50) codec: silent"));
  g_assert_nonnull (ui_find_text (page_test_child (test, "list"), "W"));
}

static void
test_states (PageTest *test, gconstpointer type)
{
  start (test);
  g_assert_cmpstr (page_test_text (test, "state"), ==, "Waiting for the device…");
  g_assert_true (ek_target_get_busy (test->target));
  page_test_assert_names (test);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (page_test_child (test, "pause_button")), TRUE);
  g_assert_cmpstr (page_test_text (test, "state"), ==, "Paused");
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (page_test_child (test, "pause_button")), FALSE);
  g_assert_cmpstr (page_test_text (test, "state"), ==, "Waiting for the device…");

  ek_log_page_stop (page (test));
  g_assert_false (ek_target_get_busy (test->target));
  g_assert_null (ek_log_page_get_monitor (page (test)));
  g_assert_cmpuint (gtk_widget_get_height (page_test_child (test, "list")), >=, 0);
}

/* Begun anew, nothing is left of the last time: lines, pause, crash. */
static void
test_next_time (PageTest *test, gconstpointer type)
{
  start (test);
  say_three (test);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (page_test_child (test, "pause_button")), TRUE);
  start (test);
  g_assert_cmpuint (count_shown (test), ==, 0);
  g_assert_cmpstr (page_test_text (test, "state"), ==, "Waiting for the device…");
  g_assert_false (page_test_sees (test, "crash_revealer"));
}

static void
on_clipboard (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(char **) user_data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (object), result, NULL);
}

static gboolean
is_read (gpointer data)
{
  return *(char **) data != NULL;
}

/* What is shown is what is copied. */
static void
test_copy (PageTest *test, gconstpointer type)
{
  g_autofree char *text = NULL;

  start (test);
  say_three (test);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (page_test_child (test, "level")), 1);
  page_test_click (test, "Copy", NULL);
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (test->page), NULL, on_clipboard, &text);
  ui_wait_for (is_read, &text);
  g_assert_cmpstr (text, ==, "W (40) wifi: weak\nE (50) codec: silent\n");
}

static EkCrash *
new_crash (void)
{
  static const char *const lines[] = {
    "Guru Meditation Error: Core  1 panic'ed (LoadProhibited). Exception was unhandled.",
    "",
    "Core  1 register dump:",
    "EXCCAUSE: 0x0000001c  EXCVADDR: 0x00000004  LBEG    : 0x40056f08  LEND    : 0x40056f12",
    "",
    "Backtrace: 0x4200d1df:0x3fca5c10 0x42020e80:0x3fca5c30",
    "",
    "ELF file SHA256: 4cd45df24",
    "",
    "Rebooting...",
  };
  g_autoptr (EkCrashCollector) collector = ek_crash_collector_new ();
  EkCrash *crash = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lines) && crash == NULL; i++)
    crash = ek_crash_collector_feed (collector, lines[i]);
  if (crash == NULL)
    crash = ek_crash_collector_end (collector);
  g_assert_nonnull (crash);
  return crash;
}

static void
test_crash (PageTest *test, gconstpointer type)
{
  g_autoptr (EkCrash) crash = new_crash ();

  start (test);
  g_assert_false (page_test_sees (test, "crash_revealer"));
  g_signal_emit_by_name (ek_log_page_get_monitor (page (test)), "crash", crash);
  g_assert_true (page_test_sees (test, "crash_revealer"));
  g_assert_true (g_str_has_prefix (page_test_text (test, "crash_title"), "The firmware crashed. "));
  g_assert_nonnull (strstr (page_test_text (test, "crash_text"), "4200d1d"));
  page_test_assert_names (test);
  page_test_click (test, "Dismiss", NULL);
  g_assert_false (page_test_sees (test, "crash_revealer"));
}

/* It follows the newest line, until somebody reads further up. */
static void
test_follows (PageTest *test, gconstpointer type)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (page_test_child (test, "scroller")));
  double end;

  start (test);
  for (guint i = 0; i < 200; i++)
    say (test, "I (31) boot: a line", EK_LOG_INFO);
  for (guint i = 0; i < 5; i++)
    page_test_lay_out (test);
  end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
  g_assert_cmpfloat (end, >, 0);
  g_assert_cmpfloat_with_epsilon (gtk_adjustment_get_value (adjustment), end, 24);

  gtk_adjustment_set_value (adjustment, 0);
  for (guint i = 0; i < 20; i++)
    say (test, "I (32) boot: a later line", EK_LOG_INFO);
  for (guint i = 0; i < 5; i++)
    page_test_lay_out (test);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), <, 24);
}

static void
test_narrow (PageTest *test, gconstpointer type)
{
  g_autoptr (EkCrash) crash = new_crash ();

  start (test);
  page_test_assert_narrow (test, "empty");
  say (test, "a line without a blank, such as 0123456789012345678901234567890123456789012345678901",
       EK_LOG_PLAIN);
  page_test_lay_out (test);
  page_test_assert_narrow (test, "a long word");
  g_signal_emit_by_name (ek_log_page_get_monitor (page (test)), "crash", crash);
  page_test_assert_narrow (test, "a crash");
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) page_test_add (path, EK_TYPE_LOG_PAGE, func)
  ADD ("/pages/log/filter", test_filter);
  ADD ("/pages/log/letters", test_letters);
  ADD ("/pages/log/states", test_states);
  ADD ("/pages/log/next-time", test_next_time);
  ADD ("/pages/log/copy", test_copy);
  ADD ("/pages/log/crash", test_crash);
  ADD ("/pages/log/follows", test_follows);
  ADD ("/narrow/log", test_narrow);
#undef ADD

  return g_test_run ();
}
