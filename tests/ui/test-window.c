/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window does around its pages: staying awake, asking, telling, remembering, shortcuts. */
#include "config.h"

#include <glib/gi18n.h>

#include "computer.h"
#include "ek-application.h"
#include "ek-device-private.h"
#include "ek-test.h"
#include "ek-window-private.h"
#include "notification-service.h"
#include "scripted-operation.h"
#include "session-service.h"
#include "ui-test.h"

static const EkOperationResult done = { .title = (char *) "Your EchoKit is up to date",
                                        .body = (char *) "It started with 0.3.2." };

/* A device that nobody has asked anything, with an operation that waits for orders. */
static EkOperation *
run (UiTest *test)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=1000");
  g_autoptr (EkOperation) operation = NULL;

  ui_wait_for_look (target);
  operation = scripted_operation_new (target, NULL);
  scripted_operation_set_result (operation, &done);
  ek_window_run (test->window, operation);
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "progress");
  return operation;
}

static ScriptedJob *
job_of (EkOperation *operation)
{
  return scripted_operation_get_job (operation);
}

static gboolean
is_inhibited (gpointer data)
{
  return session_service_get_inhibited (NULL) == GPOINTER_TO_UINT (data);
}

static void
wait_until_inhibited (guint flags)
{
  ui_wait_for (is_inhibited, GUINT_TO_POINTER (flags));
}

static void
test_stays_awake (UiTest *test, gconstpointer data)
{
  EkOperation *operation;
  g_autofree char *reason = NULL;

  g_assert_cmpuint (session_service_get_inhibited (NULL), ==, 0);
  operation = run (test);
  wait_until_inhibited (SESSION_LOGOUT | SESSION_SUSPEND);
  g_assert_cmpuint (session_service_get_inhibited (&reason), !=, 0);
  g_assert_cmpstr (reason, ==, "Updating an EchoKit");

  scripted_job_fail (job_of (operation), EK_ERROR_VERIFY_FAILED);
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "problem");
  wait_until_inhibited (0);
  ui_click (test, "Try Again");
  wait_until_inhibited (SESSION_LOGOUT | SESSION_SUSPEND);
  scripted_job_succeed (job_of (operation));
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "done");
  wait_until_inhibited (0);
}

static gboolean
is_closed (gpointer data)
{
  return ((UiTest *) data)->window == NULL;
}

/* At rest there is nothing to ask; at work there is, and the work goes on meanwhile. */
static void
test_closing (UiTest *test, gconstpointer data)
{
  EkOperation *operation = g_object_ref (run (test));

  scripted_operation_set_harmless (operation, FALSE);
  gtk_window_close (GTK_WINDOW (test->window));
  g_assert_nonnull (ui_find_dialog (test));
  ui_click (test, "Keep Going");
  scripted_job_begin (job_of (operation), EK_PHASE_WRITE, 1000);
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "progress");
  g_assert_cmpuint (session_service_get_inhibited (NULL), !=, 0);

  gtk_window_close (GTK_WINDOW (test->window));
  ui_click (test, "Stop and Close");
  /* out of sight at once, gone when the device was let go of: the app would end before otherwise */
  g_assert_nonnull (test->window);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (test->window)));
  ui_wait_for (is_closed, test);
  g_assert_error (ek_operation_get_error (operation), EK_ERROR, EK_ERROR_CANCELLED);
  wait_until_inhibited (0);
  g_object_unref (operation);
}

/* It ended while the question was asked. */
static void
test_closing_late (UiTest *test, gconstpointer data)
{
  EkOperation *operation = run (test);

  gtk_window_close (GTK_WINDOW (test->window));
  scripted_job_succeed (job_of (operation));
  ui_click (test, "Stop and Close");
  ui_wait_for (is_closed, test);
}

static void
test_closing_at_rest (UiTest *test, gconstpointer data)
{
  gtk_window_close (GTK_WINDOW (test->window));
  g_assert_null (ui_find_dialog (test));
  ui_wait_for (is_closed, test);
}

/* Nothing was written yet: no question, no problem page. */
static void
test_cancel_harmless (UiTest *test, gconstpointer data)
{
  run (test);
  ui_click (test, "Cancel");
  g_assert_null (ui_find_dialog (test));
  ui_wait_for_page (test, "home");
  ui_assert_text (test, "Nothing was changed on your EchoKit");
}

