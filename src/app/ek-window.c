/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Home → which EchoKit → at work → done, or a problem and back to work. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-window.h"

#include <glib/gi18n.h>

#include "ek-board-page.h"
#include "ek-dialogs.h"
#include "ek-done-page.h"
#include "ek-empty-page.h"
#include "ek-home-page.h"
#include "ek-known-build.h"
#include "ek-memory.h"
#include "ek-problem-page.h"
#include "ek-progress-page.h"

#define SIMULATED_URI "sim:esp32s3?pace=1"

struct _EkWindow
{
  AdwApplicationWindow parent_instance;

  EkTargetList *targets;
  EkMemory *memory;
  EkTarget *target; /* the one that the pages are about */
  EkOffer *opened;  /* a file that a person chose; else what belongs to the target */
  EkOperation *operation;
  gboolean board_then_install; /* the question about the board was on the way to installing */
  guint inhibit_cookie;

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
};

G_DEFINE_FINAL_TYPE (EkWindow, ek_window, ADW_TYPE_APPLICATION_WINDOW)

/* Which pages can be left by “Back”, and how one comes to them. */
static const struct
{
  const char *name;
  gboolean back;
  GtkStackTransitionType transition;
} page_rows[] = {
  { "empty", FALSE, GTK_STACK_TRANSITION_TYPE_CROSSFADE },
  { "home", FALSE, GTK_STACK_TRANSITION_TYPE_CROSSFADE },
  { "board", TRUE, GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT },
  { "progress", FALSE, GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT },
  { "done", FALSE, GTK_STACK_TRANSITION_TYPE_CROSSFADE },
  { "problem", TRUE, GTK_STACK_TRANSITION_TYPE_CROSSFADE },
};

static void
show_page (EkWindow *self, const char *name)
{
  guint row = 0;

  while (!g_str_equal (page_rows[row].name, name))
    row++;
  gtk_widget_set_visible (self->back_button, page_rows[row].back);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.back", page_rows[row].back);
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0)
    return;

  gtk_stack_set_visible_child_full (self->stack, name, page_rows[row].transition);
  gtk_widget_child_focus (gtk_stack_get_visible_child (self->stack), GTK_DIR_TAB_FORWARD);
}

static gboolean
is_at_work (EkWindow *self)
{
  return self->operation != NULL && ek_operation_get_state (self->operation) == EK_JOB_RUNNING;
}

static EkOffer *
find_offer (EkWindow *self)
{
  if (self->opened != NULL)
    return g_object_ref (self->opened);
  if (self->target != NULL && ek_target_is_simulated (self->target))
    return ek_offer_new_demo ();

  return NULL;
}

static void
show_target (EkWindow *self, EkTarget *target)
{
  g_autoptr (EkOffer) offer = NULL;

  g_set_object (&self->target, target);
  offer = find_offer (self);
  ek_home_page_set_target (self->home_page, target);
  ek_home_page_set_offer (self->home_page, offer);
  if (ek_target_get_look (target) == EK_LOOK_NONE && ek_target_looks_by_itself (target))
    ek_target_look (target);
}

static void
go_home (EkWindow *self)
{
  EkTarget *first = ek_target_list_get (self->targets, 0);

  g_clear_object (&self->operation);
  self->board_then_install = FALSE;
  if (first == NULL)
    {
      g_clear_object (&self->target);
      show_page (self, "empty");
      return;
    }

  show_target (self, first);
  show_page (self, "home");
}

static void
on_target_state (EkTarget *target, GParamSpec *pspec, EkWindow *self)
{
  if (target == self->target && ek_target_get_look (target) == EK_LOOK_NONE &&
      ek_target_looks_by_itself (target))
    ek_target_look (target);
}

static void
on_targets_changed (GListModel *targets, guint position, guint removed, guint added, EkWindow *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);
  gboolean simulated = ek_target_list_get_simulated (self->targets) != NULL;

  for (guint i = position; i < position + added; i++)
    {
      EkTarget *target = ek_target_list_get (self->targets, i);

      ek_memory_recall_board (self->memory, target);
      g_signal_handlers_disconnect_by_func (target, on_target_state, self);
      g_signal_connect_object (target, "notify::state", G_CALLBACK (on_target_state), self, 0);
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.simulate", !simulated);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.stop-simulating", simulated);
  if (page == NULL || g_str_equal (page, "empty") || g_str_equal (page, "home") ||
      g_str_equal (page, "board"))
    go_home (self);
}

