/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The planner against flash contents in memory: what it writes, skips, erases and keeps, and what it
 * refuses before anything is written. */
#include "config.h"

#include <glib/gstdio.h>

#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-flash-plan.h"
#include "ek-test.h"

#define FLASH_SIZE (16u << 20)
#define SECTOR     0x1000u
#define BLOCK      0x10000u
#define APP_OFFSET 0x210000u
#define NVS_OFFSET 0x9000u
#define NVS_SIZE   0x200000u
#define APP_SIZE   0x50000u

typedef struct
{
  guint8 *flash;
  EkChipInfo chip;
  guint64 n_hashed;
  guint n_questions;
} Fixture;

static gboolean
fixture_md5 (gpointer user_data,
             guint32 offset,
             guint32 size,
             guint8 *digest,
             GCancellable *cancellable,
             GError **error)
{
  Fixture *fixture = user_data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize digest_size = 16;

  g_assert_cmpuint (offset + size, <=, FLASH_SIZE);
  g_checksum_update (checksum, fixture->flash + offset, size);
  g_checksum_get_digest (checksum, digest, &digest_size);
  fixture->n_hashed += size;
  fixture->n_questions++;
  return TRUE;
}

static gboolean
fixture_read (gpointer user_data,
              guint32 offset,
              guint32 size,
              guint8 *buffer,
              GCancellable *cancellable,
              GError **error)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (offset + size, <=, FLASH_SIZE);
  memcpy (buffer, fixture->flash + offset, size);
  return TRUE;
}

static void
put (Fixture *fixture, GBytes *contents)
{
  memcpy (fixture->flash, g_bytes_get_data (contents, NULL), g_bytes_get_size (contents));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", TRUE);

  fixture->flash = g_malloc (FLASH_SIZE);
  memset (fixture->flash, 0xff, FLASH_SIZE);
  put (fixture, demo);
  fixture->chip = (EkChipInfo){ .chip = ek_chip_find_by_name ("esp32s3"),
                                .from_registers = TRUE,
                                .revision = 2,
                                .flash_id = 0x1840ef,
                                .flash_size = FLASH_SIZE };
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->flash);
}

static EkFlashPlan *
plan (Fixture *fixture, GBytes *firmware, const EkPlanOptions *options, GError **error)
{
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes (firmware, "test", NULL);
  EkFlashReader reader = { fixture_md5, fixture_read, fixture };
  EkPlanOptions none = { 0 };
  EkCostModel cost;

  g_assert_nonnull (bundle);
  ek_cost_model_init (&cost, FALSE, 0, TRUE);
  return ek_flash_plan_new (bundle, &fixture->chip, options != NULL ? options : &none, &reader,
                            &cost, NULL, error);
}

/* The first half of carrying a plan out: what is late stays undone, as if the cable had come out. */
static void
carry_out_early (Fixture *fixture, EkFlashPlan *self)
{
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self, i);

      if (range->late)
        continue;
      if (range->action == EK_RANGE_ERASE)
        memset (fixture->flash + range->offset, 0xff, range->size);
      if (range->action == EK_RANGE_WRITE)
        memcpy (fixture->flash + range->offset, g_bytes_get_data (range->data, NULL), range->size);
    }
}

/* Carries the plan out in memory, as flash would: erase, then write. */
static void
carry_out (Fixture *fixture, EkFlashPlan *self)
{
  if (ek_flash_plan_erases_chip (self))
    memset (fixture->flash, 0xff, FLASH_SIZE);
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self, i);

      g_assert_cmpuint (range->offset % SECTOR, ==, 0);
      g_assert_cmpuint (range->size % SECTOR, ==, 0);
      g_assert_cmpuint (range->offset + range->size, <=, FLASH_SIZE);
      g_assert_nonnull (range->reason);
      if (i > 0 && range->action != EK_RANGE_SKIP)
        {
          const EkPlanRange *before = ek_flash_plan_get_range (self, i - 1);

          g_assert_cmpuint (before->offset + before->size, <=, range->offset);
        }
      if (range->action == EK_RANGE_ERASE)
        memset (fixture->flash + range->offset, 0xff, range->size);
      if (range->action == EK_RANGE_WRITE)
        {
          g_assert_cmpuint (g_bytes_get_size (range->data), ==, range->size);
          memcpy (fixture->flash + range->offset, g_bytes_get_data (range->data, NULL),
                  range->size);
        }
    }
}

