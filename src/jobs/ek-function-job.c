/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The function as a job. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-function-job.h"

struct _EkFunctionJob
{
  EkJob parent_instance;

  EkJobFunction function;
  gpointer data;
};

G_DEFINE_FINAL_TYPE (EkFunctionJob, ek_function_job, EK_TYPE_JOB)

static gboolean
ek_function_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkFunctionJob *self = EK_FUNCTION_JOB (job);

  return self->function (self->data, progress, cancellable, error);
}

static void
ek_function_job_class_init (EkFunctionJobClass *klass)
{
  EK_JOB_CLASS (klass)->run = ek_function_job_run;
}

static void
ek_function_job_init (EkFunctionJob *self)
{
}

/**
 * ek_function_job_new:
 * @data: (transfer none): outlives the job's run
 *
 * Returns: (transfer full)
 */
EkJob *
ek_function_job_new (EkJobFunction function, gpointer data)
{
  EkFunctionJob *self = g_object_new (EK_TYPE_FUNCTION_JOB, NULL);

  self->function = function;
  self->data = data;
  return EK_JOB (self);
}
