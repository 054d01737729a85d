/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way through the window, by pressing what a person presses. */
#include "config.h"

#include <glib/gstdio.h>

#include "ek-backup.h"
#include "ek-simulator-port.h"
#include "ek-test.h"
#include "ek-tool-operation.h"
#include "notification-service.h"
#include "ui-test.h"

#define ASAN_FACTOR         5
#define LONGEST_HOLD_MS     100
#define FRAMES_INTO_WRITING 55

static void
test_empty (UiTest *test, gconstpointer data)
{
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "empty");
  ui_assert_text (test, "Plug in your EchoKit");
  ui_click (test, "It's Plugged In, but Nothing Happens");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "problem");
  ui_assert_text (test, "Use the right socket");
  ui_click (test, "Back");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "empty");
}

static void
choose_box (UiTest *test)
{
  GtkWidget *label = ui_find_text (GTK_WIDGET (test->window), "EchoKit Box");
  GtkWidget *choice = gtk_widget_get_ancestor (label, GTK_TYPE_CHECK_BUTTON);

  gtk_check_button_set_active (GTK_CHECK_BUTTON (choice), TRUE);
  ui_click (test, "Continue");
}

/* From a device that was looked at to the page that ends it. */
static void
press_update (UiTest *test, EkTarget *target)
{
  ui_wait_for_look (target);
  ui_click (test, "Update");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "board");
  choose_box (test);
}

static void
test_update (UiTest *test, gconstpointer data)
{
  EkTarget *target;

  ui_click (test, "Try With a Simulated EchoKit");
  ui_wait_for_page (test, "home");
  ui_assert_text (test, "Simulated EchoKit");
  target = ek_target_list_get (test->targets, 0);
  ek_target_list_remove_simulated (test->targets);

  target = ui_test_plug_in (test, "esp32s3");
  ui_wait_for_look (target);
  ui_assert_text (test, "runs 0.1.0");
  ui_assert_text (test, "Update to 0.2.0");
  press_update (test, target);
  ui_wait_for_page (test, "done");
  ui_assert_text (test, "The simulated EchoKit is up to date");
  ui_assert_text (test, "It started with 0.2.0");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.2.0");

  ui_click (test, "Done");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
  ui_assert_text (test, "Simulated EchoKit Box");
  g_assert_nonnull (ui_find_button (GTK_WIDGET (test->window), "Up to Date"));
  ui_click (test, "Install Again");
  ui_wait_for_page (test, "done");
}

static void
test_main_loop_stays_free (UiTest *test, gconstpointer data)
{
  double limit = LONGEST_HOLD_MS * (ek_test_is_quick () ? ASAN_FACTOR : 1);
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=20");
  double longest;

  ui_wait_for_look (target);
  ui_watch_main_loop ();
  press_update (test, target);
  ui_wait_for_page (test, "done");
  ui_click (test, "Done");
  longest = ui_longest_hold ();
  g_test_message ("longest hold: %.1f ms", longest);
  g_assert_cmpfloat (longest, <, limit);
}

/* A device whose cable comes out in the middle of the writing, which begins some frames after a look
 * at it. */
static EkTarget *
plug_in_loosely (UiTest *test, guint seconds)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3");
  g_autoptr (EkPort) port = NULL;
  g_autofree char *options = NULL;
  EkSimulatorStats stats;

  ui_wait_for_look (target);
  port = ek_target_new_port (target, NULL);
  ek_simulator_get_stats (ek_simulator_port_get_simulator (port), &stats);
  ek_target_list_remove_simulated (test->targets);
  options = g_strdup_printf ("esp32s3?fault=vanish:to:%u:%u",
                             (guint) stats.frames_to_chip + FRAMES_INTO_WRITING, seconds);
  return ui_test_plug_in (test, options);
}

static void
test_cable_out_and_in (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_loosely (test, 3);

  press_update (test, target);
  ui_wait_for_page (test, "done");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.2.0");
}

/* The simulated cable is away for a time of the simulated clock. */
static void
plug_in_again (EkTarget *target)
{
  g_autoptr (EkPort) port = ek_target_new_port (target, NULL);
  EkSimulator *simulator = ek_simulator_port_get_simulator (port);

  ek_simulator_advance (simulator, ek_simulator_get_now (simulator) + 1000 * G_USEC_PER_SEC);
}

