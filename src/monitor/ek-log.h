/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The latest lines of a device, as many as there is room for. */
#pragma once

#include <gio/gio.h>

#include "ek-log-line.h"

G_BEGIN_DECLS

#define EK_LOG_DEFAULT_CAPACITY 20000

/* A GListModel of EkLogLine, the oldest first. */
#define EK_TYPE_LOG (ek_log_get_type ())
G_DECLARE_FINAL_TYPE (EkLog, ek_log, EK, LOG, GObject)

EkLog *ek_log_new (guint capacity);
void ek_log_append (EkLog *self, GPtrArray *lines);
void ek_log_clear (EkLog *self);
char *ek_log_to_text (EkLog *self, gboolean times);
gboolean ek_log_save (EkLog *self, const char *path, gboolean times, GError **error);

G_END_DECLS
