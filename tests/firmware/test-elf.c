/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of ELF files: a real one, small ones made here, and ones that nobody should trust. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-elf.h"
#include "test-elf-file.h"
#include "test-files.h"

static const guint8 code[64] = { 0x36, 0x41, 0x00 };

/* A table of symbols: name, address, size, info, section; 16 bytes each. */
typedef struct
{
  guint32 name;
  guint32 address;
  guint32 size;
  guint8 info;
  guint16 section;
} Symbol;

#define GLOBAL_FUNCTION 0x12
#define WEAK_FUNCTION   0x22
#define LOCAL_LABEL     0x00
#define GLOBAL_OBJECT   0x11

static GBytes *
make_table (const Symbol *symbols, guint n)
{
  GByteArray *table = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    {
      guint8 entry[16] = { 0 };

      ek_put_u32 (entry, symbols[i].name);
      ek_put_u32 (entry + 4, symbols[i].address);
      ek_put_u32 (entry + 8, symbols[i].size);
      entry[12] = symbols[i].info;
      ek_put_u16 (entry + 14, symbols[i].section);
      g_byte_array_append (table, entry, sizeof entry);
    }

  return g_byte_array_free_to_bytes (table);
}

static GBytes *
small_elf (void)
{
  static const TestElfSection sections[] = {
    { ".iram0.text", 1, EK_ELF_FLAG_ALLOC | EK_ELF_FLAG_EXECUTE, 0x40374000, sizeof code, code },
    { ".dram0.bss", 8, EK_ELF_FLAG_ALLOC | EK_ELF_FLAG_WRITE, 0x3fc90000, 0x1000, NULL },
    { ".comment", 1, 0, 0, 7, (const guint8 *) "gcc 14" },
  };

  return test_elf_new (EK_ELF_MACHINE_XTENSA, 0x40374004, sections, G_N_ELEMENTS (sections));
}

static EkElf *
open_elf (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  EkElf *elf = ek_elf_new_from_bytes (bytes, &error);

  g_assert_no_error (error);
  return elf;
}

static void
test_real_file (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards");
  g_autoptr (EkElf) elf = open_elf (bytes);
  const EkElfSection *text = ek_elf_find_section (elf, ".iram0.text");
  g_autofree char *hash = ek_bytes_hex (ek_elf_get_sha256 (elf), 32);

  /* readelf -hS, sha256sum */
  g_assert_cmpuint (ek_elf_get_machine (elf), ==, EK_ELF_MACHINE_XTENSA);
  g_assert_cmphex (ek_elf_get_entry (elf), ==, 0x403768c4);
  g_assert_cmpuint (ek_elf_get_n_sections (elf), ==, 30);
  g_assert_cmphex (text->address, ==, 0x40374404);
  g_assert_cmphex (text->size, ==, 0x1c8af);
  g_assert_cmphex (text->flags, ==, EK_ELF_FLAG_ALLOC | EK_ELF_FLAG_EXECUTE);
  g_assert_true (text->data == (const guint8 *) g_bytes_get_data (bytes, NULL) + 0xf8404);
  g_assert_null (ek_elf_find_section (elf, ".dram0.bss")->data);
  g_assert_null (ek_elf_find_section (elf, ".no-such"));
  g_assert_cmpstr (hash, ==, "4cd45df2424076d2586f3b4c0ad6c71ca2b7f0e7d2514835081aeef4ce33335c");
}

/* Offset 50 of the header: the section with the names. Here, one that has no bytes. */
static void
test_names_without_bytes (void)
{
  g_autoptr (GBytes) bytes = small_elf ();
  gsize size = g_bytes_get_size (bytes);
  guint8 *changed = test_copy (bytes, 0, size);
  g_autoptr (GBytes) wrong = NULL;
  g_autoptr (EkElf) elf = NULL;

  ek_put_u16 (changed + 50, 2);
  wrong = g_bytes_new_take (changed, size);
  elf = open_elf (wrong);
  g_assert_cmpstr (ek_elf_get_section (elf, 1)->name, ==, "?");
}

static void
assert_symbol (EkElf *elf, guint32 address, const char *expected, guint32 expected_offset)
{
  const char *name = NULL;
  guint32 offset = 0;

  g_assert_true (ek_elf_find_symbol (elf, address, &name, &offset));
  g_assert_cmpstr (name, ==, expected);
  g_assert_cmphex (offset, ==, expected_offset);
}

