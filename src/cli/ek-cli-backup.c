/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash backup: a device, or a partition of it, into a file. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-cli-device.h"
#include "ek-cli-output.h"
#include "ek-cli-saving.h"
#include "ek-cli.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static EkReadJobOptions job_options;
static gboolean no_bootloader;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  { "partition", 'P', 0, G_OPTION_ARG_STRING, &job_options.partition,
    N_ ("save this partition of the device's table only"), N_ ("LABEL") },
  { "no-bootloader", 0, 0, G_OPTION_ARG_NONE, &no_bootloader,
    N_ ("begin at 0x1000; makes no sense on an EchoKit"), NULL },
  EK_CLI_JOB_ENTRIES (device, job_options.device.no_restart, json, quiet),
};

/**
 * ek_cli_backup:
 *
 * Saves a device.
 */
int
ek_cli_backup (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("FILE"),
                          _ ("Saves all that is on a device, settings and Wi-Fi password included, "
                             "and beside FILE a manifest, FILE.json."),
                          entries);
  g_autoptr (EkCliOperation) operation = NULL;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc != 2)
    return ek_cli_usage_error (line, _ ("which file?"));
  if (job_options.partition != NULL && no_bootloader)
    return ek_cli_usage_error (line, _ ("a partition has no boot loader"));

  if (!(port = ek_cli_device_open (&device, json || quiet, &job_options.device.loader, &error)))
    return ek_cli_fail (error, json, FALSE);
  job_options.path = line->argv[1];
  job_options.offset = no_bootloader ? EK_CLI_BEHIND_BOOTLOADER : 0;
  operation = ek_cli_backup_operation_new (port, &job_options);
  return ek_cli_operation_run (operation, json, quiet);
}
