/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flash bundles: what their manifest may say, what it must not, and what we write. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-archive-writer.h"
#include "ek-bundle-writer.h"
#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "test-files.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "archive-test.h"

static char *folder;
static EkBundle *demo;

/* The parts of the demo's merged image as files of a bundle, and a manifest made by hand. */
typedef struct
{
  GHashTable *files;
  char *manifest;
} Parts;

static char *
hash_of (GBytes *bytes)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

/* Made once: it is the same for all. */
static EkBundle *
demo_bundle (void)
{
  if (demo == NULL)
    {
      g_autoptr (GBytes) bytes = ek_demo_firmware_new ("0.1.0", FALSE);
      g_autoptr (GError) error = NULL;

      demo = ek_bundle_new_from_bytes (bytes, "demo.bin", &error);
      g_assert_no_error (error);
    }

  return g_object_ref (demo);
}

static Parts
parts_new (void)
{
  g_autoptr (EkBundle) bundle = demo_bundle ();
  GString *text = g_string_new ("{ \"format\": \"echokit-flash-bundle\", \"format_version\": 1,\n"
                                "  \"name\": \"Demo\", \"version\": \"9.9\", \"board\": \"DIY\",\n"
                                "  \"chip\": \"esp32s3\",\n  \"segments\": [\n");
  Parts parts = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) g_bytes_unref) };

  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const names[] = { "bootloader", "table", "app" };
      const EkSegment *segment = ek_bundle_get_segment (bundle, i);
      g_autofree char *hash = hash_of (segment->data);

      g_hash_table_insert (parts.files, g_strdup_printf ("files/%s.bin", names[i]),
                           g_bytes_ref (segment->data));
      g_string_append_printf (text,
                              "    { \"name\": \"%s\", \"offset\": \"0x%x\", \"file\": "
                              "\"files/%s.bin\", \"size\": %zu, \"sha256\": \"%s\" }%s\n",
                              names[i], segment->offset, names[i], g_bytes_get_size (segment->data),
                              hash, i < 2 ? "," : "");
    }
  g_string_append (text, "  ],\n  \"preserve\": [{ \"name\": \"nvs\", \"offset\": \"0x9000\", "
                         "\"size\": \"0x2000\" }] }\n");
  parts.manifest = g_string_free (text, FALSE);
  return parts;
}

static void
parts_clear (Parts *self)
{
  g_hash_table_unref (self->files);
  g_free (self->manifest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

static void
parts_replace (Parts *self, const char *what, const char *with)
{
  g_auto (GStrv) pieces = g_strsplit (self->manifest, what, 2);

  g_assert_cmpuint (g_strv_length (pieces), ==, 2);
  g_free (self->manifest);
  self->manifest = g_strjoinv (with, pieces);
}

/* Uncompressed: there are many. */
static GBytes *
parts_pack (Parts *self)
{
  TestArchive archive = test_archive_open ("tar");
  GHashTableIter iter;
  gpointer name, bytes;

  g_hash_table_insert (self->files, g_strdup ("manifest.json"),
                       g_bytes_new (self->manifest, strlen (self->manifest)));
  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, &name, &bytes))
    test_archive_add_bytes (&archive, name, g_bytes_get_data (bytes, NULL),
                            g_bytes_get_size (bytes));

  return test_archive_close (&archive);
}

static EkBundle *
parts_open (Parts *self, GError **error)
{
  g_autoptr (GBytes) packed = parts_pack (self);

  return ek_bundle_new_from_bytes (packed, "bundle.tar.gz", error);
}

