/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading into a file: every byte, few of them over the wire, and never half a file. */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "ek-read-job.h"
#include "ek-simulator-port.h"
#include "job-test.h"

static EkReadJob *
read_job (EkPort *port, const char *path, guint32 offset, guint32 size)
{
  EkReadJobOptions options = { .path = path, .offset = offset, .size = size };

  return ek_read_job_new (port, &options);
}

static char *
part_of (const char *path)
{
  return g_strconcat (path, ".part", NULL);
}

static void
test_ranges (void)
{
  static const struct
  {
    const char *device;
    guint32 offset;
    guint32 size;
  } rows[] = {
    { "esp32s3", 0, 0 },
    { "esp32s3", 0x8000, 0xc00 },
    { "esp32s3", APP_OFFSET + 1, 12345 },
    { "esp32s3", FLASH_SIZE - 1, 0 },
    { "esp32s3?usb=uart", 0x1000, 0x220000 },
    { "esp32s3?size=8MB&blank", 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = job_test_path ("flash.bin");
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, &simulator);
      g_autoptr (EkReadJob) job = read_job (port, path, rows[i].offset, rows[i].size);
      gsize flash_size;
      const guint8 *flash = ek_simulator_get_flash (simulator, &flash_size);
      gsize size = rows[i].size != 0 ? rows[i].size : flash_size - rows[i].offset;
      g_autoptr (GError) error = NULL;
      struct stat info;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      job_test_assert_file (path, flash + rows[i].offset, size);
      g_assert_cmpuint (ek_read_job_get_size (job), ==, size);
      /* It may hold the Wi-Fi password. */
      g_assert_cmpint (stat (path, &info), ==, 0);
      g_assert_cmpint (info.st_mode & 0777, ==, 0600);
      job_test_remove (path);
    }
}

static void
test_rom (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkReadJobOptions options = {
    .device.loader.no_stub = TRUE, .path = path, .offset = 0x8000, .size = 0x5000
  };
  g_autoptr (EkReadJob) job = ek_read_job_new (port, &options);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_false (ek_device_job_used_stub (EK_DEVICE_JOB (job)));
  job_test_assert_file (path, ek_simulator_get_flash (simulator, NULL) + 0x8000, 0x5000);
  job_test_remove (path);
}

static void
test_partition (void)
{
  g_autofree char *path = job_test_path ("nvs.bin");
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  EkReadJobOptions options = { .path = path, .partition = "nvs" };
  EkReadJobOptions none = { .path = path, .partition = "nose" };
  g_autoptr (EkReadJob) job = ek_read_job_new (port, &options);
  g_autoptr (EkReadJob) wrong = ek_read_job_new (port, &none);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ek_read_job_get_offset (job), ==, NVS_OFFSET);
  job_test_assert_file (path, ek_simulator_get_flash (simulator, NULL) + NVS_OFFSET, NVS_SIZE);

  g_assert_false (ek_job_run (EK_JOB (wrong), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  job_test_remove (path);
}

/* A blank flash is known by its hashes. */
static void
test_blank_is_not_transferred (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?blank", &simulator);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0);
  EkSimulatorStats stats;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_cmpuint (ek_read_job_get_bytes_transferred (job), ==, 0);
  ek_simulator_get_stats (simulator, &stats);
  g_assert_cmpuint (stats.bytes_from_chip, <, 10000);
  job_test_remove (path);
}

/* Onto an older copy: only what changed since. */
static void
test_again_onto_an_older_copy (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0);
  guint8 *flash = ek_simulator_get_flash (simulator, NULL);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_cmpuint (ek_read_job_get_bytes_transferred (job), >, 0x1000);

  flash[0x700123] = 0x42;
  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_cmpuint (ek_read_job_get_bytes_transferred (job), ==, 0x1000);
  job_test_assert_file (path, flash, FLASH_SIZE);
  job_test_remove (path);
}