/* The boot loader, table and app are those of the firmware, byte for byte. */
static gboolean
holds (Fixture *fixture, GBytes *firmware)
{
  gsize size;
  const guint8 *wanted = g_bytes_get_data (firmware, &size);

  return memcmp (fixture->flash, wanted, NVS_OFFSET) == 0 &&
         memcmp (fixture->flash + APP_OFFSET, wanted + APP_OFFSET, size - APP_OFFSET) == 0;
}

static void
test_update_keeps_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autofree guint8 *settings = g_memdup2 (fixture->flash + NVS_OFFSET, NVS_SIZE);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkFlashPlan) self = plan (fixture, firmware, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ek_flash_plan_has_changes (self));
  g_assert_true (ek_flash_plan_keeps_settings (self));
  g_assert_cmpuint (ek_flash_plan_get_app_offset (self), ==, APP_OFFSET);
  g_assert_cmpstr (ek_flash_plan_get_installed (self)->app.version, ==, "0.1.0");
  /* The same boot loader and table are there: only the app is sent. */
  g_assert_cmpuint (ek_flash_plan_get_bytes (self, EK_RANGE_WRITE), <=, APP_SIZE + 2 * BLOCK);
  /* Nothing of the app is the same, so looking for what is would cost time for nothing. */
  g_assert_cmpuint (fixture->n_hashed, <, APP_SIZE / 2);

  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
  g_assert_cmpmem (fixture->flash + NVS_OFFSET, NVS_SIZE, settings, NVS_SIZE);
}

static void
test_same_again_changes_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (EkFlashPlan) first = plan (fixture, firmware, NULL, NULL);
  g_autoptr (EkFlashPlan) second = NULL;

  carry_out (fixture, first);
  second = plan (fixture, firmware, NULL, NULL);
  g_assert_false (ek_flash_plan_has_changes (second));
  g_assert_cmpuint (ek_flash_plan_get_bytes (second, EK_RANGE_WRITE), ==, 0);
}

static void
test_one_sector (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (EkFlashPlan) first = plan (fixture, firmware, NULL, NULL);
  g_autoptr (EkFlashPlan) second = NULL;

  carry_out (fixture, first);
  fixture->flash[APP_OFFSET + 0x23456] ^= 0x10;
  second = plan (fixture, firmware, NULL, NULL);
  g_assert_cmpuint (ek_flash_plan_get_bytes (second, EK_RANGE_WRITE), ==, SECTOR);
  carry_out (fixture, second);
  g_assert_true (holds (fixture, firmware));
}

/* Five sectors of a block cost more one by one than the block (facts 7.3: from k = 5 on). */
static void
test_many_sectors_become_a_block (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (EkFlashPlan) first = plan (fixture, firmware, NULL, NULL);
  g_autoptr (EkFlashPlan) few = NULL;
  g_autoptr (EkFlashPlan) many = NULL;

  carry_out (fixture, first);
  for (guint i = 0; i < 3; i++)
    fixture->flash[APP_OFFSET + 2 * BLOCK + 2 * i * SECTOR] ^= 0xff;
  few = plan (fixture, firmware, NULL, NULL);
  g_assert_cmpuint (ek_flash_plan_get_bytes (few, EK_RANGE_WRITE), ==, 3 * SECTOR);
  for (guint i = 3; i < 7; i++)
    fixture->flash[APP_OFFSET + 2 * BLOCK + 2 * i * SECTOR] ^= 0xff;
  many = plan (fixture, firmware, NULL, NULL);
  g_assert_cmpuint (ek_flash_plan_get_bytes (many, EK_RANGE_WRITE), ==, BLOCK);
}

/* The app ends in the middle of a block; nothing else lives there, so the block is erased whole. */
static void
test_end_is_padded_to_a_block (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (0x4a000, 3);
  g_autoptr (EkFlashPlan) self = plan (fixture, firmware, NULL, NULL);
  const EkPlanRange *last = NULL;

  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self); i++)
    if (ek_flash_plan_get_range (self, i)->action == EK_RANGE_WRITE)
      last = ek_flash_plan_get_range (self, i);
  g_assert_nonnull (last);
  g_assert_cmpuint (last->offset, ==, APP_OFFSET);
  g_assert_cmpuint ((last->offset + last->size) % BLOCK, ==, 0);
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
}

