/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Follows the texts of the widgets it was shown: no widget has to know. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-spoken-names.h"

#include <adwaita.h>

/* GTK 4.8 has a button read as its label with the mnemonic's underscore, and then as its content. */
static void
name_by_content (GtkWidget *button)
{
  if (gtk_button_get_label (GTK_BUTTON (button)) != NULL)
    gtk_accessible_reset_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

/* libadwaita 1.2 names a row by its title alone. */
static void
describe_by_subtitle (GtkWidget *row)
{
  const char *subtitle = adw_action_row_get_subtitle (ADW_ACTION_ROW (row));

  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  subtitle != NULL ? subtitle : "", -1);
}

static void
follow (GtkWidget *widget, const char *signal, void (*improve) (GtkWidget *widget))
{
  if (g_signal_handler_find (widget, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, improve, NULL) != 0)
    return;

  g_signal_connect (widget, signal, G_CALLBACK (improve), NULL);
  improve (widget);
}

/**
 * ek_spoken_names_follow:
 * @root: a page or a dialog
 *
 * Improves what is said of the buttons and rows below @root, now and whenever their texts change.
 */
void
ek_spoken_names_follow (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root))
    follow (root, "notify::label", name_by_content);
  if (GTK_IS_EXPANDER (root) && gtk_expander_get_child (GTK_EXPANDER (root)) != NULL)
    ek_spoken_names_follow (gtk_expander_get_child (GTK_EXPANDER (root)));
  if (ADW_IS_ACTION_ROW (root))
    follow (root, "notify::subtitle", describe_by_subtitle);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    ek_spoken_names_follow (child);
}
