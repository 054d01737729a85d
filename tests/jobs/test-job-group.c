/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several devices at once: independent of each other. */
#include "config.h"

#include "ek-flash-job.h"
#include "ek-job-group.h"
#include "ek-probe-job.h"
#include "job-test.h"

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

  waiting->ok = ek_job_group_run_finish (EK_JOB_GROUP (source), result, &waiting->error);
  g_main_loop_quit (waiting->loop);
}

static gboolean
run (EkJobGroup *group, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiting waiting = { .loop = loop };

  ek_job_group_run_async (group, cancellable, on_finished, &waiting);
  g_main_loop_run (loop);
  if (waiting.error != NULL)
    g_propagate_error (error, waiting.error);
  return waiting.ok;
}

static void
add_probe (EkJobGroup *group, const char *device)
{
  g_autoptr (EkPort) port = ek_test_port_new (device, NULL);
  g_autoptr (EkProbeJob) job = ek_probe_job_new (port, NULL);

  ek_job_group_add (group, EK_JOB (job), device);
}

static void
test_flashes_several (void)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (0x14000, 3);
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes (firmware, "test firmware", NULL);
  g_autoptr (EkJobGroup) group = ek_job_group_new ();
  g_autoptr (GPtrArray) ports = g_ptr_array_new_with_free_func (g_object_unref);
  EkSimulator *simulators[4];
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *wanted = g_bytes_get_data (firmware, &size);

  for (guint i = 0; i < G_N_ELEMENTS (simulators); i++)
    {
      EkPort *port = ek_test_port_new ("esp32s3", &simulators[i]);
      g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
      g_autofree char *name = g_strdup_printf ("device %u", i);

      g_ptr_array_add (ports, port);
      ek_job_group_add (group, EK_JOB (job), name);
    }
  g_assert_true (run (group, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (ek_job_group_get_fraction (group), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (simulators); i++)
    {
      EkFlashJob *job = EK_FLASH_JOB (ek_job_group_get_job (group, i));

      g_assert_null (ek_job_group_get_error (group, i));
      g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
      g_assert_true (memcmp (ek_simulator_get_flash (simulators[i], NULL) + APP_OFFSET,
                             wanted + APP_OFFSET, size - APP_OFFSET) == 0);
    }
}

static void
test_one_fails (void)
{
  g_autoptr (EkJobGroup) group = ek_job_group_new ();
  g_autoptr (GError) error = NULL;

  add_probe (group, "esp32s3");
  add_probe (group, "esp32s3?fault=mute");
  add_probe (group, "esp32c3?usb=uart");
  g_assert_false (run (group, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NO_ANSWER);
  g_assert_cmpuint (ek_job_group_get_n_finished (group), ==, 3);
  g_assert_null (ek_job_group_get_error (group, 0));
  g_assert_error (ek_job_group_get_error (group, 1), EK_ERROR, EK_ERROR_NO_ANSWER);
  g_assert_null (ek_job_group_get_error (group, 2));
  g_assert_cmpint (ek_job_get_state (ek_job_group_get_job (group, 2)), ==, EK_JOB_DONE);
  g_assert_cmpstr (ek_job_group_get_name (group, 1), ==, "esp32s3?fault=mute");

  /* It can be run again, and what failed before does not stick. */
  g_clear_error (&error);
  g_assert_false (run (group, NULL, &error));
  g_assert_null (ek_job_group_get_error (group, 0));
}

static void
test_cancelled (void)
{
  g_autoptr (EkJobGroup) group = ek_job_group_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  add_probe (group, "esp32s3");
  add_probe (group, "esp32s3");
  g_cancellable_cancel (cancellable);
  g_assert_false (run (group, cancellable, &error));
  for (guint i = 0; i < 2; i++)
    g_assert_error (ek_job_group_get_error (group, i), EK_ERROR, EK_ERROR_CANCELLED);
}

static void
test_without_jobs (void)
{
  g_autoptr (EkJobGroup) group = ek_job_group_new ();

  g_assert_true (run (group, NULL, NULL));
}

static void
test_is_freed (void)
{
  EkJobGroup *group = ek_job_group_new ();

  add_probe (group, "esp32s3");
  g_assert_true (run (group, NULL, NULL));
  g_assert_finalize_object (group);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/job-group/several/are-all-flashed", test_flashes_several);
  g_test_add_func ("/job-group/one-fails/the-others-go-on", test_one_fails);
  g_test_add_func ("/job-group/cancelled/all-of-them", test_cancelled);
  g_test_add_func ("/job-group/without-jobs/is-done", test_without_jobs);
  g_test_add_func ("/job-group/is-freed", test_is_freed);
  return g_test_run ();
}