static void
assert_no_symbol (EkElf *elf, guint32 address)
{
  const char *name = NULL;
  guint32 offset = 0;

  g_assert_false (ek_elf_find_symbol (elf, address, &name, &offset));
}

static void
test_real_symbols (void)
{
  g_autoptr (GBytes) bytes = test_shared_file ("echokit_boards");
  g_autoptr (EkElf) elf = open_elf (bytes);

  /* readelf -sW */
  assert_symbol (elf, 0x4038e31c, "pm_scale_listen_interval", 0);
  assert_symbol (elf, 0x4038e31c + 179, "pm_scale_listen_interval", 179);
  assert_symbol (elf, 0x4038e6ec + 3, "ppRxPkt", 3);
  assert_no_symbol (elf, 0x3fca0d00); /* data */
  assert_no_symbol (elf, 0x00000000);
  assert_no_symbol (elf, 0xffffffff);
  g_assert_true (ek_elf_is_code (elf, 0x42000020));
  g_assert_false (ek_elf_is_code (elf, 0x3c1b0020));
  g_assert_cmpuint (ek_elf_get_n_symbols (elf), >, 9000);
}

static void
test_small_file (void)
{
  g_autoptr (GBytes) bytes = small_elf ();
  g_autoptr (EkElf) elf = open_elf (bytes);

  g_assert_cmpuint (ek_elf_get_n_sections (elf), ==, 5);
  g_assert_cmpmem (ek_elf_find_section (elf, ".iram0.text")->data, sizeof code, code, sizeof code);
  g_assert_cmpuint (ek_elf_find_section (elf, ".dram0.bss")->size, ==, 0x1000);
  g_assert_true (ek_elf_is_code (elf, 0x40374000));
  g_assert_true (ek_elf_is_code (elf, 0x4037403f));
  g_assert_false (ek_elf_is_code (elf, 0x40374040));
  g_assert_false (ek_elf_is_code (elf, 0x3fc90000));
  g_assert_cmpuint (ek_elf_get_n_symbols (elf), ==, 0);
  assert_no_symbol (elf, 0x40374004);
}

static GBytes *
elf_with_symbols (const Symbol *symbols, guint n, const char *names, gsize names_size)
{
  g_autoptr (GBytes) table = make_table (symbols, n);
  TestElfSection sections[] = {
    { ".text", 1, EK_ELF_FLAG_ALLOC | EK_ELF_FLAG_EXECUTE, 0x42000020, sizeof code, code },
    { ".more", 1, EK_ELF_FLAG_ALLOC | EK_ELF_FLAG_EXECUTE, 0x42000060, sizeof code, code },
    { ".symtab", 2, 0, 0, n * 16, g_bytes_get_data (table, NULL), 4 },
    { ".strtab", 3, 0, 0, (guint32) names_size, (const guint8 *) names },
  };

  return test_elf_new (EK_ELF_MACHINE_RISCV, 0x42000020, sections, G_N_ELEMENTS (sections));
}

static void
test_chooses_among_symbols (void)
{
  static const char names[] = "\0main\0weak_name\0label\0.Lhidden\0nosize\0data\0bad\x1b[31m";
  static const Symbol symbols[] = {
    { 0, 0, 0, 0, 0 },
    { 6, 0x42000020, 0x10, WEAK_FUNCTION, 1 },   /* weak_name: at main's address */
    { 1, 0x42000020, 0x10, GLOBAL_FUNCTION, 1 }, /* main */
    { 16, 0x42000028, 0, LOCAL_LABEL, 1 },       /* label: inside main */
    { 22, 0x42000034, 0, LOCAL_LABEL, 1 },       /* .Lhidden */
    { 31, 0x42000040, 0, GLOBAL_FUNCTION, 1 },   /* nosize */
    { 38, 0x42000050, 4, GLOBAL_OBJECT, 1 },     /* data: no function */
    { 43, 0x42000038, 4, GLOBAL_FUNCTION, 1 },   /* a name that would colour a terminal */
    { 1, 0x42000020, 4, GLOBAL_FUNCTION, 9 },    /* a section that is not there */
    { 1, 0x43000000, 4, GLOBAL_FUNCTION, 1 },    /* outside of its section */
    { 9999, 0x42000044, 4, GLOBAL_FUNCTION, 1 }, /* a name that is not there */
  };
  g_autoptr (GBytes) bytes =
      elf_with_symbols (symbols, G_N_ELEMENTS (symbols), names, sizeof names);
  g_autoptr (EkElf) elf = open_elf (bytes);

  assert_symbol (elf, 0x42000020, "main", 0);
  assert_symbol (elf, 0x4200002f, "main", 15);
  assert_no_symbol (elf, 0x42000030); /* behind main's end */
  assert_no_symbol (elf, 0x42000038);
  assert_symbol (elf, 0x42000050, "nosize", 0x10);
  assert_no_symbol (elf, 0x42000060); /* in the next section */
  g_assert_cmpuint (ek_elf_get_n_symbols (elf), ==, 2);
}