static void
parts_assert_refused (Parts *self, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parts_open (self, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
  if (strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

static void
assert_same_segments (EkBundle *bundle, EkBundle *expected)
{
  g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, ek_bundle_get_n_segments (expected));
  for (guint i = 0; i < ek_bundle_get_n_segments (bundle); i++)
    {
      const EkSegment *a = ek_bundle_get_segment (bundle, i);
      const EkSegment *b = ek_bundle_get_segment (expected, i);

      g_assert_cmphex (a->offset, ==, b->offset);
      g_assert_cmpint (a->kind, ==, b->kind);
      g_assert_true (g_bytes_equal (a->data, b->data));
      g_assert_cmpint (a->padded, ==, b->padded);
    }
}

static void
parts_assert_accepted (Parts *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = parts_open (self, &error);
  g_autoptr (EkBundle) expected = demo_bundle ();

  g_assert_no_error (error);
  assert_same_segments (bundle, expected);
}

/* --- reading */

static void
test_reads (void)
{
  g_auto (Parts) parts = parts_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = parts_open (&parts, &error);
  g_autoptr (EkBundle) expected = demo_bundle ();

  g_assert_no_error (error);
  assert_same_segments (bundle, expected);
  g_assert_cmpstr (ek_bundle_get_segment (bundle, 1)->name, ==, "table");
  g_assert_cmpstr (ek_bundle_get_name (bundle), ==, "Demo");
  g_assert_cmpstr (ek_bundle_get_board (bundle), ==, "echokit-diy");
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, ek_bundle_get_version (expected));
  g_assert_true (ek_bundle_is_merged (bundle));
  g_assert_nonnull (ek_bundle_get_table (bundle));
}

/* What others write, where its meaning is plain. */
static void
test_reads_generously (void)
{
  static const struct
  {
    const char *what;
    const char *with;
  } cases[] = {
    { "\"0x8000\"", "32768" },
    { "\"0x8000\"", "\"32768\"" },
    { "\"0x8000\"", "\"0X8000\"" },
    { "\"chip\": \"esp32s3\"", "\"chip\": \"ESP32-S3\"" },
    { "\"chip\": \"esp32s3\"", "\"target\": \"esp32s3\"" },
    { "\"chip\": \"esp32s3\",", "\"chip\": \"esp32s3\", \"unknown\": [{ \"a\": null }]," },
    { "\"name\": \"Demo\"", "\"name\": 17" },
    { "\"format\": \"echokit-flash-bundle\", \"format_version\": 1,", "" },
    { "\"format\": \"echokit-flash-bundle\"", "\"format\": \"aegis\"" },
    { "\"segments\"", "\"files\"" },
    { "\"file\": \"files/table.bin\"", "\"path\": \"./files/table.bin\"" },
    { "\"file\": \"files/table.bin\"", "\"file\": \"table.bin\"" },
    { "\"offset\": \"0x8000\"", "\"address\": \"0x8000\"" },
    { "\"name\": \"table\", ", "" },
    { "{ \"format\"", "\xef\xbb\xbf{ \"format\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Parts) parts = parts_new ();

      g_test_message ("%s instead of %s", cases[i].with, cases[i].what);
      parts_replace (&parts, cases[i].what, cases[i].with);
      parts_assert_accepted (&parts);
    }
}

static void
test_others_need_no_size (void)
{
  g_auto (Parts) parts = parts_new ();

  parts_replace (&parts, "\"size\": 3072,", "");
  parts_assert_refused (&parts, EK_ERROR_FIRMWARE_DAMAGED, "size");
  parts_replace (&parts, "\"format\": \"echokit-flash-bundle\", \"format_version\": 1,", "");
  parts_assert_accepted (&parts);
}

static void
test_refuses (void)
{
  static const struct
  {
    const char *what;
    const char *with;
    EkError code;
    const char *word;
  } cases[] = {
    { "\"format_version\": 1", "\"format_version\": 2", EK_ERROR_NOT_FIRMWARE, "version 2" },
    { "\"format_version\": 1,", "", EK_ERROR_FIRMWARE_DAMAGED, "format_version" },
    { "\"segments\"", "\"things\"", EK_ERROR_NOT_FIRMWARE, "no kind" },
    { "\"segments\": [", "\"segments\": [], \"other\": [", EK_ERROR_FIRMWARE_DAMAGED, "empty" },
    { "\"segments\": [", "\"segments\": 5, \"other\": [", EK_ERROR_FIRMWARE_DAMAGED, "no list" },
    { "\"segments\": [", "\"segments\": [7,", EK_ERROR_FIRMWARE_DAMAGED, "no object" },
    { "\"0x8000\"", "\"0x8001\"", EK_ERROR_FIRMWARE_DAMAGED, "multiple" },
    { "\"0x8000\"", "\"-1\"", EK_ERROR_FIRMWARE_DAMAGED, "offset" },
    { "\"0x8000\"", "-4096", EK_ERROR_FIRMWARE_DAMAGED, "offset" },
    { "\"0x8000\"", "4096.5", EK_ERROR_FIRMWARE_DAMAGED, "offset" },
    { "\"0x8000\"", "\"0x1000000000\"", EK_ERROR_FIRMWARE_DAMAGED, "offset" },
    { "\"0x210000\"", "\"0xfffff000\"", EK_ERROR_FIRMWARE_TOO_BIG, "4 GiB" },
    { "\"0x8000\"", "true", EK_ERROR_FIRMWARE_DAMAGED, "offset" },
    { "\"0x8000\"", "\"0x0\"", EK_ERROR_FIRMWARE_OVERLAP, "overlaps" },
    { "\"0x8000\"", "\"0x9000\"", EK_ERROR_FIRMWARE_OVERLAP, "preserves" },
    { "\"size\": 3072", "\"size\": 3071", EK_ERROR_FIRMWARE_DAMAGED, "3071" },
    { "\"size\": 3072", "\"size\": \"many\"", EK_ERROR_FIRMWARE_DAMAGED, "size" },
    { "\"sha256\": \"", "\"sha256\": \"00", EK_ERROR_FIRMWARE_DAMAGED, "64 hex digits" },
    { "\"sha256\": \"", "\"md5\": \"", EK_ERROR_FIRMWARE_DAMAGED, "64 hex digits" },
    { "files/table.bin", "files/missing.bin", EK_ERROR_FIRMWARE_DAMAGED, "no file" },
    { "files/table.bin", "../table.bin", EK_ERROR_ARCHIVE_UNSAFE, "leaves" },
    { "files/table.bin", "/etc/passwd", EK_ERROR_ARCHIVE_UNSAFE, "absolute" },
    { "\"file\": \"files/table.bin\"", "\"file\": 5", EK_ERROR_FIRMWARE_DAMAGED, "file" },
    { "files/table.bin", "files/app.bin", EK_ERROR_FIRMWARE_DAMAGED, "" },
    { "\"esp32s3\"", "\"esp32c3\"", EK_ERROR_FIRMWARE_WRONG_CHIP, "ESP32-C3" },
    { "\"esp32s3\"", "\"z80\"", EK_ERROR_FIRMWARE_WRONG_CHIP, "z80" },
    { "\"name\": \"Demo\"", "\"name\": \"De\\u001bmo\"", EK_ERROR_FIRMWARE_DAMAGED, "control" },
    { "\"name\": \"table\"", "\"name\": \"\\n\"", EK_ERROR_FIRMWARE_DAMAGED, "name" },
    { "\"size\": \"0x2000\"", "\"size\": 4294967295", EK_ERROR_FIRMWARE_DAMAGED, "preserve" },
    { "\"chip\"", "\"elf_sha256\": \"00\", \"chip\"", EK_ERROR_FIRMWARE_DAMAGED, "ELF" },
    { "] }\n", "]", EK_ERROR_FIRMWARE_DAMAGED, "manifest.json" },
    { "{ \"format\"", "[ \"format\"", EK_ERROR_FIRMWARE_DAMAGED, "manifest.json" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Parts) parts = parts_new ();

      g_test_message ("%s instead of %s", cases[i].with, cases[i].what);
      parts_replace (&parts, cases[i].what, cases[i].with);
      parts_assert_refused (&parts, cases[i].code, cases[i].word);
    }
}

static void
test_refuses_depth_and_size (void)
{
  g_auto (Parts) deep = parts_new ();
  g_auto (Parts) big = parts_new ();
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *blanks = g_strnfill (300 * 1024, ' ');

  g_free (deep.manifest);
  deep.manifest = g_steal_pointer (&brackets);
  parts_assert_refused (&deep, EK_ERROR_FIRMWARE_DAMAGED, "deep");
  parts_replace (&big, "\"chip\"", "BLANKS \"chip\"");
  parts_replace (&big, "BLANKS", blanks);
  parts_assert_refused (&big, EK_ERROR_FIRMWARE_DAMAGED, "limit");
}

static void
test_refuses_a_changed_file (void)
{
  static const char *const names[] = { "files/bootloader.bin", "files/table.bin", "files/app.bin" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto (Parts) parts = parts_new ();
      GBytes *bytes = g_hash_table_lookup (parts.files, names[i]);
      gsize size = g_bytes_get_size (bytes);
      guint8 *changed = test_copy (bytes, 0, size);

      changed[size / 2] ^= 0x40;
      g_hash_table_insert (parts.files, g_strdup (names[i]), g_bytes_new_take (changed, size));
      parts_assert_refused (&parts, EK_ERROR_FIRMWARE_DAMAGED, "SHA-256");
    }
}

static void
test_refuses_what_is_not_listed (void)
{
  g_auto (Parts) parts = parts_new ();

  g_hash_table_insert (parts.files, g_strdup ("files/more.bin"), g_bytes_new ("x", 1));
  parts_assert_refused (&parts, EK_ERROR_ARCHIVE_UNSAFE, "files/more.bin");
}

static void
test_needs_a_manifest (void)
{
  TestArchive archive = test_archive_open ("tar.gz");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  test_archive_add (&archive, "readme", "nothing here");
  bytes = test_archive_close (&archive);
  g_assert_null (ek_bundle_new_from_bytes (bytes, "x.tar.gz", &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE);
}

/* Any change at all to a manifest: the same firmware, or a clear refusal. */
static void
test_survives_damage (void)
{
  static const EkError allowed[] = {
    EK_ERROR_FIRMWARE_DAMAGED, EK_ERROR_ARCHIVE_UNSAFE,      EK_ERROR_NOT_FIRMWARE,
    EK_ERROR_FIRMWARE_OVERLAP, EK_ERROR_FIRMWARE_WRONG_CHIP, EK_ERROR_FIRMWARE_TOO_BIG,
    EK_ERROR_PARTITION_TABLE,
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint i = 0; i < test_mutations (); i++)
    {
      g_auto (Parts) parts = parts_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (EkBundle) bundle = NULL;
      gboolean known = FALSE;

      test_damage (rand, (guint8 *) parts.manifest, strlen (parts.manifest));
      bundle = parts_open (&parts, &error);
      for (gsize k = 0; error != NULL && k < G_N_ELEMENTS (allowed); k++)
        known = known || g_error_matches (error, EK_ERROR, (gint) allowed[k]);
      g_assert_true (bundle != NULL || known);
    }
}

/* --- folders */

static char *
write_folder (GHashTable *files)
{
  char *base = g_build_filename (folder, "bundle-XXXXXX", NULL);
  GHashTableIter iter;
  gpointer name, bytes;

  g_assert_nonnull (g_mkdtemp (base));
  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &bytes))
    {
      g_autofree char *path = g_build_filename (base, name, NULL);
      g_autofree char *parent = g_path_get_dirname (path);

      g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
      g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                                          (gssize) g_bytes_get_size (bytes), NULL));
    }

  return base;
}

