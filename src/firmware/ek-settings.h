/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an owner sets on an EchoKit: the Wi-Fi and the server. */
#pragma once

#include "ek-nvs.h"
#include "ek-partition-table.h"

G_BEGIN_DECLS

#define EK_SETTINGS_NAMESPACE      "setting"
#define EK_SETTINGS_MAX_SSID       32 /* bytes; the firmware panics at more */
#define EK_SETTINGS_MIN_PASSWORD   8
#define EK_SETTINGS_MAX_PASSWORD   63
#define EK_SETTINGS_MAX_SERVER_URL 127

/**
 * EkSettings:
 * @ssid: (nullable): name of the Wi-Fi
 * @password: (nullable): of the Wi-Fi; a secret: no log, message or file may show it
 * @server_url: (nullable): where EchoKit's server is, such as ws://edge.echokit.dev/ws
 *
 * Members that are %NULL are not set, or stay as they are.
 */
typedef struct
{
  char *ssid;
  char *password;
  char *server_url;
} EkSettings;

#define EK_TYPE_SETTINGS (ek_settings_get_type ())
GType ek_settings_get_type (void);

EkSettings *ek_settings_new (void);
EkSettings *ek_settings_new_from_nvs (EkNvs *nvs);
EkSettings *ek_settings_copy (const EkSettings *self);
void ek_settings_free (EkSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkSettings, ek_settings_free)

void ek_settings_set_password (EkSettings *self, const char *password);
gboolean ek_settings_is_complete (const EkSettings *self);
gboolean ek_settings_check (const EkSettings *self, GError **error);
char **ek_settings_list_warnings (const EkSettings *self);
gboolean ek_settings_apply (const EkSettings *self, EkNvs *nvs, GError **error);
void ek_settings_clear_in (EkNvs *nvs);
const EkPartition *ek_settings_find_partition (EkPartitionTable *table);

G_END_DECLS
