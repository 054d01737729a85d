/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Widgets are found by what a person reads on them, among those that can be seen. */
#include "config.h"

#include "ui-test.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <stdio.h>

#include "notification-service.h"

#define DEADLINE (30 * G_USEC_PER_SEC)

/* As in life, one for the whole process. */
static AdwApplication *application;

/**
 * ui_test_language:
 *
 * Returns: (transfer none): that of the texts: "en", or the translation that LANGUAGE names
 */
const char *
ui_test_language (void)
{
  const char *language = g_getenv ("LANGUAGE");

  return language != NULL && *language != '\0' ? language : "en";
}

/* The translations are those that were built. */
static void
init_language (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("EK_BUILD_DIR"), "po", NULL);
  gboolean english = g_str_equal (ui_test_language (), "en");

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_assert_true (g_str_equal (_ ("_Cancel"), "_Cancel") == english);
}

void
ui_test_init (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (argc, argv, NULL);
  init_language ();
  notification_service_start ();
  adw_init ();
  g_assert_true (adw_style_manager_get_high_contrast (adw_style_manager_get_default ()) ==
                 (g_getenv ("ADW_DEBUG_HIGH_CONTRAST") != NULL));
  /* GTK warns of a cursor that blinks in an entry that was disabled */
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-cursor-blink",
                FALSE, NULL);
  application =
      g_object_new (ADW_TYPE_APPLICATION, "flags", G_APPLICATION_NON_UNIQUE, "application-id",
                    "dev.echokit.Flasher.Test", "resource-base-path", "/dev/echokit/Flasher", NULL);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
}

void
ui_test_setup (UiTest *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->root = g_dir_make_tmp ("ek-ui-XXXXXX", &error);
  g_assert_no_error (error);
  self->application = application;
  self->monitor = ek_device_monitor_new_for_root (self->root);
  self->targets = ek_target_list_new (self->monitor);
  self->window = ek_window_new (GTK_APPLICATION (self->application), self->targets, NULL);
  g_object_add_weak_pointer (G_OBJECT (self->window), (gpointer *) &self->window);
  gtk_window_present (GTK_WINDOW (self->window));
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *) data == NULL;
}

void
ui_test_teardown (UiTest *self, gconstpointer data)
{
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  ui_wait_for (is_gone, &self->window);
  g_assert_finalize_object (self->targets);
  g_assert_finalize_object (self->monitor);
  g_rmdir (self->root);
  g_free (self->root);
}

/**
 * ui_test_plug_in:
 * @options: of a simulated device, without "sim:"
 */
EkTarget *
ui_test_plug_in (UiTest *self, const char *options)
{
  g_autofree char *uri = g_strconcat ("sim:", options, NULL);

  return ek_target_list_add_simulated (self->targets, uri);
}

