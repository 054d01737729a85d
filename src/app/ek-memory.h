/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the app remembers from one start to the next: the window's size, which EchoKit each device is. */
#pragma once

#include <gtk/gtk.h>

#include "ek-target.h"

G_BEGIN_DECLS

#define EK_TYPE_MEMORY (ek_memory_get_type ())
G_DECLARE_FINAL_TYPE (EkMemory, ek_memory, EK, MEMORY, GObject)

EkMemory *ek_memory_new (void);
void ek_memory_recall_window (EkMemory *self, GtkWindow *window);
void ek_memory_keep_window (EkMemory *self, GtkWindow *window);
void ek_memory_bind_backup_first (EkMemory *self, GObject *object, const char *property);
void ek_memory_recall_board (EkMemory *self, EkTarget *target);
void ek_memory_keep_board (EkMemory *self, EkTarget *target);
void ek_memory_recall_console_baud (EkMemory *self, EkTarget *target);
void ek_memory_keep_console_baud (EkMemory *self, EkTarget *target);

G_END_DECLS
