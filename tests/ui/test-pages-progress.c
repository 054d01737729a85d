/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of an operation on its way: what it says at each step, and that nothing moves. */
#include "config.h"

#include "ek-install-operation.h"
#include "ek-progress-page.h"
#include "ek-progress-words.h"
#include "ek-tool-operation.h"
#include "page-test.h"

#define MB 1000000u

/* An operation whose job waits for orders. */
static EkOperation *
start (PageTest *test)
{
  EkOperation *operation = scripted_operation_new (test->target, NULL);

  ek_operation_start (operation, FALSE);
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (test->page), operation);
  return operation;
}

static void
finish (PageTest *test, EkOperation *operation)
{
  scripted_job_succeed (scripted_operation_get_job (operation));
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (test->page), NULL);
  g_assert_finalize_object (operation);
}

static double
bar (PageTest *test)
{
  return gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (page_test_child (test, "bar")));
}

/* What a screen reader says of a step. */
static void
assert_step (PageTest *test, guint number, const char *words)
{
  GtkWidget *cell = gtk_widget_get_first_child (page_test_child (test, "steps"));
  g_autofree char *wrong = NULL;

  while (number-- > 0)
    cell = gtk_widget_get_next_sibling (cell);
  wrong = gtk_test_accessible_check_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                              words);
  g_assert_cmpstr (wrong, ==, NULL);
}

static void
test_phases (PageTest *test, gconstpointer type)
{
  EkOperation *operation = start (test);
  ScriptedJob *job = scripted_operation_get_job (operation);

  g_assert_cmpstr (page_test_text (test, "title"), ==, "Updating your EchoKit");
  g_assert_cmpstr (page_test_text (test, "caption"), ==, "Keep the cable in.");
  scripted_job_begin (job, EK_PHASE_PREPARE, 0);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "Getting ready…");
  assert_step (test, 0, "Check: now");
  assert_step (test, 1, "Write: to come");
  scripted_job_begin (job, EK_PHASE_CONNECT, 0);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "Talking to the device…");
  scripted_job_begin (job, EK_PHASE_COMPARE, 0);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "Looking at what is on the device…");
  assert_step (test, 0, "Check: now");

  scripted_job_begin (job, EK_PHASE_WRITE, 1700000);
  assert_step (test, 0, "Check: done");
  assert_step (test, 1, "Write: now");
  scripted_job_pass_time (job, 10 * G_USEC_PER_SEC);
  scripted_job_advance (job, 1100000);
  /* 1.1 MB in 10 s; 0.6 MB take 5.5 s more, the two phases to come 10 s each */
  g_assert_nonnull (strstr (page_test_text (test, "detail"), "1.1\302\240MB of 1.7\302\240MB"));
  g_assert_nonnull (strstr (page_test_text (test, "detail"), "110.0\302\240kB/s"));

  scripted_job_begin (job, EK_PHASE_VERIFY, 1700000);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "The device checks what it got…");
  assert_step (test, 2, "Verify: now");
  scripted_job_begin (job, EK_PHASE_START, 0);
  assert_step (test, 3, "Start: now");
  g_assert_cmpstr (page_test_text (test, "detail"), ==,
                   "Starting your EchoKit and listening to it…");
  finish (test, operation);
  g_assert_cmpfloat (bar (test), ==, 1);
}

static void
test_bar (PageTest *test, gconstpointer type)
{
  EkOperation *operation = start (test);
  ScriptedJob *job = scripted_operation_get_job (operation);
  double before;

  g_assert_cmpfloat (bar (test), ==, 0);
  scripted_job_begin (job, EK_PHASE_WRITE, 10 * MB);
  before = bar (test);
  scripted_job_advance (job, 5 * MB);
  g_assert_cmpfloat (bar (test), >, before);
  g_assert_cmpfloat (bar (test), ==, ek_operation_get_fraction (operation));
  before = bar (test);
  /* a lost link: the phase begins anew, the bar stays */
  scripted_job_begin (job, EK_PHASE_WRITE, 10 * MB);
  g_assert_cmpfloat (bar (test), ==, before);
  finish (test, operation);
}

static void
test_download (PageTest *test, gconstpointer type)
{
  EkOfferFacts facts = { .title = "EchoKit Box", .version = "v0.3.2", .board = "echokit-box" };
  EkOffer *offer = scripted_offer_new (&facts);
  EkOperation *operation = scripted_operation_new (test->target, offer);

  ek_operation_start (operation, FALSE);
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (test->page), operation);
  assert_step (test, 0, "Download: now");
  assert_step (test, 4, "Start: to come");
  scripted_offer_progress (offer, 425000, 1700000);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "425.0\302\240kB of 1.7\302\240MB");
  g_assert_cmpfloat_with_epsilon (bar (test), 0.1, 0.001);
  /* a server that does not say how much it is */
  scripted_offer_progress (offer, 850000, 0);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "850.0\302\240kB");
  g_assert_cmpfloat_with_epsilon (bar (test), 0.1, 0.001);

  ek_operation_check_stall (operation, g_get_monotonic_time () + 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "Waiting for the server…");

  scripted_offer_arrive (offer);
  assert_step (test, 0, "Download: done");
  assert_step (test, 1, "Check: now");
  finish (test, operation);
  g_assert_finalize_object (offer);
}

