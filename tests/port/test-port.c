/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every port does whatever its back end: its address, calls while closed, cancelling, sleeping. */
#include "config.h"

#include "ek-port.h"

#define LONG_TIME (60 * G_USEC_PER_SEC)

static EkPort *
port_new (const char *uri)
{
  g_autoptr (GError) error = NULL;
  EkPort *port = ek_port_new_for_uri (uri, &error);

  g_assert_no_error (error);
  g_assert_nonnull (port);
  return port;
}

static void
test_makes_the_back_end_of_the_uri (void)
{
  g_autoptr (EkPort) tty = port_new ("/dev/ttyACM7");
  g_autoptr (EkPort) socket = port_new ("socket://127.0.0.1:5555");
  g_autoptr (EkPort) simulated = port_new ("sim:esp32s3");

  g_assert_cmpstr (ek_port_get_uri (tty), ==, "/dev/ttyACM7");
  g_assert_cmpstr (ek_port_get_path (tty), ==, "/dev/ttyACM7");
  g_assert_true (ek_port_has_baud (tty));
  g_assert_true (ek_port_has_lines (tty));
  g_assert_false (ek_port_is_simulated (tty));

  g_assert_cmpstr (ek_port_get_uri (socket), ==, "socket://127.0.0.1:5555");
  g_assert_false (ek_port_has_baud (socket));
  g_assert_false (ek_port_has_lines (socket));
  g_assert_cmpint (ek_port_get_kind (socket), ==, EK_PORT_KIND_UNKNOWN);

  g_assert_true (ek_port_is_simulated (simulated));
  g_assert_cmpint (ek_port_get_kind (simulated), ==, EK_PORT_KIND_USB_SERIAL_JTAG);
  g_assert_false (ek_port_has_baud (simulated));
}

static void
test_refuses_uris_that_make_no_sense (void)
{
  static const char *const uris[] = { "http://127.0.0.1:80", "rfc2217://host:1",
                                      "socket://",           "socket://127.0.0.1",
                                      "socket://[::1",       "socket://127.0.0.1:0",
                                      "socket://:70000",     "sim:esp9999",
                                      "sim:esp32s3?no=such", "sim:esp32s3?usb=parallel" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkPort) port = ek_port_new_for_uri (uris[i], &error);

      g_test_message ("%s", uris[i]);
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
      g_assert_null (port);
    }
}

static void
test_says_that_it_is_closed (void)
{
  static const char *const uris[] = { "/dev/ttyACM7", "socket://127.0.0.1:5555", "sim:esp32s3" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (EkPort) port = port_new (uris[i]);
      g_autoptr (GError) error = NULL;
      guint8 byte = 0;

      g_assert_false (ek_port_is_open (port));
      g_assert_cmpint (ek_port_read (port, &byte, 1, ek_port_now (port) + LONG_TIME, NULL, &error),
                       ==, -1);
      g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
      g_clear_error (&error);
      g_assert_false (ek_port_write (port, &byte, 1, NULL, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
      g_clear_error (&error);
      g_assert_false (ek_port_set_baud (port, 115200, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
      g_clear_error (&error);
      g_assert_false (ek_port_set_lines (port, TRUE, FALSE, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);

      /* harmless */
      ek_port_discard_input (port);
      ek_port_close (port);
      ek_port_close (port);
    }
}

static void
test_does_nothing_once_cancelled (void)
{
  g_autoptr (EkPort) port = port_new ("sim:esp32s3");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 before = ek_port_now (port);
  guint8 byte = 0;

  for (guint open = 0; open < 2; open++)
    {
      g_autoptr (GError) error = NULL;

      g_cancellable_cancel (cancellable);
      g_assert_false (ek_port_open (port, cancellable, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_clear_error (&error);
      g_assert_cmpint (ek_port_read (port, &byte, 1, before + LONG_TIME, cancellable, &error), ==,
                       -1);
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_clear_error (&error);
      g_assert_false (ek_port_write (port, &byte, 1, cancellable, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_clear_error (&error);
      g_assert_false (ek_port_sleep (port, LONG_TIME, cancellable, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_assert_cmpint (ek_port_now (port), ==, before);

      g_cancellable_reset (cancellable);
      g_assert_true (ek_port_open (port, cancellable, NULL));
    }
}

static void
test_sleeps_as_long_as_told (void)
{
  g_autoptr (EkPort) port = port_new ("/dev/null");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_port_sleep (port, 3000, cancellable, &error));
  g_assert_true (ek_port_sleep (port, 2000, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 5000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, G_USEC_PER_SEC);
  g_assert_true (ek_port_sleep (port, 0, cancellable, &error));
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (2000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_wakes_when_cancelled (void)
{
  g_autoptr (EkPort) port = port_new ("/dev/null");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

  g_assert_false (ek_port_sleep (port, LONG_TIME, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
  g_thread_join (thread);
}

static void
test_starts_at_the_console_speed (void)
{
  g_autoptr (EkPort) port = port_new ("sim:esp32s3?usb=uart");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (ek_port_get_baud (port), ==, 115200);
  g_assert_true (ek_port_open (port, NULL, &error));
  g_assert_true (ek_port_set_baud (port, 460800, &error));
  g_assert_cmpuint (ek_port_get_baud (port), ==, 460800);
  g_assert_true (ek_port_open (port, NULL, &error));
  g_assert_cmpuint (ek_port_get_baud (port), ==, 115200);
  g_assert_no_error (error);
}

static void
test_is_finalised (void)
{
  static const char *const uris[] = { "/dev/ttyACM7", "socket://127.0.0.1:5555", "sim:esp32s3" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      EkPort *port = port_new (uris[i]);

      g_object_add_weak_pointer (G_OBJECT (port), (gpointer *) &port);
      g_object_unref (port);
      g_assert_null (port);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port/makes-the-back-end-of-the-uri", test_makes_the_back_end_of_the_uri);
  g_test_add_func ("/port/refuses-uris-that-make-no-sense", test_refuses_uris_that_make_no_sense);
  g_test_add_func ("/port/says-that-it-is-closed", test_says_that_it_is_closed);
  g_test_add_func ("/port/does-nothing-once-cancelled", test_does_nothing_once_cancelled);
  g_test_add_func ("/port/sleeps-as-long-as-told", test_sleeps_as_long_as_told);
  g_test_add_func ("/port/wakes-when-cancelled", test_wakes_when_cancelled);
  g_test_add_func ("/port/starts-at-the-console-speed", test_starts_at_the_console_speed);
  g_test_add_func ("/port/is-finalised", test_is_finalised);

  return g_test_run ();
}
