/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From ELF to image, held against what espflash makes of the same file; and programs that no image
 * can be made of. tests/peers holds it against esptool. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-app-image-elf.h"
#include "test-elf-file.h"
#include "test-files.h"

#define ALLOC   EK_ELF_FLAG_ALLOC
#define EXECUTE EK_ELF_FLAG_EXECUTE

static guint8 content[0x200];

static EkElf *
open_elf (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  EkElf *elf = ek_elf_new_from_bytes (bytes, &error);

  g_assert_no_error (error);
  return elf;
}

static EkElf *
make_elf (guint16 machine, const TestElfSection *sections, guint n)
{
  g_autoptr (GBytes) bytes = test_elf_new (machine, 0x40380000, sections, n);

  return open_elf (bytes);
}

static EkAppImage
convert (EkElf *elf, const EkElfImageOptions *options, const EkImageChip **chip)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = ek_app_image_new_from_elf (elf, options, chip, &error);
  EkAppImage image;

  g_assert_no_error (error);
  ek_app_image_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &image, &error);
  g_assert_no_error (error);
  return image;
}

static void
assert_refused (EkElf *elf, const EkElfImageOptions *options, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = ek_app_image_new_from_elf (elf, options, NULL, &error);

  g_assert_null (bytes);
  g_assert_error (error, EK_ERROR, (gint) code);
  if (strstr (error->message, word) == NULL)
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
test_same_as_espflash (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards");
  g_autoptr (GBytes) expected = test_shared_file ("echokit_boards-app.bin");
  g_autoptr (EkElf) elf = open_elf (bytes);
  const EkElfImageOptions options = { .flash_size = 16 * 1024 * 1024 };
  const EkImageChip *chip = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) image = ek_app_image_new_from_elf (elf, &options, &chip, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (image, expected));
  g_assert_cmpstr (chip->id, ==, "esp32s3");
}

/* Sections for which the addresses tell the chip. */
static EkElf *
make_program (guint16 machine, guint32 rodata, guint32 text, guint32 ram, guint8 page_size_log2)
{
  guint8 description[EK_APP_DESC_SIZE];
  TestElfSection sections[] = {
    { ".flash.appdesc", 1, ALLOC, rodata, sizeof description, description },
    { ".flash.text", 1, ALLOC | EXECUTE, text, sizeof content, content },
    { ".iram0.text", 1, ALLOC | EXECUTE, ram, 0x41, content },
    { ".bss", 8, ALLOC, ram + 0x1000, 0x2000, NULL },
    { ".flash_rodata_dummy", 8, ALLOC, rodata, 0x4000, NULL },
    { ".comment", 1, 0, 0, 9, content },
    { ".debug_line", 1, 0, 0, 0x100, content },
  };

  test_elf_describe (description, "v1.2.3", page_size_log2);
  return make_elf (machine, sections, G_N_ELEMENTS (sections));
}

