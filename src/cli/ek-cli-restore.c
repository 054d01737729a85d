/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash restore: a backup back onto a device. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-cli-numbers.h"
#include "ek-cli-output.h"
#include "ek-cli-saving.h"
#include "ek-cli-several.h"
#include "ek-cli.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static char *address;
static EkRestoreJobOptions job_options;
static gboolean all;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  { "partition", 'P', 0, G_OPTION_ARG_STRING, &job_options.partition,
    N_ ("bring back this partition only"), N_ ("LABEL") },
  { "address", 'a', 0, G_OPTION_ARG_STRING, &address,
    N_ ("where the bytes go (default: the manifest says it, else 0x0)"), N_ ("ADDRESS") },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &job_options.dry_run,
    N_ ("say what would be done, and do nothing"), NULL },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("every device that is plugged in, at once"), NULL },
  EK_CLI_JOB_ENTRIES (device, job_options.device.no_restart, json, quiet),
};

static EkCliOperation *
new_operation (EkPort *port, const EkLoaderOptions *options)
{
  EkRestoreJobOptions own = job_options;

  own.device.loader = *options;
  return ek_cli_restore_operation_new (port, &own);
}

/**
 * ek_cli_restore:
 *
 * Brings back what was saved.
 */
int
ek_cli_restore (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context = ek_cli_context_new (_ ("FILE"),
                                                           _ ("Makes a device hold what a backup "
                                                              "holds, settings included. Only what "
                                                              "differs is written."),
                                                           entries);
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc != 2)
    return ek_cli_usage_error (line, _ ("which file?"));
  if (job_options.partition != NULL && address != NULL)
    return ek_cli_usage_error (line, _ ("a partition, or an address"));
  if (address != NULL && !ek_cli_parse_address (address, &job_options.offset, &error))
    return ek_cli_usage_error (line, error->message);

  if (all && device.devices != NULL)
    return ek_cli_usage_error (line, _ ("all devices, or those that are named"));

  job_options.path = line->argv[1];
  job_options.has_offset = address != NULL;
  return ek_cli_run_on_devices (&device, all, new_operation, json, quiet);
}
