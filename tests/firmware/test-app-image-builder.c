/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer of images, held against what espflash makes of the same program. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-app-image.h"
#include "ek-bytes.h"
#include "test-files.h"

#define SHT_PROGBITS 1
#define SHF_ALLOC    2

static const EkImageOptions esp32s3 = {
  .chip_id = 9,
  .entry = 0x403768c4,
  .flash_mode = 2,
  .flash_frequency = 0,
  .flash_size = 16 * 1024 * 1024,
  .max_revision = 99,
  .mapped_start = 0x3c000000,
  .mapped_end = 0x3e000000,
  .mapped2_start = 0x42000000,
  .mapped2_end = 0x44000000,
  .mmu_page_size = 0x10000,
};

/* Just enough ELF for the one file that the test knows. */
static GArray *
sections_of_elf (GBytes *elf)
{
  const guint8 *data = g_bytes_get_data (elf, NULL);
  GArray *sections = g_array_new (FALSE, FALSE, sizeof (EkImageSection));
  guint32 headers = ek_get_u32 (data + 32);
  guint16 n = ek_get_u16 (data + 48);

  for (guint16 i = 0; i < n; i++)
    {
      const guint8 *header = data + headers + i * 40;
      guint32 size = ek_get_u32 (header + 20);
      EkImageSection section = { .address = ek_get_u32 (header + 12) };

      if (ek_get_u32 (header + 4) != SHT_PROGBITS || !(ek_get_u32 (header + 8) & SHF_ALLOC) ||
          size == 0)
        continue;

      section.data = g_bytes_new_from_bytes (elf, ek_get_u32 (header + 16), size);
      g_array_append_val (sections, section);
    }

  return sections;
}

static void
free_sections (GArray *sections)
{
  for (guint i = 0; i < sections->len; i++)
    g_bytes_unref (g_array_index (sections, EkImageSection, i).data);
  g_array_unref (sections);
}

static void
fill_in_hash (GArray *sections, GBytes *elf)
{
  for (guint i = 0; i < sections->len; i++)
    {
      EkImageSection *section = &g_array_index (sections, EkImageSection, i);
      gsize size = g_bytes_get_size (section->data);
      g_autofree guint8 *data = test_copy (section->data, 0, size);
      g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
      gsize length = 32;

      if (size < 4 || ek_get_u32 (data) != EK_APP_DESC_MAGIC)
        continue;

      g_checksum_update (checksum, g_bytes_get_data (elf, NULL), (gssize) g_bytes_get_size (elf));
      g_checksum_get_digest (checksum, data + 144, &length);
      g_bytes_unref (section->data);
      section->data = g_bytes_new_take (g_steal_pointer (&data), size);
    }
}

static void
test_same_as_espflash (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) expected = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (GBytes) image = NULL;
  g_autoptr (GError) error = NULL;
  GArray *sections = sections_of_elf (elf);

  g_assert_cmpuint (sections->len, ==, 7);
  fill_in_hash (sections, elf);
  image = ek_app_image_build ((const EkImageSection *) (gpointer) sections->data, sections->len,
                              &esp32s3, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (image, expected));
  free_sections (sections);
}

static GBytes *
filled (gsize size, guint8 value)
{
  guint8 *data = g_malloc (MAX (size, 1));

  memset (data, value, size);
  return g_bytes_new_take (data, size);
}

static GBytes *
build (const guint32 *addresses,
       const gsize *sizes,
       guint n,
       const EkImageOptions *options,
       GError **error)
{
  EkImageSection sections[20] = { 0 };
  GBytes *image;

  g_assert_cmpuint (n, <=, G_N_ELEMENTS (sections));
  for (guint i = 0; i < n; i++)
    {
      sections[i].address = addresses[i];
      sections[i].data = filled (sizes[i], (guint8) (i + 1));
    }

  image = ek_app_image_build (sections, n, options, error);
  for (guint i = 0; i < n; i++)
    g_bytes_unref (sections[i].data);
  return image;
}

static EkAppImage
build_and_parse (const guint32 *addresses, const gsize *sizes, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = build (addresses, sizes, n, &esp32s3, &error);
  EkAppImage image;

  g_assert_no_error (error);
  ek_app_image_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &image, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (image.size, ==, g_bytes_get_size (bytes));
  return image;
}

/* The loader maps a page of flash to a page of addresses. */
static void
assert_mapped_segments_aligned (const EkAppImage *image)
{
  for (guint i = 0; i < image->n_segments; i++)
    if ((image->segments[i].address >> 24) == 0x3c || (image->segments[i].address >> 24) == 0x42)
      g_assert_cmphex (image->segments[i].offset % 0x10000, ==,
                       image->segments[i].address % 0x10000);
}

static void
test_merges_sections_that_touch (void)
{
  static const guint32 addresses[] = { 0x40374404, 0x40374000, 0x40375000 };
  static const gsize sizes[] = { 0x100, 0x403, 0 };
  EkAppImage image = build_and_parse (addresses, sizes, 3);

  g_assert_cmpuint (image.n_segments, ==, 1);
  g_assert_cmphex (image.segments[0].address, ==, 0x40374000);
  g_assert_cmphex (image.segments[0].size, ==, 0x504);
}

