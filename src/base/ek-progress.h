/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a blocking operation is: phases with weights given up front, so that one bar is honest. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkPhase:
 *
 * What a job is at. The words for it are the window's and the command line's.
 */
typedef enum
{
  EK_PHASE_WAITING,
  EK_PHASE_PREPARE,
  EK_PHASE_DOWNLOAD,
  EK_PHASE_CONNECT,
  EK_PHASE_COMPARE,
  EK_PHASE_ERASE,
  EK_PHASE_WRITE,
  EK_PHASE_READ,
  EK_PHASE_VERIFY,
  EK_PHASE_START,

  EK_N_PHASES /*< skip >*/
} EkPhase;

/**
 * EkProgressInfo:
 * @phase: what is being done
 * @fraction: of the whole operation, 0 to 1; never falls
 * @bytes_done: bytes of this phase that are done
 * @bytes_total: bytes of this phase; 0 where bytes mean nothing
 * @rate: bytes a second over the last samples; 0 while unknown
 * @seconds_left: of the whole operation; negative while unknown
 * @attempt: 1, or which try this is after a problem
 * @problem: what a person's hands are waited for with; %EK_ERROR_INTERNAL, which is 0, for nothing
 */
typedef struct
{
  EkPhase phase;
  double fraction;
  guint64 bytes_done;
  guint64 bytes_total;
  double rate;
  double seconds_left;
  guint attempt;
  EkError problem;
} EkProgressInfo;

/* Called on the thread that works, at every step; it must be quick. */
typedef void (*EkProgressFunc) (const EkProgressInfo *info, gpointer user_data);

/* Gives the time in microseconds; a simulated device has its own. */
typedef gint64 (*EkClockFunc) (gpointer user_data);

#define EK_TYPE_PROGRESS (ek_progress_get_type ())
G_DECLARE_FINAL_TYPE (EkProgress, ek_progress, EK, PROGRESS, GObject)

EkProgress *ek_progress_new (EkProgressFunc func, gpointer user_data);
void ek_progress_set_clock (EkProgress *self, EkClockFunc clock, gpointer user_data);
void ek_progress_set_weight (EkProgress *self, EkPhase phase, double seconds);
void ek_progress_begin (EkProgress *self, EkPhase phase, guint64 bytes_total);
void ek_progress_advance (EkProgress *self, guint64 bytes_done);
void ek_progress_resume (EkProgress *self, guint64 bytes_done);
void ek_progress_set_attempt (EkProgress *self, guint attempt);
void ek_progress_set_problem (EkProgress *self, EkError problem);
void ek_progress_finish (EkProgress *self);
const EkProgressInfo *ek_progress_get_info (EkProgress *self);
const char *ek_phase_name (EkPhase phase);

G_END_DECLS
