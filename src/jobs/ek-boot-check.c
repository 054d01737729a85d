/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port's bytes become lines, lose their secrets, and are judged. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-boot-check.h"

#include "ek-line-splitter.h"
#include "ek-redactor.h"

/* After the app has said what it is, a crash at its start would follow soon. */
#define SETTLE_TIME (G_USEC_PER_SEC)
#define POLL_TIME   (100 * 1000)
/* A crash may be followed by a good start, or by more of them: the boot verdict's time for a loop. */
#define CRASH_TIME (10 * G_USEC_PER_SEC)
/* USB devices are away for a moment after a full reset. */
#define RETURN_PAUSE (100 * 1000)

/**
 * Listener:
 *
 * One check on its way.
 */
typedef struct
{
  const EkBootCheck *check;
  EkPort *port;
  EkBootVerdict *verdict;
  EkLineSplitter *splitter;
  gint64 started_at; /* when it had said enough; -1 before */
  gint64 crashed_at; /* -1 before */
} Listener;

static void
on_line (const char *line, gboolean complete, gpointer user_data)
{
  Listener *self = user_data;
  g_autofree char *safe = NULL;

  if (!complete)
    return;

  safe = ek_redact_line (line);
  ek_boot_verdict_feed (self->verdict, safe, ek_port_now (self->port));
  if (self->check->on_line != NULL)
    self->check->on_line (safe, self->check->user_data);
}

static gboolean
is_crash (Listener *self)
{
  EkError code;

  return ek_boot_verdict_get_problem (self->verdict, &code, NULL) && code == EK_ERROR_BOOT_CRASH;
}

static gboolean
has_heard_enough (Listener *self)
{
  EkBootState state = ek_boot_verdict_get_state (self->verdict);
  gint64 now = ek_port_now (self->port);

  if (is_crash (self))
    {
      if (self->crashed_at < 0)
        self->crashed_at = now;
      return now - self->crashed_at >= CRASH_TIME;
    }
  if (state == EK_BOOT_PROBLEM || state == EK_BOOT_SETUP || state == EK_BOOT_ONLINE)
    return TRUE;
  if (state != EK_BOOT_APP_STARTED)
    {
      self->started_at = -1;
      return FALSE;
    }
  if (self->started_at < 0)
    self->started_at = now;

  return now - self->started_at >= SETTLE_TIME;
}

/* What the ROM prints at its own speed is noise then, and short. */
static gboolean
set_speed (Listener *self, GError **error)
{
  return self->check->baud == 0 || !ek_port_has_baud (self->port) ||
         ek_port_set_baud (self->port, self->check->baud, error);
}

static gboolean
open_port (Listener *self, GCancellable *cancellable, GError **error)
{
  if (!ek_port_open (self->port, cancellable, error))
    return FALSE;
  if (set_speed (self, error))
    return TRUE;

  ek_port_close (self->port);
  return FALSE;
}

/* FALSE only if there is no point in going on. */
static gboolean
listen (Listener *self, gint64 end, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  guint8 buffer[4096];
  gssize n;

  if (!ek_port_is_open (self->port) && !open_port (self, cancellable, &local_error))
    {
      if (ek_port_now (self->port) < end &&
          !g_error_matches (local_error, EK_ERROR, EK_ERROR_CANCELLED))
        return ek_port_sleep (self->port, RETURN_PAUSE, cancellable, error);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  n = ek_port_read (self->port, buffer, sizeof buffer,
                    MIN (end, ek_port_now (self->port) + POLL_TIME), cancellable, &local_error);
  if (n >= 0)
    {
      ek_line_splitter_feed (self->splitter, buffer, (gsize) n);
      return TRUE;
    }
  if (!g_error_matches (local_error, EK_ERROR, EK_ERROR_LINK_LOST))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  /* The device is on its way through a reset, maybe to another name. What was half a line stays one. */
  ek_line_splitter_end (self->splitter);
  ek_port_close (self->port);
  return TRUE;
}

/**
 * ek_boot_check_run:
 * @check: what to expect
 * @port: the device, just restarted; open or on its way back
 *
 * Listens until the app has started and stays up for a moment, a problem is heard, or time is over.
 *
 * Returns: (transfer full): what was heard, also with an error set: %EK_ERROR_TIMEOUT if nothing tells
 *   of a start, one of %EK_ERROR_BOOT_FAILED and following or %EK_ERROR_POWER if something tells of a
 *   failure, %EK_ERROR_LINK_LOST, %EK_ERROR_CANCELLED
 */
EkBootVerdict *
ek_boot_check_run (const EkBootCheck *check,
                   EkPort *port,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (EkLineSplitter) splitter = NULL;
  Listener listener = { .check = check,
                        .port = port,
                        .verdict = ek_boot_verdict_new (),
                        .started_at = -1,
                        .crashed_at = -1 };
  gint64 end = ek_port_now (port) + check->timeout;
  g_autoptr (GError) local_error = NULL;

  splitter = ek_line_splitter_new (on_line, &listener);
  listener.splitter = splitter;
  if (check->heard != NULL)
    ek_line_splitter_feed (splitter, g_bytes_get_data (check->heard, NULL),
                           g_bytes_get_size (check->heard));
  if (ek_port_is_open (port) && !set_speed (&listener, error))
    return listener.verdict;
  while (!has_heard_enough (&listener) && ek_port_now (port) < end)
    if (!listen (&listener, end, cancellable, error))
      return listener.verdict;

  if (ek_boot_verdict_check (listener.verdict, check->version, check->elf_sha256, &local_error))
    return listener.verdict;

  /* A log that breaks off early proves neither a start nor a failure. */
  if (g_error_matches (local_error, EK_ERROR, EK_ERROR_NO_ANSWER))
    g_set_error (error, EK_ERROR, EK_ERROR_TIMEOUT, "%s", local_error->message);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return listener.verdict;
}
