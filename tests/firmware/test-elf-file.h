/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Assembles small ELF files byte by byte, for tests that need one of a certain kind. */
#pragma once

#include "ek-app-image.h"
#include "ek-bytes.h"

#define TEST_ELF_HEADER 52

/* One section; @data of NULL is a section without content in the file. */
typedef struct
{
  const char *name;
  guint32 type;
  guint32 flags;
  guint32 address;
  guint32 size;
  const guint8 *data;
  guint32 link;
} TestElfSection;

static inline void
test_elf_append_section_header (GByteArray *file,
                                const TestElfSection *section,
                                guint32 name,
                                guint32 offset)
{
  guint8 header[40] = { 0 };

  ek_put_u32 (header, name);
  ek_put_u32 (header + 4, section->type);
  ek_put_u32 (header + 8, section->flags);
  ek_put_u32 (header + 12, section->address);
  ek_put_u32 (header + 16, offset);
  ek_put_u32 (header + 20, section->size);
  ek_put_u32 (header + 24, section->link);
  ek_put_u32 (header + 32, 4);
  g_byte_array_append (file, header, sizeof header);
}

/* The sections get numbers from 1 on; the names of sections are the last section. */
static inline GBytes *
test_elf_new (guint16 machine, guint32 entry, const TestElfSection *sections, guint n)
{
  static const guint8 ident[16] = { 0x7f, 'E', 'L', 'F', 1, 1, 1 };
  GByteArray *file = g_byte_array_new ();
  g_autoptr (GByteArray) names = g_byte_array_new ();
  g_autofree guint32 *offsets = g_new0 (guint32, n);
  guint8 header[TEST_ELF_HEADER] = { 0 };
  TestElfSection own = { .name = ".shstrtab", .type = 3 };
  TestElfSection none = { 0 };
  guint32 names_offset;

  memcpy (header, ident, sizeof ident);
  ek_put_u16 (header + 16, 2);
  ek_put_u16 (header + 18, machine);
  ek_put_u32 (header + 20, 1);
  ek_put_u32 (header + 24, entry);
  ek_put_u16 (header + 40, TEST_ELF_HEADER);
  ek_put_u16 (header + 46, 40);
  ek_put_u16 (header + 48, (guint16) (n + 2));
  ek_put_u16 (header + 50, (guint16) (n + 1));
  g_byte_array_append (file, header, sizeof header);

  g_byte_array_append (names, (const guint8 *) "", 1);
  for (guint i = 0; i < n; i++)
    {
      offsets[i] = file->len;
      if (sections[i].data != NULL)
        g_byte_array_append (file, sections[i].data, sections[i].size);
    }

  names_offset = file->len;
  for (guint i = 0; i < n; i++)
    g_byte_array_append (names, (const guint8 *) sections[i].name,
                         (guint) strlen (sections[i].name) + 1);
  g_byte_array_append (names, (const guint8 *) own.name, (guint) strlen (own.name) + 1);
  g_byte_array_append (file, names->data, names->len);
  own.size = names->len;

  ek_put_u32 (file->data + 32, file->len);
  test_elf_append_section_header (file, &none, 0, 0);
  for (guint i = 0, name = 1; i < n; name += (guint) strlen (sections[i].name) + 1, i++)
    test_elf_append_section_header (file, &sections[i], name, offsets[i]);
  test_elf_append_section_header (file, &own, names->len - (guint) strlen (own.name) - 1,
                                  names_offset);
  return g_byte_array_free_to_bytes (file);
}

/* An app description as the compiler leaves it: the hash is still empty. */
static inline void
test_elf_describe (guint8 description[EK_APP_DESC_SIZE], const char *version, guint8 page_size_log2)
{
  memset (description, 0, EK_APP_DESC_SIZE);
  ek_put_u32 (description, EK_APP_DESC_MAGIC);
  strcpy ((char *) description + 16, version);
  strcpy ((char *) description + 48, "testing");
  description[180] = page_size_log2;
}
