/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bundles from the published firmware, from parts, and from what is no firmware at all. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bundle.h"
#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "test-files.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#define APP_OFFSET   0x210000
#define APP_SIZE     2774240
#define TABLE_OFFSET 0x8000
#define NVS_OFFSET   0x9000

typedef struct
{
  const char *name;
  EkSegmentKind kind;
  guint32 offset;
  gsize size;
} Expected;

static char *folder;

static EkBundle *
bundle_from (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (bytes, "test.bin", &error);

  g_assert_no_error (error);
  return bundle;
}

static void
assert_refused (const guint8 *data, gsize size, EkError code, const char *word)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_bundle_new_from_bytes (bytes, "test.bin", &error));
  g_assert_error (error, EK_ERROR, (gint) code);
  if (word != NULL && strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

static void
assert_segments (EkBundle *bundle, const Expected *expected, guint n)
{
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, n);
  for (guint i = 0; i < n; i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (bundle, i);

      g_assert_cmpstr (segment->name, ==, expected[i].name);
      g_assert_cmpint (segment->kind, ==, expected[i].kind);
      g_assert_cmphex (segment->offset, ==, expected[i].offset);
      g_assert_cmpuint (g_bytes_get_size (segment->data), ==, expected[i].size);
    }
}

static GBytes *
demo (gboolean with_settings)
{
  return ek_demo_firmware_new ("0.1.0", with_settings);
}

static guint8 *
demo_copy (gsize *size)
{
  g_autoptr (GBytes) bytes = demo (FALSE);

  *size = g_bytes_get_size (bytes);
  return test_copy (bytes, 0, *size);
}

/* --- merged images */

static void
test_splits_the_published_image (void)
{
  static const Expected expected[] = {
    { "bootloader", EK_SEGMENT_BOOTLOADER, 0x0, 0x5070 },
    { "partition-table", EK_SEGMENT_PARTITION_TABLE, TABLE_OFFSET, 0xc00 },
    { "factory", EK_SEGMENT_APP, APP_OFFSET, APP_SIZE },
  };
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards.bin");
  g_autoptr (GBytes) app = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (EkBundle) bundle = bundle_from (bytes);
  guint16 chip_id;

  assert_segments (bundle, expected, G_N_ELEMENTS (expected));
  g_assert_true (g_bytes_equal (ek_bundle_get_segment (bundle, 2)->data, app));
  g_assert_true (ek_bundle_get_segment (bundle, 0)->padded);
  g_assert_true (ek_bundle_is_merged (bundle));
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "v0.3.1");
  g_assert_cmpstr (ek_bundle_get_board (bundle), ==, "echokit-diy");
  g_assert_true (ek_bundle_get_chip_id (bundle, &chip_id));
  g_assert_cmpuint (chip_id, ==, 9);
  g_assert_cmpstr (ek_partition_table_get_layout (ek_bundle_get_table (bundle)), ==, "A");
  g_assert_cmphex (ek_bundle_get_bootloader (bundle)->size, ==, 0x5070);
  g_assert_cmpuint (ek_bundle_get_total_size (bundle), ==, 0x5070 + 0xc00 + APP_SIZE);
}

/* sha256sum of echokit_boards-app.bin, from shared/firmware/SHA256SUMS */
static void
test_hashes_segments (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("EK_SHARED_DIR"), "firmware", "SHA256SUMS", NULL);
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards.bin");
  g_autoptr (EkBundle) bundle = bundle_from (bytes);
  g_autofree char *hash = ek_bytes_hex (ek_bundle_get_segment (bundle, 2)->sha256, 32);
  g_autofree char *line = g_strconcat (hash, "  echokit_boards-app.bin", NULL);
  g_autofree char *sums = NULL;

  g_assert_true (g_file_get_contents (path, &sums, NULL, NULL));
  g_assert_nonnull (strstr (sums, line));
}

static void
test_keeps_settings_of_an_image (void)
{
  static const Expected expected[] = {
    { "bootloader", EK_SEGMENT_BOOTLOADER, 0x0, 0x5070 },
    { "partition-table", EK_SEGMENT_PARTITION_TABLE, TABLE_OFFSET, 0xc00 },
    { "nvs", EK_SEGMENT_NVS, NVS_OFFSET, 0x15c }, /* to the last byte that is not ff */
    { "factory", EK_SEGMENT_APP, 0x10000, APP_SIZE },
  };
  g_autoptr (GBytes) bytes = test_shared_file ("layout-b.bin");
  g_autoptr (EkBundle) bundle = bundle_from (bytes);

  assert_segments (bundle, expected, G_N_ELEMENTS (expected));
  g_assert_cmpstr (ek_partition_table_get_layout (ek_bundle_get_table (bundle)), ==, "B");
}