/* At work, and when it has ended. */

static void
set_inhibited (EkWindow *self, gboolean inhibited)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  if (self->inhibit_cookie != 0)
    gtk_application_uninhibit (application, self->inhibit_cookie);
  self->inhibit_cookie = 0;
  if (inhibited)
    self->inhibit_cookie =
        gtk_application_inhibit (application, GTK_WINDOW (self),
                                 GTK_APPLICATION_INHIBIT_SUSPEND | GTK_APPLICATION_INHIBIT_LOGOUT,
                                 _ (ek_operation_get_words (self->operation)->inhibit));
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
  show_page (self, "done");
  notify_in_background (self, result.title, result.body);
  ek_operation_result_clear (&result);
}

static void
on_failed (EkWindow *self)
{
  const GError *error = ek_operation_get_error (self->operation);

  if (g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED) &&
      ek_operation_is_harmless (self->operation))
    {
      adw_toast_overlay_add_toast (self->toasts,
                                   adw_toast_new (
                                       _ ("Stopped. Nothing was changed on your EchoKit.")));
      go_home (self);
      return;
    }

  ek_problem_page_set_operation (self->problem_page, self->operation);
  if (g_error_matches (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD))
    ek_problem_page_set_other (self->problem_page, _ ("Install It _Anyway…"), "win.force-board");
  show_page (self, "problem");
  notify_in_background (self, _ ("Your EchoKit needs you"), _ ("Something is in the way."));
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
      set_inhibited (self, TRUE);
      ek_progress_page_set_operation (self->progress_page, self->operation);
      show_page (self, "progress");
      break;
    case EK_JOB_DONE:
      set_inhibited (self, FALSE);
      on_done (self);
      break;
    case EK_JOB_FAILED:
      set_inhibited (self, FALSE);
      on_failed (self);
      break;
    case EK_JOB_IDLE:
      break;
    }
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
  g_return_if_fail (!is_at_work (self));

  g_set_object (&self->operation, operation);
  g_signal_connect_object (operation, "notify::state", G_CALLBACK (on_operation_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::listening", G_CALLBACK (on_operation_changed), self,
                           G_CONNECT_SWAPPED);
  ek_operation_start (operation, FALSE);
}

static void
start_install (EkWindow *self, gboolean force_board)
{
  g_autoptr (EkOffer) offer = find_offer (self);
  g_autoptr (EkOperation) operation = NULL;
  EkInstallOptions options = {
    .kind = ek_home_page_get_kind (self->home_page),
    .fresh = !ek_home_page_get_keep_settings (self->home_page),
    .board = ek_target_get_board (self->target),
    .force_board = force_board,
  };

  operation = ek_install_operation_new (self->target, offer, &options);
  ek_window_run (self, operation);
}

static void
on_force_answered (gboolean yes, gpointer user_data)
{
  EkWindow *self = user_data;

  if (!yes || self->target == NULL || is_at_work (self))
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
      show_page (self, "board");
    }
  else if (boards_differ (board, ek_target_get_installed_board (self->target)))
    ask_about_board (self);
  else
    start_install (self, FALSE);
}

/* Actions. */

static void
on_install (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  g_autoptr (EkOffer) offer = find_offer (self);
  const char *page = gtk_stack_get_visible_child_name (self->stack);

  if (g_str_equal (page, "home") && offer != NULL && self->target != NULL &&
      ek_target_get_state (self->target) == EK_DEVICE_READY && !ek_target_get_busy (self->target) &&
      ek_target_get_look (self->target) != EK_LOOK_RUNNING)
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
      if (is_at_work (self))
        return;
    }
  go_home (self);
}

static void
on_choose_board (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->target == NULL)
    return;
  ek_board_page_set_target (self->board_page, self->target);
  show_page (self, "board");
}

static void
on_force_board (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ask_about_board (EK_WINDOW (widget));
}

static void
on_home (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (is_at_work (self) && ek_operation_get_listening (self->operation))
    ek_operation_cancel (self->operation);
  else if (is_at_work (self))
    return;
  if (self->operation != NULL)
    g_signal_handlers_disconnect_by_data (self->operation, self);
  g_clear_object (&self->opened);
  go_home (self);
}

