/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probe: connect, read what identifies chip and firmware, leave. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-probe-job.h"

struct _EkProbeJob
{
  EkJob parent_instance;

  EkPort *port;
  EkLoaderOptions options;
  EkChipInfo chip;
  EkInstalled installed;
};

G_DEFINE_FINAL_TYPE (EkProbeJob, ek_probe_job, EK_TYPE_JOB)

static gboolean
read_installed (EkProbeJob *self, EkLoader *loader, GCancellable *cancellable, GError **error)
{
  EkFlashReader reader = ek_flash_reader_for_loader (loader);

  if (ek_chip_info_is_locked (&self->chip, NULL))
    return TRUE;

  return ek_installed_read (&self->installed, &reader, self->chip.flash_size, cancellable, error);
}

static gboolean
ek_probe_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkProbeJob *self = EK_PROBE_JOB (job);
  g_autoptr (EkLoader) loader = ek_loader_new (self->port, &self->options);
  g_autoptr (GError) leave_error = NULL;
  gboolean ok;

  ek_installed_clear (&self->installed);
  ek_progress_set_weight (progress, EK_PHASE_CONNECT, 1.0);
  ek_progress_set_weight (progress, EK_PHASE_READ, 0.1);
  ek_progress_begin (progress, EK_PHASE_CONNECT, 0);
  ok = ek_loader_connect (loader, cancellable, error);
  self->chip = *ek_loader_get_chip_info (loader);
  if (ok)
    {
      ek_progress_begin (progress, EK_PHASE_READ, 0);
      ok = read_installed (self, loader, cancellable, error);
      if (!ek_loader_leave (loader, NULL, &leave_error))
        g_debug ("leaving: %s", leave_error->message);
    }
  ek_port_close (self->port);

  return ok;
}

static void
ek_probe_job_finalize (GObject *object)
{
  EkProbeJob *self = EK_PROBE_JOB (object);

  ek_installed_clear (&self->installed);
  g_clear_object (&self->port);

  G_OBJECT_CLASS (ek_probe_job_parent_class)->finalize (object);
}

static void
ek_probe_job_class_init (EkProbeJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_probe_job_finalize;
  EK_JOB_CLASS (klass)->run = ek_probe_job_run;
}

static void
ek_probe_job_init (EkProbeJob *self)
{
}

/**
 * ek_probe_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 * @options: (nullable)
 *
 * Returns: (transfer full)
 */
EkProbeJob *
ek_probe_job_new (EkPort *port, const EkLoaderOptions *options)
{
  EkProbeJob *self = g_object_new (EK_TYPE_PROBE_JOB, NULL);

  self->port = g_object_ref (port);
  if (options != NULL)
    self->options = *options;
  return self;
}

/**
 * ek_probe_job_get_chip_info:
 *
 * Returns: (transfer none)
 */
const EkChipInfo *
ek_probe_job_get_chip_info (EkProbeJob *self)
{
  return &self->chip;
}

/**
 * ek_probe_job_get_installed:
 *
 * Returns: (transfer none)
 */
const EkInstalled *
ek_probe_job_get_installed (EkProbeJob *self)
{
  return &self->installed;
}
