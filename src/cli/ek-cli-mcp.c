/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash mcp: the same operations as tools for programs that speak the Model Context Protocol. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "ek-cli-mcp-server.h"
#include "ek-cli-output.h"
#include "ek-cli.h"

static const GOptionEntry entries[] = { { NULL } };

typedef struct
{
  EkCliMcpServer *server;
  gboolean interrupted;
} Session;

static gboolean
on_signal (gpointer user_data)
{
  Session *session = user_data;

  session->interrupted = TRUE;
  ek_cli_mcp_server_stop (session->server);
  return G_SOURCE_CONTINUE;
}

/* Whatever prints, here or in a library, prints where it does no harm. */
static int
take_over_output (GError **error)
{
  int output = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

  if (output >= 0 && dup2 (STDERR_FILENO, STDOUT_FILENO) >= 0)
    return output;

  g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "standard output: %s", g_strerror (errno));
  return -1;
}

/**
 * ek_cli_mcp:
 *
 * Serves until its standard input ends.
 */
int
ek_cli_mcp (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (NULL,
                          _ ("Offers what ekflash can do as tools over the Model Context Protocol: "
                             "messages on "
                             "standard input, answers on standard output."),
                          entries);
  g_autoptr (EkCliMcpServer) server = NULL;
  g_autoptr (GError) error = NULL;
  Session session = { 0 };
  guint interrupt, terminate;
  int output;
  int code = ek_cli_parse (line, context, FALSE);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));
  if ((output = take_over_output (&error)) < 0)
    return ek_cli_fail (error, FALSE, FALSE);

  session.server = server = ek_cli_mcp_server_new (STDIN_FILENO, output);
  interrupt = g_unix_signal_add (SIGINT, on_signal, &session);
  terminate = g_unix_signal_add (SIGTERM, on_signal, &session);
  ek_cli_mcp_server_run (server);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  close (output);

  return session.interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_OK;
}