static void
test_reads_a_folder (void)
{
  g_auto (Parts) parts = parts_new ();
  g_autoptr (GBytes) packed = parts_pack (&parts);
  g_autofree char *base = NULL;
  g_autofree char *manifest = NULL;
  g_autoptr (EkBundle) by_folder = NULL;
  g_autoptr (EkBundle) by_manifest = NULL;
  g_autoptr (EkBundle) expected = demo_bundle ();
  g_autoptr (GError) error = NULL;

  /* what else lies there doesn't matter */
  g_hash_table_insert (parts.files, g_strdup ("files/more.bin"), g_bytes_new ("x", 1));
  base = write_folder (parts.files);
  manifest = g_build_filename (base, "manifest.json", NULL);

  by_folder = ek_bundle_new_from_file (base, NULL, &error);
  g_assert_no_error (error);
  assert_same_segments (by_folder, expected);
  g_assert_cmpstr (ek_bundle_get_source (by_folder), ==, base);
  by_manifest = ek_bundle_new_from_file (manifest, NULL, &error);
  g_assert_no_error (error);
  assert_same_segments (by_manifest, expected);
}

static void
test_refuses_a_folder_without_a_manifest (void)
{
  g_auto (Parts) parts = parts_new ();
  g_autofree char *base = write_folder (parts.files);
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_bundle_new_from_file (base, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE);
}

