/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The app, as its own main() starts it, until its first frame. */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "ek-application.h"
#include "first-frame.h"

int
main (int argc, char **argv)
{
  g_autoptr (EkApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  application = ek_application_new ();
  first_frame_watch (GTK_APPLICATION (application));
  return g_application_run (G_APPLICATION (application), argc, argv);
}
