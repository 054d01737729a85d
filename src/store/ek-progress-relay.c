/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries the latest progress over to a main context, one notification at a time. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-progress-relay.h"

#define NOTIFY_INTERVAL_MS 50

struct _EkProgressRelay
{
  gatomicrefcount references;
  EkProgressFunc func;
  gpointer user_data;
  GMainContext *context;

  GMutex lock;
  EkProgressInfo latest; /* (lock) */
  gboolean pending;      /* (lock): a notification is on its way */
  gboolean closed;       /* (lock): nothing is told any more */
};

/**
 * ek_progress_relay_new:
 * @func: (nullable): is called on the thread-default main context of now
 *
 * Returns: (transfer full)
 */
EkProgressRelay *
ek_progress_relay_new (EkProgressFunc func, gpointer user_data)
{
  EkProgressRelay *self = g_new0 (EkProgressRelay, 1);

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->lock);
  self->func = func;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  return self;
}

static EkProgressRelay *
relay_ref (EkProgressRelay *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
ek_progress_relay_unref (EkProgressRelay *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;

  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
on_due (gpointer user_data)
{
  EkProgressRelay *self = user_data;
  EkProgressInfo info;
  gboolean closed;

  g_mutex_lock (&self->lock);
  info = self->latest;
  closed = self->closed;
  self->pending = FALSE;
  g_mutex_unlock (&self->lock);

  if (!closed)
    self->func (&info, self->user_data);
  return G_SOURCE_REMOVE;
}

/**
 * ek_progress_relay_tell:
 * @relay: an #EkProgressRelay; this is an #EkProgressFunc
 */
void
ek_progress_relay_tell (const EkProgressInfo *info, gpointer relay)
{
  EkProgressRelay *self = relay;
  g_autoptr (GSource) source = NULL;
  gboolean was_pending;

  if (self->func == NULL)
    return;

  g_mutex_lock (&self->lock);
  self->latest = *info;
  was_pending = self->pending;
  self->pending = TRUE;
  g_mutex_unlock (&self->lock);
  if (was_pending)
    return;

  source = g_timeout_source_new (NOTIFY_INTERVAL_MS);
  g_source_set_callback (source, on_due, relay_ref (self),
                         (GDestroyNotify) ek_progress_relay_unref);
  g_source_attach (source, self->context);
}

/**
 * ek_progress_relay_close:
 *
 * From the worker, before it hands over its result: nothing is told after that.
 */
void
ek_progress_relay_close (EkProgressRelay *self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_mutex_unlock (&self->lock);
}
