/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Details, the device log, and what workshops do: save, bring back, compare, erase. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-window-private.h"

#include <glib/gi18n.h>

#include "ek-target-words.h"
#include "ek-tool-operation.h"

/**
 * Request:
 *
 * A tool that waits for a file to be chosen or a question to be answered.
 */
typedef struct
{
  EkWindow *window;
  EkTarget *target;
  EkTool tool;
  char *path;
} Request;

static Request *
request_new (EkWindow *self, EkTool tool)
{
  Request *request = g_new0 (Request, 1);

  request->window = g_object_ref (self);
  request->target = g_object_ref (self->target);
  request->tool = tool;
  return request;
}

static void
request_free (gpointer data)
{
  Request *request = data;

  g_object_unref (request->window);
  g_object_unref (request->target);
  g_free (request->path);
  g_free (request);
}

static gboolean
can_start (EkWindow *self)
{
  return self->target != NULL && !ek_window_is_at_work (self) &&
         ek_target_get_state (self->target) == EK_DEVICE_READY;
}

static void
start (const Request *request)
{
  g_autoptr (EkOperation) operation = NULL;

  if (!can_start (request->window))
    return;
  operation = ek_tool_operation_new (request->target, request->tool, request->path);
  ek_window_run (request->window, operation);
}

static void
on_path_chosen (GFile *file, gpointer user_data)
{
  Request *request = user_data;

  request->path = g_file_get_path (file);
  if (request->path != NULL)
    start (request);
}

static void
on_backup (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  g_autofree char *name = NULL;

  if (!can_start (self))
    return;
  name = ek_target_propose_backup_name (self->target);
  ek_dialog_save_file (GTK_WINDOW (self), _ ("Save a Backup"), name, on_path_chosen,
                       request_new (self, EK_TOOL_BACKUP), request_free);
}

static void
on_verify (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (can_start (self))
    ek_dialog_open_file (GTK_WINDOW (self), _ ("Compare With a File"), on_path_chosen,
                         request_new (self, EK_TOOL_VERIFY), request_free);
}

static void
on_restore_answered (gboolean yes, gpointer user_data)
{
  if (yes)
    start (user_data);
}

static void
on_restore_chosen (GFile *file, gpointer user_data)
{
  Request *chosen = user_data;
  Request *request = request_new (chosen->window, EK_TOOL_RESTORE);
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *body = NULL;
  EkQuestion question = { .title = _ ("Replace everything on the device?"),
                          .no = _ ("_Go Back"),
                          .yes = _ ("_Replace"),
                          .destructive = TRUE };

  request->path = g_file_get_path (file);
  /* Translators: %s is a file's name */
  body =
      g_strdup_printf (_ ("Firmware, Wi-Fi and settings on it become what is in %s. What is on it "
                          "now is lost unless you have saved it."),
                       name);
  question.body = body;
  ek_dialog_ask (GTK_WINDOW (chosen->window), &question, on_restore_answered, request,
                 request_free);
}

static void
on_restore (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (can_start (self))
    ek_dialog_open_file (GTK_WINDOW (self), _ ("Bring a Backup Back"), on_restore_chosen,
                         request_new (self, EK_TOOL_RESTORE), request_free);
}

static void
on_erase_answered (gboolean yes, gpointer user_data)
{
  if (yes)
    start (user_data);
}

static void
on_erase (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  EkQuestion question = {
    .title = _ ("Erase everything on the device?"),
    .body = _ ("The firmware, the Wi-Fi and its password, the server and all other settings are "
               "lost. The device does nothing until firmware is installed on it."),
    .no = _ ("_Go Back"),
    .yes = _ ("_Erase"),
    .destructive = TRUE,
    /* Translators: the word that has to be typed before everything is erased; in lower case */
    .typed = _ ("erase"),
  };

  if (can_start (self))
    ek_dialog_ask (GTK_WINDOW (self), &question, on_erase_answered,
                   request_new (self, EK_TOOL_ERASE), request_free);
}

static void
on_details (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->target == NULL || ek_window_is_at_work (self))
    return;
  ek_details_page_set_target (self->details_page, self->target);
  ek_window_show_page (self, "details");
}

static void
on_show_log (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  g_autoptr (GError) error = NULL;
  gboolean from_details = g_str_equal (ek_window_get_page_name (self), "details");

  if (self->target == NULL || ek_window_is_at_work (self) || ek_target_get_busy (self->target))
    return;
  if (!ek_log_page_start (self->log_page, self->target, &error))
    {
      ek_window_show_problem (self, error, NULL);
      return;
    }
  ek_window_show_page (self, "log");
  self->back_to = from_details ? "details" : NULL;
}

/**
 * ek_window_install_tool_actions:
 *
 * Adds what goes beyond installing.
 */
void
ek_window_install_tool_actions (GtkWidgetClass *widget_class)
{
  static const EkWindowAction actions[] = {
    { "win.details", on_details }, { "win.show-log", on_show_log }, { "win.backup", on_backup },
    { "win.verify", on_verify },   { "win.restore", on_restore },   { "win.erase", on_erase },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].func);
}
