/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of pages means to the keyboard and to a screen reader. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void ek_page_arrive (GtkStack *stack);

G_END_DECLS
