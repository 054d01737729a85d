/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Download · Check · Write · Verify · Start: an icon above a word each. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-step-line.h"

#include <glib/gi18n.h>

struct _EkStepLine
{
  GtkWidget parent_instance;

  GtkWidget *cells[EK_N_STEPS];
  GtkWidget *icons[EK_N_STEPS];
  int current;
};

G_DEFINE_FINAL_TYPE (EkStepLine, ek_step_line, GTK_TYPE_WIDGET)

static void
show_cell (EkStepLine *self, int step)
{
  GtkWidget *cell = self->cells[step];
  const char *icon = step < self->current    ? "object-select-symbolic"
                     : step == self->current ? "media-playback-start-symbolic"
                                             : "media-record-symbolic";
  const char *state = step < self->current    ? _ ("done")
                      : step == self->current ? _ ("now")
                                              : _ ("to come");
  /* Translators: a step of the work, and whether it is done, such as “Verify: to come” */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), ek_step_title ((EkStep) step), state);

  gtk_image_set_from_icon_name (GTK_IMAGE (self->icons[step]), icon);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_remove_css_class (cell, "passed");
  gtk_widget_remove_css_class (cell, "current");
  if (step < self->current)
    gtk_widget_add_css_class (cell, "passed");
  if (step == self->current)
    gtk_widget_add_css_class (cell, "current");
}

static GtkWidget *
new_cell (EkStepLine *self, EkStep step)
{
  GtkWidget *cell = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  /* what the cell is called says it already */
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", ek_step_title (step), "accessible-role",
                                   GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  self->icons[step] =
      g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  gtk_widget_add_css_class (label, "caption");
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (cell), self->icons[step]);
  gtk_box_append (GTK_BOX (cell), label);
  gtk_widget_set_hexpand (cell, TRUE);
  gtk_widget_set_parent (cell, GTK_WIDGET (self));
  return cell;
}

static void
clear_cells (EkStepLine *self)
{
  for (guint step = 0; step < EK_N_STEPS; step++)
    g_clear_pointer (&self->cells[step], gtk_widget_unparent);
}

static void
ek_step_line_dispose (GObject *object)
{
  clear_cells (EK_STEP_LINE (object));

  G_OBJECT_CLASS (ek_step_line_parent_class)->dispose (object);
}

static void
ek_step_line_class_init (EkStepLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_step_line_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "stepline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST);
}

static void
ek_step_line_init (EkStepLine *self)
{
  gtk_box_layout_set_homogeneous (GTK_BOX_LAYOUT (
                                      gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                                  TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Steps"),
                                  -1);
}

/**
 * ek_step_line_set_steps:
 * @steps: bits of 1 << #EkStep
 */
void
ek_step_line_set_steps (EkStepLine *self, guint steps)
{
  clear_cells (self);
  for (guint step = 0; step < EK_N_STEPS; step++)
    if ((steps & (1u << step)) != 0)
      {
        self->cells[step] = new_cell (self, (EkStep) step);
        show_cell (self, (int) step);
      }
}

/**
 * ek_step_line_set_current:
 *
 * Marks what is before @step as passed.
 */
void
ek_step_line_set_current (EkStepLine *self, EkStep step)
{
  self->current = (int) step;
  for (int i = 0; i < EK_N_STEPS; i++)
    if (self->cells[i] != NULL)
      show_cell (self, i);
}
