/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chips. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-chip.h"

#define RTC_WDT_KEY 0x50d83aa1u
#define SWD_KEY     0x8f1d312au
/* The SPI controller of every chip after the ESP32. */
#define SPI_OFFSETS                                                           \
  .spi_usr = 0x18, .spi_usr1 = 0x1c, .spi_usr2 = 0x20, .spi_mosi_dlen = 0x24, \
  .spi_miso_dlen = 0x28, .spi_w0 = 0x58

static const EkChip chips[] = {
  {
      .name = "ESP32",
      .id = "esp32",
      .ram_start = 0x400a8000,
      .image_chip_id = 0,
      .magics = { 0x00f01d83 },
      .bootloader_offset = 0x1000,
      .mac_reg = 0x3ff5a004,
      .revision_major = { { 0x3ff5a00c, 15, 1, 0 },
                          { 0x3ff5a014, 20, 1, 1 },
                          { 0x3ff6607c, 31, 1, 2 } },
      .revision_major_is_bit_count = TRUE,
      .revision_minor = { { 0x3ff5a014, 24, 2, 0 } },
      .package = { 0x3ff5a00c, 9, 3, 0 },
      .packages = { "ESP32-D0WDQ6", "ESP32-D0WD", "ESP32-D2WD", NULL, "ESP32-U4WDH",
                    "ESP32-PICO-D4", "ESP32-PICO-V3-02", "ESP32-D0WDR2-V3" },
      .features = "Wi-Fi, BT, Dual Core, 240MHz",
      .spi_base = 0x3ff42000,
      .spi_usr = 0x1c,
      .spi_usr1 = 0x20,
      .spi_usr2 = 0x24,
      .spi_mosi_dlen = 0x28,
      .spi_miso_dlen = 0x2c,
      .spi_w0 = 0x80,
      .spi_address_msb = TRUE,
      .secure_boot = { 0x3ff5a018, 4, 2, 0 },
      .flash_crypt_count = { 0x3ff5a000, 20, 7, 0 },
      .strap_reg = 0x3ff44038,
  },
  {
      .name = "ESP32-S2",
      .id = "esp32s2",
      .ram_start = 0x40028000,
      .image_chip_id = 2,
      .has_security_info = TRUE,
      .magics = { 0x000007c6 },
      .bootloader_offset = 0x1000,
      .mac_reg = 0x3f41a044,
      .revision_major = { { 0x3f41a050, 18, 2, 0 } },
      .revision_minor = { { 0x3f41a054, 4, 3, 0 }, { 0x3f41a050, 20, 1, 3 } },
      .package = { 0x3f41a054, 0, 4, 0 },
      .packages = { "ESP32-S2" },
      .features = "Wi-Fi, Single Core, 240MHz",
      .crystal_mhz = 40,
      .spi_base = 0x3f402000,
      SPI_OFFSETS,
      .wdt_config0 = 0x3f408094,
      .wdt_config1 = 0x3f408098,
      .wdt_protect = 0x3f4080ac,
      .wdt_key = RTC_WDT_KEY,
      .watchdog_reset = TRUE,
      .strap_reg = 0x3f404038,
      .strap_boot_mask = 1u << 3,
      .force_download_reg = 0x3f408128,
      .force_download_mask = 1,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-S3",
      .id = "esp32s3",
      .ram_start = 0x40378000,
      .image_chip_id = 9,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0x00000009 },
      .bootloader_offset = 0x0,
      .mac_reg = 0x60007044,
      .revision_major = { { 0x60007058, 24, 2, 0 } },
      .revision_minor = { { 0x60007050, 18, 3, 0 }, { 0x60007058, 23, 1, 3 } },
      .block_version_major = { 0x6000706c, 0, 2, 0 },
      .block_version_minor = { 0x60007050, 24, 3, 0 },
      .package = { 0x60007050, 21, 3, 0 },
      .packages = { "ESP32-S3 (QFN56)", "ESP32-S3-PICO-1 (LGA56)" },
      .features = "Wi-Fi, BT 5 (LE), Dual Core + LP Core, 240MHz",
      .crystal_mhz = 40,
      .spi_base = 0x60002000,
      SPI_OFFSETS,
      .wdt_config0 = 0x60008098,
      .wdt_config1 = 0x6000809c,
      .wdt_protect = 0x600080b0,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x600080b4,
      .swd_auto_feed = 1u << 31,
      .swd_protect = 0x600080b8,
      .swd_key = SWD_KEY,
      .watchdog_reset = TRUE,
      .strap_reg = 0x60004038,
      .strap_boot_mask = 1u << 3,
      .force_download_reg = 0x6000812c,
      .force_download_mask = 1,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-C2",
      .id = "esp32c2",
      .ram_start = 0x40380000,
      .image_chip_id = 12,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0x6f51306f, 0x7c41a06f, 0x0c21e06f },
      .bootloader_offset = 0x0,
      .mac_reg = 0x60008840,
      .revision_major = { { 0x60008844, 20, 2, 0 } },
      .revision_minor = { { 0x60008844, 16, 4, 0 } },
      .package = { 0x60008844, 22, 3, 0 },
      .packages = { "ESP32-C2", "ESP8684H" },
      .features = "Wi-Fi, BT 5 (LE), Single Core, 120MHz",
      .spi_base = 0x60002000,
      SPI_OFFSETS,
      .wdt_config0 = 0x60008084,
      .wdt_config1 = 0x60008088,
      .wdt_protect = 0x6000809c,
      .wdt_key = RTC_WDT_KEY,
      .watchdog_reset = TRUE,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-C3",
      .id = "esp32c3",
      .ram_start = 0x40380000,
      .image_chip_id = 5,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0x6921506f, 0x1b31506f, 0x4881606f, 0x4361606f },
      .bootloader_offset = 0x0,
      .mac_reg = 0x60008844,
      .revision_major = { { 0x60008858, 24, 2, 0 } },
      .revision_minor = { { 0x60008850, 18, 3, 0 }, { 0x60008858, 23, 1, 3 } },
      .package = { 0x60008850, 21, 3, 0 },
      .packages = { "ESP32-C3 (QFN32)", "ESP8685 (QFN28)", "ESP32-C3 AZ (QFN32)",
                    "ESP8686 (QFN24)" },
      .features = "Wi-Fi, BT 5 (LE), Single Core, 160MHz",
      .crystal_mhz = 40,
      .spi_base = 0x60002000,
      SPI_OFFSETS,
      .wdt_config0 = 0x60008090,
      .wdt_config1 = 0x60008094,
      .wdt_protect = 0x600080a8,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x600080ac,
      .swd_auto_feed = 1u << 31,
      .swd_protect = 0x600080b0,
      .swd_key = SWD_KEY,
      .watchdog_reset = TRUE,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-C5",
      .id = "esp32c5",
      .ram_start = 0x40800000,
      .image_chip_id = 23,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0x1101406f, 0x63e1406f, 0x5fd1406f, 0x30e1706f },
      .bootloader_offset = 0x2000,
      .mac_reg = 0x600b4844,
      .revision_major = { { 0x600b484c, 4, 2, 0 } },
      .revision_minor = { { 0x600b484c, 0, 4, 0 } },
      .package = { 0x600b484c, 26, 3, 0 },
      .packages = { "ESP32-C5" },
      .features = "Wi-Fi 6 (dual-band), BT 5 (LE), IEEE802.15.4, Single Core + LP Core, 240MHz",
      .spi_base = 0x60003000,
      SPI_OFFSETS,
      .wdt_config0 = 0x600b1c00,
      .wdt_config1 = 0x600b1c04,
      .wdt_protect = 0x600b1c18,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x600b1c1c,
      .swd_auto_feed = 1u << 18,
      .swd_protect = 0x600b1c20,
      .swd_key = RTC_WDT_KEY,
      .watchdog_reset = TRUE,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-C6",
      .id = "esp32c6",
      .ram_start = 0x40800000,
      .image_chip_id = 13,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0x2ce0806f },
      .bootloader_offset = 0x0,
      .mac_reg = 0x600b0844,
      .revision_major = { { 0x600b0850, 22, 2, 0 } },
      .revision_minor = { { 0x600b0850, 18, 4, 0 } },
      .package = { 0x600b0850, 24, 3, 0 },
      .packages = { "ESP32-C6 (QFN40)", "ESP32-C6FH4 (QFN32)" },
      .features = "Wi-Fi 6, BT 5 (LE), IEEE802.15.4, Single Core + LP Core, 160MHz",
      .crystal_mhz = 40,
      .spi_base = 0x60003000,
      SPI_OFFSETS,
      .wdt_config0 = 0x600b1c00,
      .wdt_config1 = 0x600b1c04,
      .wdt_protect = 0x600b1c18,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x600b1c1c,
      .swd_auto_feed = 1u << 18,
      .swd_protect = 0x600b1c20,
      .swd_key = RTC_WDT_KEY,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-C61",
      .id = "esp32c61",
      .ram_start = 0x40800000,
      .image_chip_id = 20,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0 },
      .bootloader_offset = 0x0,
      .mac_reg = 0x600b4844,
      .revision_major = { { 0x600b484c, 4, 2, 0 } },
      .revision_minor = { { 0x600b484c, 0, 4, 0 } },
      .package = { 0x600b484c, 26, 3, 0 },
      .packages = { "ESP32-C61" },
      .features = "Wi-Fi 6, BT 5 (LE), Single Core, 160MHz",
      .crystal_mhz = 40,
      .spi_base = 0x60003000,
      SPI_OFFSETS,
      .wdt_config0 = 0x600b1c00,
      .wdt_config1 = 0x600b1c04,
      .wdt_protect = 0x600b1c18,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x600b1c1c,
      .swd_auto_feed = 1u << 18,
      .swd_protect = 0x600b1c20,
      .swd_key = RTC_WDT_KEY,
      .watchdog_reset = TRUE,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-H2",
      .id = "esp32h2",
      .ram_start = 0x40800000,
      .image_chip_id = 16,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0xd7b73e80, 0x97e30068 },
      .bootloader_offset = 0x0,
      .mac_reg = 0x600b0844,
      .revision_major = { { 0x600b0850, 21, 2, 0 } },
      .revision_minor = { { 0x600b0850, 18, 3, 0 } },
      .package = { 0x600b0854, 0, 3, 0 },
      .packages = { "ESP32-H2" },
      .features = "BT 5 (LE), IEEE802.15.4, Single Core, 96MHz",
      .crystal_mhz = 32,
      .spi_base = 0x60003000,
      SPI_OFFSETS,
      .wdt_config0 = 0x600b1c00,
      .wdt_config1 = 0x600b1c04,
      .wdt_protect = 0x600b1c1c,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x600b1c20,
      .swd_auto_feed = 1u << 18,
      .swd_protect = 0x600b1c24,
      .swd_key = RTC_WDT_KEY,
      .begin_has_encrypt_word = TRUE,
  },
  {
      .name = "ESP32-P4",
      .id = "esp32p4",
      .image_chip_id = 18,
      .has_security_info = TRUE,
      .security_info_has_chip_id = TRUE,
      .magics = { 0x0addbad0, 0x07039ad9 },
      .bootloader_offset = 0x2000,
      .mac_reg = 0x5012d044,
      .revision_major = { { 0x5012d04c, 4, 2, 0 }, { 0x5012d04c, 23, 1, 2 } },
      .revision_minor = { { 0x5012d04c, 0, 4, 0 } },
      .package = { 0x5012d04c, 20, 3, 0 },
      .packages = { "ESP32-P4" },
      .features = "Dual Core + LP Core, 400MHz",
      .crystal_mhz = 40,
      .spi_base = 0x5008d000,
      SPI_OFFSETS,
      .wdt_config0 = 0x50116000,
      .wdt_config1 = 0x50116004,
      .wdt_protect = 0x50116018,
      .wdt_key = RTC_WDT_KEY,
      .swd_config = 0x5011601c,
      .swd_auto_feed = 1u << 18,
      .swd_protect = 0x50116020,
      .swd_key = RTC_WDT_KEY,
      .watchdog_reset = TRUE,
      .strap_reg = 0x500e0038,
      .strap_boot_mask = 1u << 3,
      .force_download_reg = 0x50110008,
      .force_download_mask = 1u << 2,
      .begin_has_encrypt_word = TRUE,
  },
};

