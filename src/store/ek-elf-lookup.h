/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program that crashed, out of the cache, for whoever explains crashes. */
#pragma once

#include "ek-store.h"

G_BEGIN_DECLS

char *ek_elf_lookup (const char *elf_prefix, gpointer store);

G_END_DECLS
