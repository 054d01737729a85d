/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The programs that crashes are explained with: those that were named, and those in the cache. */
#pragma once

#include "ek-crash-symbols.h"
#include "ek-store.h"

G_BEGIN_DECLS

/**
 * EkCliSymbols:
 * @symbols: to explain crashes with
 * @store: (nullable): asked for programs that were not named, once a crash names its own
 */
typedef struct
{
  EkCrashSymbols *symbols;
  EkStore *store;
} EkCliSymbols;

void ek_cli_symbols_init (EkCliSymbols *self);
void ek_cli_symbols_clear (EkCliSymbols *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkCliSymbols, ek_cli_symbols_clear)

G_END_DECLS
