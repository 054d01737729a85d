/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the home page says of the firmware before anything is pressed. */
#include "config.h"

#include "ek-estimate.h"
#include "ek-window-private.h"
#include "home-test.h"

/* How far the estimate may be from what it takes then, either way. */
#define ESTIMATE_SHARE   0.25
#define ESTIMATE_SECONDS 2.0

static gboolean
says_estimate (gpointer data)
{
  return ui_find_text (GTK_WIDGET (((UiTest *) data)->window), "takes about") != NULL;
}

/* What was said before the button was pressed, against the simulated device's own clock. */
static void
test_estimate (UiTest *test, gconstpointer data)
{
  EkTarget *target = plug_in_box (test, data);
  double said, taken;

  ui_wait_for (says_estimate, test);
  ui_assert_no_text (test, "plus the");
  said = ek_estimate_seconds (target, test->window->offer, FALSE);
  ui_click (test, "Update");
  ui_wait_for_page (test, "done");
  taken = ek_flash_job_get_seconds (EK_FLASH_JOB (ek_operation_get_job (test->window->operation)));
  g_test_message ("said %.1f s, took %.1f s", said, taken);
  g_assert_cmpfloat_with_epsilon (said, taken, MAX (ESTIMATE_SECONDS, ESTIMATE_SHARE * taken));

  /* installing the same again writes nothing */
  ui_click (test, "Done");
  ui_assert_text (test, "takes about 4 seconds");
}

static void
test_estimate_with_backup (UiTest *test, gconstpointer data)
{
  plug_in_box (test, "esp32s3");
  ui_wait_for (says_estimate, test);
  gtk_switch_set_active (find_switch (find_row (test, "Save a backup first")), TRUE);
  ui_assert_text (test, ", plus the backup");
}

/* A list's firmware that nobody has fetched, and of which the list does not say how large it is. */
static void
test_estimate_with_download (UiTest *test, gconstpointer data)
{
  g_autoptr (EkStore) store = ek_store_new (test->root);
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");
  g_autoptr (EkLists) lists = ek_lists_new (store, settings);
  g_autoptr (EkOffer) offer = ek_lists_find_offer (lists, "echokit-box");

  plug_in_box (test, "esp32s3");
  ek_home_page_set_offer (test->window->home_page, offer);
  ui_assert_text (test, "takes about 15 seconds, plus the download");
}

static void
set_version (EkOffer *offer, const char *version)
{
  EkOfferFacts facts = { .title = "EchoKit Box",
                         .version = version,
                         .board = "echokit-box",
                         .size = 2775000,
                         .note = "5 May 2026" };

  ek_offer_set_facts (offer, &facts);
}

static void
test_newest (UiTest *test, gconstpointer data)
{
  g_autoptr (EkStore) store = ek_store_new (test->root);
  g_autoptr (GSettings) settings = g_settings_new ("dev.echokit.Flasher");
  g_autoptr (EkLists) lists = ek_lists_new (store, settings);
  g_autoptr (EkOffer) offer = ek_lists_find_offer (lists, "echokit-box");

  plug_in_box (test, "esp32s3");
  ui_assert_no_text (test, "newest");
  ek_home_page_set_offer (test->window->home_page, offer);
  set_version (offer, "v0.3.1");
  ui_assert_text (test, "EchoKit Box · 2.8\302\240MB · 5 May 2026");
  ui_assert_no_text (test, "newest");

  ek_home_page_set_newest_release (test->window->home_page, "v0.3.1");
  ui_assert_text (test, "newest");
  ek_home_page_set_newest_release (test->window->home_page, "v0.3.2");
  ui_assert_no_text (test, "newest");
  ui_assert_text (test, "v0.3.2 is out already");
  set_version (offer, "v0.3.2");
  ui_assert_text (test, "newest");
  ui_assert_no_text (test, "is out already");
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) g_test_add (path, UiTest, NULL, home_test_setup, func, ui_test_teardown)
  ADD ("/home/estimate/with-backup", test_estimate_with_backup);
  ADD ("/home/estimate/with-download", test_estimate_with_download);
  ADD ("/home/newest/badge-and-what-the-list-lacks", test_newest);
#undef ADD
  g_test_add ("/home/estimate/usb", UiTest, "esp32s3", home_test_setup, test_estimate,
              ui_test_teardown);
  g_test_add ("/home/estimate/adapter", UiTest, "esp32s3?usb=uart", home_test_setup, test_estimate,
              ui_test_teardown);

  return g_test_run ();
}
