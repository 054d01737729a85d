/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of an installation's duration beforehand, against what it takes on the simulator's clock. */
#include "config.h"

#include "ek-demo-firmware.h"
#include "ek-flash-estimate.h"
#include "ek-flash-job.h"
#include "job-test.h"

/* How far the truth may be from what was said, either way: a quarter of it, or two seconds. */
#define SHARE   0.25
#define SECONDS 2.0

static EkCostModel
cost_of (EkPort *port)
{
  EkCostModel cost;

  ek_cost_model_init (&cost, ek_port_has_baud (port), ek_port_get_max_baud (port), EK_HAVE_STUB);
  return cost;
}

/* Returns: seconds */
static double
install (EkPort *port, EkBundle *bundle)
{
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, NULL);
  g_autoptr (GError) error = NULL;

  ek_job_run (EK_JOB (job), NULL, &error);
  g_assert_no_error (error);
  return ek_flash_job_get_seconds (job);
}

static void
assert_near (const char *what, double said, double taken)
{
  g_test_message ("%s: said %.1f s, took %.1f s", what, said, taken);
  g_assert_cmpfloat_with_epsilon (said, taken, MAX (SECONDS, taken * SHARE));
}

static void
check_device (const char *options, EkBundle *bundle)
{
  guint64 size = ek_bundle_get_total_size (bundle);
  g_autoptr (EkPort) port = ek_test_port_new (options, NULL);
  EkCostModel cost = cost_of (port);

  assert_near (options, ek_flash_estimate (&cost, size, size), install (port, bundle));
  assert_near ("the same again", ek_flash_estimate (&cost, size, 0), install (port, bundle));
}

static void
check_devices (EkBundle *bundle)
{
  check_device ("esp32s3", bundle);
  check_device ("esp32s3?usb=uart", bundle);
  /* the bridge of an EchoKit DIY */
  check_device ("esp32s3?usb=uart&id=1a86:55d3", bundle);
}

static void
test_demo (void)
{
  g_autoptr (GBytes) bytes = ek_demo_firmware_new ("0.2.0", FALSE);
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes (bytes, "demo", NULL);

  check_devices (bundle);
}

static void
test_echokit (void)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards.bin");
  g_autoptr (EkBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;

  ek_test_skip_without (path);
  bundle = ek_bundle_new_from_file (path, NULL, &error);
  g_assert_no_error (error);
  check_devices (bundle);
}

static void
test_parts_make_the_sum (void)
{
  double seconds[EK_N_PHASES];
  double sum = 0, all;
  EkCostModel cost;

  ek_cost_model_init (&cost, FALSE, 0, TRUE);
  all = ek_flash_estimate_phases (&cost, 1 << 20, 1 << 19, seconds);
  for (guint phase = 0; phase < EK_N_PHASES; phase++)
    sum += seconds[phase];
  g_assert_cmpfloat_with_epsilon (sum, all, 1e-9);
  g_assert_cmpfloat (seconds[EK_PHASE_WRITE], >, 0);

  ek_flash_estimate_phases (&cost, 1 << 20, 0, seconds);
  g_assert_cmpfloat (seconds[EK_PHASE_WRITE], ==, 0);
  g_assert_cmpfloat (seconds[EK_PHASE_VERIFY], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/flash-estimate/parts-make-the-sum", test_parts_make_the_sum);
  g_test_add_func ("/flash-estimate/demo", test_demo);
  g_test_add_func ("/flash-estimate/echokit", test_echokit);

  return g_test_run ();
}
