/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saving a device, or a partition of it: a read with a manifest beside the file. */
#pragma once

#include "ek-read-job.h"

G_BEGIN_DECLS

#define EK_TYPE_BACKUP_JOB (ek_backup_job_get_type ())
G_DECLARE_FINAL_TYPE (EkBackupJob, ek_backup_job, EK, BACKUP_JOB, EkReadJob)

EkBackupJob *ek_backup_job_new (EkPort *port, const EkReadJobOptions *options);
const char *ek_backup_job_get_manifest_path (EkBackupJob *self);

G_END_DECLS