static void
test_reads_the_demo (void)
{
  g_autoptr (GBytes) bytes = demo (TRUE);
  g_autoptr (EkBundle) bundle = bundle_from (bytes);

  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 4);
  g_assert_nonnull (ek_bundle_find_kind (bundle, EK_SEGMENT_NVS));
  g_assert_null (ek_bundle_get_board (bundle));
  ek_bundle_set_board (bundle, "echokit-box");
  g_assert_cmpstr (ek_bundle_get_board (bundle), ==, "echokit-box");
}

static void
test_keeps_what_is_between_partitions (void)
{
  g_autoptr (GBytes) shorter = demo (FALSE);
  gsize size = 0xa10000 + 0x5000; /* behind the last partition of layout A */
  g_autofree guint8 *data = g_malloc (size);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkBundle) bundle = NULL;
  const EkSegment *found[3];

  memset (data, 0xff, size);
  memcpy (data, g_bytes_get_data (shorter, NULL), g_bytes_get_size (shorter));
  data[0x7123] = 1;   /* in front of the table */
  data[0x8e00] = 2;   /* behind the table, in its sector: belongs to it */
  data[0xa12ff0] = 3; /* behind everything */
  data[0xa13000] = 4;
  bytes = g_bytes_new (data, size);
  bundle = bundle_from (bytes);

  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 5);
  found[0] = ek_bundle_get_segment (bundle, 1);
  found[1] = ek_bundle_get_segment (bundle, 2);
  found[2] = ek_bundle_get_segment (bundle, 4);
  g_assert_cmpstr (found[0]->name, ==, "data@0x7000");
  g_assert_cmpuint (g_bytes_get_size (found[0]->data), ==, 0x124);
  g_assert_cmpstr (found[1]->name, ==, "partition-table");
  g_assert_cmpuint (g_bytes_get_size (found[1]->data), ==, 0xe01);
  g_assert_cmpstr (found[2]->name, ==, "data@0xa12000");
  g_assert_cmpuint (g_bytes_get_size (found[2]->data), ==, 0x1001);
}

static void
test_keeps_what_follows_the_app (void)
{
  g_autoptr (GBytes) shorter = demo (FALSE);
  gsize size = g_bytes_get_size (shorter) + 0x3000;
  g_autofree guint8 *data = g_malloc (size);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkBundle) bundle = NULL;

  memset (data, 0xff, size);
  memcpy (data, g_bytes_get_data (shorter, NULL), g_bytes_get_size (shorter));
  data[size - 0x100] = 0xe7; /* a signature block, say */
  bytes = g_bytes_new (data, size);
  bundle = bundle_from (bytes);
  g_assert_cmpuint (g_bytes_get_size (ek_bundle_find_kind (bundle, EK_SEGMENT_APP)->data), ==,
                    size - 0xff - APP_OFFSET);
}

static void
test_refuses_every_cut (void)
{
  gsize size;
  g_autofree guint8 *data = demo_copy (&size);

  for (gsize length = 1; length < size; length += length < 0xa000 ? 1237 : 20011)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (data, length);
      g_autoptr (GError) error = NULL;

      g_assert_null (ek_bundle_new_from_bytes (bytes, "test.bin", &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == EK_ERROR);
      g_assert_cmpint (error->code, !=, EK_ERROR_INTERNAL);
    }
}

static const struct
{
  gsize place;
  EkError code;
  const char *word;
} damages[] = {
  { 0x100, EK_ERROR_FIRMWARE_DAMAGED, "boot loader at 0x0" },
  { 0x3, EK_ERROR_FIRMWARE_DAMAGED, "SHA-256" },
  { 0x8045, EK_ERROR_PARTITION_TABLE, "MD5" },
  { 0x8001, EK_ERROR_PARTITION_TABLE, "starts with" },
  { APP_OFFSET, EK_ERROR_NOT_FIRMWARE, "factory" },
  { APP_OFFSET + 0x1000, EK_ERROR_FIRMWARE_DAMAGED, "factory" },
};