static void
test_cancel_asks (UiTest *test, gconstpointer data)
{
  EkOperation *operation = run (test);

  scripted_operation_set_harmless (operation, FALSE);
  scripted_job_begin (job_of (operation), EK_PHASE_WRITE, 1000);
  ui_click (test, "Cancel");
  g_assert_nonnull (ui_find_text (GTK_WIDGET (ui_find_dialog (test)), "will not start until"));
  ui_click (test, "Keep Going");
  g_assert_cmpint (ek_operation_get_state (operation), ==, EK_JOB_RUNNING);
  ui_click (test, "Cancel");
  ui_click (test, "Stop");
  ui_wait_for_page (test, "problem");
}

/* It ended while the question was asked: the answer has nothing to stop. */
static void
test_cancel_too_late (UiTest *test, gconstpointer data)
{
  EkOperation *operation = run (test);

  scripted_operation_set_harmless (operation, FALSE);
  ui_click (test, "Cancel");
  scripted_job_succeed (job_of (operation));
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "done");
  ui_click (test, "Stop");
  g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "done");
}

static gboolean
is_active (gpointer data)
{
  return gtk_window_is_active (GTK_WINDOW (((UiTest *) data)->window));
}

static gboolean
was_told (gpointer title)
{
  return g_strcmp0 (notification_service_last (), title) == 0;
}

/* Whoever looks at the window needs no notification; whoever looks elsewhere does. */
static void
test_notification (UiTest *test, gconstpointer data)
{
  EkOperation *operation;
  GtkWindow *other;
  guint told = notification_service_count ();

  ui_wait_for (is_active, test);
  operation = run (test);
  scripted_operation_set_result (operation, &(EkOperationResult){ .title = (char *) "Seen",
                                                                  .body = (char *) "" });
  scripted_job_succeed (job_of (operation));
  ui_click (test, "Done");

  other = GTK_WINDOW (gtk_window_new ());
  gtk_window_present (other);
  while (gtk_window_is_active (GTK_WINDOW (test->window)))
    g_main_context_iteration (NULL, TRUE);
  operation = run (test);
  scripted_job_succeed (job_of (operation));
  ui_wait_for (was_told, "Your EchoKit is up to date");
  g_assert_cmpuint (notification_service_count (), ==, told + 1);
  gtk_window_destroy (other);
}

/* Every two seconds an attempt fails that nobody asked for: that is no news, and no new page. */
static void
test_listening_is_quiet (UiTest *test, gconstpointer data)
{
  EkOperation *operation = run (test);
  GtkWindow *other = GTK_WINDOW (gtk_window_new ());
  guint told = notification_service_count ();
  GtkWidget *step;

  gtk_window_present (other);
  while (gtk_window_is_active (GTK_WINDOW (test->window)))
    g_main_context_iteration (NULL, TRUE);
  scripted_job_fail (job_of (operation), EK_ERROR_WRONG_BOOT_MODE);
  ui_wait_for (was_told, "Your EchoKit needs you");
  g_assert_cmpuint (notification_service_count (), ==, told + 1);
  step = ui_find_text (GTK_WIDGET (test->window), "Hold K0");
  g_assert_nonnull (step);

  for (guint i = 0; i < 3; i++)
    {
      ek_operation_start (operation, TRUE);
      g_assert_cmpstr (ek_window_get_page_name (test->window), ==, "problem");
      scripted_job_fail (job_of (operation), EK_ERROR_WRONG_BOOT_MODE);
      g_assert_true (ui_find_text (GTK_WIDGET (test->window), "Hold K0") == step);
    }
  /* another cause is news */
  ek_operation_start (operation, TRUE);
  scripted_job_fail (job_of (operation), EK_ERROR_CHIP_LOCKED);
  ui_wait_for_page (test, "problem");
  g_assert_null (ui_find_text (GTK_WIDGET (test->window), "Hold K0"));
  while (notification_service_count () < told + 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (notification_service_count (), ==, told + 2);
  gtk_window_destroy (other);
}

static void
test_remembers_size (UiTest *test, gconstpointer data)
{
  EkWindow *next;
  int width, height;

  gtk_window_set_default_size (GTK_WINDOW (test->window), 444, 555);
  gtk_window_close (GTK_WINDOW (test->window));
  ui_wait_for (is_closed, test);

  next = ek_window_new (GTK_APPLICATION (test->application), test->targets, NULL);
  gtk_window_get_default_size (GTK_WINDOW (next), &width, &height);
  g_assert_cmpint (width, ==, 444);
  g_assert_cmpint (height, ==, 555);
  g_assert_false (gtk_window_is_maximized (GTK_WINDOW (next)));
  gtk_window_destroy (GTK_WINDOW (next));
}

/* Asked once for each device, remembered for the next start of the app; a simulated one is not. */
static void
test_remembers_board (UiTest *test, gconstpointer data)
{
  g_autoptr (EkMemory) memory = ek_memory_new ();
  g_autoptr (EkDevice) simulated_device = ek_device_new_simulated ("sim:esp32s3");
  g_autoptr (EkTarget) simulated = ek_target_new (simulated_device);
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (EkTarget) target = NULL;
  g_autoptr (EkTarget) next = NULL;

  computer_init (&computer);
  computer_plug_echokit (&computer, "ttyACM0");
  devices = ek_device_enumerate (computer.sys, computer.dev);
  target = ek_target_new (devices->pdata[0]);
  ek_target_set_board (target, "echokit-diy");
  ek_memory_keep_board (memory, target);
  ek_target_set_board (simulated, "echokit-box");
  ek_memory_keep_board (memory, simulated);

  next = ek_target_new (devices->pdata[0]);
  ek_memory_recall_board (memory, next);
  g_assert_cmpstr (ek_target_get_board (next), ==, "echokit-diy");
  ek_target_set_board (simulated, NULL);
  ek_memory_recall_board (memory, simulated);
  g_assert_null (ek_target_get_board (simulated));
}

/* Every way into the set: "<Control>r" and "<Ctrl>R" are one. */
static char *
normalise (const char *accelerator)
{
  GdkModifierType modifiers;
  guint key;

  if (!gtk_accelerator_parse (accelerator, &key, &modifiers))
    g_error ("“%s” is no accelerator", accelerator);
  return gtk_accelerator_name (key, modifiers);
}

static void
add_accelerators (GHashTable *set, const char *const *accelerators)
{
  for (guint i = 0; accelerators[i] != NULL; i++)
    g_hash_table_add (set, normalise (accelerators[i]));
}

static void
add_shortcut (GHashTable *set, GtkShortcut *shortcut)
{
  GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);
  g_autofree char *text = NULL;

  if (!GTK_IS_KEYVAL_TRIGGER (trigger))
    return;
  text = gtk_shortcut_trigger_to_string (trigger);
  g_hash_table_add (set, normalise (text));
}

