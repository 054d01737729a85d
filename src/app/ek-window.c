/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Home → which EchoKit → at work → done, or a problem and back to work. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-window-private.h"

#include <glib/gi18n.h>

#include "ek-device-driver.h"
#include "ek-page-arrival.h"

#define SIMULATED_URI "sim:esp32s3?pace=1"

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
  { "firmware", TRUE, GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT },
  { "details", TRUE, GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT },
  { "devices", FALSE, GTK_STACK_TRANSITION_TYPE_CROSSFADE },
  { "log", TRUE, GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT },
};

void
ek_window_show_page (EkWindow *self, const char *name)
{
  guint row = 0;
  gboolean back;

  while (!g_str_equal (page_rows[row].name, name))
    row++;
  back = page_rows[row].back || (self->picked != NULL && g_str_equal (name, "home"));
  gtk_widget_set_visible (self->back_button, back);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.back", back);
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0)
    return;

  if (!g_str_equal (name, "log"))
    ek_log_page_stop (self->log_page);
  self->back_to = NULL;
  gtk_stack_set_visible_child_full (self->stack, name, page_rows[row].transition);
  ek_page_arrive (self->stack);
}

/**
 * ek_window_say:
 *
 * Tells something that nobody has to answer.
 */
void
ek_window_say (EkWindow *self, const char *text)
{
  AdwToast *toast = adw_toast_new ("");
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_toast_set_title (toast, markup);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/**
 * ek_window_set_opened:
 * @offer: (nullable): what a person has chosen to install
 */
void
ek_window_set_opened (EkWindow *self, EkOffer *offer)
{
  g_set_object (&self->opened, offer);
  ek_window_go_home (self);
}

static EkOffer *
find_offer (EkTarget *target, gpointer user_data)
{
  EkWindow *self = user_data;

  if (self->opened != NULL)
    return g_object_ref (self->opened);
  if (ek_target_is_simulated (target))
    return g_object_ref (self->demo);
  if (self->library != NULL)
    return ek_lists_find_offer (self->library, ek_target_get_board (target));

  return NULL;
}

/* What would be installed depends on the device, its board, and what the lists have. */
static void
refresh_offer (EkWindow *self)
{
  g_clear_object (&self->offer);
  self->offer = self->target != NULL ? find_offer (self->target, self) : NULL;
  ek_devices_page_refresh (self->devices_page);
  ek_home_page_set_offer (self->home_page, self->offer);
  ek_home_page_set_has_lists (self->home_page, self->library != NULL && self->target != NULL &&
                                                   !ek_target_is_simulated (self->target));
  ek_home_page_set_newest_release (self->home_page,
                                   self->library != NULL
                                       ? ek_lists_get_newest_release (self->library)
                                       : NULL);
  if (self->offer != NULL)
    ek_offer_prepare (self->offer);
}

static void
show_target (EkWindow *self, EkTarget *target)
{
  g_set_object (&self->target, target);
  ek_home_page_set_target (self->home_page, target);
  refresh_offer (self);
  if (ek_target_get_look (target) == EK_LOOK_NONE && ek_target_looks_by_itself (target))
    ek_target_look (target);
}

static void
look_at_all (EkWindow *self)
{
  EkTarget *target;

  for (guint i = 0; (target = ek_target_list_get (self->targets, i)) != NULL; i++)
    if (ek_target_get_look (target) == EK_LOOK_NONE && ek_target_looks_by_itself (target))
      ek_target_look (target);
}

/* No page keeps what was unplugged. */
static void
forget_target (EkWindow *self)
{
  g_clear_object (&self->target);
  refresh_offer (self);
  ek_home_page_set_target (self->home_page, NULL);
  ek_board_page_set_target (self->board_page, NULL);
  ek_details_page_set_target (self->details_page, NULL);
  ek_problem_page_set_operation (self->problem_page, NULL);
}

void
ek_window_go_home (EkWindow *self)
{
  EkTarget *first = ek_target_list_get (self->targets, 0);
  gboolean several = ek_target_list_get (self->targets, 1) != NULL;

  ek_log_page_stop (self->log_page);
  g_clear_object (&self->operation);
  g_clear_object (&self->blocked);
  self->board_then_install = FALSE;
  if (first == NULL)
    {
      forget_target (self);
      gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.details", FALSE);
      gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.show-log", FALSE);
      ek_window_show_page (self, "empty");
      return;
    }

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.details", TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.show-log", TRUE);

  if (!several)
    g_clear_object (&self->picked);
  show_target (self, self->picked != NULL ? self->picked : first);
  if (several && self->picked == NULL)
    look_at_all (self);
  ek_window_show_page (self, several && self->picked == NULL ? "devices" : "home");
}