static void
test_refuses_damage_anywhere (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      gsize size;
      g_autofree guint8 *data = demo_copy (&size);

      data[damages[i].place] ^= 0x40;
      assert_refused (data, size, damages[i].code, damages[i].word);
    }
}

static void
test_refuses_an_image_without_app (void)
{
  gsize size;
  g_autofree guint8 *data = demo_copy (&size);

  memset (data + APP_OFFSET, 0xff, size - APP_OFFSET);
  assert_refused (data, size, EK_ERROR_NOT_FIRMWARE, "no app");
  assert_refused (data, 0x9000, EK_ERROR_FIRMWARE_DAMAGED, "before its app");
}

/* The header's hash flag is cleared, so that header bytes may be changed. */
static void
test_refuses_images_for_two_chips (void)
{
  gsize size;
  g_autofree guint8 *data = demo_copy (&size);

  data[APP_OFFSET + 23] = 0;
  data[APP_OFFSET + 12] = 5;
  assert_refused (data, size, EK_ERROR_FIRMWARE_WRONG_CHIP, "5");
}

static void
test_refuses_a_boot_loader_at_another_chips_place (void)
{
  gsize size;
  g_autofree guint8 *data = demo_copy (&size);

  memmove (data + 0x1000, data, 0x6000);
  memset (data, 0xff, 0x1000);
  assert_refused (data, size, EK_ERROR_FIRMWARE_DAMAGED, "0x1000");
}

static void
test_refuses_an_app_longer_than_its_partition (void)
{
  gsize size;
  g_autofree guint8 *data = demo_copy (&size);

  g_assert_cmpuint (size - APP_OFFSET, >, 0x40000);
  memset (data + 0x8080, 0xff, 0x20);  /* no MD5 */
  ek_put_u32 (data + 0x8048, 0x40000); /* size of factory */
  assert_refused (data, size, EK_ERROR_FIRMWARE_TOO_BIG, "factory");
}

/* --- single files */

static void
test_reads_an_app_alone (void)
{
  static const Expected expected[] = { { "app", EK_SEGMENT_APP, EK_SEGMENT_OFFSET_AUTO,
                                         APP_SIZE } };
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (EkBundle) bundle = bundle_from (bytes);

  assert_segments (bundle, expected, 1);
  g_assert_false (ek_bundle_is_merged (bundle));
  g_assert_cmpstr (ek_bundle_get_board (bundle), ==, "echokit-diy");
  g_assert_null (ek_bundle_get_table (bundle));
  g_assert_null (ek_bundle_get_bootloader (bundle));
}

static void
test_drops_filling_behind_an_app (void)
{
  g_autoptr (GBytes) app = test_shared_file ("echokit_boards-app.bin");
  g_autofree guint8 *data = g_malloc (APP_SIZE + 5000);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkBundle) bundle = NULL;

  memset (data, 0xff, APP_SIZE + 5000);
  memcpy (data, g_bytes_get_data (app, NULL), APP_SIZE);
  bytes = g_bytes_new (data, APP_SIZE + 5000);
  bundle = bundle_from (bytes);
  g_assert_cmpuint (ek_bundle_get_total_size (bundle), ==, APP_SIZE);
}

static void
test_refuses_a_boot_loader_alone (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards.bin");

  assert_refused (g_bytes_get_data (bytes, NULL), 0x5070, EK_ERROR_NOT_FIRMWARE, "boot loader");
}

static const struct
{
  const char *bytes;
  gsize size;
  const char *word;
} no_firmware[] = {
  { "", 0, "empty" },
  { "\xff\xff\xff\xff", 4, "0xff" },
  { "BZh91AY", 7, "bzip2" },
  { "7z\xbc\xaf....", 8, "7z" },
  { "\n\n <!DOCTYPE html><html>", 24, "web page" },
  { "<HTML><body>", 12, "web page" },
  { "version https://git-lfs.github.com/spec/v1", 42, "LFS" },
  { "\xaa\x50\x01\x02", 4, "partition table" },
  { "hello", 5, "0x68" },
  { "\xe9", 1, "0xe9" },
};

static void
test_says_what_is_no_firmware (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (no_firmware); i++)
    assert_refused ((const guint8 *) no_firmware[i].bytes, no_firmware[i].size,
                    EK_ERROR_NOT_FIRMWARE, no_firmware[i].word);
}

