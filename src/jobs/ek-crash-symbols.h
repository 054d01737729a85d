/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for the addresses of a crash, out of the program that crashed. */
#pragma once

#include "ek-crash.h"
#include "ek-error.h"

G_BEGIN_DECLS

/* Finds the ELF whose SHA-256 begins with @elf_prefix (lower-case hex): (transfer full) (nullable) its
 * path. */
typedef char *(*EkElfLookupFunc) (const char *elf_prefix, gpointer user_data);

typedef struct _EkCrashSymbols EkCrashSymbols;

EkCrashSymbols *ek_crash_symbols_new (void);
void ek_crash_symbols_free (EkCrashSymbols *self);
gboolean ek_crash_symbols_add (EkCrashSymbols *self, const char *path, GError **error);
void ek_crash_symbols_set_lookup (EkCrashSymbols *self, EkElfLookupFunc lookup, gpointer user_data);
EkCrashMatch ek_crash_symbols_resolve (EkCrashSymbols *self, EkCrash *crash);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCrashSymbols, ek_crash_symbols_free)

G_END_DECLS
