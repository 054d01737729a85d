/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads ELF files with suspicion: every offset, count and name in one is somebody else's claim.
 * Source: System V ABI, chapter 4 "Object Files" (gabi 4.1). */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-elf.h"

#include "ek-bytes.h"
#include "ek-elf-private.h"
#include "ek-image-format.h"

#define IDENT_SIZE          16
#define HEADER_SIZE         52
#define SECTION_HEADER_SIZE 40
#define CLASS_32            1
#define CLASS_64            2
#define LITTLE_ENDIAN_DATA  1
#define TYPE_EXECUTABLE     2

G_DEFINE_FINAL_TYPE (EkElf, ek_elf, G_TYPE_OBJECT)

/* What else may stand in e_type, for messages. */
static const char *const type_names[] = { "no type", "an object file", NULL, "a shared library",
                                          "a core dump" };

/* The parts of the file's header that lead to the sections. */
typedef struct
{
  guint32 sections_offset;
  guint16 n_sections;
  guint16 names_index;
} Directory;

static gboolean
check_ident (const guint8 *ident, gsize size, GError **error)
{
  if (!ek_elf_is_candidate (ident, size))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "No ELF file: it does not start so");
      return FALSE;
    }

  if (size < IDENT_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file is cut off after %zu bytes", size);
      return FALSE;
    }

  if (ident[4] != CLASS_32)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   ident[4] == CLASS_64 ? "The ELF file is for a 64-bit computer (class %u)"
                                        : "The ELF file is of the unknown class %u",
                   ident[4]);
      return FALSE;
    }

  if (ident[5] != LITTLE_ENDIAN_DATA)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "The ELF file is not little endian (encoding %u); all ESP32 chips are",
                   ident[5]);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_kind (guint16 type, guint16 machine, GError **error)
{
  if (machine != EK_ELF_MACHINE_XTENSA && machine != EK_ELF_MACHINE_RISCV)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "The ELF file is for another processor (machine %u, neither Xtensa nor RISC-V)",
                   machine);
      return FALSE;
    }

  if (type != TYPE_EXECUTABLE)
    {
      const char *name = type < G_N_ELEMENTS (type_names) ? type_names[type] : NULL;

      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "The ELF file is no linked program but %s (type %u)",
                   name != NULL ? name : "something else", type);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_directory (const Directory *directory, guint16 entry_size, gsize size, GError **error)
{
  guint64 end =
      (guint64) directory->sections_offset + (guint64) directory->n_sections * SECTION_HEADER_SIZE;

  if (directory->n_sections == 0 || directory->sections_offset == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "The ELF file has no sections: it was stripped of what a conversion needs");
      return FALSE;
    }

  if (directory->n_sections > EK_ELF_MAX_SECTIONS)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file says that it has %u sections; at most %u are believed",
                   directory->n_sections, EK_ELF_MAX_SECTIONS);
      return FALSE;
    }

  if (entry_size != SECTION_HEADER_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file's section headers are %u bytes long, not %u", entry_size,
                   SECTION_HEADER_SIZE);
      return FALSE;
    }

  if (end > size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file is cut off: its section headers end at 0x%" G_GINT64_MODIFIER
                   "x, the file at 0x%zx",
                   end, size);
      return FALSE;
    }

  if (directory->names_index >= directory->n_sections)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file has its section names in section %u of %u", directory->names_index,
                   directory->n_sections);
      return FALSE;
    }

  return TRUE;
}

static gboolean
read_header (EkElf *self, Directory *directory, GError **error)
{
  EkByteReader reader;
  guint16 type;
  guint16 entry_size;

  ek_byte_reader_init (&reader, self->data, self->size);
  if (!check_ident (self->data, self->size, error))
    return FALSE;

  ek_byte_reader_take (&reader, IDENT_SIZE);
  type = ek_byte_reader_u16 (&reader);
  self->machine = ek_byte_reader_u16 (&reader);
  ek_byte_reader_u32 (&reader); /* version */
  self->entry = ek_byte_reader_u32 (&reader);
  ek_byte_reader_u32 (&reader); /* program headers: misleading, they cover what no image holds */
  directory->sections_offset = ek_byte_reader_u32 (&reader);
  ek_byte_reader_take (&reader, 10); /* flags, sizes and number of program headers */
  entry_size = ek_byte_reader_u16 (&reader);
  directory->n_sections = ek_byte_reader_u16 (&reader);
  directory->names_index = ek_byte_reader_u16 (&reader);

  if (reader.failed)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file ends at 0x%zx, inside its header of %u bytes", self->size,
                   HEADER_SIZE);
      return FALSE;
    }

  return check_kind (type, self->machine, error) &&
         check_directory (directory, entry_size, self->size, error);
}

