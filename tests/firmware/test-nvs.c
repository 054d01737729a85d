/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings, held against partitions that Espressif's own generator made. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bytes.h"
#include "ek-nvs.h"
#include "test-files.h"

#define PICTURE_SIZE 40000

static EkNvs *
read_nvs (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  EkNvs *nvs = ek_nvs_new_from_bytes (data, size, &error);

  g_assert_no_error (error);
  return nvs;
}

static EkNvs *
read_shared (const char *name)
{
  g_autoptr (GBytes) bytes = test_shared_file (name);

  return read_nvs (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
assert_int (EkNvs *nvs, const char *key, gint64 expected)
{
  gint64 value;

  g_assert_true (ek_nvs_get_int (nvs, "setting", key, &value));
  g_assert_cmpint (value, ==, expected);
}

static void
assert_readme_settings (EkNvs *nvs)
{
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "ssid"), ==, "Garden-2G");
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "pass"), ==, "swordfish99");
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "server_url"), ==,
                   "ws://edge.echokit.dev/ws");
  assert_int (nvs, "state", 0);
  assert_int (nvs, "agc_tl_dbfs", 3);
}

static void
test_reads_espressifs_pages (void)
{
  g_autoptr (EkNvs) nvs = read_shared ("settings-24k.bin");
  g_auto (GStrv) keys = ek_nvs_list_keys (nvs, "setting");
  g_auto (GStrv) namespaces = ek_nvs_list_namespaces (nvs);
  g_autofree char *joined = g_strjoinv (" ", keys);
  EkNvsType type;

  assert_readme_settings (nvs);
  g_assert_cmpstr (joined, ==, "ssid pass server_url state agc_tl_dbfs");
  g_assert_cmpuint (g_strv_length (namespaces), ==, 1);
  g_assert_true (ek_nvs_get_value_type (nvs, "setting", "agc_tl_dbfs", &type));
  g_assert_cmphex (type, ==, EK_NVS_I32);
}

static void
test_reads_a_blob_of_many_pages (void)
{
  g_autoptr (EkNvs) nvs = read_shared ("settings-with-picture-2m.bin");
  GBytes *picture = ek_nvs_get_blob (nvs, "setting", "background_gif");

  assert_readme_settings (nvs);
  g_assert_nonnull (picture);
  g_assert_cmpuint (g_bytes_get_size (picture), ==, PICTURE_SIZE);
}

static void
test_reads_only_what_is_there (void)
{
  g_autoptr (EkNvs) nvs = read_shared ("settings-24k.bin");
  gint64 value;

  g_assert_null (ek_nvs_get_string (nvs, "setting", "state"));
  g_assert_null (ek_nvs_get_string (nvs, "other", "ssid"));
  g_assert_null (ek_nvs_get_blob (nvs, "setting", "ssid"));
  g_assert_false (ek_nvs_get_int (nvs, "setting", "ssid", &value));
}

static void
test_reads_the_first_pages_alone (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-24k.bin");
  g_autoptr (EkNvs) nvs = read_nvs (g_bytes_get_data (bytes, NULL), 4096 + 100);

  assert_readme_settings (nvs);
}

static void
test_reads_pages_in_any_order (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-with-picture-2m.bin");
  g_autofree guint8 *turned = g_malloc (12 * 4096);
  g_autoptr (EkNvs) nvs = NULL;

  for (gsize i = 0; i < 12; i++)
    memcpy (turned + (11 - i) * 4096, (const guint8 *) g_bytes_get_data (bytes, NULL) + i * 4096,
            4096);

  nvs = read_nvs (turned, 12 * 4096);
  assert_readme_settings (nvs);
  g_assert_nonnull (ek_nvs_get_blob (nvs, "setting", "background_gif"));
}

