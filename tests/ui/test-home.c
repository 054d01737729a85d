/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be chosen on the home page, and what becomes of it. */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "ek-backup.h"
#include "ek-estimate.h"
#include "ek-report.h"
#include "ek-settings-job.h"
#include "ek-test.h"
#include "ek-wifi-words.h"
#include "ek-window-private.h"
#include "ui-test.h"

/* How far the estimate may be from what it takes then, either way. */
#define ESTIMATE_SHARE   0.25
#define ESTIMATE_SECONDS 2.0

static void
setup (UiTest *test, gconstpointer data)
{
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");

  g_settings_reset (settings, "backup-first");
  ui_test_setup (test, data);
}

/* A device that was looked at, and of which is known what it is. */
static EkTarget *
plug_in_box (UiTest *test, const char *options)
{
  EkTarget *target = ui_test_plug_in (test, options);

  ek_target_set_board (target, "echokit-box");
  ui_wait_for_look (target);
  return target;
}

static GtkWidget *
find_row (UiTest *test, const char *title)
{
  GtkWidget *label = ui_find_text (GTK_WIDGET (test->window), title);

  g_assert_nonnull (label);
  return gtk_widget_get_ancestor (label, GTK_TYPE_LIST_BOX_ROW);
}

static GtkEditable *
find_entry (UiTest *test, const char *title)
{
  GtkWidget *row = find_row (test, title);

  g_assert_true (GTK_IS_EDITABLE (row));
  return GTK_EDITABLE (row);
}

static GtkSwitch *
find_switch (GtkWidget *widget)
{
  GtkSwitch *found = GTK_IS_SWITCH (widget) ? GTK_SWITCH (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_switch (child);
  return found;
}

static GtkDialog *
find_chooser (void)
{
  GListModel *toplevels = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (toplevels, i);

      if (GTK_IS_FILE_CHOOSER_DIALOG (window) && gtk_widget_get_visible (GTK_WIDGET (window)))
        return GTK_DIALOG (window);
    }

  return NULL;
}

static gboolean
is_chosen (gpointer path)
{
  GtkDialog *chooser = find_chooser ();
  g_autoptr (GFile) file = NULL;
  g_autofree char *chosen = NULL;

  if (chooser != NULL)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (file != NULL)
    chosen = g_file_get_path (file);
  return g_strcmp0 (chosen, path) == 0;
}

static gboolean
has_folder (gpointer chooser)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_current_folder (chooser);

  return folder != NULL;
}

/* Saves to @path in the file chooser that is open. */
static void
choose_place (const char *path)
{
  GtkDialog *chooser = find_chooser ();
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder_path = g_path_get_dirname (path);
  g_autoptr (GFile) folder = g_file_new_for_path (folder_path);

  g_assert_nonnull (chooser);
  /* it opens a folder of its own first, and would come back to it */
  ui_wait_for (has_folder, chooser);
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), folder, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  ui_wait_for (is_chosen, (gpointer) path);
  g_signal_emit_by_name (ui_find_button (GTK_WIDGET (chooser), "Save"), "clicked");
}

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
  choose_place (path);
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
  choose_place (path);
  ui_wait_for_page (test, "problem");
  ui_assert_text (test, "The file can't be saved");
  ui_assert_text (test, "Nothing was changed on your EchoKit");
  g_assert_cmpstr (ek_target_get_version (target), ==, "0.1.0");

  ui_click (test, "Save It Elsewhere…");
  choose_place (other);
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
  choose_place (path);
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
  choose_place (path);
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
  gtk_dialog_response (find_chooser (), GTK_RESPONSE_CANCEL);
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
  choose_place (path);
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

static gboolean
says_estimate (gpointer data)
{
  return ui_find_text (GTK_WIDGET (((UiTest *) data)->window), "takes about") != NULL;
}

/* What was said before the button was pressed, against the simulated device's own clock. */
static void
test_estimate (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, data);
  double said, taken;

  ui_wait_for (says_estimate, test);
  ui_assert_no_text (test, "plus the");
  said = ek_estimate_seconds (target, test->window->offer, FALSE);
  ui_click (test, "Update");
  ui_wait_for_page (test, "done");
  taken = ek_flash_job_get_seconds (EK_FLASH_JOB (ek_operation_get_job (test->window->operation)));
  g_test_message ("said %.1f s, took %.1f s", said, taken);
  g_assert_cmpfloat_with_epsilon (said, taken, MAX (ESTIMATE_SECONDS, ESTIMATE_SHARE * taken));

  /* installing the same again writes nothing */
  ui_click (test, "Done");
  ui_assert_text (test, "takes about 4 seconds");
}

