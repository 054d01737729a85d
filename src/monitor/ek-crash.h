/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One crash of a device's firmware, as its log tells it. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * EkCrashKind:
 *
 * What kind of end it was.
 */
typedef enum
{
  EK_CRASH_EXCEPTION,          /* the processor refused an instruction or an address */
  EK_CRASH_ABORT,              /* the firmware gave up */
  EK_CRASH_ASSERT,             /* what it takes for granted was not so */
  EK_CRASH_RUST_PANIC,         /* the same, in Rust */
  EK_CRASH_TASK_WATCHDOG,      /* a part of it hung */
  EK_CRASH_INTERRUPT_WATCHDOG, /* all of it hung */
  EK_CRASH_STACK_OVERFLOW,
  EK_CRASH_HEAP, /* its memory was overwritten */
  EK_CRASH_CACHE,

  EK_N_CRASH_KINDS /*< skip >*/
} EkCrashKind;

/**
 * EkSymbol:
 * @function: (nullable): such as "echokit::main"
 * @offset: bytes from its beginning
 * @file: (nullable): where it was written
 * @line: 0 if unknown
 *
 * What is at an address. The texts belong to whoever holds the struct.
 */
typedef struct
{
  char *function;
  guint32 offset;
  char *file;
  guint line;
} EkSymbol;

/* Fills @symbol, which is empty; FALSE if nothing is known of @address. */
typedef gboolean (*EkSymbolFunc) (guint32 address, EkSymbol *symbol, gpointer user_data);

/**
 * EkCrashFrame:
 * @pc: an address in the calling instruction
 * @sp: the stack there; 0 if unknown
 * @place: (nullable): words for where it is, if that is not in the firmware: the chip's ROM
 */
typedef struct
{
  guint32 pc;
  guint32 sp;
  const char *place;
  EkSymbol symbol;
} EkCrashFrame;

/**
 * EkCrashRegister:
 *
 * A register when it happened.
 */
typedef struct
{
  char name[12];
  guint32 value;
} EkCrashRegister;

/**
 * EkCrashMatch:
 *
 * Whose names a crash was given.
 */
typedef enum
{
  EK_CRASH_UNNAMED,     /* there is no program for it */
  EK_CRASH_NAMED,       /* those of the program that crashed */
  EK_CRASH_OTHER_BUILD, /* those of another one, the only one there is: they may be wrong */
} EkCrashMatch;

#define EK_TYPE_CRASH (ek_crash_get_type ())
G_DECLARE_FINAL_TYPE (EkCrash, ek_crash, EK, CRASH, GObject)

EkCrashKind ek_crash_get_kind (EkCrash *self);
const char *ek_crash_get_cause (EkCrash *self);
const char *ek_crash_get_explanation (EkCrash *self);
const char *ek_crash_get_message (EkCrash *self);
const char *ek_crash_get_location (EkCrash *self);
int ek_crash_get_core (EkCrash *self);
const char *ek_crash_get_elf_prefix (EkCrash *self);
gboolean ek_crash_is_corrupted (EkCrash *self);
guint ek_crash_get_n_registers (EkCrash *self);
const EkCrashRegister *ek_crash_get_register (EkCrash *self, guint index);
gboolean ek_crash_find_register (EkCrash *self, const char *name, guint32 *value);
guint ek_crash_get_n_frames (EkCrash *self);
const EkCrashFrame *ek_crash_get_frame (EkCrash *self, guint index);

void ek_crash_resolve (EkCrash *self, EkCrashMatch match, EkSymbolFunc func, gpointer user_data);
EkCrashMatch ek_crash_get_match (EkCrash *self);
char *ek_crash_to_text (EkCrash *self);
const char *ek_crash_kind_name (EkCrashKind kind);
void ek_symbol_clear (EkSymbol *symbol);

G_END_DECLS