static void
set_readme_settings (EkNvs *nvs)
{
  g_autoptr (GError) error = NULL;

  ek_nvs_set_string (nvs, "setting", "ssid", "Garden-2G", &error);
  g_assert_no_error (error);
  ek_nvs_set_string (nvs, "setting", "pass", "swordfish99", &error);
  g_assert_no_error (error);
  ek_nvs_set_string (nvs, "setting", "server_url", "ws://edge.echokit.dev/ws", &error);
  g_assert_no_error (error);
  ek_nvs_set_int (nvs, "setting", "state", EK_NVS_U8, 0, &error);
  g_assert_no_error (error);
  ek_nvs_set_int (nvs, "setting", "agc_tl_dbfs", EK_NVS_I32, 3, &error);
  g_assert_no_error (error);
}

static void
assert_written_like (EkNvs *nvs, const char *name)
{
  g_autoptr (GBytes) expected = test_shared_file (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = ek_nvs_to_bytes (nvs, g_bytes_get_size (expected), &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, expected));
}

static void
test_writes_espressifs_bytes (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();

  set_readme_settings (nvs);
  assert_written_like (nvs, "settings-24k.bin");
}

static void
test_writes_espressifs_blob (void)
{
  g_autoptr (EkNvs) source = read_shared ("settings-with-picture-2m.bin");
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;

  set_readme_settings (nvs);
  ek_nvs_set_blob (nvs, "setting", "background_gif",
                   ek_nvs_get_blob (source, "setting", "background_gif"), &error);
  g_assert_no_error (error);
  assert_written_like (nvs, "settings-with-picture-2m.bin");
}

static EkNvs *
write_and_read (EkNvs *nvs, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = ek_nvs_to_bytes (nvs, size, &error);

  g_assert_no_error (error);
  return read_nvs (g_bytes_get_data (bytes, NULL), size);
}

static const struct
{
  EkNvsType type;
  gint64 lowest;
  gint64 highest;
} int_types[] = {
  { EK_NVS_U8, 0, G_MAXUINT8 },           { EK_NVS_U16, 0, G_MAXUINT16 },
  { EK_NVS_U32, 0, G_MAXUINT32 },         { EK_NVS_U64, 0, G_MAXINT64 },
  { EK_NVS_I8, G_MININT8, G_MAXINT8 },    { EK_NVS_I16, G_MININT16, G_MAXINT16 },
  { EK_NVS_I32, G_MININT32, G_MAXINT32 }, { EK_NVS_I64, G_MININT64, G_MAXINT64 },
};

static void
test_keeps_integers_of_all_types (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (int_types); i++)
    {
      g_autoptr (EkNvs) nvs = ek_nvs_new ();
      g_autoptr (EkNvs) again = NULL;

      g_assert_true (
          ek_nvs_set_int (nvs, "setting", "low", int_types[i].type, int_types[i].lowest, NULL));
      g_assert_true (
          ek_nvs_set_int (nvs, "setting", "high", int_types[i].type, int_types[i].highest, NULL));
      again = write_and_read (nvs, 0x3000);
      assert_int (again, "low", int_types[i].lowest);
      assert_int (again, "high", int_types[i].highest);
    }
}