/* --- writing */

static JsonObject *
parse_manifest (GHashTable *files, JsonParser *parser)
{
  GBytes *bytes = g_hash_table_lookup (files, "manifest.json");
  g_autoptr (GError) error = NULL;

  g_assert_true (json_parser_load_from_data (parser, g_bytes_get_data (bytes, NULL),
                                             (gssize) g_bytes_get_size (bytes), &error));
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_writes_strictly (void)
{
  static const EkBundleDescription description = { .name = "Demo", .version = "1.2" };
  g_autoptr (EkBundle) bundle = demo_bundle ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) files = ek_bundle_write_files (bundle, &description, &error);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root, *segment, *range;
  JsonArray *segments;
  g_autofree char *hash = NULL;

  g_assert_no_error (error);
  root = parse_manifest (files, parser);
  g_assert_cmpstr (json_object_get_string_member (root, "format"), ==, "echokit-flash-bundle");
  g_assert_cmpint (json_object_get_int_member (root, "format_version"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (root, "name"), ==, "Demo");
  g_assert_cmpstr (json_object_get_string_member (root, "version"), ==, "1.2");
  g_assert_cmpstr (json_object_get_string_member (root, "chip"), ==, "esp32s3");
  segments = json_object_get_array_member (root, "segments");
  g_assert_cmpuint (json_array_get_length (segments), ==, 3);
  segment = json_array_get_object_element (segments, 1);
  hash = hash_of (g_hash_table_lookup (files, "files/partition-table.bin"));
  g_assert_cmpstr (json_object_get_string_member (segment, "name"), ==, "partition-table");
  g_assert_cmpstr (json_object_get_string_member (segment, "offset"), ==, "0x8000");
  g_assert_cmpstr (json_object_get_string_member (segment, "file"), ==,
                   "files/partition-table.bin");
  g_assert_cmpint (json_object_get_int_member (segment, "size"), ==, 3072);
  g_assert_cmpstr (json_object_get_string_member (segment, "sha256"), ==, hash);
  range = json_array_get_object_element (json_object_get_array_member (root, "preserve"), 0);
  g_assert_cmpstr (json_object_get_string_member (range, "name"), ==, "nvs");
  g_assert_cmpstr (json_object_get_string_member (range, "offset"), ==, "0x9000");
}

static void
test_reads_what_it_writes (void)
{
  g_autoptr (EkBundle) bundle = demo_bundle ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) files = ek_bundle_write_files (bundle, NULL, &error);
  g_autoptr (GHashTable) again = ek_bundle_write_files (bundle, NULL, &error);
  g_autoptr (GBytes) packed = ek_archive_pack (files, &error);
  g_autoptr (GBytes) repacked = ek_archive_pack (again, &error);
  g_autoptr (EkBundle) read = NULL;

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (packed, repacked));
  read = ek_bundle_new_from_bytes (packed, "bundle.tar.gz", &error);
  g_assert_no_error (error);
  assert_same_segments (read, bundle);
  g_assert_cmpint (ek_bundle_is_merged (read), ==, ek_bundle_is_merged (bundle));
}

