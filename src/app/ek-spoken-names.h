/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What screen readers say of buttons and rows, where GTK 4.8 and libadwaita 1.2 say it badly. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void ek_spoken_names_follow (GtkWidget *root);

G_END_DECLS
