/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live log on standard output, until the time is over, the device is gone or the person has enough. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "ek-cli-keys.h"
#include "ek-cli-monitor.h"
#include "ek-cli-output.h"
#include "ek-cli.h"
#include "ek-listener.h"
#include "ek-monitor.h"

/* Of ESP-IDF: red, yellow, green. */
static const char *const colours[] = {
  [EK_LOG_ERROR] = "\033[31m",
  [EK_LOG_WARNING] = "\033[33m",
  [EK_LOG_INFO] = "\033[32m",
  [EK_LOG_PLAIN] = NULL,
};

typedef struct
{
  const EkCliStream *options;
  EkMonitor *monitor;
  GMainLoop *loop;
  FILE *save; /* (nullable) */
  gboolean coloured;
  gboolean was_listening;
  int code;
  GError *error;
} Stream;

static void
leave (Stream *self, int code)
{
  self->code = code;
  g_main_loop_quit (self->loop);
}

/* A device that colours its lines knows best. */
static void
print_text (FILE *file, EkLogLine *line, gboolean coloured)
{
  const char *own = coloured ? ek_log_line_get_coloured_text (line) : NULL;
  const char *start = coloured ? colours[ek_log_line_get_level (line)] : NULL;

  if (own != NULL)
    fprintf (file, "%s\n", own);
  else
    fprintf (file, "%s%s%s\n", start != NULL ? start : "", ek_log_line_get_text (line),
             start != NULL ? "\033[0m" : "");
}

static void
print_line (FILE *file, EkLogLine *line, gboolean times, gboolean coloured)
{
  if (times)
    {
      g_autofree char *clock = ek_log_line_format_time (line);

      fprintf (file, "%s ", clock);
    }
  print_text (file, line, coloured);
}

static void
fail_to_save (Stream *self)
{
  g_set_error (&self->error, EK_ERROR, errno == ENOSPC ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE,
               "%s: %s", self->options->save, g_strerror (errno));
  leave (self, EK_EXIT_FAILED);
}

static void
on_line (EkMonitor *monitor, EkLogLine *line, Stream *self)
{
  if (!ek_log_line_matches (line, self->options->filter, EK_LOG_PLAIN))
    return;

  print_line (stdout, line, self->options->times, self->coloured);
  if (self->save != NULL)
    {
      print_line (self->save, line, self->options->times, FALSE);
      if (fflush (self->save) != 0 && self->error == NULL)
        fail_to_save (self);
    }
  /* Whoever read our output has had enough. */
  if (fflush (stdout) != 0)
    leave (self, EK_EXIT_OK);
}

static void
on_crash (EkMonitor *monitor, EkCrash *crash, Stream *self)
{
  g_autofree char *text = NULL;

  if (self->options->symbols != NULL)
    ek_crash_symbols_resolve (self->options->symbols, crash);
  text = ek_crash_to_text (crash);
  printf ("\n%s\n", text);
  if (self->save != NULL)
    fprintf (self->save, "\n%s\n", text);
  fflush (stdout);
}

/* The speed is worth a word where it is not the usual one. */
static void
tell_listening (Stream *self)
{
  const char *path = ek_monitor_get_path (self->monitor);

  if (self->options->baud == 0 || self->options->baud == EK_CONSOLE_BAUD)
    fprintf (stderr, _ ("— Listening to %s. —"), path);
  else
    fprintf (stderr, _ ("— Listening to %s at %u baud. —"), path, self->options->baud);
  fputc ('\n', stderr);
}

static void
on_state (EkMonitor *monitor, GParamSpec *pspec, Stream *self)
{
  EkMonitorState state = ek_monitor_get_state (monitor);

  if (state == EK_MONITOR_FAILED)
    {
      if (self->error == NULL)
        self->error = g_error_copy (ek_monitor_get_error (monitor));
      leave (self, EK_EXIT_FAILED);
    }
  else if (state == EK_MONITOR_WAITING && self->was_listening)
    fprintf (stderr, "%s\n", _ ("— The device is away. Waiting for it to come back… —"));
  else if (state == EK_MONITOR_LISTENING)
    {
      tell_listening (self);
    }
  self->was_listening = state == EK_MONITOR_LISTENING;
}

static void
on_key (int key, gpointer user_data)
{
  Stream *self = user_data;

  if (key == EK_KEY_LEAVE)
    leave (self, EK_EXIT_OK);
  else if (key == EK_KEY_RESTART)
    ek_monitor_restart_device (self->monitor);
}

static gboolean
on_interrupt (gpointer user_data)
{
  leave (user_data, EK_EXIT_OK);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time_over (gpointer user_data)
{
  leave (user_data, EK_EXIT_OK);
  return G_SOURCE_CONTINUE;
}

static void
run (Stream *self)
{
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, self);
  guint end = self->options->seconds > 0
                  ? g_timeout_add_seconds (self->options->seconds, on_time_over, self)
                  : 0;
  g_autoptr (EkCliKeys) keys = ek_cli_keys_new (on_key, self);

  if (keys != NULL)
    fprintf (stderr, "%s\n", _ ("— Ctrl-] ends, Ctrl-R restarts the device. —"));
  g_signal_connect (self->monitor, "line", G_CALLBACK (on_line), self);
  g_signal_connect (self->monitor, "crash", G_CALLBACK (on_crash), self);
  g_signal_connect (self->monitor, "notify::state", G_CALLBACK (on_state), self);
  ek_monitor_start (self->monitor);
  g_main_loop_run (self->loop);
  /* What is on its way is still shown; that it ends is no news. */
  g_signal_handlers_disconnect_by_func (self->monitor, on_state, self);
  ek_monitor_stop (self->monitor);
  g_signal_handlers_disconnect_by_data (self->monitor, self);

  if (end != 0)
    g_source_remove (end);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}

/* https://no-color.org: any value but an empty one. */
static gboolean
wants_colours (EkCliColour colour)
{
  const char *no_color = g_getenv ("NO_COLOR");

  if (colour != EK_CLI_COLOUR_AUTO)
    return colour == EK_CLI_COLOUR_ALWAYS;

  return isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
         g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

/**
 * ek_cli_stream:
 *
 * Prints what a device says until Ctrl-], Ctrl-C, the end of the time or of the link.
 *
 * Returns: an exit code; an error was printed
 */
int
ek_cli_stream (const EkCliStream *stream, EkPort *port)
{
  EkMonitorOptions options = { .baud = stream->baud,
                               .reset = stream->reset,
                               .no_reconnect = stream->no_reconnect,
                               .capacity = 1 };
  g_autoptr (EkMonitor) monitor = ek_monitor_new (port, &options);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Stream self = {
    .options = stream, .monitor = monitor, .loop = loop, .coloured = wants_colours (stream->colour)
  };

  if (stream->save != NULL && (self.save = fopen (stream->save, "ae")) == NULL)
    {
      fail_to_save (&self);
    }
  else
    {
      run (&self);
      if (self.save != NULL && fclose (self.save) != 0 && self.error == NULL)
        fail_to_save (&self);
    }

  if (self.error != NULL)
    ek_cli_print_error (self.error);
  g_clear_error (&self.error);
  return self.code;
}
