/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line drawing in the colour of the text or the accent, sharp at any size, in light and dark. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define EK_TYPE_PICTURE (ek_picture_get_type ())
G_DECLARE_FINAL_TYPE (EkPicture, ek_picture, EK, PICTURE, GtkWidget)

GtkWidget *ek_picture_new (const char *name, int size);
void ek_picture_set_name (EkPicture *self, const char *name);
const char *ek_picture_get_name (EkPicture *self);

G_END_DECLS