static void
test_fresh (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  EkPlanOptions options = { .fresh = TRUE };
  g_autoptr (EkFlashPlan) self = plan (fixture, firmware, &options, NULL);

  g_assert_false (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET, NVS_SIZE, 0xff));
}

static void
test_erase_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  EkPlanOptions options = { .erase_all = TRUE };
  g_autoptr (EkFlashPlan) self = NULL;

  memset (fixture->flash + 0xf00000, 0x55, 0x1000);
  self = plan (fixture, firmware, &options, NULL);
  g_assert_true (ek_flash_plan_erases_chip (self));
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
  g_assert_true (ek_bytes_all (fixture->flash + 0xf00000, 0x1000, 0xff));
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET, NVS_SIZE, 0xff));
}

static void
test_blank_chip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (EkFlashPlan) self = NULL;

  memset (fixture->flash, 0xff, FLASH_SIZE);
  self = plan (fixture, firmware, NULL, NULL);
  g_assert_cmpuint (ek_flash_plan_get_bytes (self, EK_RANGE_ERASE), ==, 0);
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
}

/* No table, no settings, but something: it would be taken for damaged settings. */
static void
test_noise_where_settings_go (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (EkFlashPlan) self = NULL;

  for (guint i = 0; i < FLASH_SIZE; i++)
    fixture->flash[i] = (guint8) (i * 7 + (i >> 8));
  self = plan (fixture, firmware, NULL, NULL);
  g_assert_false (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET, NVS_SIZE, 0xff));
}

/* A device with the documented command line's layout: its settings stay, the old code behind them
 * goes, because the firmware would take it for settings (facts/echokit 3.3). */
static void
test_layout_b (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path_b = ek_test_shared_path ("firmware/layout-b.bin");
  g_autofree char *path_a = ek_test_shared_path ("firmware/echokit_boards.bin");
  g_autoptr (GBytes) layout_b = NULL;
  g_autoptr (GBytes) firmware = NULL;
  g_autofree guint8 *settings = NULL;
  g_autoptr (EkFlashPlan) self = NULL;
  g_autoptr (GError) error = NULL;

  ek_test_skip_without (path_b);
  layout_b = ek_test_read_file (path_b);
  firmware = ek_test_read_file (path_a);
  memset (fixture->flash, 0xff, FLASH_SIZE);
  put (fixture, layout_b);
  settings = g_memdup2 (fixture->flash + NVS_OFFSET, 0x6000);

  self = plan (fixture, firmware, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ek_partition_table_get_layout (ek_flash_plan_get_installed (self)->table), ==,
                   "B");
  g_assert_true (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
  g_assert_cmpmem (fixture->flash + NVS_OFFSET, 0x6000, settings, 0x6000);
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET + 0x6000, NVS_SIZE - 0x6000, 0xff));
}

static void
test_real_image_on_real_image (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards.bin");
  g_autoptr (GBytes) firmware = NULL;
  g_autoptr (EkFlashPlan) first = NULL;
  g_autoptr (EkFlashPlan) second = NULL;
  g_autoptr (GError) error = NULL;

  ek_test_skip_without (path);
  firmware = ek_test_read_file (path);
  first = plan (fixture, firmware, NULL, &error);
  g_assert_no_error (error);
  /* 2,774,240 bytes of app and 21 kB of boot loader of a file of 16 MiB. */
  g_assert_cmpuint (ek_flash_plan_get_bytes (first, EK_RANGE_WRITE), <, 2900000);
  carry_out (fixture, first);
  second = plan (fixture, firmware, NULL, NULL);
  g_assert_false (ek_flash_plan_has_changes (second));
  g_assert_cmpstr (ek_flash_plan_get_installed (second)->board, ==, "echokit-diy");
}

