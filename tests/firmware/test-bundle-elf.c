/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program, or an app that is alone, becomes a bundle; a table and a boot loader from elsewhere make
 * it complete. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bundle.h"
#include "test-elf-file.h"
#include "test-files.h"

#define MIB (1u << 20)

/* What `espflash flash` leaves without a table: layout B of the devices in the field. */
static const char layout_b[] = "nvs,      data, nvs,     0x9000,  0x6000\n"
                               "phy_init, data, phy,     0xf000,  0x1000\n"
                               "factory,  app,  factory, 0x10000, 0xfa0000\n";

static EkBundle *
open_bundle (GBytes *bytes, const EkBundleOptions *options)
{
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes_with (bytes, "test", options, &error);

  g_assert_no_error (error);
  return bundle;
}

static void
assert_refused (GBytes *bytes, const EkBundleOptions *options, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes_with (bytes, "test", options, &error);

  g_assert_null (bundle);
  g_assert_error (error, EK_ERROR, (gint) code);
  if (strstr (error->message, word) == NULL)
    g_error ("“%s” is not in: %s", word, error->message);
}

static EkPartitionTable *
parse_table (const char *text)
{
  g_autoptr (GError) error = NULL;
  EkPartitionTable *table = ek_partition_table_new_from_csv (text, strlen (text), &error);

  g_assert_no_error (error);
  return table;
}

/* The boot loader of the published image, with filling behind it. */
static GBytes *
published_bootloader (void)
{
  g_autoptr (GBytes) merged = test_shared_file ("echokit_boards.bin");

  return g_bytes_new_from_bytes (merged, 0, 0x8000);
}

static void
test_real_program (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) expected = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (GBytes) merged = test_shared_file ("echokit_boards.bin");
  const EkBundleOptions options = { .image.flash_size = 16 * MIB };
  g_autoptr (EkBundle) bundle = open_bundle (elf, &options);
  const EkSegment *table = ek_bundle_get_segment (bundle, 0);
  const EkSegment *app = ek_bundle_get_segment (bundle, 1);

  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 2);
  g_assert_cmpstr (table->name, ==, "partition-table");
  g_assert_cmphex (table->offset, ==, 0x8000);
  g_assert_cmpmem (g_bytes_get_data (table->data, NULL), g_bytes_get_size (table->data),
                   (const guint8 *) g_bytes_get_data (merged, NULL) + 0x8000, 0xc00);
  g_assert_cmpstr (app->name, ==, "factory");
  g_assert_cmphex (app->offset, ==, 0x210000);
  g_assert_true (g_bytes_equal (app->data, expected));
  g_assert_false (app->any_flash_size);
  g_assert_cmpstr (ek_bundle_get_board (bundle), ==, "echokit-diy");
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "v0.3.1");
  g_assert_true (ek_bundle_brings_layout (bundle));
  g_assert_true (ek_bundle_is_converted (bundle));
  g_assert_false (ek_bundle_is_merged (bundle));
  g_assert_null (ek_bundle_get_bootloader (bundle));
}

static void
test_the_devices_flash_decides (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) expected = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (EkBundle) bundle = open_bundle (elf, NULL);
  const EkSegment *app = ek_bundle_find_kind (bundle, EK_SEGMENT_APP);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) patched = ek_app_image_set_flash_size (app->data, 16 * MIB, &error);

  g_assert_no_error (error);
  g_assert_true (app->any_flash_size);
  g_assert_false (g_bytes_equal (app->data, expected));
  g_assert_true (g_bytes_equal (patched, expected));
}

static void
test_takes_a_bootloader (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) bootloader = published_bootloader ();
  const EkBundleOptions options = { .bootloader = bootloader, .bootloader_source = "boot.bin" };
  g_autoptr (EkBundle) bundle = open_bundle (elf, &options);
  const EkSegment *segment = ek_bundle_get_segment (bundle, 0);

  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
  g_assert_cmpint (segment->kind, ==, EK_SEGMENT_BOOTLOADER);
  g_assert_cmphex (segment->offset, ==, 0);
  /* without its filling: as long as it says itself */
  g_assert_cmpuint (g_bytes_get_size (segment->data), ==, ek_bundle_get_bootloader (bundle)->size);
  g_assert_true (segment->any_flash_size);
  g_assert_cmpstr (ek_bundle_get_bootloader_source (bundle), ==, "boot.bin");
}

static void
test_refuses_bootloaders (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) app = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (GBytes) cut_off = g_bytes_new_from_bytes (app, 0, 0x100);
  g_autoptr (GBytes) bootloader = published_bootloader ();
  guint8 *other = test_copy (bootloader, 0, 0x8000);
  g_autoptr (GBytes) other_chip = g_bytes_new_take (other, 0x8000);
  EkBundleOptions options = { .bootloader = app, .bootloader_source = "boot.bin" };
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (EkBundle) good = NULL;
  gsize size, length = 32;

  assert_refused (elf, &options, EK_ERROR_NOT_FIRMWARE, "boot.bin: this is an app");
  options.bootloader = cut_off;
  assert_refused (elf, &options, EK_ERROR_FIRMWARE_DAMAGED, "boot.bin: ");

  options.bootloader = bootloader;
  good = open_bundle (elf, &options);
  size = ek_bundle_get_bootloader (good)->size;
  other[12] = 5; /* ESP32-C3, with a hash that is right */
  g_checksum_update (checksum, other, (gssize) size - 32);
  g_checksum_get_digest (checksum, other + size - 32, &length);
  options.bootloader = other_chip;
  assert_refused (elf, &options, EK_ERROR_FIRMWARE_WRONG_CHIP, "the boot loader for 5");
}

