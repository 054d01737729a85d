/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connect, find the place of the settings, read the pages that hold some, leave. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-settings-job.h"

#include "ek-installed.h"
#include "ek-stored-settings.h"

struct _EkSettingsJob
{
  EkJob parent_instance;

  EkPort *port;
  EkLoaderOptions options;
  EkStoredSettings stored;
  double seconds;
};

G_DEFINE_FINAL_TYPE (EkSettingsJob, ek_settings_job, EK_TYPE_JOB)

static gboolean
read_settings (EkSettingsJob *self, EkLoader *loader, GCancellable *cancellable, GError **error)
{
  const EkChipInfo *chip = ek_loader_get_chip_info (loader);
  EkFlashReader reader = ek_flash_reader_for_loader (loader);
  g_auto (EkInstalled) installed = { 0 };
  const EkPartition *partition;
  const char *why;

  if (ek_chip_info_is_locked (chip, &why))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CHIP_LOCKED, "nothing is read from this chip: %s",
                   why);
      return FALSE;
    }
  if (!ek_installed_read (&installed, &reader, chip->flash_size, cancellable, error))
    return FALSE;

  partition = ek_stored_settings_find_partition (installed.table);
  if (partition == NULL || (guint64) partition->offset + partition->size > chip->flash_size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "there is no place for settings on this device");
      return FALSE;
    }

  return ek_stored_settings_read (&self->stored, &reader, partition->offset, partition->size,
                                  cancellable, error);
}

static gboolean
ek_settings_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkSettingsJob *self = EK_SETTINGS_JOB (job);
  g_autoptr (EkLoader) loader = ek_loader_new (self->port, &self->options);
  g_autoptr (GError) leave_error = NULL;
  gint64 start = ek_port_now (self->port);
  gboolean ok;

  ek_stored_settings_clear (&self->stored);
  ek_progress_set_weight (progress, EK_PHASE_CONNECT, 1.0);
  ek_progress_set_weight (progress, EK_PHASE_READ, 0.5);
  ek_progress_begin (progress, EK_PHASE_CONNECT, 0);
  ok = ek_loader_connect (loader, cancellable, error);
  if (ok)
    {
      ek_progress_begin (progress, EK_PHASE_READ, 0);
      ok = read_settings (self, loader, cancellable, error);
      if (!ek_loader_leave (loader, NULL, &leave_error))
        g_debug ("leaving: %s", leave_error->message);
    }
  self->seconds = (double) (ek_port_now (self->port) - start) / G_USEC_PER_SEC;
  ek_port_close (self->port);

  return ok;
}

static void
ek_settings_job_finalize (GObject *object)
{
  EkSettingsJob *self = EK_SETTINGS_JOB (object);

  ek_stored_settings_clear (&self->stored);
  g_clear_object (&self->port);

  G_OBJECT_CLASS (ek_settings_job_parent_class)->finalize (object);
}

static void
ek_settings_job_class_init (EkSettingsJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_settings_job_finalize;
  EK_JOB_CLASS (klass)->run = ek_settings_job_run;
}

static void
ek_settings_job_init (EkSettingsJob *self)
{
}

/**
 * ek_settings_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 * @options: (nullable)
 *
 * Returns: (transfer full)
 */
EkSettingsJob *
ek_settings_job_new (EkPort *port, const EkLoaderOptions *options)
{
  EkSettingsJob *self = g_object_new (EK_TYPE_SETTINGS_JOB, NULL);

  self->port = g_object_ref (port);
  if (options != NULL)
    self->options = *options;
  return self;
}

/**
 * ek_settings_job_get_nvs:
 *
 * Returns: (nullable) (transfer none): the values, after a success; they include the Wi-Fi's password
 */
EkNvs *
ek_settings_job_get_nvs (EkSettingsJob *self)
{
  return self->stored.nvs;
}

/**
 * ek_settings_job_get_seconds:
 *
 * Returns: duration of the last run on the port's clock
 */
double
ek_settings_job_get_seconds (EkSettingsJob *self)
{
  return self->seconds;
}