/* The cable stays out: what was read waits for the next run. */
static void
test_interrupted_is_taken_up (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  g_autofree char *part = part_of (path);
  g_autoptr (GBytes) firmware = ek_test_firmware_new (0x100000, 3);
  g_autoptr (GError) error = NULL;
  EkSimulator *simulator;
  g_autoptr (EkPort) gone = ek_test_port_new ("esp32s3?fault=vanish:to:150:9999", &simulator);
  g_autoptr (EkReadJob) job = read_job (gone, path, 0, 0);
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkReadJob) again = NULL;
  guint8 *flash = ek_simulator_get_flash (simulator, NULL);
  g_autofree guint8 *before = NULL;
  guint64 first;

  memcpy (flash, g_bytes_get_data (firmware, NULL), g_bytes_get_size (firmware));
  before = g_memdup2 (flash, FLASH_SIZE);
  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpstr (ek_read_job_get_part_path (job), ==, part);
  first = ek_read_job_get_bytes_transferred (job);
  g_assert_cmpuint (first, >, 0);

  port = ek_test_port_new ("esp32s3", &simulator);
  memcpy (ek_simulator_get_flash (simulator, NULL), before, FLASH_SIZE);
  again = read_job (port, path, 0, 0);
  g_assert_true (ek_job_run (EK_JOB (again), NULL, NULL));
  g_assert_true (ek_read_job_was_resumed (again));
  job_test_assert_file (path, before, FLASH_SIZE);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  /* About the app, once: not again what had arrived. */
  g_assert_cmpuint (ek_read_job_get_bytes_transferred (again), <, 0x140000 - first);
  job_test_remove (path);
}

/* A part file that holds anything else costs time, and nothing more. */
static void
test_tampered_part (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  g_autofree char *part = part_of (path);
  g_autofree guint8 *noise = g_malloc (FLASH_SIZE);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0);

  for (guint i = 0; i < FLASH_SIZE; i++)
    noise[i] = (guint8) (i * 7 + (i >> 12));
  g_file_set_contents (part, (const char *) noise, FLASH_SIZE, NULL);
  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  job_test_assert_file (path, ek_simulator_get_flash (simulator, NULL), FLASH_SIZE);
  job_test_remove (path);
}

static void
strike (const char *fault, guint64 frame, const char *argument)
{
  g_autofree char *path = job_test_path ("flash.bin");
  g_autofree char *device =
      g_strdup_printf ("esp32s3?usb=uart&fault=%s:%" G_GUINT64_FORMAT "%s", fault, frame, argument);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (device, &simulator);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0x20000);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", device);
  if (ek_job_run (EK_JOB (job), NULL, &error))
    job_test_assert_file (path, ek_simulator_get_flash (simulator, NULL), 0x20000);
  else
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_no_error (error);
  job_test_remove (path);
}

/* Whatever happens to a frame, the file is right. */
static void
test_every_frame (void)
{
  static const struct
  {
    const char *fault;
    const char *argument;
    gboolean from;
  } faults[] = {
    { "drop:to", "", FALSE },     { "flip:to", "", FALSE },      { "repeat:to", "", FALSE },
    { "drop:from", "", TRUE },    { "flip:from", "", TRUE },     { "repeat:from", "", TRUE },
    { "vanish:to", ":3", FALSE }, { "vanish:from", ":3", TRUE }, { "stall:to", ":60", FALSE },
    { "refuse:to", "", FALSE },   { "wrong-md5:to", "", FALSE }, { "brownout:to", "", FALSE },
    { "crash:from", "", TRUE },
  };
  g_autofree char *path = job_test_path ("flash.bin");
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?usb=uart", &simulator);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0x20000);
  EkSimulatorStats stats;
  guint stride = ek_test_is_quick () ? 11 : 3;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  ek_simulator_get_stats (simulator, &stats);
  job_test_remove (path);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    for (guint64 frame = 1 + i % stride;
         frame <= (faults[i].from ? stats.frames_from_chip : stats.frames_to_chip); frame += stride)
      strike (faults[i].fault, frame, faults[i].argument);
}

/* While the cable was out its firmware ran, and wrote settings. */
static void
on_phase_change_flash (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  if (info.attempt > 1)
    ((guint8 *) user_data)[NVS_OFFSET + 0x5123] = 0x17;
}

static void
test_flash_changes_while_away (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  EkSimulator *simulator;
  g_autoptr (EkPort) port =
      ek_test_port_new ("esp32s3?pace=20&fault=vanish:from:60:20", &simulator);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0x240000);
  guint8 *flash = ek_simulator_get_flash (simulator, NULL);
  JobTestCancel waiting = { .loop = loop };

  g_signal_connect (job, "notify::attempt", G_CALLBACK (on_phase_change_flash), flash);
  ek_job_run_async (EK_JOB (job), NULL, job_test_on_finished, &waiting);
  g_main_loop_run (loop);
  g_assert_no_error (waiting.error);
  g_assert_cmpuint (ek_read_job_get_n_recoveries (job), >=, 1);
  g_assert_cmpint (flash[NVS_OFFSET + 0x5123], ==, 0x17);
  job_test_assert_file (path, flash, 0x240000);
  job_test_remove (path);
}

static void
test_cancelled (void)
{
  static const EkPhase phases[] = { EK_PHASE_CONNECT, EK_PHASE_READ };

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      g_autofree char *path = job_test_path ("flash.bin");
      g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?pace=4", NULL);
      g_autoptr (EkReadJob) job = read_job (port, path, 0, 0);

      job_test_cancel_in (EK_JOB (job), phases[i]);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      job_test_remove (path);
    }
}

