/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Build folders of ESP-IDF and folders with ESP Web Tools' manifest, made of the demo's parts. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bundle.h"
#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-nvs.h"
#include "test-files.h"

#include <glib/gstdio.h>

#define TABLE_OFFSET 0x8000
#define APP_OFFSET   0x210000

typedef struct
{
  char *path;
  GBytes *demo;
} Fixture;

static void
put (Fixture *fixture, const char *name, gconstpointer data, gssize size)
{
  g_autofree char *path = g_build_filename (fixture->path, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (parent, 0755);
  g_file_set_contents (path, data, size, &error);
  g_assert_no_error (error);
}

static void
put_slice (Fixture *fixture, const char *name, gsize offset, gsize size)
{
  const guint8 *data = g_bytes_get_data (fixture->demo, NULL);

  g_assert_cmpuint (offset + size, <=, g_bytes_get_size (fixture->demo));
  put (fixture, name, data + offset, (gssize) size);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) bundle = NULL;

  fixture->path = g_dir_make_tmp ("ek-folder-XXXXXX", NULL);
  fixture->demo = ek_demo_firmware_new ("0.1.0", FALSE);
  bundle = ek_bundle_new_from_bytes (fixture->demo, "demo", NULL);
  put_slice (fixture, "bootloader/bootloader.bin", 0, ek_bundle_get_bootloader (bundle)->size);
  put_slice (fixture, "partition_table/partition-table.bin", TABLE_OFFSET, 0xc00);
  put_slice (fixture, "demo.bin", APP_OFFSET, ek_bundle_get_app (bundle)->size);
  put_slice (fixture, "merged.bin", 0, g_bytes_get_size (fixture->demo));
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->path);
  g_free (fixture->path);
  g_bytes_unref (fixture->demo);
}

static EkBundle *
try_open (Fixture *fixture, const char *name, const char *chip, GError **error)
{
  g_autofree char *path = g_build_filename (fixture->path, name, NULL);
  const EkBundleOptions options = { .image.chip =
                                        chip != NULL ? ek_image_chip_find_by_name (chip) : NULL };

  return ek_bundle_new_from_file_with (path, &options, NULL, error);
}

static EkBundle *
open_bundle (Fixture *fixture, const char *name, const char *chip)
{
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = try_open (fixture, name, chip, &error);

  g_assert_no_error (error);
  return bundle;
}

static void
assert_refused (Fixture *fixture, const char *chip, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = try_open (fixture, ".", chip, &error);

  g_assert_null (bundle);
  g_assert_error (error, EK_ERROR, (gint) code);
  if (strstr (error->message, word) == NULL)
    g_error ("“%s” is not in: %s", word, error->message);
}

/* The segments are the merged image's. */
static void
assert_whole (Fixture *fixture, EkBundle *bundle)
{
  g_autoptr (EkBundle) merged = ek_bundle_new_from_bytes (fixture->demo, "demo", NULL);

  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (bundle, i);
      const EkSegment *wanted = ek_bundle_get_segment (merged, i);

      g_assert_cmphex (segment->offset, ==, wanted->offset);
      g_assert_cmpint (segment->kind, ==, wanted->kind);
      g_assert_true (g_bytes_equal (segment->data, wanted->data));
    }
  g_assert_true (ek_bundle_brings_layout (bundle));
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "0.1.0");
}

/* --- ESP-IDF */

/* components/esptool_py/flasher_args.json.in of ESP-IDF 5.4.1, filled in by a build */
#define ARGS_5                                                                                 \
  "{ \"write_flash_args\" : [ \"--flash_mode\", \"dio\", \"--flash_size\", \"%s\", "           \
  "\"--flash_freq\", \"80m\" ], \"flash_settings\" : { \"flash_mode\": \"dio\", "              \
  "\"flash_size\": \"%s\", \"flash_freq\": \"80m\" }, \"flash_files\" : { "                    \
  "\"0x0\" : \"bootloader/bootloader.bin\", \"0x210000\" : \"demo.bin\", "                     \
  "\"0x8000\" : \"partition_table/partition-table.bin\"%s }, "                                 \
  "\"bootloader\" : { \"offset\" : \"0x0\", \"file\" : \"bootloader/bootloader.bin\", "        \
  "\"encrypted\" : \"%s\" }, \"app\" : { \"offset\" : \"0x210000\", \"file\" : \"demo.bin\", " \
  "\"encrypted\" : \"false\" }, \"extra_esptool_args\" : { \"after\" : \"hard_reset\", "       \
  "\"before\" : \"default_reset\", \"stub\" : true, \"chip\" : \"%s\" } }"

