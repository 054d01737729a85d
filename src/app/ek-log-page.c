/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of the monitor's lines behind a filter; it follows the newest line until somebody scrolls. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-log-page.h"

#include <glib/gi18n.h>

#include "ek-crash-names.h"
#include "ek-dialogs.h"

struct _EkLogPage
{
  AdwBin parent_instance;

  EkTarget *target;
  EkMonitor *monitor;
  GtkFilterListModel *shown;
  GtkCustomFilter *filter;
  gboolean follows;
  EkStore *store;       /* (nullable) */
  EkCrash *crash;       /* (nullable): the one on the card */
  GCancellable *naming; /* (nullable): while its names are looked up */

  GtkSearchEntry *search;
  GtkDropDown *level;
  GtkToggleButton *pause_button;
  GtkLabel *state;
  GtkScrolledWindow *scroller;
  GtkListView *list;
  GtkRevealer *crash_revealer;
  GtkLabel *crash_title;
  GtkLabel *crash_text;
};

G_DEFINE_FINAL_TYPE (EkLogPage, ek_log_page, ADW_TYPE_BIN)

/* A colour is never the only sign: the letter says the same. */
static const struct
{
  const char *letter;
  const char *css_class;
} level_looks[] = {
  [EK_LOG_ERROR] = { "E", "error" },       [EK_LOG_WARNING] = { "W", "warning" },
  [EK_LOG_INFO] = { "I", "accent" },       [EK_LOG_DEBUG] = { "D", "dim-label" },
  [EK_LOG_VERBOSE] = { "V", "dim-label" }, [EK_LOG_PLAIN] = { " ", "" },
};

/* In the order of the drop-down. */
static const EkLogLevel filter_levels[] = { EK_LOG_PLAIN, EK_LOG_WARNING, EK_LOG_ERROR };

static gboolean
line_is_shown (gpointer item, gpointer user_data)
{
  EkLogPage *self = user_data;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  guint selected = gtk_drop_down_get_selected (self->level);
  EkLogLevel least =
      selected < G_N_ELEMENTS (filter_levels) ? filter_levels[selected] : EK_LOG_PLAIN;

  return ek_log_line_matches (item, *text != '\0' ? text : NULL, least);
}

static void
on_filter_changed (EkLogPage *self)
{
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *letter = gtk_label_new (NULL);
  GtkWidget *text = gtk_label_new (NULL);

  gtk_widget_add_css_class (letter, "heading");
  gtk_widget_set_valign (letter, GTK_ALIGN_START);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_selectable (GTK_LABEL (text), FALSE);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (box), letter);
  gtk_box_append (GTK_BOX (box), text);
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  EkLogLine *line = gtk_list_item_get_item (item);
  EkLogLevel level = ek_log_line_get_level (line);
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkWidget *letter = gtk_widget_get_first_child (box);
  GtkWidget *text = gtk_widget_get_last_child (box);
  g_autofree char *time = ek_log_line_format_time (line);
  const char *letter_classes[] = { "heading", level_looks[level].css_class, NULL };

  gtk_label_set_label (GTK_LABEL (letter), level_looks[level].letter);
  gtk_label_set_label (GTK_LABEL (text), ek_log_line_get_text (line));
  gtk_widget_set_tooltip_text (text, time);
  gtk_widget_set_css_classes (letter, letter_classes);
  /* what has the focus is the row around it, which GTK 4.8 leaves without a name */
  if (gtk_widget_get_parent (box) != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (box)),
                                    GTK_ACCESSIBLE_PROPERTY_LABEL, ek_log_line_get_text (line), -1);
}

static GtkAdjustment *
get_adjustment (EkLogPage *self)
{
  return gtk_scrolled_window_get_vadjustment (self->scroller);
}

static void
on_scrolled (EkLogPage *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  self->follows = gtk_adjustment_get_value (adjustment) >= end - 24;
}

/* The list has grown: the newest line is shown unless somebody reads further up. */
static void
on_grown (EkLogPage *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);

  if (self->follows)
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) -
                                              gtk_adjustment_get_page_size (adjustment));
}

