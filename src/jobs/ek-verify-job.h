/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparing a file with what is on a device, without reading it all. */
#pragma once

#include "ek-device-job.h"

G_BEGIN_DECLS

/**
 * EkVerifyJobOptions:
 * @device: how to talk
 * @path: the file
 * @offset: where on the flash its first byte has to be
 */
typedef struct
{
  EkDeviceJobOptions device;
  const char *path;
  guint32 offset;
} EkVerifyJobOptions;

#define EK_TYPE_VERIFY_JOB (ek_verify_job_get_type ())
G_DECLARE_FINAL_TYPE (EkVerifyJob, ek_verify_job, EK, VERIFY_JOB, EkDeviceJob)

EkVerifyJob *ek_verify_job_new (EkPort *port, const EkVerifyJobOptions *options);

const char *ek_verify_job_get_path (EkVerifyJob *self);
guint32 ek_verify_job_get_offset (EkVerifyJob *self);
guint64 ek_verify_job_get_file_size (EkVerifyJob *self);
gboolean ek_verify_job_is_same (EkVerifyJob *self);
guint32 ek_verify_job_get_first_difference (EkVerifyJob *self, guint8 *wanted, guint8 *found);

G_END_DECLS