/* flash settings as objdump-like tools see them in the published file: facts/echokit.md 3.4 */
static void
test_describes_the_published_image (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), "firmware", NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkBundle) bundle = NULL;
  g_autoptr (GHashTable) files = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *root, *flash, *app;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("the real firmware is not here");
      return;
    }
  bytes = test_shared_file ("echokit_boards.bin");
  bundle = ek_bundle_new_from_bytes (bytes, "echokit_boards.bin", &error);
  g_assert_no_error (error);
  files = ek_bundle_write_files (bundle, NULL, &error);
  g_assert_no_error (error);
  root = parse_manifest (files, parser);
  g_assert_cmpstr (json_object_get_string_member (root, "board"), ==, "echokit-diy");
  g_assert_cmpstr (json_object_get_string_member (root, "version"), ==, "v0.3.1");
  flash = json_object_get_object_member (root, "flash_settings");
  g_assert_cmpstr (json_object_get_string_member (flash, "flash_mode"), ==, "dio");
  g_assert_cmpstr (json_object_get_string_member (flash, "flash_size"), ==, "16MB");
  app = json_array_get_object_element (json_object_get_array_member (root, "segments"), 2);
  g_assert_cmpstr (json_object_get_string_member (app, "offset"), ==, "0x210000");
  g_assert_cmpint (json_object_get_int_member (app, "size"), ==, 2774240);
}

