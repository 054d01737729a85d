/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables in both forms, held against EchoKit's CSV and the binaries made of it. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bytes.h"
#include "ek-partition-table.h"
#include "test-files.h"

static GBytes *layout_a; /* of echokit_boards.bin */

static GBytes *
table_of (const char *name)
{
  g_autoptr (GBytes) flash = test_shared_file (name);

  return g_bytes_new_from_bytes (flash, EK_PARTITION_TABLE_OFFSET, EK_PARTITION_TABLE_SIZE);
}

static EkPartitionTable *
read_binary (const char *name)
{
  g_autoptr (GBytes) bytes = table_of (name);
  g_autoptr (GError) error = NULL;
  EkPartitionTable *table = ek_partition_table_new_from_binary (g_bytes_get_data (bytes, NULL),
                                                                g_bytes_get_size (bytes), &error);

  g_assert_no_error (error);
  return table;
}

static EkPartitionTable *
read_csv (const char *text)
{
  g_autoptr (GError) error = NULL;
  EkPartitionTable *table = ek_partition_table_new_from_csv (text, strlen (text), &error);

  g_assert_no_error (error);
  return table;
}

static void
assert_binary_refused (const guint8 *data, gsize size, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_partition_table_new_from_binary (data, size, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE);
  if (strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

static void
assert_csv_refused (const char *text, const char *word)
{
  g_autoptr (GError) error = NULL;

  if (ek_partition_table_new_from_csv (text, strlen (text), &error) != NULL)
    g_error ("accepted: %s", text);
  g_assert_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE);
  if (strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

static void
test_layout_a_is_echokits_own (void)
{
  g_autoptr (EkPartitionTable) compiled_in = ek_partition_table_new_layout_a ();
  g_autoptr (EkPartitionTable) binary = read_binary ("echokit_boards.bin");
  g_autoptr (GBytes) text = test_shared_file ("partitions.csv");
  g_autoptr (GError) error = NULL;
  g_autoptr (EkPartitionTable) csv =
      ek_partition_table_new_from_csv (g_bytes_get_data (text, NULL), g_bytes_get_size (text),
                                       &error);

  g_assert_no_error (error);
  g_assert_true (ek_partition_table_equal (compiled_in, binary));
  g_assert_true (ek_partition_table_equal (compiled_in, csv));
  g_assert_cmpstr (ek_partition_table_get_layout (csv), ==, "A");
  g_assert_cmphex (ek_partition_table_get_end (csv), ==, 0xa10000);
}

static void
test_layout_b_is_espflashs (void)
{
  g_autoptr (EkPartitionTable) table = read_binary ("layout-b.bin");
  const EkPartition *app = ek_partition_table_find_boot_app (table);

  g_assert_cmpstr (ek_partition_table_get_layout (table), ==, "B");
  g_assert_cmpstr (app->label, ==, "factory");
  g_assert_cmphex (app->offset, ==, 0x10000);
  g_assert_cmphex (app->size, ==, 0xfa0000);
}

/* EchoKit's CSV before commit cbccfe9 of 2025-07-31. */
static void
test_layout_c_is_the_old_csv (void)
{
  g_autoptr (EkPartitionTable) table = read_csv ("nvs,      data, nvs,     0x9000,  0x6000,\n"
                                                 "phy_init, data, phy,     ,        0x1000,\n"
                                                 "factory,  app,  factory, ,        5M,\n"
                                                 "model,    data, spiffs,  ,        3M,\n");

  g_assert_cmpstr (ek_partition_table_get_layout (table), ==, "C");
}

static void
test_other_layouts_have_no_name (void)
{
  g_autoptr (EkPartitionTable) table = read_csv ("nvs, data, nvs, 0x9000, 2M\n"
                                                 "phy_init, data, phy, , 0x1000\n"
                                                 "factory, app, factory, , 5M\n");

  g_assert_null (ek_partition_table_get_layout (table));
}

static void
test_writes_the_same_binary (void)
{
  static const char *const files[] = { "echokit_boards.bin", "layout-b.bin" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (EkPartitionTable) table = read_binary (files[i]);
      g_autoptr (GBytes) expected = table_of (files[i]);
      g_autoptr (GBytes) written = ek_partition_table_to_binary (table);

      g_assert_true (g_bytes_equal (written, expected));
    }
}

static void
test_writes_csv (void)
{
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_layout_a ();
  g_autofree char *csv = ek_partition_table_to_csv (table);
  g_autoptr (EkPartitionTable) again = read_csv (csv);

  g_assert_cmpstr (csv, ==,
                   "# Name, Type, SubType, Offset, Size, Flags\n"
                   "nvs,data,nvs,0x9000,2M,\n"
                   "phy_init,data,phy,0x209000,4K,\n"
                   "factory,app,factory,0x210000,5M,\n"
                   "model,data,spiffs,0x710000,3M,\n");
  g_assert_true (ek_partition_table_equal (table, again));
}

static void
test_keeps_odd_entries_in_csv (void)
{
  g_autoptr (EkPartitionTable) table =
      read_csv ("a, 0x40, 0x7, 0x9000, 0x1001, readonly\n"
                "b, app, ota_15, 0x10000, 64k, encrypted:readonly\n"
                "c, app, 0x99, , 64K, \n");
  g_autofree char *csv = ek_partition_table_to_csv (table);
  g_autoptr (EkPartitionTable) again = read_csv (csv);
  const EkPartition *b = ek_partition_table_find_label (table, "b");

  g_assert_cmphex (ek_partition_table_find_label (table, "a")->size, ==, 0x1001);
  g_assert_cmphex (b->subtype, ==, 0x1f);
  g_assert_cmphex (b->flags, ==, 3);
  g_assert_cmphex (ek_partition_table_find_label (table, "c")->offset, ==, 0x20000);
  g_assert_true (ek_partition_table_equal (table, again));
}

static void
test_finds_the_app_that_boots (void)
{
  g_autoptr (EkPartitionTable) ota = read_csv ("ota_1, app, ota_1, 0x20000, 64K\n"
                                               "ota_0, app, ota_0, 0x30000, 64K\n");
  g_autoptr (EkPartitionTable) both = read_csv ("ota_0, app, ota_0, 0x20000, 64K\n"
                                                "main, app, factory, 0x30000, 64K\n");
  g_autoptr (EkPartitionTable) none = read_csv ("nvs, data, nvs, 0x9000, 24K\n");

  g_assert_cmpstr (ek_partition_table_find_boot_app (ota)->label, ==, "ota_0");
  g_assert_cmpstr (ek_partition_table_find_boot_app (both)->label, ==, "main");
  g_assert_null (ek_partition_table_find_boot_app (none));
}

static void
test_checks_the_flash (void)
{
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_layout_a ();
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_partition_table_check_bounds (table, 0xa10000, &error));
  g_assert_no_error (error);
  g_assert_false (ek_partition_table_check_bounds (table, 0x800000, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG);
  g_assert_nonnull (strstr (error->message, "model"));
}

static void
test_refuses_a_blank_table (void)
{
  guint8 blank[EK_PARTITION_TABLE_SIZE];

  memset (blank, 0xff, sizeof blank);
  assert_binary_refused (blank, sizeof blank, "empty");
  assert_binary_refused (blank, 0, "no end");
}

static void
test_refuses_a_changed_byte (void)
{
  for (gsize i = 0; i < 0xa0; i++)
    {
      g_autofree guint8 *data = test_copy (layout_a, 0, EK_PARTITION_TABLE_SIZE);
      g_autoptr (GError) error = NULL;

      if (i >= 0x82 && i < 0x90)
        continue; /* filling of the MD5 entry means nothing */

      data[i] ^= 0x04;
      g_assert_null (ek_partition_table_new_from_binary (data, EK_PARTITION_TABLE_SIZE, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE);
    }
}

static void
test_names_a_broken_md5 (void)
{
  g_autofree guint8 *data = test_copy (layout_a, 0, EK_PARTITION_TABLE_SIZE);

  data[0x9f] ^= 1;
  assert_binary_refused (data, EK_PARTITION_TABLE_SIZE, "MD5 at 0x90");
}

static void
test_refuses_a_truncated_table (void)
{
  for (gsize size = 0; size < 0xa0; size++)
    {
      g_autofree guint8 *data = test_copy (layout_a, 0, size);

      assert_binary_refused (data, size, "no end");
    }
}

/* Without an MD5, as tables were before ESP-IDF 3.1; so entries may be changed. */
static guint8 *
table_without_md5 (void)
{
  guint8 *data = test_copy (layout_a, 0, EK_PARTITION_TABLE_SIZE);

  memset (data + 0x80, 0xff, 0x20);
  return data;
}

static void
test_reads_a_table_without_md5 (void)
{
  g_autofree guint8 *data = table_without_md5 ();
  g_autoptr (EkPartitionTable) table =
      ek_partition_table_new_from_binary (data, EK_PARTITION_TABLE_SIZE, NULL);

  g_assert_nonnull (table);
  g_assert_cmpstr (ek_partition_table_get_layout (table), ==, "A");
}

static const struct
{
  gsize place;
  guint32 value;
  const char *word;
} bad_entries[] = {
  { 0x44, 0x211000, "64 KiB" }, /* app not aligned */
  { 0x04, 0x9100, "4 KiB" },    /* data not aligned */
  { 0x04, 0x8000, "over the partition table" },
  { 0x04, 0x0, "over the partition table" },
  { 0x08, 0x201000, "overlaps" },
  { 0x44, 0x200000, "overlaps" },
  { 0x48, 0xffffffff, "beyond 4 GiB" },
  { 0x48, 0, "is empty" },
  { 0x80, 0x12345678, "starts with 0x5678" },
};

static void
test_refuses_entries_that_cannot_be (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_entries); i++)
    {
      g_autofree guint8 *data = table_without_md5 ();

      ek_put_u32 (data + bad_entries[i].place, bad_entries[i].value);
      assert_binary_refused (data, EK_PARTITION_TABLE_SIZE, bad_entries[i].word);
    }
}

static guint8 *
table_of_many (guint n)
{
  guint8 *data = g_malloc (0x1000);

  memset (data, 0xff, 0x1000);
  for (guint i = 0; i < n; i++)
    {
      guint8 *entry = data + i * 32;

      memset (entry, 0, 32);
      ek_put_u16 (entry, 0x50aa);
      entry[2] = 0x40;
      ek_put_u32 (entry + 4, 0x10000 + i * 0x1000);
      ek_put_u32 (entry + 8, 0x1000);
    }

  return data;
}

static void
test_limits_the_number_of_entries (void)
{
  g_autofree guint8 *most = table_of_many (95);
  g_autofree guint8 *too_many = table_of_many (96);
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_from_binary (most, 0x1000, NULL);

  g_assert_nonnull (table);
  g_assert_cmpuint (ek_partition_table_get_n_partitions (table), ==, 95);
  assert_binary_refused (too_many, 0x1000, "no end");
}

static void
test_reads_labels_of_all_kinds (void)
{
  g_autofree guint8 *data = table_without_md5 ();
  g_autoptr (EkPartitionTable) table = NULL;

  memcpy (data + 0x0c, "0123456789abcdef", 16); /* no room for a NUL */
  memcpy (data + 0x2c, "\x1b[2J\xff\xc3\xa9\0x", 9);
  table = ek_partition_table_new_from_binary (data, EK_PARTITION_TABLE_SIZE, NULL);
  g_assert_cmpstr (ek_partition_table_get_partition (table, 0)->label, ==, "0123456789abcdef");
  g_assert_cmpstr (ek_partition_table_get_partition (table, 1)->label, ==, "?[2J???");
}

static void
test_reads_csv_as_people_write_it (void)
{
  g_autoptr (EkPartitionTable) table = read_csv ("\xef\xbb\xbf# Name, Type\r\n"
                                                 "\r\n"
                                                 "  # a remark\r\n"
                                                 " nvs\t, data ,nvs, 36K , 0x200000 , \r\n"
                                                 "phy_init,1,1,,4096\r\n"
                                                 "factory,0x0,0,,5m,,\r\n"
                                                 "model, data, spiffs, , 3 M");

  g_assert_cmpstr (ek_partition_table_get_layout (table), ==, "A");
}

static const struct
{
  const char *text;
  const char *word;
} bad_csv[] = {
  { "", "empty" },
  { "# nothing\n", "empty" },
  { "nvs, data, nvs, 0x9000\n", "fewer than five" },
  { "\nnvs, data, what, 0x9000, 24K\n", "Line 2" },
  { "nvs, what, nvs, 0x9000, 24K\n", "no type" },
  { "nvs, 256, 0, 0x9000, 24K\n", "no type" },
  { "app, app, , 0x10000, 24K\n", "no subtype" },
  { "nvs, data, nvs, what, 24K\n", "no offset" },
  { "nvs, data, nvs, 0x9000, \n", "no size" },
  { "nvs, data, nvs, 0x9000, -4K\n", "no size" },
  { "nvs, data, nvs, 0x9000, 4G\n", "no size" },
  { "nvs, data, nvs, 0x9000, 4096M\n", "no size" },
  { "nvs, data, nvs, 0x9000, 0x\n", "no size" },
  { "nvs, data, nvs, 0x9000, K\n", "no size" },
  { "nvs, data, nvs, 0x9000, 24K, secret\n", "no flags" },
  { "nvs, data, nvs, 0x8000, 24K\n", "overlaps" },
  { "a, data, nvs, 0x9000, 24K\nb, data, phy, 0xe000, 4K\n", "overlaps" },
  { "a, data, nvs, 0x9000, 24K\na, data, phy, , 4K\n", "already" },
  { ", data, nvs, 0x9000, 24K\n", "1 to 16" },
  { "seventeen_letters, data, nvs, 0x9000, 24K\n", "1 to 16" },
  { "caf\xc3\xa9, data, nvs, 0x9000, 24K\n", "1 to 16" },
  { "a, data, nvs, 0x9000, 4095M\nb, data, phy, , 1M\n", "4 GiB" },
  { "app, app, factory, 0x11000, 64K\n", "64 KiB" },
  { "a, data, nvs, \xff, 24K\n", "not a short text" },
  { "boot, bootloader, primary, , 24K\n", "offset is needed" },
};

static void
test_refuses_bad_csv (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_csv); i++)
    assert_csv_refused (bad_csv[i].text, bad_csv[i].word);
}

