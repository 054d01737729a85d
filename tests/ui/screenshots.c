/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a picture of every page and state: screenshots FOLDER [dark] [narrow]. See scripts/screenshots. */
#include "config.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "ek-test.h"
#include "ek-window-private.h"
#include "ui-test.h"

#define WIDE   560
#define TALL   700
#define NARROW 360

static const char *folder;

static gboolean
is_due (gpointer data)
{
  return *(gboolean *) data;
}

static gboolean
on_due (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets what was asked for be laid out and drawn. */
static void
settle (guint ms)
{
  gboolean due = FALSE;

  g_timeout_add (ms, on_due, &due);
  ui_wait_for (is_due, &due);
}

static void
take (GtkWidget *widget, const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s/%s.png", folder, name);
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  paintable = gtk_widget_paintable_new (widget);
  /* a widget that was told to be drawn anew has no picture until the next frame */
  while (node == NULL)
    {
      GtkSnapshot *snapshot = gtk_snapshot_new ();

      settle (200);
      gdk_paintable_snapshot (paintable, snapshot, gdk_paintable_get_intrinsic_width (paintable),
                              gdk_paintable_get_intrinsic_height (paintable));
      node = gtk_snapshot_free_to_node (snapshot);
    }
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (widget)), node, NULL);
  if (!gdk_texture_save_to_png (texture, file))
    g_error ("%s can't be written", file);
}

static void
take_window (UiTest *test, const char *name)
{
  take (GTK_WIDGET (test->window), name);
}

static void
take_problems (UiTest *test)
{
  for (guint i = 0; i < EK_N_ERRORS; i++)
    {
      g_autoptr (GError) error = g_error_new (EK_ERROR, (int) i, "/dev/ttyACM0: an example");
      g_autofree char *name = g_strdup_printf ("problem-%s", ek_error_name (i));

      ek_window_show_problem (test->window, error, NULL);
      take_window (test, name);
    }
  ek_window_go_home (test->window);
}

static gboolean
is_half_way (gpointer data)
{
  EkWindow *window = data;

  return window->operation != NULL && ek_operation_get_step (window->operation) == EK_STEP_WRITE &&
         ek_operation_get_fraction (window->operation) > 0.4;
}

static void
act (UiTest *test, const char *action)
{
  gtk_widget_activate_action (GTK_WIDGET (test->window), action, NULL);
}

static void
take_dialog (UiTest *test, const char *name)
{
  GtkWindow *dialog = ui_find_dialog (test);

  take (GTK_WIDGET (dialog), name);
  gtk_window_destroy (dialog);
}

static void
take_update (UiTest *test)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=1");

  ui_wait_for_look (target);
  take_window (test, "home");
  act (test, "win.choose-board");
  take_window (test, "board");
  ek_target_set_board (target, "echokit-box");
  act (test, "win.home");
  act (test, "win.install");
  ui_wait_for (is_half_way, test->window);
  take_window (test, "progress");
  act (test, "win.cancel");
  take_dialog (test, "progress-stop");
  ui_wait_for_page (test, "done");
  take_window (test, "done");
  act (test, "win.home");
  take_window (test, "home-up-to-date");
  act (test, "win.details");
  take_window (test, "details");
  act (test, "win.erase");
  take_dialog (test, "erase");
  act (test, "win.show-log");
  ek_monitor_restart_device (ek_log_page_get_monitor (test->window->log_page));
  settle (2500);
  take_window (test, "log");
  act (test, "win.home");
  ek_target_list_remove_simulated (test->targets);
}

/* What the home page says of devices that are not as they should be. */
static void
take_homes (UiTest *test)
{
  static const struct
  {
    const char *options;
    const char *name;
  } homes[] = {
    { "esp32s3?blank", "home-blank" },
    { "esp32s3?fault=mute", "home-mute" },
    { "esp32s3?pace=0.5", "home-looking" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (homes); i++)
    {
      EkTarget *target = ui_test_plug_in (test, homes[i].options);

      if (!g_str_equal (homes[i].name, "home-looking"))
        ui_wait_for_look (target);
      take_window (test, homes[i].name);
      ui_wait_for_look (target);
      ek_target_list_remove_simulated (test->targets);
    }
}

/* The @nth widget of @type, from 0. */
static GtkWidget *
find_nth (GtkWidget *widget, GType type, guint *nth)
{
  GtkWidget *found = NULL;

  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type) && (*nth)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_nth (child, type, nth);
  return found;
}

