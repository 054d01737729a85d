/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One honest bar: it never falls, weighs its phases, and tells rate and time left by the clock. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "ek-progress.h"

#define EPSILON 1e-6

typedef struct
{
  EkProgress *progress;
  gint64 now;
  double highest;
  guint n_told;
} Fixture;

static gint64
fixture_clock (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

static void
on_told (const EkProgressInfo *info, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpfloat (info->fraction, >=, fixture->highest);
  g_assert_cmpfloat (info->fraction, <=, 1.0);
  fixture->highest = info->fraction;
  fixture->n_told++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->now = 1234567;
  fixture->progress = ek_progress_new (on_told, fixture);
  ek_progress_set_clock (fixture->progress, fixture_clock, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->progress);
}

static const EkProgressInfo *
info_of (Fixture *fixture)
{
  return ek_progress_get_info (fixture->progress);
}

static void
pass_seconds (Fixture *fixture, double seconds)
{
  fixture->now += (gint64) (seconds * G_USEC_PER_SEC);
}

static void
test_start (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (info_of (fixture)->phase, ==, EK_PHASE_WAITING);
  g_assert_cmpfloat (info_of (fixture)->fraction, ==, 0);
  g_assert_cmpfloat (info_of (fixture)->seconds_left, <, 0);
  g_assert_cmpuint (info_of (fixture)->attempt, ==, 1);
  g_assert_cmpuint (fixture->n_told, ==, 0);
}

/* 1 s of connecting, 8 s of writing, 1 s of verifying: written half is (1 + 4) / 10. */
static void
test_weights (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_CONNECT, 1);
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 8);
  ek_progress_set_weight (fixture->progress, EK_PHASE_VERIFY, 1);

  ek_progress_begin (fixture->progress, EK_PHASE_CONNECT, 0);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.0, EPSILON);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.1, EPSILON);
  ek_progress_advance (fixture->progress, 500);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.5, EPSILON);
  ek_progress_begin (fixture->progress, EK_PHASE_VERIFY, 1000);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.9, EPSILON);
  ek_progress_advance (fixture->progress, 1000);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 1.0, EPSILON);
}

/* A phase known by its time moves with the clock, and stops short of its end. */
static void
test_phase_without_bytes (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_CONNECT, 4);
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 4);
  ek_progress_begin (fixture->progress, EK_PHASE_CONNECT, 0);

  pass_seconds (fixture, 2);
  ek_progress_advance (fixture->progress, 0);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.25, EPSILON);

  pass_seconds (fixture, 60);
  ek_progress_advance (fixture->progress, 0);
  g_assert_cmpfloat (info_of (fixture)->fraction, <, 0.5);
}

static void
test_falling_bytes (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 10);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000);
  ek_progress_advance (fixture->progress, 800);
  ek_progress_advance (fixture->progress, 100);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.8, EPSILON);
  g_assert_cmpuint (info_of (fixture)->bytes_done, ==, 100);
}

static void
test_growing_weight (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 10);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000);
  ek_progress_advance (fixture->progress, 900);
  ek_progress_set_weight (fixture->progress, EK_PHASE_VERIFY, 90);
  ek_progress_advance (fixture->progress, 950);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.9, EPSILON);
}

static void
test_phase_again (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 5);
  ek_progress_set_weight (fixture->progress, EK_PHASE_VERIFY, 5);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000);
  ek_progress_advance (fixture->progress, 400);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 600);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.2, EPSILON);
  ek_progress_advance (fixture->progress, 600);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.5, EPSILON);
}

/* After a lost link the work goes back to connecting; nothing must be counted twice. */
static void
test_back_to_an_earlier_phase (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_CONNECT, 2);
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 6);
  ek_progress_set_weight (fixture->progress, EK_PHASE_VERIFY, 2);
  ek_progress_begin (fixture->progress, EK_PHASE_CONNECT, 0);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000);
  ek_progress_advance (fixture->progress, 500);
  ek_progress_begin (fixture->progress, EK_PHASE_CONNECT, 0);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000);
  ek_progress_advance (fixture->progress, 500);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.5, EPSILON);
}

static void
write_steadily (Fixture *fixture, guint64 from, guint64 to, guint64 step, double seconds)
{
  for (guint64 bytes = from; bytes < to; bytes += step)
    {
      pass_seconds (fixture, seconds);
      ek_progress_advance (fixture->progress, bytes + step);
    }
}

/* 25,000 bytes each quarter of a second are 100,000 a second. */
static void
test_rate (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 10);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000000);
  g_assert_cmpfloat (info_of (fixture)->rate, ==, 0);
  write_steadily (fixture, 0, 500000, 25000, 0.25);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->rate, 100000, 1);
}

static void
test_rate_forgets (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 10);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 10000000);
  write_steadily (fixture, 0, 1000000, 25000, 0.25);
  /* 32 samples at a quarter of a second: after 10 s at the new speed the old one is gone. */
  write_steadily (fixture, 1000000, 1200000, 5000, 0.25);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->rate, 20000, 1);
}

