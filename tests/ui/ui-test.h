/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window's tests share: a display, a window with devices, and waiting without sleeping. */
#pragma once

#include "ek-window.h"

G_BEGIN_DECLS

/**
 * UiTest:
 *
 * A window of an application of its own; the computer below it has no devices.
 */
typedef struct
{
  AdwApplication *application;
  EkDeviceMonitor *monitor;
  EkTargetList *targets;
  EkWindow *window;
  char *root;
} UiTest;

typedef gboolean (*UiCondition) (gpointer data);

void ui_test_init (int *argc, char ***argv);
const char *ui_test_language (void);
void ui_test_setup (UiTest *self, gconstpointer data);
void ui_test_teardown (UiTest *self, gconstpointer data);

EkTarget *ui_test_plug_in (UiTest *self, const char *options);
void ui_wait_for (UiCondition condition, gpointer data);
void ui_wait_for_page (UiTest *self, const char *name);
void ui_wait_for_look (EkTarget *target);

GtkWidget *ui_find_button (GtkWidget *root, const char *label);
GtkWidget *ui_find_text (GtkWidget *root, const char *text);
void ui_click (UiTest *self, const char *label);
void ui_assert_text (UiTest *self, const char *text);
void ui_assert_no_text (UiTest *self, const char *text);
GtkWindow *ui_find_dialog (UiTest *self);

void ui_watch_main_loop (void);
double ui_longest_hold (void);

G_END_DECLS
