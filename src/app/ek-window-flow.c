/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the button on the home page to an installation: which EchoKit, and is it really one. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-window-private.h"

#include <glib/gi18n.h>

#include "ek-board.h"
#include "ek-target-words.h"

static gboolean
can_install (EkWindow *self)
{
  return self->offer != NULL && self->target != NULL && !ek_window_is_at_work (self) &&
         ek_target_get_state (self->target) == EK_DEVICE_READY &&
         !ek_target_get_busy (self->target) && ek_target_get_look (self->target) != EK_LOOK_RUNNING;
}

/**
 * Request:
 *
 * An installation that waits for a person to say where the backup goes.
 */
typedef struct
{
  EkWindow *window;
  EkTarget *target;
  EkOffer *offer;
  gboolean force_board;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_object_unref (request->window);
  g_object_unref (request->target);
  g_object_unref (request->offer);
  g_free (request);
}

static void
run_install (EkWindow *self, EkOffer *offer, gboolean force_board, const char *backup_path)
{
  g_autoptr (EkOperation) operation = NULL;
  g_autoptr (EkSettings) settings = ek_home_page_dup_settings (self->home_page);
  EkInstallOptions options = {
    .kind = ek_home_page_get_kind (self->home_page),
    .fresh = !ek_home_page_get_keep_settings (self->home_page),
    .board = ek_target_get_board (self->target),
    .force_board = force_board,
    .backup_path = backup_path,
    .settings = settings,
  };

  operation = ek_install_operation_new (self->target, offer, &options);
  ek_home_page_forget_settings (self->home_page);
  ek_window_run (self, operation);
}

/* Meanwhile the device may have been unplugged, or another one is shown. */
static void
on_backup_place (GFile *file, gpointer user_data)
{
  const Request *request = user_data;
  EkWindow *self = request->window;
  g_autofree char *path = g_file_get_path (file);

  if (path == NULL)
    ek_window_say (self, _ ("A backup can only be saved on this computer."));
  else if (!can_install (self) || self->target != request->target)
    ek_window_say (self, _ ("The device isn't there any more: nothing was installed."));
  else
    run_install (self, request->offer, request->force_board, path);
}

static void
start_install (EkWindow *self, gboolean force_board)
{
  g_autofree char *name = NULL;
  Request *request;

  if (!ek_home_page_get_backup_first (self->home_page))
    {
      run_install (self, self->offer, force_board, NULL);
      return;
    }

  request = g_new (Request, 1);
  *request = (Request){ g_object_ref (self), g_object_ref (self->target),
                        g_object_ref (self->offer), force_board };
  name = ek_target_propose_backup_name (self->target);
  ek_dialog_save_file (GTK_WINDOW (self), _ ("Save a Backup"), name, on_backup_place, request,
                       request_free);
}

static void
on_other_place (GFile *file, gpointer user_data)
{
  EkWindow *self = user_data;
  g_autofree char *path = g_file_get_path (file);

  if (path == NULL || ek_window_is_at_work (self) || !EK_IS_INSTALL_OPERATION (self->operation))
    return;
  ek_install_operation_set_backup_path (EK_INSTALL_OPERATION (self->operation), path);
  ek_operation_start (self->operation, FALSE);
}

static void
on_save_elsewhere (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  g_autofree char *name = NULL;

  if (!EK_IS_INSTALL_OPERATION (self->operation) || ek_window_is_at_work (self))
    return;
  name = ek_target_propose_backup_name (ek_operation_get_target (self->operation));
  ek_dialog_save_file (GTK_WINDOW (self), _ ("Save a Backup"), name, on_other_place,
                       g_object_ref (self), g_object_unref);
}

static void
on_force_answered (gboolean yes, gpointer user_data)
{
  EkWindow *self = user_data;

  if (!yes || self->target == NULL || ek_window_is_at_work (self))
    return;
  if (self->operation != NULL)
    {
      ek_install_operation_set_force_board (EK_INSTALL_OPERATION (self->operation), TRUE);
      ek_operation_start (self->operation, FALSE);
      return;
    }
  start_install (self, TRUE);
}

static void
ask_about_board (EkWindow *self)
{
  const char *ran = ek_board_title (ek_target_get_installed_board (self->target));
  const char *chosen = ek_board_title (ek_target_get_board (self->target));
  /* Translators: both are products, such as EchoKit DIY and EchoKit Box */
  g_autofree char *title =
      g_strdup_printf (_ ("Is it really an %s?"), chosen != NULL ? chosen : "EchoKit");
  g_autofree char *body =
      g_strdup_printf (_ ("It ran the firmware of %s before. With the wrong firmware it starts, "
                          "but its screen stays "
                          "dark. Nothing breaks: the right firmware can be installed any time."),
                       ran != NULL ? ran : _ ("another EchoKit"));
  EkQuestion question = {
    .title = title, .body = body, .no = _ ("_Go Back"), .yes = _ ("_Install"), .destructive = TRUE
  };

  ek_dialog_ask (GTK_WINDOW (self), &question, on_force_answered, g_object_ref (self),
                 g_object_unref);
}

static gboolean
boards_differ (const char *a, const char *b)
{
  return a != NULL && b != NULL && !g_str_equal (a, b);
}

static void
install_or_ask (EkWindow *self)
{
  const char *board = ek_target_get_board (self->target);

  if (board == NULL)
    {
      self->board_then_install = TRUE;
      ek_board_page_set_target (self->board_page, self->target);
      ek_window_show_page (self, "board");
    }
  else if (boards_differ (board, ek_target_get_installed_board (self->target)))
    ask_about_board (self);
  else
    start_install (self, FALSE);
}

static void
on_install (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  const char *page = gtk_stack_get_visible_child_name (self->stack);

  if (g_str_equal (page, "home") && can_install (self) && ek_home_page_check (self->home_page))
    install_or_ask (self);
}

static void
on_board_chosen (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  ek_memory_keep_board (self->memory, self->target);
  if (self->board_then_install)
    {
      self->board_then_install = FALSE;
      install_or_ask (self);
      if (ek_window_is_at_work (self))
        return;
    }
  ek_window_go_home (self);
}

static void
on_choose_board (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->target == NULL)
    return;
  ek_board_page_set_target (self->board_page, self->target);
  ek_window_show_page (self, "board");
}

static void
on_force_board (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ask_about_board (EK_WINDOW (widget));
}

static void
on_choose_firmware (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->library != NULL && !ek_window_is_at_work (self))
    ek_window_show_page (self, "firmware");
}

/**
 * ek_window_install_flow_actions:
 *
 * Adds what leads to an installation.
 */
void
ek_window_install_flow_actions (GtkWidgetClass *widget_class)
{
  static const EkWindowAction actions[] = {
    { "win.install", on_install },
    { "win.board-chosen", on_board_chosen },
    { "win.choose-board", on_choose_board },
    { "win.force-board", on_force_board },
    { "win.save-elsewhere", on_save_elsewhere },
    { "win.choose-firmware", on_choose_firmware },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].func);
}
