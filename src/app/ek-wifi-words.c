/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules are ek_settings_check()'s; here they get words, field by field. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-wifi-words.h"

#include <glib/gi18n.h>

/* Untranslated. Typing on does not help against what is too long; the rest may be on its way. */
static const struct
{
  gsize max;
  const char *too_long;
  const char *wrong;
} rules[EK_N_WIFI_FIELDS] = {
  [EK_WIFI_NAME] = { EK_SETTINGS_MAX_SSID, N_ ("No Wi-Fi has a name that long."),
                     N_ ("A Wi-Fi can't have this name.") },
  [EK_WIFI_PASSWORD] = { EK_SETTINGS_MAX_PASSWORD,
                         N_ ("Too long: a Wi-Fi's password has 63 characters at most."),
                         N_ ("Too short: a Wi-Fi's password has at least 8 characters.") },
  [EK_WIFI_SERVER] = { EK_SETTINGS_MAX_SERVER_URL,
                       N_ ("Too long: EchoKit remembers 127 characters of an address."),
                       N_ ("An address looks like ws://192.168.1.5:8080/ws") },
};

/* Returns: (transfer full): with this one field only, the others not set */
static EkSettings *
only (const EkSettings *settings, EkWifiField field)
{
  EkSettings *one = ek_settings_new ();

  if (field == EK_WIFI_NAME)
    one->ssid = g_strdup (settings->ssid);
  else if (field == EK_WIFI_PASSWORD)
    ek_settings_set_password (one, settings->password);
  else
    one->server_url = g_strdup (settings->server_url);
  return one;
}

static const char *
get_text (const EkSettings *settings, EkWifiField field)
{
  return field == EK_WIFI_NAME       ? settings->ssid
         : field == EK_WIFI_PASSWORD ? settings->password
                                     : settings->server_url;
}

/* What is not there although it is needed. */
static const char *
missing (const EkSettings *settings, EkWifiField field)
{
  if (field == EK_WIFI_NAME && settings->password != NULL)
    return _ ("Type the name of the Wi-Fi that the password is for.");
  if (field == EK_WIFI_NAME && settings->server_url == NULL)
    return _ ("Type the name of your Wi-Fi, or switch this off.");
  if (field == EK_WIFI_PASSWORD && settings->ssid != NULL)
    return _ ("Type its password: EchoKit can't use a Wi-Fi without one.");

  return NULL;
}

/**
 * ek_wifi_problem:
 * @settings: what was typed; %NULL for a field that is empty
 * @finished: whether more of @field is not going to come just now
 *
 * Returns: (nullable) (transfer none): why @field can't be used as it is, in the person's language
 */
const char *
ek_wifi_problem (const EkSettings *settings, EkWifiField field, gboolean finished)
{
  g_autoptr (EkSettings) one = only (settings, field);
  const char *text = get_text (settings, field);

  if (text == NULL)
    return finished ? missing (settings, field) : NULL;
  if (ek_settings_check (one, NULL))
    return NULL;
  if (strlen (text) > rules[field].max)
    return _ (rules[field].too_long);

  return finished ? _ (rules[field].wrong) : NULL;
}

/**
 * ek_wifi_warning:
 * @settings: what was typed
 * @alone: the device knows nothing of it yet, or forgets it: what is not typed here is missing
 *
 * Returns: (nullable) (transfer full): what is possible but hardly meant, in the person's language
 */
char *
ek_wifi_warning (const EkSettings *settings, EkWifiField field, gboolean alone)
{
  g_autoptr (EkSettings) one = only (settings, field);
  g_auto (GStrv) warnings = NULL;

  if (field == EK_WIFI_SERVER && alone && settings->ssid != NULL && settings->server_url == NULL)
    return g_strdup (_ ("Without a server, EchoKit will still ask to be set up."));

  warnings = ek_settings_list_warnings (one);
  return g_strdup (warnings[0]);
}
