/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job that does what the test says, when it says it, on a clock that the test advances. */
#pragma once

#include "ek-job.h"

G_BEGIN_DECLS

#define SCRIPTED_TYPE_JOB (scripted_job_get_type ())
G_DECLARE_FINAL_TYPE (ScriptedJob, scripted_job, SCRIPTED, JOB, EkJob)

ScriptedJob *scripted_job_new (void);

void scripted_job_begin (ScriptedJob *self, EkPhase phase, guint64 bytes_total);
void scripted_job_advance (ScriptedJob *self, guint64 bytes_done);
void scripted_job_set_attempt (ScriptedJob *self, guint attempt);
void scripted_job_pass_time (ScriptedJob *self, gint64 microseconds);
void scripted_job_succeed (ScriptedJob *self);
void scripted_job_fail (ScriptedJob *self, EkError code);

G_END_DECLS