static void
put_args (Fixture *fixture,
          const char *size,
          const char *more_files,
          const char *encrypted,
          const char *chip)
{
  g_autofree char *text = g_strdup_printf (ARGS_5, size, size, more_files, encrypted, chip);

  put (fixture, "flasher_args.json", text, -1);
}

static void
test_idf_build (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) of_folder = NULL;
  g_autoptr (EkBundle) of_description = NULL;

  put_args (fixture, "16MB", "", "false", "esp32s3");
  of_folder = open_bundle (fixture, ".", NULL);
  assert_whole (fixture, of_folder);
  of_description = open_bundle (fixture, "flasher_args.json", NULL);
  assert_whole (fixture, of_description);
}

static void
test_idf_flash_size (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    guint32 size;
    gboolean any;
  } cases[] = { { "8MB", 8 << 20, FALSE },
                { "keep", 16 << 20, FALSE },
                { "detect", 16 << 20, TRUE },
                { "128MB", 128 << 20, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (EkBundle) bundle = NULL;

      put_args (fixture, cases[i].text, "", "false", "esp32s3");
      bundle = open_bundle (fixture, ".", NULL);
      g_assert_cmpuint (ek_bundle_get_bootloader (bundle)->flash_size, ==, cases[i].size);
      g_assert_cmpint (ek_bundle_find_kind (bundle, EK_SEGMENT_BOOTLOADER)->any_flash_size, ==,
                       cases[i].any);
    }

  put_args (fixture, "huge", "", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_DAMAGED, "\"huge\" is no size");
}

/* IDF 6: hyphens, and the size only among the words. */
static void
test_idf_hyphens (Fixture *fixture, gconstpointer data)
{
  static const char text[] =
      "{ \"write_flash_args\": [ \"--flash-mode\", \"dio\", \"--flash-size\", \"32MB\" ],"
      "  \"flash_files\": { \"0x0\": \"bootloader/bootloader.bin\", \"0x210000\": \"demo.bin\","
      "    \"32768\": \"partition_table/partition-table.bin\" },"
      "  \"extra_esptool_args\": { \"after\": \"hard-reset\", \"stub\": \"true\" } }";
  g_autoptr (EkBundle) bundle = NULL;

  put (fixture, "flasher_args.json", text, -1);
  bundle = open_bundle (fixture, ".", NULL);
  g_assert_cmpuint (ek_bundle_get_bootloader (bundle)->flash_size, ==, 32 << 20);
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
}

static void
test_idf_more_files (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) bundle = NULL;
  guint8 storage[0x1000];

  memset (storage, 0x42, sizeof storage);
  put (fixture, "storage.bin", storage, sizeof storage);
  put_args (fixture, "16MB", ", \"0x710000\" : \"storage.bin\"", "false", "esp32s3");
  bundle = open_bundle (fixture, ".", NULL);
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 4);
  g_assert_cmpstr (ek_bundle_get_segment (bundle, 3)->name, ==, "model");
  g_assert_cmpint (ek_bundle_get_segment (bundle, 3)->kind, ==, EK_SEGMENT_DATA);
}

