/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device log's card of a crash: with the names of functions where the program is in the cache. */
#include "config.h"

#include "computer.h"
#include "ek-memory.h"
#include "ek-test.h"
#include "ek-window-private.h"
#include "store-test.h"
#include "ui-test.h"

/* Source: eu-addr2line of the same program, for the address that the simulated crash has. */
static gboolean
has_named_crash (gpointer data)
{
  UiTest *test = data;

  return ui_find_text (GTK_WIDGET (test->window), "ProcessDigital") != NULL;
}

static gboolean
has_crash (gpointer data)
{
  UiTest *test = data;

  return ui_find_text (GTK_WIDGET (test->window), "The firmware crashed.") != NULL;
}

static void
show_crash (UiTest *test)
{
  g_autofree char *image = ek_test_shared_path ("firmware/echokit_boards.bin");
  GtkWidget *label;
  g_autofree char *device = g_strdup_printf ("esp32s3?image=%s&fault=boot-loop", image);

  ui_wait_for_look (ui_test_plug_in (test, device));
  gtk_widget_activate_action (GTK_WIDGET (test->window), "win.show-log", NULL);
  ui_click (test, "Restart the Device");
  ui_wait_for (has_crash, test);
  label = ui_find_text (GTK_WIDGET (test->window), "Details");
  gtk_expander_set_expanded (GTK_EXPANDER (gtk_widget_get_ancestor (label, GTK_TYPE_EXPANDER)),
                             TRUE);
}

static void
test_names_functions (UiTest *test, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards");
  g_auto (World) world = { NULL };
  g_autoptr (EkDownload) elf = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;

  ek_test_skip_without (path);
  world_init (&world);
  world_put (&world, "/echokit_boards", ek_test_read_file (path), NULL);
  url = world_url (&world, "/echokit_boards");
  elf = world_get_kind (&world, url, EK_CONTENT_ELF, &error);
  g_assert_no_error (error);

  ek_log_page_set_store (test->window->log_page, world.store);
  show_crash (test);
  ui_wait_for (has_named_crash, test);
  ek_log_page_set_store (test->window->log_page, NULL);
}

/* Without it the addresses stay, and it is said which program is missing. */
static void
test_tells_what_is_missing (UiTest *test, gconstpointer data)
{
  g_autofree char *path = ek_test_shared_path ("firmware/echokit_boards");
  g_auto (World) world = { NULL };

  ek_test_skip_without (path);
  world_init (&world);
  ek_log_page_set_store (test->window->log_page, world.store);
  show_crash (test);
  ui_assert_text (test, "4cd45df24");
  g_assert_false (has_named_crash (test));
  ek_log_page_set_store (test->window->log_page, NULL);
}

static EkTarget *
plugged_in (Computer *computer)
{
  g_autoptr (GPtrArray) devices = ek_device_enumerate (computer->sys, computer->dev);

  g_assert_cmpuint (devices->len, ==, 1);
  return ek_target_new (devices->pdata[0]);
}

/* The speed at which the firmware talks, as its list said when it was installed, for the next start of
 * the app too. */
static void
test_remembers_the_speed (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (EkMemory) memory = ek_memory_new ();
  g_autoptr (EkTarget) first = NULL;
  g_autoptr (EkTarget) later = NULL;
  g_autoptr (EkTarget) last = NULL;

  computer_init (&computer);
  computer_plug_echokit (&computer, "ttyACM0");
  first = plugged_in (&computer);
  ek_memory_recall_console_baud (memory, first);
  g_assert_cmpuint (ek_target_get_console_baud (first), ==, 0);
  ek_target_set_console_baud (first, 921600);
  ek_memory_keep_console_baud (memory, first);

  later = plugged_in (&computer);
  ek_memory_recall_console_baud (memory, later);
  g_assert_cmpuint (ek_target_get_console_baud (later), ==, 921600);
  /* other firmware, from nowhere that says a speed */
  ek_target_set_console_baud (later, 0);
  ek_memory_keep_console_baud (memory, later);

  last = plugged_in (&computer);
  ek_memory_recall_console_baud (memory, last);
  g_assert_cmpuint (ek_target_get_console_baud (last), ==, 0);
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

  g_test_add ("/device-log/crash/names-functions", UiTest, NULL, ui_test_setup,
              test_names_functions, ui_test_teardown);
  g_test_add ("/device-log/crash/tells-what-is-missing", UiTest, NULL, ui_test_setup,
              test_tells_what_is_missing, ui_test_teardown);
  g_test_add_func ("/device-log/speed/is-remembered", test_remembers_the_speed);
  return g_test_run ();
}
