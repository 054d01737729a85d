/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of what is in the way: every code of the domain, and how it goes on. */
#include "config.h"

#include <glib/gi18n.h>

#include "ek-device-driver.h"
#include "ek-advice.h"
#include "ek-problem-page.h"
#include "ek-retry.h"
#include "page-test.h"

/* Words of the trade; “Details” may have them, what everybody reads may not. */
#define TRADE_WORDS \
  "\\b(re)?flash(es|ed|ing|er)?\\b|\\bboot ?loaders?\\b|\\bpartitions?\\b|\\bports?\\b|\\btty"

static EkProblemPage *
page (PageTest *test)
{
  return EK_PROBLEM_PAGE (test->page);
}

static void
show (PageTest *test, EkError code, EkTarget *target)
{
  g_autoptr (GError) error = g_error_new (EK_ERROR, (int) code, "/dev/ttyACM0: errno 13");

  ek_problem_page_show_error (page (test), error, target);
}

static void
collect (GtkWidget *widget, GtkWidget *but, GString *text)
{
  if (widget == but || !gtk_widget_get_visible (widget))
    return;
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (text, "%s\n", gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, but, text);
}

/* What is on the page for everybody, without what is folded away. */
static char *
read_page (PageTest *test)
{
  GString *text = g_string_new (NULL);

  collect (test->page, page_test_child (test, "details"), text);
  return g_string_free (text, FALSE);
}

static guint
count_steps (PageTest *test)
{
  GtkListBox *steps = GTK_LIST_BOX (page_test_child (test, "steps"));
  guint n = 0;

  while (gtk_list_box_get_row_at_index (steps, (int) n) != NULL)
    n++;
  return n;
}

static void
assert_readable (PageTest *test, EkError code)
{
  const EkAdvice *advice = ek_advice_for_code (code);
  g_autofree char *text = read_page (test);
  guint n = 0;

  g_test_message ("%s: %s", ek_error_name (code), page_test_text (test, "title"));
  while (advice->steps[n] != NULL)
    n++;
  g_assert_cmpuint (strlen (page_test_text (test, "title")), >, 5);
  g_assert_cmpuint (strlen (page_test_text (test, "why")), >, 5);
  g_assert_cmpuint (count_steps (test), ==, n);
  g_assert_cmpuint (n, >, 0);
  g_assert_null (strchr (text, '%'));
  g_assert_null (strstr (text, "(null)"));
  if (g_regex_match_simple (TRADE_WORDS, text, G_REGEX_CASELESS, 0))
    g_error ("%s has a word of the trade: %s", ek_error_name (code), text);
  g_assert_nonnull (strstr (page_test_text (test, "technical"), ek_error_name (code)));
  g_assert_nonnull (strstr (page_test_text (test, "technical"), "errno 13"));
}

static void
test_every_code (PageTest *test, gconstpointer type)
{
  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      show (test, code, NULL);
      assert_readable (test, code);
    }
  page_test_assert_names (test);
}

/* A started operation that has failed with @code. */
static EkOperation *
fail (PageTest *test, EkError code)
{
  EkOperation *operation = scripted_operation_new (test->target, NULL);

  ek_operation_start (operation, FALSE);
  scripted_job_begin (scripted_operation_get_job (operation), EK_PHASE_WRITE, 1000);
  scripted_job_fail (scripted_operation_get_job (operation), code);
  g_assert_cmpint (ek_operation_get_state (operation), ==, EK_JOB_FAILED);
  return operation;
}

/* Lets go of it: the page by another problem, the watch with the page's reference. */
static void
release (PageTest *test, EkOperation *operation)
{
  show (test, EK_ERROR_INTERNAL, NULL);
  g_assert_finalize_object (operation);
}

static void
test_narrow (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_FIRMWARE_WRONG_BOARD);

  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      show (test, code, test->target);
      page_test_assert_narrow (test, ek_error_name (code));
    }
  scripted_operation_set_harmless (operation, FALSE);
  ek_problem_page_set_operation (page (test), operation);
  ek_problem_page_set_other (page (test), _ ("Install It _Anyway…"), "win.force-board");
  gtk_expander_set_expanded (GTK_EXPANDER (page_test_child (test, "details")), TRUE);
  page_test_assert_narrow (test, "all that the page can have");
  release (test, operation);
}

static void
test_foreign_error (PageTest *test, gconstpointer type)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such thing");

  ek_problem_page_show_error (page (test), error, NULL);
  g_assert_cmpstr (page_test_text (test, "title"), ==, "Something went wrong inside this app");
  g_assert_nonnull (strstr (page_test_text (test, "technical"), "internal: no such thing"));
}

static void
test_back (PageTest *test, gconstpointer type)
{
  show (test, EK_ERROR_NOT_FIRMWARE, NULL);
  g_assert_false (page_test_sees (test, "meanwhile_box"));
  g_assert_false (page_test_sees (test, "command_box"));
  g_assert_false (page_test_sees (test, "other_button"));
  g_assert_false (page_test_sees (test, "state"));
  page_test_click (test, "Back", "win.home");
  page_test_click (test, "Back", "win.home");
}

