/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole job on a simulated EchoKit: real firmware, outcomes, cancellation, being watched. */
#include "config.h"

#include "ek-flash-job.h"
#include "ek-simulator-port.h"
#include "ek-test.h"

#define APP_SIZE   0x40000
#define APP_OFFSET 0x210000
#define NVS_OFFSET 0x9000
#define NVS_SIZE   0x200000

static EkBundle *
small_bundle (guint32 seed)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, seed);
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (firmware, "test firmware", &error);

  g_assert_no_error (error);
  return bundle;
}

static gboolean
flash_has_app (EkSimulator *simulator, guint32 seed)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, seed);
  gsize size;
  const guint8 *wanted = g_bytes_get_data (firmware, &size);

  return memcmp (ek_simulator_get_flash (simulator, NULL) + APP_OFFSET, wanted + APP_OFFSET,
                 size - APP_OFFSET) == 0;
}

static void
on_line (const char *line, gpointer user_data)
{
  g_string_append_printf (user_data, "%s\n", line);
}

static void
test_real_firmware (void)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards.bin");
  g_autoptr (EkBundle) bundle = NULL;
  g_autoptr (EkFlashJob) job = NULL;
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autofree guint8 *settings =
      g_memdup2 (ek_simulator_get_flash (simulator, NULL) + NVS_OFFSET, NVS_SIZE);
  EkSimulatorStats stats;

  ek_test_skip_without (path);
  bundle = ek_bundle_new_from_file (path, NULL, &error);
  g_assert_no_error (error);
  job = ek_flash_job_new (port, bundle, NULL);
  ek_flash_job_set_line_func (job, on_line, log);
  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);

  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
  g_assert_cmpstr (ek_boot_verdict_get_version (ek_flash_job_get_verdict (job)), ==, "v0.3.1");
  /* Its ELF's hash begins so (facts/echokit 3.4). */
  g_assert_cmpstr (ek_boot_verdict_get_elf_prefix (ek_flash_job_get_verdict (job)), ==,
                   "4cd45df24");
  g_assert_cmpmem (ek_simulator_get_flash (simulator, NULL) + NVS_OFFSET, NVS_SIZE, settings,
                   NVS_SIZE);
  /* 16 MiB of file become the 1.7 MB that matter. */
  ek_simulator_get_stats (simulator, &stats);
  g_assert_cmpuint (stats.bytes_to_chip, <, 1800000);
  /* The owner's password was on the wire, and is nowhere here. */
  g_assert_nonnull (strstr (log->str, "SSID: \"Demo garden\""));
  g_assert_null (strstr (log->str, "not-a-secret"));
  g_assert_nonnull (strstr (log->str, "PASS:"));
}

static void
test_twice_in_a_row (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_true (ek_flash_plan_has_changes (ek_flash_job_get_plan (job)));
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_false (ek_flash_plan_has_changes (ek_flash_job_get_plan (job)));
  g_assert_cmpuint (ek_flash_job_get_bytes_written (job), ==, 0);
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
  g_assert_true (flash_has_app (simulator, 3));
}

static void
test_dry_run (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  gsize size;
  guint8 *flash = ek_simulator_get_flash (simulator, &size);
  g_autofree guint8 *before = g_memdup2 (flash, size);
  EkFlashJobOptions options = { .dry_run = TRUE };
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, &options);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_PLANNED);
  g_assert_nonnull (ek_flash_job_get_plan (job));
  g_assert_cmpmem (flash, size, before, size);
}

/* Stops the job when it has written a part. */
static void
on_notify_cancel (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  if (info.phase == EK_PHASE_WRITE)
    g_cancellable_cancel (user_data);
}

typedef struct
{
  GMainLoop *loop;
  gboolean ok;
  GError *error;
} Waiting;

static void
on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->ok = ek_job_run_finish (EK_JOB (source), result, &waiting->error);
  g_main_loop_quit (waiting->loop);
}

static void
test_cancelled_in_the_middle (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  EkSimulator *simulator;
  /* In step with real time, so that there is a middle. */
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?usb=uart&pace=4", &simulator);
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
  Waiting waiting = { .loop = loop };

  g_signal_connect (job, "notify::phase", G_CALLBACK (on_notify_cancel), cancellable);
  ek_job_run_async (EK_JOB (job), cancellable, on_finished, &waiting);
  g_main_loop_run (loop);

  g_assert_false (waiting.ok);
  g_assert_error (waiting.error, EK_ERROR, EK_ERROR_CANCELLED);
  g_clear_error (&waiting.error);
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_TOUCHED);
  g_assert_cmpint (ek_job_get_state (EK_JOB (job)), ==, EK_JOB_FAILED);
  g_assert_false (flash_has_app (simulator, 3));

  /* And a plain run afterwards finishes it. */
  g_assert_true (ek_job_run (EK_JOB (job), NULL, &waiting.error));
  g_assert_no_error (waiting.error);
  g_assert_true (flash_has_app (simulator, 3));
}

