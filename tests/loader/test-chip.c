/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the chip table against the figures of esp-protocol facts 1.4, 1.5 and 1.7. */
#include "config.h"

#include "ek-chip-info.h"

/* Facts 1.4 and 1.5; MAC registers are EFUSE_BASE plus the offset given there. Magics that are 0 or
 * stand for an ESP8266 tell nothing. */
static const struct
{
  const char *name;
  const char *id;
  guint16 image_chip_id;
  guint32 magics[4];
  guint32 bootloader_offset;
  guint8 crystal_mhz;
  guint32 mac_reg;
  guint32 spi_base;
  guint8 spi_usr, spi_w0;
} facts[] = {
  { "ESP32", "esp32", 0, { 0x00f01d83 }, 0x1000, 0, 0x3ff5a004, 0x3ff42000, 0x1c, 0x80 },
  { "ESP32-S2", "esp32s2", 2, { 0x000007c6 }, 0x1000, 40, 0x3f41a044, 0x3f402000, 0x18, 0x58 },
  { "ESP32-C3",
    "esp32c3",
    5,
    { 0x6921506f, 0x1b31506f, 0x4881606f, 0x4361606f },
    0,
    40,
    0x60008844,
    0x60002000,
    0x18,
    0x58 },
  { "ESP32-S3", "esp32s3", 9, { 0x00000009 }, 0, 40, 0x60007044, 0x60002000, 0x18, 0x58 },
  { "ESP32-C2",
    "esp32c2",
    12,
    { 0x6f51306f, 0x7c41a06f, 0x0c21e06f },
    0,
    0,
    0x60008840,
    0x60002000,
    0x18,
    0x58 },
  { "ESP32-C6", "esp32c6", 13, { 0x2ce0806f }, 0, 40, 0x600b0844, 0x60003000, 0x18, 0x58 },
  { "ESP32-H2",
    "esp32h2",
    16,
    { 0xd7b73e80, 0x97e30068 },
    0,
    32,
    0x600b0844,
    0x60003000,
    0x18,
    0x58 },
  { "ESP32-P4",
    "esp32p4",
    18,
    { 0x0addbad0, 0x07039ad9 },
    0x2000,
    40,
    0x5012d044,
    0x5008d000,
    0x18,
    0x58 },
  { "ESP32-C61", "esp32c61", 20, { 0 }, 0, 40, 0x600b4844, 0x60003000, 0x18, 0x58 },
  { "ESP32-C5",
    "esp32c5",
    23,
    { 0x1101406f, 0x63e1406f, 0x5fd1406f, 0x30e1706f },
    0x2000,
    0,
    0x600b4844,
    0x60003000,
    0x18,
    0x58 },
};

static void
test_has_the_figures_of_every_chip (void)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      const EkChip *chip = ek_chip_find_by_image_id (facts[i].image_chip_id);

      g_test_message ("%s", facts[i].name);
      g_assert_nonnull (chip);
      g_assert_cmpstr (chip->name, ==, facts[i].name);
      g_assert_cmpstr (chip->id, ==, facts[i].id);
      g_assert_cmphex (chip->bootloader_offset, ==, facts[i].bootloader_offset);
      g_assert_cmphex (chip->mac_reg, ==, facts[i].mac_reg);
      g_assert_cmphex (chip->spi_base, ==, facts[i].spi_base);
      g_assert_cmphex (chip->spi_usr, ==, facts[i].spi_usr);
      g_assert_cmphex (chip->spi_w0, ==, facts[i].spi_w0);
      /* ESP32 and C2 are measured, the C5 has two kinds */
      if (facts[i].crystal_mhz != 0)
        g_assert_cmpuint (chip->crystal_mhz, ==, facts[i].crystal_mhz);
      for (guint j = 0; j < G_N_ELEMENTS (facts[i].magics) && facts[i].magics[j] != 0; j++)
        g_assert_true (ek_chip_find_by_magic (facts[i].magics[j]) == chip);
    }

  while (ek_chip_get_nth (n) != NULL)
    n++;
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (facts));
  g_assert_null (ek_chip_get_nth (n + 1));
}

