/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions: the answer that changes nothing is the near one, and each is given
 * once. */
#include "config.h"

#include <glib/gi18n.h>

#include "ek-dialogs.h"
#include "ek-test.h"
#include "ek-window-private.h"
#include "page-test.h"

typedef struct
{
  guint n_answers;
  guint n_destroyed;
  gboolean yes;
} Answer;

static void
on_answer (gboolean yes, gpointer user_data)
{
  Answer *answer = user_data;

  answer->n_answers++;
  answer->yes = yes;
}

static void
on_destroy (gpointer user_data)
{
  ((Answer *) user_data)->n_destroyed++;
}

static AdwMessageDialog *
ask (UiTest *test, const EkQuestion *question, Answer *answer)
{
  ek_dialog_ask (GTK_WINDOW (test->window), question, on_answer, answer, on_destroy);
  g_assert_nonnull (ui_find_dialog (test));
  return ADW_MESSAGE_DIALOG (ui_find_dialog (test));
}

static const EkQuestion erase = { .title = "Erase?",
                                  .body = "All is lost.",
                                  .no = "_Go Back",
                                  .yes = "_Erase",
                                  .destructive = TRUE,
                                  .typed = "erase" };

static gboolean
is_let_go (gpointer data)
{
  return ((Answer *) data)->n_destroyed == 1;
}

static void
assert_answered (Answer *answer, gboolean yes)
{
  ui_wait_for (is_let_go, answer);
  g_assert_cmpuint (answer->n_answers, ==, 1);
  g_assert_true (answer->yes == yes);
}

static void
test_answers (UiTest *test, gconstpointer data)
{
  EkQuestion question = { .title = "Stop?", .body = "B", .no = "_Keep Going", .yes = "_Stop" };
  Answer answer = { 0 };
  AdwMessageDialog *dialog = ask (test, &question, &answer);

  /* Return and Escape change nothing */
  g_assert_cmpstr (adw_message_dialog_get_default_response (dialog), ==, "no");
  g_assert_cmpstr (adw_message_dialog_get_close_response (dialog), ==, "no");
  g_assert_true (gtk_window_get_modal (GTK_WINDOW (dialog)));
  g_assert_true (gtk_window_get_transient_for (GTK_WINDOW (dialog)) == GTK_WINDOW (test->window));
  ui_click (test, "Stop");
  assert_answered (&answer, TRUE);

  answer = (Answer){ 0 };
  ask (test, &question, &answer);
  ui_click (test, "Keep Going");
  assert_answered (&answer, FALSE);

  answer = (Answer){ 0 };
  gtk_window_close (GTK_WINDOW (ask (test, &question, &answer)));
  assert_answered (&answer, FALSE);
}

static GtkWidget *
find_entry (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_ENTRY (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_entry (child);
  return found;
}

static void
type (AdwMessageDialog *dialog, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (find_entry (GTK_WIDGET (dialog))), text);
}

/* What can't be undone is not one press away. */
static void
test_typed (UiTest *test, gconstpointer data)
{
  Answer answer = { 0 };
  AdwMessageDialog *dialog = ask (test, &erase, &answer);

  g_assert_cmpint (adw_message_dialog_get_response_appearance (dialog, "yes"), ==,
                   ADW_RESPONSE_DESTRUCTIVE);
  g_assert_true (
      gtk_test_accessible_has_property (GTK_ACCESSIBLE (find_entry (GTK_WIDGET (dialog))),
                                        GTK_ACCESSIBLE_PROPERTY_LABEL));
  g_assert_false (adw_message_dialog_get_response_enabled (dialog, "yes"));
  type (dialog, "eras");
  g_assert_false (adw_message_dialog_get_response_enabled (dialog, "yes"));
  type (dialog, "ERASE");
  g_assert_true (adw_message_dialog_get_response_enabled (dialog, "yes"));
  type (dialog, "erased");
  g_assert_false (adw_message_dialog_get_response_enabled (dialog, "yes"));
  type (dialog, "erase");
  ui_click (test, "Erase");
  assert_answered (&answer, TRUE);
}

static void
test_about (UiTest *test, gconstpointer data)
{
  GListModel *toplevels = gtk_window_get_toplevels ();
  AdwAboutWindow *about = NULL;

  if (ek_test_is_quick ())
    {
      g_test_skip ("libadwaita 1.2 loses the copyright of a legal section");
      return;
    }
  ek_dialog_about (GTK_WINDOW (test->window));
  for (guint i = 0; i < g_list_model_get_n_items (toplevels) && about == NULL; i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (toplevels, i);

      if (ADW_IS_ABOUT_WINDOW (window))
        about = ADW_ABOUT_WINDOW (window);
    }
  g_assert_nonnull (about);
  g_assert_cmpstr (adw_about_window_get_version (about), ==, EK_VERSION);
  g_assert_cmpint (adw_about_window_get_license_type (about), ==, GTK_LICENSE_GPL_3_0);
  gtk_window_destroy (GTK_WINDOW (about));
}

static void
assert_narrow (GtkWidget *widget, const char *what)
{
  int minimum;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (minimum > PAGE_NARROW)
    g_error ("%s in %s is %d pixels wide", what, ui_test_language (), minimum);
}

static void
assert_dialog_narrow (UiTest *test, const char *what)
{
  GtkWindow *dialog = ui_find_dialog (test);

  g_assert_nonnull (dialog);
  assert_narrow (GTK_WIDGET (dialog), what);
  gtk_window_close (dialog);
}

static void
act (UiTest *test, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (test->window), action, NULL));
}

/* Each question of the app, and the window's own header. */
static void
test_narrow (UiTest *test, gconstpointer data)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=1000");
  g_autoptr (EkOperation) operation = NULL;

  ek_target_set_board (target, "echokit-box");
  ui_wait_for_look (target);
  assert_narrow (GTK_WIDGET (test->window), "window");
  act (test, "win.erase");
  assert_dialog_narrow (test, "erase");
  act (test, "win.force-board");
  assert_dialog_narrow (test, "other board");

  operation = scripted_operation_new (target, NULL);
  scripted_operation_set_harmless (operation, FALSE);
  ek_window_run (test->window, operation);
  assert_narrow (GTK_WIDGET (test->window), "window at work");
  act (test, "win.cancel");
  assert_dialog_narrow (test, "stop");
  gtk_window_close (GTK_WINDOW (test->window));
  assert_dialog_narrow (test, "stop and close");
  scripted_job_succeed (scripted_operation_get_job (operation));
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, ui_test_setup, func, ui_test_teardown)
  ADD ("/dialogs/answers", test_answers);
  ADD ("/dialogs/typed", test_typed);
  ADD ("/dialogs/about", test_about);
  ADD ("/narrow/dialogs", test_narrow);
#undef ADD

  return g_test_run ();
}
