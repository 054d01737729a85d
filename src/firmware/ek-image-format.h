/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of the image format that its reader and its writer share. Source: ESP-IDF
 * esp_app_format.h. Private to this folder. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_IMAGE_SEGMENT_HEADER_SIZE 8
#define EK_IMAGE_MAX_SEGMENT_SIZE    0x1000000 /* SIXTEEN_MB of esp_image_format.c */
#define EK_IMAGE_CHECKSUM_SEED       0xef
#define EK_IMAGE_CHECKSUM_ALIGN      16
#define EK_IMAGE_HASH_SIZE           32
#define EK_IMAGE_MIN_PAGE_REACH      0x24 /* less is not mapped at a segment's end on the ESP32 */
#define EK_IMAGE_FLASH_SIZES         8    /* nibbles 0 to 7: 1 MiB to 128 MiB */

guint32 ek_image_flash_size_from_nibble (guint8 nibble);
gboolean ek_image_flash_size_to_nibble (guint32 flash_size, guint8 *nibble);
guint8 ek_image_xor (const guint8 *data, gsize size);
void ek_image_sha256 (const guint8 *data, gsize size, guint8 *digest);

G_END_DECLS
