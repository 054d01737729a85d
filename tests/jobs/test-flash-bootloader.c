/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which boot loader a plan uses for a firmware that brings none, with flash contents in memory. */
#include "config.h"

#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-flash-plan.h"
#include "ek-test.h"

#define FLASH_SIZE      (16u << 20)
#define BOOTLOADER_SIZE 0x8000u

typedef struct
{
  guint8 *flash;
  EkChipInfo chip;
  guint64 n_read;
  EkBundle *bundle;
  GBytes *demo;
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

  ek_bytes_md5 (fixture->flash + offset, size, digest);
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
  fixture->n_read += size;
  return TRUE;
}

/* An app and a table without a boot loader, as a program gives them: made of the test firmware. */
static EkBundle *
app_with_table (void)
{
  g_autoptr (GBytes) merged = ek_test_firmware_new (0x20000, 7);
  g_autoptr (EkBundle) whole = ek_bundle_new_from_bytes (merged, "test", NULL);
  const EkSegment *app = ek_bundle_find_kind (whole, EK_SEGMENT_APP);
  const EkBundleOptions options = { .table = ek_bundle_get_table (whole) };
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes_with (app->data, "test", &options, &error);

  g_assert_no_error (error);
  return bundle;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->demo = ek_demo_firmware_new ("0.1.0", TRUE);
  fixture->flash = g_malloc (FLASH_SIZE);
  memset (fixture->flash, 0xff, FLASH_SIZE);
  memcpy (fixture->flash, g_bytes_get_data (fixture->demo, NULL), g_bytes_get_size (fixture->demo));
  fixture->chip = (EkChipInfo){ .chip = ek_chip_find_by_name ("esp32s3"),
                                .from_registers = TRUE,
                                .revision = 2,
                                .flash_id = 0x1840ef,
                                .flash_size = FLASH_SIZE };
  fixture->bundle = app_with_table ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->bundle);
  g_bytes_unref (fixture->demo);
  g_free (fixture->flash);
}

static EkFlashPlan *
try_plan (Fixture *fixture, const EkPlanOptions *options, GError **error)
{
  EkFlashReader reader = { fixture_md5, fixture_read, fixture };
  EkPlanOptions none = { 0 };
  EkCostModel cost;

  ek_cost_model_init (&cost, FALSE, 0, TRUE);
  return ek_flash_plan_new (fixture->bundle, &fixture->chip, options != NULL ? options : &none,
                            &reader, &cost, NULL, error);
}

static EkFlashPlan *
make_plan (Fixture *fixture, const EkPlanOptions *options)
{
  g_autoptr (GError) error = NULL;
  EkFlashPlan *plan = try_plan (fixture, options, &error);

  g_assert_no_error (error);
  return plan;
}

static void
assert_refused (Fixture *fixture, const EkPlanOptions *options, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkFlashPlan) plan = try_plan (fixture, options, &error);

  g_assert_null (plan);
  g_assert_error (error, EK_ERROR, EK_ERROR_NO_BOOTLOADER);
  if (strstr (error->message, word) == NULL)
    g_error ("“%s” is not in: %s", word, error->message);
}

static const EkPlanRange *
range_at (EkFlashPlan *plan, guint32 offset)
{
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (plan, i);

      if (offset >= range->offset && offset - range->offset < range->size)
        return range;
    }

  g_error ("the plan has nothing at 0x%x", offset);
}

static GBytes *
demo_bootloader (Fixture *fixture)
{
  return g_bytes_new_from_bytes (fixture->demo, 0, BOOTLOADER_SIZE);
}

static void
set_header_size (Fixture *fixture, guint32 flash_size)
{
  g_autoptr (GBytes) before = demo_bootloader (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) after = ek_app_image_set_flash_size (before, flash_size, &error);

  g_assert_no_error (error);
  memcpy (fixture->flash, g_bytes_get_data (after, NULL), BOOTLOADER_SIZE);
}

static void
test_keeps_a_sound_one (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkFlashPlan) plan = make_plan (fixture, NULL);
  const EkPlanRange *range = range_at (plan, 0);

  g_assert_cmpint (ek_flash_plan_get_bootloader_origin (plan), ==, EK_BOOTLOADER_ON_DEVICE);
  g_assert_cmpstr (range->name, ==, "bootloader");
  g_assert_cmpint (range->action, ==, EK_RANGE_KEEP);
}

