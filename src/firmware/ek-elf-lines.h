/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an address of a program was written, if its ELF says so. */
#pragma once

#include "ek-elf.h"

G_BEGIN_DECLS

typedef struct _EkElfLines EkElfLines;

EkElfLines *ek_elf_lines_new (EkElf *elf);
void ek_elf_lines_free (EkElfLines *self);
gboolean ek_elf_lines_find (EkElfLines *self, guint32 address, const char **file, guint *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkElfLines, ek_elf_lines_free)

G_END_DECLS
