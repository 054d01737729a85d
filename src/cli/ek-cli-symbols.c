/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connects the crash decoder with the cache of downloaded programs. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-symbols.h"

#include "ek-elf-lookup.h"

/**
 * ek_cli_symbols_init:
 * @self: (out caller-allocates): has to stay where it is
 */
void
ek_cli_symbols_init (EkCliSymbols *self)
{
  self->store = NULL;
  self->symbols = ek_crash_symbols_new ();
  ek_crash_symbols_set_lookup (self->symbols, ek_elf_lookup, &self->store);
}

void
ek_cli_symbols_clear (EkCliSymbols *self)
{
  g_clear_pointer (&self->symbols, ek_crash_symbols_free);
  g_clear_object (&self->store);
}
