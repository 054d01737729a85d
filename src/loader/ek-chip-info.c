/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and figures made of what was read off a chip. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-chip-info.h"

/* JEDEC manufacturer ids of the flash chips found beside ESP32s. */
static const struct
{
  guint8 id;
  const char *name;
} makers[] = {
  { 0x0b, "XTX" },        { 0x1c, "EON" },   { 0x1f, "Adesto" }, { 0x20, "XMC" },
  { 0x46, "ESP" },        { 0x5e, "Zbit" },  { 0x68, "Boya" },   { 0x85, "Puya" },
  { 0x9d, "ISSI" },       { 0xa1, "Fudan" }, { 0xba, "Zetta" },  { 0xc2, "Macronix" },
  { 0xc8, "GigaDevice" }, { 0xcd, "TH" },    { 0xd8, "Zhuhai" }, { 0xef, "Winbond" },
  { 0xf8, "Fidelix" },
};

#define ADESTO_MAKER 0x1f

/**
 * ek_chip_info_get_mac:
 *
 * Returns: (transfer full): "aa:bb:cc:dd:ee:ff"
 */
char *
ek_chip_info_get_mac (const EkChipInfo *self)
{
  return g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", self->mac[0], self->mac[1], self->mac[2],
                          self->mac[3], self->mac[4], self->mac[5]);
}

/**
 * ek_chip_info_get_description:
 *
 * Returns: (transfer full): such as "ESP32-S3 (revision v0.2)"
 */
char *
ek_chip_info_get_description (const EkChipInfo *self)
{
  if (!self->from_registers)
    return g_strdup (self->chip->name);

  return g_strdup_printf ("%s (revision v%u.%u)", self->chip->name, self->revision / 100,
                          self->revision % 100);
}

/**
 * ek_chip_info_is_locked:
 * @reason: (out) (optional) (transfer none): which lock, in technical words
 *
 * A locked chip can be made useless by a write; nothing of ours writes to it.
 */
gboolean
ek_chip_info_is_locked (const EkChipInfo *self, const char **reason)
{
  const char *why = NULL;

  if (self->secure_download)
    why = "secure download mode is on";
  else if (self->flash_encryption)
    why = "flash encryption is on";
  else if (self->secure_boot)
    why = "secure boot is on";

  if (reason != NULL)
    *reason = why;
  return why != NULL;
}

/**
 * ek_flash_size_from_id:
 * @flash_id: answer to RDID, maker in the low byte
 *
 * Source: JEDEC; esp-protocol facts 1.6.
 *
 * Returns: bytes; 0 if the size code is not known
 */
guint32
ek_flash_size_from_id (guint32 flash_id)
{
  guint8 code = (flash_id >> 16) & 0xff;

  if ((flash_id & 0xff) == ADESTO_MAKER)
    {
      code = (flash_id >> 8) & 0x1f;
      return code >= 0x04 && code <= 0x09 ? 1u << (code + 15) : 0;
    }
  if (code >= 0x12 && code <= 0x1c)
    return 1u << code;
  if (code >= 0x20 && code <= 0x22)
    return 1u << (code - 0x20 + 26);
  if (code >= 0x32 && code <= 0x3a)
    return 1u << (code - 0x20);

  return 0;
}

/**
 * ek_flash_maker_from_id:
 *
 * Returns: (nullable) (transfer none): the maker's name
 */
const char *
ek_flash_maker_from_id (guint32 flash_id)
{
  for (guint i = 0; i < G_N_ELEMENTS (makers); i++)
    if (makers[i].id == (flash_id & 0xff))
      return makers[i].name;

  return NULL;
}