static void
test_estimate_with_backup (UiTest *test, gconstpointer data)
{
  plug_in_box (test, "esp32s3");
  ui_wait_for (says_estimate, test);
  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_assert_text (test, ", plus the backup");
}

/* A list's firmware that nobody has fetched, and of which the list does not say how large it is. */
static void
test_estimate_with_download (UiTest *test, gconstpointer data)
{
  g_autoptr (EkStore) store = ek_store_new (test->root);
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");
  g_autoptr (EkLists) lists = ek_lists_new (store, settings);
  g_autoptr (EkOffer) offer = ek_lists_find_offer (lists, "echokit-box");

  plug_in_box (test, "esp32s3");
  ek_home_page_set_offer (test->window->home_page, offer);
  ui_assert_text (test, "takes about 15 seconds, plus the download");
}

static void
set_version (EkOffer *offer, const char *version)
{
  EkOfferFacts facts = { .title = "EchoKit Box",
                         .version = version,
                         .board = "echokit-box",
                         .size = 2775000,
                         .note = "5 May 2026" };

  ek_offer_set_facts (offer, &facts);
}

static void
test_newest (UiTest *test, gconstpointer data)
{
  g_autoptr (EkStore) store = ek_store_new (test->root);
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");
  g_autoptr (EkLists) lists = ek_lists_new (store, settings);
  g_autoptr (EkOffer) offer = ek_lists_find_offer (lists, "echokit-box");

  plug_in_box (test, "esp32s3");
  ui_assert_no_text (test, "newest");
  ek_home_page_set_offer (test->window->home_page, offer);
  set_version (offer, "v0.3.1");
  ui_assert_text (test, "EchoKit Box · 2.8\302\240MB · 5 May 2026");
  ui_assert_no_text (test, "newest");

  ek_home_page_set_newest_release (test->window->home_page, "v0.3.1");
  ui_assert_text (test, "newest");
  ek_home_page_set_newest_release (test->window->home_page, "v0.3.2");
  ui_assert_no_text (test, "newest");
  ui_assert_text (test, "v0.3.2 is out already");
  set_version (offer, "v0.3.2");
  ui_assert_text (test, "newest");
  ui_assert_no_text (test, "is out already");
}

#define PASSWORD "correct horse battery"

/* All that was logged, at any level. */
static GString *logged;

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  static GMutex lock;

  g_mutex_lock (&lock);
  for (gsize i = 0; i < n_fields; i++)
    if (fields[i].length < 0)
      g_string_append_printf (logged, "%s\n", (const char *) fields[i].value);
  g_mutex_unlock (&lock);
  return g_log_writer_default (level, fields, n_fields, user_data);
}

/* Whether @text is anywhere in what the window holds, shown or not. */
static gboolean
holds_text (GtkWidget *widget, const char *text)
{
  const char *tooltip = gtk_widget_get_tooltip_text (widget);
  const char *own = GTK_IS_LABEL (widget)      ? gtk_label_get_label (GTK_LABEL (widget))
                    : GTK_IS_EDITABLE (widget) ? gtk_editable_get_text (GTK_EDITABLE (widget))
                                               : NULL;

  if ((own != NULL && strstr (own, text) != NULL) ||
      (tooltip != NULL && strstr (tooltip, text) != NULL))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (holds_text (child, text))
      return TRUE;
  return FALSE;
}

static void
switch_wifi_on (UiTest *test)
{
  GtkWidget *row = find_row (test, "Set Wi-Fi now");

  while (!ADW_IS_EXPANDER_ROW (row))
    row = gtk_widget_get_parent (row);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (row), TRUE);
}

static void
type_wifi (UiTest *test, const char *name, const char *password, const char *server)
{
  gtk_editable_set_text (find_entry (test, "Name of the Wi-Fi"), name);
  gtk_editable_set_text (find_entry (test, "Password"), password);
  gtk_editable_set_text (find_entry (test, "Server address"), server);
}