static void
on_picked (EkWindow *self, EkTarget *target)
{
  if (ek_window_is_at_work (self))
    return;
  g_set_object (&self->picked, target);
  ek_window_go_home (self);
}

/* One of several has failed: the page of its problem is as for a single one. */
static void
on_why (EkWindow *self, EkOperation *operation)
{
  if (!ek_devices_page_is_at_work (self->devices_page))
    {
      g_set_object (&self->picked, ek_operation_get_target (operation));
      show_target (self, self->picked);
      ek_window_show_failed (self, operation);
    }
}

static void
on_target_changed (EkTarget *target, GParamSpec *pspec, EkWindow *self)
{
  /* What stood in its way is gone. */
  if (target == self->blocked && ek_target_get_state (target) == EK_DEVICE_READY)
    ek_window_go_home (self);
  if (target == self->target)
    refresh_offer (self);
  if (target == self->target && ek_target_get_look (target) == EK_LOOK_NONE &&
      ek_target_looks_by_itself (target))
    ek_target_look (target);
}

static void
on_console_baud (EkTarget *target, GParamSpec *pspec, EkWindow *self)
{
  ek_memory_keep_console_baud (self->memory, target);
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
      ek_memory_recall_console_baud (self->memory, target);
      g_signal_handlers_disconnect_by_func (target, on_console_baud, self);
      g_signal_connect_object (target, "notify::console-baud", G_CALLBACK (on_console_baud), self,
                               0);
      g_signal_handlers_disconnect_by_func (target, on_target_changed, self);
      g_signal_connect_object (target, "notify::state", G_CALLBACK (on_target_changed), self, 0);
      g_signal_connect_object (target, "notify::board", G_CALLBACK (on_target_changed), self, 0);
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.simulate", !simulated);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.stop-simulating", simulated);
  if (page == NULL || g_str_equal (page, "empty") || g_str_equal (page, "home") ||
      g_str_equal (page, "board") || g_str_equal (page, "devices"))
    {
      if (!ek_window_is_at_work (self))
        ek_window_go_home (self);
    }
}

static void
on_home (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->operation != NULL && ek_operation_get_listening (self->operation))
    ek_operation_cancel (self->operation);
  else if (ek_window_is_at_work (self))
    return;
  ek_window_forget_operation (self);
  g_clear_object (&self->opened);
  ek_window_go_home (self);
}

static void
on_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->back_to != NULL)
    {
      ek_window_show_page (self, self->back_to);
      return;
    }
  if (g_str_equal (ek_window_get_page_name (self), "home"))
    g_clear_object (&self->picked);
  on_home (widget, action, parameter);
}

static void
on_say (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ek_window_say (EK_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
on_simulate (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (!ek_window_is_at_work (self))
    ek_target_list_add_simulated (self->targets, SIMULATED_URI);
}

static void
on_stop_simulating (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (ek_window_is_at_work (self))
    return;
  ek_target_list_remove_simulated (self->targets);
  ek_window_go_home (self);
}

static void
on_look (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);

  if (self->target != NULL && !ek_window_is_at_work (self))
    ek_target_look (self->target);
}

void
ek_window_show_problem (EkWindow *self, const GError *error, EkTarget *blocked)
{
  g_set_object (&self->blocked, blocked);
  ek_problem_page_show_error (self->problem_page, error, blocked);
  ek_window_show_page (self, "problem");
}

/* For the details: what else is known of a device that can't be used. */
static char *
explain (EkDevice *device, EkError code)
{
  g_autoptr (EkDeviceDriver) driver = NULL;

  if (code != EK_ERROR_PORT_NO_DRIVER)
    return g_strdup (ek_device_state_name (ek_device_get_state (device)));

  driver = ek_device_driver_new (device, NULL, NULL);
  return ek_device_driver_explain (driver);
}

static void
on_explain (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkWindow *self = EK_WINDOW (widget);
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;
  EkError code;

  if (self->target == NULL || !ek_device_get_problem (ek_target_get_device (self->target), &code))
    return;
  words = explain (ek_target_get_device (self->target), code);
  g_set_error (&error, EK_ERROR, (int) code, "%s: %s",
               ek_device_get_path (ek_target_get_device (self->target)), words);
  ek_window_show_problem (self, error, self->target);
}

static void
on_no_device_help (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GError) error =
      g_error_new (EK_ERROR, EK_ERROR_NO_DEVICE, "no USB serial device in /sys/class/tty");

  ek_window_show_problem (EK_WINDOW (widget), error, NULL);
}

