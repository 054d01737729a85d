/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the settings of a device. They are changed by an EkFlashJob. */
#pragma once

#include "ek-device-job.h"
#include "ek-nvs.h"

G_BEGIN_DECLS

#define EK_TYPE_SETTINGS_JOB (ek_settings_job_get_type ())
G_DECLARE_FINAL_TYPE (EkSettingsJob, ek_settings_job, EK, SETTINGS_JOB, EkDeviceJob)

EkSettingsJob *ek_settings_job_new (EkPort *port, const EkDeviceJobOptions *options);
EkNvs *ek_settings_job_get_nvs (EkSettingsJob *self);

G_END_DECLS
