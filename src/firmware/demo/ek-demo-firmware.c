/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the demo firmwares: the headers, hashes and tables are real, the code between is noise that
 * compresses about as well as code does. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-demo-firmware.h"

#include "ek-app-image.h"
#include "ek-bytes.h"
#include "ek-image-format.h"
#include "ek-nvs.h"
#include "ek-partition-table.h"

#define CHIP_ID_ESP32S3 9
#define FLASH_MODE_DIO  2
#define FLASH_40_MHZ    0
#define FLASH_SIZE      (16u * 1024 * 1024)
#define APP_OFFSET      0x210000
#define NVS_OFFSET      0x9000
#define NVS_SIZE        0x200000

/* Version 0.2.0 is not 0.1.0 with a few bytes changed: a linker moves everything. */
static const struct
{
  const char *version;
  const char *date;
  const char *time;
  guint64 seed;
} releases[] = {
  { "0.1.0", "Mar  1 2025", "12:00:00", 0x9e3779b97f4a7c15 },
  { "0.2.0", "Jun  1 2025", "12:00:00", 0xc2b2ae3d27d4eb4f },
};

typedef struct
{
  guint32 address;
  guint32 size;
} Extent;

/* Addresses as in a real app and a real boot loader for the ESP32-S3. The first of an app starts
 * with its description. */
static const Extent app_extents[] = {
  { 0x3c060020, 0x16400 }, /* constants, read from flash */
  { 0x3fc94000, 0x03a00 }, /* data */
  { 0x40374000, 0x0e800 }, /* code in RAM */
  { 0x42000020, 0x26000 }, /* code, run from flash */
};

static const Extent bootloader_extents[] = {
  { 0x3fce2820, 0x13a0 },
  { 0x403c8700, 0x0d74 },
  { 0x403cb700, 0x2e00 },
};

static guint64
next_random (guint64 *state)
{
  /* xorshift64*, Vigna 2016: the same on every machine */
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * G_GUINT64_CONSTANT (2685821657736338717);
}

/* Instructions repeat with other operands: draw from a small vocabulary of words, and put one
 * fresh byte behind most of them. */
static guint8 *
make_content (guint64 seed, gsize size)
{
  guint8 vocabulary[256][3];
  guint8 *content = g_malloc (size + sizeof vocabulary[0] + 1);
  gsize position = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (vocabulary); i++)
    for (gsize j = 0; j < sizeof vocabulary[i]; j++)
      vocabulary[i][j] = (guint8) (next_random (&seed) >> 56);

  while (position < size)
    {
      guint64 random = next_random (&seed) >> 32;

      memcpy (content + position, vocabulary[random & 0xff], sizeof vocabulary[0]);
      position += sizeof vocabulary[0];
      if (random & 0x300)
        content[position++] = (guint8) (random >> 16);
    }

  return content;
}

static void
fill_description (guint8 *bytes, gsize release, const guint8 *elf_sha256)
{
  memset (bytes, 0, EK_APP_DESC_SIZE);
  ek_put_u32 (bytes, EK_APP_DESC_MAGIC);
  g_strlcpy ((char *) bytes + 16, releases[release].version, 32);
  g_strlcpy ((char *) bytes + 48, "echokit_demo", 32);
  g_strlcpy ((char *) bytes + 80, releases[release].time, 16);
  g_strlcpy ((char *) bytes + 96, releases[release].date, 16);
  g_strlcpy ((char *) bytes + 112, "v5.4.1", 32);
  memcpy (bytes + 144, elf_sha256, EK_IMAGE_HASH_SIZE);
}

static GBytes *
build_image (const EkImageSection *sections, guint n_sections, guint32 entry)
{
  const EkImageOptions options = {
    .chip_id = CHIP_ID_ESP32S3,
    .entry = entry,
    .flash_mode = FLASH_MODE_DIO,
    .flash_frequency = FLASH_40_MHZ,
    .flash_size = FLASH_SIZE,
    .max_revision = 99,
    .mapped_start = 0x3c000000,
    .mapped_end = 0x3e000000,
    .mapped2_start = 0x42000000,
    .mapped2_end = 0x44000000,
    .mmu_page_size = 0x10000,
  };
  g_autoptr (GError) error = NULL;
  GBytes *image = ek_app_image_build (sections, n_sections, &options, &error);

  g_assert_no_error (error); /* all that goes in is in this file */
  return image;
}