/* The command is for this very computer; it can be copied. */
static void
test_no_permission (PageTest *test, gconstpointer type)
{
  AdwActionRow *row = ADW_ACTION_ROW (page_test_child (test, "command_row"));

  show (test, EK_ERROR_PORT_NO_PERMISSION, test->target);
  g_assert_true (page_test_sees (test, "command_box"));
  g_assert_cmpuint (strlen (adw_action_row_get_subtitle (row)), >, 10);
  g_assert_nonnull (strstr (page_test_text (test, "meanwhile"), "goes on by itself"));
  page_test_assert_names (test);
  page_test_click (test, "Copy", "win.say: Copied");

  show (test, EK_ERROR_PORT_NO_PERMISSION, NULL);
  g_assert_false (page_test_sees (test, "command_box"));
}

/* Whether the driver is loaded is this computer's business; if not, the command loads it. */
static void
test_no_driver (PageTest *test, gconstpointer type)
{
  AdwActionRow *row = ADW_ACTION_ROW (page_test_child (test, "command_row"));
  g_autoptr (EkDeviceDriver) driver = ek_device_driver_new (test->device, NULL, NULL);

  show (test, EK_ERROR_PORT_NO_DRIVER, test->target);
  g_assert_cmpint (page_test_sees (test, "command_box"), ==, !driver->loaded);
  if (!driver->loaded)
    g_assert_cmpstr (adw_action_row_get_subtitle (row), ==, driver->command);
  g_assert_nonnull (strstr (page_test_text (test, "meanwhile"), "goes on by itself"));
}

static void
test_held_by_another (PageTest *test, gconstpointer type)
{
  EkPortHolder holder = { .pid = 7, .name = (char *) "Arduino IDE" };

  ek_device_set_state (test->device, EK_DEVICE_BUSY, &holder);
  show (test, EK_ERROR_PORT_BUSY, test->target);
  g_assert_cmpstr (page_test_text (test, "title"), ==,
                   "Another program is using the device: Arduino IDE");
  show (test, EK_ERROR_PORT_BUSY, NULL);
  g_assert_null (strstr (page_test_text (test, "title"), "Arduino"));
}

static void
test_try_again (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_VERIFY_FAILED);

  ek_problem_page_set_operation (page (test), operation);
  g_assert_true (ek_problem_page_get_operation (page (test)) == operation);
  g_assert_false (page_test_sees (test, "meanwhile_box"));
  page_test_click (test, "Try Again", "win.try-again");
  release (test, operation);
}

static void
test_truth_about_the_device (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_LINK_LOST);

  ek_problem_page_set_operation (page (test), operation);
  g_assert_false (page_test_sees (test, "state"));
  scripted_operation_set_harmless (operation, FALSE);
  ek_problem_page_set_operation (page (test), operation);
  g_assert_true (page_test_sees (test, "state"));
  g_assert_nonnull (strstr (page_test_text (test, "state"), "will not start until"));
  release (test, operation);
}

static void
test_other_way_out (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_FIRMWARE_WRONG_BOARD);

  ek_problem_page_set_operation (page (test), operation);
  ek_problem_page_set_other (page (test), "Install It _Anyway…", "win.force-board");
  page_test_click (test, "Install It Anyway…", "win.force-board");
  release (test, operation);
}

static void
set_state (PageTest *test, EkDeviceState state)
{
  ek_device_set_state (test->device, state, NULL);
}

/* Unplugged and plugged in again: the app goes on, and nobody has pressed anything. */
static void
test_goes_on_by_itself (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_LINK_LOST);
  EkRetry *retry = ek_retry_new (operation);

  ek_problem_page_set_operation (page (test), operation);
  g_assert_nonnull (strstr (page_test_text (test, "meanwhile"), "plugged in again"));
  ek_retry_check (retry);
  set_state (test, EK_DEVICE_GONE);
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 1);
  set_state (test, EK_DEVICE_READY);
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 2);
  g_assert_false (ek_operation_get_listening (operation));
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 2);
  scripted_job_fail (scripted_operation_get_job (operation), EK_ERROR_VERIFY_FAILED);
  g_assert_finalize_object (retry);
  release (test, operation);
}

/* It might be put into update mode any time: tried without a word until it answers. */
static void
test_listens (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_WRONG_BOOT_MODE);
  EkRetry *retry = ek_retry_new (operation);

  ek_problem_page_set_operation (page (test), operation);
  g_assert_nonnull (strstr (page_test_text (test, "meanwhile"), "Listening."));
  set_state (test, EK_DEVICE_GONE);
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 1);
  set_state (test, EK_DEVICE_READY);
  ek_retry_check (retry);
  /* plugged in anew: nobody need press buttons */
  g_assert_false (ek_operation_get_listening (operation));
  scripted_job_fail (scripted_operation_get_job (operation), EK_ERROR_WRONG_BOOT_MODE);

  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 3);
  g_assert_true (ek_operation_get_listening (operation));
  scripted_job_begin (scripted_operation_get_job (operation), EK_PHASE_CONNECT, 0);
  g_assert_true (ek_operation_get_listening (operation));
  scripted_job_begin (scripted_operation_get_job (operation), EK_PHASE_WRITE, 1000);
  g_assert_false (ek_operation_get_listening (operation));
  scripted_job_fail (scripted_operation_get_job (operation), EK_ERROR_VERIFY_FAILED);
  g_assert_finalize_object (retry);
  release (test, operation);
}

