/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connects the crash decoder with the cache of downloaded programs. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-symbols.h"

static char *
find_in_cache (const char *elf_prefix, gpointer user_data)
{
  EkCliSymbols *self = user_data;

  /* Most logs have no crash in them: the cache is not looked at before there is one. */
  if (self->store == NULL)
    self->store = ek_store_new (NULL);

  return ek_store_find_elf (self->store, elf_prefix);
}

/**
 * ek_cli_symbols_init:
 * @self: (out caller-allocates): has to stay where it is
 */
void
ek_cli_symbols_init (EkCliSymbols *self)
{
  self->store = NULL;
  self->symbols = ek_crash_symbols_new ();
  ek_crash_symbols_set_lookup (self->symbols, find_in_cache, self);
}

void
ek_cli_symbols_clear (EkCliSymbols *self)
{
  g_clear_pointer (&self->symbols, ek_crash_symbols_free);
  g_clear_object (&self->store);
}