static gboolean
on_deadline (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/**
 * ui_wait_for:
 *
 * Lets the main loop run until @condition holds; fails after half a minute.
 */
void
ui_wait_for (UiCondition condition, gpointer data)
{
  gboolean late = FALSE;
  guint source = g_timeout_add (DEADLINE / 1000, on_deadline, &late);

  while (!condition (data) && !late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (late);
  g_source_remove (source);
}

typedef struct
{
  UiTest *test;
  const char *name;
} PageWait;

static gboolean
is_on_page (gpointer data)
{
  PageWait *wait = data;

  return g_strcmp0 (ek_window_get_page_name (wait->test->window), wait->name) == 0;
}

void
ui_wait_for_page (UiTest *self, const char *name)
{
  PageWait wait = { self, name };

  ui_wait_for (is_on_page, &wait);
}

static gboolean
was_looked_at (gpointer data)
{
  EkTargetLook look = ek_target_get_look (data);

  return look == EK_LOOK_DONE || look == EK_LOOK_FAILED;
}

void
ui_wait_for_look (EkTarget *target)
{
  ui_wait_for (was_looked_at, target);
}

/* "_Update" and "Update" read the same. */
static char *
without_mnemonic (const char *label)
{
  GString *plain = g_string_new (NULL);

  for (; label != NULL && *label != '\0'; label++)
    if (*label != '_')
      g_string_append_c (plain, *label);
  return g_string_free (plain, FALSE);
}

static const char *
text_of (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_label (GTK_LABEL (widget));
  if (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) != NULL)
    return gtk_button_get_label (GTK_BUTTON (widget));
  if (GTK_IS_BUTTON (widget))
    return gtk_widget_get_tooltip_text (widget);

  return NULL;
}

typedef gboolean (*WidgetTest) (GtkWidget *widget, const char *text);

static GtkWidget *
find (GtkWidget *widget, WidgetTest test, const char *text)
{
  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if (test (widget, text))
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, test, text);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static gboolean
is_button (GtkWidget *widget, const char *text)
{
  g_autofree char *plain = without_mnemonic (text_of (widget));

  return GTK_IS_BUTTON (widget) && g_str_equal (plain, text);
}

static gboolean
is_text (GtkWidget *widget, const char *text)
{
  g_autofree char *plain = without_mnemonic (text_of (widget));

  return GTK_IS_LABEL (widget) && strstr (plain, text) != NULL;
}

GtkWidget *
ui_find_button (GtkWidget *root, const char *label)
{
  return find (root, is_button, label);
}

GtkWidget *
ui_find_text (GtkWidget *root, const char *text)
{
  return find (root, is_text, text);
}

/**
 * ui_click:
 *
 * Presses a button that can be seen and pressed, in the window or in its dialog.
 */
void
ui_click (UiTest *self, const char *label)
{
  GtkWindow *dialog = ui_find_dialog (self);
  GtkWidget *button =
      ui_find_button (dialog != NULL ? GTK_WIDGET (dialog) : GTK_WIDGET (self->window), label);

  if (button == NULL)
    g_error ("there is no button “%s”", label);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

void
ui_assert_text (UiTest *self, const char *text)
{
  if (ui_find_text (GTK_WIDGET (self->window), text) == NULL)
    g_error ("nothing says “%s” on the page %s", text, ek_window_get_page_name (self->window));
}

void
ui_assert_no_text (UiTest *self, const char *text)
{
  g_assert_null (ui_find_text (GTK_WIDGET (self->window), text));
}

/**
 * ui_find_dialog:
 *
 * Returns: (nullable): the question that is asked
 */
GtkWindow *
ui_find_dialog (UiTest *self)
{
  GListModel *toplevels = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (toplevels, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_visible (GTK_WIDGET (window)))
        return window;
    }

  return NULL;
}

/* How long the main loop was busy between two looks at its sources. Time in which the machine gave the
 * thread no processor is not the program's. */
static gint64 woke_at;
static gint64 waited_at_wake;
static gint64 longest_hold;

static gint64
time_waited_for_processor (void)
{
  g_autofree char *text = NULL;
  guint64 run = 0, wait = 0;

  if (g_file_get_contents ("/proc/thread-self/schedstat", &text, NULL, NULL))
    sscanf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &run, &wait);
  return (gint64) (wait / 1000);
}

static void
note_wake (void)
{
  woke_at = g_get_monotonic_time ();
  waited_at_wake = time_waited_for_processor ();
}

static void
note_hold (void)
{
  gint64 waited = time_waited_for_processor () - waited_at_wake;

  longest_hold = MAX (longest_hold, g_get_monotonic_time () - woke_at - waited);
}

static int
watching_poll (GPollFD *fds, guint n_fds, int timeout)
{
  int result;

  note_hold ();
  result = g_poll (fds, n_fds, timeout);
  note_wake ();
  return result;
}

/**
 * ui_watch_main_loop:
 *
 * From now on, measures how long the main loop is held. What a test does by itself counts: it stands for
 * a press of a button.
 */
void
ui_watch_main_loop (void)
{
  longest_hold = 0;
  note_wake ();
  g_main_context_set_poll_func (NULL, watching_poll);
}

/**
 * ui_longest_hold:
 *
 * Returns: milliseconds; stops measuring
 */
double
ui_longest_hold (void)
{
  note_hold ();
  g_main_context_set_poll_func (NULL, g_poll);
  return (double) longest_hold / 1000;
}