/* Somebody made it possible: a rule was added, the other program was closed. */
static void
test_permitted (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_PORT_NO_PERMISSION);
  EkRetry *retry;

  set_state (test, EK_DEVICE_NO_PERMISSION);
  retry = ek_retry_new (operation);
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 1);
  set_state (test, EK_DEVICE_READY);
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 2);
  scripted_job_succeed (scripted_operation_get_job (operation));
  g_assert_finalize_object (retry);
  g_assert_finalize_object (operation);
}

/* The server answers again: until then nobody sees that it is tried. */
static void
test_online_again (PageTest *test, gconstpointer type)
{
  EkOfferFacts facts = { .title = "EchoKit Box" };
  EkOffer *offer = scripted_offer_new (&facts);
  EkOperation *operation = scripted_operation_new (test->target, offer);
  EkRetry *retry;

  ek_operation_start (operation, FALSE);
  scripted_offer_fail (offer, EK_ERROR_OFFLINE);
  retry = ek_retry_new (operation);
  ek_retry_check (retry);
  ek_retry_check (retry);
  g_assert_cmpint (ek_operation_get_state (operation), ==, EK_JOB_FAILED);
  scripted_offer_fail (offer, EK_ERROR_OFFLINE);
  g_assert_cmpint (ek_operation_get_state (operation), ==, EK_JOB_FAILED);
  ek_retry_check (retry);
  scripted_offer_arrive (offer);
  g_assert_cmpint (ek_operation_get_state (operation), ==, EK_JOB_RUNNING);
  scripted_offer_fail (offer, EK_ERROR_NOT_ON_SERVER);

  /* one that nobody waits for any more */
  ek_retry_check (retry);
  g_assert_finalize_object (retry);
  scripted_offer_arrive (offer);
  g_assert_cmpint (ek_operation_get_state (operation), ==, EK_JOB_FAILED);
  g_assert_finalize_object (operation);
  g_assert_finalize_object (offer);
}

/* What trying again can't help is not tried. */
static void
test_never (PageTest *test, gconstpointer type)
{
  EkOperation *operation = fail (test, EK_ERROR_CHIP_LOCKED);
  EkRetry *retry = ek_retry_new (operation);

  set_state (test, EK_DEVICE_GONE);
  set_state (test, EK_DEVICE_READY);
  ek_retry_check (retry);
  g_assert_cmpuint (scripted_operation_get_attempts (operation), ==, 1);
  g_assert_finalize_object (retry);
  g_assert_finalize_object (operation);
}

/* What the app waits for is said, and there is a drawing, for every code that it waits at. */
static void
test_words_for_waiting (void)
{
  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      EkRetryKind kind = ek_retry_kind_for_code (code);
      g_autofree char *path =
          g_strdup_printf ("/dev/echokit/Flasher/pictures/%s.svg", ek_retry_picture (code));

      g_test_message ("%s: %s", ek_error_name (code), path);
      g_assert_true ((ek_retry_words (kind) != NULL) == (kind != EK_RETRY_NEVER));
      g_assert_true (g_resources_get_info (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL));
    }
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) page_test_add (path, EK_TYPE_PROBLEM_PAGE, func)
  ADD ("/pages/problem/every-code-has-words-and-steps", test_every_code);
  ADD ("/pages/problem/foreign-error", test_foreign_error);
  ADD ("/pages/problem/back", test_back);
  ADD ("/pages/problem/no-permission-has-a-command", test_no_permission);
  ADD ("/pages/problem/no-driver-has-a-command", test_no_driver);
  ADD ("/pages/problem/another-program-by-name", test_held_by_another);
  ADD ("/pages/problem/try-again", test_try_again);
  ADD ("/pages/problem/truth-about-the-device", test_truth_about_the_device);
  ADD ("/pages/problem/other-way-out", test_other_way_out);
  ADD ("/pages/problem/goes-on-when-plugged-in", test_goes_on_by_itself);
  ADD ("/pages/problem/listens-for-update-mode", test_listens);
  ADD ("/pages/problem/goes-on-when-permitted", test_permitted);
  ADD ("/pages/problem/goes-on-when-the-server-answers", test_online_again);
  ADD ("/pages/problem/never-tries-in-vain", test_never);
  ADD ("/narrow/problem", test_narrow);
#undef ADD
  g_test_add_func ("/pages/problem/words-for-what-it-waits-for", test_words_for_waiting);

  return g_test_run ();
}
