/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The running of an operation: fetch, save a backup, run the job, one after the other; and what of it is
 * seen. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-operation-private.h"
#include "ek-progress-words.h"

#define STALL_TIME (5 * G_USEC_PER_SEC)
/* A device that restarts may be away for a moment. */
#define GONE_TIME (G_USEC_PER_SEC)

/* What each stage is worth of the whole bar, against the others that there are. */
static const double stage_weights[EK_N_STAGES] = {
  [EK_STAGE_FETCH] = 4,
  [EK_STAGE_BACKUP] = 6,
  [EK_STAGE_JOB] = 6,
};

static const EkStep phase_steps[EK_N_PHASES] = {
  [EK_PHASE_WAITING] = EK_STEP_CHECK, [EK_PHASE_PREPARE] = EK_STEP_CHECK,
  [EK_PHASE_CONNECT] = EK_STEP_CHECK, [EK_PHASE_COMPARE] = EK_STEP_CHECK,
  [EK_PHASE_ERASE] = EK_STEP_ERASE,   [EK_PHASE_WRITE] = EK_STEP_WRITE,
  [EK_PHASE_READ] = EK_STEP_READ,     [EK_PHASE_VERIFY] = EK_STEP_VERIFY,
  [EK_PHASE_START] = EK_STEP_START,
};

static void run_next_job (EkOperation *self);

static gboolean
shows_step (EkOperationPrivate *priv, EkStep step)
{
  return (priv->words.steps & (1u << step)) != 0;
}

/* A phase that an operation does not show belongs to the next step that it does. */
static EkStep
step_for_phase (EkOperationPrivate *priv, EkPhase phase)
{
  EkStep step = phase_steps[phase];

  if (priv->stage == EK_STAGE_BACKUP)
    return EK_STEP_BACKUP;
  while (step + 1 < EK_N_STEPS && !shows_step (priv, step))
    step++;
  return step;
}

static gboolean
has_stage (EkOperationPrivate *priv, EkStage stage)
{
  static const EkStep steps[EK_N_STAGES] = {
    [EK_STAGE_FETCH] = EK_STEP_DOWNLOAD,
    [EK_STAGE_BACKUP] = EK_STEP_BACKUP,
  };

  return stage == EK_STAGE_JOB || shows_step (priv, steps[stage]);
}

/* @fraction: of the stage that runs */
static double
share_of_bar (EkOperationPrivate *priv, double fraction)
{
  double done = 0, all = 0;

  for (EkStage stage = 0; stage < EK_N_STAGES; stage++)
    {
      double weight = has_stage (priv, stage) ? stage_weights[stage] : 0;

      all += weight;
      if (stage < priv->stage)
        done += weight;
      if (stage == priv->stage)
        done += weight * fraction;
    }

  return done / all;
}

static void
on_job_progress (EkJob *job, GParamSpec *pspec, EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  EkProgressInfo info;

  ek_job_get_progress (job, &info);
  if (info.phase > EK_PHASE_CONNECT)
    ek_operation_set_listening (self, FALSE);
  priv->moved_at = g_get_monotonic_time ();
  ek_operation_set_step (self, step_for_phase (priv, info.phase));
  ek_operation_set_fraction (self, share_of_bar (priv, info.fraction));
  ek_operation_take_detail (self, ek_progress_words (&info));
}

static void
on_download_progress (guint64 done, guint64 total, gpointer user_data)
{
  EkOperation *self = user_data;
  EkOperationPrivate *priv = ek_operation_get_private (self);

  priv->moved_at = g_get_monotonic_time ();
  if (total > 0)
    ek_operation_set_fraction (self,
                               share_of_bar (priv, MIN (1.0, (double) done / (double) total)));
  ek_operation_take_detail (self, ek_bytes_words (done, total));
}

static gboolean
on_stall_tick (gpointer user_data)
{
  ek_operation_check_stall (user_data, g_get_monotonic_time ());
  return G_SOURCE_CONTINUE;
}

/* @error: (transfer full) (nullable) */
static void
end (EkOperation *self, GError *error)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  EkOperationClass *klass = EK_OPERATION_GET_CLASS (self);

  g_clear_handle_id (&priv->stall_source, g_source_remove);
  g_clear_error (&priv->error);
  priv->error = error;
  priv->harmed = error != NULL && !ek_operation_is_harmless (self);
  if (error == NULL)
    {
      ek_operation_set_fraction (self, 1);
      if (klass->finished != NULL)
        klass->finished (self, priv->job);
    }
  ek_operation_set_state (self, error == NULL ? EK_JOB_DONE : EK_JOB_FAILED);
  ek_operation_set_listening (self, FALSE);
}

static void
on_job_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkOperation) self = user_data;
  EkOperationPrivate *priv = ek_operation_get_private (self);
  GError *error = NULL;
  gboolean ok;

  g_signal_handlers_disconnect_by_func (object, on_job_progress, self);
  ok = ek_job_run_finish (EK_JOB (object), result, &error);
  if (g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED) && ek_operation_is_complete (self))
    g_clear_error (&error);
  if (!ok || priv->stage == EK_STAGE_JOB)
    {
      end (self, error);
      return;
    }
  priv->backed_up = TRUE;
  run_next_job (self);
}

