/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash verify: whether a device holds the bytes of a file. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-cli-numbers.h"
#include "ek-cli-output.h"
#include "ek-cli-region.h"
#include "ek-cli-several.h"
#include "ek-cli.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static char *address;
static EkVerifyJobOptions job_options;
static gboolean all;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  { "address", 'a', 0, G_OPTION_ARG_STRING, &address,
    N_ ("where the file's first byte has to be (default: 0x0)"), N_ ("ADDRESS") },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("every device that is plugged in, at once"), NULL },
  EK_CLI_JOB_ENTRIES (device, job_options.device.no_restart, json, quiet),
};

static EkCliOperation *
new_operation (EkPort *port, const EkLoaderOptions *options)
{
  EkVerifyJobOptions own = job_options;

  own.device.loader = *options;
  return ek_cli_verify_operation_new (port, &own);
}

/**
 * ek_cli_verify:
 *
 * Compares a file with a device.
 */
int
ek_cli_verify (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("FILE"),
                          _ ("Says whether a device holds the bytes of a file, and where they "
                             "begin "
                             "to differ. Exit code 1 if they do."),
                          entries);
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc != 2)
    return ek_cli_usage_error (line, _ ("which file?"));
  if (address != NULL && !ek_cli_parse_address (address, &job_options.offset, &error))
    return ek_cli_usage_error (line, error->message);

  if (all && device.devices != NULL)
    return ek_cli_usage_error (line, _ ("all devices, or those that are named"));

  job_options.path = line->argv[1];
  return ek_cli_run_on_devices (&device, all, new_operation, json, quiet);
}
