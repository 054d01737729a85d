/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chip that does not answer, what is said of it, and hands that help: connecting and every job. */
#include "config.h"

#include "ek-flash-job.h"
#include "ek-guided-connect.h"
#include "ek-probe-job.h"
#include "ek-verify-job.h"
#include "job-test.h"

#define SECOND   G_USEC_PER_SEC
#define HANDS    30 /* seconds after which somebody presses the buttons */
#define PATIENCE 60

/**
 * Told:
 *
 * What a person was told, each once.
 */
typedef struct
{
  GArray *problems; /* of EkError */
  EkError latest;
  GCancellable *cancel;
} Told;

static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  Told *told = user_data;

  if (info->problem != EK_ERROR_INTERNAL && info->problem != told->latest)
    g_array_append_val (told->problems, info->problem);
  told->latest = info->problem;
  if (told->cancel != NULL && info->problem != EK_ERROR_INTERNAL)
    g_cancellable_cancel (told->cancel);
}

static gboolean
connect_to (const char *device,
            const EkLoaderOptions *options,
            Told *told,
            gint64 *duration,
            GError **error)
{
  g_autoptr (EkPort) port = ek_test_port_new (device, NULL);
  g_autoptr (EkLoader) loader = ek_loader_new (port, options);
  g_autoptr (EkProgress) progress = ek_progress_new (on_progress, told);
  gboolean ok;

  told->problems = g_array_new (FALSE, FALSE, sizeof (EkError));
  ok = ek_guided_connect (loader, progress, told->cancel, error);
  *duration = ek_port_now (port);
  return ok;
}

static const struct
{
  const char *device;
  EkError problem;
} rows[] = {
  { "esp32s3?usb=uart&fault=mute", EK_ERROR_NO_ANSWER },
  { "esp32s3?usb=jtag&fault=mute", EK_ERROR_NO_ANSWER },
  /* firmware that runs and has nothing to say */
  { "esp32s3?usb=uart&fault=no-auto-reset", EK_ERROR_NO_ANSWER },
  { "esp32s3?usb=uart&fault=no-auto-reset&fault=boot-loop", EK_ERROR_WRONG_BOOT_MODE },
  { "esp32s3?usb=jtag&fault=no-auto-reset&fault=boot-loop", EK_ERROR_WRONG_BOOT_MODE },
  { "esp32s3?usb=uart&fault=no-auto-reset&blank", EK_ERROR_WRONG_BOOT_MODE },
  { "esp32s3?usb=uart&fault=garble", EK_ERROR_NOISE },
  { "esp32s3?usb=jtag&fault=garble", EK_ERROR_NOISE },
  { "esp32s3?usb=uart&fault=deaf", EK_ERROR_NO_SYNC },
  { "esp32s3?usb=uart&fault=refuse", EK_ERROR_CHIP_REFUSED },
  { "esp32s3?usb=otg&fault=refuse", EK_ERROR_CHIP_REFUSED },
};

static void
test_tells_apart_and_goes_on (void)
{
  EkLoaderOptions options = { .patience = PATIENCE };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *device = g_strdup_printf ("%s&hands=%d", rows[i].device, HANDS);
      Told told = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 duration;

      g_test_message ("%s", device);
      g_assert_true (connect_to (device, &options, &told, &duration, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (told.problems->len, ==, 1);
      g_assert_cmpint (g_array_index (told.problems, EkError, 0), ==, rows[i].problem);
      g_assert_cmpint (told.latest, ==, EK_ERROR_INTERNAL);
      /* by itself, as soon as it can be heard */
      g_assert_cmpint (duration, >=, HANDS * SECOND);
      g_assert_cmpint (duration, <, (HANDS + 5) * SECOND);
      g_array_unref (told.problems);
    }
}

static void
test_loses_patience (void)
{
  EkLoaderOptions options = { .patience = PATIENCE };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Told told = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 duration;

      g_test_message ("%s", rows[i].device);
      g_assert_false (connect_to (rows[i].device, &options, &told, &duration, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].problem);
      g_assert_cmpint (duration, >=, PATIENCE * SECOND);
      g_assert_cmpint (duration, <, (PATIENCE + 30) * SECOND);
      g_array_unref (told.problems);
    }
}

/* A script has no hands. */
static void
test_waits_only_if_told_to (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *device = g_strdup_printf ("%s&hands=%d", rows[i].device, HANDS);
      Told told = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 duration;

      g_test_message ("%s", device);
      g_assert_false (connect_to (device, &(EkLoaderOptions){ 0 }, &told, &duration, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].problem);
      g_assert_cmpuint (told.problems->len, ==, 0);
      g_array_unref (told.problems);
    }
}

