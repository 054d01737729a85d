/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of every job: a worker thread, and properties that follow it at most 20 times a second. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-job.h"

#define NOTIFY_INTERVAL_MS 50

typedef struct
{
  EkJobState state;
  EkProgressInfo shown; /* what the properties say, on the thread of run_async() */

  GMutex lock;
  EkProgressInfo latest; /* (lock) */
  gboolean pending;      /* (lock): a notification is on its way */
  GMainContext *context; /* (lock) (nullable): while run_async() runs */
} EkJobPrivate;

typedef enum
{
  PROP_STATE = 1,
  PROP_PHASE,
  PROP_FRACTION,
  PROP_BYTES_DONE,
  PROP_BYTES_TOTAL,
  PROP_RATE,
  PROP_SECONDS_LEFT,
  PROP_ATTEMPT,
  PROP_PROBLEM,
} EkJobProperty;

static GParamSpec *properties[PROP_PROBLEM + 1];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (EkJob, ek_job, G_TYPE_OBJECT)

static void
show (EkJob *self, const EkProgressInfo *info)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);
  EkProgressInfo old = priv->shown;

  priv->shown = *info;
  g_object_freeze_notify (G_OBJECT (self));
  if (old.phase != info->phase)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PHASE]);
  if (old.fraction != info->fraction)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
  if (old.bytes_done != info->bytes_done)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BYTES_DONE]);
  if (old.bytes_total != info->bytes_total)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BYTES_TOTAL]);
  if (old.rate != info->rate)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE]);
  if (old.seconds_left != info->seconds_left)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SECONDS_LEFT]);
  if (old.attempt != info->attempt)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ATTEMPT]);
  if (old.problem != info->problem)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
  g_object_thaw_notify (G_OBJECT (self));
}

static gboolean
on_notify_due (gpointer user_data)
{
  EkJob *self = user_data;
  EkJobPrivate *priv = ek_job_get_instance_private (self);
  EkProgressInfo info;

  g_mutex_lock (&priv->lock);
  info = priv->latest;
  priv->pending = FALSE;
  g_mutex_unlock (&priv->lock);

  if (priv->state == EK_JOB_RUNNING)
    show (self, &info);
  return G_SOURCE_REMOVE;
}

/* On the worker's thread. */
static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  EkJob *self = user_data;
  EkJobPrivate *priv = ek_job_get_instance_private (self);
  g_autoptr (GSource) source = NULL;
  GMainContext *context = NULL;

  g_mutex_lock (&priv->lock);
  priv->latest = *info;
  if (!priv->pending && priv->context != NULL)
    {
      priv->pending = TRUE;
      context = g_main_context_ref (priv->context);
    }
  g_mutex_unlock (&priv->lock);
  if (context == NULL)
    return;

  source = g_timeout_source_new (NOTIFY_INTERVAL_MS);
  g_source_set_callback (source, on_notify_due, g_object_ref (self), g_object_unref);
  g_source_attach (source, context);
  g_main_context_unref (context);
}

static void
set_state (EkJob *self, EkJobState state)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);

  if (priv->state == state)
    return;

  priv->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static gboolean
do_run (EkJob *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (EkProgress) progress = ek_progress_new (on_progress, self);

  if (!EK_JOB_GET_CLASS (self)->run (self, progress, cancellable, error))
    {
      ek_error_convert (error);
      return FALSE;
    }

  ek_progress_finish (progress);
  return TRUE;
}

