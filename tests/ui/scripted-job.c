/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Its thread takes orders from a queue; each function returns once the properties show the effect. */
#include "config.h"

#include "scripted-job.h"

typedef enum
{
  ORDER_BEGIN,
  ORDER_ADVANCE,
  ORDER_ATTEMPT,
  ORDER_TIME,
  ORDER_SUCCEED,
  ORDER_FAIL,
} OrderKind;

typedef struct
{
  OrderKind kind;
  EkPhase phase;
  guint64 number;
} Order;

struct _ScriptedJob
{
  EkJob parent_instance;

  GAsyncQueue *orders;
  int n_given; /* by the test */
  int n_done;  /* atomic: by the job */
  gint64 now;  /* of the thread that works */
};

G_DEFINE_FINAL_TYPE (ScriptedJob, scripted_job, EK_TYPE_JOB)

static gint64
read_clock (gpointer user_data)
{
  return SCRIPTED_JOB (user_data)->now;
}

static void
give (ScriptedJob *self, OrderKind kind, EkPhase phase, guint64 number)
{
  Order *order = g_new (Order, 1);

  *order = (Order){ kind, phase, number };
  g_async_queue_push (self->orders, order);
}

/* As with a real job, the thread notices by itself that somebody wants it to stop. */
static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  give (user_data, ORDER_FAIL, EK_PHASE_WAITING, EK_ERROR_CANCELLED);
}

static gboolean
is_shown (ScriptedJob *self)
{
  EkProgressInfo info;
  int phase;
  double fraction;
  guint64 done, total;
  guint attempt;

  if (g_atomic_int_get (&self->n_done) != self->n_given)
    return FALSE;
  ek_job_get_progress (EK_JOB (self), &info);
  g_object_get (self, "phase", &phase, "fraction", &fraction, "bytes-done", &done, "bytes-total",
                &total, "attempt", &attempt, NULL);
  return phase == (int) info.phase && fraction == info.fraction && done == info.bytes_done &&
         total == info.bytes_total && attempt == info.attempt;
}

static void
wait_until_shown (ScriptedJob *self)
{
  self->n_given++;
  while (!is_shown (self))
    g_main_context_iteration (NULL, g_atomic_int_get (&self->n_done) == self->n_given);
}

static gboolean
obey (ScriptedJob *self, EkProgress *progress, const Order *order, GError **error)
{
  switch (order->kind)
    {
    case ORDER_BEGIN:
      ek_progress_begin (progress, order->phase, order->number);
      break;
    case ORDER_ADVANCE:
      ek_progress_advance (progress, order->number);
      break;
    case ORDER_ATTEMPT:
      ek_progress_set_attempt (progress, (guint) order->number);
      break;
    case ORDER_TIME:
      self->now += (gint64) order->number;
      break;
    case ORDER_FAIL:
      g_set_error (error, EK_ERROR, (int) order->number, "/dev/ttyACM0: as the test has it");
      break;
    case ORDER_SUCCEED:
      break;
    }

  return order->kind != ORDER_FAIL;
}

static gboolean
scripted_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  ScriptedJob *self = SCRIPTED_JOB (job);
  gulong handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
  gboolean ended = FALSE;
  gboolean ok = TRUE;

  ek_progress_set_clock (progress, read_clock, self);
  for (EkPhase phase = EK_PHASE_WAITING; phase < EK_N_PHASES; phase++)
    ek_progress_set_weight (progress, phase, 10);
  while (!ended)
    {
      g_autofree Order *order = g_async_queue_pop (self->orders);

      ok = obey (self, progress, order, error);
      ended = order->kind == ORDER_SUCCEED || order->kind == ORDER_FAIL;
      if (!ended)
        g_atomic_int_inc (&self->n_done);
    }
  g_cancellable_disconnect (cancellable, handler);
  return ok;
}

static void
scripted_job_finalize (GObject *object)
{
  g_async_queue_unref (SCRIPTED_JOB (object)->orders);

  G_OBJECT_CLASS (scripted_job_parent_class)->finalize (object);
}

static void
scripted_job_class_init (ScriptedJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scripted_job_finalize;
  EK_JOB_CLASS (klass)->run = scripted_job_run;
}

static void
scripted_job_init (ScriptedJob *self)
{
  self->orders = g_async_queue_new_full (g_free);
}

ScriptedJob *
scripted_job_new (void)
{
  return g_object_new (SCRIPTED_TYPE_JOB, NULL);
}

void
scripted_job_begin (ScriptedJob *self, EkPhase phase, guint64 bytes_total)
{
  give (self, ORDER_BEGIN, phase, bytes_total);
  wait_until_shown (self);
}

void
scripted_job_advance (ScriptedJob *self, guint64 bytes_done)
{
  give (self, ORDER_ADVANCE, EK_PHASE_WAITING, bytes_done);
  wait_until_shown (self);
}

/**
 * scripted_job_set_attempt:
 * @attempt: which try the job says this is
 */
void
scripted_job_set_attempt (ScriptedJob *self, guint attempt)
{
  give (self, ORDER_ATTEMPT, EK_PHASE_WAITING, attempt);
  wait_until_shown (self);
}

/**
 * scripted_job_pass_time:
 *
 * Advances the clock by which the job tells rate and time left.
 */
void
scripted_job_pass_time (ScriptedJob *self, gint64 microseconds)
{
  give (self, ORDER_TIME, EK_PHASE_WAITING, (guint64) microseconds);
  wait_until_shown (self);
}

static void
end (ScriptedJob *self)
{
  g_autoptr (ScriptedJob) job = g_object_ref (self);

  while (ek_job_get_state (EK_JOB (job)) == EK_JOB_RUNNING)
    g_main_context_iteration (NULL, TRUE);
}

void
scripted_job_succeed (ScriptedJob *self)
{
  give (self, ORDER_SUCCEED, EK_PHASE_WAITING, 0);
  end (self);
}

void
scripted_job_fail (ScriptedJob *self, EkError code)
{
  give (self, ORDER_FAIL, EK_PHASE_WAITING, code);
  end (self);
}
