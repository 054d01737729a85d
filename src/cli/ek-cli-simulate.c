/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash simulate: a device that isn't there, for other programs. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-output.h"
#include "ek-cli.h"
#include "ek-demo-firmware.h"
#include "ek-simulator-server.h"

static char *chip;
static char *pty_link;
static char *flash_path;
static char *stats_path;
static char *tcp_address;
static char **sim_options;
static double pace;
static gboolean reset_on_connect;

static const GOptionEntry entries[] = {
  { "chip", 0, 0, G_OPTION_ARG_STRING, &chip, N_ ("which chip (default: esp32s3)"), N_ ("CHIP") },
  { "pty", 0, 0, G_OPTION_ARG_FILENAME, &pty_link,
    N_ ("offer it as a terminal, with a link to it at LINK"), N_ ("LINK") },
  { "tcp", 0, 0, G_OPTION_ARG_STRING, &tcp_address,
    N_ ("offer it at a TCP port; 0 is any free one"), N_ ("[HOST:]PORT") },
  { "flash", 0, 0, G_OPTION_ARG_FILENAME, &flash_path,
    N_ ("keep the flash's contents in FILE; made, blank, if it is missing"), N_ ("FILE") },
  { "option", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &sim_options,
    N_ ("an option of the simulator, see below; may be repeated"), N_ ("KEY=VALUE") },
  { "stats", 0, 0, G_OPTION_ARG_FILENAME, &stats_path,
    N_ ("write what it cost to FILE whenever a program leaves"), N_ ("FILE") },
  { "pace", 0, 0, G_OPTION_ARG_DOUBLE, &pace,
    N_ ("simulated seconds a second (default: as fast as possible)"), N_ ("NUMBER") },
  { "reset-on-connect", 0, 0, G_OPTION_ARG_NONE, &reset_on_connect,
    N_ ("each program finds a device that was just plugged in"), NULL },
  { NULL },
};

static void
on_listening (const char *address, gpointer user_data)
{
  printf ("%s\n", address);
  fflush (stdout);
}

static gboolean
parse_tcp (EkSimulatorServerOptions *options, char **host)
{
  const char *colon = tcp_address != NULL ? strrchr (tcp_address, ':') : NULL;
  const char *port = colon != NULL ? colon + 1 : tcp_address;
  guint64 number;

  options->tcp_port = -1;
  if (tcp_address == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (port, 10, 0, 65535, &number, NULL))
    return FALSE;
  options->tcp_port = (int) number;
  if (colon != NULL)
    *host = g_strndup (tcp_address, (gsize) (colon - tcp_address));
  options->tcp_host = *host;
  return TRUE;
}

static char *
make_options (void)
{
  /* Neither a socket nor a terminal has reset lines: the device waits in download mode. */
  GString *text = g_string_new (chip != NULL ? chip : "esp32s3");

  g_string_append (text, "?start=download");
  if (flash_path != NULL)
    g_string_append_printf (text, "&blank&flash=%s", flash_path);
  for (guint i = 0; sim_options != NULL && sim_options[i] != NULL; i++)
    g_string_append_printf (text, "&%s", sim_options[i]);

  return g_string_free (text, FALSE);
}

static gpointer
wait_for_signal (gpointer user_data)
{
  g_main_loop_run (user_data);
  return NULL;
}

static gboolean
on_signal (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_CONTINUE;
}

static int
serve (EkSimulator *simulator, const EkSimulatorServerOptions *options)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gboolean ok;

  g_unix_signal_add (SIGINT, on_signal, cancellable);
  g_unix_signal_add (SIGTERM, on_signal, cancellable);
  thread = g_thread_new ("signals", wait_for_signal, loop);
  ok = ek_simulator_serve (simulator, options, cancellable, &error);
  g_main_loop_quit (loop);
  g_thread_join (thread);

  return ok ? EK_EXIT_OK : ek_cli_fail (error, FALSE, FALSE);
}

/**
 * ek_cli_simulate:
 *
 * Serves a simulated device until it is stopped.
 */
int
ek_cli_simulate (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (NULL,
                          _ ("Offers a simulated device at a terminal or a TCP port, prints where, "
                             "and runs until it is "
                             "stopped."),
                          entries);
  g_autofree char *docs = ek_simulator_get_option_docs ();
  g_autofree char *description = g_strconcat (_ ("Simulator options:"), "\n", docs, NULL);
  g_autofree char *options_text = NULL;
  g_autofree char *host = NULL;
  g_autoptr (EkSimulator) simulator = NULL;
  g_autoptr (GBytes) demo = NULL;
  g_autoptr (GError) error = NULL;
  EkSimulatorServerOptions options = { .on_listening = on_listening };
  int code;

  g_option_context_set_description (context, description);
  code = ek_cli_parse (line, context, FALSE);
  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));
  if ((pty_link == NULL) == (tcp_address == NULL))
    return ek_cli_usage_error (line, _ ("give either --pty or --tcp"));
  if (!parse_tcp (&options, &host))
    return ek_cli_usage_error (line, _ ("--tcp takes PORT or HOST:PORT"));

  demo = ek_demo_firmware_new ("0.1.0", TRUE);
  ek_simulator_set_demo_contents (demo);
  options_text = make_options ();
  if (!(simulator = ek_simulator_new (options_text, &error)))
    return ek_cli_fail (error, FALSE, FALSE);

  options.pty_link = pty_link;
  options.stats_path = stats_path;
  options.pace = pace;
  options.reset_on_connect = reset_on_connect;
  return serve (simulator, &options);
}
