/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A crash as a value: cause, registers, the way there. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-crash-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_REGISTERS 64
#define MAX_FRAMES    128

G_DEFINE_FINAL_TYPE (EkCrash, ek_crash, G_TYPE_OBJECT)

static const char *const kind_names[EK_N_CRASH_KINDS] = {
  [EK_CRASH_EXCEPTION] = "exception",
  [EK_CRASH_ABORT] = "abort",
  [EK_CRASH_ASSERT] = "assert",
  [EK_CRASH_RUST_PANIC] = "rust-panic",
  [EK_CRASH_TASK_WATCHDOG] = "task-watchdog",
  [EK_CRASH_INTERRUPT_WATCHDOG] = "interrupt-watchdog",
  [EK_CRASH_STACK_OVERFLOW] = "stack-overflow",
  [EK_CRASH_HEAP] = "heap",
  [EK_CRASH_CACHE] = "cache",
};

/* Source: ESP32-S3 technical reference manual, "System and memory": internal ROM 0 and 1 on the
 * instruction bus. */
#define ROM_FIRST 0x40000000u
#define ROM_LAST  0x4005ffffu

static void
frame_clear (gpointer data)
{
  ek_symbol_clear (&((EkCrashFrame *) data)->symbol);
}

static void
ek_crash_finalize (GObject *object)
{
  EkCrash *self = EK_CRASH (object);

  g_free (self->cause);
  g_free (self->message);
  g_free (self->location);
  g_free (self->elf_prefix);
  g_array_unref (self->registers);
  g_array_unref (self->frames);

  G_OBJECT_CLASS (ek_crash_parent_class)->finalize (object);
}

static void
ek_crash_class_init (EkCrashClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_crash_finalize;
}

static void
ek_crash_init (EkCrash *self)
{
  self->core = -1;
  self->registers = g_array_new (FALSE, TRUE, sizeof (EkCrashRegister));
  self->frames = g_array_new (FALSE, TRUE, sizeof (EkCrashFrame));
  g_array_set_clear_func (self->frames, frame_clear);
}

void
ek_symbol_clear (EkSymbol *symbol)
{
  g_free (symbol->function);
  g_free (symbol->file);
  *symbol = (EkSymbol){ 0 };
}

EkCrash *
ek_crash_new (EkCrashKind kind)
{
  EkCrash *self = g_object_new (EK_TYPE_CRASH, NULL);

  self->kind = kind;
  return self;
}

/* "0x4200d1e2" at @text; @end: behind it */
static gboolean
parse_word (const char *text, guint32 *value, const char **end)
{
  gsize digits;

  if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
    return FALSE;
  for (digits = 0; digits < 8 && g_ascii_isxdigit (text[2 + digits]); digits++)
    ;
  if (digits == 0)
    return FALSE;

  *value = (guint32) g_ascii_strtoull (text + 2, NULL, 16);
  *end = text + 2 + digits;
  return !g_ascii_isxdigit (**end);
}

/* "PC      : 0x4200d1e2  PS      : 0x00060a30  A0      : 0x820d9e1a": a name, blanks, a colon, blanks,
 * a word. Other texts have colons too, so all of it has to fit. */
static const char *
parse_register (const char *text, EkCrashRegister *entry)
{
  gsize length;

  text += strspn (text, " ");
  for (length = 0; g_ascii_isalnum (text[length]); length++)
    ;
  if (length == 0 || length >= sizeof entry->name || !g_ascii_isupper (*text))
    return NULL;

  memcpy (entry->name, text, length);
  entry->name[length] = '\0';
  text += length;
  text += strspn (text, " ");
  if (*text != ':')
    return NULL;

  text++;
  text += strspn (text, " ");
  return parse_word (text, &entry->value, &text) ? text : NULL;
}

/**
 * ek_crash_add_registers:
 * @line: any line; one of a register dump is taken in
 */
