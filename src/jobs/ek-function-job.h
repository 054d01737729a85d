/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job that is one function, for what needs a thread, progress and cancelling, and no class. */
#pragma once

#include "ek-job.h"

G_BEGIN_DECLS

/* Does the work, blocking, on a thread of its own. */
typedef gboolean (*EkJobFunction) (gpointer data,
                                   EkProgress *progress,
                                   GCancellable *cancellable,
                                   GError **error);

#define EK_TYPE_FUNCTION_JOB (ek_function_job_get_type ())
G_DECLARE_FINAL_TYPE (EkFunctionJob, ek_function_job, EK, FUNCTION_JOB, EkJob)

EkJob *ek_function_job_new (EkJobFunction function, gpointer data);

G_END_DECLS
