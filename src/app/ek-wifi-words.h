/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a Wi-Fi's name, its password or a server's address, for the one who types them. */
#pragma once

#include "ek-settings.h"

G_BEGIN_DECLS

/**
 * EkWifiField:
 *
 * What is typed where.
 */
typedef enum
{
  EK_WIFI_NAME,
  EK_WIFI_PASSWORD,
  EK_WIFI_SERVER,

  EK_N_WIFI_FIELDS /*< skip >*/
} EkWifiField;

const char *ek_wifi_problem (const EkSettings *settings, EkWifiField field, gboolean finished);
char *ek_wifi_warning (const EkSettings *settings, EkWifiField field, gboolean alone);

G_END_DECLS
