/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the simulated app makes of the settings in its NVS. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "boot-test.h"

#include "ek-nvs.h"

#define NVS      0x9000
#define NVS_SIZE 0x200000

static char *
start_with_settings (const char *ssid, const char *password, const char *server_url, gint64 state)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  ek_nvs_set_string (nvs, "setting", "ssid", ssid, &error);
  g_assert_no_error (error);
  ek_nvs_set_string (nvs, "setting", "pass", password, &error);
  g_assert_no_error (error);
  ek_nvs_set_string (nvs, "setting", "server_url", server_url, &error);
  g_assert_no_error (error);
  ek_nvs_set_int (nvs, "setting", "state", EK_NVS_U8, state, &error);
  g_assert_no_error (error);

  plug_in_demo (&fixture, "esp32s3", FALSE);
  place (&fixture, NVS, ek_nvs_to_bytes (nvs, NVS_SIZE, &error));
  g_assert_no_error (error);
  return restart_for (&fixture, 3 * SECOND);
}

static void
test_settings_configured (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", FALSE);
  place (&fixture, NVS, shared_file ("firmware", "settings-24k.bin"));
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (text,
                  (const char *const[]){ "app_init: App version:      0.1.0\r\n",
                                         "echokit: SSID: \"Garden-2G\"\r\n",
                                         "echokit: PASS: \"swordfish99\"\r\n",
                                         "echokit: Server URL: \"ws://edge.echokit.dev/ws\"\r\n",
                                         "Connecting wifi...\r\n", "Waiting for DHCP lease...\r\n",
                                         "Wifi DHCP info: IpInfo { ip: 192.168.4.23, ", NULL });
  assert_lacks (text, "Device Address");
}

static void
test_settings_fresh (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3?mac=98:a3:16:e5:d8:4a", FALSE);
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (text, (const char *const[]){
                            "echokit: SSID: \"\"\r\n", "echokit: PASS: \"\"\r\n",
                            "echokit: Server URL: \"\"\r\n",
                            "esp32_nimble::ble_device: Device Address: 98:A3:16:E5:D8:4C\r\n",
                            "NimBLE: GAP procedure initiated: advertise; \r\n", NULL });
  assert_lacks (text, "Connecting wifi");
}

static void
test_settings_incomplete (void)
{
  g_autofree char *text = start_with_settings ("Open", "", "ws://edge.echokit.dev/ws", 0);

  assert_has (text, "GAP procedure initiated: advertise");
  assert_lacks (text, "Connecting wifi");
}

static void
test_settings_state (void)
{
  g_autofree char *text = start_with_settings ("Home", "12345678", "ws://edge.echokit.dev/ws", 1);

  assert_has (text, "echokit: SSID: \"Home\"\r\n");
  assert_has (text, "GAP procedure initiated: advertise");
}

static void
test_settings_quotes (void)
{
  g_autofree char *text = start_with_settings ("Caf\303\251 \"5\"", "back\\slash", "ws://a/ws", 0);

  assert_has (text, "echokit: SSID: \"Caf\303\251 \\\"5\\\"\"\r\n");
  assert_has (text, "echokit: PASS: \"back\\\\slash\"\r\n");
}

static void
assert_panics (const char *text, const char *why)
{
  assert_has_all (text, (const char *const[]){ "thread '<unnamed>' panicked at src/", why,
                                               "abort() was called at PC 0x", "Backtrace: 0x42",
                                               "Rebooting...\r\n", "rst:0xc (RTC_SW_CPU_RST)", why,
                                               NULL });
  assert_lacks (text, "Connecting wifi");
}

static void
test_settings_long_ssid (void)
{
  g_autofree char *longest =
      start_with_settings ("12345678901234567890123456789012", "12345678", "ws://a/ws", 0);
  g_autofree char *longer =
      start_with_settings ("123456789012345678901234567890123", "12345678", "ws://a/ws", 0);

  assert_has (longest, "Connecting wifi");
  assert_panics (longer, "Could not parse the given SSID into WiFi config");
}

static void
test_settings_long_password (void)
{
  g_autofree char *password = g_strnfill (65, 'p');
  g_autofree char *text = start_with_settings ("Home", password, "ws://a/ws", 0);

  assert_panics (text, "Could not parse the given password into WiFi config");
}

static void
test_settings_unreadable (void)
{
  g_autofree char *ssid = g_strnfill (128, 's');
  g_autofree char *text = start_with_settings (ssid, "12345678", "ws://a/ws", 0);

  assert_has_all (text, (const char *const[]){ "E (", "echokit: Failed to get ssid: ",
                                               "echokit: SSID: \"\"\r\n", "advertise", NULL });
}

static void
test_settings_not_text (void)
{
  g_autofree char *text = start_with_settings ("Home", "1234567\xe2", "ws://a/ws", 0);

  assert_has_all (text, (const char *const[]){ "echokit: Failed to get pass: ",
                                               "echokit: PASS: \"\"\r\n", "advertise", NULL });
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/boot/settings/goes-online", test_settings_configured);
  g_test_add_func ("/boot/settings/advertises-if-fresh", test_settings_fresh);
  g_test_add_func ("/boot/settings/advertises-without-a-password", test_settings_incomplete);
  g_test_add_func ("/boot/settings/advertises-if-asked-to", test_settings_state);
  g_test_add_func ("/boot/settings/escapes-like-rust", test_settings_quotes);
  g_test_add_func ("/boot/settings/panics-on-a-long-ssid", test_settings_long_ssid);
  g_test_add_func ("/boot/settings/panics-on-a-long-password", test_settings_long_password);
  g_test_add_func ("/boot/settings/goes-on-without-an-unreadable-one", test_settings_unreadable);
  g_test_add_func ("/boot/settings/goes-on-without-one-that-is-no-text", test_settings_not_text);

  return g_test_run ();
}
