/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erasing: said before, proved after, and nothing beside it. */
#include "config.h"

#include "ek-bytes.h"
#include "ek-erase-job.h"
#include "job-test.h"

static gboolean
is_blank (EkSimulator *simulator, guint32 offset, guint32 size)
{
  return ek_bytes_all (ek_simulator_get_flash (simulator, NULL) + offset, size, 0xff);
}

static void
test_full (void)
{
  static const char *const devices[] = { "esp32s3", "esp32s3?usb=uart", "esp32s3?blank" };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], &simulator);
      EkEraseJobOptions options = { 0 };
      g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);
      g_autoptr (GError) error = NULL;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_true (ek_erase_job_is_full (job));
      g_assert_true (is_blank (simulator, 0, FLASH_SIZE));
    }
}

static void
test_region (void)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkEraseJobOptions options = { .offset = APP_OFFSET + 0x1000, .size = 0x3000 };
  g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);
  guint8 *flash = ek_simulator_get_flash (simulator, NULL);
  g_autofree guint8 *before = NULL;
  g_autoptr (GPtrArray) lost = NULL;
  g_autoptr (GError) error = NULL;

  memset (flash + APP_OFFSET, 0x5a, 0x20000);
  before = g_memdup2 (flash, FLASH_SIZE);
  memset (before + options.offset, 0xff, options.size);
  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_false (ek_erase_job_is_full (job));
  g_assert_true (ek_erase_job_has_changes (job));
  g_assert_true (memcmp (flash, before, FLASH_SIZE) == 0);
  lost = ek_erase_job_get_lost_partitions (job);
  g_assert_cmpuint (lost->len, ==, 1);
  g_assert_cmpstr (((EkPartition *) lost->pdata[0])->label, ==, "factory");

  /* What is blank already is not worn out further. */
  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_false (ek_erase_job_has_changes (job));
}

static void
test_partition (void)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkEraseJobOptions options = { .partition = "nvs" };
  g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);
  g_autoptr (GError) error = NULL;

  g_assert_false (is_blank (simulator, NVS_OFFSET, NVS_SIZE));
  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_true (is_blank (simulator, NVS_OFFSET, NVS_SIZE));
  g_assert_false (is_blank (simulator, APP_OFFSET, 0x1000));
}

static gboolean
on_confirm (EkEraseJob *job, GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GPtrArray) lost = ek_erase_job_get_lost_partitions (job);
  GString *labels = user_data;

  for (guint i = 0; i < lost->len; i++)
    g_string_append_printf (labels, "%s ", ((EkPartition *) lost->pdata[i])->label);
  return FALSE;
}

static void
test_declined (void)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkEraseJobOptions options = { 0 };
  g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);
  g_autofree guint8 *before = g_memdup2 (ek_simulator_get_flash (simulator, NULL), FLASH_SIZE);
  g_autoptr (GString) labels = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  ek_erase_job_set_confirm_func (job, on_confirm, labels);
  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  /* The partitions of layout A (facts/echokit 3.3). */
  g_assert_cmpstr (labels->str, ==, "nvs phy_init factory model ");
  g_assert_true (memcmp (before, ek_simulator_get_flash (simulator, NULL), FLASH_SIZE) == 0);
}

static void
test_impossible (void)
{
  static const struct
  {
    const char *device;
    guint32 offset;
    guint32 size;
    EkError code;
  } rows[] = {
    { "esp32s3", 0x1001, 0x1000, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", 0x1000, 0x1001, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", FLASH_SIZE, 0x1000, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", FLASH_SIZE - 0x1000, 0x2000, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3?security=boot", 0, 0, EK_ERROR_CHIP_LOCKED },
    { "esp32s3?fault=write-protect", 0, 0, EK_ERROR_WRITE_PROTECTED },
    { "esp32s3?fault=write-protect", 0x8000, 0x1000, EK_ERROR_WRITE_PROTECTED },
    { "esp32s3?fault=mute", 0, 0, EK_ERROR_NO_ANSWER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, &simulator);
      EkEraseJobOptions options = { .offset = rows[i].offset, .size = rows[i].size };
      g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);
      g_autofree guint8 *before = g_memdup2 (ek_simulator_get_flash (simulator, NULL), FLASH_SIZE);
      g_autoptr (GError) error = NULL;

      g_test_message ("row %u", i);
      g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_true (memcmp (before, ek_simulator_get_flash (simulator, NULL), FLASH_SIZE) == 0);
    }
}

static void
test_troubled (void)
{
  static const char *const devices[] = {
    "esp32s3?fault=vanish:to:20:5",
    "esp32s3?fault=vanish:from:22:5",
    "esp32s3?usb=uart&fault=drop:from:30",
    "esp32s3?usb=uart&fault=wrong-md5:to:25",
  };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], &simulator);
      EkEraseJobOptions options = { .size = 0x10000 };
      g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);
      g_autoptr (GError) error = NULL;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_true (is_blank (simulator, 0, 0x10000));
    }
}

static void
test_cancelled (void)
{
  static const struct
  {
    EkPhase phase;
    const char *device;
    guint32 size;
  } rows[] = {
    { EK_PHASE_CONNECT, "esp32s3?pace=2", 0 },
    { EK_PHASE_ERASE, "esp32s3?pace=8", 0 },
    { EK_PHASE_VERIFY, "esp32s3?blank&pace=4", FLASH_SIZE / 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, NULL);
      EkEraseJobOptions options = { .size = rows[i].size };
      g_autoptr (EkEraseJob) job = ek_erase_job_new (port, &options);

      job_test_cancel_in (EK_JOB (job), rows[i].phase);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/erase-job/full/leaves-nothing", test_full);
  g_test_add_func ("/erase-job/region/nothing-beside-it", test_region);
  g_test_add_func ("/erase-job/partition/by-its-label", test_partition);
  g_test_add_func ("/erase-job/declined/touches-nothing", test_declined);
  g_test_add_func ("/erase-job/impossible/is-refused", test_impossible);
  g_test_add_func ("/erase-job/troubled/is-erased-all-the-same", test_troubled);
  g_test_add_func ("/erase-job/cancelled/in-each-phase", test_cancelled);
  return g_test_run ();
}
