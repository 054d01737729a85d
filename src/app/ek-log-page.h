/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device says, live: coloured, searched, filtered, paused, saved; a crash in plain words. */
#pragma once

#include <adwaita.h>

#include "ek-monitor.h"
#include "ek-store.h"
#include "ek-target.h"

G_BEGIN_DECLS

#define EK_TYPE_LOG_PAGE (ek_log_page_get_type ())
G_DECLARE_FINAL_TYPE (EkLogPage, ek_log_page, EK, LOG_PAGE, AdwBin)

void ek_log_page_set_store (EkLogPage *self, EkStore *store);
gboolean ek_log_page_start (EkLogPage *self, EkTarget *target, GError **error);
void ek_log_page_stop (EkLogPage *self);
EkMonitor *ek_log_page_get_monitor (EkLogPage *self);

G_END_DECLS
