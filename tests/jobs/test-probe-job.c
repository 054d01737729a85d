/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at simulated devices: what is found, and that nothing is changed. */
#include "config.h"

#include "ek-probe-job.h"
#include "ek-test.h"

static void
test_demo_device (void)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?mac=aa:bb:cc:dd:ee:ff", &simulator);
  g_autoptr (EkProbeJob) job = ek_probe_job_new (port, NULL);
  const EkInstalled *installed = ek_probe_job_get_installed (job);
  g_autofree char *mac = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  guint8 *flash = ek_simulator_get_flash (simulator, &size);
  g_autofree guint8 *before = g_memdup2 (flash, size);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  mac = ek_chip_info_get_mac (ek_probe_job_get_chip_info (job));
  g_assert_cmpstr (mac, ==, "aa:bb:cc:dd:ee:ff");
  g_assert_cmpuint (ek_probe_job_get_chip_info (job)->flash_size, ==, 16u << 20);
  g_assert_cmpstr (ek_partition_table_get_layout (installed->table), ==, "A");
  g_assert_true (installed->has_app);
  g_assert_cmpstr (installed->app.version, ==, "0.1.0");
  g_assert_cmpmem (flash, size, before, size);
}

static void
test_real_device (void)
{
  g_autofree char *path = ek_test_shared_path ("firmware/layout-b.bin");
  g_autofree char *device = g_strdup_printf ("esp32s3?image=%s", path);
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkProbeJob) job = NULL;
  const EkInstalled *installed;
  g_autoptr (GError) error = NULL;

  ek_test_skip_without (path);
  port = ek_test_port_new (device, NULL);
  job = ek_probe_job_new (port, NULL);
  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  installed = ek_probe_job_get_installed (job);
  g_assert_cmpstr (ek_partition_table_get_layout (installed->table), ==, "B");
  g_assert_cmpstr (installed->app.version, ==, "v0.3.1");
  g_assert_cmpstr (installed->board, ==, "echokit-diy");
}

static void
test_blank_and_locked (void)
{
  static const char *const devices[] = { "esp32s3?blank", "esp32s3?security=boot",
                                         "esp32s3?security=download", "esp32c6?blank&usb=uart",
                                         "esp32s3?blank&size=1MB" };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], NULL);
      g_autoptr (EkProbeJob) job = ek_probe_job_new (port, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_false (ek_probe_job_get_installed (job)->has_app);
      g_assert_nonnull (ek_probe_job_get_chip_info (job)->chip);
    }
}

/* The device runs its firmware again afterwards. */
static void
test_leaves_it_running (void)
{
  static const char *const devices[] = { "esp32s3", "esp32s3?usb=uart" };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], NULL);
      g_autoptr (EkProbeJob) job = ek_probe_job_new (port, NULL);
      g_autoptr (GString) log = g_string_new (NULL);
      guint8 buffer[512];
      gssize n;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
      g_assert_true (ek_port_open (port, NULL, NULL));
      while ((n = ek_port_read (port, buffer, sizeof buffer,
                                ek_port_now (port) + 3 * G_USEC_PER_SEC, NULL, NULL)) > 0)
        g_string_append_len (log, (const char *) buffer, n);
      g_assert_nonnull (strstr (log->str, "app_init: App version:      0.1.0"));
    }
}

static void
test_names_settings_only (void)
{
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", NULL);
  g_autoptr (EkProbeJob) job = ek_probe_job_new (port, NULL);
  const char *const *names;

  g_assert_null (ek_probe_job_get_setting_names (job));
  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  names = ek_probe_job_get_setting_names (job);
  g_assert_nonnull (names);
  g_assert_true (g_strv_contains (names, "ssid"));
  g_assert_true (g_strv_contains (names, "pass"));
  g_assert_false (g_strv_contains (names, "not-a-secret"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/probe-job/demo-device", test_demo_device);
  g_test_add_func ("/probe-job/real-device", test_real_device);
  g_test_add_func ("/probe-job/blank-and-locked", test_blank_and_locked);
  g_test_add_func ("/probe-job/leaves-it-running", test_leaves_it_running);
  g_test_add_func ("/probe-job/names-settings-only", test_names_settings_only);
  return g_test_run ();
}
