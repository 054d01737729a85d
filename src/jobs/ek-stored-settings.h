/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings that lie on a device, and where. */
#pragma once

#include "ek-flash-reader.h"
#include "ek-settings.h"

G_BEGIN_DECLS

/**
 * EkStoredSettings:
 * @nvs: (nullable): the values; they include the password of the Wi-Fi
 * @pages: (element-type guint32): flash offsets of the pages that hold them
 * @sequence: the highest number of a page
 */
typedef struct
{
  EkNvs *nvs;
  GArray *pages;
  guint32 sequence;
} EkStoredSettings;

gboolean ek_stored_settings_read (EkStoredSettings *self,
                                  const EkFlashReader *reader,
                                  guint32 offset,
                                  guint32 size,
                                  GCancellable *cancellable,
                                  GError **error);
void ek_stored_settings_clear (EkStoredSettings *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkStoredSettings, ek_stored_settings_clear)

G_END_DECLS
