/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash: the flasher as a command line tool. */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>

#include "ek-cli.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  /* A reader of our output that goes away must not end a half-written device. */
  signal (SIGPIPE, SIG_IGN);

  return ek_cli_run (argc, argv);
}
