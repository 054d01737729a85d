/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backup before the installation: nothing is installed without it. */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "ek-backup.h"
#include "ek-window-private.h"
#include "file-chooser.h"
#include "home-test.h"

static void
remove_backup (const char *path)
{
  g_autofree char *manifest = ek_backup_manifest_path (path);

  g_unlink (path);
  g_unlink (manifest);
}

static void
test_backup_then_install (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3");
  g_autofree char *path = g_build_filename (test->root, "before.bin", NULL);
  g_autoptr (EkBackup) backup = NULL;
  g_autoptr (GBytes) contents = NULL;
  g_autoptr (GError) error = NULL;

  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_click (test, "Update");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
  file_chooser_save (path);
  ui_wait_for_page (test, "progress");
  ui_assert_text (test, "Backup");
  ui_wait_for_page (test, "done");
  ui_assert_text (test, "It started with 0.2.0");
  ui_assert_text (test, "saved in before.bin");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.2.0");

  /* what was on the device before */
  backup = ek_backup_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ek_backup_has_manifest (backup));
  contents = g_bytes_ref (ek_backup_get_contents (backup));
  g_assert_cmpuint (g_bytes_get_size (contents), ==, 16 << 20);
  g_assert_nonnull (
      memmem (g_bytes_get_data (contents, NULL), g_bytes_get_size (contents), "0.1.0", 5));
  g_assert_null (
      memmem (g_bytes_get_data (contents, NULL), g_bytes_get_size (contents), "0.2.0", 5));
  remove_backup (path);
}

static void
test_backup_fails (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3");
  g_autofree char *path = g_build_filename (test->root, "before.bin", NULL);
  g_autofree char *in_the_way = g_strconcat (path, ".part", NULL);
  g_autofree char *other = g_build_filename (test->root, "here.bin", NULL);

  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_click (test, "Update");
  file_chooser_save (path);
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "The file can't be saved");
  ui_assert_text (test, "Nothing was changed on your EchoKit");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.1.0");

  ui_click (test, "Save It Elsewhere…");
  file_chooser_save (other);
  ui_wait_for_page (test, "done");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.2.0");
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
  remove_backup (other);
  g_assert_cmpint (g_rmdir (in_the_way), ==, 0);
}

static void
limit_file_size (rlim_t size)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = MIN (size, limit.rlim_max);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_backup_disk_full (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3");
  g_autofree char *path = g_build_filename (test->root, "before.bin", NULL);
  g_autofree char *part = g_strconcat (path, ".part", NULL);

  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_click (test, "Update");
  signal (SIGXFSZ, SIG_IGN);
  limit_file_size (1 << 20);
  file_chooser_save (path);
  ui_wait_for_page (test, "problem");
  limit_file_size (RLIM_INFINITY);
  ui_assert_text (test, "The disk of this computer is full");
  ui_assert_text (test, "Nothing was changed on your EchoKit");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.1.0");

  /* there is room again */
  ui_click (test, "Try Again");
  ui_wait_for_page (test, "done");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.2.0");
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  remove_backup (path);
  g_unlink (part);
}

static gboolean
is_writing (gpointer data)
{
  EkOperation *operation = ((UiTest *) data)->window->operation;

  return operation != NULL && ek_operation_get_step (operation) == EK_STEP_WRITE;
}

/* What is half written must not take the place of what was there before. */
static void
test_backup_is_made_once (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3?pace=20");
  g_autofree char *path = g_build_filename (test->root, "before.bin", NULL);
  GStatBuf first, second;

  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_click (test, "Update");
  file_chooser_save (path);
  ui_wait_for (is_writing, test);
  g_assert_cmpint (g_stat (path, &first), ==, 0);
  ui_click (test, "Cancel");
  ui_click (test, "Stop");
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "Your EchoKit will not start until this is finished");

  /* once something was written, each further attempt can do harm, from its beginning on */
  ui_click (test, "Try Again");
  ui_click (test, "Cancel");
  ui_click (test, "Keep Going");
  ui_wait_for_page (test, "done");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.2.0");
  g_assert_cmpint (g_stat (path, &second), ==, 0);
  g_assert_cmpuint (first.st_ino, ==, second.st_ino);
  g_assert_cmpint (first.st_mtim.tv_nsec, ==, second.st_mtim.tv_nsec);
  remove_backup (path);
}

static void
test_backup_given_up (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3");

  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_click (test, "Update");
  gtk_dialog_response (file_chooser_find (), GTK_RESPONSE_CANCEL);
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
  g_assert_false (ek_target_get_busy (target));
}

static void
test_backup_cancelled (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3?pace=1");
  g_autofree char *path = g_build_filename (test->root, "before.bin", NULL);
  g_autofree char *part = g_strconcat (path, ".part", NULL);

  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_click (test, "Update");
  file_chooser_save (path);
  ui_wait_for_page (test, "progress");
  /* nothing was written: nobody has to be asked */
  ui_click (test, "Cancel");
  g_assert_null (ui_find_dialog (test));
  ui_wait_for_page (test, "home");
  ui_assert_text (test, "Nothing was changed on your EchoKit");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.1.0");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_unlink (part);
}

static void
test_backup_of_nothing (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?blank");

  ui_wait_for_look (target);
  g_assert_false (gtk_widget_get_sensitive (find_row (test, "Save a backup first")));
  ui_assert_text (test, "There is nothing on it yet that could be saved");
}

static void
test_backup_is_remembered (UiTest *test, gconstpointer data)
{
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");

  plug_in_box (test, "esp32s3");
  g_assert_false (gtk_switch_get_active (find_switch (find_row (test, "Save a backup first"))));
  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  g_assert_true (g_settings_get_boolean (settings, "backup-first"));
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, home_test_setup, func, ui_test_teardown)
  ADD ("/backup-first/saved-then-installed", test_backup_then_install);
  ADD ("/backup-first/fails-and-nothing-is-installed", test_backup_fails);
  ADD ("/backup-first/disk-full", test_backup_disk_full);
  ADD ("/backup-first/made-once", test_backup_is_made_once);
  ADD ("/backup-first/no-place-no-installation", test_backup_given_up);
  ADD ("/backup-first/cancelled", test_backup_cancelled);
  ADD ("/backup-first/of-an-empty-device", test_backup_of_nothing);
  ADD ("/backup-first/choice-is-remembered", test_backup_is_remembered);
#undef ADD

  return g_test_run ();
}