static void
on_try_again (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->operation != NULL && !is_at_work (self))
    ek_operation_start (self->operation, FALSE);
}

static void
on_cancel_answered (gboolean yes, gpointer user_data)
{
  EkWindow *self = user_data;

  if (yes && is_at_work (self))
    ek_operation_cancel (self->operation);
}

static void
on_cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  const EkOperationWords *words;
  EkQuestion question;

  if (!is_at_work (self))
    return;
  if (ek_operation_is_harmless (self->operation))
    {
      ek_operation_cancel (self->operation);
      return;
    }

  words = ek_operation_get_words (self->operation);
  question = (EkQuestion){ .title = _ (words->stop_title),
                           .body = _ (words->stop_body),
                           .no = _ ("_Keep Going"),
                           .yes = _ ("_Stop"),
                           .destructive = TRUE };
  ek_dialog_ask (GTK_WINDOW (self), &question, on_cancel_answered, g_object_ref (self),
                 g_object_unref);
}

static void
on_simulate (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (!is_at_work (self))
    ek_target_list_add_simulated (self->targets, SIMULATED_URI);
}

static void
on_stop_simulating (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (is_at_work (self))
    return;
  ek_target_list_remove_simulated (self->targets);
  go_home (self);
}

static void
on_look (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->target != NULL && !is_at_work (self))
    ek_target_look (self->target);
}

static void
show_problem (EkWindow *self, const GError *error)
{
  ek_problem_page_show_error (self->problem_page, error);
  show_page (self, "problem");
}

static void
on_explain (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  g_autoptr (GError) error = NULL;
  EkError code;

  if (self->target == NULL || !ek_device_get_problem (ek_target_get_device (self->target), &code))
    return;
  g_set_error (&error, EK_ERROR, (int) code, "%s",
               ek_device_get_path (ek_target_get_device (self->target)));
  show_problem (self, error);
}

static void
on_no_device_help (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GError) error =
      g_error_new (EK_ERROR, EK_ERROR_NO_DEVICE, "no USB serial device in /sys/class/tty");

  show_problem (EK_WINDOW (widget), error);
}

/* Files. */

static void
on_file_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_bundle_open_finish (result, &error);
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (is_at_work (self))
    return;
  if (bundle == NULL)
    {
      show_problem (self, error);
      return;
    }

  g_clear_object (&self->opened);
  self->opened = ek_offer_new_for_bundle (bundle);
  go_home (self);
  if (self->target != NULL)
    return;
  name = ek_offer_get_name (self->opened);
  /* Translators: %s is firmware, such as EchoKit Box v0.3.2 */
  text = g_strdup_printf (_ ("%s is ready. Plug in your EchoKit to install it."), name);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
}

/**
 * ek_window_open_file:
 *
 * Offers the firmware in @file for installing, or says what is wrong with it.
 */
void
ek_window_open_file (EkWindow *self, GFile *file)
{
  if (!is_at_work (self))
    ek_bundle_open_async (file, NULL, on_file_opened, g_object_ref (self));
}

static void
on_file_chosen (GFile *file, gpointer user_data)
{
  ek_window_open_file (user_data, file);
}

static void
on_open_file (GtkWidget *widget, const char *action, GVariant *parameter)
{
  if (!is_at_work (EK_WINDOW (widget)))
    ek_dialog_open_file (GTK_WINDOW (widget), _ ("Choose a Firmware File"), on_file_chosen,
                         g_object_ref (widget), g_object_unref);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  EkWindow *self = user_data;
  GSList *files = g_value_get_boxed (value);

  if (files == NULL || is_at_work (self))
    return FALSE;
  ek_window_open_file (self, files->data);
  return TRUE;
}

static GdkDragAction
on_drag_enter (GtkDropTarget *target, double x, double y, gpointer user_data)
{
  EkWindow *self = user_data;

  if (is_at_work (self))
    return 0;
  gtk_widget_set_visible (GTK_WIDGET (self->drop_revealer), TRUE);
  gtk_revealer_set_reveal_child (self->drop_revealer, TRUE);
  return GDK_ACTION_COPY;
}

static void
on_drag_leave (GtkDropTarget *target, gpointer user_data)
{
  EkWindow *self = user_data;

  gtk_revealer_set_reveal_child (self->drop_revealer, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->drop_revealer), FALSE);
}

