/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash demo: a whole update, on a device that isn't there. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-output.h"
#include "ek-cli-report.h"
#include "ek-cli.h"
#include "ek-demo-firmware.h"
#include "ek-flash-job.h"
#include "ek-simulator.h"

static char *device = NULL;

static const GOptionEntry entries[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &device,
    N_ ("a simulated device (default: sim:esp32s3?pace=2)"), N_ ("sim:…") },
  { NULL },
};

static void
on_line (const char *line, gpointer user_data)
{
  printf ("  | %s\n", line);
}

static int
run (EkPort *port, EkBundle *bundle)
{
  EkFlashJobOptions options = { 0 };
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, &options);
  g_autoptr (GError) error = NULL;
  gboolean interrupted;

  ek_flash_job_set_line_func (job, on_line, NULL);
  if (!ek_cli_run_job (EK_JOB (job), FALSE, &interrupted, &error))
    {
      ek_cli_print_error (error);
      ek_cli_report_state (job);
      return interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_FAILED;
    }

  putchar ('\n');
  ek_cli_report_plan (ek_flash_job_get_plan (job));
  putchar ('\n');
  ek_cli_report_result (job, bundle, port, FALSE);
  return EK_EXIT_OK;
}

/**
 * ek_cli_demo:
 *
 * Updates a simulated EchoKit from demo firmware 0.1.0 to 0.2.0.
 */
int
ek_cli_demo (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context = ek_cli_context_new (
      NULL, _ ("Updates a simulated EchoKit and shows its start. No device is touched."), entries);
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) firmware = NULL;
  g_autoptr (EkBundle) bundle = NULL;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, FALSE);

  if (code != EK_EXIT_OK)
    return code;
  if (device != NULL && !g_str_has_prefix (device, "sim:"))
    return ek_cli_usage_error (line, _ ("the demo touches simulated devices only"));

  puts (_ ("A simulated EchoKit runs the demo firmware 0.1.0 and knows a Wi-Fi. It is updated to "
           "0.2.0 now;\nlines with | are what the device prints when it starts.\n"));
  fflush (stdout);
  before = ek_demo_firmware_new ("0.1.0", TRUE);
  ek_simulator_set_demo_contents (before);
  firmware = ek_demo_firmware_new ("0.2.0", FALSE);
  if (!(bundle = ek_bundle_new_from_bytes (firmware, "demo firmware 0.2.0", &error)) ||
      !(port = ek_port_new_for_uri (device != NULL ? device : "sim:esp32s3?pace=2", &error)))
    return ek_cli_fail (error, FALSE, FALSE);

  return run (port, bundle);
}