/* Five seconds are counted from the latest movement, on the clock that is handed in. */
static void
test_stall (PageTest *test, gconstpointer type)
{
  EkOperation *operation = start (test);
  ScriptedJob *job = scripted_operation_get_job (operation);
  gint64 before = g_get_monotonic_time ();
  gint64 after;

  scripted_job_begin (job, EK_PHASE_WRITE, 10 * MB);
  after = g_get_monotonic_time ();
  ek_operation_check_stall (operation, before + 5 * G_USEC_PER_SEC - 1);
  g_assert_nonnull (strstr (page_test_text (test, "detail"), " of "));
  ek_operation_check_stall (operation, after + 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "Waiting for the device…");

  before = g_get_monotonic_time ();
  scripted_job_set_attempt (job, 2);
  after = g_get_monotonic_time ();
  ek_operation_check_stall (operation, before + 5 * G_USEC_PER_SEC - 1);
  g_assert_nonnull (strstr (page_test_text (test, "detail"), " of "));
  ek_operation_check_stall (operation, after + 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (page_test_text (test, "detail"), ==, "Waiting for the device… trying again (2)");

  /* it goes on, and the page says so at once */
  scripted_job_advance (job, 5 * MB);
  g_assert_nonnull (strstr (page_test_text (test, "detail"), "5.0\302\240MB of 10.0\302\240MB"));

  scripted_job_begin (job, EK_PHASE_VERIFY, 0);
  ek_operation_check_stall (operation, g_get_monotonic_time () + 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (page_test_text (test, "detail"), ==,
                   "The device still checks what it got. This can take a moment.");
  finish (test, operation);
  ek_operation_check_stall (operation, G_MAXINT64);
}

static void
assert_same_place (GtkWidget *child, GtkWidget *page, graphene_rect_t *place, const char *when)
{
  graphene_rect_t now;

  g_assert_true (gtk_widget_compute_bounds (child, page, &now));
  if (place->size.width > 0 && !graphene_rect_equal (place, &now))
    g_error ("%s: a %s moved from %g,%g to %g,%g", when, G_OBJECT_TYPE_NAME (child),
             place->origin.x, place->origin.y, now.origin.x, now.origin.y);
  *place = now;
}

/* From one word to the longest line: all else stays where it is. */
static void
test_nothing_moves (PageTest *test, gconstpointer type)
{
  static const struct
  {
    const char *when;
    EkPhase phase;
    guint64 total, done;
    gint64 time;
  } figures[] = {
    { "a word", EK_PHASE_PREPARE, 0, 0, 0 },
    { "bytes", EK_PHASE_WRITE, 16 * MB, 0, 0 },
    { "rate", EK_PHASE_WRITE, 16 * MB, 1 * MB, G_USEC_PER_SEC },
    { "longest", EK_PHASE_WRITE, 888888888, 444444444, 8000 * (gint64) G_USEC_PER_SEC },
    { "check", EK_PHASE_VERIFY, 16 * MB, 0, 0 },
    { "start", EK_PHASE_START, 0, 0, 0 },
  };
  const char *ids[] = { "picture", "title", "steps", "bar", "caption" };
  graphene_rect_t places[G_N_ELEMENTS (ids) + 1] = { 0 };
  EkOperation *operation = start (test);
  ScriptedJob *job = scripted_operation_get_job (operation);

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      scripted_job_begin (job, figures[i].phase, figures[i].total);
      scripted_job_pass_time (job, figures[i].time);
      scripted_job_advance (job, figures[i].done);
      page_test_lay_out (test);
      for (guint child = 0; child < G_N_ELEMENTS (ids); child++)
        assert_same_place (page_test_child (test, ids[child]), test->page, &places[child],
                           figures[i].when);
      assert_same_place (ui_find_button (test->page, "Cancel"), test->page,
                         &places[G_N_ELEMENTS (ids)], figures[i].when);
    }
  ek_operation_check_stall (operation, g_get_monotonic_time () + 5 * G_USEC_PER_SEC);
  page_test_lay_out (test);
  assert_same_place (page_test_child (test, "bar"), test->page, &places[3], "stalled");
  finish (test, operation);
}

/* A digit is as wide as another. */
static void
test_figures (PageTest *test, gconstpointer type)
{
  GtkLabel *detail = GTK_LABEL (page_test_child (test, "detail"));
  int first, second;

  gtk_label_set_label (detail, "1.1 MB of 1.1 MB");
  gtk_widget_measure (GTK_WIDGET (detail), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &first, NULL,
                      NULL);
  gtk_label_set_label (detail, "8.4 MB of 9.7 MB");
  gtk_widget_measure (GTK_WIDGET (detail), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &second, NULL,
                      NULL);
  g_assert_cmpint (first, ==, second);
}

static void
show_words (PageTest *test, EkOperation *operation)
{
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (test->page), operation);
  page_test_assert_narrow (test, ek_operation_get_words (operation)->title);
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (test->page), NULL);
  g_assert_finalize_object (operation);
}