static void
test_needs_a_place_for_an_app (void)
{
  g_autoptr (EkBundle) whole = demo_bundle ();
  g_autoptr (EkBundle) app = NULL;
  g_autoptr (GError) error = NULL;

  app = ek_bundle_new_from_bytes (ek_bundle_find_kind (whole, EK_SEGMENT_APP)->data, "app.bin",
                                  &error);
  g_assert_no_error (error);
  g_assert_null (ek_bundle_write_files (app, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

static void
remove_folder (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("ek-manifest-XXXXXX", NULL);
  g_assert_nonnull (folder);

  g_test_add_func ("/bundle-manifest/read/reads", test_reads);
  g_test_add_func ("/bundle-manifest/read/reads-generously", test_reads_generously);
  g_test_add_func ("/bundle-manifest/read/others-need-no-size", test_others_need_no_size);
  g_test_add_func ("/bundle-manifest/read/refuses", test_refuses);
  g_test_add_func ("/bundle-manifest/read/refuses-depth-and-size", test_refuses_depth_and_size);
  g_test_add_func ("/bundle-manifest/read/refuses-a-changed-file", test_refuses_a_changed_file);
  g_test_add_func ("/bundle-manifest/read/refuses-what-is-not-listed",
                   test_refuses_what_is_not_listed);
  g_test_add_func ("/bundle-manifest/read/needs-a-manifest", test_needs_a_manifest);
  g_test_add_func ("/bundle-manifest/read/survives-damage", test_survives_damage);
  g_test_add_func ("/bundle-manifest/folder/reads", test_reads_a_folder);
  g_test_add_func ("/bundle-manifest/folder/needs-a-manifest",
                   test_refuses_a_folder_without_a_manifest);
  g_test_add_func ("/bundle-manifest/write/strictly", test_writes_strictly);
  g_test_add_func ("/bundle-manifest/write/is-read-again", test_reads_what_it_writes);
  g_test_add_func ("/bundle-manifest/write/published-image", test_describes_the_published_image);
  g_test_add_func ("/bundle-manifest/write/needs-a-place", test_needs_a_place_for_an_app);

  result = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  g_clear_object (&demo);
  return result;
}
