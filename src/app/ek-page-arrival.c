/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page that is shown has the focus and the Return key, and is the only one that can be read. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-page-arrival.h"

#include "ek-heading.h"

/* The name, in the templates, of the button that is a page's one obvious next action. */
#define PRIMARY "primary"

typedef gboolean (*WidgetTest) (GtkWidget *widget);

/* In the order of the template: where things are is not known before they are drawn. */
static GtkWidget *
find (GtkWidget *widget, WidgetTest test)
{
  GtkWidget *found = NULL;

  if (!gtk_widget_get_visible (widget))
    return NULL;
  if (test (widget))
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, test);
  return found;
}

static gboolean
is_heading (GtkWidget *widget)
{
  return EK_IS_HEADING (widget);
}

static gboolean
can_be_used (GtkWidget *widget)
{
  return gtk_widget_get_focusable (widget) && gtk_widget_get_sensitive (widget) &&
         !GTK_IS_SCROLLED_WINDOW (widget) && !GTK_IS_LIST_BOX (widget);
}

static gboolean
is_primary (GtkWidget *widget)
{
  return g_str_equal (gtk_widget_get_name (widget), PRIMARY);
}

static void
name_by_content (GtkButton *button)
{
  if (gtk_button_get_label (button) != NULL)
    gtk_accessible_reset_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

/* GTK 4.8 has a button read as its label with the mnemonic's underscore, and then as its content. */
static void
name_buttons (GtkWidget *widget)
{
  if (GTK_IS_BUTTON (widget) &&
      g_signal_handler_find (widget, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, name_by_content, NULL) == 0)
    {
      g_signal_connect (widget, "notify::label", G_CALLBACK (name_by_content), NULL);
      name_by_content (GTK_BUTTON (widget));
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_buttons (child);
}

/* GTK 4.8 shows all pages of a stack to screen readers. */
static void
hide_others (GtkStack *stack, GtkWidget *page)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (stack)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gtk_accessible_update_state (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_STATE_HIDDEN, child != page,
                                 -1);
}

/**
 * ek_page_arrive:
 * @stack: the pages of a window
 *
 * Gives the page that is shown now the focus, at its heading if it has one, and the Return key to its
 * primary button.
 */
void
ek_page_arrive (GtkStack *stack)
{
  GtkWidget *page = gtk_stack_get_visible_child (stack);
  GtkWidget *start = find (page, is_heading);
  GtkRoot *root = gtk_widget_get_root (page);

  hide_others (stack, page);
  name_buttons (page);
  if (start == NULL)
    start = find (page, can_be_used);
  if (start != NULL)
    gtk_widget_grab_focus (start);
  gtk_window_set_default_widget (GTK_WINDOW (root), find (page, is_primary));
}
