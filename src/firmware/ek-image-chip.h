/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What making an image has to know of each chip: its memory, its flash mapping, its header fields. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 start;
  guint32 end; /* exclusive; 0: no range */
} EkAddressRange;

/**
 * EkImageChip:
 * @name: "ESP32-S3"
 * @id: "esp32s3"
 * @machine: of its ELF files
 * @max_revision: what ESP-IDF writes by itself; 65535 where it has changed between versions
 * @mapped: addresses that are read from flash
 * @memory: addresses into which a segment may be loaded
 * @page_sizes: of the flash mapping, in bytes, largest first
 * @frequencies: MHz of the flash for the header's nibbles 0, 1, 2 and 15
 */
typedef struct
{
  const char *name;
  const char *id;
  guint16 image_chip_id;
  guint16 machine;
  guint16 max_revision;
  EkAddressRange mapped[2];
  EkAddressRange memory[5];
  guint32 page_sizes[4];
  guint8 frequencies[4];
} EkImageChip;

const EkImageChip *ek_image_chip_get_nth (guint index);
const EkImageChip *ek_image_chip_find_by_image_id (guint16 image_chip_id);
const EkImageChip *ek_image_chip_find_by_name (const char *name);
gboolean ek_image_chip_is_mapped (const EkImageChip *self, guint32 address);
gboolean ek_image_chip_holds (const EkImageChip *self, guint32 address, guint32 size);
gboolean ek_image_chip_has_page_size (const EkImageChip *self, guint32 page_size);
gboolean
ek_image_chip_frequency_to_nibble (const EkImageChip *self, guint megahertz, guint8 *nibble);

G_END_DECLS