static EkSettings *
read_settings (EkTarget *target)
{
  g_autoptr (EkPort) port = ek_target_new_port (target, NULL);
  g_autoptr (EkSettingsJob) job = ek_settings_job_new (port, NULL);
  g_autoptr (GError) error = NULL;

  ek_job_run (EK_JOB (job), NULL, &error);
  g_assert_no_error (error);
  return ek_settings_new_from_nvs (ek_settings_job_get_nvs (job));
}

static void
assert_no_password (UiTest *test)
{
  g_autoptr (GError) error = g_error_new (EK_ERROR, EK_ERROR_INTERNAL, "an example");
  EkOperation *operation = test->window->operation;
  g_autofree char *report = ek_report_new (operation, error);
  g_autofree char *log = ek_operation_dup_log (operation);

  g_assert_nonnull (strstr (report, "Plan"));
  g_assert_cmpstr (log, !=, "");
  g_assert_null (strstr (report, PASSWORD));
  g_assert_null (strstr (log, PASSWORD));
  g_assert_cmpuint (logged->len, >, 0);
  g_assert_null (strstr (logged->str, PASSWORD));
  g_assert_false (holds_text (GTK_WIDGET (test->window), PASSWORD));
}

static void
test_wifi_arrives (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, data);
  g_autoptr (EkSettings) settings = NULL;

  switch_wifi_on (test);
  type_wifi (test, "Zu Hause", PASSWORD, " ws://192.168.1.5:8080/ws ");
  g_assert_true (holds_text (GTK_WIDGET (test->window), PASSWORD));
  gtk_widget_activate_action (GTK_WIDGET (test->window), "win.install", NULL);
  ui_wait_for_page (test, "done");
  ui_assert_text (test, "Wi-Fi");
  ui_assert_no_text (test, "QR code");
  assert_no_password (test);

  settings = read_settings (target);
  g_assert_cmpstr (settings->ssid, ==, "Zu Hause");
  g_assert_cmpstr (settings->password, ==, PASSWORD);
  g_assert_cmpstr (settings->server_url, ==, "ws://192.168.1.5:8080/ws");

  /* for the next device of the same home, all but the password is there */
  ui_click (test, "Done");
  ui_assert_no_text (test, "Name of the Wi-Fi");
  switch_wifi_on (test);
  g_assert_cmpstr (gtk_editable_get_text (find_entry (test, "Name of the Wi-Fi")), ==, "Zu Hause");
  g_assert_cmpstr (gtk_editable_get_text (find_entry (test, "Password")), ==, "");
}

static void
test_wifi_refused (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, "esp32s3");
  g_autofree char *long_password = g_strnfill (64, 'x');

  switch_wifi_on (test);
  type_wifi (test, "Zu Hause", "", "");
  /* nobody is told off while they type */
  ui_assert_no_text (test, "can't use a Wi-Fi without one");
  ui_click (test, "Update");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
  ui_assert_text (test, "can't use a Wi-Fi without one");
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (test->window)),
                                         GTK_WIDGET (find_entry (test, "Password"))));

  type_wifi (test, "Zu Hause", long_password, "");
  ui_assert_text (test, "Too long: a Wi-Fi's password has 63 characters at most.");
  ui_click (test, "Update");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "home");
  g_assert_false (ek_target_get_busy (target));

  type_wifi (test, "Zu Hause", PASSWORD, "http://example.com/");
  ui_assert_text (test, "An address looks like ws://");
  ui_click (test, "Update");
  g_assert_false (ek_target_get_busy (target));

  /* what is hardly meant is said, and can be done */
  type_wifi (test, "Zu Hause", PASSWORD, "ws://localhost/ws");
  ui_assert_no_text (test, "An address looks like");
  ui_assert_text (test, "For your EchoKit this address means itself");
  ui_click (test, "Update");
  ui_wait_for_page (test, "done");
}

static void
test_wifi_is_forgotten (UiTest *test, gconstpointer data)
{
  plug_in_box (test, "esp32s3");
  switch_wifi_on (test);
  type_wifi (test, "Zu Hause", PASSWORD, "");
  ek_target_list_remove_simulated (test->targets);
  plug_in_box (test, "esp32s3?mac=98:a3:16:00:00:02");
  g_assert_false (holds_text (GTK_WIDGET (test->window), PASSWORD));
}

