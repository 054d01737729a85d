/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Installing firmware: from a bundle and a port to a device that was seen to start. */
#pragma once

#include "ek-boot-check.h"
#include "ek-flash-plan.h"
#include "ek-job.h"
#include "ek-loader.h"

G_BEGIN_DECLS

/**
 * EkFlashOutcome:
 *
 * How far it got. Everything from #EK_FLASH_PLANNED on is a success.
 */
typedef enum
{
  EK_FLASH_UNTOUCHED, /* nothing was written */
  EK_FLASH_TOUCHED,   /* something was written, not all of it proved */
  EK_FLASH_PLANNED,   /* a dry run: the plan is made */
  EK_FLASH_WRITTEN,   /* everything is written; the person did not want it checked */
  EK_FLASH_VERIFIED,  /* the chip's MD5 is right; nothing was heard of its start */
  EK_FLASH_STARTED,   /* and it was seen to start with the right version */
} EkFlashOutcome;

/**
 * EkFlashJobOptions:
 * @plan: what to keep and to erase
 * @loader: how to talk
 * @no_compress: send bytes as they are
 * @no_verify: skip the proof
 * @dry_run: make the plan and leave
 * @no_restart: leave the device in download mode
 * @no_boot_check: restart, but don't listen
 */
typedef struct
{
  EkPlanOptions plan;
  EkLoaderOptions loader;
  gboolean no_compress;
  gboolean no_verify;
  gboolean dry_run;
  gboolean no_restart;
  gboolean no_boot_check;
} EkFlashJobOptions;

#define EK_TYPE_FLASH_JOB (ek_flash_job_get_type ())
G_DECLARE_FINAL_TYPE (EkFlashJob, ek_flash_job, EK, FLASH_JOB, EkJob)

EkFlashJob *ek_flash_job_new (EkPort *port, EkBundle *bundle, const EkFlashJobOptions *options);
void ek_flash_job_set_exact (EkFlashJob *self, guint32 offset, GBytes *bytes);
void ek_flash_job_forget_data (EkFlashJob *self);
void ek_flash_job_set_line_func (EkFlashJob *self, EkBootLineFunc func, gpointer user_data);

EkFlashOutcome ek_flash_job_get_outcome (EkFlashJob *self);
const char *ek_flash_outcome_name (EkFlashOutcome outcome);
EkFlashPlan *ek_flash_job_get_plan (EkFlashJob *self);
const EkChipInfo *ek_flash_job_get_chip_info (EkFlashJob *self);
EkBootVerdict *ek_flash_job_get_verdict (EkFlashJob *self);
const GError *ek_flash_job_get_boot_error (EkFlashJob *self);
guint64 ek_flash_job_get_bytes_written (EkFlashJob *self);
gboolean ek_flash_job_get_checked (EkFlashJob *self);
guint ek_flash_job_get_n_recoveries (EkFlashJob *self);
guint ek_flash_job_get_baud (EkFlashJob *self);
gboolean ek_flash_job_used_stub (EkFlashJob *self);
double ek_flash_job_get_seconds (EkFlashJob *self);

G_END_DECLS