static void
add_drop_target (EkWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect (target, "enter", G_CALLBACK (on_drag_enter), self);
  g_signal_connect (target, "leave", G_CALLBACK (on_drag_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* The window itself. */

static void
on_close_answered (gboolean yes, gpointer user_data)
{
  EkWindow *self = user_data;

  if (!yes)
    return;
  if (self->operation != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->operation, self);
      ek_operation_cancel (self->operation);
      set_inhibited (self, FALSE);
    }
  gtk_window_destroy (GTK_WINDOW (self));
}

static gboolean
ek_window_close_request (GtkWindow *window)
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

  ek_memory_keep_window (self->memory, window);
  if (!is_at_work (self) || ek_operation_get_listening (self->operation))
    return GTK_WINDOW_CLASS (ek_window_parent_class)->close_request (window);

  ek_dialog_ask (window, &question, on_close_answered, g_object_ref (self), g_object_unref);
  return TRUE;
}

static void
ek_window_dispose (GObject *object)
{
  EkWindow *self = EK_WINDOW (object);

  if (self->targets != NULL)
    g_signal_handlers_disconnect_by_data (self->targets, self);
  g_clear_object (&self->targets);
  g_clear_object (&self->memory);
  g_clear_object (&self->target);
  g_clear_object (&self->opened);
  g_clear_object (&self->operation);

  G_OBJECT_CLASS (ek_window_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    const char *name;
    GtkWidgetActionActivateFunc func;
  } actions[] = {
    { "win.install", on_install },
    { "win.board-chosen", on_board_chosen },
    { "win.choose-board", on_choose_board },
    { "win.force-board", on_force_board },
    { "win.home", on_home },
    { "win.back", on_home },
    { "win.try-again", on_try_again },
    { "win.cancel", on_cancel },
    { "win.simulate", on_simulate },
    { "win.stop-simulating", on_stop_simulating },
    { "win.look", on_look },
    { "win.explain", on_explain },
    { "win.no-device-help", on_no_device_help },
    { "win.open-file", on_open_file },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].func);
}

static void
ek_window_class_init (EkWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ek_window_close_request;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-window.ui");
  gtk_widget_class_bind_template_child (widget_class, EkWindow, back_button);
  gtk_widget_class_bind_template_child (widget_class, EkWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, EkWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, EkWindow, drop_revealer);
  install_actions (widget_class);
}

static gpointer
add_page (EkWindow *self, GType type, const char *name)
{
  GtkWidget *page = g_object_new (type, NULL);

  gtk_stack_add_named (self->stack, page, name);
  return page;
}

static void
ek_window_init (EkWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->memory = ek_memory_new ();
  self->empty_page = add_page (self, EK_TYPE_EMPTY_PAGE, "empty");
  self->home_page = add_page (self, EK_TYPE_HOME_PAGE, "home");
  self->board_page = add_page (self, EK_TYPE_BOARD_PAGE, "board");
  self->progress_page = add_page (self, EK_TYPE_PROGRESS_PAGE, "progress");
  self->done_page = add_page (self, EK_TYPE_DONE_PAGE, "done");
  self->problem_page = add_page (self, EK_TYPE_PROBLEM_PAGE, "problem");
  add_drop_target (self);
  ek_memory_recall_window (self->memory, GTK_WINDOW (self));
}

/**
 * ek_window_new:
 * @targets: (transfer none): the devices to show
 *
 * Returns: (transfer none): a window that belongs to @application
 */
EkWindow *
ek_window_new (GtkApplication *application, EkTargetList *targets)
{
  EkWindow *self = g_object_new (EK_TYPE_WINDOW, "application", application, NULL);

  self->targets = g_object_ref (targets);
  g_signal_connect (targets, "items-changed", G_CALLBACK (on_targets_changed), self);
  on_targets_changed (G_LIST_MODEL (targets), 0, 0,
                      g_list_model_get_n_items (G_LIST_MODEL (targets)), self);
  return self;
}

/**
 * ek_window_get_page_name:
 *
 * Returns: (transfer none): which page is shown
 */
const char *
ek_window_get_page_name (EkWindow *self)
{
  return gtk_stack_get_visible_child_name (self->stack);
}
