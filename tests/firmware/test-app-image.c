/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of images, held against a real EchoKit app and boot loader. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-app-image.h"
#include "ek-bytes.h"
#include "test-files.h"

#define BOOTLOADER_SIZE 0x5070 /* of shared/firmware/echokit_boards.bin */

static GBytes *app;
static GBytes *bootloader;

static EkAppImage
parse_app (void)
{
  g_autoptr (GError) error = NULL;
  EkAppImage image;
  gsize size;
  const guint8 *data = g_bytes_get_data (app, &size);

  ek_app_image_parse (data, size, &image, &error);
  g_assert_no_error (error);
  return image;
}

static void
assert_refused (const guint8 *data, gsize size, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;
  EkAppImage image;

  g_assert_false (ek_app_image_parse (data, size, &image, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
  if (word != NULL && strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

/* Figures: esptool 5.6.0 image-info and shared/facts. */
static void
test_reads_the_header (void)
{
  EkAppImage image = parse_app ();

  g_assert_cmpuint (image.size, ==, 2774240);
  g_assert_cmphex (image.entry, ==, 0x403768c4);
  g_assert_cmpuint (image.chip_id, ==, 9);
  g_assert_cmpuint (image.min_revision, ==, 0);
  g_assert_cmpuint (image.max_revision, ==, 99);
  g_assert_cmpuint (image.flash_mode, ==, 2);
  g_assert_cmpuint (image.flash_frequency, ==, 0);
  g_assert_cmpuint (image.flash_size, ==, 16 * 1024 * 1024);
  g_assert_true (image.has_hash);
}

static void
test_reads_the_segments (void)
{
  EkAppImage image = parse_app ();

  g_assert_cmpuint (image.n_segments, ==, 6);
  g_assert_cmphex (image.segments[0].address, ==, 0x3c1b0020);
  g_assert_cmphex (image.segments[0].size, ==, 0xd4a54);
  g_assert_cmphex (image.segments[0].offset, ==, 0x20);
  g_assert_cmphex (image.segments[3].address, ==, 0x42000020);
  g_assert_cmphex (image.segments[3].offset, ==, 0xe0020);
  g_assert_cmphex (image.segments[5].address, ==, 0x600fe100);
  g_assert_cmphex (image.segments[5].size, ==, 0x1c);
}

static void
test_reads_the_description (void)
{
  EkAppImage image = parse_app ();
  g_autofree char *hash = ek_bytes_hex (image.description.elf_sha256, 32);

  g_assert_true (image.has_description);
  g_assert_cmpstr (image.description.version, ==, "v0.3.1");
  g_assert_cmpstr (image.description.project, ==, "libespidf");
  g_assert_cmpstr (image.description.date, ==, "Jan 23 2026");
  g_assert_cmpstr (image.description.time, ==, "04:48:16");
  g_assert_cmpstr (image.description.idf_version, ==, "v5.4.1");
  g_assert_cmpstr (hash, ==, "4cd45df2424076d2586f3b4c0ad6c71ca2b7f0e7d2514835081aeef4ce33335c");
}

static void
test_reads_a_boot_loader (void)
{
  g_autoptr (GError) error = NULL;
  EkAppImage image;

  ek_app_image_parse (g_bytes_get_data (bootloader, NULL), BOOTLOADER_SIZE, &image, &error);
  g_assert_no_error (error);
  g_assert_cmphex (image.size, ==, BOOTLOADER_SIZE);
  g_assert_cmphex (image.entry, ==, 0x403c88f4);
  g_assert_false (image.has_description);
}

static void
test_ignores_what_follows (void)
{
  g_autofree guint8 *data = g_malloc0 (BOOTLOADER_SIZE + 100);
  g_autoptr (GError) error = NULL;
  EkAppImage image;

  memcpy (data, g_bytes_get_data (bootloader, NULL), BOOTLOADER_SIZE);
  ek_app_image_parse (data, BOOTLOADER_SIZE + 100, &image, &error);
  g_assert_no_error (error);
  g_assert_cmphex (image.size, ==, BOOTLOADER_SIZE);
}

static void
test_refuses_other_bytes (void)
{
  assert_refused (NULL, 0, EK_ERROR_NOT_FIRMWARE, NULL);
  assert_refused ((const guint8 *) "\x7f"
                                   "ELF",
                  4, EK_ERROR_NOT_FIRMWARE, "0x7f");
}

static void
test_refuses_every_shorter_length (void)
{
  for (gsize size = 1; size < BOOTLOADER_SIZE; size += size < 64 ? 1 : 97)
    {
      g_autofree guint8 *data = test_copy (bootloader, 0, size);

      assert_refused (data, size, EK_ERROR_FIRMWARE_DAMAGED, NULL);
    }

  for (gsize size = BOOTLOADER_SIZE - 40; size < BOOTLOADER_SIZE; size++)
    {
      g_autofree guint8 *data = test_copy (bootloader, 0, size);

      assert_refused (data, size, EK_ERROR_FIRMWARE_DAMAGED, "cut off");
    }
}

static void
test_refuses_counts_of_segments (void)
{
  static const guint8 counts[] = { 0, 17, 255 };

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);

      data[1] = counts[i];
      assert_refused (data, BOOTLOADER_SIZE, EK_ERROR_FIRMWARE_DAMAGED, "segments at 0x1");
      g_assert_false (ek_app_image_is_candidate (data, BOOTLOADER_SIZE));
    }
}

static const struct
{
  guint32 length;
  const char *word;
} lengths[] = {
  { 0x13b1, "no loader accepts" },     { 0x1000000, "no loader accepts" },
  { 0xfffffffc, "no loader accepts" }, { 0xffffffff, "no loader accepts" },
  { 0x00fffffc, "cut off" },
};

static void
test_refuses_lengths_of_segments (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);

      ek_put_u32 (data + 28, lengths[i].length);
      assert_refused (data, BOOTLOADER_SIZE, EK_ERROR_FIRMWARE_DAMAGED, lengths[i].word);
      assert_refused (data, BOOTLOADER_SIZE, EK_ERROR_FIRMWARE_DAMAGED, "0x18");
    }
}