/* The words follow the rules of what the firmware accepts. */
static void
test_wifi_words (void)
{
  static const char *const texts[] = {
    "x", "12345678", "ws://a", "ws://192.168.1.5:8080/ws", "http://a", "wss://a/ws", "ws://", " ",
    /* 32 and 33 bytes, in 31 characters */
    "12345678901234567890123456789\303\2741", "12345678901234567890123456789\303\27412",
    /* 63 and 64 */
    "123456789012345678901234567890123456789012345678901234567890123",
    "1234567890123456789012345678901234567890123456789012345678901234"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      EkSettings name = { .ssid = (char *) texts[i] };
      EkSettings password = { .password = (char *) texts[i] };
      EkSettings server = { .server_url = (char *) texts[i] };

      g_assert_true (ek_settings_check (&name, NULL) ==
                     (ek_wifi_problem (&name, EK_WIFI_NAME, TRUE) == NULL));
      g_assert_true (ek_settings_check (&password, NULL) ==
                     (ek_wifi_problem (&password, EK_WIFI_PASSWORD, TRUE) == NULL));
      g_assert_true (ek_settings_check (&server, NULL) ==
                     (ek_wifi_problem (&server, EK_WIFI_SERVER, TRUE) == NULL));
    }
}

static void
test_wifi_what_is_missing (void)
{
  EkSettings nothing = { 0 };
  EkSettings password = { .password = (char *) "12345678" };
  EkSettings server = { .server_url = (char *) "ws://a/ws" };
  EkSettings wifi = { .ssid = (char *) "x", .password = (char *) "12345678" };
  g_autofree char *warning = ek_wifi_warning (&wifi, EK_WIFI_SERVER, TRUE);

  g_assert_null (ek_wifi_problem (&nothing, EK_WIFI_NAME, FALSE));
  g_assert_nonnull (ek_wifi_problem (&nothing, EK_WIFI_NAME, TRUE));
  g_assert_nonnull (ek_wifi_problem (&password, EK_WIFI_NAME, TRUE));
  g_assert_null (ek_wifi_problem (&server, EK_WIFI_NAME, TRUE));
  g_assert_null (ek_wifi_problem (&server, EK_WIFI_PASSWORD, TRUE));
  g_assert_null (ek_wifi_problem (&wifi, EK_WIFI_SERVER, TRUE));
  g_assert_nonnull (warning);
  g_assert_null (ek_wifi_warning (&wifi, EK_WIFI_SERVER, FALSE));
}

int
main (int argc, char **argv)
{
  logged = g_string_new (NULL);
  g_log_set_writer_func (write_log, NULL, NULL);
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, setup, func, ui_test_teardown)
  ADD ("/home/backup/saved-then-installed", test_backup_then_install);
  ADD ("/home/backup/fails-and-nothing-is-installed", test_backup_fails);
  ADD ("/home/backup/disk-full", test_backup_disk_full);
  ADD ("/home/backup/made-once", test_backup_is_made_once);
  ADD ("/home/backup/no-place-no-installation", test_backup_given_up);
  ADD ("/home/backup/cancelled", test_backup_cancelled);
  ADD ("/home/backup/of-an-empty-device", test_backup_of_nothing);
  ADD ("/home/backup/choice-is-remembered", test_backup_is_remembered);
  ADD ("/home/estimate/with-backup", test_estimate_with_backup);
  ADD ("/home/estimate/with-download", test_estimate_with_download);
  ADD ("/home/newest/badge-and-what-the-list-lacks", test_newest);
  ADD ("/home/wifi/refused-beside-the-field", test_wifi_refused);
  ADD ("/home/wifi/forgotten-with-the-device", test_wifi_is_forgotten);
#undef ADD
  g_test_add_func ("/home/wifi/words-follow-the-rules", test_wifi_words);
  g_test_add_func ("/home/wifi/what-is-missing", test_wifi_what_is_missing);
  g_test_add ("/home/wifi/arrives-with-an-update", UiTest, "esp32s3", setup, test_wifi_arrives,
              ui_test_teardown);
  g_test_add ("/home/wifi/arrives-on-an-empty-device", UiTest, "esp32s3?blank", setup,
              test_wifi_arrives, ui_test_teardown);
  g_test_add ("/home/estimate/usb", UiTest, "esp32s3", setup, test_estimate, ui_test_teardown);
  g_test_add ("/home/estimate/adapter", UiTest, "esp32s3?usb=uart", setup, test_estimate,
              ui_test_teardown);

  return g_test_run ();
}