/**
 * ek_chip_find_by_image_id:
 * @image_chip_id: as images and GET_SECURITY_INFO have it
 *
 * Returns: (nullable) (transfer none)
 */
const EkChip *
ek_chip_find_by_image_id (guint16 image_chip_id)
{
  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    if (chips[i].image_chip_id == image_chip_id)
      return &chips[i];

  return NULL;
}

/**
 * ek_chip_find_by_magic:
 * @magic: the word at 0x40001000
 *
 * Returns: (nullable) (transfer none)
 */
const EkChip *
ek_chip_find_by_magic (guint32 magic)
{
  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    for (guint j = 0; j < G_N_ELEMENTS (chips[i].magics) && chips[i].magics[j] != 0; j++)
      if (chips[i].magics[j] == magic)
        return &chips[i];

  return NULL;
}

/* "ESP32-S3", "esp32s3" and "esp32-s3" are one name. */
static gboolean
names_match (const char *a, const char *b)
{
  while (TRUE)
    {
      while (*a == '-' || *a == '_')
        a++;
      while (*b == '-' || *b == '_')
        b++;
      if (g_ascii_tolower (*a) != g_ascii_tolower (*b))
        return FALSE;
      if (*a == '\0')
        return TRUE;
      a++;
      b++;
    }
}

/**
 * ek_chip_find_by_name:
 * @name: in any of the spellings people use
 *
 * Returns: (nullable) (transfer none)
 */
const EkChip *
ek_chip_find_by_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    if (names_match (chips[i].id, name))
      return &chips[i];

  return NULL;
}

/**
 * ek_chip_get_nth:
 *
 * Returns: (nullable) (transfer none): the chips one after the other, %NULL after the last
 */
const EkChip *
ek_chip_get_nth (guint index)
{
  return index < G_N_ELEMENTS (chips) ? &chips[index] : NULL;
}
