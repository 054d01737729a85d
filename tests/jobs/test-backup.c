/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backup and restore: whose it is, that it is whole, and that it comes back byte for byte. */
#include "config.h"

#include "ek-backup-job.h"
#include "ek-backup.h"
#include "ek-bundle.h"
#include "ek-bytes.h"
#include "ek-json.h"
#include "ek-restore-job.h"
#include "job-test.h"

static EkBackupJob *
backup_job (EkPort *port, const char *path, const char *partition)
{
  EkReadJobOptions options = { .path = path, .partition = partition };

  return ek_backup_job_new (port, &options);
}

static EkRestoreJob *
restore_job (EkPort *port, const char *path, const char *partition)
{
  EkRestoreJobOptions options = { .path = path, .partition = partition };

  return ek_restore_job_new (port, &options);
}

/* Saves a fresh device; its bytes as they were. */
static guint8 *
save (const char *device, const char *path, const char *partition)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (device, &simulator);
  g_autoptr (EkBackupJob) job = backup_job (port, path, partition);
  g_autoptr (GError) error = NULL;
  gsize size;
  guint8 *flash = ek_simulator_get_flash (simulator, &size);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  return g_memdup2 (flash, size);
}

static JsonNode *
read_manifest (const char *path)
{
  g_autofree char *manifest = ek_backup_manifest_path (path);
  g_autoptr (GBytes) text = ek_test_read_file (manifest);
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autoptr (GError) error = NULL;
  JsonNode *root = ek_json_parse (data, size, 1 << 20, EK_ERROR_INTERNAL, &error);

  g_assert_no_error (error);
  /* What is in the settings is no business of a manifest. */
  g_assert_null (g_strstr_len (data, (gssize) size, "not-a-secret"));
  g_assert_null (g_strstr_len (data, (gssize) size, "Demo garden"));
  return root;
}

static void
replace_in_manifest (const char *path, const char *from, const char *to)
{
  g_autofree char *manifest = ek_backup_manifest_path (path);
  g_autofree char *text = NULL;
  g_autoptr (GString) changed = NULL;

  g_assert_true (g_file_get_contents (manifest, &text, NULL, NULL));
  changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, from, to, 0), >, 0);
  g_assert_true (g_file_set_contents (manifest, changed->str, -1, NULL));
}

static void
test_manifest (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *flash = save ("esp32s3?mac=98:a3:16:00:11:22", path, NULL);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, flash, FLASH_SIZE);
  g_autofree char *nvs_sha256 =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, flash + NVS_OFFSET, NVS_SIZE);
  g_autoptr (JsonNode) root = read_manifest (path);
  JsonObject *object = json_node_get_object (root);
  JsonObject *nvs = ek_json_array_get_object (ek_json_get_array (object, "partitions"), 0);
  gint64 size;

  job_test_assert_file (path, flash, FLASH_SIZE);
  g_assert_cmpstr (ek_json_get_text (object, "chip"), ==, "ESP32-S3");
  g_assert_cmpstr (ek_json_get_text (object, "mac_address"), ==, "98:a3:16:00:11:22");
  g_assert_cmpstr (ek_json_get_text (object, "sha256"), ==, sha256);
  g_assert_true (ek_json_get_integer (object, "flash_size", &size));
  g_assert_cmpint (size, ==, FLASH_SIZE);
  g_assert_cmpstr (ek_json_get_text (object, "version"), ==, "0.1.0");
  g_assert_cmpuint (json_array_get_length (ek_json_get_array (object, "partitions")), ==, 4);
  g_assert_cmpstr (ek_json_get_text (nvs, "label"), ==, "nvs");
  g_assert_cmpstr (ek_json_get_text (nvs, "offset"), ==, "0x9000");
  g_assert_cmpstr (ek_json_get_text (nvs, "sha256"), ==, nvs_sha256);
  job_test_remove (path);
}

/* A backup of a whole device is a firmware file as well. */
static void
test_is_a_bundle (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *flash = save ("esp32s3", path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_file (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ek_bundle_is_merged (bundle));
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "0.1.0");
  job_test_remove (path);
}

