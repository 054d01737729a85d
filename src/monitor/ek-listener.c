/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port's bytes become lines and lose their secrets before anybody sees them. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-listener.h"

#include "ek-line-splitter.h"
#include "ek-redactor.h"

#define POLL_TIME    (100 * 1000)
#define RETURN_PAUSE (250 * 1000)
/* A silent simulated device answers at once; people and processors live in real time. */
#define LIVE_PAUSE_MS 20

struct _EkListener
{
  EkPort *port;
  EkListenerOptions options;
  EkLineSplitter *splitter;
  gboolean joining; /* the line under way may have begun before we listened */
  gboolean was_open;
  guint64 n_bytes;     /* atomic */
  gint restart_wanted; /* atomic */
};

/* From a line that has begun already nothing tells that it ends in a password. */
static gboolean
may_be_a_rest (EkListener *self, const char *text)
{
  gboolean joining = self->joining;

  self->joining = FALSE;
  return joining && !ek_log_text_is_beginning (text);
}

static EkLogLevel
level_of_line (EkListener *self, const char *text)
{
  EkLogLevel level = ek_log_level_of_text (text);
  static const struct
  {
    guint colour;
    EkLogLevel level;
  } colours[] = { { 31, EK_LOG_ERROR }, { 33, EK_LOG_WARNING }, { 32, EK_LOG_INFO } };

  /* A program that prints its own way may still keep to the colours. */
  for (guint i = 0; level == EK_LOG_PLAIN && i < G_N_ELEMENTS (colours); i++)
    if (colours[i].colour == ek_line_splitter_get_colour (self->splitter))
      return colours[i].level;

  return level;
}

static void
on_line (const char *text, gboolean complete, gpointer user_data)
{
  EkListener *self = user_data;
  g_autofree char *safe = NULL;
  g_autoptr (EkLogLine) line = NULL;
  const EkLineStyle *styles;
  guint n_styles;

  if (!complete || may_be_a_rest (self, text))
    return;

  safe = ek_redact_line (text);
  line = ek_log_line_new (safe, level_of_line (self, safe), g_get_real_time (),
                          ek_port_now (self->port));
  styles = ek_line_splitter_get_styles (self->splitter, &n_styles);
  ek_log_line_set_styles (line, text, styles, n_styles);
  self->options.on_line (line, self->options.user_data);
}

/**
 * ek_listener_new:
 * @port: (transfer none): the device; opened and closed by ek_listener_run()
 * @options: with @on_line set
 *
 * Returns: (transfer full)
 */
EkListener *
ek_listener_new (EkPort *port, const EkListenerOptions *options)
{
  EkListener *self = g_new0 (EkListener, 1);

  self->port = g_object_ref (port);
  self->options = *options;
  if (self->options.baud == 0)
    self->options.baud = EK_CONSOLE_BAUD;
  self->splitter = ek_line_splitter_new (on_line, self);
  return self;
}

void
ek_listener_free (EkListener *self)
{
  if (self == NULL)
    return;

  ek_line_splitter_free (self->splitter);
  g_object_unref (self->port);
  g_free (self);
}

/* RTS resets the chip, DTR stays off so that it starts its firmware (esp-protocol facts 1.7). What it
 * said before is dropped. Behind an adapter it is silent while RTS is down; its own USB port takes the
 * edge only, and it talks already. */
static gboolean
restart_device (EkListener *self, GCancellable *cancellable, GError **error)
{
  gboolean own_usb = ek_port_get_kind (self->port) == EK_PORT_KIND_USB_SERIAL_JTAG;

  ek_port_discard_input (self->port);
  if (!ek_port_set_lines (self->port, FALSE, TRUE, error) ||
      !ek_port_sleep (self->port, own_usb ? 200 * 1000 : 100 * 1000, cancellable, error))
    return FALSE;

  if (!own_usb && ek_port_has_lines (self->port))
    ek_port_discard_input (self->port);
  ek_line_splitter_drop (self->splitter);
  self->joining = TRUE;
  return ek_port_set_lines (self->port, FALSE, FALSE, error);
}

/* The kernel raises both lines when it opens a port, which does nothing. With both down again, boards
 * that have RTS alone at the reset pin run too. */
static gboolean
set_up (EkListener *self, GCancellable *cancellable, GError **error)
{
  if (ek_port_has_baud (self->port) && !ek_port_set_baud (self->port, self->options.baud, error))
    return FALSE;

  self->joining = TRUE;
  if (self->options.reset && !self->was_open)
    return restart_device (self, cancellable, error);

  return ek_port_set_lines (self->port, FALSE, FALSE, error);
}

