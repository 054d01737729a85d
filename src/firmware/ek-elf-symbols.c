/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of a program by address, for those who have an address and want a name. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bytes.h"
#include "ek-elf-private.h"

#define SYMBOL_SIZE      16
#define TYPE_NONE        0
#define TYPE_FUNCTION    2
#define UNDEFINED        0
#define BINDING_GLOBAL   1
#define BINDING_WEAK     2
#define MAX_UNKNOWN_SIZE 0x10000 /* a label without a size names nothing further away */

typedef struct
{
  ElfSymbol symbol;
  guint rank; /* of several at one address, the highest is told */
} Candidate;

/* Labels of assembly code have no type. They count where they are in code. */
static gboolean
is_function (EkElf *self, guint8 type, guint16 section, guint32 address)
{
  const EkElfSection *where;

  if (section == UNDEFINED || section >= self->sections->len)
    return FALSE;

  where = ek_elf_get_section (self, section);
  return (where->flags & EK_ELF_FLAG_EXECUTE) != 0 && address >= where->address &&
         address - where->address < where->size && (type == TYPE_FUNCTION || type == TYPE_NONE);
}

static guint
rank_symbol (guint8 type, guint8 binding, guint32 size)
{
  guint rank = 0;

  if (type == TYPE_FUNCTION)
    rank += 8;
  if (size > 0)
    rank += 4;
  if (binding == BINDING_GLOBAL)
    rank += 2;
  if (binding == BINDING_WEAK)
    rank += 1;
  return rank;
}

static gint
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *first = a;
  const Candidate *second = b;

  if (first->symbol.address != second->symbol.address)
    return first->symbol.address < second->symbol.address ? -1 : 1;
  if (first->rank != second->rank)
    return first->rank > second->rank ? -1 : 1;
  return strcmp (first->symbol.name, second->symbol.name);
}

static void
read_table (EkElf *self, const ElfSection *table, GArray *candidates)
{
  EkByteReader reader;
  const EkElfSection *names;

  if (table->link >= self->sections->len || table->public.data == NULL)
    return;

  names = ek_elf_get_section (self, table->link);
  ek_byte_reader_init (&reader, table->public.data, table->public.size);
  while (ek_byte_reader_left (&reader) >= SYMBOL_SIZE)
    {
      guint32 name = ek_byte_reader_u32 (&reader);
      guint32 address = ek_byte_reader_u32 (&reader);
      guint32 size = ek_byte_reader_u32 (&reader);
      guint8 info = ek_byte_reader_u8 (&reader);
      guint16 section;
      Candidate candidate = { 0 };

      ek_byte_reader_u8 (&reader); /* visibility */
      section = ek_byte_reader_u16 (&reader);
      if (!is_function (self, info & 0x0f, section, address))
        continue;

      candidate.symbol.address = address;
      candidate.symbol.size = size;
      candidate.symbol.name = ek_elf_section_get_text (names, name);
      candidate.rank = rank_symbol (info & 0x0f, info >> 4, size);
      if (candidate.symbol.name != NULL && candidate.symbol.name[0] != '.')
        g_array_append_val (candidates, candidate);
    }
}

/* One for each address; and a label inside a function does not cut it in two. */
static void
choose_symbols (const GArray *candidates, GArray *symbols)
{
  guint64 end = 0;

  for (guint i = 0; i < candidates->len; i++)
    {
      const ElfSymbol *symbol = &g_array_index (candidates, Candidate, i).symbol;
      const ElfSymbol *last =
          symbols->len > 0 ? &g_array_index (symbols, ElfSymbol, symbols->len - 1) : NULL;

      if ((last != NULL && last->address == symbol->address) ||
          (symbol->size == 0 && symbol->address < end))
        continue;

      g_array_append_val (symbols, *symbol);
      end = MAX (end, (guint64) symbol->address + symbol->size);
    }
}

static GArray *
read_symbols (EkElf *self)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  GArray *symbols = g_array_new (FALSE, FALSE, sizeof (ElfSymbol));

  for (guint i = 0; i < self->sections->len; i++)
    {
      const ElfSection *section = &g_array_index (self->sections, ElfSection, i);

      if (section->public.type == EK_ELF_SECTION_SYMTAB)
        read_table (self, section, candidates);
    }

  g_array_sort (candidates, compare_candidates);
  choose_symbols (candidates, symbols);
  return symbols;
}

static void
ensure_symbols (EkElf *self)
{
  if (g_once_init_enter (&self->symbols_known))
    {
      self->symbols = read_symbols (self);
      g_once_init_leave (&self->symbols_known, 1);
    }
}

/**
 * ek_elf_get_n_symbols:
 *
 * Returns: addresses of code that have a name; 0 for a file that was stripped
 */
guint
ek_elf_get_n_symbols (EkElf *self)
{
  g_return_val_if_fail (EK_IS_ELF (self), 0);

  ensure_symbols (self);
  return self->symbols->len;
}

/* The last symbol at or before @address. */
static const ElfSymbol *
find_before (EkElf *self, guint32 address)
{
  guint low = 0;
  guint high = self->symbols->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->symbols, ElfSymbol, middle).address <= address)
        low = middle + 1;
      else
        high = middle;
    }

  return low > 0 ? &g_array_index (self->symbols, ElfSymbol, low - 1) : NULL;
}

/**
 * ek_elf_find_symbol:
 * @address: in the chip's memory
 * @name: (out) (transfer none): the function's name as the linker has it, printable ASCII; lives as
 *   long as @self
 * @offset: (out): bytes from the function's start
 *
 * Finds the function that @address is in. May be called from any thread.
 *
 * Returns: %FALSE if no function is known there
 */
gboolean
ek_elf_find_symbol (EkElf *self, guint32 address, const char **name, guint32 *offset)
{
  const ElfSymbol *symbol;

  g_return_val_if_fail (EK_IS_ELF (self), FALSE);
  g_return_val_if_fail (name != NULL && offset != NULL, FALSE);

  ensure_symbols (self);
  symbol = find_before (self, address);
  if (symbol == NULL || !ek_elf_is_code (self, address))
    return FALSE;
  if (address - symbol->address >= (symbol->size != 0 ? symbol->size : MAX_UNKNOWN_SIZE) ||
      ek_elf_find_section_at (self, symbol->address) != ek_elf_find_section_at (self, address))
    return FALSE;

  *name = symbol->name;
  *offset = address - symbol->address;
  return TRUE;
}