/* --- files */

static char *
write_file (const char *name, const void *data, gsize size)
{
  char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
  return path;
}

static char *
write_part (const char *name, gsize offset, gsize size)
{
  g_autoptr (GBytes) bytes = demo (TRUE);

  return write_file (name, (const guint8 *) g_bytes_get_data (bytes, NULL) + offset, size);
}

static void
assert_file_refused (const char *path, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_bundle_new_from_file (path, NULL, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_reads_a_file (void)
{
  g_autoptr (GBytes) bytes = demo (FALSE);
  g_autofree char *whole =
      write_file ("whole.bin", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_file (whole, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (ek_bundle_get_source (bundle), ==, whole);
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
}

static void
test_refuses_files_that_are_none (void)
{
  g_autofree char *missing = g_build_filename (folder, "missing.bin", NULL);
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  g_autofree char *empty = write_file ("empty.bin", "", 0);
  g_autofree char *large = write_file ("large.bin", "", 0);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (truncate (large, EK_BUNDLE_MAX_SIZE + 1), ==, 0);

  assert_file_refused (missing, EK_ERROR_FILE_NOT_FOUND, "missing.bin");
  assert_file_refused (folder, EK_ERROR_NOT_FIRMWARE, "manifest.json");
  assert_file_refused (fifo, EK_ERROR_FILE_UNREADABLE, "pipe");
  assert_file_refused ("/dev/null", EK_ERROR_FILE_UNREADABLE, "device");
  assert_file_refused (empty, EK_ERROR_NOT_FIRMWARE, "empty");
  assert_file_refused (large, EK_ERROR_FILE_TOO_LARGE, "large.bin");
}

static void
test_reading_can_be_cancelled (void)
{
  g_autofree char *path = write_part ("cancelled.bin", 0, 0x9000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (ek_bundle_new_from_file (path, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
}

/* --- files at offsets */

static EkBundle *
bundle_from_files (const guint32 *offsets, const char *const *paths, guint n)
{
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_files (offsets, paths, n, NULL, &error);

  g_assert_no_error (error);
  return bundle;
}

static void
assert_files_refused (const guint32 *offsets,
                      const char *const *paths,
                      guint n,
                      EkError code,
                      const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_bundle_new_from_files (offsets, paths, n, NULL, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
  if (strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

static void
test_recognises_placed_files (void)
{
  g_autoptr (GBytes) bytes = demo (FALSE);
  gsize app_size = g_bytes_get_size (bytes) - APP_OFFSET;
  g_autofree char *bootloader = write_part ("bootloader.bin", 0, 0x8000);
  g_autofree char *table = write_part ("table.bin", 0x8000, 0xc00);
  g_autofree char *nvs = write_part ("nvs.bin", 0x9000, 0x6000);
  g_autofree char *app = write_part ("app.bin", APP_OFFSET, app_size);
  g_autofree char *blank = write_file ("blank.bin", "\xff\xff", 2);
  const char *const paths[] = { app, blank, table, nvs, bootloader };
  static const guint32 offsets[] = { APP_OFFSET, 0x710000, 0x8000, 0x9000, 0x0 };
  g_autoptr (EkBundle) bundle = bundle_from_files (offsets, paths, 5);
  const Expected expected[] = {
    { "bootloader", EK_SEGMENT_BOOTLOADER, 0, 0x8000 },
    { "partition-table", EK_SEGMENT_PARTITION_TABLE, 0x8000, 0xc00 },
    { "nvs", EK_SEGMENT_NVS, 0x9000, 0x6000 },
    { "app", EK_SEGMENT_APP, APP_OFFSET, app_size },
    { "model", EK_SEGMENT_DATA, 0x710000, 2 },
  };

  assert_segments (bundle, expected, G_N_ELEMENTS (expected));
  g_assert_false (ek_bundle_get_segment (bundle, 0)->padded);
  g_assert_false (ek_bundle_is_merged (bundle));
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "0.1.0");
  g_assert_nonnull (ek_bundle_get_table (bundle));
  g_assert_nonnull (ek_bundle_get_bootloader (bundle));
}

static void
test_takes_any_bytes (void)
{
  g_autofree char *path = write_file ("any.bin", "hello", 5);
  const char *const paths[] = { path };
  static const guint32 offsets[] = { 0x3000 };
  g_autoptr (EkBundle) bundle = bundle_from_files (offsets, paths, 1);
  const Expected expected[] = { { "data@0x3000", EK_SEGMENT_DATA, 0x3000, 5 } };

  assert_segments (bundle, expected, 1);
  g_assert_null (ek_bundle_get_version (bundle));
}

/* A header alone is no reason to refuse bytes that were given a place of their own. */
static void
test_takes_what_only_looks_like_an_image (void)
{
  static const guint8 header[64] = { 0xe9, 1, 2, 0x40 };
  g_autofree char *path = write_file ("looks.bin", header, sizeof header);
  const char *const paths[] = { path };
  static const guint32 offsets[] = { 0x3000 };
  g_autoptr (EkBundle) bundle = bundle_from_files (offsets, paths, 1);

  g_assert_cmpint (ek_bundle_get_segment (bundle, 0)->kind, ==, EK_SEGMENT_DATA);
}

static void
test_reads_a_merged_file_at_zero (void)
{
  g_autoptr (GBytes) bytes = demo (FALSE);
  g_autofree char *path =
      write_file ("at-zero.bin", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  const char *const paths[] = { path };
  static const guint32 offsets[] = { 0 };
  g_autoptr (EkBundle) bundle = bundle_from_files (offsets, paths, 1);

  g_assert_true (ek_bundle_is_merged (bundle));
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
}

static void
test_refuses_places (void)
{
  g_autofree char *first = write_part ("first.bin", 0x9000, 0x1001);
  g_autofree char *second = write_part ("second.bin", 0x9000, 0x1000);
  const char *const paths[] = { first, second };
  static const guint32 unaligned[] = { 0x9000, 0xb100 };
  static const guint32 overlapping[] = { 0x9000, 0xa000 };
  static const guint32 apart[] = { 0x9000, 0xb000 };
  static const guint32 beyond[] = { 0x9000, 0xfffff000 };
  g_autoptr (EkBundle) bundle = bundle_from_files (apart, paths, 2);

  g_assert_nonnull (bundle);
  assert_files_refused (unaligned, paths, 2, EK_ERROR_INVALID_ARGUMENT, "0xb100");
  assert_files_refused (overlapping, paths, 2, EK_ERROR_FIRMWARE_OVERLAP,
                        "first.bin (0x9000 to 0xa001)");
  assert_files_refused (overlapping, paths, 2, EK_ERROR_FIRMWARE_OVERLAP,
                        "second.bin (0xa000 to 0xb000)");
  assert_files_refused (beyond, paths, 2, EK_ERROR_FIRMWARE_TOO_BIG, "second.bin");
}

static void
test_checks_placed_images (void)
{
  gsize size;
  g_autofree guint8 *data = demo_copy (&size);
  g_autofree char *bootloader = NULL;
  g_autofree char *table = NULL;
  g_autofree char *app = NULL;
  static const guint32 zero[] = { 0 };
  static const guint32 table_place[] = { 0x8000 };
  static const guint32 app_place[] = { 0x10000 };

  data[0x100] ^= 1;
  data[0x8010] ^= 1;
  data[APP_OFFSET + 0x500] ^= 1;
  bootloader = write_file ("bad-boot.bin", data, 0x6000);
  table = write_file ("bad-table.bin", data + 0x8000, 0xc00);
  app = write_file ("bad-app.bin", data + APP_OFFSET, size - APP_OFFSET);

  assert_files_refused (zero, (const char *const *) &bootloader, 1, EK_ERROR_FIRMWARE_DAMAGED,
                        "bad-boot.bin");
  assert_files_refused (table_place, (const char *const *) &table, 1, EK_ERROR_PARTITION_TABLE,
                        "bad-table.bin");
  assert_files_refused (app_place, (const char *const *) &app, 1, EK_ERROR_FIRMWARE_DAMAGED,
                        "bad-app.bin");
}

static void
test_survives_damage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20250304);
  g_autoptr (GBytes) whole = demo (TRUE);
  gsize size = g_bytes_get_size (whole);
  g_autofree guint8 *original = test_copy (whole, 0, size);

  memset (original + 0x8080, 0xff, 0x20);
  original[23] = original[APP_OFFSET + 23] = 0;
  for (guint i = 0; i < test_mutations () / 10; i++)
    {
      g_autofree guint8 *data = g_memdup2 (original, size);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (EkBundle) bundle = NULL;

      test_damage (rand, data + 0x8000, 0x80);
      if (i % 4 == 0)
        test_damage (rand, data, 0x20);
      bytes = g_bytes_new_take (g_steal_pointer (&data), size);
      bundle = ek_bundle_new_from_bytes (bytes, "damaged.bin", NULL);
      for (guint j = 1; bundle != NULL && j < ek_bundle_get_n_segments (bundle); j++)
        {
          const EkSegment *before = ek_bundle_get_segment (bundle, j - 1);

          g_assert_cmpuint (before->offset + g_bytes_get_size (before->data), <=,
                            ek_bundle_get_segment (bundle, j)->offset);
        }
    }
}

static void
test_is_finalized (void)
{
  g_autoptr (GBytes) bytes = demo (FALSE);
  EkBundle *bundle = bundle_from (bytes);
  EkPartitionTable *table = ek_bundle_get_table (bundle);

  g_object_add_weak_pointer (G_OBJECT (bundle), (gpointer *) &bundle);
  g_object_add_weak_pointer (G_OBJECT (table), (gpointer *) &table);
  g_object_unref (bundle);
  g_assert_null (bundle);
  g_assert_null (table);
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_remove (path);
    }

  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("ek-bundle-XXXXXX", NULL);

  g_test_add_func ("/bundle/merged/splits-the-published-image", test_splits_the_published_image);
  g_test_add_func ("/bundle/merged/hashes-segments", test_hashes_segments);
  g_test_add_func ("/bundle/merged/keeps-settings", test_keeps_settings_of_an_image);
  g_test_add_func ("/bundle/merged/reads-the-demo", test_reads_the_demo);
  g_test_add_func ("/bundle/merged/keeps-what-is-between-partitions",
                   test_keeps_what_is_between_partitions);
  g_test_add_func ("/bundle/merged/keeps-what-follows-the-app", test_keeps_what_follows_the_app);
  g_test_add_func ("/bundle/merged/refuses-every-cut", test_refuses_every_cut);
  g_test_add_func ("/bundle/merged/refuses-damage-anywhere", test_refuses_damage_anywhere);
  g_test_add_func ("/bundle/merged/refuses-an-image-without-app",
                   test_refuses_an_image_without_app);
  g_test_add_func ("/bundle/merged/refuses-images-for-two-chips",
                   test_refuses_images_for_two_chips);
  g_test_add_func ("/bundle/merged/refuses-a-boot-loader-at-another-chips-place",
                   test_refuses_a_boot_loader_at_another_chips_place);
  g_test_add_func ("/bundle/merged/refuses-an-app-longer-than-its-partition",
                   test_refuses_an_app_longer_than_its_partition);
  g_test_add_func ("/bundle/merged/survives-damage", test_survives_damage);
  g_test_add_func ("/bundle/app/reads-an-app-alone", test_reads_an_app_alone);
  g_test_add_func ("/bundle/app/drops-filling", test_drops_filling_behind_an_app);
  g_test_add_func ("/bundle/app/refuses-a-boot-loader-alone", test_refuses_a_boot_loader_alone);
  g_test_add_func ("/bundle/app/says-what-is-no-firmware", test_says_what_is_no_firmware);
  g_test_add_func ("/bundle/file/reads", test_reads_a_file);
  g_test_add_func ("/bundle/file/refuses-what-is-none", test_refuses_files_that_are_none);
  g_test_add_func ("/bundle/file/can-be-cancelled", test_reading_can_be_cancelled);
  g_test_add_func ("/bundle/files/recognises-content", test_recognises_placed_files);
  g_test_add_func ("/bundle/files/takes-any-bytes", test_takes_any_bytes);
  g_test_add_func ("/bundle/files/takes-what-only-looks-like-an-image",
                   test_takes_what_only_looks_like_an_image);
  g_test_add_func ("/bundle/files/reads-a-merged-file-at-zero", test_reads_a_merged_file_at_zero);
  g_test_add_func ("/bundle/files/refuses-places", test_refuses_places);
  g_test_add_func ("/bundle/files/checks-images", test_checks_placed_images);
  g_test_add_func ("/bundle/is-finalized", test_is_finalized);

  result = g_test_run ();
  remove_folder ();
  return result;
}