static void
make_sections (const Extent *extents, guint n_extents, guint64 seed, EkImageSection *sections)
{
  for (guint i = 0; i < n_extents; i++)
    {
      sections[i].address = extents[i].address;
      sections[i].data =
          g_bytes_new_take (make_content (seed + i, extents[i].size), extents[i].size);
    }
}

static void
clear_sections (EkImageSection *sections, guint n_sections)
{
  for (guint i = 0; i < n_sections; i++)
    g_bytes_unref (sections[i].data);
}

static GBytes *
make_bootloader (void)
{
  EkImageSection sections[G_N_ELEMENTS (bootloader_extents)];
  GBytes *image;

  /* one boot loader for all versions, as it is with the real ones */
  make_sections (bootloader_extents, G_N_ELEMENTS (sections), 0x2545f4914f6cdd1d, sections);
  image = build_image (sections, G_N_ELEMENTS (sections), 0x403c88f4);
  clear_sections (sections, G_N_ELEMENTS (sections));
  return image;
}

static GBytes *
make_app (gsize release)
{
  EkImageSection sections[G_N_ELEMENTS (app_extents)];
  guint8 elf_sha256[EK_IMAGE_HASH_SIZE];
  gsize size;
  g_autofree guint8 *constants = NULL;
  GBytes *image;

  make_sections (app_extents, G_N_ELEMENTS (sections), releases[release].seed, sections);

  /* There is no ELF; what identifies a build is that its hash is its own. */
  constants = g_bytes_unref_to_data (g_steal_pointer (&sections[0].data), &size);
  ek_image_sha256 (constants, size, elf_sha256);
  fill_description (constants, release, elf_sha256);
  sections[0].data = g_bytes_new_take (g_steal_pointer (&constants), size);

  image = build_image (sections, G_N_ELEMENTS (sections), 0x403768c4);
  clear_sections (sections, G_N_ELEMENTS (sections));
  return image;
}

static GBytes *
make_settings (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;
  GBytes *bytes = NULL;

  if (ek_nvs_set_string (nvs, "setting", "ssid", "Demo garden", &error) &&
      ek_nvs_set_string (nvs, "setting", "pass", "not-a-secret", &error) &&
      ek_nvs_set_string (nvs, "setting", "server_url", "ws://edge.echokit.dev/ws", &error) &&
      ek_nvs_set_int (nvs, "setting", "state", EK_NVS_U8, 0, &error))
    bytes = ek_nvs_to_bytes (nvs, NVS_SIZE, &error);

  g_assert_no_error (error);
  return bytes;
}

static void
place (GByteArray *flash, guint32 offset, GBytes *part)
{
  g_autoptr (GBytes) owned = part;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (owned, &size);

  memcpy (flash->data + offset, bytes, size);
}

/**
 * ek_demo_firmware_new:
 * @version: "0.1.0" or "0.2.0"
 * @with_settings: %TRUE to put a Wi-Fi and a server into its NVS; else that is blank
 *
 * Makes "EchoKit demo": boot loader, layout A's table and an app of about 300 KiB for an ESP32-S3
 * with 16 MB of flash, as they lie on the flash. The same bytes on every call and machine. The
 * parts pass all checks, but there is no program in them.
 *
 * Returns: (transfer full) (nullable): a merged image that ends with the app, or %NULL for another
 *   version
 */
GBytes *
ek_demo_firmware_new (const char *version, gboolean with_settings)
{
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_layout_a ();
  g_autoptr (GByteArray) flash = g_byte_array_new ();
  g_autoptr (GBytes) app = NULL;
  gsize release = 0;

  g_return_val_if_fail (version != NULL, NULL);

  while (release < G_N_ELEMENTS (releases) && strcmp (releases[release].version, version) != 0)
    release++;
  if (release == G_N_ELEMENTS (releases))
    return NULL;

  app = make_app (release);
  g_byte_array_set_size (flash, APP_OFFSET + (guint) g_bytes_get_size (app));
  memset (flash->data, 0xff, flash->len);
  place (flash, 0, make_bootloader ());
  place (flash, EK_PARTITION_TABLE_OFFSET, ek_partition_table_to_binary (table));
  if (with_settings)
    place (flash, NVS_OFFSET, make_settings ());
  place (flash, APP_OFFSET, g_steal_pointer (&app));

  return g_byte_array_free_to_bytes (g_steal_pointer (&flash));
}