static void
test_rate_restarts (Fixture *fixture, gconstpointer data)
{
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000000);
  write_steadily (fixture, 0, 500000, 25000, 0.25);
  ek_progress_begin (fixture->progress, EK_PHASE_VERIFY, 1000000);
  g_assert_cmpfloat (info_of (fixture)->rate, ==, 0);
}

/* Half of 1,000,000 bytes at 100,000 a second are 5 s, and 3 s of verifying are to come. */
static void
test_seconds_left (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_CONNECT, 2);
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 40);
  ek_progress_set_weight (fixture->progress, EK_PHASE_VERIFY, 3);
  ek_progress_begin (fixture->progress, EK_PHASE_CONNECT, 0);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->seconds_left, 45, EPSILON);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 1000000);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->seconds_left, 43, EPSILON);
  write_steadily (fixture, 0, 500000, 25000, 0.25);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->seconds_left, 8, 0.01);
}

static void
test_no_weights (Fixture *fixture, gconstpointer data)
{
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 100);
  ek_progress_advance (fixture->progress, 100);
  g_assert_cmpfloat (info_of (fixture)->fraction, ==, 0);
  g_assert_cmpfloat (info_of (fixture)->seconds_left, <, 0);
}

static void
test_more_bytes_than_said (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 5);
  ek_progress_set_weight (fixture->progress, EK_PHASE_VERIFY, 5);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 100);
  ek_progress_advance (fixture->progress, 1000);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.5, EPSILON);
  g_assert_cmpfloat (info_of (fixture)->seconds_left, >=, 0);
}

static void
test_finish (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_WRITE, 5);
  ek_progress_begin (fixture->progress, EK_PHASE_WRITE, 100);
  ek_progress_finish (fixture->progress);
  g_assert_cmpfloat (info_of (fixture)->fraction, ==, 1);
  g_assert_cmpfloat (info_of (fixture)->seconds_left, ==, 0);
  g_assert_cmpuint (fixture->n_told, ==, 2);
}

static void
test_attempt (Fixture *fixture, gconstpointer data)
{
  ek_progress_begin (fixture->progress, EK_PHASE_CONNECT, 0);
  ek_progress_set_attempt (fixture->progress, 3);
  g_assert_cmpuint (info_of (fixture)->attempt, ==, 3);
  g_assert_cmpuint (fixture->n_told, ==, 2);
}

static void
test_phase_names (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint phase = 0; phase < EK_N_PHASES; phase++)
    {
      g_assert_nonnull (ek_phase_name (phase));
      g_assert_true (g_hash_table_add (seen, (gpointer) ek_phase_name (phase)));
    }
}

/* Bytes of an earlier time took no time now: the rate would be a lie, and the time left with it. */
static void
test_resumed_bytes_make_no_rate (Fixture *fixture, gconstpointer data)
{
  ek_progress_set_weight (fixture->progress, EK_PHASE_DOWNLOAD, 1);
  ek_progress_begin (fixture->progress, EK_PHASE_DOWNLOAD, 10000);
  ek_progress_resume (fixture->progress, 8000);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->fraction, 0.8, EPSILON);
  pass_seconds (fixture, 1);
  ek_progress_advance (fixture->progress, 8500);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->rate, 500, EPSILON);
  g_assert_cmpfloat_with_epsilon (info_of (fixture)->seconds_left, 3, EPSILON);
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/progress/knows-nothing-at-first", test_start },
    { "/progress/fraction/weighs-phases", test_weights },
    { "/progress/rate/leaves-out-what-was-there", test_resumed_bytes_make_no_rate },
    { "/progress/fraction/follows-the-clock-where-there-are-no-bytes", test_phase_without_bytes },
    { "/progress/fraction/does-not-fall-with-the-bytes", test_falling_bytes },
    { "/progress/fraction/does-not-fall-when-weights-grow", test_growing_weight },
    { "/progress/fraction/counts-a-repeated-phase-once", test_phase_again },
    { "/progress/fraction/stays-zero-without-weights", test_no_weights },
    { "/progress/fraction/stops-at-the-end-of-the-phase", test_more_bytes_than_said },
    { "/progress/rate/bytes-a-second", test_rate },
    { "/progress/rate/forgets-old-speed", test_rate_forgets },
    { "/progress/rate/starts-anew-with-a-phase", test_rate_restarts },
    { "/progress/seconds-left/real-rate-and-phases-to-come", test_seconds_left },
    { "/progress/finish/is-whole", test_finish },
    { "/progress/attempt/is-told", test_attempt },
    { "/progress/going-back/counts-once", test_back_to_an_earlier_phase },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  g_test_add_func ("/progress/phases/have-names", test_phase_names);

  return g_test_run ();
}
