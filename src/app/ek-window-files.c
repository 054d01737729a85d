/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware files: chosen, dropped onto the window, or named on the command line. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-window-private.h"

#include <glib/gi18n.h>

static void
on_file_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_bundle_open_finish (result, &error);
  g_autoptr (EkOffer) offer = NULL;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (ek_window_is_at_work (self))
    return;
  if (bundle == NULL)
    {
      ek_window_show_problem (self, error, NULL);
      return;
    }

  offer = ek_offer_new_for_bundle (bundle);
  ek_window_set_opened (self, offer);
  if (self->target != NULL)
    return;
  name = ek_offer_get_name (offer);
  /* Translators: %s is firmware, such as EchoKit Box v0.3.2 */
  text = g_strdup_printf (_ ("%s is ready. Plug in your EchoKit to install it."), name);
  ek_window_say (self, text);
}

/**
 * ek_window_open_file:
 *
 * Offers the firmware in @file for installing, or says what is wrong with it.
 */
void
ek_window_open_file (EkWindow *self, GFile *file)
{
  if (ek_window_is_at_work (self))
    return;
  /* A link names a list of firmware, such as one to ESP Launchpad's page. */
  if (self->library != NULL &&
      (g_file_has_uri_scheme (file, "http") || g_file_has_uri_scheme (file, "https")))
    {
      g_autofree char *uri = g_file_get_uri (file);

      ek_window_show_page (self, "firmware");
      ek_firmware_page_add_list (self->firmware_page, uri);
      return;
    }
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
  if (!ek_window_is_at_work (EK_WINDOW (widget)))
    ek_dialog_open_file (GTK_WINDOW (widget), _ ("Choose a Firmware File"), on_file_chosen,
                         g_object_ref (widget), g_object_unref);
}

static void
show_drop_here (EkWindow *self, gboolean show)
{
  gtk_widget_set_visible (GTK_WIDGET (self->drop_revealer), show);
  gtk_revealer_set_reveal_child (self->drop_revealer, show);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  EkWindow *self = user_data;
  GSList *files = g_value_get_boxed (value);

  /* after a drop, nothing leaves any more */
  show_drop_here (self, FALSE);
  if (files == NULL || ek_window_is_at_work (self))
    return FALSE;
  ek_window_open_file (self, files->data);
  return TRUE;
}

static GdkDragAction
on_drag_enter (GtkDropTarget *target, double x, double y, gpointer user_data)
{
  EkWindow *self = user_data;

  if (ek_window_is_at_work (self))
    return 0;
  show_drop_here (self, TRUE);
  return GDK_ACTION_COPY;
}

static void
on_drag_leave (GtkDropTarget *target, gpointer user_data)
{
  show_drop_here (user_data, FALSE);
}

/**
 * ek_window_add_drop_target:
 *
 * Takes files that are dropped anywhere on the window.
 */
void
ek_window_add_drop_target (EkWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect (target, "enter", G_CALLBACK (on_drag_enter), self);
  g_signal_connect (target, "leave", G_CALLBACK (on_drag_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/**
 * ek_window_install_file_actions:
 *
 * Adds what opens a file.
 */
void
ek_window_install_file_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.open-file", NULL, on_open_file);
}
