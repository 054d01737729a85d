/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it ended, in the operation's own words. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-done-page.h"

#include <glib/gi18n.h>

#include "ek-heading.h"
#include "ek-picture.h"

struct _EkDonePage
{
  AdwBin parent_instance;

  GtkLabel *title;
  GtkLabel *body;
  GtkLabel *note;
  GtkButton *done_button;
  GtkButton *link_button;
  GtkButton *log_button;
  char *link_uri;
};

G_DEFINE_FINAL_TYPE (EkDonePage, ek_done_page, ADW_TYPE_BIN)

static void
on_open_link (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkDonePage *self = EK_DONE_PAGE (widget);

  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (widget)), self->link_uri, GDK_CURRENT_TIME);
}

static void
ek_done_page_finalize (GObject *object)
{
  g_free (EK_DONE_PAGE (object)->link_uri);

  G_OBJECT_CLASS (ek_done_page_parent_class)->finalize (object);
}

static void
ek_done_page_class_init (EkDonePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ek_done_page_finalize;
  g_type_ensure (EK_TYPE_HEADING);
  g_type_ensure (EK_TYPE_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-done-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkDonePage, title);
  gtk_widget_class_bind_template_child (widget_class, EkDonePage, body);
  gtk_widget_class_bind_template_child (widget_class, EkDonePage, note);
  gtk_widget_class_bind_template_child (widget_class, EkDonePage, done_button);
  gtk_widget_class_bind_template_child (widget_class, EkDonePage, link_button);
  gtk_widget_class_bind_template_child (widget_class, EkDonePage, log_button);
  gtk_widget_class_install_action (widget_class, "done.open-link", NULL, on_open_link);
}

static void
ek_done_page_init (EkDonePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ek_done_page_set_operation:
 * @operation: one that has succeeded
 */
void
ek_done_page_set_operation (EkDonePage *self, EkOperation *operation)
{
  EkOperationResult result;
  g_autofree char *log = ek_operation_dup_log (operation);

  ek_operation_describe (operation, &result);
  gtk_label_set_label (self->title, result.title);
  gtk_label_set_label (self->body, result.body != NULL ? result.body : "");
  gtk_label_set_label (self->note, result.note != NULL ? result.note : "");
  gtk_widget_set_visible (GTK_WIDGET (self->note), result.note != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->link_button), result.link_uri != NULL);
  if (result.link_uri != NULL)
    gtk_button_set_label (self->link_button, result.link_label);
  g_free (self->link_uri);
  self->link_uri = g_steal_pointer (&result.link_uri);
  gtk_widget_set_visible (GTK_WIDGET (self->log_button), *log != '\0');
  ek_operation_result_clear (&result);
}
