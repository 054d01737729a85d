/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weighted phases make one fraction; a ring of samples makes the rate and the time left. */
#define G_LOG_DOMAIN "ek-base"
#include "config.h"

#include "ek-progress.h"

/* Samples are at least this far apart, so the ring spans some seconds (gnome-disk-utility keeps 50). */
#define N_SAMPLES          32
#define SAMPLE_INTERVAL_US (G_USEC_PER_SEC / 8)

typedef struct
{
  gint64 time;
  guint64 bytes;
} Sample;

struct _EkProgress
{
  GObject parent_instance;

  EkProgressFunc func;
  gpointer user_data;
  EkClockFunc clock;
  gpointer clock_data;

  double weights[EK_N_PHASES]; /* expected seconds */
  guint turns[EK_N_PHASES];    /* in which order they were first begun, from 1; 0: not yet */
  guint n_turns;
  gint64 phase_start;
  Sample samples[N_SAMPLES];
  guint n_samples;
  guint next_sample;
  EkProgressInfo info;
};

G_DEFINE_FINAL_TYPE (EkProgress, ek_progress, G_TYPE_OBJECT)

static const char *const phase_names[EK_N_PHASES] = {
  [EK_PHASE_WAITING] = "waiting", [EK_PHASE_PREPARE] = "prepare", [EK_PHASE_DOWNLOAD] = "download",
  [EK_PHASE_CONNECT] = "connect", [EK_PHASE_COMPARE] = "compare", [EK_PHASE_ERASE] = "erase",
  [EK_PHASE_WRITE] = "write",     [EK_PHASE_READ] = "read",       [EK_PHASE_VERIFY] = "verify",
  [EK_PHASE_START] = "start",
};

static gint64
monotonic_clock (gpointer user_data)
{
  return g_get_monotonic_time ();
}

static double
total_weight (EkProgress *self)
{
  double sum = 0;

  for (guint i = 0; i < EK_N_PHASES; i++)
    sum += self->weights[i];

  return sum;
}

/* Of the phases before this one. Going back to one, after a lost link, takes back what came since. */
static double
done_weight (EkProgress *self)
{
  double sum = 0;

  for (guint i = 0; i < EK_N_PHASES; i++)
    if (self->turns[i] > 0 && self->turns[i] < self->turns[self->info.phase])
      sum += self->weights[i];

  return sum;
}

static void
take_sample (EkProgress *self, gint64 now)
{
  const Sample *newest = &self->samples[(self->next_sample + N_SAMPLES - 1) % N_SAMPLES];
  const Sample *oldest;

  if (self->n_samples > 0 && now - newest->time < SAMPLE_INTERVAL_US)
    return;

  self->samples[self->next_sample] = (Sample){ now, self->info.bytes_done };
  self->next_sample = (self->next_sample + 1) % N_SAMPLES;
  self->n_samples = MIN (self->n_samples + 1, N_SAMPLES);

  newest = &self->samples[(self->next_sample + N_SAMPLES - 1) % N_SAMPLES];
  oldest = &self->samples[(self->next_sample + N_SAMPLES - self->n_samples) % N_SAMPLES];
  if (newest->time > oldest->time)
    self->info.rate = (double) (newest->bytes - oldest->bytes) * G_USEC_PER_SEC /
                      (double) (newest->time - oldest->time);
}

static void
update (EkProgress *self)
{
  gint64 now = self->clock (self->clock_data);
  double weight = self->weights[self->info.phase];
  double total = total_weight (self);
  double done = done_weight (self);
  double share = 0;
  double fraction;

  if (self->info.bytes_total > 0)
    share = MIN (1.0, (double) self->info.bytes_done / (double) self->info.bytes_total);
  else if (weight > 0)
    share = MIN (0.95, (double) (now - self->phase_start) / (weight * G_USEC_PER_SEC));

  take_sample (self, now);

  fraction = total > 0 ? MIN (1.0, (done + share * weight) / total) : 0;
  self->info.fraction = MAX (self->info.fraction, fraction);

  /* What is left of this phase follows the real rate; the phases to come, their estimate. */
  if (total > 0)
    {
      double left = (1 - share) * weight;

      if (self->info.rate > 0 && self->info.bytes_total > self->info.bytes_done)
        left = (double) (self->info.bytes_total - self->info.bytes_done) / self->info.rate;
      self->info.seconds_left = left + MAX (0.0, total - done - weight);
    }

  if (self->func != NULL)
    self->func (&self->info, self->user_data);
}

