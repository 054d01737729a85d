/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A crash begins with one of some phrases and goes on until the device restarts or goes on as if
 * nothing had happened. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-crash-collector.h"

#include "ek-crash-private.h"
#include "ek-log-line.h"

#include <string.h>

/* Far more than any crash has; a log that never ends one must not make us wait for ever. */
#define MAX_LINES 200
#define MAX_TEXT  1024
#define ELF_HASH  "ELF file SHA256:"

/* The first that fits. Source: ESP-IDF 5.4.1 panic.c, panic_arch.c, task_wdt.c, heap; Rust's standard
 * library; facts/echokit.md 5.1. */
static const struct
{
  const char *phrase;
  const char *and_phrase; /* (nullable): must be there too */
  EkCrashKind kind;
} starts[] = {
  { "Guru Meditation Error", "Interrupt wdt timeout", EK_CRASH_INTERRUPT_WATCHDOG },
  { "Guru Meditation Error", "Cache disabled but cached memory", EK_CRASH_CACHE },
  { "Guru Meditation Error", "Cache error", EK_CRASH_CACHE },
  { "Guru Meditation Error", "Unhandled debug exception", EK_CRASH_STACK_OVERFLOW },
  { "Guru Meditation Error", NULL, EK_CRASH_EXCEPTION },
  { "***ERROR*** A stack overflow in task", NULL, EK_CRASH_STACK_OVERFLOW },
  { "Stack smashing protect failure", NULL, EK_CRASH_STACK_OVERFLOW },
  { "CORRUPT HEAP:", NULL, EK_CRASH_HEAP },
  { "assert failed:", NULL, EK_CRASH_ASSERT },
  { "' panicked at ", NULL, EK_CRASH_RUST_PANIC },
  { "thread '", "panicked at", EK_CRASH_RUST_PANIC },
  { "Task watchdog got triggered", NULL, EK_CRASH_TASK_WATCHDOG },
  { "abort() was called at PC", NULL, EK_CRASH_ABORT },
};

/* The device starts anew. */
static const char *const ends[] = { "Rebooting...", "ESP-ROM:", "rst:0x", "CPU halted." };

struct _EkCrashCollector
{
  EkCrash *crash; /* (nullable): under way */
  guint n_lines;
  gboolean wants_message; /* a Rust panic's words are on the next line */
};

/**
 * ek_crash_collector_new:
 *
 * Returns: (transfer full)
 */
EkCrashCollector *
ek_crash_collector_new (void)
{
  return g_new0 (EkCrashCollector, 1);
}

void
ek_crash_collector_free (EkCrashCollector *self)
{
  if (self == NULL)
    return;

  g_clear_object (&self->crash);
  g_free (self);
}

static gboolean
find_start (const char *line, EkCrashKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    if (strstr (line, starts[i].phrase) != NULL &&
        (starts[i].and_phrase == NULL || strstr (line, starts[i].and_phrase) != NULL))
      {
        *kind = starts[i].kind;
        return TRUE;
      }

  return FALSE;
}

static gboolean
is_end (const char *line)
{
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (strstr (line, ends[i]) != NULL)
      return TRUE;

  return FALSE;
}

static char *
copy_text (const char *text)
{
  g_autofree char *copy = g_strstrip (g_strndup (text, MAX_TEXT));

  return g_utf8_make_valid (copy, -1);
}

/* "Core  0 panic'ed (LoadProhibited)", "on core 0", "CPU 1" */
static void
read_core (EkCrash *crash, const char *line)
{
  static const char *const words[] = { "Core ", "core ", "CPU " };

  for (guint i = 0; crash->core < 0 && i < G_N_ELEMENTS (words); i++)
    {
      const char *found = strstr (line, words[i]);

      if (found == NULL)
        continue;
      found += strlen (words[i]);
      found += strspn (found, " ");
      if (g_ascii_isdigit (found[0]) && !g_ascii_isdigit (found[1]))
        crash->core = found[0] - '0';
    }
}

