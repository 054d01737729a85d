/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the crash decoder calls to ask the cache, which it knows nothing of. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-elf-lookup.h"

/**
 * ek_elf_lookup:
 * @elf_prefix: the beginning of the program's SHA-256, as a crash prints it
 * @store: (inout): address of an #EkStore pointer, which may be %NULL and has a store then that the
 *   caller frees: most logs have no crash in them, and the cache is not looked at before there is one
 *
 * For ek_crash_symbols_set_lookup(); on any thread.
 *
 * Returns: (transfer full) (nullable): where the program is
 */
char *
ek_elf_lookup (const char *elf_prefix, gpointer store)
{
  EkStore **place = store;

  if (*place == NULL)
    *place = ek_store_new (NULL);

  return ek_store_find_elf (*place, elf_prefix);
}
