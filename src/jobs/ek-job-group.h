/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several jobs at once, each on a device of its own; one that fails does not stop the others. */
#pragma once

#include "ek-job.h"

G_BEGIN_DECLS

#define EK_TYPE_JOB_GROUP (ek_job_group_get_type ())
G_DECLARE_FINAL_TYPE (EkJobGroup, ek_job_group, EK, JOB_GROUP, GObject)

EkJobGroup *ek_job_group_new (void);
void ek_job_group_add (EkJobGroup *self, EkJob *job, const char *name);

guint ek_job_group_get_n_jobs (EkJobGroup *self);
EkJob *ek_job_group_get_job (EkJobGroup *self, guint index);
const char *ek_job_group_get_name (EkJobGroup *self, guint index);
const GError *ek_job_group_get_error (EkJobGroup *self, guint index);
guint ek_job_group_get_n_finished (EkJobGroup *self);
double ek_job_group_get_fraction (EkJobGroup *self);

void ek_job_group_run_async (EkJobGroup *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean ek_job_group_run_finish (EkJobGroup *self, GAsyncResult *result, GError **error);

G_END_DECLS
