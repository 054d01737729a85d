/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes lines of text from the bytes that a device sends, however they come in. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_LINE_MAX        4096 /* bytes of a line that are kept */
#define EK_LINE_MAX_STYLES 64
#define EK_SGR_MAX         32

/**
 * EkLineStyle:
 * @position: of the byte of the line that it stands before
 * @sgr: the parameters of ESC [ … m (ECMA-48, Select Graphic Rendition): digits, ; and : only
 *
 * A colour, or another look, from here on.
 */
typedef struct
{
  gsize position;
  char sgr[EK_SGR_MAX];
} EkLineStyle;

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
const EkLineStyle *ek_line_splitter_get_styles (EkLineSplitter *self, guint *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkLineSplitter, ek_line_splitter_free)

G_END_DECLS
