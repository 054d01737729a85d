/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation from inside, for the two files that it is made of: what is known of it, and its running. */
#pragma once

#include "ek-operation.h"

G_BEGIN_DECLS

/**
 * EkStage:
 *
 * What an attempt does, in turn; the last one always, the others where there is something to do.
 */
typedef enum
{
  EK_STAGE_FETCH,  /* the firmware comes over the network */
  EK_STAGE_BACKUP, /* what is on the device is saved; nothing is written before that has succeeded */
  EK_STAGE_JOB,

  EK_N_STAGES /*< skip >*/
} EkStage;

/**
 * EkOperationPrivate:
 * @listening: an attempt that nobody asked for, and the device has not answered yet
 * @job: of the stage that runs, or ran last
 * @backed_up: there is a backup of what was on the device before anything was written
 * @harmed: an attempt has ended in the middle of writing
 * @moved_at: on the monotonic clock
 */
typedef struct
{
  EkTarget *target;
  EkOffer *offer;
  EkBundle *bundle;
  EkOperationWords words;

  EkJobState state;
  gboolean listening;
  GError *error;
  GCancellable *cancellable;
  EkJob *job;
  EkStage stage;
  gboolean backed_up;
  gboolean harmed;

  EkStep step;
  double fraction;
  char *detail;
  gint64 moved_at;
  guint stall_source;

  GMutex lock;
  GQueue lines; /* (lock) */
} EkOperationPrivate;

EkOperationPrivate *ek_operation_get_private (EkOperation *self);

void ek_operation_set_state (EkOperation *self, EkJobState state);
void ek_operation_set_listening (EkOperation *self, gboolean listening);
void ek_operation_set_step (EkOperation *self, EkStep step);
void ek_operation_set_fraction (EkOperation *self, double fraction);
void ek_operation_take_detail (EkOperation *self, char *detail);

G_END_DECLS
