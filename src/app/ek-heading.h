/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a page is about: where the focus lands when the page comes, so that a screen reader says it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define EK_TYPE_HEADING (ek_heading_get_type ())
G_DECLARE_FINAL_TYPE (EkHeading, ek_heading, EK, HEADING, GtkWidget)

void ek_heading_set_primary (EkHeading *self, GtkWidget *primary);

G_END_DECLS
