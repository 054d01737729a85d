/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash read: a range of a device into a file. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-cli-device.h"
#include "ek-cli-numbers.h"
#include "ek-cli-output.h"
#include "ek-cli-region.h"
#include "ek-cli.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static char *address;
static char *size;
static EkReadJobOptions job_options;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  { "address", 'a', 0, G_OPTION_ARG_STRING, &address, N_ ("where to begin (default: 0x0)"),
    N_ ("ADDRESS") },
  { "size", 's', 0, G_OPTION_ARG_STRING, &size, N_ ("how much (default: to the end)"),
    N_ ("BYTES") },
  { "partition", 'P', 0, G_OPTION_ARG_STRING, &job_options.partition,
    N_ ("read this partition of the device's table"), N_ ("LABEL") },
  EK_CLI_JOB_ENTRIES (device, job_options.device.no_restart, json, quiet),
};

/**
 * ek_cli_read:
 *
 * Reads what is on a device.
 */
int
ek_cli_read (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("FILE"),
                          _ ("Reads what is on a device into a file. What is blank, or in an older "
                             "FILE already, is not transferred."),
                          entries);
  g_autoptr (EkCliOperation) operation = NULL;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc != 2)
    return ek_cli_usage_error (line, _ ("which file?"));
  if (job_options.partition != NULL && (address != NULL || size != NULL))
    return ek_cli_usage_error (line, _ ("a partition, or an address and a size"));
  if ((address != NULL && !ek_cli_parse_address (address, &job_options.offset, &error)) ||
      (size != NULL && !ek_cli_parse_size (size, &job_options.size, &error)))
    return ek_cli_usage_error (line, error->message);

  if (!(port = ek_cli_device_open (&device, json || quiet, &job_options.device.loader, &error)))
    return ek_cli_fail (error, json, FALSE);
  job_options.path = line->argv[1];
  operation = ek_cli_read_operation_new (port, &job_options);
  return ek_cli_operation_run (operation, json, quiet);
}