static void
test_refuses_integers_that_do_not_fit (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (int_types); i++)
    {
      g_autoptr (GError) error = NULL;

      if (int_types[i].highest == G_MAXINT64)
        continue;

      g_assert_false (ek_nvs_set_int (nvs, "setting", "x", int_types[i].type,
                                      int_types[i].highest + 1, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
      g_assert_false (
          ek_nvs_set_int (nvs, "setting", "x", int_types[i].type, int_types[i].lowest - 1, NULL));
    }

  g_assert_true (ek_nvs_is_empty (nvs));
}

static void
test_refuses_long_names_and_values (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *longest = g_strnfill (EK_NVS_MAX_STRING, 's');
  g_autofree char *too_long = g_strnfill (EK_NVS_MAX_STRING + 1, 's');

  g_assert_false (ek_nvs_set_string (nvs, "setting", "sixteen_letters_", "", NULL));
  g_assert_false (ek_nvs_set_string (nvs, "setting", "", "", NULL));
  g_assert_false (ek_nvs_set_string (nvs, "sixteen_letters_", "key", "", NULL));
  g_assert_false (ek_nvs_set_string (nvs, "setting", "pass", too_long, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_assert_null (strstr (error->message, "sss"));
  g_assert_true (ek_nvs_set_string (nvs, "setting", "fifteen_letters", longest, NULL));
}

static void
test_keeps_blobs_of_all_sizes (void)
{
  static const gsize sizes[] = { 0,    1,    31,   32,   33,     3967,  3968,
                                 3969, 4000, 4001, 8000, 100000, 507000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (EkNvs) nvs = ek_nvs_new ();
      g_autoptr (EkNvs) again = NULL;
      g_autofree guint8 *data = g_malloc (sizes[i] + 1);
      g_autoptr (GBytes) blob = NULL;

      for (gsize j = 0; j < sizes[i]; j++)
        data[j] = (guint8) (j * 7 + j / 256);
      blob = g_bytes_new (data, sizes[i]);

      g_assert_true (ek_nvs_set_blob (nvs, "setting", "blob", blob, NULL));
      set_readme_settings (nvs);
      again = write_and_read (nvs, 0x200000);
      g_assert_nonnull (ek_nvs_get_blob (again, "setting", "blob"));
      g_assert_true (g_bytes_equal (ek_nvs_get_blob (again, "setting", "blob"), blob));
      assert_readme_settings (again);
    }
}

static void
test_refuses_what_does_not_fit (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GBytes) blob = g_bytes_new_take (g_malloc0 (600000), 600000);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_nvs_set_blob (nvs, "setting", "blob", blob, NULL));
  /* more than 127 chunks, in a partition with room for them */
  g_assert_null (ek_nvs_to_bytes (nvs, 0x200000, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_SETTINGS_FULL);
  g_clear_error (&error);

  g_assert_null (ek_nvs_to_bytes (nvs, 0x2000, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (ek_nvs_to_bytes (nvs, 0x3001, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

/* 126 entries a page, of which the namespace takes one; of three pages one stays free. */
static void
test_leaves_one_page_free (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GBytes) fits = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 251; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      g_assert_true (ek_nvs_set_int (nvs, "setting", key, EK_NVS_U8, 7, NULL));
    }

  fits = ek_nvs_to_bytes (nvs, 0x3000, &error);
  g_assert_no_error (error);
  g_assert_true (
      ek_bytes_all ((const guint8 *) g_bytes_get_data (fits, NULL) + 0x2000, 0x1000, 0xff));

  g_assert_true (ek_nvs_set_int (nvs, "setting", "one_more", EK_NVS_U8, 7, NULL));
  g_assert_null (ek_nvs_to_bytes (nvs, 0x3000, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_SETTINGS_FULL);
}

static void
test_replaces_and_removes (void)
{
  g_autoptr (EkNvs) nvs = read_shared ("settings-24k.bin");
  g_autoptr (EkNvs) again = NULL;

  g_assert_true (ek_nvs_set_string (nvs, "setting", "ssid", "Shed", NULL));
  g_assert_true (ek_nvs_remove (nvs, "setting", "pass"));
  g_assert_false (ek_nvs_remove (nvs, "setting", "pass"));

  again = write_and_read (nvs, 0x6000);
  g_assert_cmpstr (ek_nvs_get_string (again, "setting", "ssid"), ==, "Shed");
  g_assert_null (ek_nvs_get_string (again, "setting", "pass"));
}

/* Two-bit states: 10 written, 00 erased. Entry 1 and 2 are the ssid. */
static void
test_leaves_out_erased_values (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-24k.bin");
  g_autofree guint8 *data = test_copy (bytes, 0, 0x6000);
  g_autoptr (EkNvs) nvs = NULL;

  data[32] &= (guint8) ~0x3c;
  nvs = read_nvs (data, 0x6000);
  g_assert_null (ek_nvs_get_string (nvs, "setting", "ssid"));
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "pass"), ==, "swordfish99");
}

static void
test_leaves_out_damaged_values (void)
{
  static const gsize places[] = { 0x65, 0x69, 0x7c, 0x80 }; /* CRC, key, CRC of data, data */

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GBytes) bytes = test_shared_file ("settings-24k.bin");
      g_autofree guint8 *data = test_copy (bytes, 0, 0x6000);
      g_autoptr (EkNvs) nvs = NULL;

      data[places[i]] ^= 0x20;
      nvs = read_nvs (data, 0x6000);
      g_assert_null (ek_nvs_get_string (nvs, "setting", "ssid"));
      g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "pass"), ==, "swordfish99");
      assert_int (nvs, "agc_tl_dbfs", 3);
    }
}