void
ek_crash_add_registers (EkCrash *self, const char *line)
{
  EkCrashRegister entry = { 0 };

  while ((line = parse_register (line, &entry)) != NULL && self->registers->len < MAX_REGISTERS)
    g_array_append_val (self->registers, entry);
}

/**
 * ek_crash_add_backtrace:
 * @line: what follows "Backtrace:", "0x4200d1df:0x3fca5c10 …"
 *
 * The addresses are those of the calls already. Source: ESP-IDF 5.4.1, debug_helpers.c.
 */
void
ek_crash_add_backtrace (EkCrash *self, const char *line)
{
  const char *text = line;

  if (strstr (line, "|<-CORRUPTED") != NULL)
    self->corrupted = TRUE;
  while (self->frames->len < MAX_FRAMES)
    {
      EkCrashFrame frame = { 0 };

      text += strspn (text, " ");
      if (!parse_word (text, &frame.pc, &text))
        return;
      if (*text == ':' && !parse_word (text + 1, &frame.sp, &text))
        return;
      if (frame.pc >= ROM_FIRST && frame.pc <= ROM_LAST)
        frame.place = N_ ("inside the chip's built-in code");
      g_array_append_val (self->frames, frame);
    }
}

EkCrashKind
ek_crash_get_kind (EkCrash *self)
{
  return self->kind;
}

/**
 * ek_crash_get_cause:
 *
 * Returns: (nullable) (transfer none): the panic handler's name for it, such as "LoadProhibited"
 */
const char *
ek_crash_get_cause (EkCrash *self)
{
  return self->cause;
}

/**
 * ek_crash_get_explanation:
 *
 * Returns: (transfer none): what it means, in an owner's words, translated
 */
const char *
ek_crash_get_explanation (EkCrash *self)
{
  return ek_crash_explain (self);
}

/**
 * ek_crash_get_message:
 *
 * Returns: (nullable) (transfer none): the line that says most: a panic's own words, or the first one
 */
const char *
ek_crash_get_message (EkCrash *self)
{
  return self->message;
}

/**
 * ek_crash_get_location:
 *
 * Returns: (nullable) (transfer none): where a Rust panic or a failed assertion says it is, such as
 *   "src/main.rs:120:9"
 */
const char *
ek_crash_get_location (EkCrash *self)
{
  return self->location;
}

/**
 * ek_crash_get_core:
 *
 * Returns: 0 or 1; -1 if it was not said
 */
int
ek_crash_get_core (EkCrash *self)
{
  return self->core;
}

/**
 * ek_crash_get_elf_prefix:
 *
 * Returns: (nullable) (transfer none): the first digits of the SHA-256 of the ELF that explains the
 *   addresses, in lower-case hex
 */
const char *
ek_crash_get_elf_prefix (EkCrash *self)
{
  return self->elf_prefix;
}

/**
 * ek_crash_is_corrupted:
 *
 * Returns: whether the stack was damaged, so that the last frames may be wrong
 */
gboolean
ek_crash_is_corrupted (EkCrash *self)
{
  return self->corrupted;
}

guint
ek_crash_get_n_registers (EkCrash *self)
{
  return self->registers->len;
}

const EkCrashRegister *
ek_crash_get_register (EkCrash *self, guint index)
{
  g_return_val_if_fail (index < self->registers->len, NULL);

  return &g_array_index (self->registers, EkCrashRegister, index);
}

/**
 * ek_crash_find_register:
 * @name: such as "EXCVADDR"
 *
 * Returns: %FALSE if the log doesn't have it
 */
gboolean
ek_crash_find_register (EkCrash *self, const char *name, guint32 *value)
{
  for (guint i = 0; i < self->registers->len; i++)
    {
      const EkCrashRegister *entry = ek_crash_get_register (self, i);

      if (g_str_equal (entry->name, name))
        {
          *value = entry->value;
          return TRUE;
        }
    }

  return FALSE;
}

