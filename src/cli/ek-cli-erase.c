/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash erase: says what will be lost, asks, erases. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "ek-cli-numbers.h"
#include "ek-cli-output.h"
#include "ek-cli-region.h"
#include "ek-cli-several.h"
#include "ek-cli.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static char *address;
static char *size;
static EkEraseJobOptions job_options;
static gboolean yes;
static gboolean all;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  { "address", 'a', 0, G_OPTION_ARG_STRING, &address,
    N_ ("where to begin, a multiple of 0x1000 (default: 0x0)"), N_ ("ADDRESS") },
  { "size", 's', 0, G_OPTION_ARG_STRING, &size,
    N_ ("how much, a multiple of 0x1000 (default: to the end)"), N_ ("BYTES") },
  { "partition", 'P', 0, G_OPTION_ARG_STRING, &job_options.partition,
    N_ ("erase this partition of the device's table"), N_ ("LABEL") },
  { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_ ("don't ask; needed where nobody can be asked"),
    NULL },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("every device that is plugged in, at once"), NULL },
  EK_CLI_JOB_ENTRIES (device, job_options.device.no_restart, json, quiet),
};

/* Waits for the person's Enter, or for Ctrl-C. */
static gboolean
wait_for_answer (GCancellable *cancellable)
{
  GPollFD fds[2] = { { .fd = STDIN_FILENO, .events = G_IO_IN } };
  gboolean pollable = g_cancellable_make_pollfd (cancellable, &fds[1]);

  while (g_poll (fds, pollable ? 2 : 1, -1) < 0 && errno == EINTR)
    continue;
  if (pollable)
    g_cancellable_release_fd (cancellable);

  return !g_cancellable_is_cancelled (cancellable);
}

/* On the job's thread, while the terminal shows nothing else. */
static gboolean
on_confirm (EkEraseJob *job, GCancellable *cancellable, gpointer user_data)
{
  char answer[16] = "";

  ek_cli_tell_losses (job);
  fputs (_ ("Erase it? [y/N] "), stderr);
  fflush (stderr);

  return wait_for_answer (cancellable) && fgets (answer, sizeof answer, stdin) != NULL &&
         (answer[0] == 'y' || answer[0] == 'Y');
}

static EkCliOperation *
new_operation (EkPort *port, const EkLoaderOptions *options)
{
  EkEraseJobOptions own = job_options;
  EkCliOperation *operation;

  own.device.loader = *options;
  operation = ek_cli_erase_operation_new (port, &own);
  if (!yes)
    ek_erase_job_set_confirm_func (EK_ERASE_JOB (ek_cli_operation_get_job (operation)), on_confirm,
                                   NULL);
  return operation;
}

/**
 * ek_cli_erase:
 *
 * Erases a device or a part of it.
 */
int
ek_cli_erase (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (NULL,
                          _ ("Erases a device, or a part of it, after saying what will be lost."),
                          entries);
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));
  if (job_options.partition != NULL && (address != NULL || size != NULL))
    return ek_cli_usage_error (line, _ ("a partition, or an address and a size"));
  if ((address != NULL && !ek_cli_parse_address (address, &job_options.offset, &error)) ||
      (size != NULL && !ek_cli_parse_size (size, &job_options.size, &error)))
    return ek_cli_usage_error (line, error->message);
  if (!yes && (json || !isatty (STDIN_FILENO)))
    return ek_cli_usage_error (line, _ ("nobody can be asked here: say --yes to erase"));
  if (all && device.devices != NULL)
    return ek_cli_usage_error (line, _ ("all devices, or those that are named"));
  if (!yes && (all || (device.devices != NULL && device.devices[1] != NULL)))
    return ek_cli_usage_error (line, _ ("several devices are erased without asking: say --yes"));

  return ek_cli_run_on_devices (&device, all, new_operation, json, quiet || !yes);
}