static void
test_comes_back (void)
{
  static const char *const devices[] = { "esp32s3?blank", "esp32s3?usb=uart&blank", "esp32s3" };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_autofree char *path = job_test_path ("device.bin");
      g_autofree guint8 *saved = save ("esp32s3", path, NULL);
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], &simulator);
      g_autoptr (EkRestoreJob) job = restore_job (port, path, NULL);
      guint8 *flash = ek_simulator_get_flash (simulator, NULL);
      g_autoptr (GError) error = NULL;

      /* Rubbish where the backup is blank, and where it is not. */
      memset (flash + 0xe00000, 0x11, 0x1234);
      memset (flash + APP_OFFSET + 0x2000, 0x22, 0x1000);
      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_true (memcmp (flash, saved, FLASH_SIZE) == 0);
      g_assert_true (ek_restore_job_is_verified (job));
      g_assert_false (ek_restore_job_is_other_device (job));

      /* And then there is nothing to do. */
      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_cmpuint (ek_restore_job_get_bytes_written (job), ==, 0);
      g_assert_false (ek_flash_plan_has_changes (ek_restore_job_get_plan (job)));
      job_test_remove (path);
    }
}

static void
test_writes_only_what_differs (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *saved = save ("esp32s3", path, NULL);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkRestoreJob) job = restore_job (port, path, NULL);
  guint8 *flash = ek_simulator_get_flash (simulator, NULL);

  flash[APP_OFFSET + 0x3456] ^= 0xff;
  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_cmpuint (ek_restore_job_get_bytes_written (job), ==, 0x1000);
  g_assert_true (memcmp (flash, saved, FLASH_SIZE) == 0);
  job_test_remove (path);
}

static void
test_dry_run (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *saved = save ("esp32s3", path, NULL);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?blank", &simulator);
  EkRestoreJobOptions options = { .path = path, .dry_run = TRUE };
  g_autoptr (EkRestoreJob) job = ek_restore_job_new (port, &options);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_true (ek_flash_plan_has_changes (ek_restore_job_get_plan (job)));
  g_assert_true (ek_bytes_all (ek_simulator_get_flash (simulator, NULL), FLASH_SIZE, 0xff));
  job_test_remove (path);
}

/* The settings alone, out of a backup of everything and out of one of them. */
static void
test_partition (void)
{
  for (guint whole = 0; whole < 2; whole++)
    {
      g_autofree char *path = job_test_path ("nvs.bin");
      g_autofree guint8 *saved = save ("esp32s3", path, whole ? NULL : "nvs");
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
      g_autoptr (EkRestoreJob) job = restore_job (port, path, whole ? "nvs" : NULL);
      guint8 *flash = ek_simulator_get_flash (simulator, NULL);
      g_autoptr (GError) error = NULL;

      memset (flash + NVS_OFFSET, 0xff, NVS_SIZE);
      flash[APP_OFFSET + 0x3456] ^= 0xff;
      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_true (memcmp (flash + NVS_OFFSET, saved + NVS_OFFSET, NVS_SIZE) == 0);
      /* Beside it nothing was touched. */
      g_assert_cmpint (flash[APP_OFFSET + 0x3456], ==, saved[APP_OFFSET + 0x3456] ^ 0xff);
      job_test_remove (path);
    }
}

static void
test_another_device (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *saved = save ("esp32s3?mac=98:a3:16:00:11:22", path, NULL);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?mac=98:a3:16:00:11:23", &simulator);
  g_autoptr (EkRestoreJob) job = restore_job (port, path, NULL);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_true (ek_restore_job_is_other_device (job));
  g_assert_true (memcmp (ek_simulator_get_flash (simulator, NULL), saved, FLASH_SIZE) == 0);
  job_test_remove (path);
}

static void
assert_refused (const char *device, const char *path, const char *partition, EkError code)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (device, &simulator);
  g_autoptr (EkRestoreJob) job = restore_job (port, path, partition);
  gsize size;
  guint8 *flash = ek_simulator_get_flash (simulator, &size);
  g_autofree guint8 *before = g_memdup2 (flash, size);
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_error (error, EK_ERROR, (int) code);
  g_assert_false (ek_restore_job_has_started (job));
  g_assert_true (memcmp (flash, before, size) == 0);
}

