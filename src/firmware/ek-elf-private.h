/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reading sections and reading symbols share. Private to this folder. */
#pragma once

#include "ek-elf.h"

G_BEGIN_DECLS

typedef struct
{
  EkElfSection public;
  guint32 name_offset;
  guint32 link; /* of a table of symbols: the section with their names */
} ElfSection;

typedef struct
{
  guint32 address;
  guint32 size; /* 0: not known */
  const char *name;
} ElfSymbol;

struct _EkElf
{
  GObject parent_instance;

  GBytes *bytes;
  const guint8 *data;
  gsize size;
  guint16 machine;
  guint32 entry;
  GArray *sections; /* of ElfSection */
  gsize sha256_known;
  guint8 sha256[32];
  gsize symbols_known;
  GArray *symbols; /* of ElfSymbol, by address; one for each address */
};

const char *ek_elf_section_get_text (const EkElfSection *section, guint32 offset);

G_END_DECLS
