/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash monitor: what a device says. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-monitor.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "ek-cli-device.h"
#include "ek-cli-output.h"
#include "ek-cli-symbols.h"
#include "ek-cli.h"
#include "ek-listener.h"

#define MAX_SECONDS (7 * 24 * 3600)

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static int duration;
static char *filter;
static char *elf;
static char *save;
static gboolean times;
static char *colour;
static gboolean no_reconnect;
static gboolean json;

static const GOptionEntry entries[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &device.devices,
    N_ ("tty, socket://HOST:PORT or sim: (default: the only device there is)"), N_ ("DEVICE") },
  { "port", 'p', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &device.devices, NULL, NULL },
  { "baud", 'b', 0, G_OPTION_ARG_INT, &device.baud, N_ ("speed of the console (default: 115200)"),
    N_ ("BAUD") },
  { "duration", 't', 0, G_OPTION_ARG_INT, &duration, N_ ("end after so many seconds"),
    N_ ("SECONDS") },
  { "filter", 'f', 0, G_OPTION_ARG_STRING, &filter, N_ ("show only lines that have this text"),
    N_ ("TEXT") },
  { "elf", 'e', 0, G_OPTION_ARG_FILENAME, &elf,
    N_ ("program with names for crashes, or a folder of them"), N_ ("FILE") },
  { "save", 's', 0, G_OPTION_ARG_FILENAME, &save, N_ ("append the lines to a file too"),
    N_ ("FILE") },
  { "times", 0, 0, G_OPTION_ARG_NONE, &times, N_ ("put the time before each line"), NULL },
  { "color", 0, 0, G_OPTION_ARG_STRING, &colour,
    N_ ("keep the device's colours: auto (on a terminal), always or never; not in files and "
        "--json"),
    N_ ("WHEN") },
  { "no-reset", 0, 0, G_OPTION_ARG_NONE, &device.no_reset, N_ ("don't restart the device first"),
    NULL },
  { "no-reset-on-connect", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &device.no_reset, NULL,
    NULL },
  { "no-reconnect", 0, 0, G_OPTION_ARG_NONE, &no_reconnect, N_ ("end when the device goes away"),
    NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &json,
    N_ ("listen for a while (default: 30 s) and print one object"), NULL },
  { NULL },
};

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

/**
 * ek_cli_add_capture:
 * @baud: that was asked for; 0 for the default
 *
 * Adds the members of espctl's monitor.run to an object that is being built, in its order.
 */
void
ek_cli_add_capture (JsonBuilder *builder, const EkCapture *capture, EkPort *port, guint baud)
{
  g_autofree char *message = NULL;
  gint64 milliseconds = capture->duration / 1000;

  baud = baud != 0 ? baud : EK_CONSOLE_BAUD;
  message = g_strdup_printf ("Captured %" G_GUINT64_FORMAT " byte(s) over %" G_GINT64_FORMAT
                             " ms from %s at %u baud.",
                             capture->bytes_read, milliseconds, ek_port_get_path (port), baud);
  json_builder_set_member_name (builder, "success");
  json_builder_add_boolean_value (builder, TRUE);
  add_text (builder, "port", ek_port_get_path (port));
  add_int (builder, "baud", baud);
  add_int (builder, "duration_ms", milliseconds);
  add_int (builder, "bytes_read", (gint64) capture->bytes_read);
  add_int (builder, "lines_captured", capture->n_lines);
  add_text (builder, "output", capture->output->str);
  json_builder_set_member_name (builder, "truncated");
  json_builder_add_boolean_value (builder, capture->truncated);
  add_text (builder, "message", message);
}

static void
add_frame (JsonBuilder *builder, const EkCrashFrame *frame)
{
  g_autofree char *address = g_strdup_printf ("0x%08x", frame->pc);

  json_builder_begin_object (builder);
  add_text (builder, "address", address);
  if (frame->symbol.function != NULL)
    add_text (builder, "function", frame->symbol.function);
  if (frame->place != NULL)
    add_text (builder, "function", _ (frame->place));
  if (frame->symbol.file != NULL)
    {
      add_text (builder, "file", frame->symbol.file);
      add_int (builder, "line", frame->symbol.line);
    }
  json_builder_end_object (builder);
}

static const char *const matches[] = {
  [EK_CRASH_UNNAMED] = "none",
  [EK_CRASH_NAMED] = "own",
  [EK_CRASH_OTHER_BUILD] = "other-build",
};

