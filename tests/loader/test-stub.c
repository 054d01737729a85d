/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stub flashers: those built in for every chip, and files that are no stub. */
#include "config.h"

#include "ek-stub.h"

#include <glib/gstdio.h>

#define CODE "AAECAwQFBgc=" /* eight bytes */

static EkStub *
parse (const char *json, GError **error)
{
  return ek_stub_new_from_json (json, -1, error);
}

static void
test_reads_its_json (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkStub) stub = parse ("{\"entry\": 1077379076, \"text\": \"" CODE "\","
                                   " \"text_start\": 1077379072, \"data\": \"/w==\","
                                   " \"data_start\": 1070280132, \"bss_start\": 1}",
                                   &error);
  static const guint8 text[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
  static const guint8 data[] = { 0xff };

  g_assert_no_error (error);
  g_assert_cmphex (stub->entry, ==, 0x40378004);
  g_assert_cmphex (stub->text_start, ==, 0x40378000);
  g_assert_cmphex (stub->data_start, ==, 0x3fcb2dc4);
  g_assert_cmpmem (g_bytes_get_data (stub->text, NULL), g_bytes_get_size (stub->text), text,
                   sizeof text);
  g_assert_cmpmem (g_bytes_get_data (stub->data, NULL), g_bytes_get_size (stub->data), data,
                   sizeof data);
}

static void
test_does_without_data (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkStub) stub =
      parse ("{\"entry\": 16, \"text\": \"" CODE "\", \"text_start\": 16}", &error);

  g_assert_no_error (error);
  g_assert_null (stub->data);
}

static void
test_refuses_what_is_no_stub (void)
{
  static const char *const bad[] = {
    "",
    "no JSON",
    "[1, 2]",
    "null",
    "{",
    "{}",
    "{\"entry\": 16, \"text_start\": 16}",
    "{\"entry\": 16, \"text\": 5, \"text_start\": 16}",
    "{\"entry\": 16, \"text\": null, \"text_start\": 16}",
    "{\"entry\": 16, \"text\": [\"" CODE "\"], \"text_start\": 16}",
    "{\"entry\": 16, \"text\": \"\", \"text_start\": 16}",
    "{\"entry\": 15, \"text\": \"" CODE "\", \"text_start\": 16}",
    "{\"entry\": 24, \"text\": \"" CODE "\", \"text_start\": 16}",
    "{\"entry\": \"16\", \"text\": \"" CODE "\", \"text_start\": 16}",
    "{\"entry\": 16, \"text\": \"" CODE "\", \"text_start\": 16, \"data\": 7}",
    "{\"entry\": {}, \"text\": \"" CODE "\", \"text_start\": [16]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkStub) stub = parse (bad[i], &error);

      g_test_message ("%s", bad[i]);
      g_assert_error (error, EK_ERROR, EK_ERROR_STUB_FAILED);
      g_assert_null (stub);
    }
}

static void
test_refuses_what_no_ram_can_hold (void)
{
  g_autofree guint8 *huge = g_malloc0 (300 * 1024);
  g_autofree char *text = g_base64_encode (huge, 300 * 1024);
  g_autofree char *json =
      g_strdup_printf ("{\"entry\": 16, \"text\": \"%s\", \"text_start\": 16}", text);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkStub) stub = parse (json, &error);

  g_assert_error (error, EK_ERROR, EK_ERROR_STUB_FAILED);
  g_assert_null (stub);
}

static void
test_takes_a_folder_of_the_person (void)
{
  g_autofree char *folder = g_dir_make_tmp ("ek-stub-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "esp32s3.json", NULL);
  const EkChip *chip = ek_chip_find_by_name ("esp32s3");

  g_setenv ("EK_STUB_DIR", folder, TRUE);
  for (guint broken = 0; broken < 2; broken++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkStub) stub = NULL;

      g_assert_true (g_file_set_contents (file,
                                          broken ? "{}"
                                                 : "{\"entry\": 16, \"text\": \"" CODE
                                                   "\", \"text_start\": 16}",
                                          -1, NULL));
      stub = ek_stub_load (chip, 2, &error);
      if (broken)
        {
          g_assert_error (error, EK_ERROR, EK_ERROR_STUB_FAILED);
        }
      else
        {
          g_assert_no_error (error);
          g_assert_cmpuint (stub->entry, ==, 16);
        }
    }
  g_unsetenv ("EK_STUB_DIR");
  g_unlink (file);
  g_rmdir (folder);
}

