/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How planning asks about a flash: the loader, or bytes in a test. */
#pragma once

#include "ek-loader.h"

G_BEGIN_DECLS

/**
 * EkFlashReader:
 * @md5: hashes a range
 * @read: reads a range
 */
typedef struct
{
  gboolean (*md5) (gpointer user_data,
                   guint32 offset,
                   guint32 size,
                   guint8 *digest,
                   GCancellable *cancellable,
                   GError **error);
  gboolean (*read) (gpointer user_data,
                    guint32 offset,
                    guint32 size,
                    guint8 *buffer,
                    GCancellable *cancellable,
                    GError **error);
  gpointer user_data;
} EkFlashReader;

gboolean ek_flash_reader_is_blank (const EkFlashReader *self,
                                   guint32 offset,
                                   guint32 size,
                                   gboolean *blank,
                                   GCancellable *cancellable,
                                   GError **error);
EkFlashReader ek_flash_reader_for_loader (EkLoader *loader);

G_END_DECLS
