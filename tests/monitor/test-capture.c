/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounded capture: its limits of time and size, and what it counts. */
#include "config.h"

#include "ek-capture.h"
#include "fake-port.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

static void
capture (EkCapture *self, FakePort *port, const EkCaptureOptions *options)
{
  g_autoptr (GError) error = NULL;

  ek_capture_run (self, EK_PORT (port), options, NULL, &error);
  g_assert_no_error (error);
}

static void
test_counts_and_filters (void)
{
  static const char bytes[] = "\r\nI (1) heartbeat: tick 0\r\nI (2) other: tock\r\n"
                              "I (3) heartbeat: tick 1\r\nI (4) echokit: PASS: \"s3cret\"\r\n";
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (EkCapture) all = { 0 };
  g_auto (EkCapture) some = { 0 };
  EkCaptureOptions options = { 0 };

  fake_port_play (port, SECOND, bytes, strlen (bytes));
  capture (&all, port, &options);
  g_assert_cmpint (all.duration, >=, 30 * SECOND);
  g_assert_cmpint (all.duration, <, 31 * SECOND);
  g_assert_cmpuint (all.bytes_read, ==, strlen (bytes));
  g_assert_cmpuint (all.n_lines, ==, 4);
  g_assert_cmpstr (all.output->str, ==,
                   "I (1) heartbeat: tick 0\nI (2) other: tock\nI (3) heartbeat: tick 1\n"
                   "I (4) echokit: PASS: \"***\"");
  g_assert_false (all.truncated);

  options.filter = "heartbeat";
  options.seconds = 5;
  fake_port_play (port, SECOND, bytes, strlen (bytes));
  capture (&some, port, &options);
  g_assert_cmpint (some.duration, <, 6 * SECOND);
  g_assert_cmpuint (some.n_lines, ==, 2);
  g_assert_cmpstr (some.output->str, ==, "I (1) heartbeat: tick 0\nI (3) heartbeat: tick 1");
  g_assert_cmpuint (some.bytes_read, ==, strlen (bytes));
}

static void
test_ends_in_time (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (EkCapture) self = { 0 };
  EkCaptureOptions options = { .seconds = 100000 };

  capture (&self, port, &options);
  g_assert_cmpint (self.duration, >=, 600 * SECOND);
  g_assert_cmpint (self.duration, <, 601 * SECOND);
}

static void
test_drops_the_tail (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (EkCapture) self = { 0 };
  EkCaptureOptions options = { 0 };
  /* 1023 characters and a line feed: 512 of them and no byte more */
  g_autofree char *line = g_strnfill (1023, 'x');
  guint n = 600;

  fake_port_play (port, 1000, "\n", 1);
  for (guint i = 0; i < n; i++)
    {
      fake_port_play (port, 1000 + i, line, 1023);
      fake_port_play (port, 1000 + i, "\n", 1);
    }
  capture (&self, port, &options);
  g_assert_true (self.truncated);
  g_assert_cmpuint (self.output->len, <=, 512 * 1024);
  g_assert_cmpuint (self.n_lines, ==, 512);
  g_assert_cmpuint (self.bytes_read, ==, 1 + n * 1024);
}

static void
test_keeps_what_was_heard_before_the_end (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (EkCapture) self = { 0 };
  EkCaptureOptions options = { .no_reconnect = TRUE };
  g_autoptr (GError) error = NULL;

  fake_port_play (port, 1000, "I (1) a: b\r\n", 12);
  fake_port_unplug (port, SECOND, 2 * SECOND);
  g_assert_false (ek_capture_run (&self, EK_PORT (port), &options, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_assert_cmpstr (self.output->str, ==, "I (1) a: b");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/capture/counts-and-filters", test_counts_and_filters);
  g_test_add_func ("/capture/ends-in-time", test_ends_in_time);
  g_test_add_func ("/capture/drops-the-tail", test_drops_the_tail);
  g_test_add_func ("/capture/keeps-what-was-heard-before-the-end",
                   test_keeps_what_was_heard_before_the_end);

  return g_test_run ();
}
