/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probe: connect, read what identifies chip and firmware, leave. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-probe-job.h"

#include "ek-guided-connect.h"
#include "ek-settings.h"
#include "ek-stored-settings.h"

struct _EkProbeJob
{
  EkJob parent_instance;

  EkPort *port;
  EkLoaderOptions options;
  EkChipInfo chip;
  EkInstalled installed;
  char **setting_names;
};

G_DEFINE_FINAL_TYPE (EkProbeJob, ek_probe_job, EK_TYPE_JOB)

/* Their names, never their values: the password of the Wi-Fi is among them. */
static gboolean
read_settings (EkProbeJob *self,
               const EkFlashReader *reader,
               GCancellable *cancellable,
               GError **error)
{
  const EkPartition *partition =
      self->installed.table != NULL ? ek_settings_find_partition (self->installed.table) : NULL;
  g_auto (EkStoredSettings) stored = { 0 };

  if (partition == NULL || (guint64) partition->offset + partition->size > self->chip.flash_size)
    return TRUE;
  if (!ek_stored_settings_read (&stored, reader, partition->offset, partition->size, cancellable,
                                error))
    return FALSE;

  if (stored.nvs != NULL)
    self->setting_names = ek_nvs_list_keys (stored.nvs, EK_SETTINGS_NAMESPACE);
  return TRUE;
}

static gboolean
read_installed (EkProbeJob *self, EkLoader *loader, GCancellable *cancellable, GError **error)
{
  EkFlashReader reader = ek_flash_reader_for_loader (loader);

  if (ek_chip_info_is_locked (&self->chip, NULL))
    return TRUE;

  return ek_installed_read (&self->installed, &reader, self->chip.flash_size, cancellable, error) &&
         read_settings (self, &reader, cancellable, error);
}

static gboolean
ek_probe_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkProbeJob *self = EK_PROBE_JOB (job);
  g_autoptr (EkLoader) loader = ek_loader_new (self->port, &self->options);
  g_autoptr (GError) leave_error = NULL;
  gboolean ok;

  ek_installed_clear (&self->installed);
  g_clear_pointer (&self->setting_names, g_strfreev);
  ek_progress_set_weight (progress, EK_PHASE_CONNECT, 1.0);
  ek_progress_set_weight (progress, EK_PHASE_READ, 0.1);
  ek_progress_begin (progress, EK_PHASE_CONNECT, 0);
  ok = ek_guided_connect (loader, progress, cancellable, error);
  self->chip = *ek_loader_get_chip_info (loader);
  if (ok)
    {
      ek_progress_begin (progress, EK_PHASE_READ, 0);
      ok = read_installed (self, loader, cancellable, error);
    }
  if (self->chip.chip != NULL && ek_port_is_open (self->port) &&
      !ek_loader_leave (loader, NULL, &leave_error))
    g_debug ("leaving: %s", leave_error->message);
  ek_port_close (self->port);

  return ok;
}

static void
ek_probe_job_finalize (GObject *object)
{
  EkProbeJob *self = EK_PROBE_JOB (object);

  ek_installed_clear (&self->installed);
  g_strfreev (self->setting_names);
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

/**
 * ek_probe_job_get_setting_names:
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): what the owner has set, such as "ssid";
 *   %NULL if no settings were found
 */
const char *const *
ek_probe_job_get_setting_names (EkProbeJob *self)
{
  return (const char *const *) self->setting_names;
}