static void
test_cable_stays_out_a_while (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_loosely (test, 1000);

  press_update (test, target);
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "Waiting for it to be plugged in again");
  ui_assert_text (test, "Your EchoKit will not start until this is finished");
  plug_in_again (target);
  /* nobody presses anything: the app goes on by itself */
  ui_wait_for_page (test, "done");
}

static void
test_does_not_answer (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?fault=mute");

  ui_wait_for_look (target);
  ui_assert_text (test, "it doesn't answer");
  ui_click (test, "Install");
  choose_box (test);
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "Your EchoKit doesn't answer");
  ui_assert_text (test, "Listening.");
  ui_assert_no_text (test, "will not start until");
  ui_click (test, "Try Again");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "progress");
  ui_wait_for_page (test, "problem");
  ui_click (test, "Back");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
}

static gboolean
is_writing (gpointer data)
{
  UiTest *test = data;

  return ui_find_text (GTK_WIDGET (test->window), " of ") != NULL;
}

static gboolean
was_told (gpointer title)
{
  return g_strcmp0 (notification_service_last (), title) == 0;
}

static void
test_cancel (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=1");

  press_update (test, target);
  ui_wait_for (is_writing, test);
  ui_click (test, "Cancel");
  g_assert_nonnull (ui_find_dialog (test));
  ui_click (test, "Stop");
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "Stopped before it was finished");
  /* no window manager has made the window active again: a person who looks elsewhere is told */
  ui_wait_for (was_told, "Your EchoKit needs you");
  ui_assert_text (test, "will not start until this is finished");
  ui_click (test, "Try Again");
  ui_wait_for_page (test, "done");
}

static gboolean
is_closed (gpointer data)
{
  return ((UiTest *) data)->window == NULL;
}

static void
test_close_asks (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=1");

  press_update (test, target);
  ui_wait_for (is_writing, test);
  gtk_window_close (GTK_WINDOW (test->window));
  g_assert_nonnull (ui_find_dialog (test));
  ui_click (test, "Keep Going");
  g_assert_nonnull (test->window);
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "progress");
  gtk_window_close (GTK_WINDOW (test->window));
  ui_click (test, "Stop and Close");
  ui_wait_for (is_closed, test);
}

static void
test_broken_file (UiTest *test, gconstpointer data)
{
  g_autofree char *path = g_build_filename (test->root, "firmware.bin", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_assert_true (g_file_set_contents (path, "<html>404</html>", -1, NULL));
  ek_window_open_file (test->window, file);
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "This is not EchoKit firmware");
  ui_click (test, "Back");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "empty");
  g_assert_true (g_file_delete (file, NULL, NULL));
}

static void
test_file (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3");
  g_autofree char *path = g_build_filename (test->root, "firmware.bin", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GBytes) firmware = ek_test_firmware_new (100000, 7);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (firmware, NULL),
                                      (gssize) g_bytes_get_size (firmware), NULL));
  ui_wait_for_look (target);
  ek_window_open_file (test->window, file);
  while (ui_find_text (GTK_WIDGET (test->window), "from a file") == NULL)
    g_main_context_iteration (NULL, TRUE);
  ui_assert_text (test, "v7");
  ui_click (test, "Update");
  choose_box (test);
  /* the test's firmware has no code that could be seen to start */
  ui_wait_for_page (test, "done");
  g_assert_true (g_file_delete (file, NULL, NULL));
}

static void
run_tool (UiTest *test, EkTarget *target, EkTool tool, const char *path)
{
  g_autoptr (EkOperation) operation = ek_tool_operation_new (target, tool, path);

  ek_window_run (test->window, operation);
  ui_wait_for_page (test, "done");
}

static void
act (UiTest *test, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (test->window), action, NULL));
}

