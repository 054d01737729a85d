/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device is being worked on: progress, stopping, closing the window, and how it ended. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-window-private.h"

#include <glib/gi18n.h>

/**
 * ek_window_is_at_work:
 *
 * Returns: whether any device is being worked on
 */
gboolean
ek_window_is_at_work (EkWindow *self)
{
  return ek_devices_page_is_at_work (self->devices_page) ||
         (self->operation != NULL && ek_operation_get_state (self->operation) == EK_JOB_RUNNING);
}

static void
set_inhibited (EkWindow *self, const char *reason)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  if (self->inhibit_cookie != 0)
    gtk_application_uninhibit (application, self->inhibit_cookie);
  self->inhibit_cookie = 0;
  if (reason != NULL)
    self->inhibit_cookie =
        gtk_application_inhibit (application, GTK_WINDOW (self),
                                 GTK_APPLICATION_INHIBIT_SUSPEND | GTK_APPLICATION_INHIBIT_LOGOUT,
                                 reason);
}

static void
notify_in_background (EkWindow *self, const char *title, const char *body)
{
  g_autoptr (GNotification) notification = NULL;

  if (gtk_window_is_active (GTK_WINDOW (self)))
    return;

  notification = g_notification_new (title);
  g_notification_set_body (notification, body);
  g_notification_set_default_action (notification, "app.activate");
  g_application_send_notification (G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))),
                                   "operation", notification);
}

static void
on_done (EkWindow *self)
{
  EkOperationResult result;

  ek_operation_describe (self->operation, &result);
  ek_done_page_set_operation (self->done_page, self->operation);
  ek_window_show_page (self, "done");
  notify_in_background (self, result.title, result.body);
  ek_operation_result_clear (&result);
}

static gboolean
is_file_problem (const GError *error)
{
  return g_error_matches (error, EK_ERROR, EK_ERROR_DISK_FULL) ||
         g_error_matches (error, EK_ERROR, EK_ERROR_FILE_WRITE);
}

/* Attempts that nobody has asked for end as the one before, every two seconds: neither is the page made
 * anew under a person's hands, nor is that person told again. */
static gboolean
is_known_problem (EkWindow *self, const GError *error)
{
  const GError *known = ek_problem_page_get_error (self->problem_page);

  return g_str_equal (ek_window_get_page_name (self), "problem") &&
         ek_problem_page_get_operation (self->problem_page) == self->operation &&
         g_error_matches (error, known->domain, known->code);
}

static void
on_failed (EkWindow *self)
{
  const GError *error = ek_operation_get_error (self->operation);

  if (is_known_problem (self, error))
    return;
  if (g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED) &&
      ek_operation_is_harmless (self->operation))
    {
      adw_toast_overlay_add_toast (self->toasts,
                                   adw_toast_new (
                                       _ ("Stopped. Nothing was changed on your EchoKit.")));
      ek_window_forget_operation (self);
      ek_window_go_home (self);
      return;
    }

  ek_problem_page_set_operation (self->problem_page, self->operation);
  if (g_error_matches (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD))
    ek_problem_page_set_other (self->problem_page, _ ("Install It _Anyway…"), "win.force-board");
  if (is_file_problem (error) && ek_operation_is_saving_backup (self->operation))
    ek_problem_page_set_other (self->problem_page, _ ("Save It _Elsewhere…"), "win.save-elsewhere");
  ek_window_show_page (self, "problem");
  notify_in_background (self, _ ("Your EchoKit needs you"), _ ("Something is in the way."));
}

void
ek_window_devices_at_work (EkWindow *self)
{
  gboolean at_work = ek_devices_page_is_at_work (self->devices_page);

  set_inhibited (self, at_work ? _ ("Updating EchoKits") : NULL);
  if (at_work)
    return;
  if (self->closing)
    gtk_window_destroy (GTK_WINDOW (self));
  else
    notify_in_background (self, _ ("All devices have ended"),
                          _ ("Look which of them are up to date."));
}

static void
on_ended (EkWindow *self)
{
  set_inhibited (self, NULL);
  ek_progress_page_set_operation (self->progress_page, NULL);
  if (self->closing)
    gtk_window_destroy (GTK_WINDOW (self));
  else if (ek_operation_get_state (self->operation) == EK_JOB_DONE)
    on_done (self);
  else
    on_failed (self);
}

/* An attempt that nobody asked for is shown once the device has answered. */
static void
on_operation_changed (EkWindow *self)
{
  switch (ek_operation_get_state (self->operation))
    {
    case EK_JOB_RUNNING:
      if (ek_operation_get_listening (self->operation))
        return;
      set_inhibited (self, _ (ek_operation_get_words (self->operation)->inhibit));
      ek_progress_page_set_operation (self->progress_page, self->operation);
      ek_window_show_page (self, "progress");
      break;
    case EK_JOB_DONE:
    case EK_JOB_FAILED:
      on_ended (self);
      break;
    case EK_JOB_IDLE:
      break;
    }
}