static void
test_another_board_is_questioned (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards.bin");
  g_autoptr (GBytes) firmware = NULL;
  g_autoptr (EkFlashPlan) first = NULL;
  g_autoptr (EkFlashPlan) forced = NULL;
  g_autoptr (GError) error = NULL;
  /* The Box's ELF hash of v0.3.1 (facts/echokit 3.4), put where the device's app has its own. */
  static const guint8 box[] = { 0x3c, 0x2b, 0xbe, 0x8c, 0x2e, 0x36, 0x57, 0xe0 };
  EkPlanOptions force = { .force_board = TRUE };

  ek_test_skip_without (path);
  firmware = ek_test_read_file (path);
  first = plan (fixture, firmware, NULL, NULL);
  carry_out (fixture, first);
  memcpy (fixture->flash + APP_OFFSET + 0xb0, box, sizeof box);
  g_assert_null (plan (fixture, firmware, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD);
  forced = plan (fixture, firmware, &force, NULL);
  g_assert_nonnull (forced);
}

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  const EkChipInfo good = fixture->chip;
  struct
  {
    EkChipInfo chip;
    EkError code;
  } rows[] = {
    { good, EK_ERROR_CHIP_LOCKED },         { good, EK_ERROR_CHIP_LOCKED },
    { good, EK_ERROR_CHIP_LOCKED },         { good, EK_ERROR_FLASH_NOT_FOUND },
    { good, EK_ERROR_FIRMWARE_WRONG_CHIP }, { good, EK_ERROR_FIRMWARE_WRONG_REVISION },
    { good, EK_ERROR_FIRMWARE_TOO_BIG },
  };

  rows[0].chip.secure_boot = TRUE;
  rows[1].chip.flash_encryption = TRUE;
  rows[2].chip.secure_download = TRUE;
  rows[3].chip.flash_size = 0;
  rows[4].chip.chip = ek_chip_find_by_name ("esp32c3");
  rows[5].chip.revision = 100;
  rows[6].chip.flash_size = 8u << 20;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      fixture->chip = rows[i].chip;
      g_assert_null (plan (fixture, firmware, NULL, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
    }
}

static GBytes *
app_only (GBytes *firmware)
{
  return g_bytes_new_from_bytes (firmware, APP_OFFSET, g_bytes_get_size (firmware) - APP_OFFSET);
}

static void
test_app_alone_goes_where_the_table_says (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) app = app_only (firmware);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkFlashPlan) self = plan (fixture, app, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (ek_flash_plan_get_app_offset (self), ==, APP_OFFSET);
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));

  memset (fixture->flash + 0x8000, 0xff, 0x1000);
  g_assert_null (plan (fixture, app, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE);
}

static EkFlashPlan *
plan_files (Fixture *fixture,
            const guint32 *offsets,
            GBytes *const *contents,
            guint n,
            const EkPlanOptions *options,
            GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("ek-plan-XXXXXX", NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (EkBundle) bundle = NULL;
  EkFlashReader reader = { fixture_md5, fixture_read, fixture };
  EkPlanOptions none = { 0 };
  g_autoptr (GError) local_error = NULL;
  EkCostModel cost;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("part%u.bin", i);
      char *path = g_build_filename (folder, name, NULL);

      g_assert_true (g_file_set_contents (path, g_bytes_get_data (contents[i], NULL),
                                          (gssize) g_bytes_get_size (contents[i]), NULL));
      g_ptr_array_add (paths, path);
    }
  bundle =
      ek_bundle_new_from_files (offsets, (const char *const *) paths->pdata, n, NULL, &local_error);
  g_assert_no_error (local_error);
  for (guint i = 0; i < n; i++)
    g_remove (paths->pdata[i]);
  g_rmdir (folder);

  ek_cost_model_init (&cost, FALSE, 0, TRUE);
  return ek_flash_plan_new (bundle, &fixture->chip, options != NULL ? options : &none, &reader,
                            &cost, NULL, error);
}

