/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress in words: sizes, rate, time left. */
#pragma once

#include "ek-progress.h"

G_BEGIN_DECLS

char *ek_progress_words (const EkProgressInfo *info);
char *ek_stall_words (const EkProgressInfo *info);
char *ek_bytes_words (guint64 done, guint64 total);
char *ek_seconds_words (double seconds);

G_END_DECLS
