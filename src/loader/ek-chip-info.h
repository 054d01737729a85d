/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was learnt of one particular chip and its flash. */
#pragma once

#include "ek-chip.h"

G_BEGIN_DECLS

#define EK_SECURITY_FLAG_SECURE_BOOT     (1u << 0)
#define EK_SECURITY_FLAG_SECURE_DOWNLOAD (1u << 2)

/**
 * EkChipInfo:
 * @revision: major * 100 + minor
 * @package: (nullable): the part's name, such as "ESP32-S3 (QFN56)"
 * @crystal_mhz: 0 if unknown
 * @flash_id: maker in the low byte, size code in the third
 * @flash_size: bytes; 0 if unknown
 * @entered_by_hand: GPIO0 was low when the chip last looked at its strapping pins
 * @from_registers: %FALSE in secure download mode, where nothing can be read
 */
typedef struct
{
  const EkChip *chip;
  gboolean from_registers;
  guint16 revision;
  const char *package;
  guint8 mac[6];
  guint8 crystal_mhz;
  guint32 security_flags;
  guint8 flash_crypt_count;
  gboolean secure_boot;
  gboolean flash_encryption;
  gboolean secure_download;
  gboolean entered_by_hand;
  guint32 flash_id;
  guint32 flash_size;
} EkChipInfo;

char *ek_chip_info_get_mac (const EkChipInfo *self);
char *ek_chip_info_get_description (const EkChipInfo *self);
gboolean ek_chip_info_is_locked (const EkChipInfo *self, const char **reason);
guint32 ek_flash_size_from_id (guint32 flash_id);
const char *ek_flash_maker_from_id (guint32 flash_id);

G_END_DECLS