/* The name's offset stays in @name_offset until the table of names is known. */
static gboolean
read_section (EkElf *self, EkByteReader *reader, guint index, GError **error)
{
  ElfSection *section = &g_array_index (self->sections, ElfSection, index);
  guint32 offset;

  section->name_offset = ek_byte_reader_u32 (reader);
  section->public.type = ek_byte_reader_u32 (reader);
  section->public.flags = ek_byte_reader_u32 (reader);
  section->public.address = ek_byte_reader_u32 (reader);
  offset = ek_byte_reader_u32 (reader);
  section->public.size = ek_byte_reader_u32 (reader);
  section->link = ek_byte_reader_u32 (reader);
  ek_byte_reader_take (reader, 12); /* info, alignment, size of entries */

  if (section->public.type == EK_ELF_SECTION_NOBITS || section->public.type == 0)
    return TRUE;

  if ((guint64) offset + section->public.size > self->size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The ELF file is cut off: section %u at 0x%x has 0x%x bytes, the file ends at "
                   "0x%zx",
                   index, offset, section->public.size, self->size);
      return FALSE;
    }

  section->public.data = self->data + offset;
  return TRUE;
}

/**
 * ek_elf_section_get_text:
 * @offset: into the section
 *
 * Returns: (nullable): a text in a table of texts: not empty, ended by NUL inside the table, and of
 *   nothing but printable ASCII, because it goes to terminals and labels
 */
const char *
ek_elf_section_get_text (const EkElfSection *section, guint32 offset)
{
  const char *text;
  gsize length = 0;

  if (section->type != EK_ELF_SECTION_STRTAB || section->data == NULL || offset >= section->size)
    return NULL;

  text = (const char *) section->data + offset;
  while (length < section->size - offset && g_ascii_isgraph (text[length]))
    length++;

  return length > 0 && length < section->size - offset && text[length] == '\0' ? text : NULL;
}

static void
name_sections (EkElf *self, guint names_index)
{
  const EkElfSection *names = &g_array_index (self->sections, ElfSection, names_index).public;

  for (guint i = 0; i < self->sections->len; i++)
    {
      ElfSection *section = &g_array_index (self->sections, ElfSection, i);
      const char *name = ek_elf_section_get_text (names, section->name_offset);

      section->public.name = name != NULL ? name : "?";
    }
}

static gboolean
read_sections (EkElf *self, const Directory *directory, GError **error)
{
  EkByteReader reader;

  ek_byte_reader_init (&reader, self->data, self->size);
  ek_byte_reader_seek (&reader, directory->sections_offset);
  g_array_set_size (self->sections, directory->n_sections);
  for (guint i = 0; i < directory->n_sections; i++)
    if (!read_section (self, &reader, i, error))
      return FALSE;

  name_sections (self, directory->names_index);
  return TRUE;
}