static const char *const state_words[] = {
  [EK_MONITOR_IDLE] = N_ ("Not listening"),
  [EK_MONITOR_WAITING] = N_ ("Waiting for the device…"),
  [EK_MONITOR_LISTENING] = N_ ("Listening"),
  [EK_MONITOR_FAILED] = N_ ("The device can't be heard any more"),
};

static void
on_state (EkLogPage *self)
{
  EkMonitorState state = ek_monitor_get_state (self->monitor);
  gboolean paused = ek_monitor_get_paused (self->monitor);

  gtk_label_set_label (self->state, paused ? _ ("Paused") : _ (state_words[state]));
}

static void
on_pause_toggled (EkLogPage *self)
{
  if (self->monitor == NULL)
    return;
  ek_monitor_set_paused (self->monitor, gtk_toggle_button_get_active (self->pause_button));
  on_state (self);
}

static void
forget_crash (EkLogPage *self)
{
  g_cancellable_cancel (self->naming);
  g_clear_object (&self->naming);
  g_clear_object (&self->crash);
}

static void
on_named (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkLogPage) self = user_data;
  EkCrash *crash = EK_CRASH (object);
  g_autofree char *text = NULL;

  if (!ek_crash_names_find_finish (crash, result) || crash != self->crash)
    return;
  text = ek_crash_to_text (crash);
  gtk_label_set_label (self->crash_text, text);
}

/* A device that goes round in circles crashes in the same place again and again. */
static gboolean
is_shown (EkLogPage *self, EkCrash *crash)
{
  guint n = ek_crash_get_n_frames (crash);

  if (self->crash == NULL || ek_crash_get_kind (self->crash) != ek_crash_get_kind (crash) ||
      ek_crash_get_n_frames (self->crash) != n)
    return FALSE;

  for (guint i = 0; i < n; i++)
    if (ek_crash_get_frame (self->crash, i)->pc != ek_crash_get_frame (crash, i)->pc)
      return FALSE;

  return n > 0;
}

static void
on_crash (EkLogPage *self, EkCrash *crash)
{
  g_autofree char *text = NULL;
  g_autofree char *title = NULL;

  if (is_shown (self, crash))
    return;

  /* Translators: %s says what happened, such as “It tried to read memory that isn't there.” */
  title = g_strdup_printf (_ ("The firmware crashed. %s"), _ (ek_crash_get_explanation (crash)));
  text = ek_crash_to_text (crash);
  gtk_label_set_label (self->crash_title, title);
  gtk_label_set_label (self->crash_text, text);
  gtk_revealer_set_reveal_child (self->crash_revealer, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->crash_revealer), TRUE);
  forget_crash (self);
  self->crash = g_object_ref (crash);
  self->naming = g_cancellable_new ();
  ek_crash_names_find_async (self->store, crash, self->naming, on_named, g_object_ref (self));
}

static void
on_dismiss_crash (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkLogPage *self = EK_LOG_PAGE (widget);

  forget_crash (self);
  gtk_revealer_set_reveal_child (self->crash_revealer, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->crash_revealer), FALSE);
}

static char *
shown_text (EkLogPage *self)
{
  GString *text = g_string_new (NULL);
  GListModel *model = G_LIST_MODEL (self->shown);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (EkLogLine) line = g_list_model_get_item (model, i);

      g_string_append_printf (text, "%s\n", ek_log_line_get_text (line));
    }

  return g_string_free (text, FALSE);
}

static void
on_copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autofree char *text = shown_text (EK_LOG_PAGE (widget));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
}

static void
on_save (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkLogPage *self = EK_LOG_PAGE (widget);
  g_autofree char *text = ek_log_to_text (ek_monitor_get_log (self->monitor), TRUE);

  ek_dialog_save_text (GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Save the Device Log"),
                       "echokit-log.txt", text);
}

static void
on_restart (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ek_monitor_restart_device (EK_LOG_PAGE (widget)->monitor);
}