/* The names' section ends without NUL, and is named by a symbol at its end. */
static void
test_names_need_an_end (void)
{
  static const char names[] = { 0, 'a', 'b' };
  static const Symbol symbols[] = { { 1, 0x42000020, 4, GLOBAL_FUNCTION, 1 } };
  g_autoptr (GBytes) bytes = elf_with_symbols (symbols, 1, names, sizeof names);
  g_autoptr (EkElf) elf = open_elf (bytes);

  assert_no_symbol (elf, 0x42000020);
}

static void
assert_refused (GBytes *bytes, EkError code_of_error, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkElf) elf = ek_elf_new_from_bytes (bytes, &error);

  g_assert_null (elf);
  g_assert_error (error, EK_ERROR, (gint) code_of_error);
  g_assert_nonnull (strstr (error->message, word));
}

/* One field of the file's header, changed. */
static void
test_refuses_headers (void)
{
  static const struct
  {
    gsize offset;
    guint8 size;
    guint32 value;
    EkError code;
    const char *word;
  } cases[] = {
    { 0, 1, 0x7e, EK_ERROR_NOT_FIRMWARE, "No ELF" },
    { 4, 1, 2, EK_ERROR_NOT_FIRMWARE, "64-bit" },
    { 4, 1, 9, EK_ERROR_NOT_FIRMWARE, "class 9" },
    { 5, 1, 2, EK_ERROR_NOT_FIRMWARE, "little endian" },
    { 16, 2, 1, EK_ERROR_NOT_FIRMWARE, "object file" },
    { 16, 2, 3, EK_ERROR_NOT_FIRMWARE, "shared library" },
    { 16, 2, 4, EK_ERROR_NOT_FIRMWARE, "core dump" },
    { 16, 2, 77, EK_ERROR_NOT_FIRMWARE, "something else" },
    { 18, 2, 62, EK_ERROR_NOT_FIRMWARE, "machine 62" },
    { 32, 4, 0, EK_ERROR_NOT_FIRMWARE, "no sections" },
    { 32, 4, 0xffffffff, EK_ERROR_FIRMWARE_DAMAGED, "cut off" },
    { 46, 2, 64, EK_ERROR_FIRMWARE_DAMAGED, "64 bytes" },
    { 48, 2, 0, EK_ERROR_NOT_FIRMWARE, "no sections" },
    { 48, 2, 0xffff, EK_ERROR_FIRMWARE_DAMAGED, "65535 sections" },
    { 50, 2, 5, EK_ERROR_FIRMWARE_DAMAGED, "section 5 of 5" },
    { 50, 2, 0xffff, EK_ERROR_FIRMWARE_DAMAGED, "section 65535" },
  };
  g_autoptr (GBytes) good = small_elf ();
  gsize size = g_bytes_get_size (good);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 *data = test_copy (good, 0, size);
      g_autoptr (GBytes) bad = g_bytes_new_take (data, size);

      data[cases[i].offset] = cases[i].value & 0xff;
      if (cases[i].size >= 2)
        data[cases[i].offset + 1] = cases[i].value >> 8 & 0xff;
      if (cases[i].size == 4)
        ek_put_u32 (data + cases[i].offset, cases[i].value);
      assert_refused (bad, cases[i].code, cases[i].word);
    }
}

