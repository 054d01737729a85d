/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that can go wrong, at every frame of a whole flash: each run ends verified or in a named
 * error, never in a false "done", and a plain run afterwards repairs the device. */
#include "config.h"

#include "ek-flash-job.h"
#include "ek-test.h"

#define APP_SIZE   0x14000
#define APP_OFFSET 0x210000
#define NVS_OFFSET 0x9000
#define NVS_SIZE   0x200000

/* Under the sanitizers every so many frames only. */
#define QUICK_STRIDE 17

typedef struct
{
  const char *kind;
  const char *direction;
  const char *argument;
} Fault;

static const Fault faults[] = {
  { "drop", "to", "" },       { "drop", "from", "" },     { "flip", "to", "" },
  { "flip", "from", "" },     { "repeat", "to", "" },     { "repeat", "from", "" },
  { "stall", "to", ":2" },    { "stall", "from", ":2" },  { "stall", "to", ":60" },
  { "vanish", "to", ":3" },   { "vanish", "from", ":3" }, { "vanish", "to", ":40" },
  { "refuse", "to", "" },     { "wrong-md5", "to", "" },  { "brownout", "to", "" },
  { "brownout", "from", "" }, { "crash", "to", "" },      { "crash", "from", "" },
};

static GBytes *firmware;

static EkBundle *
make_bundle (void)
{
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (firmware, "test firmware", &error);

  g_assert_no_error (error);
  return bundle;
}

static gboolean
flash_is_right (EkSimulator *simulator)
{
  gsize size;
  const guint8 *wanted = g_bytes_get_data (firmware, &size);
  const guint8 *flash = ek_simulator_get_flash (simulator, NULL);

  return memcmp (flash, wanted, NVS_OFFSET) == 0 &&
         memcmp (flash + APP_OFFSET, wanted + APP_OFFSET, size - APP_OFFSET) == 0;
}

static gboolean
settings_are_kept (EkSimulator *simulator, const guint8 *before)
{
  return memcmp (ek_simulator_get_flash (simulator, NULL) + NVS_OFFSET, before, NVS_SIZE) == 0;
}

/* Runs once; TRUE if the job says that it is done. */
static gboolean
run_once (EkPort *port, const EkFlashJobOptions *options, char **problem)
{
  g_autoptr (EkBundle) bundle = make_bundle ();
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, options);
  g_autoptr (GError) error = NULL;
  gboolean ok = ek_job_run (EK_JOB (job), NULL, &error);

  if (!ok)
    {
      g_assert_error (error, EK_ERROR, error->code);
      g_assert_cmpint (error->code, !=, EK_ERROR_INTERNAL);
      if (problem != NULL)
        *problem = g_strdup (error->message);
    }
  else
    {
      g_assert_cmpint (ek_flash_job_get_outcome (job), >=, EK_FLASH_VERIFIED);
    }

  return ok;
}

typedef struct
{
  guint n_runs;
  guint n_done;
  guint n_failed;
} Tally;

static void
strike_frame (const char *device,
              const Fault *fault,
              guint64 frame,
              const EkFlashJobOptions *options,
              Tally *tally)
{
  g_autofree char *text = g_strdup_printf ("%s&fault=%s:%s:%" G_GUINT64_FORMAT "%s", device,
                                           fault->kind, fault->direction, frame, fault->argument);
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (text, &simulator);
  g_autofree guint8 *settings =
      g_memdup2 (ek_simulator_get_flash (simulator, NULL) + NVS_OFFSET, NVS_SIZE);
  g_autofree char *problem = NULL;
  gboolean ok = run_once (port, options, &problem);

  tally->n_runs++;
  tally->n_done += ok;
  tally->n_failed += !ok;
  g_test_message ("%s: %s", text, ok ? "done" : problem);
  if (ok && !flash_is_right (simulator))
    g_error ("%s: says done, but the flash is wrong", text);
  /* The cable is in again by then. */
  if (!ok)
    g_assert_true (ek_port_sleep (port, 60 * G_USEC_PER_SEC, NULL, NULL));
  if (!ok && !run_once (port, options, &problem))
    g_error ("%s: a plain run does not repair it: %s", text, problem);
  if (!flash_is_right (simulator))
    g_error ("%s: repaired, but the flash is wrong", text);
  if (!settings_are_kept (simulator, settings))
    g_error ("%s: settings were changed", text);
}

static void
count_frames (const char *device,
              const EkFlashJobOptions *options,
              guint64 *to_chip,
              guint64 *from_chip)
{
  EkSimulator *simulator;
  g_autoptr (EkPort) port = ek_test_port_new (device, &simulator);
  EkSimulatorStats stats;

  g_assert_true (run_once (port, options, NULL));
  g_assert_true (flash_is_right (simulator));
  ek_simulator_get_stats (simulator, &stats);
  *to_chip = stats.frames_to_chip;
  *from_chip = stats.frames_from_chip;
}

