/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of a device's log, with its secrets taken out, and what its beginning says. */
#pragma once

#include <glib-object.h>

#include "ek-line-splitter.h"

G_BEGIN_DECLS

/**
 * EkLogLevel:
 *
 * How bad a line is, the worst first; ESP-IDF's letters E, W, I, D and V.
 */
typedef enum
{
  EK_LOG_ERROR,
  EK_LOG_WARNING,
  EK_LOG_INFO,
  EK_LOG_DEBUG,
  EK_LOG_VERBOSE,
  EK_LOG_PLAIN, /* says nothing about it */
} EkLogLevel;

#define EK_TYPE_LOG_LINE (ek_log_line_get_type ())
G_DECLARE_FINAL_TYPE (EkLogLine, ek_log_line, EK, LOG_LINE, GObject)

EkLogLine *ek_log_line_new (const char *text, EkLogLevel level, gint64 real_time, gint64 port_time);
const char *ek_log_line_get_text (EkLogLine *self);
void ek_log_line_set_styles (EkLogLine *self,
                             const char *original,
                             const EkLineStyle *styles,
                             guint n_styles);
const char *ek_log_line_get_coloured_text (EkLogLine *self);
EkLogLevel ek_log_line_get_level (EkLogLine *self);
gint64 ek_log_line_get_time (EkLogLine *self);
gint64 ek_log_line_get_port_time (EkLogLine *self);
char *ek_log_line_format_time (EkLogLine *self);
gboolean ek_log_line_matches (EkLogLine *self, const char *filter, EkLogLevel least);

EkLogLevel ek_log_level_of_text (const char *text);
gboolean ek_log_text_is_beginning (const char *text);

G_END_DECLS