static GtkWidget *
find_entry (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_ENTRY (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_entry (child);
  return found;
}

static void
test_backup_erase_restore (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?size=4MB");
  g_autofree char *path = g_build_filename (test->root, "backup.bin", NULL);
  g_autofree char *manifest = ek_backup_manifest_path (path);
  GtkWidget *entry;

  ui_wait_for_look (target);
  run_tool (test, target, EK_TOOL_BACKUP, path);
  ui_assert_text (test, "The backup is saved");
  ui_click (test, "Done");
  run_tool (test, target, EK_TOOL_VERIFY, path);
  ui_assert_text (test, "It is the same");
  ui_click (test, "Done");

  act (test, "win.erase");
  g_assert_false (
      gtk_widget_is_sensitive (ui_find_button (GTK_WIDGET (ui_find_dialog (test)), "Erase")));
  entry = find_entry (GTK_WIDGET (ui_find_dialog (test)));
  gtk_editable_set_text (GTK_EDITABLE (entry), "erase");
  ui_click (test, "Erase");
  ui_wait_for_page (test, "done");
  ui_assert_text (test, "Everything is erased");
  ui_click (test, "Done");
  ui_wait_for_look (target);
  ui_assert_text (test, "no firmware on it yet");

  run_tool (test, target, EK_TOOL_RESTORE, path);
  ui_assert_text (test, "The backup is back on the device");
  ui_click (test, "Done");
  ui_wait_for_look (target);
  ui_assert_text (test, "runs 0.1.0");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_unlink (manifest), ==, 0);
}

static gboolean
has_lines (gpointer data)
{
  return ui_find_text (GTK_WIDGET (((UiTest *) data)->window), "boot:") != NULL;
}

static void
test_log (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=1");

  ui_wait_for_look (target);
  act (test, "win.details");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "details");
  ui_assert_text (test, "ESP32-S3");
  act (test, "win.show-log");
  ui_click (test, "Restart the Device");
  ui_wait_for (has_lines, test);
  ui_click (test, "Pause");
  ui_assert_text (test, "Paused");
  ui_click (test, "Back");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "details");
  g_assert_false (ek_target_get_busy (target));
}

/* The ROM's text is at its own speed: what is heard here is the firmware's. */
static void
test_log_at_its_speed (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?usb=uart&console=921600&pace=1");

  ek_target_set_console_baud (target, 921600);
  act (test, "win.show-log");
  ui_click (test, "Restart the Device");
  ui_wait_for (has_lines, test);
}

static gboolean
is_at_rest (gpointer data)
{
  UiTest *test = data;

  return ui_find_button (GTK_WIDGET (test->window), "Stop All") == NULL;
}

static void
test_several (UiTest *test, gconstpointer data)
{
  EkTarget *good = ui_test_plug_in (test, "esp32s3?mac=98:a3:16:00:00:01");
  EkTarget *bad = ui_test_plug_in (test, "esp32s3?mac=98:a3:16:00:00:02&fault=mute");
  EkTarget *other = ui_test_plug_in (test, "esp32s3?mac=98:a3:16:00:00:03");

  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "devices");
  ui_wait_for_look (good);
  ui_wait_for_look (bad);
  ui_wait_for_look (other);
  ui_assert_text (test, "3 devices are plugged in");
  ui_click (test, "Update 3 Devices");
  g_assert_nonnull (ui_find_button (GTK_WIDGET (test->window), "Stop All"));
  ui_wait_for (is_at_rest, test);
  g_assert_cmpstr (ek_target_get_version (good), ==, "0.2.0");
  g_assert_cmpstr (ek_target_get_version (other), ==, "0.2.0");
  ui_assert_text (test, "Your EchoKit doesn't answer");

  ui_click (test, "Why?");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "problem");
  ui_click (test, "Back");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
  ui_click (test, "Back");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "devices");
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, ui_test_setup, func, ui_test_teardown)
  ADD ("/flow/empty/says-which-socket", test_empty);
  ADD ("/flow/update/from-plugging-in-to-done", test_update);
  ADD ("/flow/update/main-loop-stays-free", test_main_loop_stays_free);
  ADD ("/flow/update/cable-out-and-in", test_cable_out_and_in);
  ADD ("/flow/update/goes-on-when-plugged-in-late", test_cable_stays_out_a_while);
  ADD ("/flow/update/does-not-answer", test_does_not_answer);
  ADD ("/flow/update/cancel-tells-the-truth", test_cancel);
  ADD ("/flow/update/closing-asks", test_close_asks);
  ADD ("/flow/file/broken", test_broken_file);
  ADD ("/flow/file/installed", test_file);
  ADD ("/flow/tools/backup-erase-restore", test_backup_erase_restore);
  ADD ("/flow/tools/device-log", test_log);
  ADD ("/flow/tools/device-log-at-its-speed", test_log_at_its_speed);
  ADD ("/flow/several/one-fails-alone", test_several);
#undef ADD

  return g_test_run ();
}