static void
test_knows_the_chip (void)
{
  static const struct
  {
    guint16 machine;
    guint32 rodata, text, ram;
    const char *id;
    guint16 max_revision;
  } cases[] = {
    { 94, 0x3f400020, 0x400d0020, 0x40080000, "esp32", 399 },
    { 94, 0x3f000020, 0x40080020, 0x40024000, "esp32s2", 199 },
    { 94, 0x3c010020, 0x42000020, 0x40374000, "esp32s3", 99 },
    { 243, 0x3c010020, 0x42000020, 0x403c8000, "esp32c3", 65535 },
    { 243, 0x42010020, 0x42000020, 0x40870000, "esp32c6", 65535 },
    { 243, 0x40010020, 0x40000020, 0x4ff00000, "esp32p4", 65535 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (EkElf) elf =
          make_program (cases[i].machine, cases[i].rodata, cases[i].text, cases[i].ram, 16);
      const EkImageChip *chip = NULL;
      EkAppImage image = convert (elf, NULL, &chip);

      g_assert_cmpstr (chip->id, ==, cases[i].id);
      g_assert_cmpuint (image.chip_id, ==, chip->image_chip_id);
      g_assert_cmpuint (image.max_revision, ==, cases[i].max_revision);
    }
}

static void
test_asks_where_several_chips_fit (void)
{
  g_autoptr (EkElf) elf = make_program (243, 0x3c010020, 0x42000020, 0x40380000, 16);
  const EkImageChip *chips[16];
  EkElfImageOptions options = { 0 };
  EkAppImage image;

  g_assert_cmpuint (ek_elf_find_chips (elf, chips, 16), ==, 2);
  assert_refused (elf, NULL, EK_ERROR_SEVERAL_CHIPS, "ESP32-C2 or ESP32-C3");
  options.chip = ek_image_chip_find_by_name ("ESP32-C3");
  image = convert (elf, &options, NULL);
  g_assert_cmpuint (image.chip_id, ==, 5);
  options.chip = ek_image_chip_find_by_name ("esp32c2");
  image = convert (elf, &options, NULL);
  g_assert_cmpuint (image.chip_id, ==, 12);
}

static void
test_refuses_other_chips (void)
{
  g_autoptr (EkElf) c3 = make_program (243, 0x3c010020, 0x42000020, 0x403c8000, 16);
  g_autoptr (EkElf) nowhere = make_program (94, 0x3c010020, 0x42000020, 0x10000000, 16);
  EkElfImageOptions options = { .chip = ek_image_chip_find_by_name ("esp32s3") };

  assert_refused (c3, &options, EK_ERROR_FIRMWARE_WRONG_CHIP, "RISC-V");
  options.chip = ek_image_chip_find_by_name ("esp32c6");
  assert_refused (c3, &options, EK_ERROR_FIRMWARE_WRONG_CHIP, ".flash.appdesc at 0x3c010020");
  assert_refused (nowhere, NULL, EK_ERROR_FIRMWARE_WRONG_CHIP, "no chip");
  options.chip = ek_image_chip_find_by_name ("esp32s3");
  assert_refused (nowhere, &options, EK_ERROR_FIRMWARE_WRONG_CHIP, ".iram0.text at 0x10000000");
}

static void
test_writes_headers (void)
{
  g_autoptr (EkElf) elf = make_program (94, 0x3c010020, 0x42000020, 0x40374000, 16);
  EkElfImageOptions options = { 0 };
  EkAppImage image = convert (elf, NULL, NULL);

  /* espflash's defaults: DIO, 40 MHz, 4 MB */
  g_assert_cmpuint (image.flash_mode, ==, 2);
  g_assert_cmpuint (image.flash_frequency, ==, 0);
  g_assert_cmpuint (image.flash_size, ==, 4 << 20);
  g_assert_cmphex (image.entry, ==, 0x40380000);
  g_assert_cmpstr (image.description.version, ==, "v1.2.3");
  g_assert_cmpmem (image.description.elf_sha256, 32, ek_elf_get_sha256 (elf), 32);

  options.flash_mode = "QIO";
  options.flash_frequency = 80;
  options.flash_size = 8 << 20;
  options.min_revision = 2;
  image = convert (elf, &options, NULL);
  g_assert_cmpuint (image.flash_mode, ==, 0);
  g_assert_cmpuint (image.flash_frequency, ==, 15);
  g_assert_cmpuint (image.flash_size, ==, 8 << 20);
  g_assert_cmpuint (image.min_revision, ==, 2);
}

static void
test_refuses_options (void)
{
  g_autoptr (EkElf) elf = make_program (94, 0x3c010020, 0x42000020, 0x40374000, 16);
  const EkElfImageOptions cases[] = {
    { .flash_mode = "opi" },
    { .flash_frequency = 60 },
    { .flash_size = 3 << 20 },
    { .mmu_page_size = 32 * 1024u },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (elf, &cases[i], EK_ERROR_INVALID_ARGUMENT, "");
}

/* Where the page is smaller, the gap in front of the code is smaller. */
static void
test_page_sizes (void)
{
  g_autoptr (EkElf) said = make_program (243, 0x42008020, 0x42000020, 0x40870000, 15);
  g_autoptr (EkElf) inferred = make_program (243, 0x42004020, 0x42000020, 0x40870000, 0);
  g_autoptr (EkElf) odd = make_program (243, 0x42008020, 0x42000020, 0x40870000, 12);
  g_autoptr (EkElf) huge = make_program (243, 0x42008020, 0x42000020, 0x40870000, 255);
  g_autoptr (EkElf) askew = make_program (243, 0x42008030, 0x42000020, 0x40870000, 0);
  EkElfImageOptions options = { 0 };
  EkAppImage image = convert (said, NULL, NULL);

  g_assert_cmphex (image.size, <, 0x8800);
  g_assert_cmphex (image.size, >, 0x8000);
  image = convert (inferred, NULL, NULL);
  g_assert_cmphex (image.size, <, 0x4800);
  g_assert_cmphex (image.size, >, 0x4000);
  assert_refused (odd, NULL, EK_ERROR_FIRMWARE_DAMAGED, "fits no size of page");
  assert_refused (huge, NULL, EK_ERROR_FIRMWARE_DAMAGED, "fits no size of page");
  assert_refused (askew, NULL, EK_ERROR_FIRMWARE_DAMAGED, "fits no size of page");
  options.mmu_page_size = 8 * 1024;
  image = convert (said, &options, NULL);
  g_assert_cmphex (image.size, <, 0x2800);
}

static void
test_refuses_programs (void)
{
  static const TestElfSection no_content[] = { { ".bss", 8, ALLOC, 0x3fc90000, 0x100, NULL } };
  static const TestElfSection no_description[] = {
    { ".flash.text", 1, ALLOC | EXECUTE, 0x42000020, sizeof content, content },
    { ".iram0.text", 1, ALLOC | EXECUTE, 0x40374000, sizeof content, content },
  };
  static const TestElfSection overlapping[] = {
    { ".iram0.text", 1, ALLOC | EXECUTE, 0x40374000, sizeof content, content },
    { ".iram0.more", 1, ALLOC | EXECUTE, 0x40374100, sizeof content, content },
  };
  static const TestElfSection one_page[] = {
    { ".flash.rodata", 1, ALLOC, 0x3c000020, sizeof content, content },
    { ".flash.more", 1, ALLOC, 0x3c001000, sizeof content, content },
  };
  static const TestElfSection unaligned[] = {
    { ".iram0.text", 1, ALLOC | EXECUTE, 0x40374002, sizeof content, content },
  };
  const EkElfImageOptions lenient = { .chip = ek_image_chip_find_by_name ("esp32s3"),
                                      .no_description = TRUE };
  g_autoptr (EkElf) elf1 = make_elf (94, no_content, 1);
  g_autoptr (EkElf) elf2 = make_elf (94, no_description, 2);
  g_autoptr (EkElf) elf3 = make_elf (94, overlapping, 2);
  g_autoptr (EkElf) elf4 = make_elf (94, one_page, 2);
  g_autoptr (EkElf) elf5 = make_elf (94, unaligned, 1);

  assert_refused (elf1, &lenient, EK_ERROR_NOT_FIRMWARE, "no section that would be loaded");
  assert_refused (elf2, NULL, EK_ERROR_NOT_FIRMWARE, "no app description");
  convert (elf2, &lenient, NULL);
  assert_refused (elf3, &lenient, EK_ERROR_FIRMWARE_DAMAGED, "overlaps");
  assert_refused (elf4, &lenient, EK_ERROR_FIRMWARE_DAMAGED, "share a page");
  assert_refused (elf5, &lenient, EK_ERROR_FIRMWARE_DAMAGED, "multiple of 4");
}

/* A description in RAM belongs to a program that is loaded over the wire. */
static void
test_description_has_to_be_in_flash (void)
{
  guint8 description[EK_APP_DESC_SIZE];
  const TestElfSection sections[] = {
    { ".dram0.desc", 1, ALLOC, 0x3fc90000, sizeof description, description },
  };
  g_autoptr (EkElf) elf = NULL;

  test_elf_describe (description, "v1", 16);
  elf = make_elf (94, sections, 1);
  assert_refused (elf, NULL, EK_ERROR_NOT_FIRMWARE, "no app description");
}

static void
test_survives_damage (void)
{
  g_autoptr (EkElf) good = make_program (94, 0x3c010020, 0x42000020, 0x40374000, 16);
  GBytes *bytes = ek_elf_get_bytes (good);
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GRand) rand = g_rand_new_with_seed (41);
  guint converted = 0;

  for (guint i = 0; i < test_mutations () * 10; i++)
    {
      guint8 *data = test_copy (bytes, 0, size);
      g_autoptr (GBytes) damaged = NULL;
      g_autoptr (EkElf) elf = NULL;
      g_autoptr (GBytes) image = NULL;
      EkAppImage parsed;

      /* where the headers are, damage means most */
      test_damage (rand, i % 2 == 0 ? data : data + size - 400, i % 2 == 0 ? size : 400);
      damaged = g_bytes_new_take (data, size);
      if (!(elf = ek_elf_new_from_bytes (damaged, NULL)) ||
          !(image = ek_app_image_new_from_elf (elf, NULL, NULL, NULL)))
        continue;

      converted++;
      g_assert_true (ek_app_image_parse (g_bytes_get_data (image, NULL), g_bytes_get_size (image),
                                         &parsed, NULL));
    }

  g_assert_cmpuint (converted, >, 0);
}

int
main (int argc, char **argv)
{
  for (gsize i = 0; i < sizeof content; i++)
    content[i] = (guint8) (i * 7 + 1);

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app-image/elf/same-as-espflash", test_same_as_espflash);
  g_test_add_func ("/app-image/elf/knows-the-chip", test_knows_the_chip);
  g_test_add_func ("/app-image/elf/asks-where-several-chips-fit",
                   test_asks_where_several_chips_fit);
  g_test_add_func ("/app-image/elf/refuses-other-chips", test_refuses_other_chips);
  g_test_add_func ("/app-image/elf/writes-headers", test_writes_headers);
  g_test_add_func ("/app-image/elf/refuses-options", test_refuses_options);
  g_test_add_func ("/app-image/elf/page-sizes", test_page_sizes);
  g_test_add_func ("/app-image/elf/refuses-programs", test_refuses_programs);
  g_test_add_func ("/app-image/elf/description-has-to-be-in-flash",
                   test_description_has_to_be_in_flash);
  g_test_add_func ("/app-image/elf/survives-damage", test_survives_damage);
  return g_test_run ();
}