static void
test_app_alone_and_fresh (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) app = app_only (firmware);
  EkPlanOptions fresh = { .fresh = TRUE };
  EkPlanOptions erase = { .erase_all = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkFlashPlan) self = plan (fixture, app, &fresh, NULL);

  g_assert_false (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET, NVS_SIZE, 0xff));
  g_assert_true (holds (fixture, firmware));

  /* Nothing would start it afterwards. */
  g_assert_null (plan (fixture, app, &erase, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

/* What a person puts to a place with their own hands is put there. */
static void
test_settings_by_hand (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/settings-24k.bin");
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) boot = g_bytes_new_from_bytes (firmware, 0, 0x5000);
  g_autoptr (GBytes) table = g_bytes_new_from_bytes (firmware, 0x8000, 0xc00);
  g_autoptr (GBytes) app = app_only (firmware);
  g_autoptr (GBytes) settings = NULL;
  const guint32 offsets[] = { 0, 0x8000, NVS_OFFSET, APP_OFFSET };
  g_autoptr (EkFlashPlan) self = NULL;
  g_autoptr (GError) error = NULL;

  ek_test_skip_without (path);
  settings = ek_test_read_file (path);
  {
    GBytes *const contents[] = { boot, table, settings, app };

    self = plan_files (fixture, offsets, contents, 4, NULL, &error);
  }
  g_assert_no_error (error);
  g_assert_false (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_cmpmem (fixture->flash + NVS_OFFSET, g_bytes_get_size (settings),
                   g_bytes_get_data (settings, NULL), g_bytes_get_size (settings));
}

/* 0x10000 is where other people's layouts have their app, and EchoKit's its settings. */
static void
test_app_over_settings_is_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) app = app_only (firmware);
  g_autoptr (GBytes) boot = g_bytes_new_from_bytes (firmware, 0, 0x5000);
  GBytes *const apps[] = { app };
  GBytes *const boots[] = { boot };
  const guint32 offset = 0x10000, boot_offset = 0x1000;
  EkPlanOptions force = { .force_place = TRUE };
  g_autoptr (EkFlashPlan) forced = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (plan_files (fixture, &offset, apps, 1, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "0x210000"));
  forced = plan_files (fixture, &offset, apps, 1, &force, NULL);
  g_assert_nonnull (forced);

  /* The S3 looks for its boot loader at 0, other chips at 0x1000. */
  g_clear_error (&error);
  g_assert_null (plan_files (fixture, &boot_offset, boots, 1, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

static GBytes *
with_settings (GBytes *firmware)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", TRUE);
  gsize size;
  gconstpointer bytes = g_bytes_get_data (firmware, &size);
  guint8 *copy = g_memdup2 (bytes, size);

  memcpy (copy + NVS_OFFSET, (const guint8 *) g_bytes_get_data (demo, NULL) + NVS_OFFSET, NVS_SIZE);
  return g_bytes_new_take (copy, size);
}

/* A backup put onto a chip that was never written brings its settings along. */
static void
test_backup_onto_a_blank_chip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) backup = with_settings (firmware);
  g_autoptr (EkFlashPlan) self = NULL;

  memset (fixture->flash, 0xff, FLASH_SIZE);
  self = plan (fixture, backup, NULL, NULL);
  g_assert_false (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_cmpmem (fixture->flash, g_bytes_get_size (backup), g_bytes_get_data (backup, NULL),
                   g_bytes_get_size (backup));
}

/* --fresh means what the image has and nothing else: no old pages behind the new ones. */
static void
test_fresh_with_the_images_own_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) backup = with_settings (firmware);
  EkPlanOptions fresh = { .fresh = TRUE };
  g_autoptr (EkFlashPlan) self = NULL;

  memset (fixture->flash + NVS_OFFSET + 0x4000, 0x42, 0x5000);
  self = plan (fixture, backup, &fresh, NULL);
  carry_out (fixture, self);
  g_assert_cmpmem (fixture->flash, g_bytes_get_size (backup), g_bytes_get_data (backup, NULL),
                   g_bytes_get_size (backup));
}

/* Layout B whose table is lost: its settings stay, the code behind them is no settings. */
static void
test_layout_b_without_its_table (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/layout-b.bin");
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) layout_b = NULL;
  g_autofree guint8 *settings = NULL;
  g_autoptr (EkFlashPlan) self = NULL;

  ek_test_skip_without (path);
  layout_b = ek_test_read_file (path);
  memset (fixture->flash, 0xff, FLASH_SIZE);
  put (fixture, layout_b);
  memset (fixture->flash + 0x8000, 0xff, 0x1000);
  settings = g_memdup2 (fixture->flash + NVS_OFFSET, 0x6000);

  self = plan (fixture, firmware, NULL, NULL);
  g_assert_true (ek_flash_plan_keeps_settings (self));
  carry_out (fixture, self);
  g_assert_cmpmem (fixture->flash + NVS_OFFSET, 0x6000, settings, 0x6000);
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET + 0x6000, NVS_SIZE - 0x6000, 0xff));
  g_assert_true (holds (fixture, firmware));
}

static const EkSettings new_settings = { (char *) "Balcony", (char *) "seventeen17",
                                         (char *) "ws://192.168.1.5:8080/ws" };

