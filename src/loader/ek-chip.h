/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between the ESP chips, as one table row each. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EkChipField:
 * @reg: address of a register; 0 for no such field
 * @shift: lowest bit
 * @bits: width
 * @weight: shift of the value in the sum of several fields
 */
typedef struct
{
  guint32 reg;
  guint8 shift;
  guint8 bits;
  guint8 weight;
} EkChipField;

/**
 * EkChip:
 *
 * Addresses and quirks of one chip. Sources: esp-protocol facts 1.4 to 1.7; Espressif's technical
 * reference manuals.
 */
typedef struct
{
  const char *name; /* "ESP32-S3" */
  const char *id;   /* "esp32s3": command line, stub resource */
  guint16 image_chip_id;
  gboolean security_info_has_chip_id;
  gboolean has_security_info;
  guint32 magics[4]; /* at 0x40001000; 0 ends the list */
  guint32 bootloader_offset;

  guint32 mac_reg;
  EkChipField revision_major[3];
  gboolean revision_major_is_bit_count; /* ESP32: 0, 1, 3, 7 are revisions 0 to 3 */
  EkChipField revision_minor[2];
  EkChipField block_version_major; /* S3: block version 1.1 with minor 0 or 8 is chip v0.0 */
  EkChipField block_version_minor;
  EkChipField package;
  const char *packages[8];
  const char *features;
  guint8 crystal_mhz; /* 0: has to be measured */

  guint32 spi_base;
  guint8 spi_usr, spi_usr1, spi_usr2, spi_mosi_dlen, spi_miso_dlen, spi_w0;
  gboolean spi_address_msb;

  EkChipField secure_boot; /* for chips without security info */
  EkChipField flash_crypt_count;

  guint32 wdt_config0, wdt_config1, wdt_protect, wdt_key;
  guint32 swd_config, swd_auto_feed, swd_protect, swd_key;
  gboolean watchdog_reset;
  guint32 strap_reg;
  guint32 strap_boot_mask; /* set: not download mode */
  guint32 force_download_reg;
  guint32 force_download_mask;

  gboolean begin_has_encrypt_word; /* ROM's FLASH_BEGIN takes five words */
  guint32 ram_start;               /* where a program may be put: free while the ROM loader runs */
} EkChip;

const EkChip *ek_chip_find_by_image_id (guint16 image_chip_id);
const EkChip *ek_chip_find_by_magic (guint32 magic);
const EkChip *ek_chip_find_by_name (const char *name);
const EkChip *ek_chip_get_nth (guint index);

G_END_DECLS
