/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DWARF line tables through elfutils' libdw, which reads those of Xtensa too. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-elf-lines.h"

#if EK_HAVE_LIBDW

#include <elfutils/libdw.h>

struct _EkElfLines
{
  GBytes *bytes;
  Elf *elf;
  Dwarf *dwarf;
};

/**
 * ek_elf_lines_new:
 *
 * Returns: (transfer full) (nullable): %NULL if the program has no line tables, as published ones have
 *   none, or this program was built without libdw
 */
EkElfLines *
ek_elf_lines_new (EkElf *elf)
{
  EkElfLines *self;
  gsize size;
  const char *data;

  /* libdw reads what it is given with its own checks; those sections are all it looks at. */
  if (ek_elf_find_section (elf, ".debug_line") == NULL ||
      ek_elf_find_section (elf, ".debug_info") == NULL || elf_version (EV_CURRENT) == EV_NONE)
    return NULL;

  self = g_new0 (EkElfLines, 1);
  self->bytes = g_bytes_ref (ek_elf_get_bytes (elf));
  data = g_bytes_get_data (self->bytes, &size);
  self->elf = elf_memory ((char *) data, size);
  self->dwarf = self->elf != NULL ? dwarf_begin_elf (self->elf, DWARF_C_READ, NULL) : NULL;
  if (self->dwarf == NULL)
    g_clear_pointer (&self, ek_elf_lines_free);

  return self;
}

void
ek_elf_lines_free (EkElfLines *self)
{
  if (self == NULL)
    return;

  if (self->dwarf != NULL)
    dwarf_end (self->dwarf);
  if (self->elf != NULL)
    elf_end (self->elf);
  g_bytes_unref (self->bytes);
  g_free (self);
}

/* Units without a table of their addresses are asked one by one. */
static Dwarf_Line *
find_line (EkElfLines *self, guint32 address)
{
  Dwarf_Off offset = 0;
  Dwarf_Off next;
  gsize header_size;

  while (dwarf_nextcu (self->dwarf, offset, &next, &header_size, NULL, NULL, NULL) == 0)
    {
      Dwarf_Die die;
      Dwarf_Line *line;

      if (dwarf_offdie (self->dwarf, offset + header_size, &die) != NULL &&
          dwarf_haspc (&die, address) > 0 && (line = dwarf_getsrc_die (&die, address)) != NULL)
        return line;
      if (next <= offset)
        break;
      offset = next;
    }

  return NULL;
}

/**
 * ek_elf_lines_find:
 * @file: (out) (transfer none): lives as long as @self
 * @line: (out): from 1
 *
 * Returns: %FALSE if nothing is said of @address
 */
gboolean
ek_elf_lines_find (EkElfLines *self, guint32 address, const char **file, guint *line)
{
  Dwarf_Line *found = find_line (self, address);
  int number;

  if (found == NULL || dwarf_lineno (found, &number) != 0 || number <= 0)
    return FALSE;

  *file = dwarf_linesrc (found, NULL, NULL);
  *line = (guint) number;
  return *file != NULL;
}

#else

EkElfLines *
ek_elf_lines_new (EkElf *elf)
{
  return NULL;
}

void
ek_elf_lines_free (EkElfLines *self)
{
}

gboolean
ek_elf_lines_find (EkElfLines *self, guint32 address, const char **file, guint *line)
{
  return FALSE;
}

#endif