/* With the hash, every changed byte is found; the message tells which check found it. */
static void
test_refuses_a_flipped_bit_anywhere (void)
{
  for (gsize i = 0; i < BOOTLOADER_SIZE; i += 131)
    {
      g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);

      data[i] ^= 0x10;
      assert_refused (data, BOOTLOADER_SIZE,
                      i == 0 ? EK_ERROR_NOT_FIRMWARE : EK_ERROR_FIRMWARE_DAMAGED, NULL);
    }
}

static void
test_names_the_wrong_checksum (void)
{
  g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);
  g_autofree char *stored = g_strdup_printf ("0x%02x", data[0x504f] ^ 0x01);

  data[0x504f] ^= 0x01;
  assert_refused (data, BOOTLOADER_SIZE, EK_ERROR_FIRMWARE_DAMAGED, "checksum at 0x504f");
  assert_refused (data, BOOTLOADER_SIZE, EK_ERROR_FIRMWARE_DAMAGED, stored);
}

static void
test_names_the_wrong_hash (void)
{
  g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);

  data[BOOTLOADER_SIZE - 1] ^= 0x80;
  assert_refused (data, BOOTLOADER_SIZE, EK_ERROR_FIRMWARE_DAMAGED, "SHA-256 at 0x5050");
}

static EkAppImage
parse_with_revisions (guint16 chip_id, guint8 old, guint16 minimum, guint16 maximum)
{
  g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);
  g_autoptr (GError) error = NULL;
  EkAppImage image;

  data[23] = 0; /* no hash, so that the header may be changed */
  ek_put_u16 (data + 12, chip_id);
  data[14] = old;
  ek_put_u16 (data + 15, minimum);
  ek_put_u16 (data + 17, maximum);
  ek_app_image_parse (data, BOOTLOADER_SIZE, &image, &error);
  g_assert_no_error (error);
  g_assert_cmphex (image.size, ==, 0x5050);
  return image;
}

static void
test_reads_old_and_new_revisions (void)
{
  g_assert_cmpuint (parse_with_revisions (9, 0, 2, 99).min_revision, ==, 2);
  g_assert_cmpuint (parse_with_revisions (9, 0, 2, 99).max_revision, ==, 99);
  g_assert_cmpuint (parse_with_revisions (0, 3, 0, 0).min_revision, ==, 300);
  g_assert_cmpuint (parse_with_revisions (0, 3, 0, 0).max_revision, ==, 65535);
  g_assert_cmpuint (parse_with_revisions (0, 3, 0, 65535).min_revision, ==, 300);
  g_assert_cmpuint (parse_with_revisions (0, 3, 301, 65535).min_revision, ==, 301);
  g_assert_cmpuint (parse_with_revisions (5, 3, 0, 0).min_revision, ==, 3);
}

