/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that name a Wi-Fi and a server, shared by the commands that set them. */
#pragma once

#include "ek-settings.h"

G_BEGIN_DECLS

/**
 * EkCliWifi:
 *
 * What --wifi, --password-stdin and --server-url say.
 */
typedef struct
{
  char *ssid;
  char *server_url;
  gboolean password_stdin;
} EkCliWifi;

/* Rows for a GOptionEntry table; @self is a static EkCliWifi. */
#define EK_CLI_WIFI_ENTRIES(self)                                                         \
  { "wifi",                                                                               \
    0,                                                                                    \
    0,                                                                                    \
    G_OPTION_ARG_STRING,                                                                  \
    &(self).ssid,                                                                         \
    N_ ("name of the Wi-Fi; its password is asked for"),                                  \
    N_ ("NAME") },                                                                        \
      { "ssid", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &(self).ssid, NULL, NULL }, \
      { "password-stdin",                                                                 \
        0,                                                                                \
        0,                                                                                \
        G_OPTION_ARG_NONE,                                                                \
        &(self).password_stdin,                                                           \
        N_ ("read the password of the Wi-Fi as a line from the standard input"),          \
        NULL },                                                                           \
  {                                                                                       \
    "server-url", 0, 0, G_OPTION_ARG_STRING, &(self).server_url,                          \
        N_ ("where EchoKit's server is, such as ws://192.168.1.5:8080/ws"), N_ ("URL")    \
  }

EkSettings *ek_cli_wifi_read (const EkCliWifi *self, gboolean quiet, GError **error);
gboolean ek_cli_wifi_is_set (const EkCliWifi *self);

G_END_DECLS