static EkJob *
create_job (EkOperation *self, EkPort *port)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  EkOperationClass *klass = EK_OPERATION_GET_CLASS (self);

  return priv->stage == EK_STAGE_BACKUP ? klass->create_backup_job (self, port)
                                        : klass->create_job (self, port, priv->bundle);
}

/* A backup is made once: what an attempt that has failed left on the device is not worth one, and would
 * take the place of what is. */
static void
run_next_job (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  g_autoptr (EkPort) port = NULL;
  GError *error = NULL;

  if (!(port = ek_target_new_port (priv->target, &error)))
    {
      end (self, error);
      return;
    }

  priv->stage =
      has_stage (priv, EK_STAGE_BACKUP) && !priv->backed_up ? EK_STAGE_BACKUP : EK_STAGE_JOB;
  g_clear_object (&priv->job);
  priv->job = create_job (self, port);
  g_signal_connect_object (priv->job, "notify", G_CALLBACK (on_job_progress), self, 0);
  ek_operation_set_step (self, step_for_phase (priv, EK_PHASE_CONNECT));
  ek_job_run_async (priv->job, priv->cancellable, on_job_done, g_object_ref (self));
}

static void
on_loaded (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkOperation) self = user_data;
  EkOperationPrivate *priv = ek_operation_get_private (self);
  GError *error = NULL;

  priv->bundle = ek_offer_load_finish (EK_OFFER (object), result, &error);
  if (priv->bundle == NULL)
    end (self, error);
  else
    run_next_job (self);
}

static void
fetch (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  priv->stage = EK_STAGE_FETCH;
  ek_operation_set_step (self,
                         shows_step (priv, EK_STEP_DOWNLOAD) ? EK_STEP_DOWNLOAD : EK_STEP_CHECK);
  ek_offer_load_async (priv->offer, on_download_progress, self, priv->cancellable, on_loaded,
                       g_object_ref (self));
}

/**
 * ek_operation_start:
 * @listen_only: only if the device is in update mode already; nobody asked for it, so nothing is shown
 *   before it answers
 *
 * Runs it, or runs it again.
 */
void
ek_operation_start (EkOperation *self, gboolean listen_only)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  g_return_if_fail (priv->state != EK_JOB_RUNNING);

  g_clear_object (&priv->cancellable);
  priv->cancellable = g_cancellable_new ();
  priv->moved_at = g_get_monotonic_time ();
  priv->stall_source = g_timeout_add_seconds (1, on_stall_tick, self);
  ek_operation_set_listening (self, listen_only);
  ek_operation_set_fraction (self, 0);
  ek_operation_take_detail (self, g_strdup (""));
  ek_operation_set_state (self, EK_JOB_RUNNING);

  if (priv->offer == NULL || priv->bundle != NULL)
    run_next_job (self);
  else
    fetch (self);
}

void
ek_operation_cancel (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  if (priv->cancellable != NULL)
    g_cancellable_cancel (priv->cancellable);
}

/**
 * ek_operation_is_saving_backup:
 *
 * Returns: whether the backup is being made, or is what has failed
 */
gboolean
ek_operation_is_saving_backup (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->stage == EK_STAGE_BACKUP;
}

/**
 * ek_operation_is_harmless:
 *
 * Returns: whether stopping now leaves the device as it was before the first attempt
 */
gboolean
ek_operation_is_harmless (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  EkOperationClass *klass = EK_OPERATION_GET_CLASS (self);

  if (priv->harmed)
    return FALSE;
  if (priv->job == NULL || priv->stage != EK_STAGE_JOB)
    return TRUE;

  return klass->is_harmless == NULL || klass->is_harmless (self, priv->job);
}

/**
 * ek_operation_is_complete:
 *
 * Returns: whether stopping now only ends the watching: what was asked for is on the device
 */
gboolean
ek_operation_is_complete (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  EkOperationClass *klass = EK_OPERATION_GET_CLASS (self);

  return priv->job != NULL && priv->stage == EK_STAGE_JOB && klass->is_complete != NULL &&
         klass->is_complete (self, priv->job);
}

/**
 * ek_operation_check_stall:
 * @now: on the monotonic clock
 *
 * Says so if nothing has moved for five seconds, or what to do if the device is not there any more.
 */
void
ek_operation_check_stall (EkOperation *self, gint64 now)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);
  EkProgressInfo info = { 0 };

  if (priv->state == EK_JOB_RUNNING && now - priv->moved_at >= GONE_TIME &&
      ek_target_get_state (priv->target) == EK_DEVICE_GONE)
    {
      ek_operation_take_detail (self, g_strdup (_ ("The cable is out. Plug it in again: the app "
                                                   "goes on by itself.")));
      return;
    }
  if (priv->state != EK_JOB_RUNNING || now - priv->moved_at < STALL_TIME)
    return;

  if (priv->job == NULL || ek_job_get_state (priv->job) != EK_JOB_RUNNING)
    {
      ek_operation_take_detail (self, g_strdup (_ ("Waiting for the server…")));
      return;
    }
  ek_job_get_progress (priv->job, &info);
  ek_operation_take_detail (self, ek_stall_words (&info));
}
