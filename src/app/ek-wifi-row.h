/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a person types the Wi-Fi and the server that an EchoKit gets with its firmware. */
#pragma once

#include <adwaita.h>

#include "ek-settings.h"

G_BEGIN_DECLS

#define EK_TYPE_WIFI_ROW (ek_wifi_row_get_type ())
G_DECLARE_FINAL_TYPE (EkWifiRow, ek_wifi_row, EK, WIFI_ROW, AdwExpanderRow)

void ek_wifi_row_set_alone (EkWifiRow *self, gboolean alone);
gboolean ek_wifi_row_check (EkWifiRow *self);
EkSettings *ek_wifi_row_dup_settings (EkWifiRow *self);
void ek_wifi_row_forget (EkWifiRow *self);

G_END_DECLS