guint
ek_crash_get_n_frames (EkCrash *self)
{
  return self->frames->len;
}

/**
 * ek_crash_get_frame:
 * @index: 0 for the innermost
 *
 * Returns: (transfer none)
 */
const EkCrashFrame *
ek_crash_get_frame (EkCrash *self, guint index)
{
  g_return_val_if_fail (index < self->frames->len, NULL);

  return &g_array_index (self->frames, EkCrashFrame, index);
}

/**
 * ek_crash_get_match:
 *
 * Returns: as given to ek_crash_resolve(), %EK_CRASH_UNNAMED before
 */
EkCrashMatch
ek_crash_get_match (EkCrash *self)
{
  return self->match;
}

/**
 * ek_crash_resolve:
 * @match: what @func knows
 * @func: knows what is at an address of this firmware
 *
 * Gives the frames their names. Addresses in the chip's ROM are not asked for.
 */
void
ek_crash_resolve (EkCrash *self, EkCrashMatch match, EkSymbolFunc func, gpointer user_data)
{
  self->match = match;
  for (guint i = 0; i < self->frames->len; i++)
    {
      EkCrashFrame *frame = &g_array_index (self->frames, EkCrashFrame, i);

      if (frame->place != NULL)
        continue;
      ek_symbol_clear (&frame->symbol);
      if (!func (frame->pc, &frame->symbol, user_data))
        ek_symbol_clear (&frame->symbol);
    }
}

static void
append_frame (GString *text, guint number, const EkCrashFrame *frame)
{
  const EkSymbol *symbol = &frame->symbol;

  g_string_append_printf (text, "%3u  0x%08x  ", number, frame->pc);
  if (symbol->function != NULL)
    g_string_append_printf (text, "%s+0x%x", symbol->function, symbol->offset);
  else
    g_string_append (text, frame->place != NULL ? _ (frame->place) : "?");
  if (symbol->file != NULL)
    g_string_append_printf (text, "  (%s:%u)", symbol->file, symbol->line);
  g_string_append_c (text, '\n');
}

/**
 * ek_crash_to_text:
 *
 * Returns: (transfer full): all of it as lines for people, for a terminal, a report or the clipboard
 */
char *
ek_crash_to_text (EkCrash *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s\n", _ ("The firmware crashed."));
  if (self->message != NULL)
    g_string_append_printf (text, "  %s\n", self->message);
  if (self->location != NULL)
    g_string_append_printf (text, "  %s\n", self->location);
  g_string_append_printf (text, "  %s\n", ek_crash_explain (self));
  for (guint i = 0; i < self->frames->len; i++)
    append_frame (text, i, ek_crash_get_frame (self, i));
  if (self->corrupted)
    g_string_append_printf (text, "  %s\n",
                            _ ("The way there is damaged: the last lines may be wrong."));

  if (self->match == EK_CRASH_UNNAMED && self->elf_prefix != NULL && self->frames->len > 0)
    {
      g_string_append (text, "  ");
      /* Translators: %s is the beginning of a hash, such as 4cd45df24 */
      g_string_append_printf (text,
                              _ ("The names would be in the program (ELF) whose SHA-256 begins "
                                 "with "
                                 "%s; it isn't here."),
                              self->elf_prefix);
      g_string_append_c (text, '\n');
    }
  if (self->match == EK_CRASH_OTHER_BUILD)
    g_string_append_printf (text, "  %s\n",
                            _ ("The names are of another build than the one that crashed: they "
                               "may be wrong."));

  return g_string_free (text, FALSE);
}

/**
 * ek_crash_kind_name:
 *
 * Returns: (transfer none): a name for JSON, such as "rust-panic"
 */
const char *
ek_crash_kind_name (EkCrashKind kind)
{
  g_return_val_if_fail (kind < EK_N_CRASH_KINDS, "abort");

  return kind_names[kind];
}
