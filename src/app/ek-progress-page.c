/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the properties of an operation; nothing else. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-progress-page.h"

#include <glib/gi18n.h>

#include "ek-heading.h"
#include "ek-picture.h"
#include "ek-step-line.h"

struct _EkProgressPage
{
  AdwBin parent_instance;

  EkOperation *operation;
  EkPicture *picture;
  GtkLabel *title;
  EkStepLine *steps;
  GtkProgressBar *bar;
  GtkLabel *detail;
  GtkLabel *caption;
};

G_DEFINE_FINAL_TYPE (EkProgressPage, ek_progress_page, ADW_TYPE_BIN)

static void
on_progress (EkProgressPage *self)
{
  double fraction = ek_operation_get_fraction (self->operation);
  const char *detail = ek_operation_get_detail (self->operation);

  gtk_progress_bar_set_fraction (self->bar, fraction);
  gtk_label_set_label (self->detail, detail != NULL ? detail : "");
}

static void
on_step (EkProgressPage *self)
{
  ek_step_line_set_current (self->steps, ek_operation_get_step (self->operation));
}

static void
ek_progress_page_dispose (GObject *object)
{
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (object), NULL);

  G_OBJECT_CLASS (ek_progress_page_parent_class)->dispose (object);
}

static void
ek_progress_page_class_init (EkProgressPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_progress_page_dispose;
  g_type_ensure (EK_TYPE_HEADING);
  g_type_ensure (EK_TYPE_PICTURE);
  g_type_ensure (EK_TYPE_STEP_LINE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-progress-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkProgressPage, picture);
  gtk_widget_class_bind_template_child (widget_class, EkProgressPage, title);
  gtk_widget_class_bind_template_child (widget_class, EkProgressPage, steps);
  gtk_widget_class_bind_template_child (widget_class, EkProgressPage, bar);
  gtk_widget_class_bind_template_child (widget_class, EkProgressPage, detail);
  gtk_widget_class_bind_template_child (widget_class, EkProgressPage, caption);
}

static void
ek_progress_page_init (EkProgressPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ek_progress_page_set_operation:
 * @operation: (nullable)
 */
void
ek_progress_page_set_operation (EkProgressPage *self, EkOperation *operation)
{
  EkTarget *target;

  if (self->operation != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->operation, self);
      g_clear_object (&self->operation);
    }
  if (operation == NULL)
    return;

  self->operation = g_object_ref (operation);
  target = ek_operation_get_target (operation);
  ek_picture_set_name (self->picture, ek_target_get_picture (target));
  gtk_label_set_label (self->title, _ (ek_operation_get_words (operation)->title));
  gtk_label_set_label (self->caption, ek_target_is_simulated (target)
                                          ? _ ("This EchoKit is simulated: no device is touched.")
                                          : _ ("Keep the cable in."));
  ek_step_line_set_steps (self->steps, ek_operation_get_words (operation)->steps);
  g_signal_connect_swapped (operation, "notify::fraction", G_CALLBACK (on_progress), self);
  g_signal_connect_swapped (operation, "notify::detail", G_CALLBACK (on_progress), self);
  g_signal_connect_swapped (operation, "notify::step", G_CALLBACK (on_step), self);
  on_progress (self);
  on_step (self);
}