static void
test_puts_the_spi_registers_where_they_are (void)
{
  for (guint i = 0; ek_chip_get_nth (i) != NULL; i++)
    {
      const EkChip *chip = ek_chip_get_nth (i);
      gboolean first = chip->image_chip_id == 0;

      g_assert_cmphex (chip->spi_usr1, ==, first ? 0x20 : 0x1c);
      g_assert_cmphex (chip->spi_usr2, ==, first ? 0x24 : 0x20);
      g_assert_cmphex (chip->spi_mosi_dlen, ==, first ? 0x28 : 0x24);
      g_assert_cmphex (chip->spi_miso_dlen, ==, first ? 0x2c : 0x28);
    }
}

static void
test_knows_who_tells_security_info (void)
{
  /* Facts 1.2: not the ESP32; the S2 without a chip id. */
  for (guint i = 0; ek_chip_get_nth (i) != NULL; i++)
    {
      const EkChip *chip = ek_chip_get_nth (i);

      g_assert_cmpint (chip->has_security_info, ==, chip->image_chip_id != 0);
      g_assert_cmpint (chip->security_info_has_chip_id, ==,
                       chip->image_chip_id != 0 && chip->image_chip_id != 2);
      g_assert_cmpint (chip->begin_has_encrypt_word, ==, chip->image_chip_id != 0);
    }
}

static void
assert_field (const EkChipField *field, guint32 reg, guint shift, guint bits, guint weight)
{
  g_assert_cmphex (field->reg, ==, reg);
  g_assert_cmpuint (field->shift, ==, shift);
  g_assert_cmpuint (field->bits, ==, bits);
  g_assert_cmpuint (field->weight, ==, weight);
}

/* Facts 1.5: words of eFuse BLOCK1 (EFUSE_BASE + 0x44) and BLOCK2 */
static void
test_finds_the_revision (void)
{
  const EkChip *s3 = ek_chip_find_by_name ("esp32s3");
  const EkChip *c3 = ek_chip_find_by_name ("esp32c3");
  const EkChip *c2 = ek_chip_find_by_name ("esp32c2");
  const EkChip *c6 = ek_chip_find_by_name ("esp32c6");
  const EkChip *h2 = ek_chip_find_by_name ("esp32h2");
  const EkChip *s2 = ek_chip_find_by_name ("esp32s2");

  assert_field (&s3->revision_minor[0], 0x60007044 + 4 * 3, 18, 3, 0);
  assert_field (&s3->revision_minor[1], 0x60007044 + 4 * 5, 23, 1, 3);
  assert_field (&s3->revision_major[0], 0x60007044 + 4 * 5, 24, 2, 0);
  assert_field (&s3->block_version_major, 0x6000705c + 4 * 4, 0, 2, 0);
  assert_field (&s3->block_version_minor, 0x60007044 + 4 * 3, 24, 3, 0);
  assert_field (&s3->package, 0x60007044 + 4 * 3, 21, 3, 0);
  g_assert_cmpstr (s3->packages[0], ==, "ESP32-S3 (QFN56)");
  g_assert_cmpstr (s3->packages[1], ==, "ESP32-S3-PICO-1 (LGA56)");

  assert_field (&c3->revision_minor[0], 0x60008844 + 4 * 3, 18, 3, 0);
  assert_field (&c3->revision_minor[1], 0x60008844 + 4 * 5, 23, 1, 3);
  assert_field (&c3->revision_major[0], 0x60008844 + 4 * 5, 24, 2, 0);
  assert_field (&c2->revision_minor[0], 0x60008840 + 4 * 1, 16, 4, 0);
  assert_field (&c2->revision_major[0], 0x60008840 + 4 * 1, 20, 2, 0);
  assert_field (&c2->package, 0x60008840 + 4 * 1, 22, 3, 0);
  assert_field (&c6->revision_minor[0], 0x600b0844 + 4 * 3, 18, 4, 0);
  assert_field (&c6->revision_major[0], 0x600b0844 + 4 * 3, 22, 2, 0);
  assert_field (&c6->package, 0x600b0844 + 4 * 3, 24, 3, 0);
  assert_field (&h2->revision_minor[0], 0x600b0844 + 4 * 3, 18, 3, 0);
  assert_field (&h2->revision_major[0], 0x600b0844 + 4 * 3, 21, 2, 0);
  assert_field (&s2->revision_major[0], 0x3f41a044 + 4 * 3, 18, 2, 0);
  assert_field (&s2->revision_minor[0], 0x3f41a044 + 4 * 4, 4, 3, 0);
  assert_field (&s2->revision_minor[1], 0x3f41a044 + 4 * 3, 20, 1, 3);
}