static void
test_idf_refusals (Fixture *fixture, gconstpointer data)
{
  put_args (fixture, "16MB", "", "true", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_NOT_FIRMWARE, "encrypted");
  put_args (fixture, "16MB", "", "false", "esp32c3");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_WRONG_CHIP, "ESP32-C3");
  put_args (fixture, "16MB", "", "false", "esp99");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_WRONG_CHIP, "esp99");
  put_args (fixture, "16MB", ", \"0x9000\" : \"none.bin\"", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_FILE_NOT_FOUND, "none.bin");
  put_args (fixture, "16MB", ", \"0x9000\" : \"../demo.bin\"", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_ARCHIVE_UNSAFE, "..");
  put_args (fixture, "16MB", ", \"0x9001\" : \"demo.bin\"", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_INVALID_ARGUMENT, "0x9001");
  put_args (fixture, "16MB", ", \"0x211000\" : \"demo.bin\"", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_OVERLAP, "overlaps");
  put_args (fixture, "16MB", ", \"zero\" : \"demo.bin\"", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_DAMAGED, "\"zero\" is no offset");
  put_args (fixture, "16MB", ", \"0x300000\" : 7", "false", "esp32s3");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_DAMAGED, "no file");
  put (fixture, "flasher_args.json", "{ \"flash_files\": {} }", -1);
  assert_refused (fixture, NULL, EK_ERROR_NOT_FIRMWARE, "no files");
  put (fixture, "flasher_args.json", "{ \"flash_files\": [] }", -1);
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_DAMAGED, "no object");
  put (fixture, "flasher_args.json", "{ \"flash_fil", -1);
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_DAMAGED, "flasher_args.json");
  put (fixture, "flasher_args.json", "{ \"other\": 1 }", -1);
  assert_refused (fixture, NULL, EK_ERROR_NOT_FIRMWARE, "no kind");
}

/* Something else called manifest.json does not hide the build. */
static void
test_idf_beside_another_manifest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) bundle = NULL;

  put (fixture, "manifest.json", "{ \"icons\": [] }", -1);
  put_args (fixture, "16MB", "", "false", "esp32s3");
  bundle = open_bundle (fixture, ".", NULL);
  assert_whole (fixture, bundle);
}

/* --- ESP Web Tools */

#define PARTS                                                                                \
  "[ { \"path\": \"bootloader/bootloader.bin\", \"offset\": 0 }, { \"path\": \"demo.bin\", " \
  "\"offset\": 2162688 }, { \"path\": \"partition_table/partition-table.bin\", \"offset\": " \
  "32768 } ]"
#define MERGED "[ { \"path\": \"merged.bin\", \"offset\": 0 } ]"

static void
put_manifest (Fixture *fixture, const char *name, const char *builds)
{
  g_autofree char *text =
      g_strdup_printf ("{ \"name\": \"Demo\", \"version\": \"7\", \"builds\": [ %s ] }", builds);

  put (fixture, name, text, -1);
}

static void
test_web_tools (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) parts = NULL;
  g_autoptr (EkBundle) merged = NULL;
  g_autoptr (EkBundle) renamed = NULL;

  put_manifest (fixture, "manifest.json", "{ \"chipFamily\": \"ESP32-S3\", \"parts\": " PARTS " }");
  parts = open_bundle (fixture, ".", NULL);
  assert_whole (fixture, parts);
  g_assert_cmpstr (ek_bundle_get_name (parts), ==, "Demo");
  put_manifest (fixture, "manifest.json",
                "{ \"chipFamily\": \"ESP32-S3\", \"parts\": " MERGED " }");
  merged = open_bundle (fixture, "manifest.json", NULL);
  assert_whole (fixture, merged);
  put_manifest (fixture, "echokit_s3.JSON",
                "{ \"chipFamily\": \"ESP32-S3\", \"parts\": " MERGED " }");
  renamed = open_bundle (fixture, "echokit_s3.JSON", NULL);
  assert_whole (fixture, renamed);
}

static void
test_web_tools_chip_chooses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) bundle = NULL;

  put_manifest (fixture, "manifest.json",
                "{ \"chipFamily\": \"ESP32-C3\", \"parts\": [ { \"path\": \"none\", \"offset\": 0 "
                "} "
                "] }, { \"chipFamily\": \"ESP32-S3\", \"serialType\": \"cdc\", \"parts\": " MERGED
                " }, { \"chipFamily\": \"ESP32-S3\", \"serialType\": \"uart\", \"parts\": [] }");
  assert_refused (fixture, NULL, EK_ERROR_SEVERAL_CHIPS, "ESP32-C3, ESP32-S3");
  bundle = open_bundle (fixture, ".", "esp32s3");
  assert_whole (fixture, bundle);
  assert_refused (fixture, "esp32c6", EK_ERROR_FIRMWARE_WRONG_CHIP, "no build for the ESP32-C6");
  assert_refused (fixture, "esp32c3", EK_ERROR_FILE_NOT_FOUND, "none");
}