static void
test_limits_csv (void)
{
  g_autofree char *long_text = g_strnfill (70000, '#');
  GString *many = g_string_new (NULL);

  assert_csv_refused (long_text, "not a short text");
  for (guint i = 0; i < 96; i++)
    g_string_append_printf (many, "p%u, data, nvs, , 4K\n", i);
  assert_csv_refused (many->str, "too many");
  g_string_free (many, TRUE);
}

static void
test_survives_damage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20250303);
  g_autoptr (GBytes) text = test_shared_file ("partitions.csv");
  gsize text_size = g_bytes_get_size (text);

  for (guint i = 0; i < test_mutations (); i++)
    {
      g_autofree guint8 *data = table_without_md5 ();
      g_autofree guint8 *csv = test_copy (text, 0, text_size);
      g_autoptr (EkPartitionTable) table = NULL;
      g_autoptr (EkPartitionTable) other = NULL;

      test_damage (rand, data, 0x80);
      table = ek_partition_table_new_from_binary (data, EK_PARTITION_TABLE_SIZE, NULL);
      if (table != NULL)
        {
          g_autoptr (GBytes) again = ek_partition_table_to_binary (table);

          g_assert_cmpuint (g_bytes_get_size (again), ==, EK_PARTITION_TABLE_SIZE);
        }

      test_damage (rand, csv, text_size);
      other = ek_partition_table_new_from_csv ((const char *) csv, text_size, NULL);
      if (other != NULL)
        g_assert_cmpuint (ek_partition_table_get_n_partitions (other), <=, 4);
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  layout_a = table_of ("echokit_boards.bin");

  g_test_add_func ("/partition-table/layout/a-is-echokits-own", test_layout_a_is_echokits_own);
  g_test_add_func ("/partition-table/layout/b-is-espflashs", test_layout_b_is_espflashs);
  g_test_add_func ("/partition-table/layout/c-is-the-old-csv", test_layout_c_is_the_old_csv);
  g_test_add_func ("/partition-table/layout/others-have-no-name", test_other_layouts_have_no_name);
  g_test_add_func ("/partition-table/find/the-app-that-boots", test_finds_the_app_that_boots);
  g_test_add_func ("/partition-table/bounds/checks-the-flash", test_checks_the_flash);
  g_test_add_func ("/partition-table/binary/writes-the-same", test_writes_the_same_binary);
  g_test_add_func ("/partition-table/binary/reads-a-table-without-md5",
                   test_reads_a_table_without_md5);
  g_test_add_func ("/partition-table/binary/reads-labels-of-all-kinds",
                   test_reads_labels_of_all_kinds);
  g_test_add_func ("/partition-table/binary/refuses-a-blank-table", test_refuses_a_blank_table);
  g_test_add_func ("/partition-table/binary/refuses-a-changed-byte", test_refuses_a_changed_byte);
  g_test_add_func ("/partition-table/binary/names-a-broken-md5", test_names_a_broken_md5);
  g_test_add_func ("/partition-table/binary/refuses-a-truncated-table",
                   test_refuses_a_truncated_table);
  g_test_add_func ("/partition-table/binary/refuses-entries-that-cannot-be",
                   test_refuses_entries_that_cannot_be);
  g_test_add_func ("/partition-table/binary/limits-the-number-of-entries",
                   test_limits_the_number_of_entries);
  g_test_add_func ("/partition-table/csv/writes", test_writes_csv);
  g_test_add_func ("/partition-table/csv/keeps-odd-entries", test_keeps_odd_entries_in_csv);
  g_test_add_func ("/partition-table/csv/reads-as-people-write", test_reads_csv_as_people_write_it);
  g_test_add_func ("/partition-table/csv/refuses-bad-lines", test_refuses_bad_csv);
  g_test_add_func ("/partition-table/csv/limits", test_limits_csv);
  g_test_add_func ("/partition-table/survives-damage", test_survives_damage);

  result = g_test_run ();
  g_bytes_unref (layout_a);
  return result;
}