/* The window itself. */

static void
ek_window_dispose (GObject *object)
{
  EkWindow *self = EK_WINDOW (object);

  if (self->targets != NULL)
    g_signal_handlers_disconnect_by_data (self->targets, self);
  g_clear_object (&self->targets);
  g_clear_object (&self->memory);
  g_clear_object (&self->target);
  g_clear_object (&self->blocked);
  g_clear_object (&self->picked);
  g_clear_object (&self->opened);
  g_clear_object (&self->offer);
  g_clear_object (&self->demo);
  if (self->library != NULL)
    g_signal_handlers_disconnect_by_data (self->library, self);
  g_clear_object (&self->library);
  g_clear_object (&self->operation);

  G_OBJECT_CLASS (ek_window_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const EkWindowAction actions[] = {
    { "win.home", on_home },
    { "win.back", on_back },
    { "win.simulate", on_simulate },
    { "win.stop-simulating", on_stop_simulating },
    { "win.look", on_look },
    { "win.explain", on_explain },
    { "win.no-device-help", on_no_device_help },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].func);
  gtk_widget_class_install_action (widget_class, "win.say", "s", on_say);
  ek_window_install_work_actions (widget_class);
  ek_window_install_flow_actions (widget_class);
  ek_window_install_file_actions (widget_class);
  ek_window_install_tool_actions (widget_class);
}

static void
ek_window_class_init (EkWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ek_window_ask_to_close;

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
  self->demo = ek_offer_new_demo ();
  self->empty_page = add_page (self, EK_TYPE_EMPTY_PAGE, "empty");
  self->home_page = add_page (self, EK_TYPE_HOME_PAGE, "home");
  ek_home_page_set_memory (self->home_page, self->memory);
  self->board_page = add_page (self, EK_TYPE_BOARD_PAGE, "board");
  self->progress_page = add_page (self, EK_TYPE_PROGRESS_PAGE, "progress");
  self->done_page = add_page (self, EK_TYPE_DONE_PAGE, "done");
  self->problem_page = add_page (self, EK_TYPE_PROBLEM_PAGE, "problem");
  self->firmware_page = add_page (self, EK_TYPE_FIRMWARE_PAGE, "firmware");
  self->details_page = add_page (self, EK_TYPE_DETAILS_PAGE, "details");
  self->devices_page = add_page (self, EK_TYPE_DEVICES_PAGE, "devices");
  self->log_page = add_page (self, EK_TYPE_LOG_PAGE, "log");
  ek_page_arrive (self->stack);
  ek_window_add_drop_target (self);
  ek_memory_recall_window (self->memory, GTK_WINDOW (self));
}

/**
 * ek_window_new:
 * @targets: (transfer none): the devices to show
 * @library: (transfer none) (nullable): the firmware lists
 *
 * Returns: (transfer none): a window that belongs to @application
 */
EkWindow *
ek_window_new (GtkApplication *application, EkTargetList *targets, EkLists *library)
{
  EkWindow *self = g_object_new (EK_TYPE_WINDOW, "application", application, NULL);

  self->targets = g_object_ref (targets);
  if (library != NULL)
    {
      self->library = g_object_ref (library);
      ek_firmware_page_set_library (self->firmware_page, library);
      ek_log_page_set_store (self->log_page, ek_library_get_store (ek_lists_get_library (library)));
      g_signal_connect_swapped (library, "changed", G_CALLBACK (refresh_offer), self);
      g_signal_connect_object (self->firmware_page, "chosen", G_CALLBACK (ek_window_set_opened),
                               self, G_CONNECT_SWAPPED);
    }
  ek_devices_page_set_targets (self->devices_page, targets, find_offer, self);
  g_signal_connect_object (self->devices_page, "picked", G_CALLBACK (on_picked), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->devices_page, "why", G_CALLBACK (on_why), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->devices_page, "at-work-changed",
                           G_CALLBACK (ek_window_devices_at_work), self, G_CONNECT_SWAPPED);
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
