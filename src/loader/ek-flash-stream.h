/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A range of bytes on its way to the flash, compressed in the background before its turn comes. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_TYPE_FLASH_STREAM (ek_flash_stream_get_type ())
G_DECLARE_FINAL_TYPE (EkFlashStream, ek_flash_stream, EK, FLASH_STREAM, GObject)

EkFlashStream *ek_flash_stream_new (guint32 offset, GBytes *data, gboolean compress);
guint32 ek_flash_stream_get_offset (EkFlashStream *self);
GBytes *ek_flash_stream_get_data (EkFlashStream *self);
GBytes *ek_flash_stream_wait (EkFlashStream *self, gboolean *compressed);
void ek_flash_stream_release (EkFlashStream *self);

G_END_DECLS