static void
sweep (const char *device, const EkFlashJobOptions *options)
{
  guint64 to_chip, from_chip;
  guint64 n_frames = 0;
  guint stride = ek_test_is_quick () ? QUICK_STRIDE : 1;
  Tally tally = { 0 };

  count_frames (device, options, &to_chip, &from_chip);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      guint64 n = g_str_equal (faults[i].direction, "to") ? to_chip : from_chip;

      n_frames += n;
      for (guint64 frame = 1 + i % stride; frame <= n; frame += stride)
        strike_frame (device, &faults[i], frame, options, &tally);
    }

  g_test_message ("%s: %" G_GUINT64_FORMAT " frames to the chip, %" G_GUINT64_FORMAT " from it",
                  device, to_chip, from_chip);
  g_print ("# %s: %u runs, %u ended verified, %u in a named error and were repaired\n", device,
           tally.n_runs, tally.n_done, tally.n_failed);
  /* One run for each frame and kind of fault; 40 frames are less than any whole flash has. */
  g_assert_cmpuint (n_frames, >, 40 * G_N_ELEMENTS (faults));
  g_assert_cmpuint (tally.n_runs, >=, n_frames / stride - G_N_ELEMENTS (faults));
  if (!ek_test_is_quick ())
    g_assert_cmpuint (tally.n_runs, ==, n_frames);
}

static void
test_stub_over_usb (void)
{
  EkFlashJobOptions options = { 0 };

  sweep ("esp32s3?usb=jtag", &options);
}

static void
test_stub_over_uart (void)
{
  EkFlashJobOptions options = { 0 };

  sweep ("esp32s3?usb=uart", &options);
}

static void
test_rom_over_uart (void)
{
  EkFlashJobOptions options = { .loader.no_stub = TRUE };

  sweep ("esp32s3?usb=uart", &options);
}

/* What never goes away has to end in its own error, and in nothing written that is called done. */
static void
test_whole_run_faults (void)
{
  static const struct
  {
    const char *options;
    EkError code;
  } rows[] = {
    { "esp32s3?fault=mute", EK_ERROR_NO_ANSWER },
    { "esp32s3?usb=uart&fault=mute", EK_ERROR_NO_ANSWER },
    { "esp32s3?fault=write-protect", EK_ERROR_WRITE_PROTECTED },
    { "esp32s3?usb=uart&fault=erase-fails", EK_ERROR_WRITE_FAILED },
    { "esp32s3?usb=uart&fault=boot-loop", EK_ERROR_BOOT_LOOP },
    { "esp32s3?security=boot", EK_ERROR_CHIP_LOCKED },
    { "esp32s3?security=encryption", EK_ERROR_CHIP_LOCKED },
    { "esp32s3?security=download", EK_ERROR_CHIP_LOCKED },
    { "esp32s3?flash-id=ffffff", EK_ERROR_FLASH_NOT_FOUND },
    { "esp32s3?flash-id=000000", EK_ERROR_FLASH_NOT_FOUND },
    { "esp32s3?size=8MB", EK_ERROR_FIRMWARE_TOO_BIG },
    { "esp32c3?usb=uart", EK_ERROR_FIRMWARE_WRONG_CHIP },
    { "esp32?usb=uart", EK_ERROR_FIRMWARE_WRONG_CHIP },
    { "esp32s2?usb=uart", EK_ERROR_FIRMWARE_WRONG_CHIP },
    { "esp32s3?revision=1.0", EK_ERROR_FIRMWARE_WRONG_REVISION },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (rows[i].options, &simulator);
      g_autoptr (EkBundle) bundle = make_bundle ();
      g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", rows[i].options);
      g_assert_false (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
    }
}

/* Devices that make trouble and can be flashed all the same. */
static void
test_troubled_devices (void)
{
  static const char *const devices[] = {
    "esp32s3?fault=stub-no-start",
    "esp32s3?usb=uart&fault=stub-no-start",
    "esp32s3?usb=uart&fault=noise:from:0:200",
    "esp32s3?fault=noise:from:0:2000",
    "esp32s3?usb=uart&baud-limit=460800",
    "esp32s3?usb=uart&id=1a86:55d3&baud-limit=230400",
    "esp32s3?usb=uart&baud-limit=115200",
    "esp32s3?usb=otg",
    "esp32s3?start=download&fault=no-auto-reset",
    "esp32s3?usb=uart&start=download&fault=no-auto-reset",
    "esp32s3?blank",
    "esp32s3?blank&size=16MB&usb=uart",
  };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      EkSimulator *simulator;
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], &simulator);
      g_autofree char *problem = NULL;

      if (!run_once (port, NULL, &problem))
        g_error ("%s: %s", devices[i], problem);
      g_assert_true (flash_is_right (simulator));
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_log_set_debug_enabled (FALSE);
  firmware = ek_test_firmware_new (APP_SIZE, 7);

  g_test_add_func ("/faults/whole-run/end-in-their-own-error", test_whole_run_faults);
  g_test_add_func ("/faults/troubled-devices/are-flashed", test_troubled_devices);
  g_test_add_func ("/faults/every-frame/stub-over-usb", test_stub_over_usb);
  g_test_add_func ("/faults/every-frame/stub-over-uart", test_stub_over_uart);
  g_test_add_func ("/faults/every-frame/rom-over-uart", test_rom_over_uart);
  status = g_test_run ();
  g_bytes_unref (firmware);
  return status;
}