static void
type_wifi (UiTest *test, const char *name, const char *password, const char *server)
{
  const char *const texts[] = { name, password, server };
  guint first = 0;
  GtkWidget *row = find_nth (GTK_WIDGET (test->window->home_page), ADW_TYPE_EXPANDER_ROW, &first);

  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (row), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      guint nth = i;

      gtk_editable_set_text (GTK_EDITABLE (find_nth (row, GTK_TYPE_TEXT, &nth)), texts[i]);
    }
}

static void
scroll_down (GtkWidget *page)
{
  guint first = 0;
  GtkWidget *scrolled = find_nth (page, GTK_TYPE_SCROLLED_WINDOW, &first);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));

  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
}

static void
offer_release (UiTest *test, EkOffer *offer, const char *version, const char *newest)
{
  g_autoptr (GDateTime) time = g_date_time_new_utc (2026, 5, 5, 0, 0, 0);
  g_autofree char *date = g_date_time_format (time, _ ("%-d %B %Y"));
  EkOfferFacts facts = { .title = "EchoKit Box",
                         .version = version,
                         .board = "echokit-box",
                         .size = 2775918,
                         .note = date };

  ek_offer_set_facts (offer, &facts);
  ek_home_page_set_offer (test->window->home_page, offer);
  ek_home_page_set_newest_release (test->window->home_page, newest);
}

/* What can be chosen on the home page, and what the list says of its firmware. */
static void
take_choices (UiTest *test)
{
  g_autoptr (EkStore) store = ek_store_new (test->root);
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");
  g_autoptr (EkLists) lists = ek_lists_new (store, settings);
  g_autoptr (EkOffer) offer = ek_lists_find_offer (lists, "echokit-box");
  EkTarget *target = ui_test_plug_in (test, "esp32s3");

  ek_target_set_board (target, "echokit-box");
  ui_wait_for_look (target);
  offer_release (test, offer, "v0.3.2", "v0.3.2");
  take_window (test, "home-newest");
  offer_release (test, offer, "v0.3.1", "v0.3.2");
  take_window (test, "home-list-is-behind");
  g_settings_set_boolean (settings, "backup-first", TRUE);
  type_wifi (test, "Home Sweet Home", "correct horse", "ws://edge.echokit.dev/ws");
  take_window (test, "home-wifi");
  type_wifi (test, "Home Sweet Home", "", "wss://edge.echokit.dev/ws");
  ek_home_page_check (test->window->home_page);
  take_window (test, "home-wifi-refused");
  scroll_down (GTK_WIDGET (test->window->home_page));
  take_window (test, "home-wifi-refused-below");
  g_settings_reset (settings, "backup-first");
  ek_target_list_remove_simulated (test->targets);
}

static gboolean
is_reading (gpointer data)
{
  EkWindow *window = data;

  return window->operation != NULL && ek_operation_get_fraction (window->operation) > 0.2;
}

static void
take_backup (UiTest *test)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?pace=2");
  g_autofree char *path = g_build_filename (test->root, "echokit-box-D84A-2026-11-03.bin", NULL);
  g_autofree char *manifest = g_strconcat (path, ".json", NULL);
  EkInstallOptions options = { .kind = EK_INSTALL_UPDATE,
                               .board = "echokit-box",
                               .backup_path = path };
  g_autoptr (EkOperation) operation = NULL;

  ek_target_set_board (target, "echokit-box");
  ui_wait_for_look (target);
  operation = ek_install_operation_new (target, test->window->demo, &options);
  ek_window_run (test->window, operation);
  ui_wait_for (is_reading, test->window);
  take_window (test, "progress-backup");
  ui_wait_for_page (test, "done");
  take_window (test, "done-backup");
  act (test, "win.home");
  ek_target_list_remove_simulated (test->targets);
  g_unlink (path);
  g_unlink (manifest);
}

