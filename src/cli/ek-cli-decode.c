/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash decode: the crashes in a saved log, with names. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "ek-cli-monitor.h"
#include "ek-cli-output.h"
#include "ek-cli-symbols.h"
#include "ek-cli.h"
#include "ek-crash-collector.h"
#include "ek-line-splitter.h"
#include "ek-redactor.h"

static gboolean json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object"), NULL },
  { NULL },
};

typedef struct
{
  EkCrashCollector *collector;
  EkCrashSymbols *symbols;
  GPtrArray *crashes;
} Decoder;

static void
take (Decoder *self, EkCrash *crash)
{
  if (crash == NULL)
    return;

  ek_crash_symbols_resolve (self->symbols, crash);
  g_ptr_array_add (self->crashes, crash);
}

static void
on_line (const char *text, gboolean complete, gpointer user_data)
{
  Decoder *self = user_data;
  g_autofree char *safe = ek_redact_line (text);

  take (self, ek_crash_collector_feed (self->collector, safe));
}

static gboolean
read_log (Decoder *self, GError **error)
{
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (on_line, self);
  guint8 buffer[4096];
  gssize n;

  while ((n = read (STDIN_FILENO, buffer, sizeof buffer)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FILE_UNREADABLE, "standard input: %s",
                       g_strerror (errno));
          return FALSE;
        }
      ek_line_splitter_feed (splitter, buffer, (gsize) n);
    }
  ek_line_splitter_end (splitter);
  take (self, ek_crash_collector_end (self->collector));
  return TRUE;
}

static void
print_crashes (GPtrArray *crashes)
{
  if (crashes->len == 0)
    puts (_ ("There is no crash in this log."));
  for (guint i = 0; i < crashes->len; i++)
    {
      g_autofree char *text = ek_crash_to_text (crashes->pdata[i]);

      printf ("%s%s", i > 0 ? "\n" : "", text);
    }
}

static void
print_json (GPtrArray *crashes)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "success");
  json_builder_add_boolean_value (builder, TRUE);
  ek_cli_add_crashes (builder, crashes);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

/**
 * ek_cli_decode:
 *
 * Reads a log from standard input and explains its crashes.
 */
int
ek_cli_decode (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("[ELF…] < LOG"), _ ("Explains the crashes in a device's log."),
                          entries);
  g_auto (EkCliSymbols) symbols = { 0 };
  g_autoptr (EkCrashCollector) collector = ek_crash_collector_new ();
  g_autoptr (GPtrArray) crashes = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  Decoder decoder = { collector, NULL, crashes };
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;

  ek_cli_symbols_init (&symbols);
  decoder.symbols = symbols.symbols;
  for (int i = 1; i < line->argc; i++)
    if (!ek_crash_symbols_add (symbols.symbols, line->argv[i], &error))
      return ek_cli_fail (error, json, FALSE);
  if (!read_log (&decoder, &error))
    return ek_cli_fail (error, json, FALSE);

  if (json)
    print_json (crashes);
  else
    print_crashes (crashes);
  return EK_EXIT_OK;
}
