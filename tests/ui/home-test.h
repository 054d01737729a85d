/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the home page share: a device that is known, and what is on its rows. */
#pragma once

#include "ui-test.h"

G_BEGIN_DECLS

/* Nothing is remembered of another test. */
static inline void
home_test_setup (UiTest *test, gconstpointer data)
{
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");

  g_settings_reset (settings, "backup-first");
  ui_test_setup (test, data);
}

/* A device that was looked at, and of which is known what it is. */
static inline EkTarget *
plug_in_box (UiTest *test, const char *options)
{
  EkTarget *target = ui_test_plug_in (test, options);

  ek_target_set_board (target, "echokit-box");
  ui_wait_for_look (target);
  return target;
}

static inline GtkWidget *
find_row (UiTest *test, const char *title)
{
  GtkWidget *label = ui_find_text (GTK_WIDGET (test->window), title);

  g_assert_nonnull (label);
  return gtk_widget_get_ancestor (label, GTK_TYPE_LIST_BOX_ROW);
}

static inline GtkEditable *
find_entry (UiTest *test, const char *title)
{
  GtkWidget *label = ui_find_text (GTK_WIDGET (test->window), title);
  GtkWidget *entry = label != NULL ? gtk_label_get_mnemonic_widget (GTK_LABEL (label)) : NULL;

  g_assert_true (GTK_IS_EDITABLE (entry));
  return GTK_EDITABLE (entry);
}

static inline GtkSwitch *
find_switch (GtkWidget *widget)
{
  GtkSwitch *found = GTK_IS_SWITCH (widget) ? GTK_SWITCH (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_switch (child);
  return found;
}

G_END_DECLS
