/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flash job's steps: connect, plan, write, verify, start, and see it start. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-job.h"

#include "ek-flash-estimate.h"
#include "ek-flash-writer.h"
#include "ek-guided-connect.h"

/* EchoKit reports its version half a second after a reset; a slow first start takes longer. */
#define BOOT_TIMEOUT (10 * G_USEC_PER_SEC)

struct _EkFlashJob
{
  EkJob parent_instance;

  EkPort *port;
  EkBundle *bundle;
  EkFlashJobOptions options;
  EkSettings *settings; /* what the options point to */
  GBytes *exact;
  guint32 exact_offset;
  EkBootLineFunc on_line;
  gpointer line_data;

  EkFlashOutcome outcome;
  gboolean checked;
  EkFlashPlan *plan;
  EkChipInfo chip;
  EkBootVerdict *verdict;
  GError *boot_error;
  guint64 bytes_written;
  guint n_recoveries;
  guint baud;
  gboolean used_stub;
  double seconds;
};

G_DEFINE_FINAL_TYPE (EkFlashJob, ek_flash_job, EK_TYPE_JOB)

static const char *const outcome_names[] = {
  [EK_FLASH_UNTOUCHED] = "untouched", [EK_FLASH_TOUCHED] = "touched",
  [EK_FLASH_PLANNED] = "planned",     [EK_FLASH_VERIFIED] = "verified",
  [EK_FLASH_WRITTEN] = "written",     [EK_FLASH_STARTED] = "started",
};

static void
forget_last_run (EkFlashJob *self)
{
  self->outcome = EK_FLASH_UNTOUCHED;
  self->checked = FALSE;
  self->bytes_written = 0;
  self->n_recoveries = 0;
  g_clear_object (&self->plan);
  g_clear_object (&self->verdict);
  g_clear_error (&self->boot_error);
}

static gboolean
connect_and_identify (EkFlashJob *self,
                      EkLoader *loader,
                      EkProgress *progress,
                      GCancellable *cancellable,
                      GError **error)
{
  gboolean ok;

  ek_progress_begin (progress, EK_PHASE_CONNECT, 0);
  ok = ek_guided_connect (loader, progress, cancellable, error);
  self->chip = *ek_loader_get_chip_info (loader);
  if (!ok)
    return FALSE;

  self->baud = ek_port_has_baud (self->port) ? ek_loader_get_baud (loader) : 0;
  self->used_stub = ek_loader_is_stub (loader);
  return TRUE;
}

static void
set_weights (EkFlashJob *self, EkProgress *progress, const EkCostModel *cost)
{
  double erase = 0, write = 0, verify = 0;

  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self->plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self->plan, i);

      if (range->action == EK_RANGE_ERASE)
        erase += ek_cost_model_erase (cost, range->offset, range->size);
      if (range->action == EK_RANGE_WRITE)
        write += ek_cost_model_write (cost, range->offset, range->size);
      if (range->action == EK_RANGE_ERASE || range->action == EK_RANGE_WRITE)
        verify += ek_cost_model_hash (cost, range->size);
    }
  if (ek_flash_plan_erases_chip (self->plan))
    erase += ek_cost_model_erase (cost, 0, self->chip.flash_size);

  ek_progress_set_weight (progress, EK_PHASE_ERASE, erase);
  ek_progress_set_weight (progress, EK_PHASE_WRITE, write);
  ek_progress_set_weight (progress, EK_PHASE_VERIFY, verify);
}

/* The plan for the firmware has made all checks; what is written is another matter. */
static gboolean
plan_exact (EkFlashJob *self,
            const EkFlashReader *reader,
            const EkCostModel *cost,
            GCancellable *cancellable,
            GError **error)
{
  EkExactRegion region = { "image", self->exact_offset, self->exact };

  g_clear_object (&self->plan);
  self->plan = ek_flash_plan_new_exact (&region, 1, &self->chip, reader, cost, cancellable, error);
  return self->plan != NULL;
}

