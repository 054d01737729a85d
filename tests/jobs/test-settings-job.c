/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings read off a device, and set on it while everything goes wrong: at every frame the device has
 * either the old ones or the new ones, and never none. */
#include "config.h"

#include "ek-flash-job.h"
#include "ek-settings-job.h"
#include "ek-test.h"

#define NVS_OFFSET 0x9000
#define NVS_SIZE   0x200000

/* Every so many frames, another one for each kind of fault; fewer under the sanitizers. */
#define STRIDE       6
#define QUICK_STRIDE 40

static const EkSettings new_settings = { (char *) "Balcony", (char *) "seventeen17",
                                         (char *) "ws://192.168.1.5:8080/ws" };

/* Without a bit that flips on its way to the chip: nothing guards an erase's address there, so it may
 * cost something else than the settings, which an installation brings back. */
static const struct
{
  const char *kind;
  gboolean to_chip;
  const char *argument;
} faults[] = {
  { "drop", TRUE, "" },     { "drop", FALSE, "" },     { "flip", FALSE, "" },
  { "stall", TRUE, ":60" }, { "vanish", TRUE, ":40" }, { "vanish", FALSE, ":40" },
  { "refuse", TRUE, "" },   { "wrong-md5", TRUE, "" }, { "brownout", TRUE, "" },
  { "crash", TRUE, "" },    { "crash", FALSE, "" },
};

static EkSettings *
settings_on_chip (EkSimulator *simulator)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkNvs) nvs =
      ek_nvs_new_from_bytes (ek_simulator_get_flash (simulator, NULL) + NVS_OFFSET, NVS_SIZE,
                             &error);

  g_assert_no_error (error);
  return ek_settings_new_from_nvs (nvs);
}

static gboolean
same_settings (const EkSettings *one, const EkSettings *other)
{
  return g_strcmp0 (one->ssid, other->ssid) == 0 &&
         g_strcmp0 (one->password, other->password) == 0 &&
         g_strcmp0 (one->server_url, other->server_url) == 0;
}

static gboolean
set_once (EkPort *port, GError **error)
{
  EkFlashJobOptions options = { .plan.settings = &new_settings };
  g_autoptr (EkBundle) nothing = ek_bundle_new_without_firmware ();
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, nothing, &options);
  gboolean ok = ek_job_run (EK_JOB (job), NULL, error);

  if (ok)
    g_assert_cmpint (ek_flash_job_get_outcome (job), >=, EK_FLASH_VERIFIED);
  return ok;
}

static void
strike_frame (const char *device, guint fault, guint64 frame)
{
  g_autofree char *text =
      g_strdup_printf ("%s&fault=%s:%s:%" G_GUINT64_FORMAT "%s", device, faults[fault].kind,
                       faults[fault].to_chip ? "to" : "from", frame, faults[fault].argument);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (text, &simulator);
  g_autoptr (EkSettings) before = settings_on_chip (simulator);
  g_autoptr (EkSettings) after = NULL;
  g_autoptr (EkSettings) repaired = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = set_once (port, &error);

  after = settings_on_chip (simulator);
  if (!same_settings (after, &new_settings) && (ok || !same_settings (after, before)))
    g_error ("%s: %s, and the settings are lost", text, ok ? "done" : error->message);
  if (ok)
    return;

  g_clear_error (&error);
  g_assert_true (ek_port_sleep (port, 60 * G_USEC_PER_SEC, NULL, NULL));
  if (!set_once (port, &error))
    g_error ("%s: a plain run does not repair it: %s", text, error->message);
  repaired = settings_on_chip (simulator);
  g_assert_true (same_settings (repaired, &new_settings));
}

static void
sweep (const char *device)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (device, &simulator);
  guint stride = ek_test_is_quick () ? QUICK_STRIDE : STRIDE;
  EkSimulatorStats stats;
  guint n_runs = 0;

  g_assert_true (set_once (port, NULL));
  ek_simulator_get_stats (simulator, &stats);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      guint64 n = faults[i].to_chip ? stats.frames_to_chip : stats.frames_from_chip;

      for (guint64 frame = 1 + i % stride; frame <= n; frame += stride, n_runs++)
        strike_frame (device, i, frame);
    }

  g_print ("# %s: %u runs\n", device, n_runs);
  g_assert_cmpuint (n_runs * stride, >, 20 * G_N_ELEMENTS (faults));
}

static void
test_over_usb (void)
{
  sweep ("esp32s3?usb=jtag");
}

static void
test_over_uart (void)
{
  sweep ("esp32s3?usb=uart");
}

static void
test_reads (void)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkSettings) expected = settings_on_chip (simulator);
  g_autoptr (EkSettingsJob) job = ek_settings_job_new (port, NULL);
  g_autoptr (EkSettings) seen = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_settings_job_get_nvs (job));
  ek_job_run (EK_JOB (job), NULL, &error);
  g_assert_no_error (error);
  seen = ek_settings_new_from_nvs (ek_settings_job_get_nvs (job));
  g_assert_nonnull (seen->ssid);
  g_assert_true (same_settings (seen, expected));
}

static void
test_without_a_place (void)
{
  static const struct
  {
    const char *device;
    EkError code;
  } rows[] = {
    { "esp32s3?blank", EK_ERROR_PARTITION_TABLE },
    { "esp32s3?security=encryption", EK_ERROR_CHIP_LOCKED },
    { "esp32s3?fault=mute", EK_ERROR_NO_ANSWER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, &simulator);
      g_autoptr (EkSettingsJob) job = ek_settings_job_new (port, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_clear_error (&error);
      g_assert_false (set_once (port, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_debug_enabled (FALSE);

  g_test_add_func ("/settings-job/reads", test_reads);
  g_test_add_func ("/settings-job/without-a-place", test_without_a_place);
  g_test_add_func ("/settings-job/every-frame/over-usb", test_over_usb);
  g_test_add_func ("/settings-job/every-frame/over-uart", test_over_uart);
  return g_test_run ();
}
