/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wi-Fi and server as EchoKit stores them, and what its firmware accepts. Source: EchoKit's main.rs and
 * bt.rs v0.3.2. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-settings.h"

#include <glib/gi18n.h>

#define KEY_SSID       "ssid"
#define KEY_PASSWORD   "pass"
#define KEY_SERVER_URL "server_url"
#define KEY_STATE      "state" /* 1: enter set-up at the next start */

G_DEFINE_BOXED_TYPE (EkSettings, ek_settings, ek_settings_copy, ek_settings_free)

/**
 * ek_settings_new:
 *
 * Returns: (transfer full): nothing set
 */
EkSettings *
ek_settings_new (void)
{
  return g_new0 (EkSettings, 1);
}

/* The firmware treats an empty text as none; one that is not UTF-8 it can't read. */
static char *
read_text (EkNvs *nvs, const char *key)
{
  const char *text = ek_nvs_get_string (nvs, EK_SETTINGS_NAMESPACE, key);

  return text != NULL && *text != '\0' && g_utf8_validate (text, -1, NULL) ? g_strdup (text) : NULL;
}

/**
 * ek_settings_new_from_nvs:
 *
 * Returns: (transfer full): what the firmware would work with
 */
EkSettings *
ek_settings_new_from_nvs (EkNvs *nvs)
{
  EkSettings *self = ek_settings_new ();

  self->ssid = read_text (nvs, KEY_SSID);
  self->password = read_text (nvs, KEY_PASSWORD);
  self->server_url = read_text (nvs, KEY_SERVER_URL);
  return self;
}

/**
 * ek_settings_copy:
 *
 * Returns: (transfer full)
 */
EkSettings *
ek_settings_copy (const EkSettings *self)
{
  EkSettings *copy = ek_settings_new ();

  copy->ssid = g_strdup (self->ssid);
  copy->password = g_strdup (self->password);
  copy->server_url = g_strdup (self->server_url);
  return copy;
}

/**
 * ek_settings_free:
 *
 * Wipes the password before its memory goes.
 */
void
ek_settings_free (EkSettings *self)
{
  if (self == NULL)
    return;

  ek_settings_set_password (self, NULL);
  g_free (self->ssid);
  g_free (self->server_url);
  g_free (self);
}

/**
 * ek_settings_set_password:
 * @password: (nullable): is copied; the one before is wiped
 */
void
ek_settings_set_password (EkSettings *self, const char *password)
{
  char *old = self->password;

  self->password = g_strdup (password);
  if (old != NULL)
    explicit_bzero (old, strlen (old));
  g_free (old);
}

/**
 * ek_settings_is_complete:
 *
 * Returns: %FALSE if the firmware would ask for set-up at its start, because one of the three is missing
 */
gboolean
ek_settings_is_complete (const EkSettings *self)
{
  return self->ssid != NULL && *self->ssid != '\0' && self->password != NULL &&
         *self->password != '\0' && self->server_url != NULL && *self->server_url != '\0';
}

/* The value itself is never part of a message: it may be a secret typed into the wrong place. */
static gboolean
check_text (const char *what, const char *text, gsize min, gsize max, GError **error)
{
  gsize length;

  if (text == NULL)
    return TRUE;

  length = strlen (text);
  if (length < min || length > max)
    g_set_error (error, EK_ERROR, EK_ERROR_SETTINGS_INVALID,
                 "the %s has %zu bytes; %zu to %zu are possible", what, length, min, max);
  else if (!g_utf8_validate (text, (gssize) length, NULL))
    g_set_error (error, EK_ERROR, EK_ERROR_SETTINGS_INVALID, "the %s is not UTF-8", what);
  else
    return TRUE;

  return FALSE;
}

static gboolean
has_blanks (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text) || g_ascii_isspace (*text))
      return TRUE;

  return FALSE;
}

static GUri *
parse_url (const char *url)
{
  return g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
}

static gboolean
check_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  const char *scheme, *host;

  if (url == NULL)
    return TRUE;
  if (!check_text ("server address", url, 1, EK_SETTINGS_MAX_SERVER_URL, error))
    return FALSE;

  uri = parse_url (url);
  scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (uri == NULL || (!g_str_equal (scheme, "ws") && !g_str_equal (scheme, "wss")) ||
      host == NULL || *host == '\0' || has_blanks (url))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_SETTINGS_INVALID,
                   "the server address has to look like ws://HOST:PORT/ws");
      return FALSE;
    }

  return TRUE;
}

