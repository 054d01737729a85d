/* SPDX-License-Identifier: GPL-3.0-or-later */
/* echokit-flasher: the flasher as a window. */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "ek-application.h"

int
main (int argc, char **argv)
{
  g_autoptr (EkApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  application = ek_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
