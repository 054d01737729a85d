/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dances of DTR and RTS, state by state and pause by pause, as esp-protocol facts 1.7 has them. */
#include "config.h"

#include "ek-reset.h"

#include "fake-port.h"

/* "DTR RTS;" is a state of the two lines, "+N;" a pause in milliseconds. Setting a line to what it is
 * already changes nothing and is left out on both sides. */
static const struct
{
  EkReset reset;
  const char *expected;
} dances[] = {
  { EK_RESET_NONE, "" },
  { EK_RESET_UNIX_TIGHT, "0 0;1 1;0 1;+100;1 0;+50;0 0;" },
  { EK_RESET_UNIX_TIGHT_SLOW, "0 0;1 1;0 1;+100;1 0;+550;0 0;" },
  /* DTR 0, RTS 1, 0.1 s, DTR 1, RTS 0, delay, DTR 0: one line after the other */
  { EK_RESET_CLASSIC, "0 0;0 1;+100;1 1;1 0;+50;0 0;" },
  { EK_RESET_CLASSIC_SLOW, "0 0;0 1;+100;1 1;1 0;+550;0 0;" },
  /* through (1,1), not through (0,0) */
  { EK_RESET_USB_SERIAL_JTAG, "0 0;+100;1 0;+100;1 1;0 1;+100;0 0;" },
  { EK_RESET_HARD, "0 1;+100;0 0;" },
  { EK_RESET_HARD_USB, "0 1;+200;0 0;+200;" },
};

static void
test_moves_the_lines_as_described (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (dances); i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", ek_reset_name (dances[i].reset));
      g_assert_true (ek_reset_run (dances[i].reset, EK_PORT (port), NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (fake_port_get_log (port), ==, dances[i].expected);
    }
  g_assert_cmpuint (G_N_ELEMENTS (dances), ==, EK_N_RESETS);
}

/* A line left asserted would hold the chip in reset or send it into download mode again. */
static void
test_leaves_both_lines_released (void)
{
  for (guint i = 0; i < EK_N_RESETS; i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      const char *last;

      ek_reset_run ((EkReset) i, EK_PORT (port), NULL, NULL);
      last = strrchr (fake_port_get_log (port), ' ');
      if (last != NULL)
        g_assert_true (g_str_has_prefix (last - 1, "0 0;"));
    }
}

static void
test_does_nothing_without_lines (void)
{
  for (guint i = 0; i < EK_N_RESETS; i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UNKNOWN, 0, FALSE);
      g_autoptr (GError) error = NULL;

      g_assert_true (ek_reset_run ((EkReset) i, EK_PORT (port), NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (fake_port_get_log (port), ==, "");
      g_assert_cmpint (ek_port_now (EK_PORT (port)), ==, 0);
    }
}

static void
test_passes_errors_on (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (GError) error = NULL;

  fake_port_fail_lines (port, EK_ERROR_LINK_LOST);
  g_assert_false (ek_reset_run (EK_RESET_UNIX_TIGHT, EK_PORT (port), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
}

static void
test_can_be_cancelled_in_a_pause (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fake_port_cancel_at (port, cancellable, 120000);
  g_assert_false (ek_reset_run (EK_RESET_UNIX_TIGHT_SLOW, EK_PORT (port), cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_port_now (EK_PORT (port)), ==, 120000);
}

static void
test_takes_turns_by_the_kind_of_port (void)
{
  static const EkReset uart[] = { EK_RESET_UNIX_TIGHT, EK_RESET_UNIX_TIGHT_SLOW, EK_RESET_CLASSIC,
                                  EK_RESET_CLASSIC_SLOW };
  g_autoptr (FakePort) bridge = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (FakePort) otg = fake_port_new (EK_PORT_KIND_USB_OTG, 0, TRUE);
  g_autoptr (FakePort) jtag = fake_port_new (EK_PORT_KIND_USB_SERIAL_JTAG, 0, TRUE);
  g_autoptr (FakePort) bare = fake_port_new (EK_PORT_KIND_UART, 921600, FALSE);

  for (guint i = 0; i < 9; i++)
    {
      g_assert_cmpint (ek_reset_for_attempt (EK_PORT (bridge), i), ==, uart[i % 4]);
      g_assert_cmpint (ek_reset_for_attempt (EK_PORT (otg), i), ==, uart[i % 4]);
      g_assert_cmpint (ek_reset_for_attempt (EK_PORT (jtag), i), ==, EK_RESET_USB_SERIAL_JTAG);
      g_assert_cmpint (ek_reset_for_attempt (EK_PORT (bare), i), ==, EK_RESET_NONE);
    }
}

/* Nobody knows what is behind such a port: within the seven attempts every way has to be tried. */
static void
test_tries_everything_on_an_unknown_port (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UNKNOWN, 921600, TRUE);
  gboolean tried[EK_N_RESETS] = { FALSE };

  for (guint i = 0; i < 7; i++)
    tried[ek_reset_for_attempt (EK_PORT (port), i)] = TRUE;

  g_assert_true (tried[EK_RESET_UNIX_TIGHT]);
  g_assert_true (tried[EK_RESET_UNIX_TIGHT_SLOW]);
  g_assert_true (tried[EK_RESET_CLASSIC]);
  g_assert_true (tried[EK_RESET_CLASSIC_SLOW]);
  g_assert_true (tried[EK_RESET_USB_SERIAL_JTAG]);
  g_assert_false (tried[EK_RESET_HARD]);
  g_assert_false (tried[EK_RESET_HARD_USB]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reset/moves-the-lines-as-described", test_moves_the_lines_as_described);
  g_test_add_func ("/reset/leaves-both-lines-released", test_leaves_both_lines_released);
  g_test_add_func ("/reset/does-nothing-without-lines", test_does_nothing_without_lines);
  g_test_add_func ("/reset/passes-errors-on", test_passes_errors_on);
  g_test_add_func ("/reset/can-be-cancelled-in-a-pause", test_can_be_cancelled_in_a_pause);
  g_test_add_func ("/reset/takes-turns-by-the-kind-of-port", test_takes_turns_by_the_kind_of_port);
  g_test_add_func ("/reset/tries-everything-on-an-unknown-port",
                   test_tries_everything_on_an_unknown_port);

  return g_test_run ();
}
