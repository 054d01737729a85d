/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a linked program to the image that a chip starts. */
#pragma once

#include "ek-app-image.h"
#include "ek-elf.h"
#include "ek-image-chip.h"

G_BEGIN_DECLS

#define EK_FLASH_MODE_DIO 2

/**
 * EkElfImageOptions:
 * @chip: (nullable): what the image is for; %NULL: what the addresses tell
 * @flash_mode: (nullable): "qio", "qout", "dio" or "dout"; %NULL: dio
 * @flash_frequency: MHz; 0: the chip's usual one (40 on the S3)
 * @flash_size: bytes; 0: 4 MiB
 * @min_revision: lowest chip revision, major * 100 + minor
 * @mmu_page_size: bytes; 0: what the app description says, else 64 KiB
 * @no_description: an app description is not missed (programs of a boot loader have none)
 *
 * All zeros are espflash's defaults.
 */
typedef struct
{
  const EkImageChip *chip;
  const char *flash_mode;
  guint flash_frequency;
  guint32 flash_size;
  guint16 min_revision;
  guint32 mmu_page_size;
  gboolean no_description;
} EkElfImageOptions;

gboolean ek_flash_mode_from_name (const char *name, guint8 *mode);
const char *ek_flash_mode_name (guint8 mode);
guint ek_elf_find_chips (EkElf *elf, const EkImageChip **chips, guint max_chips);
GBytes *ek_app_image_new_from_elf (EkElf *elf,
                                   const EkElfImageOptions *options,
                                   const EkImageChip **chip,
                                   GError **error);

G_END_DECLS
