/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages without much life of their own: nothing plugged in, which EchoKit, done, details. */
#include "config.h"

#include <glib/gi18n.h>

#include "ek-board-page.h"
#include "ek-details-page.h"
#include "ek-done-page.h"
#include "ek-empty-page.h"
#include "page-test.h"

static void
test_empty (PageTest *test, gconstpointer type)
{
  page_test_assert_names (test);
  g_assert_nonnull (ui_find_text (test->page, "EchoKit Box: the socket marked SLAVE"));
  g_assert_nonnull (ui_find_text (test->page, "EchoKit DIY: the socket marked OTG"));
  g_assert_nonnull (ui_find_text (test->page, "The cable must carry data"));
  page_test_click (test, "It's Plugged In, but Nothing Happens", "win.no-device-help");
  page_test_click (test, "Try With a Simulated EchoKit", "win.simulate");
}

static void
test_empty_narrow (PageTest *test, gconstpointer type)
{
  page_test_assert_narrow (test, "nothing plugged in");
}

static EkBoardPage *
board_page (PageTest *test)
{
  return EK_BOARD_PAGE (test->page);
}

static void
choose (PageTest *test, const char *id)
{
  gtk_check_button_set_active (GTK_CHECK_BUTTON (page_test_child (test, id)), TRUE);
}

static GtkWidget *
continue_button (PageTest *test)
{
  return ui_find_button (test->page, "Continue");
}

/* Nothing is chosen for a person whose device nobody knows. */
static void
test_board_unknown (PageTest *test, gconstpointer type)
{
  ek_board_page_set_target (board_page (test), test->target);
  g_assert_null (ek_board_page_get_board (board_page (test)));
  g_assert_false (gtk_widget_is_sensitive (continue_button (test)));
  g_assert_nonnull (strstr (page_test_text (test, "reason"), "remembers your answer"));
  page_test_assert_names (test);

  choose (test, "diy");
  g_assert_cmpstr (ek_board_page_get_board (board_page (test)), ==, "echokit-diy");
  choose (test, "box");
  g_assert_cmpstr (ek_board_page_get_board (board_page (test)), ==, "echokit-box");
  g_assert_null (ek_target_get_board (test->target));
  page_test_click (test, "Continue", "win.board-chosen");
  g_assert_cmpstr (ek_target_get_board (test->target), ==, "echokit-box");
}

static void
test_board_likelier (PageTest *test, gconstpointer type)
{
  ek_target_set_installed (test->target, "echokit-diy", "0.3.1");
  ek_board_page_set_target (board_page (test), test->target);
  g_assert_cmpstr (ek_board_page_get_board (board_page (test)), ==, "echokit-diy");
  g_assert_cmpstr (page_test_text (test, "reason"), ==, "It ran EchoKit DIY 0.3.1 before.");

  /* a change of mind */
  choose (test, "box");
  page_test_click (test, "Continue", "win.board-chosen");
  ek_board_page_set_target (board_page (test), test->target);
  g_assert_cmpstr (ek_board_page_get_board (board_page (test)), ==, "echokit-box");
}

/* The answer for one device is none for the next. */
static void
test_board_next_device (PageTest *test, gconstpointer type)
{
  g_autoptr (EkDevice) device = ek_device_new_simulated ("sim:esp32s3");
  EkTarget *simulated = ek_target_new (device);

  ek_board_page_set_target (board_page (test), simulated);
  g_assert_cmpstr (ek_board_page_get_board (board_page (test)), ==, "echokit-box");
  g_assert_nonnull (strstr (page_test_text (test, "reason"), "simulated"));
  ek_board_page_set_target (board_page (test), test->target);
  g_assert_finalize_object (simulated);
  g_assert_null (ek_board_page_get_board (board_page (test)));
  g_assert_false (gtk_widget_is_sensitive (continue_button (test)));
}

static void
test_board_narrow (PageTest *test, gconstpointer type)
{
  ek_board_page_set_target (board_page (test), test->target);
  page_test_assert_narrow (test, "which EchoKit, unknown");
  ek_target_set_installed (test->target, "echokit-diy", "0.3.1-12-g1234567-dirty");
  ek_board_page_set_target (board_page (test), test->target);
  page_test_assert_narrow (test, "which EchoKit, known");
}

static void
show_done (PageTest *test, const EkOperationResult *result, const char *line)
{
  EkOperation *operation = scripted_operation_new (test->target, NULL);

  scripted_operation_set_result (operation, result);
  if (line != NULL)
    ek_operation_add_line (operation, line);
  ek_done_page_set_operation (EK_DONE_PAGE (test->page), operation);
  /* the page needs it no longer than to read it */
  g_assert_finalize_object (operation);
}

static void
test_done (PageTest *test, gconstpointer type)
{
  show_done (test, &(EkOperationResult){ .title = "It is the same" }, NULL);
  g_assert_cmpstr (page_test_text (test, "title"), ==, "It is the same");
  g_assert_cmpstr (page_test_text (test, "body"), ==, "");
  g_assert_false (page_test_sees (test, "link_button"));
  g_assert_false (page_test_sees (test, "log_button"));
  page_test_assert_names (test);
  page_test_click (test, "Done", "win.home");

  show_done (test,
             &(EkOperationResult){ .title = "Your EchoKit is ready",
                                   .body = "It started with 0.3.2.",
                                   .link_label = "Open the _Set-up Page",
                                   .link_uri = "https://echokit.dev/setup/" },
             "I (31) boot: ESP-IDF v5.4.1");
  g_assert_cmpstr (page_test_text (test, "body"), ==, "It started with 0.3.2.");
  g_assert_nonnull (ui_find_button (test->page, "Open the Set-up Page"));
  page_test_click (test, "Show Device Log", "win.show-log");

  /* nothing stays of the operation before */
  show_done (test, &(EkOperationResult){ .title = "Everything is erased", .body = "Empty." }, NULL);
  g_assert_false (page_test_sees (test, "link_button"));
  g_assert_false (page_test_sees (test, "log_button"));
}

