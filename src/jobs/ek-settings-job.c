/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the place of the settings and reads the pages that hold some. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-settings-job.h"

#include "ek-installed.h"
#include "ek-stored-settings.h"

struct _EkSettingsJob
{
  EkDeviceJob parent_instance;

  EkStoredSettings stored;
};

G_DEFINE_FINAL_TYPE (EkSettingsJob, ek_settings_job, EK_TYPE_DEVICE_JOB)

static gboolean
ek_settings_job_prepare (EkDeviceJob *job,
                         EkProgress *progress,
                         GCancellable *cancellable,
                         GError **error)
{
  ek_stored_settings_clear (&EK_SETTINGS_JOB (job)->stored);
  ek_progress_set_weight (progress, EK_PHASE_READ, 0.5);
  return TRUE;
}

static gboolean
ek_settings_job_work (EkDeviceJob *job,
                      EkLoader *loader,
                      EkProgress *progress,
                      GCancellable *cancellable,
                      GError **error)
{
  EkSettingsJob *self = EK_SETTINGS_JOB (job);
  guint32 flash_size = ek_device_job_get_chip_info (job)->flash_size;
  EkFlashReader reader = ek_flash_reader_for_loader (loader);
  g_auto (EkInstalled) installed = { 0 };
  const EkPartition *partition;

  ek_progress_begin (progress, EK_PHASE_READ, 0);
  if (!ek_installed_read (&installed, &reader, flash_size, cancellable, error))
    return FALSE;

  partition = ek_settings_find_partition (installed.table);
  if (partition == NULL || (guint64) partition->offset + partition->size > flash_size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "there is no place for settings on this device");
      return FALSE;
    }

  return ek_stored_settings_read (&self->stored, &reader, partition->offset, partition->size,
                                  cancellable, error);
}

static void
ek_settings_job_finalize (GObject *object)
{
  ek_stored_settings_clear (&EK_SETTINGS_JOB (object)->stored);

  G_OBJECT_CLASS (ek_settings_job_parent_class)->finalize (object);
}

static void
ek_settings_job_class_init (EkSettingsJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_settings_job_finalize;
  EK_DEVICE_JOB_CLASS (klass)->prepare = ek_settings_job_prepare;
  EK_DEVICE_JOB_CLASS (klass)->work = ek_settings_job_work;
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
ek_settings_job_new (EkPort *port, const EkDeviceJobOptions *options)
{
  EkSettingsJob *self = g_object_new (EK_TYPE_SETTINGS_JOB, NULL);

  ek_device_job_set_device (EK_DEVICE_JOB (self), port, options);
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
