/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the command, parses its options, prints help. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ek-cli-output.h"

static const EkCliCommand commands[] = {
  { "flash", N_ ("install firmware on a device"), ek_cli_flash },
  { "firmware", N_ ("list and download firmware"), ek_cli_catalog },
  { "elf", N_ ("download a firmware's program, for a debugger"), ek_cli_elf },
  { "backup", N_ ("save a device, settings included"), ek_cli_backup },
  { "restore", N_ ("bring back what was saved"), ek_cli_restore },
  { "read", N_ ("read what is on a device into a file"), ek_cli_read },
  { "verify", N_ ("compare a file with what is on a device"), ek_cli_verify },
  { "erase", N_ ("erase a device or a part of it"), ek_cli_erase },
  { "probe", N_ ("say what a device is and what runs on it"), ek_cli_probe },
  { "ports", N_ ("list the serial devices of this computer"), ek_cli_ports },
  { "settings", N_ ("show or set a device's Wi-Fi and server"), ek_cli_settings },
  { "bundle", N_ ("pack, check and sign firmware to give away"), ek_cli_bundle },
  { "save-image", N_ ("convert a program (ELF) to an image"), ek_cli_save_image },
  { "image", N_ ("say what a firmware file holds"), ek_cli_image },
  { "partition-table", N_ ("show or convert a partition table"), ek_cli_partition_table },
  { "monitor", N_ ("show what a device says"), ek_cli_monitor },
  { "decode", N_ ("explain the crashes in a saved log"), ek_cli_decode },
  { "mcp", N_ ("offer all this as tools to other programs"), ek_cli_mcp },
  { "simulate", N_ ("offer a simulated device to other programs"), ek_cli_simulate },
  { "demo", N_ ("update a simulated EchoKit, to see how it works"), ek_cli_demo },
};

static void
print_help (FILE *file)
{
  fprintf (file, "%s\n  ekflash %s\n\n%s\n", _ ("Usage:"), _ ("COMMAND [OPTION…]"),
           _ ("Commands:"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (file, "  %-16s %s\n", commands[i].name, _ (commands[i].summary));
  fprintf (file, "\n%s\n", _ ("“ekflash COMMAND --help” explains a command."));
}

/**
 * ek_cli_context_new:
 * @parameters: what follows the options in the usage line
 * @summary: what the command does
 * @entries: its options
 *
 * Returns: (transfer full)
 */
GOptionContext *
ek_cli_context_new (const char *parameters, const char *summary, const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (parameters);

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return context;
}

/**
 * ek_cli_usage_error:
 *
 * Returns: the exit code for a wrong call
 */
int
ek_cli_usage_error (EkCommandLine *line, const char *message)
{
  fprintf (stderr, "ekflash %s: %s\n", line->argv[0], message);
  fprintf (stderr, _ ("Try “ekflash %s --help”."), line->argv[0]);
  fputc ('\n', stderr);
  return EK_EXIT_USAGE;
}

/**
 * ek_cli_parse:
 *
 * Parses the command's options; what is left in @line are its other words.
 *
 * Returns: %EK_EXIT_OK, or the exit code for a wrong call
 */
int
ek_cli_parse (EkCommandLine *line, GOptionContext *context, gboolean json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("ekflash %s", line->argv[0]);

  g_set_prgname (name);
  if (!g_option_context_parse (context, &line->argc, &line->argv, &error))
    return ek_cli_usage_error (line, error->message);

  return EK_EXIT_OK;
}

/* A pipe that nobody reads any more; the error of an earlier write is not kept. */
static gboolean
reader_is_gone (void)
{
  struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

  return poll (&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/* What was printed has to have arrived: a script that reads an empty file must not see success. A
 * reader that went away has had enough, and that is no failure. */
static int
finish_output (int code)
{
  g_autoptr (GError) error = NULL;
  gboolean lost = ferror (stdout) != 0;
  int number;

  errno = 0;
  if (fflush (stdout) == 0 && !lost)
    return code;
  number = errno;
  if (reader_is_gone ())
    return code;

  g_set_error (&error, EK_ERROR, number == ENOSPC ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE,
               "standard output: %s", number != 0 ? g_strerror (number) : "not all was written");
  ek_cli_print_error (error);
  return code == EK_EXIT_OK ? EK_EXIT_FAILED : code;
}

/**
 * ek_cli_run:
 *
 * The whole program.
 *
 * Returns: its exit code
 */
int
ek_cli_run (int argc, char **argv)
{
  EkCommandLine line;

  if (argc < 2)
    {
      print_help (stderr);
      return EK_EXIT_USAGE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") ||
      g_str_equal (argv[1], "help"))
    {
      print_help (stdout);
      return finish_output (EK_EXIT_OK);
    }
  if (g_str_equal (argv[1], "--version"))
    {
      printf ("ekflash %s\n", EK_VERSION);
      return finish_output (EK_EXIT_OK);
    }

  line = (EkCommandLine){ argv[0], argc - 1, argv + 1 };
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return finish_output (commands[i].run (&line));

  fprintf (stderr, _ ("ekflash: there is no command “%s”."), argv[1]);
  fputc ('\n', stderr);
  print_help (stderr);
  return EK_EXIT_USAGE;
}