static void
test_refuses_other_devices (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree char *manifest = ek_backup_manifest_path (path);
  g_autofree guint8 *saved = save ("esp32s3", path, NULL);

  assert_refused ("esp32c3?usb=uart", path, NULL, EK_ERROR_FIRMWARE_WRONG_CHIP);
  assert_refused ("esp32s3?size=8MB", path, NULL, EK_ERROR_FIRMWARE_TOO_BIG);
  assert_refused ("esp32s3?security=boot", path, NULL, EK_ERROR_CHIP_LOCKED);
  assert_refused ("esp32s3", path, "nose", EK_ERROR_INVALID_ARGUMENT);
  assert_refused ("esp32s3?blank", path, "nvs", EK_ERROR_PARTITION_TABLE);

  /* Without a manifest the boot loader still names its chip, and the size is plain. */
  g_unlink (manifest);
  assert_refused ("esp32c3?usb=uart", path, NULL, EK_ERROR_FIRMWARE_WRONG_CHIP);
  assert_refused ("esp32s3?size=8MB", path, NULL, EK_ERROR_FIRMWARE_TOO_BIG);
  job_test_remove (path);
}

static void
test_refuses_what_was_tampered_with (void)
{
  static const struct
  {
    const char *from;
    const char *to;
  } rows[] = {
    { "ekflash-backup", "something-else" },
    { "\"format_version\" : 1", "\"format_version\" : 2" },
    { "\"format_version\" : 1", "\"format_version\" : \"1\"" },
    { "\"size\" : 16777216", "\"size\" : 16777215" },
    { "\"flash_size\" : 16777216", "\"flash_size\" : -1" },
    { "\"flash_size\" : 16777216", "\"flash_size\" : 8388608" },
    { "\"start_address\" : \"0x0\"", "\"start_address\" : \"0x1000\"" },
    { "\"start_address\" : \"0x0\"", "\"start_address\" : 0" },
    { "\"start_address\" : \"0x0\"", "\"start_address\" : \"0x\"" },
    { "\"chip\"", "\"chop\"" },
    { "\"mac_address\"", "\"mac\"" },
    { "{", "[" },
    { "}", "" },
  };
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree char *manifest = ek_backup_manifest_path (path);
  g_autofree guint8 *saved = save ("esp32s3", path, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (manifest, &text, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s to %s", rows[i].from, rows[i].to);
      g_assert_true (g_file_set_contents (manifest, text, -1, NULL));
      replace_in_manifest (path, rows[i].from, rows[i].to);
      assert_refused ("esp32s3", path, NULL, EK_ERROR_FIRMWARE_DAMAGED);
    }
  g_assert_true (g_file_set_contents (manifest, "", 0, NULL));
  assert_refused ("esp32s3", path, NULL, EK_ERROR_FIRMWARE_DAMAGED);
  g_assert_true (g_file_set_contents (manifest, text, (gssize) strlen (text) / 2, NULL));
  assert_refused ("esp32s3", path, NULL, EK_ERROR_FIRMWARE_DAMAGED);

  /* Now the bytes: one of them, and fewer of them. */
  g_assert_true (g_file_set_contents (manifest, text, -1, NULL));
  saved[0xabcdef] ^= 1;
  g_assert_true (g_file_set_contents (path, (char *) saved, FLASH_SIZE, NULL));
  assert_refused ("esp32s3", path, NULL, EK_ERROR_FIRMWARE_DAMAGED);
  saved[0xabcdef] ^= 1;
  g_assert_true (g_file_set_contents (path, (char *) saved, FLASH_SIZE - 1, NULL));
  assert_refused ("esp32s3", path, NULL, EK_ERROR_FIRMWARE_DAMAGED);
  g_assert_true (g_file_set_contents (path, (char *) saved, FLASH_SIZE, NULL));
  assert_refused ("esp32s3?fault=mute", path, NULL, EK_ERROR_NO_ANSWER);
  job_test_remove (path);
}

/* A backup without the first 4 KiB goes back to where it is from. */
static void
test_without_the_beginning (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkReadJobOptions options = { .path = path, .offset = 0x1000 };
  g_autoptr (EkBackupJob) job = ek_backup_job_new (port, &options);
  g_autofree guint8 *saved = g_memdup2 (ek_simulator_get_flash (simulator, NULL), FLASH_SIZE);
  g_autoptr (EkPort) blank = ek_test_port_new ("esp32s3?blank", &simulator);
  g_autoptr (EkRestoreJob) restore = NULL;
  const guint8 *flash = ek_simulator_get_flash (simulator, NULL);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  job_test_assert_file (path, saved + 0x1000, FLASH_SIZE - 0x1000);
  restore = restore_job (blank, path, NULL);
  g_assert_true (ek_job_run (EK_JOB (restore), NULL, NULL));
  g_assert_true (ek_bytes_all (flash, 0x1000, 0xff));
  g_assert_true (memcmp (flash + 0x1000, saved + 0x1000, FLASH_SIZE - 0x1000) == 0);
  job_test_remove (path);
}

/* What shares a sector with the end of a dump stays. */
static void
test_odd_sizes (void)
{
  static const guint8 bytes[] = "odd";
  g_autofree char *path = job_test_file ("odd.bin", bytes, sizeof bytes);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkRestoreJobOptions options = { .path = path, .has_offset = TRUE, .offset = APP_OFFSET };
  g_autoptr (EkRestoreJob) job = ek_restore_job_new (port, &options);
  EkRestoreJobOptions unaligned = { .path = path, .has_offset = TRUE, .offset = APP_OFFSET + 1 };
  g_autoptr (EkRestoreJob) refused = ek_restore_job_new (port, &unaligned);
  guint8 *flash = ek_simulator_get_flash (simulator, NULL);
  g_autofree guint8 *before = g_memdup2 (flash, FLASH_SIZE);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  memcpy (before + APP_OFFSET, bytes, sizeof bytes);
  g_assert_true (memcmp (flash, before, FLASH_SIZE) == 0);
  g_assert_false (ek_job_run (EK_JOB (refused), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  job_test_remove (path);
}

static void
test_troubled (void)
{
  static const char *const devices[] = {
    "esp32s3?blank&fault=vanish:to:60:5",          "esp32s3?blank&fault=vanish:from:50:5",
    "esp32s3?blank&usb=uart&fault=drop:to:70",     "esp32s3?blank&usb=uart&fault=flip:to:75",
    "esp32s3?blank&usb=uart&fault=brownout:to:65", "esp32s3?blank&fault=wrong-md5:to:30",
  };
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *saved = save ("esp32s3", path, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], &simulator);
      g_autoptr (EkRestoreJob) job = restore_job (port, path, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_true (memcmp (ek_simulator_get_flash (simulator, NULL), saved, FLASH_SIZE) == 0);
    }
  assert_refused ("esp32s3?fault=mute", path, NULL, EK_ERROR_NO_ANSWER);
  job_test_remove (path);
}

static void
test_cancelled (void)
{
  static const EkPhase phases[] = { EK_PHASE_CONNECT, EK_PHASE_COMPARE, EK_PHASE_WRITE };
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree guint8 *saved = save ("esp32s3", path, NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?blank&usb=uart&pace=4", &simulator);
      g_autoptr (EkRestoreJob) job = restore_job (port, path, NULL);

      job_test_cancel_in (EK_JOB (job), phases[i]);
      g_assert_false (ek_restore_job_is_verified (job));
      if (phases[i] != EK_PHASE_WRITE)
        continue;
      /* A plain run finishes it. */
      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_true (memcmp (ek_simulator_get_flash (simulator, NULL), saved, FLASH_SIZE) == 0);
    }
  job_test_remove (path);
}

/* The new file must not stand beside the old manifest. */
static void
test_manifest_that_cannot_be_written (void)
{
  g_autofree char *path = job_test_path ("device.bin");
  g_autofree char *manifest = ek_backup_manifest_path (path);
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", NULL);
  g_autoptr (EkBackupJob) job = backup_job (port, path, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (manifest, 0700), ==, 0);
  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_WRITE);
  g_rmdir (manifest);
  job_test_remove (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/backup/manifest/says-whose-it-is", test_manifest);
  g_test_add_func ("/backup/file/is-a-firmware-file", test_is_a_bundle);
  g_test_add_func ("/backup/manifest/that-cannot-be-written", test_manifest_that_cannot_be_written);
  g_test_add_func ("/restore/everything/comes-back", test_comes_back);
  g_test_add_func ("/restore/everything/writes-only-what-differs", test_writes_only_what_differs);
  g_test_add_func ("/restore/dry-run/touches-nothing", test_dry_run);
  g_test_add_func ("/restore/partition/alone", test_partition);
  g_test_add_func ("/restore/another-device/is-told", test_another_device);
  g_test_add_func ("/restore/refuses/other-chips-and-smaller-ones", test_refuses_other_devices);
  g_test_add_func ("/restore/refuses/what-was-tampered-with", test_refuses_what_was_tampered_with);
  g_test_add_func ("/restore/without-the-beginning/goes-to-its-place", test_without_the_beginning);
  g_test_add_func ("/restore/odd-sizes/keep-their-neighbours", test_odd_sizes);
  g_test_add_func ("/restore/troubled/comes-back-all-the-same", test_troubled);
  g_test_add_func ("/restore/cancelled/in-each-phase", test_cancelled);
  return g_test_run ();
}
