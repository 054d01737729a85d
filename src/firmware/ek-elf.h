/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A linked program as the compiler leaves it (ELF, 32 bits, little endian): sections and symbols. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_ELF_MAX_SIZE     (64u * 1024 * 1024)
#define EK_ELF_MAX_SECTIONS 1024

#define EK_ELF_MACHINE_XTENSA 94
#define EK_ELF_MACHINE_RISCV  243

#define EK_ELF_SECTION_PROGBITS 1
#define EK_ELF_SECTION_SYMTAB   2
#define EK_ELF_SECTION_STRTAB   3
#define EK_ELF_SECTION_NOBITS   8 /* takes room in memory, none in the file */

#define EK_ELF_FLAG_WRITE   0x1
#define EK_ELF_FLAG_ALLOC   0x2
#define EK_ELF_FLAG_EXECUTE 0x4

/**
 * EkElfSection:
 * @name: printable ASCII; "?" where the file has something else
 * @type: such as %EK_ELF_SECTION_PROGBITS
 * @flags: %EK_ELF_FLAG_ALLOC and the like
 * @address: of the first byte while the program runs
 * @size: bytes in memory
 * @data: (nullable): @size bytes in the file; %NULL for %EK_ELF_SECTION_NOBITS
 */
typedef struct
{
  const char *name;
  guint32 type;
  guint32 flags;
  guint32 address;
  guint32 size;
  const guint8 *data;
} EkElfSection;

#define EK_TYPE_ELF (ek_elf_get_type ())
G_DECLARE_FINAL_TYPE (EkElf, ek_elf, EK, ELF, GObject)

gboolean ek_elf_is_candidate (const guint8 *data, gsize size);
EkElf *ek_elf_new_from_bytes (GBytes *bytes, GError **error);

GBytes *ek_elf_get_bytes (EkElf *self);
guint16 ek_elf_get_machine (EkElf *self);
guint32 ek_elf_get_entry (EkElf *self);
const guint8 *ek_elf_get_sha256 (EkElf *self);
guint ek_elf_get_n_sections (EkElf *self);
const EkElfSection *ek_elf_get_section (EkElf *self, guint index);
const EkElfSection *ek_elf_find_section (EkElf *self, const char *name);
const EkElfSection *ek_elf_find_section_at (EkElf *self, guint32 address);
gboolean ek_elf_is_code (EkElf *self, guint32 address);
guint ek_elf_get_n_symbols (EkElf *self);
gboolean ek_elf_find_symbol (EkElf *self, guint32 address, const char **name, guint32 *offset);

G_END_DECLS