static void
on_find (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (EK_LOG_PAGE (widget)->search));
}

static void
ek_log_page_dispose (GObject *object)
{
  EkLogPage *self = EK_LOG_PAGE (object);

  ek_log_page_stop (self);
  forget_crash (self);
  g_clear_object (&self->store);
  g_clear_object (&self->filter);

  G_OBJECT_CLASS (ek_log_page_parent_class)->dispose (object);
}

static void
ek_log_page_class_init (EkLogPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_log_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-log-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, search);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, level);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, pause_button);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, state);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, list);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, crash_revealer);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, crash_title);
  gtk_widget_class_bind_template_child (widget_class, EkLogPage, crash_text);
  gtk_widget_class_bind_template_callback (widget_class, on_filter_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_pause_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_install_action (widget_class, "log.copy", NULL, on_copy);
  gtk_widget_class_install_action (widget_class, "log.save", NULL, on_save);
  gtk_widget_class_install_action (widget_class, "log.restart", NULL, on_restart);
  gtk_widget_class_install_action (widget_class, "log.find", NULL, on_find);
  gtk_widget_class_install_action (widget_class, "log.dismiss-crash", NULL, on_dismiss_crash);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "log.find", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_s, GDK_CONTROL_MASK, "log.save", NULL);
}

static void
ek_log_page_init (EkLogPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = gtk_custom_filter_new (line_is_shown, self, NULL);
  self->follows = TRUE;
  g_signal_connect_swapped (get_adjustment (self), "value-changed", G_CALLBACK (on_scrolled), self);
  g_signal_connect_swapped (get_adjustment (self), "changed", G_CALLBACK (on_grown), self);
}

/**
 * ek_log_page_set_store:
 * @store: whose cache has the programs that crashes are explained with
 */
void
ek_log_page_set_store (EkLogPage *self, EkStore *store)
{
  g_set_object (&self->store, store);
}

/**
 * ek_log_page_start:
 *
 * Listens to @target without disturbing it, until ek_log_page_stop().
 *
 * Returns: %FALSE with an error of #EK_ERROR if it can't be listened to
 */
gboolean
ek_log_page_start (EkLogPage *self, EkTarget *target, GError **error)
{
  g_autoptr (EkPort) port = ek_target_new_port (target, error);
  g_autoptr (GtkNoSelection) selection = NULL;
  EkMonitorOptions options = { .baud = ek_target_get_console_baud (target) };

  ek_log_page_stop (self);
  if (port == NULL)
    return FALSE;

  self->target = g_object_ref (target);
  ek_target_set_busy (target, TRUE);
  self->monitor = ek_monitor_new (port, &options);
  self->shown =
      gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (ek_monitor_get_log (self->monitor))),
                                 g_object_ref (GTK_FILTER (self->filter)));
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->shown)));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_signal_connect_swapped (self->monitor, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect_swapped (self->monitor, "crash", G_CALLBACK (on_crash), self);
  gtk_toggle_button_set_active (self->pause_button, FALSE);
  on_dismiss_crash (GTK_WIDGET (self), NULL, NULL);
  self->follows = TRUE;
  ek_monitor_start (self->monitor);
  on_state (self);
  return TRUE;
}

/**
 * ek_log_page_stop:
 *
 * Lets go of the device; what it has said is gone too.
 */
void
ek_log_page_stop (EkLogPage *self)
{
  if (self->monitor == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->monitor, self);
  ek_monitor_stop (self->monitor);
  if (self->list != NULL)
    gtk_list_view_set_model (self->list, NULL);
  g_clear_object (&self->shown);
  g_clear_object (&self->monitor);
  ek_target_set_busy (self->target, FALSE);
  g_clear_object (&self->target);
}

/**
 * ek_log_page_get_monitor:
 *
 * Returns: (nullable) (transfer none): while it listens
 */
EkMonitor *
ek_log_page_get_monitor (EkLogPage *self)
{
  return self->monitor;
}