/* What is blanked between the parts of a new layout is not the boot loader. */
static void
test_keeps_it_under_a_new_layout (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkFlashPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  EkAppImage image;

  memset (fixture->flash + 0x8000, 0x55, 0x1000); /* no table any more */
  memset (fixture->flash + 0x7000, 0x55, 0x1000); /* a rest of something behind the boot loader */
  plan = make_plan (fixture, NULL);
  ek_app_image_parse (fixture->flash, BOOTLOADER_SIZE, &image, &error);
  g_assert_no_error (error);
  for (guint32 at = 0; at < image.size; at += 0x1000)
    g_assert_cmpint (range_at (plan, at)->action, ==, EK_RANGE_KEEP);
  g_assert_cmpint (range_at (plan, 0x7000)->action, ==, EK_RANGE_ERASE);
  g_assert_cmpint (range_at (plan, 0x8000)->action, ==, EK_RANGE_WRITE);
}

static void
test_reads_no_more_than_it_has_to (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EkFlashPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  EkAppImage image;

  ek_app_image_parse (fixture->flash, BOOTLOADER_SIZE, &image, &error);
  g_assert_no_error (error);
  fixture->n_read = 0;
  plan = make_plan (fixture, NULL);
  /* headers twice, table, description, and some pages of settings */
  g_assert_cmpuint (fixture->n_read, <, image.size + 0x1800);
}

static void
test_says_what_is_wrong (Fixture *fixture, gconstpointer data)
{
  const EkPlanOptions erase_all = { .erase_all = TRUE };

  assert_refused (fixture, &erase_all, "erased with everything else");
  set_header_size (fixture, 8u << 20);
  assert_refused (fixture, NULL, "only knows 8 MB");
  set_header_size (fixture, 32u << 20);
  assert_refused (fixture, NULL, "expects a flash of 32 MB");
  set_header_size (fixture, FLASH_SIZE);
  fixture->flash[0x40] ^= 1;
  assert_refused (fixture, NULL, "damaged");
  fixture->flash[0x40] ^= 1;
  memset (fixture->flash, 0xff, 0x1000);
  assert_refused (fixture, NULL, "there is none");
}

/* Segments that would reach over everything: nothing is read beyond the table's place. */
static void
test_believes_no_length (Fixture *fixture, gconstpointer data)
{
  for (guint32 i = 0; i < 3; i++)
    {
      static const guint32 lengths[] = { 0xfffffff0, 0x7fff0, 0x7fd0 };

      ek_put_u32 (fixture->flash + EK_IMAGE_HEADER_SIZE + 4, lengths[i]);
      fixture->n_read = 0;
      assert_refused (fixture, NULL, "damaged");
      g_assert_cmpuint (fixture->n_read, <, BOOTLOADER_SIZE + 0x1800);
    }
}

static void
test_an_app_is_no_bootloader (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) app = NULL;
  guint8 description[EK_APP_DESC_SIZE] = { 0 };
  const EkImageOptions options = {
    .chip_id = 9, .flash_size = FLASH_SIZE, .max_revision = 99, .mmu_page_size = 0x10000
  };
  EkImageSection section = { .address = 0x3fc90000 };

  ek_put_u32 (description, EK_APP_DESC_MAGIC);
  section.data = g_bytes_new (description, sizeof description);
  app = ek_app_image_build (&section, 1, &options, NULL);
  memcpy (fixture->flash, g_bytes_get_data (app, NULL), g_bytes_get_size (app));
  g_bytes_unref (section.data);
  assert_refused (fixture, NULL, "an app in its place");
}

static void
test_takes_the_spare_one (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) spare = demo_bootloader (fixture);
  g_autoptr (EkFlashPlan) plan = NULL;
  EkPlanOptions options = { .spare_bootloader = spare };
  const EkPlanRange *range;

  plan = make_plan (fixture, &options);
  g_assert_cmpint (ek_flash_plan_get_bootloader_origin (plan), ==, EK_BOOTLOADER_ON_DEVICE);
  g_clear_object (&plan);

  memset (fixture->flash, 0xff, FLASH_SIZE);
  plan = make_plan (fixture, &options);
  range = range_at (plan, 0);
  g_assert_cmpint (ek_flash_plan_get_bootloader_origin (plan), ==, EK_BOOTLOADER_SPARE);
  g_assert_cmpint (range->action, ==, EK_RANGE_WRITE);
  g_assert_cmpmem (g_bytes_get_data (range->data, NULL), 0x100,
                   g_bytes_get_data (fixture->demo, NULL), 0x100);

  options.erase_all = TRUE;
  g_clear_object (&plan);
  plan = make_plan (fixture, &options);
  g_assert_cmpint (ek_flash_plan_get_bootloader_origin (plan), ==, EK_BOOTLOADER_SPARE);
}