static void
ek_progress_class_init (EkProgressClass *klass)
{
}

static void
ek_progress_init (EkProgress *self)
{
  self->clock = monotonic_clock;
  self->info.seconds_left = -1;
  self->info.attempt = 1;
}

/**
 * ek_progress_new:
 * @func: (nullable) (scope notified): is told of every step, on the working thread
 *
 * Returns: (transfer full): a progress in #EK_PHASE_WAITING with no weights
 */
EkProgress *
ek_progress_new (EkProgressFunc func, gpointer user_data)
{
  EkProgress *self = g_object_new (EK_TYPE_PROGRESS, NULL);

  self->func = func;
  self->user_data = user_data;
  return self;
}

/**
 * ek_progress_set_clock:
 * @clock: (scope notified): the time in microseconds that rates are measured in
 */
void
ek_progress_set_clock (EkProgress *self, EkClockFunc clock, gpointer user_data)
{
  self->clock = clock;
  self->clock_data = user_data;
}

/**
 * ek_progress_set_weight:
 * @seconds: how long @phase is expected to take; 0 for a phase that will not happen
 *
 * May be called again when more is known: the fraction shown never falls.
 */
void
ek_progress_set_weight (EkProgress *self, EkPhase phase, double seconds)
{
  g_return_if_fail (phase < EK_N_PHASES);

  self->weights[phase] = seconds;
}

/**
 * ek_progress_begin:
 * @bytes_total: bytes this phase will handle, or 0 if it is known by its time only
 *
 * Ends the phase before and starts @phase. Entering the same phase again (after a lost link) starts
 * it anew without counting it twice.
 */
void
ek_progress_begin (EkProgress *self, EkPhase phase, guint64 bytes_total)
{
  g_return_if_fail (phase < EK_N_PHASES);

  if (self->turns[phase] == 0)
    self->turns[phase] = ++self->n_turns;

  self->info.phase = phase;
  self->info.bytes_done = 0;
  self->info.bytes_total = bytes_total;
  self->info.rate = 0;
  self->n_samples = 0;
  self->phase_start = self->clock (self->clock_data);
  update (self);
}

/**
 * ek_progress_advance:
 * @bytes_done: of this phase so far
 */
void
ek_progress_advance (EkProgress *self, guint64 bytes_done)
{
  if (bytes_done < self->info.bytes_done)
    self->n_samples = 0;
  self->info.bytes_done = bytes_done;
  update (self);
}

/**
 * ek_progress_resume:
 * @bytes_done: of this phase, from an earlier time
 *
 * As ek_progress_advance(), for bytes that took no time now: the rate leaves them out.
 */
void
ek_progress_resume (EkProgress *self, guint64 bytes_done)
{
  self->info.bytes_done = bytes_done;
  self->info.rate = 0;
  self->n_samples = 0;
  update (self);
}

/**
 * ek_progress_set_attempt:
 * @attempt: 1 for the first
 */
void
ek_progress_set_attempt (EkProgress *self, guint attempt)
{
  self->info.attempt = attempt;
  update (self);
}

/**
 * ek_progress_set_problem:
 * @problem: what the operation waits for a person's hands with; its advice says what they can do;
 *   %EK_ERROR_INTERNAL once it goes on
 */
void
ek_progress_set_problem (EkProgress *self, EkError problem)
{
  self->info.problem = problem;
  update (self);
}

/**
 * ek_progress_finish:
 *
 * Everything is done: the fraction is 1.
 */
void
ek_progress_finish (EkProgress *self)
{
  self->info.fraction = 1;
  self->info.seconds_left = 0;
  if (self->func != NULL)
    self->func (&self->info, self->user_data);
}

/**
 * ek_progress_get_info:
 *
 * Returns: (transfer none): what was last told
 */
const EkProgressInfo *
ek_progress_get_info (EkProgress *self)
{
  return &self->info;
}

/**
 * ek_phase_name:
 *
 * Returns: (transfer none): a name for scripts and logs, such as "write"
 */
const char *
ek_phase_name (EkPhase phase)
{
  g_return_val_if_fail (phase < EK_N_PHASES, NULL);

  return phase_names[phase];
}
