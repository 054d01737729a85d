/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verifying: the first byte that differs is found, wherever it is, and little is asked for it. */
#include "config.h"

#include "ek-verify-job.h"
#include "job-test.h"

static EkVerifyJob *
verify_job (EkPort *port, const char *path, guint32 offset)
{
  EkVerifyJobOptions options = { .path = path, .offset = offset };

  return ek_verify_job_new (port, &options);
}

static void
test_same (void)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autofree char *path =
      job_test_file ("flash.bin", ek_simulator_get_flash (simulator, NULL), FLASH_SIZE);
  g_autoptr (EkVerifyJob) job = verify_job (port, path, 0);
  EkSimulatorStats stats;
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_true (ek_verify_job_is_same (job));
  g_assert_cmpuint (ek_verify_job_get_file_size (job), ==, FLASH_SIZE);
  /* Nothing was read for it. */
  ek_simulator_get_stats (simulator, &stats);
  g_assert_cmpuint (stats.bytes_from_chip, <, 5000);
  job_test_remove (path);
}

static void
test_first_difference (void)
{
  static const struct
  {
    const char *device;
    guint32 offset;
    guint32 size;
    guint32 first;
    guint32 second;
  } rows[] = {
    { "esp32s3", 0, FLASH_SIZE, 0, 0xfff000 },
    { "esp32s3", 0, FLASH_SIZE, 0x1000, 0x1001 },
    { "esp32s3", 0, FLASH_SIZE, 0x7fffff, 0x800000 },
    { "esp32s3", 0, FLASH_SIZE, 0x800000, 0xffffff },
    { "esp32s3", 0, FLASH_SIZE, FLASH_SIZE - 1, FLASH_SIZE - 1 },
    { "esp32s3", 0x8000, 0xc00, 0x123, 0xbff },
    { "esp32s3", 0x123, 1, 0, 0 },
    { "esp32s3", 0x8001, 0x2fff, 0x2ffe, 0x2ffe },
    { "esp32s3?usb=uart", APP_OFFSET, 0x31234, 0x31233, 0x31233 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, &simulator);
      g_autofree guint8 *bytes =
          g_memdup2 (ek_simulator_get_flash (simulator, NULL) + rows[i].offset, rows[i].size);
      g_autofree char *path = NULL;
      g_autoptr (EkVerifyJob) job = NULL;
      guint8 wanted, found;

      bytes[rows[i].first] ^= 0x81;
      if (rows[i].second != rows[i].first)
        bytes[rows[i].second] ^= 0x81;
      path = job_test_file ("part.bin", bytes, rows[i].size);
      job = verify_job (port, path, rows[i].offset);
      g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
      g_assert_false (ek_verify_job_is_same (job));
      g_assert_cmpuint (ek_verify_job_get_first_difference (job, &wanted, &found), ==,
                        rows[i].first);
      g_assert_cmpuint (wanted, ==, bytes[rows[i].first]);
      g_assert_cmpuint (found, ==, bytes[rows[i].first] ^ 0x81);
      job_test_remove (path);
    }
}

/* The chip's answer was wrong, not its flash. */
static void
test_wrong_md5 (void)
{
  for (guint frame = 10; frame < 40; frame++)
    {
      g_autofree char *device = g_strdup_printf ("esp32s3?fault=wrong-md5:to:%u", frame);
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (device, &simulator);
      g_autofree char *path =
          job_test_file ("part.bin", ek_simulator_get_flash (simulator, NULL), 0x20000);
      g_autoptr (EkVerifyJob) job = verify_job (port, path, 0);

      g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
      g_assert_true (ek_verify_job_is_same (job));
      job_test_remove (path);
    }
}

static void
test_impossible (void)
{
  static const guint8 bytes[0x2000] = { 0 };
  static const struct
  {
    const char *device;
    gsize size;
    guint32 offset;
    EkError code;
  } rows[] = {
    { "esp32s3", 0, 0, EK_ERROR_NOT_FIRMWARE },
    { "esp32s3", 0x2000, FLASH_SIZE - 0x1000, EK_ERROR_FIRMWARE_TOO_BIG },
    { "esp32s3", 1, FLASH_SIZE, EK_ERROR_FIRMWARE_TOO_BIG },
    { "esp32s3", 1, 0xffffffff, EK_ERROR_FIRMWARE_TOO_BIG },
    { "esp32s3?fault=mute", 1, 0, EK_ERROR_NO_ANSWER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = job_test_file ("part.bin", bytes, rows[i].size);
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, NULL);
      g_autoptr (EkVerifyJob) job = verify_job (port, path, rows[i].offset);
      g_autoptr (GError) error = NULL;

      g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      job_test_remove (path);
    }
}

static void
test_missing_file (void)
{
  g_autofree char *path = job_test_path ("missing.bin");
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", NULL);
  g_autoptr (EkVerifyJob) job = verify_job (port, path, 0);
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND);
  job_test_remove (path);
}

static void
test_cancelled (void)
{
  static const EkPhase phases[] = { EK_PHASE_CONNECT, EK_PHASE_VERIFY };

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?pace=2", &simulator);
      g_autofree char *path =
          job_test_file ("flash.bin", ek_simulator_get_flash (simulator, NULL), FLASH_SIZE);
      g_autoptr (EkVerifyJob) job = verify_job (port, path, 0);

      job_test_cancel_in (EK_JOB (job), phases[i]);
      job_test_remove (path);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/verify-job/same/by-hash-alone", test_same);
  g_test_add_func ("/verify-job/different/first-byte-is-found", test_first_difference);
  g_test_add_func ("/verify-job/wrong-md5/is-asked-again", test_wrong_md5);
  g_test_add_func ("/verify-job/impossible/is-refused", test_impossible);
  g_test_add_func ("/verify-job/missing-file/is-refused", test_missing_file);
  g_test_add_func ("/verify-job/cancelled/in-each-phase", test_cancelled);
  return g_test_run ();
}
