/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wi-Fi and server that go onto the device with the firmware, and a password that goes nowhere else. */
#include "config.h"

#include "ek-report.h"
#include "ek-settings-job.h"
#include "ek-wifi-words.h"
#include "ek-window-private.h"
#include "home-test.h"

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

/* The settings are among the bytes that were written. */
static void
assert_no_bytes (EkOperation *operation)
{
  EkFlashPlan *plan = ek_flash_job_get_plan (EK_FLASH_JOB (ek_operation_get_job (operation)));

  for (guint i = 0; i < ek_flash_plan_get_n_ranges (plan); i++)
    g_assert_null (ek_flash_plan_get_range (plan, i)->data);
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
  assert_no_bytes (test->window->operation);

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

  /* what is kept may have a server; a device that forgets everything has none */
  type_wifi (test, "Zu Hause", PASSWORD, "");
  ui_assert_no_text (test, "Without a server");
  gtk_switch_set_active (find_switch (find_row (test, "Keep Wi-Fi and settings")), FALSE);
  ui_assert_text (test, "Without a server");

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

#define ADD(path, func) g_test_add (path, UiTest, NULL, home_test_setup, func, ui_test_teardown)
  ADD ("/wifi/refused-beside-the-field", test_wifi_refused);
  ADD ("/wifi/forgotten-with-the-device", test_wifi_is_forgotten);
#undef ADD
  g_test_add_func ("/wifi/words-follow-the-rules", test_wifi_words);
  g_test_add_func ("/wifi/what-is-missing", test_wifi_what_is_missing);
  g_test_add ("/wifi/arrives-with-an-update", UiTest, "esp32s3", home_test_setup, test_wifi_arrives,
              ui_test_teardown);
  g_test_add ("/wifi/arrives-on-an-empty-device", UiTest, "esp32s3?blank", home_test_setup,
              test_wifi_arrives, ui_test_teardown);

  return g_test_run ();
}