static void
on_notify_cancel_start (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  if (info.phase == EK_PHASE_START)
    g_cancellable_cancel (user_data);
}

/* Everything is proved to be there: whoever stops now has a device that starts all the same. */
static void
test_cancelled_at_the_start (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?usb=uart&pace=4", &simulator);
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
  Waiting waiting = { .loop = loop };
  guint8 log[4096];
  gsize n;

  g_signal_connect (job, "notify::phase", G_CALLBACK (on_notify_cancel_start), cancellable);
  ek_job_run_async (EK_JOB (job), cancellable, on_finished, &waiting);
  g_main_loop_run (loop);

  g_assert_false (waiting.ok);
  g_assert_error (waiting.error, EK_ERROR, EK_ERROR_CANCELLED);
  g_clear_error (&waiting.error);
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_VERIFIED);
  g_assert_true (flash_has_app (simulator, 3));
  ek_simulator_advance (simulator, ek_simulator_get_now (simulator) + G_USEC_PER_SEC);
  n = ek_simulator_read (simulator, log, sizeof log);
  g_assert_nonnull (g_strstr_len ((const char *) log, (gssize) n, "SPI_FAST_FLASH_BOOT"));
}

static void
test_cancelled_before_it_began (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3", &simulator);
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (ek_job_run (EK_JOB (job), cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_UNTOUCHED);
}

typedef struct
{
  double last_fraction;
  guint n_notified;
  gint64 first;
  gint64 last;
} Watched;

static void
on_fraction (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  Watched *watched = user_data;
  double fraction;

  g_object_get (object, "fraction", &fraction, NULL);
  g_assert_cmpfloat (fraction, >=, watched->last_fraction);
  watched->last_fraction = fraction;
  watched->n_notified++;
  watched->last = g_get_monotonic_time ();
  if (watched->first == 0)
    watched->first = watched->last;
}

static void
test_progress_rises_and_does_not_flood (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?pace=8", NULL);
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
  Waiting waiting = { .loop = loop };
  Watched watched = { 0 };
  double seconds;

  g_signal_connect (job, "notify::fraction", G_CALLBACK (on_fraction), &watched);
  ek_job_run_async (EK_JOB (job), NULL, on_finished, &waiting);
  g_main_loop_run (loop);
  g_assert_true (waiting.ok);

  g_assert_cmpfloat (watched.last_fraction, ==, 1.0);
  g_assert_cmpuint (watched.n_notified, >, 3);
  /* At most 20 a second, and the last one. */
  seconds = (double) (watched.last - watched.first) / G_USEC_PER_SEC;
  g_assert_cmpfloat (watched.n_notified, <=, 20 * seconds + 2);
}

/* The cable falls out at 60 % and is put in again: the job just carries on. */
static void
test_cable_out_and_in_again (void)
{
  g_autoptr (EkBundle) bundle = small_bundle (3);
  g_autoptr (EkPort) whole = ek_test_port_new ("esp32s3", NULL);
  g_autoptr (EkFlashJob) undisturbed = ek_flash_job_new (whole, bundle, NULL);
  g_autofree char *device = NULL;
  EkSimulatorStats stats;
  EkSimulator *simulator;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkFlashJob) job = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (undisturbed), NULL, &error));
  ek_simulator_get_stats (ek_simulator_port_get_simulator (whole), &stats);
  device = g_strdup_printf ("esp32s3?fault=vanish:to:%u:90", (guint) stats.frames_to_chip * 8 / 10);
  port = ek_test_port_new (device, &simulator);
  job = ek_flash_job_new (port, bundle, NULL);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ek_flash_job_get_n_recoveries (job), >=, 1);
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
  g_assert_true (flash_has_app (simulator, 3));
  g_assert_cmpstr (ek_port_get_path (port), !=, "sim:esp32s3");
}

