/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of one device: each situation has one button, and it says what it does. */
#include "config.h"

#include "ek-home-page.h"
#include "ek-wifi-row.h"
#include "page-test.h"

static const EkOfferFacts box_offer = { .title = "EchoKit Box",
                                        .version = "0.3.2",
                                        .board = "echokit-box",
                                        .size = 1700000 };

static EkHomePage *
page (PageTest *test)
{
  return EK_HOME_PAGE (test->page);
}

/* Takes part in what the page shows until it is let go of. */
static EkOffer *
show (PageTest *test, const EkOfferFacts *facts, gboolean has_lists)
{
  EkOffer *offer = facts != NULL ? scripted_offer_new (facts) : NULL;

  ek_home_page_set_target (page (test), test->target);
  ek_home_page_set_offer (page (test), offer);
  ek_home_page_set_has_lists (page (test), has_lists);
  return offer;
}

static void
release (PageTest *test, EkOffer *offer)
{
  ek_home_page_set_offer (page (test), NULL);
  g_assert_finalize_object (offer);
}

static const char *
row_title (PageTest *test, const char *id)
{
  return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (page_test_child (test, id)));
}

static gboolean
can_press (PageTest *test)
{
  return gtk_widget_is_sensitive (page_test_child (test, "button"));
}

static void
test_no_offer (PageTest *test, gconstpointer type)
{
  show (test, NULL, FALSE);
  g_assert_cmpstr (page_test_text (test, "status"), ==, "connected");
  g_assert_false (page_test_sees (test, "offer_row"));
  g_assert_false (page_test_sees (test, "keep_row"));
  page_test_assert_names (test);
  page_test_click (test, "Choose a File…", "win.open-file");
}

static void
test_ask_first (PageTest *test, gconstpointer type)
{
  show (test, NULL, TRUE);
  g_assert_false (page_test_sees (test, "board_row"));
  page_test_click (test, "Choose Which EchoKit…", "win.choose-board");

  /* known, but the lists have nothing for it */
  ek_target_set_board (test->target, "echokit-box");
  g_assert_true (page_test_sees (test, "board_row"));
  page_test_click (test, "Choose a File…", "win.open-file");
}

static void
test_blocked (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  ek_device_set_state (test->device, EK_DEVICE_NO_PERMISSION, NULL);
  g_assert_cmpstr (page_test_text (test, "status"), ==, "needs permission");
  g_assert_true (gtk_widget_has_css_class (page_test_child (test, "dot"), "warning"));
  g_assert_false (page_test_sees (test, "offer_row"));
  page_test_click (test, "Show What to Do", "win.explain");

  ek_device_set_state (test->device, EK_DEVICE_BUSY, NULL);
  g_assert_cmpstr (page_test_text (test, "status"), ==, "used by another program");
  page_test_click (test, "Show What to Do", "win.explain");

  /* it goes on without a press */
  ek_device_set_state (test->device, EK_DEVICE_READY, NULL);
  g_assert_true (gtk_widget_has_css_class (page_test_child (test, "dot"), "success"));
  g_assert_false (gtk_widget_has_css_class (page_test_child (test, "dot"), "warning"));
  page_test_click (test, "Install", "win.install");
  release (test, offer);
}

static void
test_install (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  g_assert_cmpstr (row_title (test, "offer_row"), ==, "Install EchoKit Box 0.3.2");
  g_assert_cmpint (ek_home_page_get_kind (page (test)), ==, EK_INSTALL_FIRST);
  g_assert_true (page_test_sees (test, "keep_row"));
  page_test_assert_names (test);
  page_test_click (test, "Install", "win.install");

  /* what runs on it is of nobody whom the lists know */
  ek_target_set_installed (test->target, NULL, "7.0");
  g_assert_cmpint (ek_home_page_get_kind (page (test)), ==, EK_INSTALL_FIRST);
  page_test_click (test, "Install", "win.install");
  release (test, offer);
}

