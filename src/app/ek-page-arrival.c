/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page that is shown has the focus, and is the only one that can be read. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-page-arrival.h"

#include "ek-heading.h"
#include "ek-spoken-names.h"

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
 * Gives the page that is shown now the focus: at its heading if it has one, where the Return key presses
 * the page's primary button.
 */
void
ek_page_arrive (GtkStack *stack)
{
  GtkWidget *page = gtk_stack_get_visible_child (stack);
  GtkWidget *start = find (page, is_heading);

  hide_others (stack, page);
  ek_spoken_names_follow (page);
  if (start != NULL)
    ek_heading_set_primary (EK_HEADING (start), find (page, is_primary));
  else
    start = find (page, can_be_used);
  if (start != NULL)
    gtk_widget_grab_focus (start);
}