static void
test_pads_where_nothing_fits (void)
{
  static const guint32 addresses[] = { 0x3c000020, 0x42000020 };
  static const gsize sizes[] = { 0x100, 0x100 };
  EkAppImage image = build_and_parse (addresses, sizes, 2);

  g_assert_cmpuint (image.n_segments, ==, 3);
  g_assert_cmphex (image.segments[1].address, ==, 0);
  assert_mapped_segments_aligned (&image);
}

static void
test_fills_every_gap (void)
{
  static const guint32 addresses[] = { 0x3c000020, 0x42000020, 0x40374000 };

  /* among these are gaps of 0, 4 and 8 bytes, which have no room for a header and data */
  for (gsize size = 0xff80; size <= 0x10010; size += 4)
    {
      const gsize sizes[] = { size, 0x100, 0x20 };
      EkAppImage image = build_and_parse (addresses, sizes, 3);

      assert_mapped_segments_aligned (&image);
    }
}

/* esptool and espflash want more than a header's size for a piece of RAM. */
static void
test_splits_nothing_too_small (void)
{
  static const guint32 addresses[] = { 0x3c000020, 0x42000020, 0x40374000 };
  static const gsize gap_of_8[] = { 0xffe8, 0x100, 0x20 };
  static const gsize gap_of_12[] = { 0xffe4, 0x100, 0x20 };
  EkAppImage padded = build_and_parse (addresses, gap_of_8, 3);
  EkAppImage split = build_and_parse (addresses, gap_of_12, 3);

  g_assert_cmphex (padded.segments[1].address, ==, 0);
  g_assert_cmphex (padded.segments[1].size, ==, 8);
  g_assert_cmphex (split.segments[1].address, ==, 0x40374000);
  g_assert_cmphex (split.segments[1].size, ==, 12);
  g_assert_cmphex (split.segments[3].address, ==, 0x4037400c);
}

/* On chips with one range for code and constants, code has the lower addresses. */
static void
test_puts_the_description_first (void)
{
  guint8 description[EK_APP_DESC_SIZE] = { 0 };
  EkImageSection sections[] = {
    { 0x42000020, filled (0x100, 1) },
    { 0x42010020, NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  EkAppImage image;

  ek_put_u32 (description, EK_APP_DESC_MAGIC);
  sections[1].data = g_bytes_new (description, sizeof description);
  bytes = ek_app_image_build (sections, G_N_ELEMENTS (sections), &esp32s3, &error);
  g_assert_no_error (error);
  ek_app_image_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &image, &error);
  g_assert_no_error (error);
  g_assert_true (image.has_description);
  g_assert_cmphex (image.segments[0].address, ==, 0x42010020);
  assert_mapped_segments_aligned (&image);

  g_bytes_unref (sections[0].data);
  g_bytes_unref (sections[1].data);
}

static void
assert_refused (const guint32 *addresses,
                const gsize *sizes,
                guint n,
                const EkImageOptions *options,
                EkError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = build (addresses, sizes, n, options, &error);

  g_assert_null (bytes);
  g_assert_error (error, EK_ERROR, (gint) code);
}

static void
test_refuses_bad_sections (void)
{
  static const guint32 overlapping[] = { 0x40374000, 0x40374100 };
  static const guint32 unaligned[] = { 0x40374002 };
  static const guint32 beyond[] = { 0xfffffffc };
  static const gsize sizes[] = { 0x104, 0x100 };

  assert_refused (overlapping, sizes, 2, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  assert_refused (unaligned, sizes, 1, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  assert_refused (beyond, sizes, 1, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
}

static void
test_refuses_too_many_segments (void)
{
  guint32 addresses[17];
  gsize sizes[17];
  EkAppImage image;

  for (guint i = 0; i < 17; i++)
    {
      addresses[i] = 0x40374000 + i * 0x100;
      sizes[i] = 0x10;
    }

  image = build_and_parse (addresses, sizes, 16);
  g_assert_cmpuint (image.n_segments, ==, 16);
  assert_refused (addresses, sizes, 17, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  sizes[0] = 0;
  assert_refused (addresses, sizes, 1, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
}

static void
test_refuses_sizes_of_flash (void)
{
  static const guint32 addresses[] = { 0x40374000 };
  static const gsize sizes[] = { 0x10 };
  EkImageOptions options = esp32s3;

  options.flash_size = 3 * 1024 * 1024;
  assert_refused (addresses, sizes, 1, &options, EK_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app-image/build/same-as-espflash", test_same_as_espflash);
  g_test_add_func ("/app-image/build/merges-sections-that-touch", test_merges_sections_that_touch);
  g_test_add_func ("/app-image/build/pads-where-nothing-fits", test_pads_where_nothing_fits);
  g_test_add_func ("/app-image/build/fills-every-gap", test_fills_every_gap);
  g_test_add_func ("/app-image/build/splits-nothing-too-small", test_splits_nothing_too_small);
  g_test_add_func ("/app-image/build/puts-the-description-first", test_puts_the_description_first);
  g_test_add_func ("/app-image/build/refuses-bad-sections", test_refuses_bad_sections);
  g_test_add_func ("/app-image/build/refuses-too-many-segments", test_refuses_too_many_segments);
  g_test_add_func ("/app-image/build/refuses-sizes-of-flash", test_refuses_sizes_of_flash);
  return g_test_run ();
}