/* A build for a chip that nobody here knows leaves the choice to the others. */
static void
test_web_tools_unknown_chips (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkBundle) bundle = NULL;

  put_manifest (fixture, "manifest.json",
                "{ \"chipFamily\": \"ESP8266\", \"parts\": [] }, { \"chipFamily\": \"ESP32-S3\", "
                "\"parts\": " MERGED " }, 7, { }");
  bundle = open_bundle (fixture, ".", NULL);
  assert_whole (fixture, bundle);
  put_manifest (fixture, "manifest.json", "{ \"chipFamily\": \"ESP8266\", \"parts\": [] }");
  assert_refused (fixture, NULL, EK_ERROR_NOT_FIRMWARE, "no build for a chip");
}

static void
test_web_tools_refusals (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *parts;
    EkError code;
    const char *word;
  } cases[] = {
    { "[]", EK_ERROR_FIRMWARE_DAMAGED, "0 parts" },
    { "7", EK_ERROR_FIRMWARE_DAMAGED, "0 parts" },
    { "[ 7 ]", EK_ERROR_FIRMWARE_DAMAGED, "part 1" },
    { "[ { \"path\": \"demo.bin\" } ]", EK_ERROR_FIRMWARE_DAMAGED, "part 1" },
    { "[ { \"path\": \"demo.bin\", \"offset\": -1 } ]", EK_ERROR_FIRMWARE_DAMAGED, "part 1" },
    { "[ { \"path\": \"demo.bin\", \"offset\": 5000000000 } ]", EK_ERROR_FIRMWARE_DAMAGED,
      "part 1" },
    { "[ { \"path\": \"demo.bin\", \"offset\": 17 } ]", EK_ERROR_INVALID_ARGUMENT, "0x11" },
    { "[ { \"path\": \"/etc/passwd\", \"offset\": 0 } ]", EK_ERROR_ARCHIVE_UNSAFE, "" },
    { "[ { \"path\": \"https://example.org/a.bin\", \"offset\": 0 } ]", EK_ERROR_FILE_NOT_FOUND,
      "on the web" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *build =
          g_strdup_printf ("{ \"chipFamily\": \"ESP32-S3\", \"parts\": %s }", cases[i].parts);

      put_manifest (fixture, "manifest.json", build);
      assert_refused (fixture, NULL, cases[i].code, cases[i].word);
    }

  put (fixture, "manifest.json", "{ \"builds\": 7 }", -1);
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_DAMAGED, "no array");
  /* the images are for the S3 */
  put_manifest (fixture, "manifest.json",
                "{ \"chipFamily\": \"ESP32-C3\", \"parts\": " MERGED " }");
  assert_refused (fixture, NULL, EK_ERROR_FIRMWARE_WRONG_CHIP, "ESP32-C3");
}

static void
test_folder_without_description (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, NULL, EK_ERROR_NOT_FIRMWARE, "flasher_args.json");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "idf/build", test_idf_build },
    { "idf/flash-size", test_idf_flash_size },
    { "idf/hyphens", test_idf_hyphens },
    { "idf/more-files", test_idf_more_files },
    { "idf/refusals", test_idf_refusals },
    { "idf/beside-another-manifest", test_idf_beside_another_manifest },
    { "web-tools/parts-or-merged", test_web_tools },
    { "web-tools/chip-chooses", test_web_tools_chip_chooses },
    { "web-tools/unknown-chips", test_web_tools_unknown_chips },
    { "web-tools/refusals", test_web_tools_refusals },
    { "without-description", test_folder_without_description },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/bundle/folder/%s", tests[i].name);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  return g_test_run ();
}