static gboolean
make_plan (EkFlashJob *self,
           EkLoader *loader,
           EkProgress *progress,
           GCancellable *cancellable,
           GError **error)
{
  EkFlashReader reader = ek_flash_reader_for_loader (loader);
  EkCostModel cost;

  ek_progress_begin (progress, EK_PHASE_COMPARE, 0);
  ek_cost_model_init (&cost, self->baud != 0, ek_loader_get_baud (loader),
                      ek_loader_is_stub (loader));
  self->plan = ek_flash_plan_new (self->bundle, &self->chip, &self->options.plan, &reader, &cost,
                                  cancellable, error);
  if (self->plan != NULL && self->exact != NULL &&
      !plan_exact (self, &reader, &cost, cancellable, error))
    return FALSE;
  if (self->plan == NULL)
    return FALSE;

  set_weights (self, progress, &cost);
  return TRUE;
}

static gboolean
write_and_verify (EkFlashJob *self,
                  EkLoader *loader,
                  EkProgress *progress,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (EkFlashWriter) writer =
      ek_flash_writer_new (loader, self->plan, progress, !self->options.no_compress);
  gboolean ok = ek_flash_writer_write (writer, cancellable, error);

  if (ek_flash_writer_has_started (writer))
    self->outcome = EK_FLASH_TOUCHED;
  if (ok && !self->options.no_verify)
    ok = ek_flash_writer_verify (writer, cancellable, error);

  self->bytes_written = ek_flash_writer_get_bytes_written (writer);
  self->n_recoveries = ek_flash_writer_get_n_recoveries (writer);
  if (ok)
    self->outcome = self->options.no_verify ? EK_FLASH_WRITTEN : EK_FLASH_VERIFIED;
  self->checked = ok && !self->options.no_verify;
  return ok;
}

/* What was heard tells of a firmware that does not run, or the person has had enough. */
static gboolean
is_boot_failure (const GError *error)
{
  static const EkError codes[] = {
    EK_ERROR_BOOT_FAILED,      EK_ERROR_BOOT_LOOP, EK_ERROR_BOOT_OTHER_VERSION,
    EK_ERROR_BOOT_WRONG_BOARD, EK_ERROR_POWER,     EK_ERROR_CANCELLED
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, EK_ERROR, (int) codes[i]))
      return TRUE;

  return FALSE;
}

