/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of several devices: each row for itself, the button for those that are chosen. */
#include "config.h"

#include "ek-advice.h"
#include "ek-devices-page.h"
#include "page-test.h"

#define N_DEVICES 3

static const EkOfferFacts box_offer = { .title = "EchoKit Box", .version = "0.3.2" };

typedef struct
{
  PageTest *test;
  EkDeviceMonitor *monitor;
  EkTargetList *targets;
  EkOffer *offer; /* for whoever has a board */
} Devices;

static EkOffer *
find_offer (EkTarget *target, gpointer user_data)
{
  Devices *self = user_data;

  return ek_target_get_board (target) != NULL ? g_object_ref (self->offer) : NULL;
}

static EkDevicesPage *
page (Devices *self)
{
  return EK_DEVICES_PAGE (self->test->page);
}

static EkTarget *
target (Devices *self, guint index)
{
  return ek_target_list_get (self->targets, index);
}

static EkDeviceRow *
row (Devices *self, guint index)
{
  GtkListBox *list = GTK_LIST_BOX (page_test_child (self->test, "list"));

  return EK_DEVICE_ROW (gtk_list_box_get_row_at_index (list, (int) index));
}

static void
plug_in (Devices *self, guint number)
{
  g_autofree char *uri = g_strdup_printf ("sim:esp32s3?mac=98:a3:16:00:00:%02x", number);

  ek_target_list_add_simulated (self->targets, uri);
}

static void
on_emitted (GString *acted, gpointer object)
{
  g_string_assign (acted, object != NULL ? G_OBJECT_TYPE_NAME (object) : "nothing");
}

/* Devices that nobody looks at: no window does. */
static void
devices_init (Devices *self, PageTest *test)
{
  g_autofree char *nowhere = g_build_filename (g_get_tmp_dir (), "ek-no-such-computer", NULL);

  self->test = test;
  self->monitor = ek_device_monitor_new_for_root (nowhere);
  self->targets = ek_target_list_new (self->monitor);
  self->offer = scripted_offer_new (&box_offer);
  ek_devices_page_set_targets (EK_DEVICES_PAGE (test->page), self->targets, find_offer, self);
  g_signal_connect_swapped (test->page, "picked", G_CALLBACK (on_emitted), test->acted);
  g_signal_connect_swapped (test->page, "why", G_CALLBACK (on_emitted), test->acted);
  for (guint i = 0; i < N_DEVICES; i++)
    plug_in (self, i);
}

static void
choose_boards (Devices *self)
{
  for (guint i = 0; i < N_DEVICES; i++)
    ek_target_set_board (target (self, i), "echokit-box");
  ek_devices_page_refresh (page (self));
}

/* The page goes first: it has rows for as long as it lives. */
static void
devices_clear (Devices *self)
{
  page_test_drop_page (self->test);
  ek_target_list_remove_simulated (self->targets);
  g_assert_finalize_object (self->targets);
  g_assert_finalize_object (self->monitor);
  g_assert_finalize_object (self->offer);
}

static void
test_rows_come_and_go (PageTest *test, gconstpointer type)
{
  Devices devices;

  devices_init (&devices, test);
  g_assert_cmpstr (page_test_text (test, "title"), ==, "3 devices are plugged in");
  g_assert_nonnull (row (&devices, 2));
  plug_in (&devices, 7);
  g_assert_cmpstr (page_test_text (test, "title"), ==, "4 devices are plugged in");
  g_assert_true (ek_device_row_get_target (row (&devices, 3)) == target (&devices, 3));
  ek_target_list_remove_simulated (devices.targets);
  g_assert_null (row (&devices, 0));
  devices_clear (&devices);
}

static const char *
subtitle (Devices *self, guint index)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (row (self, index)));
}

static void
test_unknown_boards (PageTest *test, gconstpointer type)
{
  Devices devices;

  devices_init (&devices, test);
  g_assert_cmpstr (page_test_text (test, "button"), ==, "Nothing to Update");
  g_assert_false (gtk_widget_is_sensitive (page_test_child (test, "button")));
  g_assert_cmpstr (subtitle (&devices, 0), ==, "Say which EchoKit it is");
  page_test_assert_names (test);

  /* pressing a row leads to its device */
  g_assert_true (gtk_widget_activate (GTK_WIDGET (row (&devices, 0))));
  g_assert_cmpstr (test->acted->str, ==, "EkTarget");
  devices_clear (&devices);
}

