/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which slot starts, and which gets an update. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bytes.h"
#include "ek-otadata.h"

#define TWO_SLOTS                               \
  "nvs,      data, nvs,   0x9000,   0x4000\n"   \
  "otadata,  data, ota,   0xd000,   0x2000\n"   \
  "app0,     app,  ota_0, 0x10000,  0x100000\n" \
  "app1,     app,  ota_1, 0x110000, 0x100000\n"
#define WITH_FACTORY TWO_SLOTS "factory, app, factory, 0x210000, 0x100000\n"
#define ONE_SLOT                            \
  "otadata, data, ota,   0xd000,  0x2000\n" \
  "app0,    app,  ota_0, 0x10000, 0x100000\n"
#define NO_OTADATA                         \
  "app0, app, ota_0, 0x10000,  0x100000\n" \
  "app1, app, ota_1, 0x110000, 0x100000\n"

/* What esptool and otatool.py know as the entries of sequence 1 and 2: CRCs from ESP-IDF's own
 * ota_data_initial and from zlib.crc32 (sequence, 0xffffffff). */
#define CRC_OF_1 0x4743989au
#define CRC_OF_2 0x55f63774u

static EkPartitionTable *
table_from (const char *csv)
{
  g_autoptr (GError) error = NULL;
  EkPartitionTable *table = ek_partition_table_new_from_csv (csv, strlen (csv), &error);

  g_assert_no_error (error);
  return table;
}

static void
put_entry (guint8 *entry, guint32 sequence, guint32 state, guint32 crc)
{
  memset (entry, 0xff, EK_OTADATA_ENTRY_SIZE);
  ek_put_u32 (entry, sequence);
  ek_put_u32 (entry + 24, state);
  ek_put_u32 (entry + 28, crc);
}

static void
test_reads_entries (void)
{
  guint8 blank[32], first[32], second[32], damaged[32], aborted[32];
  EkOtadata otadata;

  memset (blank, 0xff, sizeof blank);
  put_entry (first, 1, G_MAXUINT32, CRC_OF_1);
  put_entry (second, 2, G_MAXUINT32, CRC_OF_2);
  put_entry (damaged, 2, G_MAXUINT32, CRC_OF_2 ^ 1);
  put_entry (aborted, 2, 4, CRC_OF_2);

  ek_otadata_parse (blank, blank, &otadata);
  g_assert_cmpuint (otadata.sequence, ==, 0);
  ek_otadata_parse (first, blank, &otadata);
  g_assert_cmpuint (otadata.sequence, ==, 1);
  g_assert_cmpuint (otadata.sector, ==, 0);
  ek_otadata_parse (first, second, &otadata);
  g_assert_cmpuint (otadata.sequence, ==, 2);
  g_assert_cmpuint (otadata.sector, ==, 1);
  ek_otadata_parse (first, damaged, &otadata);
  g_assert_cmpuint (otadata.sequence, ==, 1);
  ek_otadata_parse (first, aborted, &otadata);
  g_assert_cmpuint (otadata.sequence, ==, 1);
}

static void
test_finds_apps (void)
{
  static const struct
  {
    const char *csv;
    guint32 sequence;
    guint32 boot;
    guint32 next;
  } rows[] = {
    { TWO_SLOTS, 0, 0x10000, 0x110000 },     { TWO_SLOTS, 1, 0x10000, 0x110000 },
    { TWO_SLOTS, 2, 0x110000, 0x10000 },     { TWO_SLOTS, 7, 0x10000, 0x110000 },
    { WITH_FACTORY, 0, 0x210000, 0x210000 }, { WITH_FACTORY, 2, 0x110000, 0x10000 },
    { ONE_SLOT, 5, 0x10000, 0x10000 },       { NO_OTADATA, 0, 0x10000, 0x10000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkPartitionTable) table = table_from (rows[i].csv);
      EkOtadata otadata = { rows[i].sequence, 0 };

      g_test_message ("row %u", i);
      g_assert_cmphex (ek_otadata_find_boot_app (&otadata, table)->offset, ==, rows[i].boot);
      g_assert_cmphex (ek_otadata_find_next_app (&otadata, table)->offset, ==, rows[i].next);
    }
}

static void
test_selects (void)
{
  g_autoptr (EkPartitionTable) table = table_from (TWO_SLOTS);

  for (guint32 before = 0; before < 20; before++)
    for (guint slot = 0; slot < 2; slot++)
      {
        EkOtadata otadata = { before, before % 2 }, after;
        const EkPartition *app =
            ek_partition_table_find (table, EK_PARTITION_TYPE_APP, (guint8) (0x10 + slot));
        guint8 sectors[2][32];
        guint sector = 9;
        g_autoptr (GBytes) bytes = ek_otadata_select (&otadata, table, app, &sector);

        memset (sectors, 0xff, sizeof sectors);
        g_assert_cmpuint (g_bytes_get_size (bytes), ==, 4096);
        g_assert_cmpuint (sector, <, 2);
        if (before > 0)
          g_assert_cmpuint (sector, !=, otadata.sector);
        memcpy (sectors[sector], g_bytes_get_data (bytes, NULL), 32);
        ek_otadata_parse (sectors[0], sectors[1], &after);
        g_assert_cmpuint (after.sequence, >, before);
        g_assert_cmphex (ek_otadata_find_boot_app (&after, table)->offset, ==, app->offset);
      }
}

static void
test_writes_espressifs_entry (void)
{
  g_autoptr (EkPartitionTable) table = table_from (TWO_SLOTS);
  EkOtadata blank = { 0, 0 };
  const EkPartition *app = ek_partition_table_find_label (table, "app1");
  guint8 expected[32];
  guint sector;
  g_autoptr (GBytes) bytes = ek_otadata_select (&blank, table, app, &sector);

  put_entry (expected, 2, G_MAXUINT32, CRC_OF_2);
  g_assert_cmpuint (sector, ==, 0);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), 32, expected, 32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/otadata/parse/the-higher-valid-entry-counts", test_reads_entries);
  g_test_add_func ("/otadata/find/boot-and-next-app", test_finds_apps);
  g_test_add_func ("/otadata/select/makes-the-slot-start", test_selects);
  g_test_add_func ("/otadata/select/espressifs-entry", test_writes_espressifs_entry);
  return g_test_run ();
}
