/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that holds a device's settings: an NVS partition, or a whole flash with one in it. */
#pragma once

#include "ek-nvs.h"

G_BEGIN_DECLS

typedef struct _EkSettingsFile EkSettingsFile;

EkSettingsFile *ek_settings_file_open (const char *path, GCancellable *cancellable, GError **error);
void ek_settings_file_free (EkSettingsFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkSettingsFile, ek_settings_file_free)

EkNvs *ek_settings_file_get_nvs (EkSettingsFile *self);
gboolean ek_settings_file_save (EkSettingsFile *self, GError **error);

G_END_DECLS