static void
test_takes_a_table (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) image = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (EkPartitionTable) table = parse_table (layout_b);
  const EkBundleOptions options = { .table = table };
  g_autoptr (EkBundle) of_elf = open_bundle (elf, &options);
  g_autoptr (EkBundle) of_image = open_bundle (image, &options);
  g_autoptr (EkBundle) alone = open_bundle (image, NULL);

  g_assert_cmphex (ek_bundle_find_kind (of_elf, EK_SEGMENT_APP)->offset, ==, 0x10000);
  g_assert_true (ek_partition_table_equal (ek_bundle_get_table (of_elf), table));
  g_assert_cmphex (ek_bundle_find_kind (of_image, EK_SEGMENT_APP)->offset, ==, 0x10000);
  g_assert_false (ek_bundle_is_converted (of_image));
  /* an image without a table goes where the device has its app */
  g_assert_cmphex (ek_bundle_find_kind (alone, EK_SEGMENT_APP)->offset, ==, EK_SEGMENT_OFFSET_AUTO);
  g_assert_false (ek_bundle_brings_layout (alone));
}

static void
test_refuses_tables (void)
{
  g_autoptr (GBytes) elf = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) merged = test_shared_file ("echokit_boards.bin");
  g_autoptr (EkPartitionTable) no_app = parse_table ("nvs, data, nvs, 0x9000, 0x6000\n");
  g_autoptr (EkPartitionTable) small = parse_table ("factory, app, factory, 0x10000, 1M\n");
  EkBundleOptions options = { .table = no_app };

  assert_refused (elf, &options, EK_ERROR_PARTITION_TABLE, "no partition for an app");
  options.table = small;
  assert_refused (elf, &options, EK_ERROR_FIRMWARE_TOO_BIG, "0x100000");
  assert_refused (merged, &options, EK_ERROR_INVALID_ARGUMENT, "its own partition table");
}

/* On other chips nobody knows a layout: the device's own decides. */
static void
test_other_chips (void)
{
  static const guint8 code[0x100] = { 1 };
  guint8 description[EK_APP_DESC_SIZE];
  const TestElfSection sections[] = {
    { ".flash.appdesc", 1, 2, 0x3c010020, sizeof description, description },
    { ".iram0.text", 1, 6, 0x40380000, sizeof code, code },
  };
  EkBundleOptions options = { 0 };
  g_autoptr (GBytes) elf = NULL;
  g_autoptr (EkBundle) bundle = NULL;

  test_elf_describe (description, "v7", 16);
  elf = test_elf_new (EK_ELF_MACHINE_RISCV, 0x40380000, sections, G_N_ELEMENTS (sections));
  assert_refused (elf, NULL, EK_ERROR_SEVERAL_CHIPS, "ESP32-C3");
  options.image.chip = ek_image_chip_find_by_name ("esp32c3");
  bundle = open_bundle (elf, &options);
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 1);
  g_assert_cmphex (ek_bundle_get_segment (bundle, 0)->offset, ==, EK_SEGMENT_OFFSET_AUTO);
  g_assert_null (ek_bundle_get_table (bundle));
}

static void
test_flash_size_of_a_merged_image (void)
{
  g_autoptr (GBytes) merged = test_shared_file ("echokit_boards.bin");
  const EkBundleOptions options = { .image.flash_size = 32 * MIB };
  g_autoptr (EkBundle) bundle = open_bundle (merged, &options);
  const EkSegment *segment = ek_bundle_find_kind (bundle, EK_SEGMENT_BOOTLOADER);
  const guint8 *before = g_bytes_get_data (merged, NULL);
  g_autoptr (GError) error = NULL;
  EkAppImage image;
  gsize size;
  const guint8 *data = g_bytes_get_data (segment->data, &size);

  ek_app_image_parse (data, size, &image, &error);
  g_assert_no_error (error); /* the hash is right again */
  g_assert_cmpuint (image.flash_size, ==, 32 * MIB);
  g_assert_cmpuint (ek_bundle_get_bootloader (bundle)->flash_size, ==, 32 * MIB);
  g_assert_cmpmem (data, 3, before, 3);
  g_assert_cmpmem (data + 4, image.size - 36, before + 4, image.size - 36);
}

static void
test_refuses_sizes_of_flash (void)
{
  g_autoptr (GBytes) image = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) patched = ek_app_image_set_flash_size (image, 3 * MIB, &error);

  g_assert_null (patched);
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bundle/elf/real-program", test_real_program);
  g_test_add_func ("/bundle/elf/the-devices-flash-decides", test_the_devices_flash_decides);
  g_test_add_func ("/bundle/elf/takes-a-bootloader", test_takes_a_bootloader);
  g_test_add_func ("/bundle/elf/refuses-bootloaders", test_refuses_bootloaders);
  g_test_add_func ("/bundle/elf/takes-a-table", test_takes_a_table);
  g_test_add_func ("/bundle/elf/refuses-tables", test_refuses_tables);
  g_test_add_func ("/bundle/elf/other-chips", test_other_chips);
  g_test_add_func ("/bundle/flash-size/of-a-merged-image", test_flash_size_of_a_merged_image);
  g_test_add_func ("/bundle/flash-size/refuses-sizes", test_refuses_sizes_of_flash);
  return g_test_run ();
}
