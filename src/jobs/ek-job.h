/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person asked for, as one operation that can be watched and cancelled. */
#pragma once

#include "ek-error.h"
#include "ek-progress.h"

G_BEGIN_DECLS

/**
 * EkJobState:
 *
 * Where a job is in its life. A finished or failed job may be run again.
 */
typedef enum
{
  EK_JOB_IDLE,
  EK_JOB_RUNNING,
  EK_JOB_DONE,
  EK_JOB_FAILED,
} EkJobState;

/* Its properties are the members of #EkProgressInfo. While "problem" is not 0, the chip does not answer,
 * and the job waits for what that code's advice tells a person to do; then it goes on by itself. */
#define EK_TYPE_JOB (ek_job_get_type ())
G_DECLARE_DERIVABLE_TYPE (EkJob, ek_job, EK, JOB, GObject)

/**
 * EkJobClass:
 * @run: does the work, blocking, on a thread of its own; tells its steps to @progress
 */
struct _EkJobClass
{
  GObjectClass parent_class;

  gboolean (*run) (EkJob *self, EkProgress *progress, GCancellable *cancellable, GError **error);
};

gboolean ek_job_run (EkJob *self, GCancellable *cancellable, GError **error);
void ek_job_run_async (EkJob *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
gboolean ek_job_run_finish (EkJob *self, GAsyncResult *result, GError **error);

EkJobState ek_job_get_state (EkJob *self);
void ek_job_get_progress (EkJob *self, EkProgressInfo *info);
gboolean ek_job_get_problem (EkJob *self, EkError *code);

G_END_DECLS