static void
test_does_not_wait_where_hands_cannot_help (void)
{
  static const struct
  {
    const char *device;
    const char *chip;
    EkError code;
  } others[] = {
    { "esp32s3?usb=uart", "esp32", EK_ERROR_WRONG_CHIP },
    { "esp32s3?usb=uart&flash-id=ffffff", NULL, EK_ERROR_FLASH_NOT_FOUND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      EkLoaderOptions options = { .patience = PATIENCE };
      Told told = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 duration;

      options.chip = others[i].chip != NULL ? ek_chip_find_by_name (others[i].chip) : NULL;
      g_assert_false (connect_to (others[i].device, &options, &told, &duration, &error));
      g_assert_error (error, EK_ERROR, (int) others[i].code);
      g_assert_cmpuint (told.problems->len, ==, 0);
      g_assert_cmpint (duration, <, PATIENCE * SECOND);
      g_array_unref (told.problems);
    }
}

static void
test_is_cancelled_while_waiting (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  EkLoaderOptions options = { .patience = PATIENCE };
  Told told = { .cancel = cancellable };
  g_autoptr (GError) error = NULL;
  gint64 duration;

  g_assert_false (connect_to ("esp32s3?usb=uart&fault=mute", &options, &told, &duration, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (told.latest, ==, EK_ERROR_INTERNAL);
  g_assert_cmpint (duration, <, PATIENCE * SECOND);
  g_array_unref (told.problems);
}

static EkBundle *
small_bundle (void)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (0x40000, 1);
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (firmware, "test firmware", &error);

  g_assert_no_error (error);
  return bundle;
}

static void
test_installs_with_a_persons_help (void)
{
  static const char *const devices[] = { "esp32s3?usb=uart&fault=no-auto-reset&hands=30",
                                         "esp32s3?usb=jtag&fault=no-auto-reset&hands=30",
                                         "esp32s3?usb=uart&fault=refuse&hands=40" };

  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_autoptr (EkPort) port = ek_test_port_new (devices[i], NULL);
      g_autoptr (EkBundle) bundle = small_bundle ();
      EkFlashJobOptions options = { .loader.patience = PATIENCE };
      g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, &options);
      g_autoptr (GError) error = NULL;
      EkError code;

      g_test_message ("%s", devices[i]);
      g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
      g_assert_false (ek_job_get_problem (EK_JOB (job), &code));
    }
}

/* The cable falls out in the middle of the writing, and the device comes back running what it has. */
static void
test_finishes_with_a_persons_help (void)
{
  g_autoptr (EkPort) port = ek_test_port_new (
      "esp32s3?usb=uart&start=download&fault=no-auto-reset&fault=vanish:to:60:3&hands=60", NULL);
  g_autoptr (EkBundle) bundle = small_bundle ();
  EkFlashJobOptions options = { .loader.patience = PATIENCE };
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, &options);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (job), NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ek_flash_job_get_n_recoveries (job), >=, 1);
  g_assert_cmpint (ek_port_now (port), >=, 60 * SECOND);
  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
}

static void
test_every_job_waits (void)
{
  const char *device = "esp32s3?usb=uart&fault=no-auto-reset&hands=30";
  g_autofree char *path = job_test_file ("blank.bin", (const guint8 *) "x", 1);
  EkVerifyJobOptions options = { .path = path, .device.loader.patience = PATIENCE };
  g_autoptr (EkPort) port = ek_test_port_new (device, NULL);
  g_autoptr (EkVerifyJob) verify = ek_verify_job_new (port, &options);
  g_autoptr (EkPort) other = ek_test_port_new (device, NULL);
  g_autoptr (EkProbeJob) probe = ek_probe_job_new (other, &options.device.loader);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run (EK_JOB (verify), NULL, &error));
  g_assert_no_error (error);
  g_assert_false (ek_verify_job_is_same (verify));
  g_assert_true (ek_job_run (EK_JOB (probe), NULL, &error));
  g_assert_no_error (error);
  g_assert_true (ek_probe_job_get_installed (probe)->has_app);
  job_test_remove (path);
}

static void
on_problem (EkJob *job, GParamSpec *pspec, gpointer user_data)
{
  GArray *problems = user_data;
  EkError code;

  (void) ek_job_get_problem (job, &code);
  g_array_append_val (problems, code);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_job_run_finish (EK_JOB (object), result, &error));
  g_assert_no_error (error);
  g_main_loop_quit (user_data);
}

/* 100 simulated seconds a real one: the half minute lasts 0.3 s. */
static void
test_is_a_property_of_the_job (void)
{
  g_autoptr (EkPort) port =
      ek_test_port_new ("esp32s3?usb=uart&fault=no-auto-reset&hands=30&pace=100", NULL);
  g_autoptr (EkProbeJob) job = ek_probe_job_new (port, &(EkLoaderOptions){ .patience = PATIENCE });
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GArray) problems = g_array_new (FALSE, FALSE, sizeof (EkError));

  g_signal_connect (job, "notify::problem", G_CALLBACK (on_problem), problems);
  ek_job_run_async (EK_JOB (job), NULL, on_done, loop);
  g_main_loop_run (loop);
  g_assert_cmpuint (problems->len, ==, 2);
  g_assert_cmpint (g_array_index (problems, EkError, 0), ==, EK_ERROR_NO_ANSWER);
  g_assert_cmpint (g_array_index (problems, EkError, 1), ==, EK_ERROR_INTERNAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guided-connect/tells-apart-and-goes-on", test_tells_apart_and_goes_on);
  g_test_add_func ("/guided-connect/loses-patience", test_loses_patience);
  g_test_add_func ("/guided-connect/waits-only-if-told-to", test_waits_only_if_told_to);
  g_test_add_func ("/guided-connect/does-not-wait-where-hands-cannot-help",
                   test_does_not_wait_where_hands_cannot_help);
  g_test_add_func ("/guided-connect/is-cancelled-while-waiting", test_is_cancelled_while_waiting);
  g_test_add_func ("/guided-connect/installs-with-a-person's-help",
                   test_installs_with_a_persons_help);
  g_test_add_func ("/guided-connect/finishes-with-a-person's-help",
                   test_finishes_with_a_persons_help);
  g_test_add_func ("/guided-connect/every-job-waits", test_every_job_waits);
  g_test_add_func ("/guided-connect/is-a-property-of-the-job", test_is_a_property_of_the_job);
  return g_test_run ();
}