#if EK_HAVE_STUB
static void
check_part (GBytes *part, guint32 start)
{
  g_assert_cmpuint (g_bytes_get_size (part), >, 0);
  g_assert_cmpuint (g_bytes_get_size (part), <, 64 * 1024);
  /* internal RAM: data buses from 0x3f.., instruction buses 0x40.., P4 0x4f.. */
  g_assert_cmphex (start, >=, 0x3ff00000 - 0x400000);
  g_assert_cmphex (start, <, 0x50000000);
}

static void
test_has_one_for_every_chip (void)
{
  guint n = 0;

  for (const EkChip *chip; (chip = ek_chip_get_nth (n)) != NULL; n++)
    for (guint16 revision = 0; revision <= 300; revision += 300)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (EkStub) stub = ek_stub_load (chip, revision, &error);

        g_test_message ("%s v%u", chip->name, revision / 100);
        g_assert_no_error (error);
        g_assert_nonnull (stub);
        g_assert_true (ek_stub_is_available (chip));
        check_part (stub->text, stub->text_start);
        if (stub->data != NULL)
          check_part (stub->data, stub->data_start);
        g_assert_cmphex (stub->entry, >=, stub->text_start);
        g_assert_cmphex (stub->entry, <, stub->text_start + g_bytes_get_size (stub->text));
      }
  g_assert_cmpuint (n, >=, 10);
}

/* The recordings have the upload of stub v1.4.1: MEM_BEGIN of 0x21dc bytes to 0x40378000 and 0x108
 * bytes to 0x3fcb2dc4, MEM_END with 0x403795a8. */
static void
test_is_the_one_that_was_recorded (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkStub) stub = ek_stub_load (ek_chip_find_by_name ("esp32s3"), 2, &error);

  g_assert_no_error (error);
  g_assert_cmphex (stub->entry, ==, 0x403795a8);
  g_assert_cmphex (stub->text_start, ==, 0x40378000);
  g_assert_cmphex (g_bytes_get_size (stub->text), ==, 0x21dc);
  g_assert_cmphex (stub->data_start, ==, 0x3fcb2dc4);
  g_assert_cmphex (g_bytes_get_size (stub->data), ==, 0x108);
}

static void
test_knows_two_kinds_of_p4 (void)
{
  const EkChip *chip = ek_chip_find_by_name ("esp32p4");
  g_autoptr (EkStub) early = ek_stub_load (chip, 103, NULL);
  g_autoptr (EkStub) late = ek_stub_load (chip, 300, NULL);

  g_assert_false (g_bytes_equal (early->text, late->text));
}
#else
static void
test_has_none (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_stub_load (ek_chip_find_by_name ("esp32s3"), 2, &error));
  g_assert_no_error (error);
  g_assert_false (ek_stub_is_available (ek_chip_find_by_name ("esp32s3")));
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stub/reads-its-json", test_reads_its_json);
  g_test_add_func ("/stub/does-without-data", test_does_without_data);
  g_test_add_func ("/stub/refuses-what-is-no-stub", test_refuses_what_is_no_stub);
  g_test_add_func ("/stub/refuses-what-no-ram-can-hold", test_refuses_what_no_ram_can_hold);
  g_test_add_func ("/stub/takes-a-folder-of-the-person", test_takes_a_folder_of_the_person);
#if EK_HAVE_STUB
  g_test_add_func ("/stub/has-one-for-every-chip", test_has_one_for_every_chip);
  g_test_add_func ("/stub/is-the-one-that-was-recorded", test_is_the_one_that_was_recorded);
  g_test_add_func ("/stub/knows-two-kinds-of-p4", test_knows_two_kinds_of_p4);
#else
  g_test_add_func ("/stub/has-none", test_has_none);
#endif

  return g_test_run ();
}
