/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A listener with a limit of time and one of size. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-capture.h"

#include "ek-crash-collector.h"
#include "ek-listener.h"

#include <string.h>

typedef struct
{
  EkCapture *capture;
  const EkCaptureOptions *options;
  EkCrashCollector *collector;
} Catcher;

static void
keep (EkCapture *self, const char *text)
{
  gsize size = strlen (text) + (self->n_lines > 0 ? 1 : 0);

  self->truncated = self->truncated || self->output->len + size > EK_CAPTURE_MAX_BYTES;
  if (self->truncated)
    return;

  if (self->n_lines > 0)
    g_string_append_c (self->output, '\n');
  g_string_append (self->output, text);
  self->n_lines++;
}

static void
add_crash (EkCapture *self, EkCrash *crash)
{
  if (crash != NULL)
    g_ptr_array_add (self->crashes, crash);
}

static void
on_line (EkLogLine *line, gpointer user_data)
{
  Catcher *catcher = user_data;
  const char *text = ek_log_line_get_text (line);
  const char *filter = catcher->options->filter;

  ek_boot_verdict_feed (catcher->capture->verdict, text, ek_log_line_get_port_time (line));
  add_crash (catcher->capture, ek_crash_collector_feed (catcher->collector, text));
  if (filter == NULL || strstr (text, filter) != NULL)
    keep (catcher->capture, text);
}

/**
 * ek_capture_run:
 * @self: (out caller-allocates): what was heard, also with an error set; clear it in any case
 *
 * Listens for a bounded time. Secrets are taken out.
 *
 * Returns: %FALSE with an error of ek_port_open(), %EK_ERROR_LINK_LOST if it may not reconnect, or
 *   %EK_ERROR_CANCELLED
 */
gboolean
ek_capture_run (EkCapture *self,
                EkPort *port,
                const EkCaptureOptions *options,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (EkCrashCollector) collector = ek_crash_collector_new ();
  g_autoptr (EkListener) listener = NULL;
  Catcher catcher = { self, options, collector };
  EkListenerOptions listener_options = {
    .baud = options->baud,
    .reset = options->reset,
    .no_reconnect = options->no_reconnect,
    .on_line = on_line,
    .user_data = &catcher,
  };
  guint seconds = options->seconds != 0 ? options->seconds : EK_CAPTURE_DEFAULT_SECONDS;
  gint64 begin;
  gboolean ok;

  *self = (EkCapture){ .output = g_string_new (NULL),
                       .verdict = ek_boot_verdict_new (),
                       .crashes = g_ptr_array_new_with_free_func (g_object_unref) };
  begin = ek_port_now (port);
  listener = ek_listener_new (port, &listener_options);
  ok = ek_listener_run (listener, MIN (seconds, EK_CAPTURE_MAX_SECONDS) * G_USEC_PER_SEC,
                        cancellable, error);
  self->duration = ek_port_now (port) - begin;
  self->bytes_read = ek_listener_get_bytes_read (listener);
  add_crash (self, ek_crash_collector_end (collector));

  return ok;
}

void
ek_capture_clear (EkCapture *self)
{
  if (self->output != NULL)
    g_string_free (self->output, TRUE);
  g_clear_object (&self->verdict);
  g_clear_pointer (&self->crashes, g_ptr_array_unref);
  *self = (EkCapture){ 0 };
}
