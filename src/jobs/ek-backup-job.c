/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backup job. The old manifest goes before the new file comes, and the new one comes after it: what
 * is interrupted in between is a file without a manifest, never one with another's. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-backup-job.h"

#include <glib/gstdio.h>

#include "ek-backup.h"
#include "ek-save-file.h"

struct _EkBackupJob
{
  EkReadJob parent_instance;

  char *manifest_path;
  char *manifest;
};

G_DEFINE_FINAL_TYPE (EkBackupJob, ek_backup_job, EK_TYPE_READ_JOB)

static gboolean
ek_backup_job_before_commit (EkReadJob *job, GBytes *contents, GError **error)
{
  EkBackupJob *self = EK_BACKUP_JOB (job);
  const EkChipInfo *chip = ek_device_job_get_chip_info (EK_DEVICE_JOB (job));
  g_autoptr (EkBackup) backup =
      ek_backup_new (contents, ek_read_job_get_offset (job), ek_read_job_get_partition (job), chip);

  g_free (self->manifest);
  self->manifest = ek_backup_to_json (backup);
  g_unlink (self->manifest_path);
  return TRUE;
}

static gboolean
ek_backup_job_after_commit (EkReadJob *job, GError **error)
{
  EkBackupJob *self = EK_BACKUP_JOB (job);

  return ek_save_text (self->manifest_path, self->manifest, error);
}

static void
ek_backup_job_finalize (GObject *object)
{
  EkBackupJob *self = EK_BACKUP_JOB (object);

  g_free (self->manifest_path);
  g_free (self->manifest);

  G_OBJECT_CLASS (ek_backup_job_parent_class)->finalize (object);
}

static void
ek_backup_job_class_init (EkBackupJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_backup_job_finalize;
  EK_READ_JOB_CLASS (klass)->before_commit = ek_backup_job_before_commit;
  EK_READ_JOB_CLASS (klass)->after_commit = ek_backup_job_after_commit;
}

static void
ek_backup_job_init (EkBackupJob *self)
{
}

/**
 * ek_backup_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 * @options: what to save, and where to
 *
 * As ek_read_job_new(), and puts a manifest beside the file.
 *
 * Returns: (transfer full)
 */
EkBackupJob *
ek_backup_job_new (EkPort *port, const EkReadJobOptions *options)
{
  EkBackupJob *self = g_object_new (EK_TYPE_BACKUP_JOB, NULL);

  ek_read_job_set_options (EK_READ_JOB (self), port, options);
  self->manifest_path = ek_backup_manifest_path (options->path);
  return self;
}

const char *
ek_backup_job_get_manifest_path (EkBackupJob *self)
{
  return self->manifest_path;
}