static void
test_makes_texts_printable (void)
{
  g_autofree guint8 *data = test_copy (app, EK_APP_DESC_OFFSET, EK_APP_DESC_SIZE);
  EkAppDescription description;

  memset (data + 16, 'x', 32); /* no NUL in the field */
  memcpy (data + 48, "a\xff\x1b[31mb\xc3\xa9", 11);
  data[112] = 0xe2; /* a character cut off by the field's end */
  data[113] = '\0';

  g_assert_true (ek_app_description_parse (data, EK_APP_DESC_SIZE, &description));
  g_assert_cmpstr (description.version, ==, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  g_assert_cmpstr (description.project, ==,
                   "a?"
                   "?[31mb\xc3\xa9");
  g_assert_cmpstr (description.idf_version, ==, "?");
}

static void
test_refuses_other_descriptions (void)
{
  g_autofree guint8 *data = test_copy (app, EK_APP_DESC_OFFSET, EK_APP_DESC_SIZE);
  EkAppDescription description;

  g_assert_true (ek_app_description_parse (data, EK_APP_DESC_SIZE, &description));
  g_assert_false (ek_app_description_parse (data, EK_APP_DESC_SIZE - 1, &description));
  data[0] ^= 1;
  g_assert_false (ek_app_description_parse (data, EK_APP_DESC_SIZE, &description));
}

static void
test_tells_candidates (void)
{
  g_autofree guint8 *data = test_copy (app, 0, EK_IMAGE_HEADER_SIZE);

  g_assert_true (ek_app_image_is_candidate (data, EK_IMAGE_HEADER_SIZE));
  g_assert_false (ek_app_image_is_candidate (data, EK_IMAGE_HEADER_SIZE - 1));
  data[2] = 6;
  g_assert_false (ek_app_image_is_candidate (data, EK_IMAGE_HEADER_SIZE));
}

static void
test_survives_damage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20250301);

  for (guint i = 0; i < test_mutations (); i++)
    {
      g_autofree guint8 *data = test_copy (bootloader, 0, BOOTLOADER_SIZE);
      EkAppImage image;

      data[23] = 0;
      test_damage (rand, data, i % 2 == 0 ? 64 : BOOTLOADER_SIZE);
      if (ek_app_image_parse (data, BOOTLOADER_SIZE, &image, NULL))
        g_assert_cmpuint (image.size, <=, BOOTLOADER_SIZE);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GBytes) merged = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  app = test_shared_file ("echokit_boards-app.bin");
  merged = test_shared_file ("echokit_boards.bin");
  bootloader = g_bytes_new_from_bytes (merged, 0, BOOTLOADER_SIZE);

  g_test_add_func ("/app-image/parse/reads-the-header", test_reads_the_header);
  g_test_add_func ("/app-image/parse/reads-the-segments", test_reads_the_segments);
  g_test_add_func ("/app-image/parse/reads-the-description", test_reads_the_description);
  g_test_add_func ("/app-image/parse/reads-a-boot-loader", test_reads_a_boot_loader);
  g_test_add_func ("/app-image/parse/ignores-what-follows", test_ignores_what_follows);
  g_test_add_func ("/app-image/parse/reads-old-and-new-revisions",
                   test_reads_old_and_new_revisions);
  g_test_add_func ("/app-image/parse/refuses-other-bytes", test_refuses_other_bytes);
  g_test_add_func ("/app-image/parse/refuses-every-shorter-length",
                   test_refuses_every_shorter_length);
  g_test_add_func ("/app-image/parse/refuses-counts-of-segments", test_refuses_counts_of_segments);
  g_test_add_func ("/app-image/parse/refuses-lengths-of-segments",
                   test_refuses_lengths_of_segments);
  g_test_add_func ("/app-image/parse/refuses-a-flipped-bit-anywhere",
                   test_refuses_a_flipped_bit_anywhere);
  g_test_add_func ("/app-image/parse/names-the-wrong-checksum", test_names_the_wrong_checksum);
  g_test_add_func ("/app-image/parse/names-the-wrong-hash", test_names_the_wrong_hash);
  g_test_add_func ("/app-image/parse/survives-damage", test_survives_damage);
  g_test_add_func ("/app-image/description/makes-texts-printable", test_makes_texts_printable);
  g_test_add_func ("/app-image/description/refuses-others", test_refuses_other_descriptions);
  g_test_add_func ("/app-image/candidate/needs-a-plausible-header", test_tells_candidates);

  result = g_test_run ();
  g_bytes_unref (bootloader);
  g_bytes_unref (app);
  return result;
}
