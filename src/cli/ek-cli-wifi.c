/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to settings, with the password from where it can't be seen. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-wifi.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-secret.h"

/**
 * ek_cli_wifi_is_set:
 *
 * Returns: whether any of the options was given
 */
gboolean
ek_cli_wifi_is_set (const EkCliWifi *self)
{
  return self->ssid != NULL || self->server_url != NULL || self->password_stdin;
}

/**
 * ek_cli_wifi_read:
 * @quiet: print no warnings
 *
 * Asks for the password where a Wi-Fi is named, and checks everything before a device is touched.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_SETTINGS_INVALID or an error of ek_cli_read_secret()
 */
EkSettings *
ek_cli_wifi_read (const EkCliWifi *self, gboolean quiet, GError **error)
{
  g_autoptr (EkSettings) settings = ek_settings_new ();
  g_auto (GStrv) warnings = NULL;

  settings->ssid = g_strdup (self->ssid);
  settings->server_url = g_strdup (self->server_url);
  /* What can be checked is checked before anybody types a password. */
  if (!ek_settings_check (settings, error))
    return NULL;

  if (self->ssid != NULL || self->password_stdin)
    {
      g_autofree char *prompt =
          self->ssid != NULL ? g_strdup_printf (_ ("Password of the Wi-Fi “%s”:"), self->ssid)
                             : g_strdup (_ ("Password of the Wi-Fi:"));
      char *password = ek_cli_read_secret (prompt, self->password_stdin, error);

      if (password == NULL)
        return NULL;
      ek_settings_set_password (settings, password);
      ek_cli_free_secret (password);
    }
  if (!ek_settings_check (settings, error))
    return NULL;

  warnings = ek_settings_list_warnings (settings);
  for (guint i = 0; !quiet && warnings[i] != NULL; i++)
    fprintf (stderr, "%s\n", warnings[i]);

  return g_steal_pointer (&settings);
}