/* Bindings of our own classes; what the toolkit's have is the toolkit's. */
static void
add_bindings (GHashTable *set, GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; g_str_has_prefix (G_OBJECT_TYPE_NAME (widget), "Ek") &&
                    i < g_list_model_get_n_items (controllers);
       i++)
    {
      g_autoptr (GListModel) controller = g_list_model_get_item (controllers, i);

      for (guint j = 0;
           GTK_IS_SHORTCUT_CONTROLLER (controller) && j < g_list_model_get_n_items (controller);
           j++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (controller, j);
          GtkShortcutAction *action = gtk_shortcut_get_action (shortcut);

          if (GTK_IS_NAMED_ACTION (action) &&
              !g_str_has_prefix (gtk_named_action_get_action_name (GTK_NAMED_ACTION (action)),
                                 "default."))
            add_shortcut (set, shortcut);
        }
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_bindings (set, child);
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static GHashTable *
existing_accelerators (UiTest *test)
{
  GtkApplication *application = GTK_APPLICATION (test->application);
  g_auto (GStrv) actions = NULL;
  GHashTable *set = new_set ();

  ek_application_add_accelerators (application);
  actions = gtk_application_list_action_descriptions (application);
  for (guint i = 0; actions[i] != NULL; i++)
    {
      g_auto (GStrv) accelerators = gtk_application_get_accels_for_action (application, actions[i]);

      add_accelerators (set, (const char *const *) accelerators);
    }
  add_bindings (set, GTK_WIDGET (test->window));
  /* a primary menu button has it by itself */
  g_hash_table_add (set, normalise ("F10"));
  return set;
}

static void
add_listed (GHashTable *set, GtkWidget *widget)
{
  if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
    {
      g_autofree char *text = NULL;
      g_auto (GStrv) accelerators = NULL;

      g_object_get (widget, "accelerator", &text, NULL);
      accelerators = g_strsplit (text, " ", -1);
      add_accelerators (set, (const char *const *) accelerators);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_listed (set, child);
}

static void
assert_within (GHashTable *set, GHashTable *other, const char *complaint)
{
  GHashTableIter iter;
  gpointer accelerator;

  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &accelerator, NULL))
    if (!g_hash_table_contains (other, accelerator))
      g_error ("%s %s", (const char *) accelerator, complaint);
}