static void
read_cause (EkCrash *crash, const char *line)
{
  const char *open = strstr (line, "panic'ed (");
  const char *close = open != NULL ? strchr (open, ')') : NULL;

  if (close == NULL || crash->cause != NULL)
    return;

  open += strlen ("panic'ed (");
  crash->cause = g_strndup (open, MIN ((gsize) (close - open), MAX_TEXT));
}

/* Rust: "thread '<unnamed>' panicked at src/main.rs:120:9:"; before 1.73 the words came first:
 * "panicked at 'words', src/main.rs:120:9". */
static void
read_rust (EkCrashCollector *self, const char *line)
{
  const char *place = strstr (line, "panicked at ") + strlen ("panicked at ");
  const char *words_end = *place == '\'' ? strstr (place, "', ") : NULL;

  g_clear_pointer (&self->crash->message, g_free);
  if (words_end != NULL)
    {
      self->crash->message = g_strndup (place + 1, MIN ((gsize) (words_end - place - 1), MAX_TEXT));
      self->crash->location = copy_text (words_end + strlen ("', "));
      return;
    }

  self->crash->location = copy_text (place);
  if (g_str_has_suffix (self->crash->location, ":"))
    self->crash->location[strlen (self->crash->location) - 1] = '\0';
  self->wants_message = TRUE;
}

static void
begin (EkCrashCollector *self, EkCrashKind kind, const char *line)
{
  self->crash = ek_crash_new (kind);
  self->n_lines = 0;
  self->wants_message = FALSE;
  self->crash->message = copy_text (line);
  if (kind == EK_CRASH_RUST_PANIC)
    read_rust (self, line);
}

static void
read_hash (EkCrash *crash, const char *line)
{
  const char *found = strstr (line, ELF_HASH);
  gsize length;

  if (found == NULL || crash->elf_prefix != NULL)
    return;

  found += strlen (ELF_HASH);
  found += strspn (found, " ");
  length = strspn (found, "0123456789abcdefABCDEF");
  if (length > 0)
    crash->elf_prefix = g_ascii_strdown (found, (gssize) MIN (length, 64));
}

static void
read_more (EkCrashCollector *self, const char *line)
{
  const char *backtrace = strstr (line, "Backtrace:");

  if (self->wants_message)
    {
      self->crash->message = copy_text (line);
      self->wants_message = FALSE;
      return;
    }

  read_core (self->crash, line);
  read_cause (self->crash, line);
  read_hash (self->crash, line);
  if (backtrace != NULL && self->crash->frames->len == 0)
    ek_crash_add_backtrace (self->crash, backtrace + strlen ("Backtrace:"));
  else
    ek_crash_add_registers (self->crash, line);
}

/* A watchdog's warning, or a thread's panic, need not end the firmware: it goes on to log. */
static gboolean
goes_on (EkCrashCollector *self, const char *line)
{
  EkLogLevel level = ek_log_level_of_text (line);
  gboolean survivable =
      self->crash->kind == EK_CRASH_TASK_WATCHDOG || self->crash->kind == EK_CRASH_RUST_PANIC;

  return survivable && level != EK_LOG_PLAIN && strstr (line, "task_wdt") == NULL &&
         !self->wants_message;
}

/**
 * ek_crash_collector_feed:
 * @line: a whole line, redacted
 *
 * Returns: (transfer full) (nullable): the crash that ended with @line or before it
 */
EkCrash *
ek_crash_collector_feed (EkCrashCollector *self, const char *line)
{
  EkCrashKind kind;

  if (self->crash == NULL)
    {
      if (!find_start (line, &kind))
        return NULL;
      begin (self, kind, line);
      if (kind == EK_CRASH_RUST_PANIC)
        return NULL;
    }
  else if (is_end (line) || goes_on (self, line) || self->n_lines >= MAX_LINES)
    {
      return ek_crash_collector_end (self);
    }

  self->n_lines++;
  read_more (self, line);
  return NULL;
}

/**
 * ek_crash_collector_end:
 *
 * No more lines will come.
 *
 * Returns: (transfer full) (nullable): the crash under way
 */
EkCrash *
ek_crash_collector_end (EkCrashCollector *self)
{
  return g_steal_pointer (&self->crash);
}