/* Facts 1.7 */
static void
test_knows_the_watchdogs (void)
{
  const EkChip *s3 = ek_chip_find_by_name ("esp32s3");
  const EkChip *c3 = ek_chip_find_by_name ("esp32c3");

  g_assert_cmphex (s3->wdt_protect, ==, 0x600080b0);
  g_assert_cmphex (s3->wdt_key, ==, 0x50d83aa1);
  g_assert_cmphex (s3->wdt_config0, ==, 0x60008098);
  g_assert_cmphex (s3->wdt_config1, ==, 0x6000809c);
  g_assert_cmphex (s3->swd_protect, ==, 0x600080b8);
  g_assert_cmphex (s3->swd_key, ==, 0x8f1d312a);
  g_assert_cmphex (s3->swd_config, ==, 0x600080b4);
  g_assert_cmphex (s3->swd_auto_feed, ==, 1u << 31);
  g_assert_cmphex (s3->strap_reg, ==, 0x60004038);
  g_assert_cmphex (s3->strap_boot_mask, ==, 1u << 3);
  g_assert_cmphex (s3->force_download_reg, ==, 0x6000812c);
  g_assert_cmphex (s3->force_download_mask, ==, 1);

  g_assert_cmphex (c3->wdt_config0, ==, 0x60008090);
  g_assert_cmphex (c3->wdt_config1, ==, 0x60008094);
  g_assert_cmphex (c3->wdt_protect, ==, 0x600080a8);
  g_assert_cmphex (c3->swd_config, ==, 0x600080ac);
  g_assert_cmphex (c3->swd_protect, ==, 0x600080b0);
}

static void
test_resets_by_watchdog_where_that_works (void)
{
  static const char *const can[] = { "esp32s2", "esp32s3", "esp32c3", "esp32p4" };
  static const char *const cannot[] = { "esp32", "esp32c6", "esp32h2" };

  for (guint i = 0; i < G_N_ELEMENTS (can); i++)
    {
      const EkChip *chip = ek_chip_find_by_name (can[i]);

      g_assert_true (chip->watchdog_reset);
      g_assert_true (chip->wdt_config0 != 0 && chip->wdt_config1 != 0 && chip->wdt_protect != 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (cannot); i++)
    g_assert_false (ek_chip_find_by_name (cannot[i])->watchdog_reset);
}

static void
test_finds_chips_by_every_spelling (void)
{
  static const char *const s3[] = { "esp32s3",  "ESP32S3",  "ESP32-S3", "esp32-s3",
                                    "esp32_s3", "Esp32-S3", "esp-32s3" };
  static const char *const none[] = { "",   "esp", "esp32s",   "esp32s33", "esp8266",
                                      "s3", "-",   "esp32 s3", "esp32-s3 " };

  for (guint i = 0; i < G_N_ELEMENTS (s3); i++)
    {
      g_test_message ("%s", s3[i]);
      g_assert_cmpstr (ek_chip_find_by_name (s3[i])->id, ==, "esp32s3");
    }
  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_test_message ("“%s”", none[i]);
      g_assert_null (ek_chip_find_by_name (none[i]));
    }
  for (guint i = 0; ek_chip_get_nth (i) != NULL; i++)
    {
      const EkChip *chip = ek_chip_get_nth (i);

      g_assert_true (ek_chip_find_by_name (chip->name) == chip);
      g_assert_true (ek_chip_find_by_name (chip->id) == chip);
    }
}

static void
test_does_not_know_strangers (void)
{
  g_assert_null (ek_chip_find_by_magic (0));
  g_assert_null (ek_chip_find_by_magic (0xfff0c101)); /* ESP8266 */
  g_assert_null (ek_chip_find_by_image_id (0xffff));
  g_assert_null (ek_chip_find_by_image_id (1));
}

