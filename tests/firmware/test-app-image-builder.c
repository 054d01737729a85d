/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer of images, with pieces made here; test-app-image-elf.c has whole programs. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-app-image.h"
#include "ek-bytes.h"
#include "test-files.h"

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

/* The linker may let a section start at an odd address right behind another. */
static void
test_merges_up_to_the_next_word (void)
{
  static const guint32 addresses[] = { 0x40374000, 0x40374101, 0x40374104 };
  static const gsize sizes[] = { 0x101, 2, 0x100 };
  static const guint32 apart[] = { 0x40374000, 0x40374008 };
  static const gsize small[] = { 3, 4 };
  EkAppImage image = build_and_parse (addresses, sizes, 3);

  g_assert_cmpuint (image.n_segments, ==, 1);
  g_assert_cmphex (image.segments[0].size, ==, 0x204);
  image = build_and_parse (apart, small, 2);
  g_assert_cmpuint (image.n_segments, ==, 2);
  g_assert_cmphex (image.segments[0].size, ==, 4);
}

/* What is mapped and what is loaded are never one segment. */
static void
test_merges_nothing_across_the_mapping (void)
{
  static const guint32 addresses[] = { 0x41ffff00, 0x42000000 };
  static const gsize sizes[] = { 0x100, 0x100 };
  EkAppImage image = build_and_parse (addresses, sizes, 2);

  g_assert_cmpuint (image.segments[0].size + image.segments[1].size, <, 0x10000);
  assert_mapped_segments_aligned (&image);
  for (guint i = 0; i < image.n_segments; i++)
    g_assert_true (image.segments[i].address != 0x41ffff00 || image.segments[i].size == 0x100);
}

/* The workaround for the ESP32's boot loader, which does not map a last page of which less than 0x24
 * bytes are used: esptool save_flash_segment(). */
static void
test_reaches_into_the_last_page (void)
{
  static const guint32 addresses[] = { 0x3c000020 };
  static const gsize sizes[] = { 0xffe0, 0xffe0 + 0x04, 0xffe0 + 0x24 };
  EkImageOptions esp32 = esp32s3;

  esp32.chip_id = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) bytes = build (addresses, &sizes[i], 1, &esp32, NULL);
      EkAppImage image = build_and_parse (addresses, &sizes[i], 1);

      g_assert_cmphex (image.segments[0].size, ==, sizes[i]);
      g_assert_true (ek_app_image_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                         &image, NULL));
      g_assert_cmphex (image.segments[0].size, ==, 0xffe0 + 0x24);
    }
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
  static const guint32 addresses[] = { 0x3c000020, 0x42000008, 0x40374000 };
  static const gsize gap_of_8[] = { 0xffd0, 0x100, 0x20 };
  static const gsize gap_of_12[] = { 0xffcc, 0x100, 0x20 };
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
  static const guint32 one_page[] = { 0x3c000020, 0x3c008000 };
  static const guint32 end_in_one_page[] = { 0x3c00ff20, 0x3c010100 };
  static const gsize sizes[] = { 0x104, 0x100 };

  assert_refused (overlapping, sizes, 2, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  assert_refused (unaligned, sizes, 1, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  assert_refused (beyond, sizes, 1, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  assert_refused (one_page, sizes, 2, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
  assert_refused (end_in_one_page, sizes, 2, &esp32s3, EK_ERROR_FIRMWARE_DAMAGED);
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
  g_test_add_func ("/app-image/build/merges-sections-that-touch", test_merges_sections_that_touch);
  g_test_add_func ("/app-image/build/merges-up-to-the-next-word", test_merges_up_to_the_next_word);
  g_test_add_func ("/app-image/build/merges-nothing-across-the-mapping",
                   test_merges_nothing_across_the_mapping);
  g_test_add_func ("/app-image/build/reaches-into-the-last-page", test_reaches_into_the_last_page);
  g_test_add_func ("/app-image/build/pads-where-nothing-fits", test_pads_where_nothing_fits);
  g_test_add_func ("/app-image/build/fills-every-gap", test_fills_every_gap);
  g_test_add_func ("/app-image/build/splits-nothing-too-small", test_splits_nothing_too_small);
  g_test_add_func ("/app-image/build/puts-the-description-first", test_puts_the_description_first);
  g_test_add_func ("/app-image/build/refuses-bad-sections", test_refuses_bad_sections);
  g_test_add_func ("/app-image/build/refuses-too-many-segments", test_refuses_too_many_segments);
  g_test_add_func ("/app-image/build/refuses-sizes-of-flash", test_refuses_sizes_of_flash);
  return g_test_run ();
}