static void
test_an_older_file_stays (void)
{
  static const guint8 old[] = "older";
  g_autofree char *path = job_test_file ("flash.bin", old, sizeof old);
  g_autofree char *part = part_of (path);
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?fault=mute", NULL);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0);
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NO_ANSWER);
  job_test_assert_file (path, old, sizeof old);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  job_test_remove (path);
}

static void
test_disk_full (void)
{
  static const guint8 old[] = "older";
  g_autofree char *path = job_test_file ("flash.bin", old, sizeof old);
  g_autofree char *part = part_of (path);
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", NULL);
  g_autoptr (EkReadJob) job = read_job (port, path, 0, 0);
  g_autoptr (GError) error = NULL;
  struct rlimit limit, low;

  getrlimit (RLIMIT_FSIZE, &limit);
  low = limit;
  low.rlim_cur = 1 << 20;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &low);
  g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
  setrlimit (RLIMIT_FSIZE, &limit);
  g_assert_error (error, EK_ERROR, EK_ERROR_DISK_FULL);
  job_test_assert_file (path, old, sizeof old);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  job_test_remove (path);
}

static void
test_impossible (void)
{
  static const struct
  {
    const char *device;
    const char *path;
    guint32 offset;
    guint32 size;
    EkError code;
  } rows[] = {
    { "esp32s3", NULL, FLASH_SIZE, 1, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", NULL, FLASH_SIZE, 0, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", NULL, FLASH_SIZE - 1, 2, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", NULL, 0xfffffffe, 0xfffffffe, EK_ERROR_INVALID_ARGUMENT },
    { "esp32s3", "/dev/null", 0, 0, EK_ERROR_FILE_WRITE },
    { "esp32s3", "/tmp", 0, 0, EK_ERROR_FILE_WRITE },
    { "esp32s3", "/dev/null/flash.bin", 0, 0, EK_ERROR_FILE_WRITE },
    { "esp32s3?security=encryption", NULL, 0, 0, EK_ERROR_CHIP_LOCKED },
    { "esp32s3?flash-id=ffffff", NULL, 0, 0, EK_ERROR_FLASH_NOT_FOUND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = job_test_path ("flash.bin");
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, NULL);
      g_autoptr (EkReadJob) job =
          read_job (port, rows[i].path != NULL ? rows[i].path : path, rows[i].offset, rows[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      job_test_remove (path);
    }
}

static void
test_symbolic_link (void)
{
  g_autofree char *target = job_test_file ("target.bin", (const guint8 *) "x", 1);
  g_autofree char *folder = g_path_get_dirname (target);
  g_autofree char *link = g_build_filename (folder, "link.bin", NULL);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkReadJob) job = read_job (port, link, 0, 0x1000);

  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  job_test_assert_file (target, ek_simulator_get_flash (simulator, NULL), 0x1000);
  job_test_remove (target);
}

static void
test_is_freed (void)
{
  g_autofree char *path = job_test_path ("flash.bin");
  EkPort *port = ek_test_port_new ("esp32s3", NULL);
  EkReadJob *job = read_job (port, path, 0, 0x1000);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_finalize_object (job);
  g_assert_finalize_object (port);
  job_test_remove (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/read-job/ranges/equal-the-flash", test_ranges);
  g_test_add_func ("/read-job/rom/equals-the-flash", test_rom);
  g_test_add_func ("/read-job/partition/by-its-label", test_partition);
  g_test_add_func ("/read-job/blank/is-not-transferred", test_blank_is_not_transferred);
  g_test_add_func ("/read-job/older-copy/only-what-changed", test_again_onto_an_older_copy);
  g_test_add_func ("/read-job/interrupted/is-taken-up", test_interrupted_is_taken_up);
  g_test_add_func ("/read-job/interrupted/tampered-part-is-proved", test_tampered_part);
  g_test_add_func ("/read-job/faults/every-frame", test_every_frame);
  g_test_add_func ("/read-job/faults/flash-changes-while-away", test_flash_changes_while_away);
  g_test_add_func ("/read-job/cancelled/in-each-phase", test_cancelled);
  g_test_add_func ("/read-job/older-file/stays-until-complete", test_an_older_file_stays);
  g_test_add_func ("/read-job/disk-full/leaves-nothing", test_disk_full);
  g_test_add_func ("/read-job/impossible/is-refused", test_impossible);
  g_test_add_func ("/read-job/symbolic-link/stays", test_symbolic_link);
  g_test_add_func ("/read-job/is-freed", test_is_freed);
  return g_test_run ();
}
