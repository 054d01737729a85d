/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: which page is shown when, and what leads from one to the next. */
#pragma once

#include <adwaita.h>

#include "ek-lists.h"
#include "ek-operation.h"
#include "ek-target-list.h"

G_BEGIN_DECLS

#define EK_TYPE_WINDOW (ek_window_get_type ())
G_DECLARE_FINAL_TYPE (EkWindow, ek_window, EK, WINDOW, AdwApplicationWindow)

EkWindow *ek_window_new (GtkApplication *application, EkTargetList *targets, EkLists *library);
void ek_window_open_file (EkWindow *self, GFile *file);
void ek_window_run (EkWindow *self, EkOperation *operation);
const char *ek_window_get_page_name (EkWindow *self);

G_END_DECLS