static void
test_done_narrow (PageTest *test, gconstpointer type)
{
  const char *titles[] = { _ ("Your EchoKit is up to date"),
                           _ ("Your EchoKit is ready"),
                           _ ("The simulated EchoKit is up to date"),
                           _ ("The backup is saved"),
                           _ ("The backup is back on the device"),
                           _ ("It is the same"),
                           _ ("It is not the same"),
                           _ ("Everything is erased") };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      EkOperationResult result = {
        .title = (char *) titles[i],
        .body = (char *) _ ("Installed and checked. Its start could not be heard over this cable: "
                            "look at its screen for the QR code or the clock."),
        .link_label = (char *) _ ("Open the _Set-up Page"),
        .link_uri = (char *) "https://echokit.dev/setup/",
      };

      show_done (test, &result, "a line");
      page_test_assert_narrow (test, titles[i]);
    }
}

static void
test_details (PageTest *test, gconstpointer type)
{
  ek_details_page_set_target (EK_DETAILS_PAGE (test->page), test->target);
  g_assert_nonnull (ui_find_text (test->page, ek_target_get_title (test->target)));
  g_assert_nonnull (ui_find_text (test->page, "/nonexistent/ttyACM0"));
  /* what nobody has found out is not shown */
  g_assert_null (ui_find_text (test->page, "Chip"));
  page_test_assert_names (test);
}

static gboolean
is_row (GtkWidget *widget, const char *title)
{
  return ADW_IS_ACTION_ROW (widget) &&
         g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title);
}

static void
press_row (GtkWidget *widget, const char *title)
{
  if (is_row (widget, title))
    {
      g_assert_true (gtk_widget_activate (widget));
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    press_row (child, title);
}

static void
test_details_rows (PageTest *test, gconstpointer type)
{
  static const struct
  {
    const char *title;
    const char *action;
  } rows[] = {
    { "Device _log", "win.show-log" },         { "Save a _backup…", "win.backup" },
    { "_Compare with a file…", "win.verify" }, { "Bring a backup _back…", "win.restore" },
    { "_Install a file…", "win.open-file" },   { "_Erase everything…", "win.erase" },
  };

  ek_details_page_set_target (EK_DETAILS_PAGE (test->page), test->target);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_string_truncate (test->acted, 0);
      press_row (test->page, rows[i].title);
      g_assert_cmpstr (test->acted->str, ==, rows[i].action);
    }
}

/* What was found out comes while the page is shown, and goes with the device it was of. */
static void
test_details_learns (PageTest *test, gconstpointer type)
{
  g_autoptr (EkDevice) device = ek_device_new_simulated ("sim:esp32s3");
  EkTarget *simulated = ek_target_new (device);

  ek_details_page_set_target (EK_DETAILS_PAGE (test->page), simulated);
  g_assert_null (ui_find_text (test->page, "ESP32-S3"));
  ek_target_look (simulated);
  ui_wait_for_look (simulated);
  g_assert_nonnull (ui_find_text (test->page, "ESP32-S3"));
  g_assert_nonnull (ui_find_text (test->page, "16.0\302\240MiB"));
  page_test_assert_names (test);
  page_test_assert_narrow (test, "details");

  ek_details_page_set_target (EK_DETAILS_PAGE (test->page), test->target);
  g_assert_null (ui_find_text (test->page, "ESP32-S3"));
  g_assert_finalize_object (simulated);
}

static void
test_details_narrow (PageTest *test, gconstpointer type)
{
  ek_target_set_board (test->target, "echokit-box");
  ek_details_page_set_target (EK_DETAILS_PAGE (test->page), test->target);
  page_test_assert_narrow (test, "details");
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

  page_test_add ("/pages/empty/what-goes-where", EK_TYPE_EMPTY_PAGE, test_empty);
  page_test_add ("/pages/board/unknown", EK_TYPE_BOARD_PAGE, test_board_unknown);
  page_test_add ("/pages/board/likelier-answer", EK_TYPE_BOARD_PAGE, test_board_likelier);
  page_test_add ("/pages/board/next-device", EK_TYPE_BOARD_PAGE, test_board_next_device);
  page_test_add ("/pages/done/what-there-is-to-say", EK_TYPE_DONE_PAGE, test_done);
  page_test_add ("/pages/details/unseen-device", EK_TYPE_DETAILS_PAGE, test_details);
  page_test_add ("/pages/details/rows", EK_TYPE_DETAILS_PAGE, test_details_rows);
  page_test_add ("/pages/details/learns", EK_TYPE_DETAILS_PAGE, test_details_learns);
  page_test_add ("/narrow/empty", EK_TYPE_EMPTY_PAGE, test_empty_narrow);
  page_test_add ("/narrow/board", EK_TYPE_BOARD_PAGE, test_board_narrow);
  page_test_add ("/narrow/done", EK_TYPE_DONE_PAGE, test_done_narrow);
  page_test_add ("/narrow/details", EK_TYPE_DETAILS_PAGE, test_details_narrow);

  return g_test_run ();
}