static void
add_crash (JsonBuilder *builder, EkCrash *crash)
{
  json_builder_begin_object (builder);
  add_text (builder, "kind", ek_crash_kind_name (ek_crash_get_kind (crash)));
  if (ek_crash_get_cause (crash) != NULL)
    add_text (builder, "cause", ek_crash_get_cause (crash));
  add_text (builder, "explanation", ek_crash_get_explanation (crash));
  if (ek_crash_get_message (crash) != NULL)
    add_text (builder, "message", ek_crash_get_message (crash));
  if (ek_crash_get_location (crash) != NULL)
    add_text (builder, "location", ek_crash_get_location (crash));
  if (ek_crash_get_core (crash) >= 0)
    add_int (builder, "core", ek_crash_get_core (crash));
  if (ek_crash_get_elf_prefix (crash) != NULL)
    add_text (builder, "elf_sha256", ek_crash_get_elf_prefix (crash));
  add_text (builder, "match", matches[ek_crash_get_match (crash)]);
  json_builder_set_member_name (builder, "corrupted");
  json_builder_add_boolean_value (builder, ek_crash_is_corrupted (crash));
  json_builder_set_member_name (builder, "registers");
  json_builder_begin_object (builder);
  for (guint i = 0; i < ek_crash_get_n_registers (crash); i++)
    {
      const EkCrashRegister *entry = ek_crash_get_register (crash, i);
      g_autofree char *value = g_strdup_printf ("0x%08x", entry->value);

      add_text (builder, entry->name, value);
    }
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "backtrace");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_crash_get_n_frames (crash); i++)
    add_frame (builder, ek_crash_get_frame (crash, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/**
 * ek_cli_add_crashes:
 * @crashes: (element-type EkCrash)
 *
 * Adds the array `crashes` to an object that is being built.
 */
void
ek_cli_add_crashes (JsonBuilder *builder, GPtrArray *crashes)
{
  json_builder_set_member_name (builder, "crashes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < crashes->len; i++)
    add_crash (builder, crashes->pdata[i]);
  json_builder_end_array (builder);
}

static void
print_capture (const EkCapture *capture, EkPort *port, EkCrashSymbols *symbols)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  for (guint i = 0; symbols != NULL && i < capture->crashes->len; i++)
    ek_crash_symbols_resolve (symbols, capture->crashes->pdata[i]);
  json_builder_begin_object (builder);
  ek_cli_add_capture (builder, capture, port, (guint) device.baud);
  /* The brief object is a contract; who names a program wants to know more. */
  if (elf != NULL)
    ek_cli_add_crashes (builder, capture->crashes);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

/**
 * Waiting:
 *
 * A capture on a thread, so that Ctrl-C is heard.
 */
typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  EkPort *port;
  EkCaptureOptions options;
  EkCapture capture;
  GError *error;
  gboolean interrupted;
} Waiting;

static gboolean
on_interrupt (gpointer user_data)
{
  Waiting *self = user_data;

  self->interrupted = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_captured (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static gpointer
capture_in_thread (gpointer user_data)
{
  Waiting *self = user_data;

  ek_capture_run (&self->capture, self->port, &self->options, self->cancellable, &self->error);
  g_idle_add (on_captured, self->loop);
  return NULL;
}

/* Who interrupts has heard enough: what was heard is still worth printing. */
static int
capture (EkPort *port, EkCrashSymbols *symbols)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Waiting self = { .loop = loop,
                   .cancellable = cancellable,
                   .port = port,
                   .options = { .baud = (guint) device.baud,
                                .seconds = (guint) duration,
                                .filter = filter,
                                .reset = !device.no_reset,
                                .no_reconnect = no_reconnect } };
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, &self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, &self);
  GThread *thread = g_thread_new ("capture", capture_in_thread, &self);
  int code;

  g_main_loop_run (loop);
  g_thread_join (thread);
  g_source_remove (interrupt);
  g_source_remove (terminate);

  if (self.error == NULL || g_error_matches (self.error, EK_ERROR, EK_ERROR_CANCELLED))
    {
      print_capture (&self.capture, port, symbols);
      code = self.interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_OK;
    }
  else
    code = ek_cli_fail (self.error, TRUE, self.interrupted);
  ek_capture_clear (&self.capture);
  g_clear_error (&self.error);
  return code;
}

static gboolean
check_numbers (GError **error)
{
  int limit = json ? EK_CAPTURE_MAX_SECONDS : MAX_SECONDS;

  if (duration < 0 || (!json && duration > limit))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "a duration is 1 to %d seconds",
                   limit);
      return FALSE;
    }

  return TRUE;
}

/* In the order of EkCliColour. */
static const char *const colour_names[] = { "auto", "always", "never" };

static gboolean
read_colour (EkCliColour *when)
{
  *when = EK_CLI_COLOUR_AUTO;
  for (guint i = 0; i < G_N_ELEMENTS (colour_names); i++)
    if (colour == NULL || g_str_equal (colour, colour_names[i]))
      {
        *when = (EkCliColour) i;
        return TRUE;
      }

  return FALSE;
}

static int
run (EkCliColour when)
{
  g_autoptr (EkPort) port = NULL;
  g_auto (EkCliSymbols) symbols = { 0 };
  g_autoptr (GError) error = NULL;
  EkLoaderOptions unused;
  EkCliStream stream;

  ek_cli_symbols_init (&symbols);
  if (!check_numbers (&error) ||
      (elf != NULL && !ek_crash_symbols_add (symbols.symbols, elf, &error)) ||
      !(port = ek_cli_device_open (&device, TRUE, &unused, &error)))
    return ek_cli_fail (error, json, FALSE);
  if (json)
    return capture (port, symbols.symbols);

  stream = (EkCliStream){ .baud = (guint) device.baud,
                          .seconds = (guint) duration,
                          .filter = filter,
                          .reset = !device.no_reset,
                          .no_reconnect = no_reconnect,
                          .times = times,
                          .colour = when,
                          .save = save,
                          .symbols = symbols.symbols };
  return ek_cli_stream (&stream, port);
}

/**
 * ek_cli_monitor:
 *
 * Shows what a device says.
 */
int
ek_cli_monitor (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context = ek_cli_context_new (
      NULL, _ ("Shows what a device says, without its secrets, and explains crashes."), entries);
  EkCliColour when;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));
  if (!read_colour (&when))
    return ek_cli_usage_error (line, _ ("--color is auto, always or never"));

  return run (when);
}