static GtkCheckButton *
check (GtkWidget *widget)
{
  GtkCheckButton *found = GTK_IS_CHECK_BUTTON (widget) ? GTK_CHECK_BUTTON (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = check (child);
  return found;
}

static void
test_choosing (PageTest *test, gconstpointer type)
{
  Devices devices;

  devices_init (&devices, test);
  choose_boards (&devices);
  g_assert_cmpstr (page_test_text (test, "button"), ==, "_Update 3 Devices");
  gtk_check_button_set_active (check (GTK_WIDGET (row (&devices, 1))), FALSE);
  g_assert_cmpstr (page_test_text (test, "button"), ==, "_Update 2 Devices");

  /* up to date: nothing to do there */
  ek_target_set_installed (target (&devices, 0), "echokit-box", "0.3.2");
  g_assert_cmpstr (subtitle (&devices, 0), ==, "runs 0.3.2 · not a real device · up to date");
  g_assert_cmpstr (page_test_text (test, "button"), ==, "_Update 1 Device");
  g_assert_false (gtk_widget_is_sensitive (GTK_WIDGET (check (GTK_WIDGET (row (&devices, 0))))));

  /* a device that can't be used now */
  ek_device_set_state (ek_target_get_device (target (&devices, 2)), EK_DEVICE_BUSY, NULL);
  g_assert_cmpstr (page_test_text (test, "button"), ==, "Nothing to Update");
  devices_clear (&devices);
}

/* Two of a name are told apart by what is printed on them. */
static void
test_titles (PageTest *test, gconstpointer type)
{
  GtkWidget *widget;

  ek_target_set_board (test->target, "echokit-box");
  widget = g_object_ref_sink (ek_device_row_new (test->target));
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), ==,
                   "EchoKit Box · D84A");
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (widget)), ==, "connected");
  g_assert_finalize_object (widget);
}

/* Lets row @index work on a scripted job. */
static EkOperation *
run (Devices *self, guint index)
{
  EkOperation *operation = scripted_operation_new (target (self, index), NULL);

  ek_device_row_run (row (self, index), operation);
  return operation;
}

static void
test_one_fails_alone (PageTest *test, gconstpointer type)
{
  Devices devices;
  EkOperation *good, *bad;

  devices_init (&devices, test);
  choose_boards (&devices);
  good = run (&devices, 0);
  bad = run (&devices, 1);
  g_assert_true (ek_devices_page_is_at_work (page (&devices)));
  g_assert_cmpstr (page_test_text (test, "button"), ==, "_Update 1 Device");
  page_test_assert_names (test);
  page_test_click (test, "Stop All", "win.cancel");

  scripted_job_begin (scripted_operation_get_job (good), EK_PHASE_WRITE, 1000);
  g_assert_cmpstr (subtitle (&devices, 0), ==, "Write");
  scripted_job_begin (scripted_operation_get_job (bad), EK_PHASE_WRITE, 1000);
  scripted_job_fail (scripted_operation_get_job (bad), EK_ERROR_LINK_LOST);
  g_assert_cmpstr (subtitle (&devices, 1), ==, ek_advice_for_code (EK_ERROR_LINK_LOST)->title);
  g_assert_true (ek_devices_page_is_at_work (page (&devices)));
  page_test_click (test, "Why?", "ScriptedOperation");

  scripted_job_succeed (scripted_operation_get_job (good));
  g_assert_false (ek_devices_page_is_at_work (page (&devices)));
  g_assert_null (ui_find_button (test->page, "Stop All"));
  /* it can be tried again */
  g_assert_true (ek_device_row_is_chosen (row (&devices, 1)));
  g_object_unref (good);
  g_object_unref (bad);
  devices_clear (&devices);
}

static void
test_stop_all (PageTest *test, gconstpointer type)
{
  Devices devices;
  g_autoptr (EkOperation) first = NULL;
  g_autoptr (EkOperation) second = NULL;

  devices_init (&devices, test);
  choose_boards (&devices);
  first = run (&devices, 0);
  second = run (&devices, 1);
  ek_devices_page_cancel (page (&devices));
  while (ek_devices_page_is_at_work (page (&devices)))
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (ek_operation_get_error (first), EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_error (ek_operation_get_error (second), EK_ERROR, EK_ERROR_CANCELLED);
  devices_clear (&devices);
}

static void
test_narrow (PageTest *test, gconstpointer type)
{
  Devices devices;

  devices_init (&devices, test);
  page_test_assert_narrow (test, "unknown boards");
  choose_boards (&devices);
  page_test_assert_narrow (test, "to be updated");
  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      g_autoptr (EkOperation) operation = run (&devices, 0);

      page_test_assert_narrow (test, "at work");
      scripted_job_fail (scripted_operation_get_job (operation), code);
      page_test_assert_narrow (test, ek_error_name (code));
    }
  devices_clear (&devices);
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) page_test_add (path, EK_TYPE_DEVICES_PAGE, func)
  ADD ("/pages/devices/come-and-go", test_rows_come_and_go);
  ADD ("/pages/devices/unknown-boards", test_unknown_boards);
  ADD ("/pages/devices/choosing", test_choosing);
  ADD ("/pages/devices/titles", test_titles);
  ADD ("/pages/devices/one-fails-alone", test_one_fails_alone);
  ADD ("/pages/devices/stop-all", test_stop_all);
  ADD ("/narrow/devices", test_narrow);
#undef ADD

  return g_test_run ();
}
