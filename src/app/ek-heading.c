/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A label that can have the focus without being a stop of the Tab key. Nothing else tells a screen
 * reader that another page is there before GTK 4.14, which can announce. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-heading.h"

struct _EkHeading
{
  GtkWidget parent_instance;

  GtkLabel *child;
  GtkWidget *primary; /* (nullable) (weak) */
};

enum
{
  PROP_CHILD = 1,
};

G_DEFINE_FINAL_TYPE (EkHeading, ek_heading, GTK_TYPE_WIDGET)

/* Whoever goes through the page with the Tab key wants what can be used. */
static gboolean
ek_heading_focus (GtkWidget *widget, GtkDirectionType direction)
{
  return FALSE;
}

static gboolean
on_return (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  EkHeading *self = EK_HEADING (widget);

  return self->primary != NULL && gtk_widget_get_sensitive (self->primary) &&
         gtk_widget_activate (self->primary);
}

/* A change of what has the focus is said aloud; one of a label beside it is not. */
static void
on_label (EkHeading *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_label (self->child), -1);
}

static void
set_child (EkHeading *self, GtkLabel *label)
{
  self->child = label;
  gtk_widget_set_parent (GTK_WIDGET (label), GTK_WIDGET (self));
  g_signal_connect_object (label, "notify::label", G_CALLBACK (on_label), self, G_CONNECT_SWAPPED);
  on_label (self);
}

static void
ek_heading_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_CHILD)
    set_child (EK_HEADING (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
ek_heading_dispose (GObject *object)
{
  EkHeading *self = EK_HEADING (object);

  g_clear_weak_pointer (&self->primary);
  if (self->child != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->child));
  self->child = NULL;

  G_OBJECT_CLASS (ek_heading_parent_class)->dispose (object);
}

static void
ek_heading_class_init (EkHeadingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  static const guint keys[] = { GDK_KEY_Return, GDK_KEY_ISO_Enter, GDK_KEY_KP_Enter };

  object_class->set_property = ek_heading_set_property;
  object_class->dispose = ek_heading_dispose;
  widget_class->focus = ek_heading_focus;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "pagetitle");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_HEADING);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i], 0, on_return, NULL);

  g_object_class_install_property (object_class, PROP_CHILD,
                                   g_param_spec_object ("child", NULL, NULL, GTK_TYPE_LABEL,
                                                        G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
}

static void
ek_heading_init (EkHeading *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}

/**
 * ek_heading_set_primary:
 * @primary: (nullable): a button of the same page
 *
 * Says what the Return key presses while the focus is still at the heading. Behind it the key belongs
 * to what has the focus, so it is no window's default widget.
 */
void
ek_heading_set_primary (EkHeading *self, GtkWidget *primary)
{
  g_set_weak_pointer (&self->primary, primary);
}
