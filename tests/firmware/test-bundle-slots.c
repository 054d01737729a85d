/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of devices that are updated over the air: two slots, one of which starts, and rubbish in the
 * other. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bundle.h"
#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-otadata.h"
#include "test-files.h"

#define SIZE    0x400000u
#define OTADATA 0xd000u
#define SLOT_0  0x10000u
#define SLOT_1  0x110000u
#define DEMO    0x210000u

static const char layout[] = "nvs,     data, nvs,   0x9000,   0x4000\n"
                             "otadata, data, ota,   0xd000,   0x2000\n"
                             "ota_0,   app,  ota_0, 0x10000,  1M\n"
                             "ota_1,   app,  ota_1, 0x110000, 1M\n";

typedef struct
{
  guint8 *flash;
  EkPartitionTable *table;
  gsize app_size;
} Fixture;

static void
put_app (Fixture *fixture, guint32 offset)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes (demo, "demo", NULL);

  fixture->app_size = ek_bundle_get_app (bundle)->size;
  memcpy (fixture->flash + offset, (const guint8 *) g_bytes_get_data (demo, NULL) + DEMO,
          fixture->app_size);
}

/* Makes the second slot the one that starts. */
static void
select_slot_1 (Fixture *fixture)
{
  const EkOtadata none = { 0 };
  guint sector = 0;
  g_autoptr (GBytes) entry =
      ek_otadata_select (&none, fixture->table,
                         ek_partition_table_find_label (fixture->table, "ota_1"), &sector);

  memcpy (fixture->flash + OTADATA + sector * EK_OTADATA_SECTOR_SIZE,
          g_bytes_get_data (entry, NULL), g_bytes_get_size (entry));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autoptr (GBytes) binary = NULL;

  fixture->flash = g_malloc (SIZE);
  memset (fixture->flash, 0xff, SIZE);
  memcpy (fixture->flash, g_bytes_get_data (demo, NULL), 0x8000);
  fixture->table = ek_partition_table_new_from_csv (layout, strlen (layout), NULL);
  binary = ek_partition_table_to_binary (fixture->table);
  memcpy (fixture->flash + 0x8000, g_bytes_get_data (binary, NULL), g_bytes_get_size (binary));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->table);
  g_free (fixture->flash);
}

static EkBundle *
try_read (Fixture *fixture, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (fixture->flash, SIZE);

  return ek_bundle_new_from_bytes (bytes, "backup.bin", error);
}

static const EkSegment *
segment_at (EkBundle *bundle, guint32 offset)
{
  for (guint i = 0; i < ek_bundle_get_n_segments (bundle); i++)
    if (ek_bundle_get_segment (bundle, i)->offset == offset)
      return ek_bundle_get_segment (bundle, i);

  g_error ("nothing at 0x%x", offset);
}

/* What a download that broke off, or a test pattern, leaves there. */
static void
test_rubbish_in_the_other_slot (Fixture *fixture, gconstpointer data)
{
  put_app (fixture, SLOT_0);
  for (guint kind = 0; kind < 3; kind++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkBundle) bundle = NULL;

      memset (fixture->flash + SLOT_1, 0xff, 0x100000);
      if (kind == 0)
        memset (fixture->flash + SLOT_1, 0x5a, 0x3000);
      else
        put_app (fixture, SLOT_1);
      if (kind == 1)
        memset (fixture->flash + SLOT_1 + 0x1000, 0xff, 0x100000 - 0x1000); /* cut off */
      if (kind == 2)
        fixture->flash[SLOT_1 + 0x100] ^= 1;

      bundle = try_read (fixture, &error);
      g_assert_no_error (error);
      g_assert_cmpint (segment_at (bundle, SLOT_0)->kind, ==, EK_SEGMENT_APP);
      g_assert_cmpint (segment_at (bundle, SLOT_1)->kind, ==, EK_SEGMENT_DATA);
      g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "0.1.0");
    }
}

static void
test_damage_in_the_slot_that_starts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  put_app (fixture, SLOT_0);
  put_app (fixture, SLOT_1);
  fixture->flash[SLOT_0 + 0x100] ^= 1;
  g_assert_null (try_read (fixture, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED);
  g_assert_nonnull (strstr (error->message, "ota_0"));
}

/* The OTA data choose: then it is the other way round. */
static void
test_second_slot_starts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = NULL;

  put_app (fixture, SLOT_1);
  select_slot_1 (fixture);
  memset (fixture->flash + SLOT_0, 0x5a, 0x3000);
  bundle = try_read (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpint (segment_at (bundle, SLOT_0)->kind, ==, EK_SEGMENT_DATA);
  g_assert_cmpint (segment_at (bundle, SLOT_1)->kind, ==, EK_SEGMENT_APP);
  g_assert_cmpstr (ek_bundle_get_version (bundle), ==, "0.1.0");

  fixture->flash[SLOT_1 + 0x100] ^= 1;
  g_assert_null (try_read (fixture, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED);
  g_assert_nonnull (strstr (error->message, "ota_1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/bundle/slots/rubbish-in-the-other-slot", Fixture, NULL, set_up,
              test_rubbish_in_the_other_slot, tear_down);
  g_test_add ("/bundle/slots/damage-in-the-slot-that-starts", Fixture, NULL, set_up,
              test_damage_in_the_slot_that_starts, tear_down);
  g_test_add ("/bundle/slots/second-slot-starts", Fixture, NULL, set_up, test_second_slot_starts,
              tear_down);
  return g_test_run ();
}