static void
test_leaves_out_half_written_values (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-24k.bin");
  g_autofree guint8 *data = test_copy (bytes, 0, 0x6000);
  g_autoptr (EkNvs) nvs = NULL;

  data[32] |= 0x30; /* the string's entry is marked, its bytes are not */
  nvs = read_nvs (data, 0x6000);
  g_assert_null (ek_nvs_get_string (nvs, "setting", "ssid"));
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "pass"), ==, "swordfish99");
}

static void
test_prefers_the_newer_page (void)
{
  g_autoptr (EkNvs) newer = ek_nvs_new ();
  g_autoptr (GBytes) old_bytes = test_shared_file ("settings-24k.bin");
  g_autoptr (GBytes) new_bytes = NULL;
  g_autofree guint8 *data = test_copy (old_bytes, 0, 0x6000);
  g_autoptr (EkNvs) nvs = NULL;

  g_assert_true (ek_nvs_set_string (newer, "setting", "ssid", "Shed", NULL));
  new_bytes = ek_nvs_to_bytes (newer, 0x3000, NULL);
  /* The old page goes behind the new one on the flash, whose sequence and its CRC are those of
   * page 1 in Espressif's file. */
  memcpy (data + 0x4000, data, 0x1000);
  memcpy (data, g_bytes_get_data (new_bytes, NULL), 0x1000);
  ek_put_u32 (data + 4, 1);
  ek_put_u32 (data + 28, 0x389f48a3);

  nvs = read_nvs (data, 0x6000);
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "ssid"), ==, "Shed");
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "pass"), ==, "swordfish99");
}

static void
test_leaves_out_incomplete_blobs (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-with-picture-2m.bin");
  g_autofree guint8 *data = test_copy (bytes, 0, 0x10000);
  g_autoptr (EkNvs) nvs = NULL;

  memset (data + 0x5000, 0xff, 0x1000);
  nvs = read_nvs (data, 0x10000);
  g_assert_null (ek_nvs_get_blob (nvs, "setting", "background_gif"));
  assert_readme_settings (nvs);
}

/* A version 1 blob is stored like a string, under another type. The CRC is the generator's own for
 * this entry's bytes, made with Python's zlib.crc32 (…, 0xffffffff). */
static void
test_reads_old_blobs (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-24k.bin");
  g_autofree guint8 *data = test_copy (bytes, 0, 0x6000);
  g_autoptr (EkNvs) nvs = NULL;
  GBytes *blob;

  data[0x61] = 0x41;
  ek_put_u32 (data + 0x64, 0x7bec2a11);
  nvs = read_nvs (data, 0x6000);
  blob = ek_nvs_get_blob (nvs, "setting", "ssid");
  g_assert_nonnull (blob);
  g_assert_cmpmem (g_bytes_get_data (blob, NULL), g_bytes_get_size (blob), "Garden-2G", 10);
}