static void
test_update (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  ek_target_set_installed (test->target, "echokit-box", "0.3.0");
  g_assert_cmpstr (page_test_text (test, "title"), ==, "EchoKit Box");
  g_assert_cmpstr (page_test_text (test, "status"), ==, "runs 0.3.0 · connected");
  g_assert_cmpstr (row_title (test, "offer_row"), ==, "Update to 0.3.2");
  g_assert_cmpint (ek_home_page_get_kind (page (test)), ==, EK_INSTALL_UPDATE);
  g_assert_false (page_test_sees (test, "again_button"));
  page_test_click (test, "Update", "win.install");

  ek_target_set_installed (test->target, "echokit-box", "0.4.0");
  g_assert_cmpstr (row_title (test, "offer_row"), ==, "Go back to 0.3.2");
  release (test, offer);
}

static void
test_up_to_date (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  ek_target_set_installed (test->target, "echokit-box", "0.3.2");
  g_assert_cmpstr (row_title (test, "offer_row"), ==, "0.3.2 is installed");
  g_assert_cmpstr (page_test_text (test, "button"), ==, "Up to Date");
  g_assert_false (can_press (test));
  g_assert_cmpint (ek_home_page_get_kind (page (test)), ==, EK_INSTALL_AGAIN);
  page_test_click (test, "Install Again", "win.install");
  release (test, offer);
}

/* Nothing can be pressed while somebody else has the device. */
static void
test_busy (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  ek_target_set_busy (test->target, TRUE);
  g_assert_cmpstr (page_test_text (test, "status"), ==, "being worked on");
  g_assert_false (can_press (test));
  ek_target_set_busy (test->target, FALSE);
  g_assert_true (can_press (test));
  release (test, offer);
}

/* A look that nobody answers ends with what can still be done. */
static void
test_look (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  ek_target_look (test->target);
  g_assert_cmpstr (page_test_text (test, "status"), ==, "finding out what runs on it…");
  g_assert_false (can_press (test));
  ui_wait_for_look (test->target);
  g_assert_cmpstr (page_test_text (test, "status"), ==, "connected, but it doesn't answer");
  page_test_click (test, "Install", "win.install");
  release (test, offer);
}

/* A list says which version it has only when its file was fetched. */
static void
test_offer_learns (PageTest *test, gconstpointer type)
{
  EkOffer *offer =
      show (test, &(EkOfferFacts){ .title = "EchoKit Box", .board = "echokit-box" }, TRUE);

  ek_target_set_installed (test->target, "echokit-box", "0.3.2");
  g_assert_cmpstr (row_title (test, "offer_row"), ==, "Install EchoKit Box");
  ek_offer_set_facts (offer, &box_offer);
  g_assert_cmpstr (row_title (test, "offer_row"), ==, "0.3.2 is installed");
  g_assert_cmpstr (page_test_text (test, "button"), ==, "Up to Date");
  release (test, offer);
}

/* A file may be called anything. */
static void
test_odd_names (PageTest *test, gconstpointer type)
{
  EkOfferFacts facts = { .title = "Tom & Jerry <b>_2_</b>", .version = "1<2&3", .note = "a & b" };
  EkOffer *offer = show (test, &facts, FALSE);

  g_assert_nonnull (ui_find_text (test->page, "Tom & Jerry <b>2</b> 1<2&3"));
  g_assert_nonnull (ui_find_text (test->page, "a & b"));
  release (test, offer);
}

static void
press (PageTest *test, const char *id)
{
  g_string_truncate (test->acted, 0);
  g_assert_true (gtk_widget_activate (page_test_child (test, id)));
}

static void
test_rows (PageTest *test, gconstpointer type)
{
  EkOffer *offer = show (test, &box_offer, TRUE);

  ek_target_set_board (test->target, "echokit-box");
  press (test, "offer_row");
  g_assert_cmpstr (test->acted->str, ==, "win.choose-firmware");
  press (test, "board_row");
  g_assert_cmpstr (test->acted->str, ==, "win.choose-board");
  g_assert_true (ek_home_page_get_keep_settings (page (test)));
  press (test, "keep_row");
  g_assert_false (ek_home_page_get_keep_settings (page (test)));

  /* with nothing to choose from, there is no row to press */
  ek_home_page_set_has_lists (page (test), FALSE);
  g_assert_false (page_test_sees (test, "offer_arrow"));
  g_assert_false (
      gtk_list_box_row_get_activatable (GTK_LIST_BOX_ROW (page_test_child (test, "offer_row"))));
  release (test, offer);
}