static GtkWidget *
new_help_overlay (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/dev/echokit/Flasher/gtk/help-overlay.ui");

  return g_object_ref (GTK_WIDGET (gtk_builder_get_object (builder, "help_overlay")));
}

static void
test_shortcuts (UiTest *test, gconstpointer data)
{
  g_autoptr (GHashTable) existing = existing_accelerators (test);
  g_autoptr (GHashTable) listed = new_set ();
  GtkWidget *overlay = new_help_overlay ();

  add_listed (listed, overlay);
  g_assert_cmpuint (g_hash_table_size (listed), >, 5);
  assert_within (existing, listed, "is not in the window of shortcuts");
  assert_within (listed, existing, "is in the window of shortcuts, but does nothing");
  gtk_window_destroy (GTK_WINDOW (overlay));
  g_object_unref (overlay);
}

typedef struct
{
  EkTargetList *targets;
  char *page;
  gboolean spins;
} FirstFrame;

static gboolean
has_spinner (GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget))
    return FALSE;
  if (GTK_IS_SPINNER (widget) && gtk_spinner_get_spinning (GTK_SPINNER (widget)))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_spinner (child))
      return TRUE;

  return FALSE;
}

static void
on_painted (GdkFrameClock *clock, gpointer user_data)
{
  FirstFrame *frame = user_data;
  GListModel *toplevels = gtk_window_get_toplevels ();

  for (guint i = 0; frame->page == NULL && i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (toplevels, i);

      if (!EK_IS_WINDOW (window) || gtk_widget_get_frame_clock (window) != clock)
        continue;
      frame->page = g_strdup (ek_window_get_page_name (EK_WINDOW (window)));
      frame->spins = has_spinner (window);
    }
}

static void
on_map (GtkWidget *window, gpointer user_data)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (on_painted),
                    user_data);
}

static gboolean
is_painted (gpointer data)
{
  return ((FirstFrame *) data)->page != NULL;
}

/* The app's own order: the monitor is started, then the window is made. */
static void
show_first_frame (UiTest *test, Computer *computer, FirstFrame *frame)
{
  EkDeviceMonitor *monitor = ek_device_monitor_new_for_root (computer->root);
  EkTargetList *targets = ek_target_list_new (monitor);
  EkWindow *window;

  ek_device_monitor_start (monitor);
  window = ek_window_new (GTK_APPLICATION (test->application), targets, NULL);
  g_signal_connect (window, "map", G_CALLBACK (on_map), frame);
  gtk_window_present (GTK_WINDOW (window));
  ui_wait_for (is_painted, frame);
  gtk_window_destroy (GTK_WINDOW (window));
  ek_device_monitor_stop (monitor);
  g_object_unref (targets);
  g_object_unref (monitor);
}

/* What is plugged in at the start is there in the first frame, not an instant later. */
static void
test_first_frame (UiTest *test, gconstpointer data)
{
  g_auto (Computer) computer = { 0 };
  FirstFrame frame = { 0 };

  computer_init (&computer);
  show_first_frame (test, &computer, &frame);
  g_assert_cmpstr (frame.page, ==, "empty");
  g_assert_false (frame.spins);
  g_clear_pointer (&frame.page, g_free);

  computer_plug_echokit (&computer, "ttyACM0");
  show_first_frame (test, &computer, &frame);
  g_assert_cmpstr (frame.page, ==, "home");
  g_assert_false (frame.spins);
  g_free (frame.page);
}

int
main (int argc, char **argv)
{
  session_service_start ();
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, ui_test_setup, func, ui_test_teardown)
  ADD ("/window/first-frame-is-complete", test_first_frame);
  ADD ("/window/stays-awake-while-at-work", test_stays_awake);
  ADD ("/window/close/asks-while-at-work", test_closing);
  ADD ("/window/close/ended-meanwhile", test_closing_late);
  ADD ("/window/close/at-rest", test_closing_at_rest);
  ADD ("/window/cancel/harmless-without-a-question", test_cancel_harmless);
  ADD ("/window/cancel/asks", test_cancel_asks);
  ADD ("/window/cancel/too-late", test_cancel_too_late);
  ADD ("/window/notification/in-the-background-only", test_notification);
  ADD ("/window/notification/once-while-listening", test_listening_is_quiet);
  ADD ("/window/memory/size", test_remembers_size);
  ADD ("/window/memory/board", test_remembers_board);
  ADD ("/window/shortcuts/listed-and-existing", test_shortcuts);
#undef ADD

  return g_test_run ();
}
