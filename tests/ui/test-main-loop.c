/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window answers at any time: through a whole installation of real size, with lists and log open. */
#include "config.h"

#include <time.h>

#include "ek-test.h"
#include "ek-window-private.h"
#include "ui-test.h"

#define ASAN_FACTOR     5
#define LONGEST_HOLD_MS 100
#define N_ROUNDS        3
#define N_BATCHES       40
#define LINES_PER_BATCH 10

typedef struct
{
  UiTest ui;
  GSettings *settings;
  EkStore *store;
  EkLists *lists;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  /* nobody listens there: no test asks the web */
  g_autoptr (GProxyResolver) proxy = g_simple_proxy_resolver_new ("http://127.0.0.1:9", NULL);

  ui_test_setup (&self->ui, data);
  self->settings = g_settings_new ("dev.echokit.Flasher");
  g_settings_reset (self->settings, "lists");
  self->store = ek_store_new (self->ui.root);
  ek_store_set_proxy_resolver (self->store, proxy);
  self->lists = ek_lists_new (self->store, self->settings);
  gtk_window_destroy (GTK_WINDOW (self->ui.window));
  self->ui.window =
      ek_window_new (GTK_APPLICATION (self->ui.application), self->ui.targets, self->lists);
  g_object_add_weak_pointer (G_OBJECT (self->ui.window), (gpointer *) &self->ui.window);
  gtk_window_present (GTK_WINDOW (self->ui.window));
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *) data == NULL;
}

static void
teardown (Fixture *self, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (self->ui.window));
  ui_wait_for (is_gone, &self->ui.window);
  g_assert_finalize_object (self->lists);
  g_assert_finalize_object (self->store);
  g_object_unref (self->settings);
  ui_test_teardown (&self->ui, data);
}

static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ek_lists_add_finish (EK_LISTS (object), result, &error);
  (*(guint *) user_data)--;
}

static gboolean
is_zero (gpointer data)
{
  return *(guint *) data == 0;
}

/* All that people have published, at once. */
static void
add_lists (Fixture *self)
{
  g_autofree char *folder = ek_test_shared_path ("launchpad");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n_open = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!g_str_has_suffix (name, ".toml"))
        continue;
      n_open++;
      ek_lists_add_async (self->lists, path, NULL, on_added, &n_open);
    }
  ui_wait_for (is_zero, &n_open);
}

static void
act (Fixture *self, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->ui.window), action, NULL));
}

static gboolean
has_file (gpointer data)
{
  return ui_find_text (GTK_WIDGET (((UiTest *) data)->window), "from a file") != NULL;
}

static gboolean
has_lines (gpointer data)
{
  return ui_find_text (GTK_WIDGET (((UiTest *) data)->window), "boot:") != NULL;
}

/* Of the latest round. */
static double round_longest;

static void
end_part (const char *part)
{
  double longest = ui_longest_hold ();

  g_test_message ("%s: held for %.1f ms at most", part, longest);
  round_longest = MAX (round_longest, longest);
}

typedef void (*RoundFunc) (Fixture *self);

/* What holds the main loop does so each time; a computer with other work to do, only now and then. */
static void
assert_stays_free (Fixture *self, RoundFunc round)
{
  double limit = LONGEST_HOLD_MS * (ek_test_is_quick () ? ASAN_FACTOR : 1);

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      round_longest = 0;
      round (self);
      if (round_longest < limit)
        return;
    }
  g_error ("held for %.1f ms in each of %u rounds", round_longest, N_ROUNDS);
}

static void
install_real_size (Fixture *self)
{
  UiTest *test = &self->ui;
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards.bin");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  EkTarget *target;

  ui_watch_main_loop ();
  target = ui_test_plug_in (test, "esp32s3?size=16MB");
  ek_target_set_board (target, "echokit-diy");
  ui_wait_for_look (target);
  end_part ("plugged in");

  ui_watch_main_loop ();
  act (self, "win.choose-firmware");
  ui_wait_for_page (test, "firmware");
  add_lists (self);
  end_part ("lists");

  ui_watch_main_loop ();
  ek_window_open_file (test->window, file);
  ui_wait_for (has_file, test);
  end_part ("opened 16 MB");

  ui_watch_main_loop ();
  act (self, "win.install");
  ui_wait_for_page (test, "done");
  end_part ("installed");

  ui_watch_main_loop ();
  act (self, "win.show-log");
  ui_wait_for_page (test, "log");
  ek_monitor_restart_device (ek_log_page_get_monitor (test->window->log_page));
  ui_wait_for (has_lines, test);
  end_part ("log");

  act (self, "win.home");
  ek_target_list_remove_simulated (test->targets);
}

static void
test_real_size (Fixture *self, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards.bin");

  ek_test_skip_without (path);
  assert_stays_free (self, install_real_size);
}

static void
say (EkLog *log, guint n)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (lines, ek_log_line_new ("W (31) codec: a line that is not so short",
                                             EK_LOG_WARNING, 0, 0));
  ek_log_append (log, lines);
}

static double
processor_seconds (void)
{
  struct timespec time;

  g_assert_cmpint (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time), ==, 0);
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* A log that is full, of a device that goes on: what comes in two seconds is shown in less. */
static void
test_full_log (Fixture *self, gconstpointer data)
{
  UiTest *test = &self->ui;
  EkTarget *target = ui_test_plug_in (test, "esp32s3");
  double started_at, seconds;
  EkLog *log;

  ui_wait_for_look (target);
  act (self, "win.show-log");
  ui_wait_for_page (test, "log");
  log = ek_monitor_get_log (ek_log_page_get_monitor (test->window->log_page));
  say (log, EK_LOG_DEFAULT_CAPACITY);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (test->window));

  started_at = processor_seconds ();
  for (guint i = 0; i < N_BATCHES; i++)
    {
      say (log, LINES_PER_BATCH);
      gtk_test_widget_wait_for_draw (GTK_WIDGET (test->window));
    }
  seconds = processor_seconds () - started_at;
  g_test_message ("%u lines, 20 times a second: %.2f s of the processor for 2 s", LINES_PER_BATCH,
                  seconds);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (log)), ==, EK_LOG_DEFAULT_CAPACITY);
  g_assert_cmpfloat (seconds, <, 2.0 * (ek_test_is_quick () ? ASAN_FACTOR : 1));
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, Fixture, NULL, setup, func, teardown)
  ADD ("/main-loop/installation-of-real-size", test_real_size);
  ADD ("/main-loop/full-log", test_full_log);
#undef ADD

  return g_test_run ();
}
