/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at a device without changing it: chip, flash, table, what runs on it. */
#pragma once

#include "ek-chip-info.h"
#include "ek-flash-plan.h"
#include "ek-job.h"
#include "ek-loader.h"

G_BEGIN_DECLS

#define EK_TYPE_PROBE_JOB (ek_probe_job_get_type ())
G_DECLARE_FINAL_TYPE (EkProbeJob, ek_probe_job, EK, PROBE_JOB, EkJob)

EkProbeJob *ek_probe_job_new (EkPort *port, const EkLoaderOptions *options);
const EkChipInfo *ek_probe_job_get_chip_info (EkProbeJob *self);
const EkInstalled *ek_probe_job_get_installed (EkProbeJob *self);
const char *const *ek_probe_job_get_setting_names (EkProbeJob *self);

G_END_DECLS