static void
test_refuses_sections_beyond_the_end (void)
{
  g_autoptr (GBytes) good = small_elf ();
  gsize size = g_bytes_get_size (good);
  guint8 *data = test_copy (good, 0, size);
  g_autoptr (GBytes) bad = g_bytes_new_take (data, size);
  guint32 section = ek_get_u32 (data + 32) + 40;

  ek_put_u32 (data + section + 20, 0xffffffff); /* size */
  assert_refused (bad, EK_ERROR_FIRMWARE_DAMAGED, "section 1 at 0x34 has 0xffffffff");
  ek_put_u32 (data + section + 20, sizeof code);
  ek_put_u32 (data + section + 16, 0xfffffff0); /* offset */
  assert_refused (bad, EK_ERROR_FIRMWARE_DAMAGED, "section 1 at 0xfffffff0");
}

/* The headers of the sections are at the end: whatever is missing, it is noticed. */
static void
test_refuses_truncation (void)
{
  g_autoptr (GBytes) good = small_elf ();
  gsize size = g_bytes_get_size (good);

  for (gsize length = 0; length < size; length++)
    {
      g_autofree guint8 *data = test_copy (good, 0, length);
      g_autoptr (GBytes) bad = g_bytes_new_take (g_steal_pointer (&data), length);
      g_autoptr (GError) error = NULL;
      g_autoptr (EkElf) elf = ek_elf_new_from_bytes (bad, &error);

      g_assert_null (elf);
      g_assert_error (error, EK_ERROR,
                      (length < 4 ? EK_ERROR_NOT_FIRMWARE : EK_ERROR_FIRMWARE_DAMAGED));
    }
}

static void
test_refuses_huge_files (void)
{
  gsize size = (gsize) EK_ELF_MAX_SIZE + 1;
  guint8 *data = g_malloc0 (size);
  g_autoptr (GBytes) bad = g_bytes_new_take (data, size);

  memcpy (data, "\177ELF", 4);
  assert_refused (bad, EK_ERROR_FILE_TOO_LARGE, "at most");
}

/* Whatever the damage, the answer is an error or a file whose every part can be looked at. */
static void
test_survives_damage (void)
{
  static const char names[] = "\0main\0other";
  static const Symbol symbols[] = { { 1, 0x42000020, 0x10, GLOBAL_FUNCTION, 1 },
                                    { 6, 0x42000060, 0x10, GLOBAL_FUNCTION, 2 } };
  g_autoptr (GBytes) good = elf_with_symbols (symbols, 2, names, sizeof names);
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  gsize size = g_bytes_get_size (good);

  for (guint i = 0; i < test_mutations () * 20; i++)
    {
      guint8 *data = test_copy (good, 0, size);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (EkElf) elf = NULL;
      guint sum = 0;
      const char *name = "";
      guint32 offset;

      test_damage (rand, data, size);
      bytes = g_bytes_new_take (data, size);
      if (!(elf = ek_elf_new_from_bytes (bytes, NULL)))
        continue;
      for (guint s = 0; s < ek_elf_get_n_sections (elf); s++)
        {
          const EkElfSection *section = ek_elf_get_section (elf, s);

          sum += (guint) strlen (section->name);
          for (guint32 b = 0; section->data != NULL && b < section->size; b++)
            sum += section->data[b];
        }
      if (ek_elf_find_symbol (elf, 0x42000024, &name, &offset))
        sum += (guint) strlen (name);
      g_assert_cmpuint (sum, >, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/elf/names-without-bytes", test_names_without_bytes);
  g_test_add_func ("/elf/real-file", test_real_file);
  g_test_add_func ("/elf/real-symbols", test_real_symbols);
  g_test_add_func ("/elf/small-file", test_small_file);
  g_test_add_func ("/elf/symbols/chooses-the-best", test_chooses_among_symbols);
  g_test_add_func ("/elf/symbols/names-need-an-end", test_names_need_an_end);
  g_test_add_func ("/elf/refuses-headers", test_refuses_headers);
  g_test_add_func ("/elf/refuses-sections-beyond-the-end", test_refuses_sections_beyond_the_end);
  g_test_add_func ("/elf/refuses-truncation", test_refuses_truncation);
  g_test_add_func ("/elf/refuses-huge-files", test_refuses_huge_files);
  g_test_add_func ("/elf/survives-damage", test_survives_damage);
  return g_test_run ();
}