static void
watch (EkWindow *self, EkOperation *operation)
{
  g_set_object (&self->operation, operation);
  g_signal_connect_object (operation, "notify::state", G_CALLBACK (on_operation_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::listening", G_CALLBACK (on_operation_changed), self,
                           G_CONNECT_SWAPPED);
}

/**
 * ek_window_run:
 * @operation: not started yet
 *
 * Starts @operation and shows it to the end.
 */
void
ek_window_run (EkWindow *self, EkOperation *operation)
{
  g_return_if_fail (!ek_window_is_at_work (self));

  watch (self, operation);
  ek_operation_start (operation, FALSE);
}

/**
 * ek_window_show_failed:
 * @operation: one of several, that has failed
 *
 * Explains it as if it had been the only one.
 */
void
ek_window_show_failed (EkWindow *self, EkOperation *operation)
{
  watch (self, operation);
  on_failed (self);
}

/**
 * ek_window_forget_operation:
 *
 * Has nothing to do any more with what was done last: it is not tried again by itself either.
 */
void
ek_window_forget_operation (EkWindow *self)
{
  if (self->operation == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->operation, self);
  ek_progress_page_set_operation (self->progress_page, NULL);
  ek_problem_page_set_operation (self->problem_page, NULL);
  g_clear_object (&self->operation);
}

static void
on_try_again (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->operation != NULL && !ek_window_is_at_work (self))
    ek_operation_start (self->operation, FALSE);
}

static void
on_cancel_answered (gboolean yes, gpointer user_data)
{
  EkWindow *self = user_data;

  if (yes && ek_devices_page_is_at_work (self->devices_page))
    ek_devices_page_cancel (self->devices_page);
  else if (yes && ek_window_is_at_work (self))
    ek_operation_cancel (self->operation);
}

static void
on_cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  const EkOperationWords *words;
  EkQuestion question = { .title = _ ("Stop all of them?"),
                          .body =
                              _ ("Those that are not finished will not start until they are. You "
                                 "can finish them any time with this app."),
                          .no = _ ("_Keep Going"),
                          .yes = _ ("_Stop"),
                          .destructive = TRUE };

  if (!ek_window_is_at_work (self))
    return;
  if (!ek_devices_page_is_at_work (self->devices_page))
    {
      if (ek_operation_is_harmless (self->operation) || ek_operation_is_complete (self->operation))
        {
          ek_operation_cancel (self->operation);
          return;
        }
      words = ek_operation_get_words (self->operation);
      question.title = _ (words->stop_title);
      question.body = _ (words->stop_body);
    }
  ek_dialog_ask (GTK_WINDOW (self), &question, on_cancel_answered, g_object_ref (self),
                 g_object_unref);
}

/* The window goes at once, but lives until the device was let go of: the app ends with it. */
static void
on_close_answered (gboolean yes, gpointer user_data)
{
  EkWindow *self = user_data;

  if (!yes)
    return;
  if (!ek_window_is_at_work (self))
    {
      gtk_window_destroy (GTK_WINDOW (self));
      return;
    }
  self->closing = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  ek_devices_page_cancel (self->devices_page);
  if (self->operation != NULL)
    ek_operation_cancel (self->operation);
}

/**
 * ek_window_ask_to_close:
 *
 * Returns: %TRUE if the window stays for now, and its owner is asked
 */
gboolean
ek_window_ask_to_close (GtkWindow *window)
{
  EkWindow *self = EK_WINDOW (window);
  EkQuestion question = {
    .title = _ ("Stop and close the app?"),
    .body = _ ("Your EchoKit is being worked on. If you stop now, it may not start until this is "
               "finished. You can finish it any time with this app."),
    .no = _ ("_Keep Going"),
    .yes = _ ("_Stop and Close"),
    .destructive = TRUE,
  };

  if (self->closing)
    return TRUE;
  ek_memory_keep_window (self->memory, window);
  if (!ek_window_is_at_work (self) ||
      (self->operation != NULL && ek_operation_get_listening (self->operation)))
    return FALSE;

  ek_dialog_ask (window, &question, on_close_answered, g_object_ref (self), g_object_unref);
  return TRUE;
}

/**
 * ek_window_install_work_actions:
 *
 * Adds what stops and what tries again.
 */
void
ek_window_install_work_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.try-again", NULL, on_try_again);
  gtk_widget_class_install_action (widget_class, "win.cancel", NULL, on_cancel);
}
