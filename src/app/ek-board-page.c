/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing over the cable tells the two apart but the firmware that ran: the owner has the last word. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-board-page.h"

#include <glib/gi18n.h>

#include "ek-known-build.h"
#include "ek-heading.h"
#include "ek-picture.h"

#define BOX "echokit-box"
#define DIY "echokit-diy"

struct _EkBoardPage
{
  AdwBin parent_instance;

  EkTarget *target;
  GtkCheckButton *box;
  GtkCheckButton *diy;
  GtkLabel *reason;
};

G_DEFINE_FINAL_TYPE (EkBoardPage, ek_board_page, ADW_TYPE_BIN)

static void
on_toggled (EkBoardPage *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "board.continue",
                                 ek_board_page_get_board (self) != NULL);
}

static void
on_continue (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkBoardPage *self = EK_BOARD_PAGE (widget);

  ek_target_set_board (self->target, ek_board_page_get_board (self));
  gtk_widget_activate_action (widget, "win.board-chosen", NULL);
}

static void
ek_board_page_dispose (GObject *object)
{
  g_clear_object (&EK_BOARD_PAGE (object)->target);

  G_OBJECT_CLASS (ek_board_page_parent_class)->dispose (object);
}

static void
ek_board_page_class_init (EkBoardPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_board_page_dispose;
  g_type_ensure (EK_TYPE_HEADING);
  g_type_ensure (EK_TYPE_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-board-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkBoardPage, box);
  gtk_widget_class_bind_template_child (widget_class, EkBoardPage, diy);
  gtk_widget_class_bind_template_child (widget_class, EkBoardPage, reason);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
  gtk_widget_class_install_action (widget_class, "board.continue", NULL, on_continue);
}

static void
ek_board_page_init (EkBoardPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
explain (EkBoardPage *self)
{
  const char *ran = ek_board_title (ek_target_get_installed_board (self->target));
  const char *version = ek_target_get_version (self->target);
  g_autofree char *text = NULL;

  if (ran != NULL)
    /* Translators: such as “It ran EchoKit Box v0.3.0 before.” */
    text = g_strdup_printf (_ ("It ran %s %s before."), ran, version != NULL ? version : "");
  else if (ek_target_is_simulated (self->target))
    text = g_strdup (_ ("This one is simulated: choose either."));
  else
    text = g_strdup (_ ("The app can't tell them apart. It asks once and remembers your answer."));
  gtk_label_set_label (self->reason, text);
}

/**
 * ek_board_page_set_target:
 * @target: (nullable)
 *
 * Asks about @target, with the likelier answer chosen already.
 */
void
ek_board_page_set_target (EkBoardPage *self, EkTarget *target)
{
  const char *board;

  g_set_object (&self->target, target);
  if (target == NULL)
    return;

  board = ek_target_get_board (target);
  if (board == NULL)
    board = ek_target_get_installed_board (target);
  if (board == NULL && ek_target_is_simulated (target))
    board = BOX;
  gtk_check_button_set_active (self->box, g_strcmp0 (board, BOX) == 0);
  gtk_check_button_set_active (self->diy, g_strcmp0 (board, DIY) == 0);
  explain (self);
  on_toggled (self);
}

/**
 * ek_board_page_get_board:
 *
 * Returns: (nullable) (transfer none): what is chosen now
 */
const char *
ek_board_page_get_board (EkBoardPage *self)
{
  if (gtk_check_button_get_active (self->box))
    return BOX;

  return gtk_check_button_get_active (self->diy) ? DIY : NULL;
}