static void
test_checks_the_spare_one (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) cut_off = g_bytes_new_from_bytes (fixture->demo, 0, 0x100);
  const EkPlanOptions options = { .spare_bootloader = cut_off };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkFlashPlan) plan = NULL;

  memset (fixture->flash, 0xff, FLASH_SIZE);
  plan = try_plan (fixture, &options, &error);
  g_assert_null (plan);
  g_assert_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED);
}

static void
test_the_firmwares_own_comes_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) merged = ek_test_firmware_new (0x20000, 8);
  g_autoptr (GBytes) named = demo_bootloader (fixture);
  const EkSegment *app = ek_bundle_find_kind (fixture->bundle, EK_SEGMENT_APP);
  const EkBundleOptions options = { .table = ek_bundle_get_table (fixture->bundle),
                                    .bootloader = named };
  g_autoptr (EkBundle) with_bootloader =
      ek_bundle_new_from_bytes_with (app->data, "test", &options, NULL);
  g_autoptr (EkFlashPlan) plan = NULL;

  memset (fixture->flash, 0xff, FLASH_SIZE);
  g_set_object (&fixture->bundle, with_bootloader);
  plan = make_plan (fixture, NULL);
  g_assert_cmpint (ek_flash_plan_get_bootloader_origin (plan), ==, EK_BOOTLOADER_FROM_FILE);
  g_clear_object (&plan);
  g_clear_object (&fixture->bundle);
  fixture->bundle = ek_bundle_new_from_bytes (merged, "test", NULL);
  plan = make_plan (fixture, NULL);
  g_assert_cmpint (ek_flash_plan_get_bootloader_origin (plan), ==, EK_BOOTLOADER_IN_FIRMWARE);
  g_assert_cmpstr (ek_bootloader_origin_name (EK_BOOTLOADER_IN_FIRMWARE), ==, "firmware");
}

/* A boot loader that a person names says the size of this flash, whatever it said before. */
static void
test_sets_the_size_of_the_flash (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) before = demo_bootloader (fixture);
  g_autoptr (GBytes) named = ek_app_image_set_flash_size (before, 4u << 20, NULL);
  const EkSegment *app = ek_bundle_find_kind (fixture->bundle, EK_SEGMENT_APP);
  const EkBundleOptions options = { .table = ek_bundle_get_table (fixture->bundle),
                                    .bootloader = named };
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes_with (app->data, "test", &options, NULL);
  g_autoptr (EkFlashPlan) plan = NULL;
  EkAppImage image;

  memset (fixture->flash, 0xff, FLASH_SIZE);
  g_set_object (&fixture->bundle, bundle);
  plan = make_plan (fixture, NULL);
  ek_app_image_parse (g_bytes_get_data (range_at (plan, 0)->data, NULL), range_at (plan, 0)->size,
                      &image, NULL);
  g_assert_cmpuint (image.flash_size, ==, FLASH_SIZE);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "keeps-a-sound-one", test_keeps_a_sound_one },
    { "keeps-it-under-a-new-layout", test_keeps_it_under_a_new_layout },
    { "reads-no-more-than-it-has-to", test_reads_no_more_than_it_has_to },
    { "says-what-is-wrong", test_says_what_is_wrong },
    { "believes-no-length", test_believes_no_length },
    { "an-app-is-no-bootloader", test_an_app_is_no_bootloader },
    { "takes-the-spare-one", test_takes_the_spare_one },
    { "checks-the-spare-one", test_checks_the_spare_one },
    { "the-firmwares-own-comes-first", test_the_firmwares_own_comes_first },
    { "sets-the-size-of-the-flash", test_sets_the_size_of_the_flash },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/flash-plan/bootloader/%s", tests[i].name);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  return g_test_run ();
}