/* To lose one's settings is chosen for one device, not for the next one too. */
static void
test_next_device (PageTest *test, gconstpointer type)
{
  g_autoptr (EkDevice) device = ek_device_new_simulated ("sim:esp32s3");
  EkTarget *next = ek_target_new (device);

  show (test, NULL, FALSE);
  gtk_switch_set_active (GTK_SWITCH (page_test_child (test, "keep_switch")), FALSE);
  ek_home_page_set_target (page (test), next);
  g_assert_true (ek_home_page_get_keep_settings (page (test)));
  g_assert_cmpstr (page_test_text (test, "status"), ==, "not a real device");
  ek_home_page_set_target (page (test), NULL);
  g_assert_finalize_object (next);
}

static void
test_narrow (PageTest *test, gconstpointer type)
{
  EkOfferFacts facts = { .title = "EchoKit Box",
                         .version = "0.3.2-rc.1-g1234567",
                         .size = 16 << 20,
                         .note = "no internet, saved on 30 September 2026" };
  const EkDeviceState states[] = { EK_DEVICE_NO_PERMISSION, EK_DEVICE_BUSY, EK_DEVICE_SETTLING,
                                   EK_DEVICE_RESTARTING,    EK_DEVICE_GONE, EK_DEVICE_READY };
  EkOffer *offer;

  show (test, NULL, FALSE);
  page_test_assert_narrow (test, "no offer");
  ek_home_page_set_has_lists (page (test), TRUE);
  page_test_assert_narrow (test, "which EchoKit");
  offer = show (test, &facts, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      ek_device_set_state (test->device, states[i], NULL);
      page_test_assert_narrow (test, ek_device_state_name (states[i]));
    }
  ek_target_set_installed (test->target, "echokit-box", "0.3.0-rc.1-g1234567");
  page_test_assert_narrow (test, "update");
  ek_target_set_installed (test->target, "echokit-box", facts.version);
  page_test_assert_narrow (test, "up to date");
  release (test, offer);
}

static void
type_into (GtkWidget *widget, const char *text)
{
  if (GTK_IS_EDITABLE (widget) && ADW_IS_PREFERENCES_ROW (widget))
    gtk_editable_set_text (GTK_EDITABLE (widget), text);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    type_into (child, text);
}

/* Unfolded, with everything that can be wrong in it. */
static void
test_wifi_narrow (PageTest *test, gconstpointer type)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (page_test_child (test, "wifi_row"));
  EkOffer *offer = show (test, &box_offer, TRUE);

  adw_expander_row_set_enable_expansion (row, TRUE);
  adw_expander_row_set_expanded (row, TRUE);
  page_test_assert_narrow (test, "Wi-Fi");
  page_test_assert_names (test);
  type_into (GTK_WIDGET (row), "\tmuch too long for a Wi-Fi and no address of any server there is");
  g_assert_false (ek_wifi_row_check (EK_WIFI_ROW (row)));
  page_test_assert_narrow (test, "a Wi-Fi that can't be");
  release (test, offer);
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) page_test_add (path, EK_TYPE_HOME_PAGE, func)
  ADD ("/pages/home/nothing-to-install", test_no_offer);
  ADD ("/pages/home/which-echokit-first", test_ask_first);
  ADD ("/pages/home/cannot-be-used-yet", test_blocked);
  ADD ("/pages/home/install", test_install);
  ADD ("/pages/home/update", test_update);
  ADD ("/pages/home/up-to-date", test_up_to_date);
  ADD ("/pages/home/busy", test_busy);
  ADD ("/pages/home/look", test_look);
  ADD ("/pages/home/offer-learns-its-version", test_offer_learns);
  ADD ("/pages/home/odd-names", test_odd_names);
  ADD ("/pages/home/rows", test_rows);
  ADD ("/pages/home/next-device", test_next_device);
  ADD ("/narrow/home", test_narrow);
  ADD ("/narrow/wifi", test_wifi_narrow);
#undef ADD

  return g_test_run ();
}