/* Facts 1.6; the last rows are what a bus without a chip reads as. */
static void
test_tells_the_size_of_the_flash (void)
{
  static const struct
  {
    guint32 id;
    guint32 size;
  } rows[] = {
    { 0x1240c8, 256u << 10 }, { 0x1340c8, 512u << 10 }, { 0x1440ef, 1u << 20 },
    { 0x1540ef, 2u << 20 },   { 0x1640ef, 4u << 20 },   { 0x1740ef, 8u << 20 },
    { 0x1840ef, 16u << 20 },  { 0x18609d, 16u << 20 },  { 0x1940ef, 32u << 20 },
    { 0x1a40ef, 64u << 20 },  { 0x1b40ef, 128u << 20 }, { 0x2040ef, 64u << 20 },
    { 0x2140ef, 128u << 20 }, { 0x3240c8, 256u << 10 }, { 0x3a40c8, 64u << 20 },
    { 0x01041f, 512u << 10 }, { 0x01091f, 16u << 20 },  { 0xffffff, 0 },
    { 0x000000, 0 },          { 0xffff3f, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%06x", rows[i].id);
      g_assert_cmphex (ek_flash_size_from_id (rows[i].id), ==, rows[i].size);
    }
  /* no code makes a size that cannot be */
  for (guint32 id = 0; id < 0x1000000; id += 0x101)
    {
      guint32 size = ek_flash_size_from_id (id);

      g_assert_true (size == 0 || (size >= 256u << 10 && (size & (size - 1)) == 0));
    }
}

static void
test_says_what_is_locked (void)
{
  const char *reason;
  EkChipInfo info = { .chip = ek_chip_find_by_name ("esp32s3") };

  g_assert_false (ek_chip_info_is_locked (&info, &reason));
  g_assert_null (reason);
  info.secure_boot = TRUE;
  g_assert_true (ek_chip_info_is_locked (&info, &reason));
  g_assert_nonnull (strstr (reason, "secure boot"));
  info.flash_encryption = TRUE;
  g_assert_true (ek_chip_info_is_locked (&info, &reason));
  g_assert_nonnull (strstr (reason, "encryption"));
  info.secure_download = TRUE;
  g_assert_true (ek_chip_info_is_locked (&info, &reason));
  g_assert_nonnull (strstr (reason, "secure download"));
  g_assert_true (ek_chip_info_is_locked (&info, NULL));
}

static void
test_words_a_chip (void)
{
  EkChipInfo info = { .chip = ek_chip_find_by_name ("esp32s3"),
                      .from_registers = TRUE,
                      .revision = 2,
                      .mac = { 0x98, 0xa3, 0x16, 0xe5, 0xd8, 0x4a } };
  g_autofree char *mac = ek_chip_info_get_mac (&info);
  g_autofree char *description = ek_chip_info_get_description (&info);
  g_autofree char *blind = NULL;

  g_assert_cmpstr (mac, ==, "98:a3:16:e5:d8:4a");
  g_assert_cmpstr (description, ==, "ESP32-S3 (revision v0.2)");
  info.from_registers = FALSE;
  blind = ek_chip_info_get_description (&info);
  g_assert_cmpstr (blind, ==, "ESP32-S3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chip/has-the-figures-of-every-chip", test_has_the_figures_of_every_chip);
  g_test_add_func ("/chip/puts-the-spi-registers-where-they-are",
                   test_puts_the_spi_registers_where_they_are);
  g_test_add_func ("/chip/knows-who-tells-security-info", test_knows_who_tells_security_info);
  g_test_add_func ("/chip/finds-the-revision", test_finds_the_revision);
  g_test_add_func ("/chip/knows-the-watchdogs", test_knows_the_watchdogs);
  g_test_add_func ("/chip/resets-by-watchdog-where-that-works",
                   test_resets_by_watchdog_where_that_works);
  g_test_add_func ("/chip/finds-chips-by-every-spelling", test_finds_chips_by_every_spelling);
  g_test_add_func ("/chip/does-not-know-strangers", test_does_not_know_strangers);
  g_test_add_func ("/chip/tells-the-size-of-the-flash", test_tells_the_size_of_the_flash);
  g_test_add_func ("/chip/says-what-is-locked", test_says_what_is_locked);
  g_test_add_func ("/chip/words-a-chip", test_words_a_chip);

  return g_test_run ();
}