/* From here on the firmware is on the device: what fails now is reported, but nothing is undone. */
static gboolean
start_and_listen (EkFlashJob *self,
                  EkLoader *loader,
                  EkProgress *progress,
                  GCancellable *cancellable,
                  GError **error)
{
  const EkAppImage *app = ek_bundle_get_app (self->bundle);
  EkBootCheck check = { .baud = ek_bundle_get_console_baud (self->bundle),
                        .timeout = BOOT_TIMEOUT,
                        .on_line = self->on_line,
                        .user_data = self->line_data };
  g_autoptr (GBytes) heard = NULL;
  g_autoptr (GError) local_error = NULL;

  ek_progress_begin (progress, EK_PHASE_START, 0);
  if (!ek_loader_leave (loader, cancellable, &local_error))
    {
      if (g_error_matches (local_error, EK_ERROR, EK_ERROR_CANCELLED))
        {
          /* nobody wants to watch, but it is to start all the same */
          (void) ek_loader_leave (loader, NULL, NULL);
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      self->boot_error = g_steal_pointer (&local_error);
      return TRUE;
    }
  if (self->options.no_boot_check || (app == NULL && !ek_flash_plan_sets_settings (self->plan)))
    return TRUE;

  if (app != NULL && app->has_description)
    {
      check.version = app->description.version;
      check.elf_sha256 = app->description.elf_sha256;
    }
  heard = ek_loader_take_output (loader);
  check.heard = heard;
  self->verdict = ek_boot_check_run (&check, self->port, cancellable, &local_error);
  if (local_error == NULL)
    {
      self->outcome = EK_FLASH_STARTED;
      return TRUE;
    }
  if (is_boot_failure (local_error))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  /* Silence is no failure, nor a port that stays away, nor a device that waits for its reset button. */
  self->boot_error = g_steal_pointer (&local_error);
  return TRUE;
}

/* Whatever happened, a device that nothing was written to goes back to what it did before. */
static void
release_device (EkFlashJob *self, EkLoader *loader)
{
  g_autoptr (GError) error = NULL;

  if (self->chip.chip == NULL || self->options.no_restart || !ek_port_is_open (self->port))
    return;
  if (self->outcome != EK_FLASH_UNTOUCHED && self->outcome != EK_FLASH_PLANNED)
    return;
  if (!ek_loader_leave (loader, NULL, &error))
    g_debug ("leaving: %s", error->message);
}

static gboolean
run_steps (EkFlashJob *self,
           EkLoader *loader,
           EkProgress *progress,
           GCancellable *cancellable,
           GError **error)
{
  if (!connect_and_identify (self, loader, progress, cancellable, error) ||
      !make_plan (self, loader, progress, cancellable, error))
    return FALSE;

  if (self->options.dry_run)
    {
      self->outcome = EK_FLASH_PLANNED;
      return TRUE;
    }
  if (!write_and_verify (self, loader, progress, cancellable, error))
    return FALSE;

  return self->options.no_restart || start_and_listen (self, loader, progress, cancellable, error);
}

/* Until the plan says better, everything is new: the bar then jumps forwards, and never starts too far. */
static void
guess_weights (EkFlashJob *self, EkProgress *progress)
{
  guint64 size = ek_bundle_get_total_size (self->bundle);
  guint baud = self->options.loader.baud != 0 ? self->options.loader.baud
                                              : ek_port_get_max_baud (self->port);
  double seconds[EK_N_PHASES];
  EkCostModel cost;

  ek_cost_model_init (&cost, ek_port_has_baud (self->port), baud, !self->options.loader.no_stub);
  ek_flash_estimate_phases (&cost, size, self->options.dry_run ? 0 : size, seconds);
  if (self->options.no_boot_check)
    seconds[EK_PHASE_START] = 0;
  for (guint phase = 0; phase < EK_N_PHASES; phase++)
    ek_progress_set_weight (progress, (EkPhase) phase, seconds[phase]);
}

static gint64
port_clock (gpointer user_data)
{
  return ek_port_now (user_data);
}

static gboolean
ek_flash_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkFlashJob *self = EK_FLASH_JOB (job);
  g_autoptr (EkLoader) loader = ek_loader_new (self->port, &self->options.loader);
  gint64 start = ek_port_now (self->port);
  gboolean ok;

  forget_last_run (self);
  ek_progress_set_clock (progress, port_clock, self->port);
  guess_weights (self, progress);

  ok = run_steps (self, loader, progress, cancellable, error);
  if (!ok || self->options.dry_run)
    release_device (self, loader);
  self->seconds = (double) (ek_port_now (self->port) - start) / G_USEC_PER_SEC;
  ek_port_close (self->port);

  return ok;
}

static void
ek_flash_job_finalize (GObject *object)
{
  EkFlashJob *self = EK_FLASH_JOB (object);

  forget_last_run (self);
  g_clear_object (&self->port);
  g_clear_object (&self->bundle);
  g_clear_pointer (&self->exact, g_bytes_unref);
  g_clear_pointer (&self->settings, ek_settings_free);
  g_clear_pointer (&self->options.plan.spare_bootloader, g_bytes_unref);

  G_OBJECT_CLASS (ek_flash_job_parent_class)->finalize (object);
}

static void
ek_flash_job_class_init (EkFlashJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_flash_job_finalize;
  EK_JOB_CLASS (klass)->run = ek_flash_job_run;
}

static void
ek_flash_job_init (EkFlashJob *self)
{
}

/**
 * ek_flash_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 * @bundle: (transfer none): what to install
 * @options: (nullable): is copied, the settings too
 *
 * Returns: (transfer full)
 */
EkFlashJob *
ek_flash_job_new (EkPort *port, EkBundle *bundle, const EkFlashJobOptions *options)
{
  EkFlashJob *self = g_object_new (EK_TYPE_FLASH_JOB, NULL);

  self->port = g_object_ref (port);
  self->bundle = g_object_ref (bundle);
  if (options != NULL)
    self->options = *options;
  if (self->options.plan.spare_bootloader != NULL)
    g_bytes_ref (self->options.plan.spare_bootloader);
  if (self->options.plan.settings != NULL)
    {
      self->settings = ek_settings_copy (self->options.plan.settings);
      self->options.plan.settings = self->settings;
    }
  return self;
}