static EkFlashPlan *
plan_settings (Fixture *fixture, const EkPlanOptions *options, GError **error)
{
  g_autoptr (EkBundle) nothing = ek_bundle_new_without_firmware ();
  EkFlashReader reader = { fixture_md5, fixture_read, fixture };
  EkCostModel cost;

  ek_cost_model_init (&cost, FALSE, 0, TRUE);
  return ek_flash_plan_new (nothing, &fixture->chip, options, &reader, &cost, NULL, error);
}

static EkNvs *
nvs_at (Fixture *fixture, guint32 offset, guint32 size)
{
  g_autoptr (GError) error = NULL;
  EkNvs *nvs = ek_nvs_new_from_bytes (fixture->flash + offset, size, &error);

  g_assert_no_error (error);
  return nvs;
}

static void
assert_settings_at (Fixture *fixture, guint32 offset, guint32 size, const EkSettings *expected)
{
  g_autoptr (EkNvs) nvs = nvs_at (fixture, offset, size);
  g_autoptr (EkSettings) settings = ek_settings_new_from_nvs (nvs);

  g_assert_cmpstr (settings->ssid, ==, expected->ssid);
  g_assert_cmpstr (settings->password, ==, expected->password);
  g_assert_cmpstr (settings->server_url, ==, expected->server_url);
}

static guint
count_pages (Fixture *fixture, guint32 offset, guint32 size)
{
  guint n = 0;

  for (guint32 at = 0; at < size; at += SECTOR)
    n += ek_nvs_page_header_is_valid (fixture->flash + offset + at);

  return n;
}

/* The picture, the sound and everything else that an owner set stays; and nothing is lost if the cable
 * comes out between the new page and the old one's end. */
static void
test_settings_are_set (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/settings-with-picture-2m.bin");
  EkPlanOptions options = { .settings = &new_settings };
  g_autoptr (GBytes) stored = NULL;
  g_autoptr (EkNvs) nvs = NULL;
  g_autoptr (EkFlashPlan) self = NULL;
  g_autoptr (EkFlashPlan) again = NULL;
  g_autoptr (GError) error = NULL;
  gint64 value = 0;

  ek_test_skip_without (path);
  stored = ek_test_read_file (path);
  memcpy (fixture->flash + NVS_OFFSET, g_bytes_get_data (stored, NULL), NVS_SIZE);

  self = plan_settings (fixture, &options, &error);
  g_assert_no_error (error);
  g_assert_true (ek_flash_plan_sets_settings (self));
  g_assert_true (ek_flash_plan_keeps_settings (self));
  carry_out_early (fixture, self);
  assert_settings_at (fixture, NVS_OFFSET, NVS_SIZE, &new_settings);
  carry_out (fixture, self);
  assert_settings_at (fixture, NVS_OFFSET, NVS_SIZE, &new_settings);
  /* 40,000 bytes of picture in chunks of at most 4,000 are ten pages or eleven. */
  g_assert_cmpuint (count_pages (fixture, NVS_OFFSET, NVS_SIZE), <=, 11);
  nvs = nvs_at (fixture, NVS_OFFSET, NVS_SIZE);
  g_assert_cmpuint (g_bytes_get_size (ek_nvs_get_blob (nvs, "setting", "background_gif")), ==,
                    40000);
  g_assert_true (ek_nvs_get_int (nvs, "setting", "agc_tl_dbfs", &value));
  g_assert_cmpint (value, ==, 3);

  again = plan_settings (fixture, &options, &error);
  g_assert_no_error (error);
  g_assert_false (ek_flash_plan_has_changes (again));
}

static void
test_settings_need_one_sector (Fixture *fixture, gconstpointer data)
{
  EkPlanOptions options = { .settings = &new_settings };
  g_autoptr (EkFlashPlan) self = plan_settings (fixture, &options, NULL);

  g_assert_cmpuint (ek_flash_plan_get_bytes (self, EK_RANGE_WRITE), ==, SECTOR);
  g_assert_cmpuint (ek_flash_plan_get_bytes (self, EK_RANGE_ERASE), ==, SECTOR);
}