/**
 * ek_settings_check:
 *
 * Source: facts of the firmware: it panics at longer names and passwords, reads addresses into 128 bytes,
 * and can't join a Wi-Fi without a password.
 *
 * Returns: %FALSE with %EK_ERROR_SETTINGS_INVALID if the firmware can't work with a value
 */
gboolean
ek_settings_check (const EkSettings *self, GError **error)
{
  return check_text ("name of the Wi-Fi", self->ssid, 1, EK_SETTINGS_MAX_SSID, error) &&
         check_text ("password", self->password, EK_SETTINGS_MIN_PASSWORD, EK_SETTINGS_MAX_PASSWORD,
                     error) &&
         check_url (self->server_url, error);
}

static gboolean
has_outer_blanks (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  return length > 0 && (g_ascii_isspace (text[0]) || g_ascii_isspace (text[length - 1]));
}

/* The device itself, for the device. */
static gboolean
is_local_host (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 ||
         (address != NULL && g_inet_address_get_is_loopback (address));
}

/**
 * ek_settings_list_warnings:
 *
 * Returns: (transfer full) (array zero-terminated=1): what is possible but hardly meant, for the owner,
 *   translated; empty if there is nothing to say
 */
char **
ek_settings_list_warnings (const EkSettings *self)
{
  g_autoptr (GStrvBuilder) warnings = g_strv_builder_new ();
  g_autoptr (GUri) uri = self->server_url != NULL ? parse_url (self->server_url) : NULL;

  if (has_outer_blanks (self->ssid))
    g_strv_builder_add (warnings, _ ("The name of the Wi-Fi begins or ends with a blank."));
  if (has_outer_blanks (self->password))
    g_strv_builder_add (warnings, _ ("The password begins or ends with a blank."));
  if (uri != NULL && g_str_equal (g_uri_get_scheme (uri), "wss"))
    g_strv_builder_add (warnings, _ ("EchoKit's firmware can't connect to an address with wss://: "
                                     "use ws:// if the server has it."));
  if (uri != NULL && g_uri_get_host (uri) != NULL && is_local_host (g_uri_get_host (uri)))
    g_strv_builder_add (warnings, _ ("For your EchoKit this address means itself: use the address "
                                     "that the server has in your network."));

  return g_strv_builder_end (warnings);
}

static gboolean
apply_text (EkNvs *nvs, const char *key, const char *text, GError **error)
{
  return text == NULL || ek_nvs_set_string (nvs, EK_SETTINGS_NAMESPACE, key, text, error);
}

/**
 * ek_settings_apply:
 * @nvs: is changed
 *
 * Sets what is set; everything else in @nvs stays. A device that was waiting for set-up no longer does.
 *
 * Returns: %FALSE with %EK_ERROR_SETTINGS_INVALID
 */
gboolean
ek_settings_apply (const EkSettings *self, EkNvs *nvs, GError **error)
{
  return ek_settings_check (self, error) && apply_text (nvs, KEY_SSID, self->ssid, error) &&
         apply_text (nvs, KEY_PASSWORD, self->password, error) &&
         apply_text (nvs, KEY_SERVER_URL, self->server_url, error) &&
         ek_nvs_set_int (nvs, EK_SETTINGS_NAMESPACE, KEY_STATE, EK_NVS_U8, 0, error);
}

/**
 * ek_settings_clear_in:
 * @nvs: is changed
 *
 * Removes Wi-Fi and server: the firmware then asks for set-up. Pictures and sound stay.
 */
void
ek_settings_clear_in (EkNvs *nvs)
{
  static const char *const keys[] = { KEY_SSID, KEY_PASSWORD, KEY_SERVER_URL };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    ek_nvs_remove (nvs, EK_SETTINGS_NAMESPACE, keys[i]);
}

/**
 * ek_settings_find_partition:
 * @table: (nullable)
 *
 * Returns: (nullable) (transfer none): where a firmware of that table has its settings: the partition
 *   "nvs", as ESP-IDF's nvs_flash_init() wants it, or else the first of its kind
 */
const EkPartition *
ek_settings_find_partition (EkPartitionTable *table)
{
  const EkPartition *partition;

  if (table == NULL)
    return NULL;

  partition = ek_partition_table_find_label (table, "nvs");
  if (partition != NULL && partition->type == EK_PARTITION_TYPE_DATA &&
      partition->subtype == EK_PARTITION_SUBTYPE_NVS)
    return partition;

  return ek_partition_table_find (table, EK_PARTITION_TYPE_DATA, EK_PARTITION_SUBTYPE_NVS);
}
