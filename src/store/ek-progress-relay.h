/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of a worker thread, told on the thread that asked for the work. Private to this folder. */
#pragma once

#include "ek-progress.h"

G_BEGIN_DECLS

typedef struct _EkProgressRelay EkProgressRelay;

EkProgressRelay *ek_progress_relay_new (EkProgressFunc func, gpointer user_data);
void ek_progress_relay_unref (EkProgressRelay *self);
void ek_progress_relay_tell (const EkProgressInfo *info, gpointer relay);
void ek_progress_relay_close (EkProgressRelay *self);

G_END_DECLS
