/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all jobs on one connected device have in common: connect, identify, work, let go. */
#pragma once

#include "ek-job.h"
#include "ek-loader.h"

G_BEGIN_DECLS

/**
 * EkDeviceJobOptions:
 * @loader: how to talk
 * @no_restart: leave the device in download mode
 */
typedef struct
{
  EkLoaderOptions loader;
  gboolean no_restart;
} EkDeviceJobOptions;

#define EK_TYPE_DEVICE_JOB (ek_device_job_get_type ())
G_DECLARE_DERIVABLE_TYPE (EkDeviceJob, ek_device_job, EK, DEVICE_JOB, EkJob)

/**
 * EkDeviceJobClass:
 * @prepare: (nullable): forgets the last run and checks all that can be checked without the device;
 *   what fails here has touched nothing
 * @work: does the job on a connected device that is not locked
 */
struct _EkDeviceJobClass
{
  EkJobClass parent_class;

  gboolean (*prepare) (EkDeviceJob *self,
                       EkProgress *progress,
                       GCancellable *cancellable,
                       GError **error);
  gboolean (*work) (EkDeviceJob *self,
                    EkLoader *loader,
                    EkProgress *progress,
                    GCancellable *cancellable,
                    GError **error);
};

void ek_device_job_set_device (EkDeviceJob *self, EkPort *port, const EkDeviceJobOptions *options);
void ek_device_job_set_half_done (EkDeviceJob *self, gboolean half_done);

EkPort *ek_device_job_get_port (EkDeviceJob *self);
const EkChipInfo *ek_device_job_get_chip_info (EkDeviceJob *self);
guint ek_device_job_get_baud (EkDeviceJob *self);
gboolean ek_device_job_used_stub (EkDeviceJob *self);
double ek_device_job_get_seconds (EkDeviceJob *self);

G_END_DECLS