/* What can be done to a device, and each phase of it. */
static void
test_narrow (PageTest *test, gconstpointer type)
{
  EkOfferFacts facts = { .title = "EchoKit Box", .version = "v0.3.2" };
  g_autoptr (EkOffer) offer = scripted_offer_new (&facts);
  EkOperation *operation;

  for (EkInstallKind kind = EK_INSTALL_FIRST; kind <= EK_INSTALL_AGAIN; kind++)
    {
      EkInstallOptions options = { .kind = kind };

      show_words (test, ek_install_operation_new (test->target, offer, &options));
    }
  for (EkTool tool = 0; tool < EK_N_TOOLS; tool++)
    show_words (test, ek_tool_operation_new (test->target, tool, "backup.bin"));

  operation = start (test);
  for (EkPhase phase = EK_PHASE_WAITING; phase < EK_N_PHASES; phase++)
    {
      scripted_job_begin (scripted_operation_get_job (operation), phase, 888888888);
      page_test_assert_narrow (test, ek_phase_name (phase));
    }
  finish (test, operation);
}

static void
test_controls (PageTest *test, gconstpointer type)
{
  EkOperation *operation = start (test);

  page_test_assert_names (test);
  page_test_click (test, "Cancel", "win.cancel");
  g_assert_true (gtk_test_accessible_has_relation (GTK_ACCESSIBLE (page_test_child (test, "bar")),
                                                   GTK_ACCESSIBLE_RELATION_DESCRIBED_BY));
  finish (test, operation);
}

/* Another operation takes the page over; the first is let go of. */
static void
test_next (PageTest *test, gconstpointer type)
{
  EkOperation *first = start (test);
  EkOperation *second;

  scripted_job_begin (scripted_operation_get_job (first), EK_PHASE_WRITE, MB);
  scripted_job_fail (scripted_operation_get_job (first), EK_ERROR_LINK_LOST);
  second = start (test);
  g_assert_finalize_object (first);
  assert_step (test, 0, "Check: now");
  g_assert_cmpfloat (bar (test), ==, 0);
  finish (test, second);
}

static void
test_simulated (PageTest *test, gconstpointer type)
{
  g_autoptr (EkDevice) device = ek_device_new_simulated ("sim:esp32s3");
  EkTarget *target = ek_target_new (device);
  EkOperation *operation = scripted_operation_new (target, NULL);

  ek_operation_start (operation, FALSE);
  ek_progress_page_set_operation (EK_PROGRESS_PAGE (test->page), operation);
  g_assert_cmpstr (page_test_text (test, "caption"), ==,
                   "This EchoKit is simulated: no device is touched.");
  finish (test, operation);
  g_assert_finalize_object (target);
}

/* A phase that no words were found for would be a blank line. */
static void
test_words (void)
{
  for (EkPhase phase = EK_PHASE_WAITING; phase < EK_N_PHASES; phase++)
    {
      EkProgressInfo info = { .phase = phase, .seconds_left = -1, .attempt = 1 };
      g_autofree char *words = ek_progress_words (&info);

      g_test_message ("%s: %s", ek_phase_name (phase), words);
      g_assert_nonnull (words);
      g_assert_cmpuint (strlen (words), >, 3);
    }
}

static void
assert_seconds (double seconds, const char *words)
{
  g_autofree char *text = ek_seconds_words (seconds);

  g_assert_cmpstr (text, ==, words);
}

/* A guess, not a countdown: steps of five above ten, minutes from a minute and a half. */
static void
test_seconds (void)
{
  assert_seconds (0, "about 1 second");
  assert_seconds (1, "about 1 second");
  assert_seconds (7.2, "about 8 seconds");
  assert_seconds (10, "about 10 seconds");
  assert_seconds (11, "about 15 seconds");
  assert_seconds (42, "about 45 seconds");
  assert_seconds (89, "about 90 seconds");
  assert_seconds (90, "about 2 minutes");
  assert_seconds (300, "about 5 minutes");
  assert_seconds (1e18, "about 1440 minutes");
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) page_test_add (path, EK_TYPE_PROGRESS_PAGE, func)
  ADD ("/pages/progress/each-phase-in-words", test_phases);
  ADD ("/pages/progress/bar-never-falls", test_bar);
  ADD ("/pages/progress/download-first", test_download);
  ADD ("/pages/progress/says-so-after-five-seconds-without-progress", test_stall);
  ADD ("/pages/progress/nothing-moves", test_nothing_moves);
  ADD ("/pages/progress/digits-of-one-width", test_figures);
  ADD ("/pages/progress/controls", test_controls);
  ADD ("/pages/progress/next-operation", test_next);
  ADD ("/pages/progress/simulated", test_simulated);
  ADD ("/narrow/progress", test_narrow);
#undef ADD
  g_test_add_func ("/pages/progress/words-for-every-phase", test_words);
  g_test_add_func ("/pages/progress/time-left", test_seconds);

  return g_test_run ();
}