/* A page that asks for the hands, reached through an installation. */
static void
take_failed_install (UiTest *test, const char *options, const char *name)
{
  EkTarget *target = ui_test_plug_in (test, options);

  ui_wait_for_look (target);
  ek_target_set_board (target, "echokit-diy");
  act (test, "win.install");
  ui_wait_for_page (test, "problem");
  take_window (test, name);
  act (test, "win.home");
  ek_target_list_remove_simulated (test->targets);
}

static gboolean
has_crash (gpointer data)
{
  return ui_find_text (data, "crashed") != NULL || ui_find_text (data, "abgestürzt") != NULL ||
         ui_find_text (data, "崩溃") != NULL;
}

static void
take_crash (UiTest *test)
{
  EkTarget *target = ui_test_plug_in (test, "esp32s3?fault=boot-loop");

  ui_wait_for_look (target);
  act (test, "win.show-log");
  ek_monitor_restart_device (ek_log_page_get_monitor (test->window->log_page));
  ui_wait_for (has_crash, test->window);
  take_window (test, "log-crash");
  act (test, "win.home");
  ek_target_list_remove_simulated (test->targets);
}

static void
take_firmware (UiTest *test)
{
  g_autoptr (EkStore) store = ek_store_new (test->root);
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");
  g_autoptr (EkLists) library = ek_lists_new (store, settings);

  ek_firmware_page_set_library (test->window->firmware_page, library);
  ek_window_show_page (test->window, "firmware");
  take_window (test, "firmware");
  ek_window_go_home (test->window);
}

static void
take_devices (UiTest *test)
{
  EkTarget *first = ui_test_plug_in (test, "esp32s3?mac=98:a3:16:00:00:01&pace=1");
  EkTarget *second = ui_test_plug_in (test, "esp32s3?mac=98:a3:16:00:00:02&fault=mute");

  ek_target_set_board (first, "echokit-box");
  ek_target_set_board (second, "echokit-diy");
  ui_wait_for_look (first);
  ui_wait_for_look (second);
  take_window (test, "devices");
  gtk_widget_activate_action (GTK_WIDGET (test->window->devices_page), "devices.update", NULL);
  settle (4000);
  take_window (test, "devices-progress");
}

static void
take_others (UiTest *test)
{
  GtkWidget *shortcuts =
      GTK_WIDGET (gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (test->window)));

  ek_dialog_about (GTK_WINDOW (test->window));
  take (GTK_WIDGET (
            g_list_model_get_item (gtk_window_get_toplevels (),
                                   g_list_model_get_n_items (gtk_window_get_toplevels ()) - 1)),
        "about");
  if (shortcuts != NULL)
    {
      gtk_window_present (GTK_WINDOW (shortcuts));
      take (shortcuts, "shortcuts");
    }
}

int
main (int argc, char **argv)
{
  UiTest test = { 0 };

  folder = argv[1];
  ui_test_init (&argc, &argv);
  if (g_strv_contains ((const char *const *) argv, "dark"))
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                        ADW_COLOR_SCHEME_FORCE_DARK);

  ui_test_setup (&test, NULL);
  gtk_window_set_default_size (GTK_WINDOW (test.window),
                               g_strv_contains ((const char *const *) argv, "narrow") ? NARROW
                                                                                      : WIDE,
                               TALL);
  take_window (&test, "empty");
  take_firmware (&test);
  take_problems (&test);
  take_homes (&test);
  take_choices (&test);
  take_backup (&test);
  take_failed_install (&test, "esp32s3?fault=mute", "listening");
  take_failed_install (&test, "esp32s3?fault=boot-loop", "installed-boot-loop");
  take_crash (&test);
  take_update (&test);
  take_others (&test);
  take_devices (&test);
  return 0;
}