/**
 * ek_flash_job_set_exact:
 * @bytes: (transfer none): what to put at @offset, byte for byte, over settings too
 *
 * For a person who means bytes: the bundle is still checked, but these are written instead.
 */
void
ek_flash_job_set_exact (EkFlashJob *self, guint32 offset, GBytes *bytes)
{
  g_clear_pointer (&self->exact, g_bytes_unref);
  self->exact = g_bytes_ref (bytes);
  self->exact_offset = offset;
}

/**
 * ek_flash_job_forget_data:
 *
 * Wipes the settings that it was given and lets go of the bytes of its plan: for one that has succeeded
 * and will not run again.
 */
void
ek_flash_job_forget_data (EkFlashJob *self)
{
  if (self->plan != NULL)
    ek_flash_plan_forget_data (self->plan);
  self->options.plan.settings = NULL;
  g_clear_pointer (&self->settings, ek_settings_free);
}

/**
 * ek_flash_job_set_line_func:
 * @func: (nullable) (scope notified): is told what the device prints after its restart, on the
 *   working thread
 */
void
ek_flash_job_set_line_func (EkFlashJob *self, EkBootLineFunc func, gpointer user_data)
{
  self->on_line = func;
  self->line_data = user_data;
}

/**
 * ek_flash_job_get_outcome:
 *
 * Returns: how far the last run got, also after a failure: it says what state the device is in
 */
EkFlashOutcome
ek_flash_job_get_outcome (EkFlashJob *self)
{
  return self->outcome;
}

/**
 * ek_flash_outcome_name:
 *
 * Returns: (transfer none): a name for scripts, such as "started"
 */
const char *
ek_flash_outcome_name (EkFlashOutcome outcome)
{
  g_return_val_if_fail (outcome < G_N_ELEMENTS (outcome_names), NULL);

  return outcome_names[outcome];
}

/**
 * ek_flash_job_get_plan:
 *
 * Returns: (nullable) (transfer none): once it was made
 */
EkFlashPlan *
ek_flash_job_get_plan (EkFlashJob *self)
{
  return self->plan;
}

/**
 * ek_flash_job_get_chip_info:
 *
 * Returns: (transfer none): its chip is %NULL if the device never answered
 */
const EkChipInfo *
ek_flash_job_get_chip_info (EkFlashJob *self)
{
  return &self->chip;
}

/**
 * ek_flash_job_get_verdict:
 *
 * Returns: (nullable) (transfer none): what was heard after the restart
 */
EkBootVerdict *
ek_flash_job_get_verdict (EkFlashJob *self)
{
  return self->verdict;
}

/**
 * ek_flash_job_get_boot_error:
 *
 * Returns: (nullable) (transfer none): why its start could not be seen, after a success
 */
const GError *
ek_flash_job_get_boot_error (EkFlashJob *self)
{
  return self->boot_error;
}

guint64
ek_flash_job_get_bytes_written (EkFlashJob *self)
{
  return self->bytes_written;
}

/**
 * ek_flash_job_get_checked:
 *
 * Returns: whether the chip's own MD5 was right for everything that was written
 */
gboolean
ek_flash_job_get_checked (EkFlashJob *self)
{
  return self->checked;
}

guint
ek_flash_job_get_n_recoveries (EkFlashJob *self)
{
  return self->n_recoveries;
}

/**
 * ek_flash_job_get_baud:
 *
 * Returns: bits a second; 0 where a speed means nothing
 */
guint
ek_flash_job_get_baud (EkFlashJob *self)
{
  return self->baud;
}

gboolean
ek_flash_job_used_stub (EkFlashJob *self)
{
  return self->used_stub;
}

/**
 * ek_flash_job_get_seconds:
 *
 * Returns: duration of the last run on the port's clock
 */
double
ek_flash_job_get_seconds (EkFlashJob *self)
{
  return self->seconds;
}