static void
test_is_empty_when_blank (void)
{
  g_autofree guint8 *data = g_malloc (0x6000);
  g_autoptr (EkNvs) nvs = NULL;

  memset (data, 0xff, 0x6000);
  nvs = read_nvs (data, 0x6000);
  g_assert_true (ek_nvs_is_empty (nvs));
  g_assert_false (ek_nvs_is_candidate (data, 0x6000));
}

static void
test_refuses_other_bytes (void)
{
  g_autofree guint8 *data = g_malloc0 (0x6000);
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_nvs_new_from_bytes (data, 0x6000, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED);
}

static void
test_survives_damage (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("settings-with-picture-2m.bin");
  g_autoptr (GRand) rand = g_rand_new_with_seed (20250302);

  for (guint i = 0; i < test_mutations (); i++)
    {
      gsize size = 0x1000 * (gsize) g_rand_int_range (rand, 1, 13);
      g_autofree guint8 *data = test_copy (bytes, 0, size);
      g_autoptr (EkNvs) nvs = NULL;

      test_damage (rand, data, i % 2 == 0 ? 0x200 : size);
      nvs = ek_nvs_new_from_bytes (data, size, NULL);
      if (nvs != NULL)
        {
          g_auto (GStrv) keys = ek_nvs_list_keys (nvs, "setting");

          for (guint j = 0; keys[j] != NULL; j++)
            {
              gint64 value;

              ek_nvs_get_string (nvs, "setting", keys[j]);
              ek_nvs_get_int (nvs, "setting", keys[j], &value);
            }
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nvs/read/espressifs-pages", test_reads_espressifs_pages);
  g_test_add_func ("/nvs/read/a-blob-of-many-pages", test_reads_a_blob_of_many_pages);
  g_test_add_func ("/nvs/read/only-what-is-there", test_reads_only_what_is_there);
  g_test_add_func ("/nvs/read/the-first-pages-alone", test_reads_the_first_pages_alone);
  g_test_add_func ("/nvs/read/pages-in-any-order", test_reads_pages_in_any_order);
  g_test_add_func ("/nvs/read/old-blobs", test_reads_old_blobs);
  g_test_add_func ("/nvs/read/leaves-out-erased-values", test_leaves_out_erased_values);
  g_test_add_func ("/nvs/read/leaves-out-damaged-values", test_leaves_out_damaged_values);
  g_test_add_func ("/nvs/read/leaves-out-half-written-values", test_leaves_out_half_written_values);
  g_test_add_func ("/nvs/read/leaves-out-incomplete-blobs", test_leaves_out_incomplete_blobs);
  g_test_add_func ("/nvs/read/prefers-the-newer-page", test_prefers_the_newer_page);
  g_test_add_func ("/nvs/read/is-empty-when-blank", test_is_empty_when_blank);
  g_test_add_func ("/nvs/read/refuses-other-bytes", test_refuses_other_bytes);
  g_test_add_func ("/nvs/read/survives-damage", test_survives_damage);
  g_test_add_func ("/nvs/write/espressifs-bytes", test_writes_espressifs_bytes);
  g_test_add_func ("/nvs/write/espressifs-blob", test_writes_espressifs_blob);
  g_test_add_func ("/nvs/write/keeps-integers-of-all-types", test_keeps_integers_of_all_types);
  g_test_add_func ("/nvs/write/keeps-blobs-of-all-sizes", test_keeps_blobs_of_all_sizes);
  g_test_add_func ("/nvs/write/refuses-what-does-not-fit", test_refuses_what_does_not_fit);
  g_test_add_func ("/nvs/write/leaves-one-page-free", test_leaves_one_page_free);
  g_test_add_func ("/nvs/set/refuses-integers-that-do-not-fit",
                   test_refuses_integers_that_do_not_fit);
  g_test_add_func ("/nvs/set/refuses-long-names-and-values", test_refuses_long_names_and_values);
  g_test_add_func ("/nvs/set/replaces-and-removes", test_replaces_and_removes);
  return g_test_run ();
}
