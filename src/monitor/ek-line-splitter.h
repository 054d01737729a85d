/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes lines of text from the bytes that a device sends, however they come in. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_LINE_MAX 4096 /* bytes of a line that are kept */

/**
 * EkLineFunc:
 * @line: valid UTF-8 without control characters other than tabs
 * @complete: %FALSE for a first look at a line that will come again, from its start, when it is whole
 * @user_data: as given
 */
typedef void (*EkLineFunc) (const char *line, gboolean complete, gpointer user_data);

typedef struct _EkLineSplitter EkLineSplitter;

EkLineSplitter *ek_line_splitter_new (EkLineFunc func, gpointer user_data);
void ek_line_splitter_free (EkLineSplitter *self);
void ek_line_splitter_feed (EkLineSplitter *self, const guint8 *data, gsize size);
void ek_line_splitter_flush (EkLineSplitter *self);
void ek_line_splitter_end (EkLineSplitter *self);
void ek_line_splitter_skip_line (EkLineSplitter *self);
void ek_line_splitter_drop (EkLineSplitter *self);
guint ek_line_splitter_get_colour (EkLineSplitter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkLineSplitter, ek_line_splitter_free)

G_END_DECLS
