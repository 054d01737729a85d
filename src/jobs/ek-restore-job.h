/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bringing back what was saved: only what differs is written, and all of it is proved. */
#pragma once

#include "ek-backup.h"
#include "ek-device-job.h"
#include "ek-flash-plan.h"

G_BEGIN_DECLS

/**
 * EkRestoreJobOptions:
 * @device: how to talk
 * @path: the backup, or another tool's dump of a flash
 * @partition: (nullable): bring back this one only, by its label in the backup
 * @has_offset: @offset says where the bytes go; else the manifest, or the beginning of the flash
 * @dry_run: make the plan and leave
 */
typedef struct
{
  EkDeviceJobOptions device;
  const char *path;
  const char *partition;
  gboolean has_offset;
  guint32 offset;
  gboolean dry_run;
} EkRestoreJobOptions;

#define EK_TYPE_RESTORE_JOB (ek_restore_job_get_type ())
G_DECLARE_FINAL_TYPE (EkRestoreJob, ek_restore_job, EK, RESTORE_JOB, EkDeviceJob)

EkRestoreJob *ek_restore_job_new (EkPort *port, const EkRestoreJobOptions *options);

const char *ek_restore_job_get_path (EkRestoreJob *self);
const char *ek_restore_job_get_partition (EkRestoreJob *self);
EkBackup *ek_restore_job_get_backup (EkRestoreJob *self);
EkFlashPlan *ek_restore_job_get_plan (EkRestoreJob *self);
guint32 ek_restore_job_get_offset (EkRestoreJob *self);
guint32 ek_restore_job_get_size (EkRestoreJob *self);
gboolean ek_restore_job_is_other_device (EkRestoreJob *self);
gboolean ek_restore_job_has_started (EkRestoreJob *self);
gboolean ek_restore_job_is_verified (EkRestoreJob *self);
guint64 ek_restore_job_get_bytes_written (EkRestoreJob *self);
guint ek_restore_job_get_n_recoveries (EkRestoreJob *self);

G_END_DECLS
