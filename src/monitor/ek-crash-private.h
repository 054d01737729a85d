/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a crash is put together from lines. */
#pragma once

#include "ek-crash.h"

G_BEGIN_DECLS

struct _EkCrash
{
  GObject parent_instance;

  EkCrashKind kind;
  char *cause;    /* (nullable): as the panic handler calls it, such as "LoadProhibited" */
  char *message;  /* what the firmware said */
  char *location; /* (nullable): of a Rust panic or an assertion */
  int core;       /* -1 if unknown */
  char *elf_prefix;
  EkCrashMatch match;
  gboolean corrupted; /* the backtrace */
  GArray *registers;  /* (element-type EkCrashRegister) */
  GArray *frames;     /* (element-type EkCrashFrame) */
};

EkCrash *ek_crash_new (EkCrashKind kind);
void ek_crash_add_registers (EkCrash *self, const char *line);
void ek_crash_add_backtrace (EkCrash *self, const char *line);
const char *ek_crash_explain (EkCrash *self);

G_END_DECLS
