/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wi-Fi and server: what the firmware takes, and where it looks for it. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-settings.h"
#include "test-files.h"

static void
assert_check (const EkSettings *settings, gboolean good)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = ek_settings_check (settings, &error);

  if (good)
    {
      g_assert_no_error (error);
      g_assert_true (ok);
      return;
    }

  g_assert_false (ok);
  g_assert_error (error, EK_ERROR, EK_ERROR_SETTINGS_INVALID);
  /* A secret may have been typed into any of the places. */
  if (settings->password != NULL && *settings->password != '\0')
    g_assert_null (strstr (error->message, settings->password));
}

static char *
repeat (char c, gsize n)
{
  return g_strnfill (n, c);
}

static void
test_lengths (void)
{
  g_autofree char *ssid_32 = repeat ('s', 32);
  g_autofree char *ssid_33 = repeat ('s', 33);
  g_autofree char *password_7 = repeat ('p', 7);
  g_autofree char *password_63 = repeat ('p', 63);
  g_autofree char *password_64 = repeat ('p', 64);

  assert_check (&(EkSettings){ .ssid = (char *) "x" }, TRUE);
  assert_check (&(EkSettings){ .ssid = ssid_32 }, TRUE);
  assert_check (&(EkSettings){ .ssid = ssid_33 }, FALSE);
  assert_check (&(EkSettings){ .ssid = (char *) "" }, FALSE);
  /* 11 letters of three bytes each are more than the 32 bytes that the firmware has. */
  assert_check (&(EkSettings){ .ssid = (char *) "一二三四五六七八九十" }, TRUE);
  assert_check (&(EkSettings){ .ssid = (char *) "一二三四五六七八九十百" }, FALSE);
  assert_check (&(EkSettings){ .password = (char *) "12345678" }, TRUE);
  assert_check (&(EkSettings){ .password = password_7 }, FALSE);
  assert_check (&(EkSettings){ .password = password_63 }, TRUE);
  assert_check (&(EkSettings){ .password = password_64 }, FALSE);
  assert_check (&(EkSettings){ .password = (char *) "" }, FALSE);
  assert_check (&(EkSettings){ .ssid = (char *) "caf\xe9" }, FALSE);
  assert_check (&(EkSettings){ 0 }, TRUE);
}

static void
test_addresses (void)
{
  static const struct
  {
    const char *url;
    gboolean good;
  } rows[] = {
    { "ws://edge.echokit.dev/ws", TRUE },
    { "ws://192.168.1.20:8080/ws", TRUE },
    { "ws://[fe80::1]:8080/ws", TRUE },
    { "wss://edge.echokit.dev/ws", TRUE },
    { "http://edge.echokit.dev/ws", FALSE },
    { "edge.echokit.dev/ws", FALSE },
    { "ws://", FALSE },
    { "ws:///ws", FALSE },
    { "ws://host:99999/ws", FALSE },
    { "ws://ho st/ws", FALSE },
    { "ws://host/w\ns", FALSE },
    { "", FALSE },
  };
  g_autofree char *name_116 = repeat ('h', 127 - strlen ("ws:///ws"));
  g_autofree char *url_127 = g_strdup_printf ("ws://%s/ws", name_116);
  g_autofree char *url_128 = g_strdup_printf ("ws://%s/ws1", name_116);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].url);
      assert_check (&(EkSettings){ .server_url = (char *) rows[i].url }, rows[i].good);
    }
  g_assert_cmpuint (strlen (url_127), ==, 127);
  assert_check (&(EkSettings){ .server_url = url_127 }, TRUE);
  assert_check (&(EkSettings){ .server_url = url_128 }, FALSE);
}

static void
assert_warnings (const EkSettings *settings, guint expected)
{
  g_auto (GStrv) warnings = ek_settings_list_warnings (settings);

  g_assert_cmpuint (g_strv_length (warnings), ==, expected);
}

static void
test_warnings (void)
{
  assert_warnings (&(EkSettings){ .ssid = (char *) "Home", .server_url = (char *) "ws://a/ws" }, 0);
  assert_warnings (&(EkSettings){ .ssid = (char *) "Home " }, 1);
  assert_warnings (&(EkSettings){ .password = (char *) " 12345678" }, 1);
  assert_warnings (&(EkSettings){ .server_url = (char *) "wss://a/ws" }, 1);
  assert_warnings (&(EkSettings){ .server_url = (char *) "ws://localhost:8080/ws" }, 1);
  assert_warnings (&(EkSettings){ .server_url = (char *) "ws://127.0.0.1:8080/ws" }, 1);
  assert_warnings (&(EkSettings){ .server_url = (char *) "ws://[::1]/ws" }, 1);
  assert_warnings (&(EkSettings){ .server_url = (char *) "ws://192.168.0.2/ws" }, 0);
}