static void
tell_link (EkListener *self, gboolean connected)
{
  if (self->options.on_link != NULL)
    self->options.on_link (connected, ek_port_get_path (self->port), self->options.user_data);
}

static gboolean
connect_port (EkListener *self, GCancellable *cancellable, GError **error)
{
  if (!ek_port_open (self->port, cancellable, error))
    return FALSE;
  if (!set_up (self, cancellable, error))
    {
      ek_port_close (self->port);
      return FALSE;
    }

  self->was_open = TRUE;
  tell_link (self, TRUE);
  return TRUE;
}

static void
disconnect (EkListener *self)
{
  ek_line_splitter_end (self->splitter);
  ek_port_close (self->port);
  tell_link (self, FALSE);
}

static gboolean
is_fatal (EkListener *self, const GError *error)
{
  return !self->was_open || self->options.no_reconnect ||
         g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED);
}

/* In real time, whatever the port's clock says. */
static void
pause_live (GCancellable *cancellable)
{
  GPollFD fd = { -1, G_IO_IN, 0 };
  gboolean watching = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fd);

  g_poll (&fd, watching ? 1 : 0, LIVE_PAUSE_MS);
  if (watching)
    g_cancellable_release_fd (cancellable);
}

static gboolean
read_some (EkListener *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  guint8 buffer[4096];
  gssize n;

  if (g_atomic_int_compare_and_exchange (&self->restart_wanted, 1, 0) &&
      !restart_device (self, cancellable, error))
    return FALSE;

  n = ek_port_read (self->port, buffer, sizeof buffer, deadline, cancellable, error);
  if (n < 0)
    return FALSE;
  if (n == 0 && self->options.live && ek_port_is_simulated (self->port))
    pause_live (cancellable);

  __atomic_add_fetch (&self->n_bytes, (guint64) n, __ATOMIC_RELAXED);
  ek_line_splitter_feed (self->splitter, buffer, (gsize) n);
  return TRUE;
}

/* One step: open, or read, or wait for the device to be back. */
static gboolean
listen (EkListener *self, gint64 end, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 soon = MIN (end, ek_port_now (self->port) + POLL_TIME);
  gboolean open = ek_port_is_open (self->port);

  if (open ? read_some (self, soon, cancellable, &local_error)
           : connect_port (self, cancellable, &local_error))
    return TRUE;

  if (open && !g_error_matches (local_error, EK_ERROR, EK_ERROR_CANCELLED))
    disconnect (self);
  if (is_fatal (self, local_error))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (open)
    return TRUE;

  return ek_port_sleep (self->port, RETURN_PAUSE, cancellable, error);
}

/**
 * ek_listener_run:
 * @duration: microseconds of the port's clock to listen; %G_MAXINT64 for ever
 *
 * Opens the device without disturbing it, or restarts it first, and hands its lines on until time is
 * over or somebody cancels. A device that goes away is waited for, under whatever name it comes back.
 * Of a line that may have begun before, the rest is dropped: it might be a password's.
 *
 * Returns: %FALSE with an error of ek_port_open() at the first time, %EK_ERROR_LINK_LOST without
 *   reconnecting, or %EK_ERROR_CANCELLED
 */
gboolean
ek_listener_run (EkListener *self, gint64 duration, GCancellable *cancellable, GError **error)
{
  gint64 now = ek_port_now (self->port);
  gint64 end = duration > G_MAXINT64 - now ? G_MAXINT64 : now + duration;
  gboolean ok = TRUE;

  ek_port_close (self->port);
  while (ok && ek_port_now (self->port) < end)
    ok = listen (self, end, cancellable, error);

  ek_line_splitter_end (self->splitter);
  ek_port_close (self->port);
  return ok;
}

/**
 * ek_listener_restart_device:
 *
 * Asks for a restart of the device, from any thread.
 */
void
ek_listener_restart_device (EkListener *self)
{
  g_atomic_int_set (&self->restart_wanted, 1);
}

/**
 * ek_listener_get_bytes_read:
 *
 * Returns: bytes that came, from any thread
 */
guint64
ek_listener_get_bytes_read (EkListener *self)
{
  return __atomic_load_n (&self->n_bytes, __ATOMIC_RELAXED);
}