static void
test_boot_outcomes (void)
{
  static const struct
  {
    const char *device;
    gboolean ok;
    EkFlashOutcome outcome;
    int code; /* of the failure, or of what kept the start from being seen */
  } rows[] = {
    { "esp32s3", TRUE, EK_FLASH_STARTED, -1 },
    { "esp32s3?usb=uart", TRUE, EK_FLASH_STARTED, -1 },
    { "esp32s3?usb=uart&fault=boot-loop", FALSE, EK_FLASH_VERIFIED, EK_ERROR_BOOT_LOOP },
    { "esp32s3?fault=boot-loop", FALSE, EK_FLASH_VERIFIED, EK_ERROR_BOOT_LOOP },
    { "esp32s3?usb=uart&strap=download", TRUE, EK_FLASH_VERIFIED, EK_ERROR_BOOT_STILL_DOWNLOAD },
    { "esp32s3?strap=download", TRUE, EK_FLASH_VERIFIED, EK_ERROR_BOOT_STILL_DOWNLOAD },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkBundle) bundle = small_bundle (3);
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, &simulator);
      g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
      g_autoptr (GError) error = NULL;
      const GError *seen;

      g_test_message ("%s", rows[i].device);
      g_assert_cmpint (ek_job_run (EK_JOB (job), NULL, &error), ==, rows[i].ok);
      g_assert_cmpint (ek_flash_job_get_outcome (job), ==, rows[i].outcome);
      seen = rows[i].ok ? ek_flash_job_get_boot_error (job) : error;
      if (rows[i].code >= 0)
        g_assert_error (seen, EK_ERROR, rows[i].code);
      else
        g_assert_no_error (seen);
      g_assert_true (flash_has_app (simulator, 3));
    }
}

static void
test_raw_and_rom_give_the_same (void)
{
  static const EkFlashJobOptions rows[] = {
    { .no_compress = TRUE },
    { .loader.no_stub = TRUE },
    { .loader.no_stub = TRUE, .no_compress = TRUE },
    { .plan.erase_all = TRUE },
    { .plan.no_skip = TRUE },
    { .plan.fresh = TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkBundle) bundle = small_bundle (5);
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new ("esp32s3?usb=uart", &simulator);
      g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, &rows[i]);
      g_autoptr (GError) error = NULL;

      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
      g_assert_true (flash_has_app (simulator, 5));
    }
}

static void
test_is_freed (void)
{
  EkBundle *bundle = small_bundle (3);
  EkPort *port = ek_test_port_new ("esp32s3", NULL);
  EkFlashJob *job = ek_flash_job_new (port, bundle, NULL);

  g_assert_true (ek_job_run (EK_JOB (job), NULL, NULL));
  g_assert_finalize_object (job);
  g_assert_finalize_object (bundle);
  g_assert_finalize_object (port);
}

/* Firmware whose console has a speed of its own is heard at that speed, where somebody has said so. */
static void
test_console_speed (void)
{
  static const struct
  {
    const char *device;
    guint baud;
    EkFlashOutcome outcome;
  } rows[] = {
    { "esp32s3?usb=uart&console=921600", 921600, EK_FLASH_STARTED },
    { "esp32s3?usb=uart&console=921600", 0, EK_FLASH_VERIFIED },
    { "esp32s3?usb=uart&console=74880", 74880, EK_FLASH_STARTED },
    { "esp32s3?usb=uart", 115200, EK_FLASH_STARTED },
    { "esp32s3?usb=jtag", 921600, EK_FLASH_STARTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkBundle) bundle = small_bundle (3);
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].device, NULL);
      g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s, %u", rows[i].device, rows[i].baud);
      ek_bundle_set_console_baud (bundle, rows[i].baud);
      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpint (ek_flash_job_get_outcome (job), ==, rows[i].outcome);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/flash-job/real-firmware/is-written-and-seen-to-start", test_real_firmware);
  g_test_add_func ("/flash-job/twice-in-a-row/changes-nothing", test_twice_in_a_row);
  g_test_add_func ("/flash-job/dry-run/touches-nothing", test_dry_run);
  g_test_add_func ("/flash-job/cancelled/in-the-middle-can-be-finished",
                   test_cancelled_in_the_middle);
  g_test_add_func ("/flash-job/cancelled/at-the-start-it-starts-all-the-same",
                   test_cancelled_at_the_start);
  g_test_add_func ("/flash-job/cancelled/before-it-began", test_cancelled_before_it_began);
  g_test_add_func ("/flash-job/progress/rises-and-does-not-flood",
                   test_progress_rises_and_does_not_flood);
  g_test_add_func ("/flash-job/cable-out/carries-on", test_cable_out_and_in_again);
  g_test_add_func ("/flash-job/boot/outcomes", test_boot_outcomes);
  g_test_add_func ("/flash-job/boot/at-the-speed-of-its-console", test_console_speed);
  g_test_add_func ("/flash-job/raw-and-rom/give-the-same", test_raw_and_rom_give_the_same);
  g_test_add_func ("/flash-job/is-freed", test_is_freed);
  return g_test_run ();
}
