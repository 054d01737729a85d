/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erasing a device's flash, or a part of it, after saying what will be lost. */
#pragma once

#include "ek-device-job.h"
#include "ek-installed.h"

G_BEGIN_DECLS

/**
 * EkEraseJobOptions:
 * @device: how to talk
 * @offset: first byte, multiple of 4096
 * @size: bytes, multiple of 4096; 0: to the end of the flash
 * @partition: (nullable): erase this one instead, by its label in the device's table
 */
typedef struct
{
  EkDeviceJobOptions device;
  guint32 offset;
  guint32 size;
  const char *partition;
} EkEraseJobOptions;

#define EK_TYPE_ERASE_JOB (ek_erase_job_get_type ())
G_DECLARE_FINAL_TYPE (EkEraseJob, ek_erase_job, EK, ERASE_JOB, EkDeviceJob)

/* Asked on the working thread, when it is known what will be lost; FALSE to erase nothing. */
typedef gboolean (*EkEraseConfirmFunc) (EkEraseJob *self,
                                        GCancellable *cancellable,
                                        gpointer user_data);

EkEraseJob *ek_erase_job_new (EkPort *port, const EkEraseJobOptions *options);
void ek_erase_job_set_confirm_func (EkEraseJob *self, EkEraseConfirmFunc func, gpointer user_data);

guint32 ek_erase_job_get_offset (EkEraseJob *self);
guint32 ek_erase_job_get_size (EkEraseJob *self);
gboolean ek_erase_job_is_full (EkEraseJob *self);
gboolean ek_erase_job_has_changes (EkEraseJob *self);
const EkInstalled *ek_erase_job_get_installed (EkEraseJob *self);
GPtrArray *ek_erase_job_get_lost_partitions (EkEraseJob *self);

G_END_DECLS