static void
ek_elf_finalize (GObject *object)
{
  EkElf *self = EK_ELF (object);

  g_clear_pointer (&self->sections, g_array_unref);
  g_clear_pointer (&self->symbols, g_array_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  G_OBJECT_CLASS (ek_elf_parent_class)->finalize (object);
}

static void
ek_elf_class_init (EkElfClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_elf_finalize;
}

static void
ek_elf_init (EkElf *self)
{
  self->sections = g_array_new (FALSE, TRUE, sizeof (ElfSection));
}

/**
 * ek_elf_is_candidate:
 *
 * Returns: %TRUE if the bytes start like any ELF file
 */
gboolean
ek_elf_is_candidate (const guint8 *data, gsize size)
{
  return size >= 4 && memcmp (data, "\177ELF", 4) == 0;
}

/**
 * ek_elf_new_from_bytes:
 * @bytes: (transfer none): a whole file of at most %EK_ELF_MAX_SIZE; sections and names point into it
 *
 * Reads the header and all section headers. The symbols are read when they are first asked for.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_NOT_FIRMWARE (no ELF, or one for another kind of
 *   computer), %EK_ERROR_FIRMWARE_DAMAGED or %EK_ERROR_FILE_TOO_LARGE
 */
EkElf *
ek_elf_new_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (EkElf) self = NULL;
  Directory directory;

  g_return_val_if_fail (bytes != NULL, NULL);

  self = g_object_new (EK_TYPE_ELF, NULL);
  self->bytes = g_bytes_ref (bytes);
  self->data = g_bytes_get_data (bytes, &self->size);
  if (self->size > EK_ELF_MAX_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE,
                   "The ELF file has %zu bytes; at most %u are read", self->size, EK_ELF_MAX_SIZE);
      return NULL;
    }

  if (!read_header (self, &directory, error) || !read_sections (self, &directory, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * ek_elf_get_bytes:
 *
 * Returns: (transfer none): the whole file
 */
GBytes *
ek_elf_get_bytes (EkElf *self)
{
  g_return_val_if_fail (EK_IS_ELF (self), NULL);

  return self->bytes;
}

/**
 * ek_elf_get_machine:
 *
 * Returns: %EK_ELF_MACHINE_XTENSA or %EK_ELF_MACHINE_RISCV
 */
guint16
ek_elf_get_machine (EkElf *self)
{
  g_return_val_if_fail (EK_IS_ELF (self), 0);

  return self->machine;
}

/**
 * ek_elf_get_entry:
 *
 * Returns: the address at which the program starts
 */
guint32
ek_elf_get_entry (EkElf *self)
{
  g_return_val_if_fail (EK_IS_ELF (self), 0);

  return self->entry;
}

/**
 * ek_elf_get_sha256:
 *
 * The hash by which an app image, a start-up log and a crash name the program they come from.
 * Computed once, from any thread.
 *
 * Returns: (transfer none) (array fixed-size=32): of the whole file, raw
 */
const guint8 *
ek_elf_get_sha256 (EkElf *self)
{
  g_return_val_if_fail (EK_IS_ELF (self), NULL);

  if (g_once_init_enter (&self->sha256_known))
    {
      ek_image_sha256 (self->data, self->size, self->sha256);
      g_once_init_leave (&self->sha256_known, 1);
    }

  return self->sha256;
}

guint
ek_elf_get_n_sections (EkElf *self)
{
  g_return_val_if_fail (EK_IS_ELF (self), 0);

  return self->sections->len;
}

/**
 * ek_elf_get_section:
 * @index: less than the number of sections; 0 is an empty one by convention
 *
 * Returns: (transfer none): lives as long as @self
 */
const EkElfSection *
ek_elf_get_section (EkElf *self, guint index)
{
  g_return_val_if_fail (EK_IS_ELF (self), NULL);
  g_return_val_if_fail (index < self->sections->len, NULL);

  return &g_array_index (self->sections, ElfSection, index).public;
}

/**
 * ek_elf_find_section:
 *
 * Returns: (nullable) (transfer none): the first of that name
 */
const EkElfSection *
ek_elf_find_section (EkElf *self, const char *name)
{
  g_return_val_if_fail (EK_IS_ELF (self), NULL);

  for (guint i = 0; i < self->sections->len; i++)
    {
      const EkElfSection *section = ek_elf_get_section (self, i);

      if (g_str_equal (section->name, name))
        return section;
    }

  return NULL;
}

/* Placeholders that only move the linker's counter lie over what is really there. */
static gboolean
is_there (const EkElfSection *section, guint32 address)
{
  return (section->flags & EK_ELF_FLAG_ALLOC) != 0 && address >= section->address &&
         address - section->address < section->size;
}

/**
 * ek_elf_find_section_at:
 * @address: in the chip's memory
 *
 * Returns: (nullable) (transfer none): the section that is in memory there; one with content is
 *   preferred to one without, and one of code to any other
 */
const EkElfSection *
ek_elf_find_section_at (EkElf *self, guint32 address)
{
  const EkElfSection *best = NULL;

  g_return_val_if_fail (EK_IS_ELF (self), NULL);

  for (guint i = 0; i < self->sections->len; i++)
    {
      const EkElfSection *section = ek_elf_get_section (self, i);

      if (!is_there (section, address))
        continue;
      if ((section->flags & EK_ELF_FLAG_EXECUTE) != 0)
        return section;
      if (best == NULL || (best->data == NULL && section->data != NULL))
        best = section;
    }

  return best;
}

/**
 * ek_elf_is_code:
 *
 * Returns: %TRUE if the program has code at @address, so that it may be part of a call trace
 */
gboolean
ek_elf_is_code (EkElf *self, guint32 address)
{
  const EkElfSection *section = ek_elf_find_section_at (self, address);

  return section != NULL && (section->flags & EK_ELF_FLAG_EXECUTE) != 0;
}