static void
test_espressifs_settings (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-24k.bin");
  g_autoptr (GError) error = NULL;
  g_autoptr (EkNvs) nvs =
      ek_nvs_new_from_bytes (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_autoptr (EkSettings) settings = NULL;

  g_assert_no_error (error);
  settings = ek_settings_new_from_nvs (nvs);
  g_assert_cmpstr (settings->ssid, ==, "Garden-2G");
  g_assert_cmpstr (settings->password, ==, "swordfish99");
  g_assert_cmpstr (settings->server_url, ==, "ws://edge.echokit.dev/ws");
  g_assert_true (ek_settings_is_complete (settings));
}

/* The page that Espressif's generator makes of the same values, type by type. */
static void
test_makes_espressifs_page (void)
{
  g_autoptr (GBytes) expected = test_shared_file ("settings-24k.bin");
  EkSettings settings = { (char *) "Garden-2G", (char *) "swordfish99",
                          (char *) "ws://edge.echokit.dev/ws" };
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_assert_true (ek_settings_apply (&settings, nvs, &error));
  g_assert_no_error (error);
  ek_nvs_set_int (nvs, EK_SETTINGS_NAMESPACE, "agc_tl_dbfs", EK_NVS_I32, 3, NULL);
  bytes = ek_nvs_to_bytes (nvs, g_bytes_get_size (expected), &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, expected));
}

static void
test_applies_only_what_is_set (void)
{
  EkSettings first = { (char *) "Home", (char *) "12345678", (char *) "ws://a/ws" };
  EkSettings second = { .ssid = (char *) "Away" };
  EkSettings bad = { .ssid = (char *) "Third", .password = (char *) "short" };
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (EkSettings) seen = NULL;
  g_autoptr (EkSettings) copy = NULL;
  g_autoptr (GError) error = NULL;

  ek_nvs_set_int (nvs, EK_SETTINGS_NAMESPACE, "agc_cg_db", EK_NVS_I32, 15, NULL);
  g_assert_true (ek_settings_apply (&first, nvs, NULL));
  g_assert_true (ek_settings_apply (&second, nvs, NULL));
  g_assert_false (ek_settings_apply (&bad, nvs, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_SETTINGS_INVALID);

  seen = ek_settings_new_from_nvs (nvs);
  g_assert_cmpstr (seen->ssid, ==, "Away");
  g_assert_cmpstr (seen->password, ==, "12345678");
  copy = ek_settings_copy (seen);
  g_assert_cmpstr (copy->server_url, ==, "ws://a/ws");
  g_assert_true (ek_nvs_get_value_type (nvs, EK_SETTINGS_NAMESPACE, "agc_cg_db", NULL));
}

static void
test_ends_a_wait_for_setup (void)
{
  EkSettings settings = { .ssid = (char *) "Home" };
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  gint64 state = 1;

  ek_nvs_set_int (nvs, EK_SETTINGS_NAMESPACE, "state", EK_NVS_U8, 1, NULL);
  g_assert_true (ek_settings_apply (&settings, nvs, NULL));
  g_assert_true (ek_nvs_get_int (nvs, EK_SETTINGS_NAMESPACE, "state", &state));
  g_assert_cmpint (state, ==, 0);
}

static void
test_clears_wifi_and_server_only (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-with-picture-2m.bin");
  g_autoptr (EkNvs) nvs =
      ek_nvs_new_from_bytes (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  g_autoptr (EkSettings) seen = NULL;

  ek_settings_clear_in (nvs);
  seen = ek_settings_new_from_nvs (nvs);
  g_assert_null (seen->ssid);
  g_assert_null (seen->password);
  g_assert_null (seen->server_url);
  g_assert_false (ek_settings_is_complete (seen));
  g_assert_nonnull (ek_nvs_get_blob (nvs, EK_SETTINGS_NAMESPACE, "background_gif"));
}

static void
test_text_that_cannot_be_read_is_none (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (EkSettings) seen = NULL;

  ek_nvs_set_string (nvs, EK_SETTINGS_NAMESPACE, "ssid", "caf\xe9", NULL);
  ek_nvs_set_string (nvs, EK_SETTINGS_NAMESPACE, "pass", "", NULL);
  ek_nvs_set_int (nvs, EK_SETTINGS_NAMESPACE, "server_url", EK_NVS_U8, 1, NULL);
  seen = ek_settings_new_from_nvs (nvs);
  g_assert_null (seen->ssid);
  g_assert_null (seen->password);
  g_assert_null (seen->server_url);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/settings/check/lengths", test_lengths);
  g_test_add_func ("/settings/check/addresses", test_addresses);
  g_test_add_func ("/settings/warnings/what-is-hardly-meant", test_warnings);
  g_test_add_func ("/settings/read/espressifs", test_espressifs_settings);
  g_test_add_func ("/settings/read/unreadable-is-none", test_text_that_cannot_be_read_is_none);
  g_test_add_func ("/settings/apply/makes-espressifs-page", test_makes_espressifs_page);
  g_test_add_func ("/settings/apply/only-what-is-set", test_applies_only_what_is_set);
  g_test_add_func ("/settings/apply/ends-a-wait-for-setup", test_ends_a_wait_for_setup);
  g_test_add_func ("/settings/clear/wifi-and-server-only", test_clears_wifi_and_server_only);
  return g_test_run ();
}
