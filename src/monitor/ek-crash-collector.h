/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds crashes in a stream of lines. */
#pragma once

#include "ek-crash.h"

G_BEGIN_DECLS

typedef struct _EkCrashCollector EkCrashCollector;

EkCrashCollector *ek_crash_collector_new (void);
void ek_crash_collector_free (EkCrashCollector *self);
EkCrash *ek_crash_collector_feed (EkCrashCollector *self, const char *line);
EkCrash *ek_crash_collector_end (EkCrashCollector *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCrashCollector, ek_crash_collector_free)

G_END_DECLS