static void
ek_job_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkJobPrivate *priv = ek_job_get_instance_private (EK_JOB (object));

  switch ((EkJobProperty) property_id)
    {
    case PROP_STATE:
      g_value_set_int (value, priv->state);
      break;
    case PROP_PHASE:
      g_value_set_int (value, priv->shown.phase);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, priv->shown.fraction);
      break;
    case PROP_BYTES_DONE:
      g_value_set_uint64 (value, priv->shown.bytes_done);
      break;
    case PROP_BYTES_TOTAL:
      g_value_set_uint64 (value, priv->shown.bytes_total);
      break;
    case PROP_RATE:
      g_value_set_double (value, priv->shown.rate);
      break;
    case PROP_SECONDS_LEFT:
      g_value_set_double (value, priv->shown.seconds_left);
      break;
    case PROP_ATTEMPT:
      g_value_set_uint (value, priv->shown.attempt);
      break;
    case PROP_PROBLEM:
      g_value_set_int (value, (int) priv->shown.problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_job_finalize (GObject *object)
{
  EkJobPrivate *priv = ek_job_get_instance_private (EK_JOB (object));

  g_clear_pointer (&priv->context, g_main_context_unref);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (ek_job_parent_class)->finalize (object);
}

static void
ek_job_class_init (EkJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_job_get_property;
  object_class->finalize = ek_job_finalize;

  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, EK_JOB_IDLE, EK_JOB_FAILED, EK_JOB_IDLE, flags);
  properties[PROP_PHASE] = g_param_spec_int ("phase", NULL, NULL, EK_PHASE_WAITING, EK_N_PHASES - 1,
                                             EK_PHASE_WAITING, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_BYTES_DONE] =
      g_param_spec_uint64 ("bytes-done", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_BYTES_TOTAL] =
      g_param_spec_uint64 ("bytes-total", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_SECONDS_LEFT] =
      g_param_spec_double ("seconds-left", NULL, NULL, -1, G_MAXDOUBLE, -1, flags);
  properties[PROP_ATTEMPT] = g_param_spec_uint ("attempt", NULL, NULL, 0, G_MAXUINT, 1, flags);
  properties[PROP_PROBLEM] = g_param_spec_int ("problem", NULL, NULL, 0, EK_N_ERRORS - 1, 0, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_job_init (EkJob *self)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);

  g_mutex_init (&priv->lock);
  priv->shown.seconds_left = -1;
  priv->shown.attempt = 1;
}

/**
 * ek_job_run:
 *
 * Does the work on this thread. The properties change once, at the end; ek_job_get_progress() follows
 * from any thread.
 *
 * Returns: %FALSE with an error of #EK_ERROR
 */
gboolean
ek_job_run (EkJob *self, GCancellable *cancellable, GError **error)
{
  gboolean ok;

  g_return_val_if_fail (ek_job_get_state (self) != EK_JOB_RUNNING, FALSE);

  set_state (self, EK_JOB_RUNNING);
  ok = do_run (self, cancellable, error);
  set_state (self, ok ? EK_JOB_DONE : EK_JOB_FAILED);
  return ok;
}

static void
run_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (do_run (EK_JOB (source_object), cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * ek_job_run_async:
 *
 * Does the work on a thread of its own; properties and @callback belong to the thread-default main
 * context of the caller.
 */
void
ek_job_run_async (EkJob *self,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (priv->state != EK_JOB_RUNNING);

  g_task_set_source_tag (task, ek_job_run_async);
  g_task_set_return_on_cancel (task, FALSE);
  /* The job says itself what state a cancelled device is in. */
  g_task_set_check_cancellable (task, FALSE);

  g_mutex_lock (&priv->lock);
  g_clear_pointer (&priv->context, g_main_context_unref);
  priv->context = g_main_context_ref_thread_default ();
  g_mutex_unlock (&priv->lock);

  set_state (self, EK_JOB_RUNNING);
  g_task_run_in_thread (task, run_in_thread);
}

/**
 * ek_job_run_finish:
 *
 * Returns: as ek_job_run()
 */
gboolean
ek_job_run_finish (EkJob *self, GAsyncResult *result, GError **error)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);
  EkProgressInfo info;
  gboolean ok;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  ok = g_task_propagate_boolean (G_TASK (result), error);
  g_mutex_lock (&priv->lock);
  info = priv->latest;
  g_mutex_unlock (&priv->lock);
  show (self, &info);
  set_state (self, ok ? EK_JOB_DONE : EK_JOB_FAILED);
  return ok;
}

EkJobState
ek_job_get_state (EkJob *self)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);

  return priv->state;
}

/**
 * ek_job_get_progress:
 * @info: (out caller-allocates): the latest, from any thread
 */
void
ek_job_get_progress (EkJob *self, EkProgressInfo *info)
{
  EkJobPrivate *priv = ek_job_get_instance_private (self);

  g_mutex_lock (&priv->lock);
  *info = priv->latest;
  g_mutex_unlock (&priv->lock);
}

/**
 * ek_job_get_problem:
 * @code: (out): why the chip does not answer, told by what was received; its advice says what helps
 *
 * Returns: %TRUE while the job waits for a person's hands; from any thread
 */
gboolean
ek_job_get_problem (EkJob *self, EkError *code)
{
  EkProgressInfo info;

  ek_job_get_progress (self, &info);
  *code = info.problem;
  return info.problem != EK_ERROR_INTERNAL;
}