static void
test_settings_are_cleared (Fixture *fixture, gconstpointer data)
{
  EkPlanOptions options = { .clear_settings = TRUE };
  EkSettings none = { 0 };
  g_autoptr (EkFlashPlan) self = plan_settings (fixture, &options, NULL);

  carry_out (fixture, self);
  assert_settings_at (fixture, NVS_OFFSET, NVS_SIZE, &none);
}

static void
test_settings_without_a_place (Fixture *fixture, gconstpointer data)
{
  EkPlanOptions options = { .settings = &new_settings };
  g_autoptr (GError) error = NULL;

  memset (fixture->flash + 0x8000, 0xff, SECTOR);
  g_assert_null (plan_settings (fixture, &options, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE);
}

static void
test_bad_settings_are_refused (Fixture *fixture, gconstpointer data)
{
  EkSettings bad = { .password = (char *) "short" };
  EkPlanOptions options = { .settings = &bad };
  g_autoptr (GError) error = NULL;

  g_assert_null (plan_settings (fixture, &options, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_SETTINGS_INVALID);
}

static void
test_settings_with_firmware (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  const EkPlanOptions variants[] = {
    { .settings = &new_settings },
    { .settings = &new_settings, .fresh = TRUE },
    { .settings = &new_settings, .erase_all = TRUE },
  };

  for (guint blank = 0; blank < 2; blank++)
    for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
      {
        g_autoptr (EkFlashPlan) self = NULL;
        g_autoptr (GError) error = NULL;

        tear_down (fixture, data);
        set_up (fixture, data);
        if (blank)
          memset (fixture->flash, 0xff, FLASH_SIZE);
        self = plan (fixture, firmware, &variants[i], &error);
        g_assert_no_error (error);
        carry_out (fixture, self);
        g_assert_true (holds (fixture, firmware));
        assert_settings_at (fixture, NVS_OFFSET, NVS_SIZE, &new_settings);
        g_assert_cmpuint (count_pages (fixture, NVS_OFFSET, NVS_SIZE), ==, 1);
      }
}

static void
put_table (Fixture *fixture, const char *csv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_from_csv (csv, strlen (csv), &error);
  g_autoptr (GBytes) binary = NULL;

  g_assert_no_error (error);
  binary = ek_partition_table_to_binary (table);
  memset (fixture->flash + 0x8000, 0xff, SECTOR);
  memcpy (fixture->flash + 0x8000, g_bytes_get_data (binary, NULL), g_bytes_get_size (binary));
}

/* A device that has its settings elsewhere gets them where the new firmware looks for them. */
static void
test_settings_move (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/settings-24k.bin");
  g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3);
  g_autoptr (GBytes) stored = NULL;
  g_autoptr (EkFlashPlan) self = NULL;
  g_autoptr (GError) error = NULL;
  EkSettings expected = { (char *) "Garden-2G", (char *) "swordfish99",
                          (char *) "ws://edge.echokit.dev/ws" };

  ek_test_skip_without (path);
  stored = ek_test_read_file (path);
  memset (fixture->flash + NVS_OFFSET, 0x33, NVS_SIZE);
  put_table (fixture, "factory, app, factory, 0x10000, 0x300000\n"
                      "nvs, data, nvs, 0xd00000, 0x6000\n");
  memcpy (fixture->flash + 0xd00000, g_bytes_get_data (stored, NULL), g_bytes_get_size (stored));

  self = plan (fixture, firmware, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ek_flash_plan_keeps_settings (self));
  g_assert_true (ek_flash_plan_converts_layout (self));
  carry_out (fixture, self);
  g_assert_true (holds (fixture, firmware));
  assert_settings_at (fixture, NVS_OFFSET, NVS_SIZE, &expected);
  g_assert_true (ek_bytes_all (fixture->flash + NVS_OFFSET + SECTOR, NVS_SIZE - SECTOR, 0xff));
}

#define OTA_TABLE                              \
  "nvs,     data, nvs,   0x9000,   0x4000\n"   \
  "otadata, data, ota,   0xd000,   0x2000\n"   \
  "app0,    app,  ota_0, 0x10000,  0x100000\n" \
  "app1,    app,  ota_1, 0x110000, 0x100000\n"

static guint32
boot_app_of (Fixture *fixture)
{
  EkFlashReader reader = { fixture_md5, fixture_read, fixture };
  g_auto (EkInstalled) installed = { 0 };
  g_autoptr (GError) error = NULL;

  ek_installed_read (&installed, &reader, FLASH_SIZE, NULL, &error);
  g_assert_no_error (error);
  return installed.app_partition->offset;
}

/* An app alone goes to the slot that does not start now; until it is complete the old one starts. */
static void
test_app_alone_goes_to_the_other_slot (Fixture *fixture, gconstpointer data)
{
  static const guint32 places[] = { 0x110000, 0x10000, 0x110000, 0x10000 };
  guint32 before = 0x10000;

  memset (fixture->flash, 0xff, FLASH_SIZE);
  put_table (fixture, OTA_TABLE);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GBytes) firmware = ek_test_firmware_new (APP_SIZE, 3 + i);
      g_autoptr (GBytes) app = app_only (firmware);
      g_autoptr (GError) error = NULL;
      g_autoptr (EkFlashPlan) self = plan (fixture, app, NULL, &error);
      g_autoptr (EkFlashPlan) again = NULL;

      g_assert_no_error (error);
      g_assert_cmphex (ek_flash_plan_get_app_offset (self), ==, places[i]);
      carry_out_early (fixture, self);
      g_assert_cmphex (boot_app_of (fixture), ==, before);
      carry_out (fixture, self);
      g_assert_cmphex (boot_app_of (fixture), ==, places[i]);
      g_assert_cmpmem (fixture->flash + places[i], g_bytes_get_size (app),
                       g_bytes_get_data (app, NULL), g_bytes_get_size (app));
      before = places[i];

      again = plan (fixture, app, NULL, NULL);
      g_assert_false (ek_flash_plan_has_changes (again));
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/flash-plan/update/keeps-settings-and-sends-the-app-only", test_update_keeps_settings);
  ADD ("/flash-plan/same-again/changes-nothing", test_same_again_changes_nothing);
  ADD ("/flash-plan/one-changed-sector/is-one-sector", test_one_sector);
  ADD ("/flash-plan/many-changed-sectors/become-a-block", test_many_sectors_become_a_block);
  ADD ("/flash-plan/end/is-padded-to-a-block", test_end_is_padded_to_a_block);
  ADD ("/flash-plan/fresh/blanks-settings", test_fresh);
  ADD ("/flash-plan/erase-all/leaves-nothing", test_erase_all);
  ADD ("/flash-plan/blank-chip/erases-nothing", test_blank_chip);
  ADD ("/flash-plan/noise/is-not-kept-as-settings", test_noise_where_settings_go);
  ADD ("/flash-plan/layout-b/keeps-its-settings-and-drops-old-code", test_layout_b);
  ADD ("/flash-plan/real-image/is-known-again", test_real_image_on_real_image);
  ADD ("/flash-plan/another-board/is-questioned", test_another_board_is_questioned);
  ADD ("/flash-plan/refusals/come-before-anything", test_refusals);
  ADD ("/flash-plan/app-alone/fresh-and-erase-all", test_app_alone_and_fresh);
  ADD ("/flash-plan/by-hand/settings-are-written", test_settings_by_hand);
  ADD ("/flash-plan/by-hand/app-over-settings-is-refused", test_app_over_settings_is_refused);
  ADD ("/flash-plan/backup/brings-its-settings-to-a-blank-chip", test_backup_onto_a_blank_chip);
  ADD ("/flash-plan/fresh/leaves-no-old-pages", test_fresh_with_the_images_own_settings);
  ADD ("/flash-plan/layout-b/without-its-table", test_layout_b_without_its_table);
  ADD ("/flash-plan/app-alone/goes-where-the-table-says", test_app_alone_goes_where_the_table_says);
  ADD ("/flash-plan/app-alone/goes-to-the-other-slot", test_app_alone_goes_to_the_other_slot);
  ADD ("/flash-plan/settings/are-set-and-nothing-else", test_settings_are_set);
  ADD ("/flash-plan/settings/need-one-sector", test_settings_need_one_sector);
  ADD ("/flash-plan/settings/are-cleared", test_settings_are_cleared);
  ADD ("/flash-plan/settings/without-a-place", test_settings_without_a_place);
  ADD ("/flash-plan/settings/bad-ones-are-refused", test_bad_settings_are_refused);
  ADD ("/flash-plan/settings/with-firmware", test_settings_with_firmware);
  ADD ("/flash-plan/settings/move-with-the-layout", test_settings_move);
  return g_test_run ();
}
