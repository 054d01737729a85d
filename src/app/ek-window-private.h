/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window from inside, for the files that it is made of. */
#pragma once

#include "ek-board-page.h"
#include "ek-details-page.h"
#include "ek-devices-page.h"
#include "ek-dialogs.h"
#include "ek-done-page.h"
#include "ek-empty-page.h"
#include "ek-firmware-page.h"
#include "ek-home-page.h"
#include "ek-log-page.h"
#include "ek-memory.h"
#include "ek-problem-page.h"
#include "ek-progress-page.h"
#include "ek-window.h"

G_BEGIN_DECLS

struct _EkWindow
{
  AdwApplicationWindow parent_instance;

  EkTargetList *targets;
  EkLists *library; /* (nullable) */
  EkMemory *memory;
  EkTarget *target;  /* the one that the pages are about */
  EkTarget *picked;  /* one of several; NULL while none is, or there are not several */
  EkOffer *opened;   /* a file or an entry that a person chose; else what belongs to the target */
  EkOffer *demo;     /* for simulated devices */
  EkOffer *offer;    /* what would be installed now */
  EkTarget *blocked; /* one that can't be used, while the page of the problem is shown */
  EkOperation *operation;
  gboolean board_then_install; /* the question about the board was on the way to installing */
  gboolean closing;            /* once what is being worked on has stopped */
  guint inhibit_cookie;
  const char *back_to; /* the page that “Back” leads to; NULL for home */

  GtkWidget *back_button;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  GtkRevealer *drop_revealer;

  EkEmptyPage *empty_page;
  EkHomePage *home_page;
  EkBoardPage *board_page;
  EkProgressPage *progress_page;
  EkDonePage *done_page;
  EkProblemPage *problem_page;
  EkFirmwarePage *firmware_page;
  EkDetailsPage *details_page;
  EkDevicesPage *devices_page;
  EkLogPage *log_page;
};

/**
 * EkWindowAction:
 *
 * A row of what a window can be asked to do.
 */
typedef struct
{
  const char *name;
  GtkWidgetActionActivateFunc func;
} EkWindowAction;

void ek_window_show_page (EkWindow *self, const char *name);
void ek_window_go_home (EkWindow *self);
void ek_window_show_problem (EkWindow *self, const GError *error, EkTarget *blocked);
void ek_window_say (EkWindow *self, const char *text);
void ek_window_set_opened (EkWindow *self, EkOffer *offer);
gboolean ek_window_is_at_work (EkWindow *self);
void ek_window_devices_at_work (EkWindow *self);
void ek_window_show_failed (EkWindow *self, EkOperation *operation);
void ek_window_forget_operation (EkWindow *self);
gboolean ek_window_ask_to_close (GtkWindow *window);

void ek_window_install_work_actions (GtkWidgetClass *widget_class);
void ek_window_install_flow_actions (GtkWidgetClass *widget_class);
void ek_window_install_file_actions (GtkWidgetClass *widget_class);
void ek_window_install_tool_actions (GtkWidgetClass *widget_class);
void ek_window_add_drop_target (EkWindow *self);

G_END_DECLS
