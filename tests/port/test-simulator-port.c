/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated device as a port: its clock, its name, and how it goes away and comes back. */
#include "config.h"

#include "ek-simulator-port.h"

#define SECOND G_USEC_PER_SEC

/* A SYNC and a READ_REG of 0x40001000: esp-protocol facts 1.12. */
static const guint8 sync_frame[] = {
  0xc0, 0x00, 0x08, 0x24, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x07, 0x12, 0x20, 0x55, 0x55, 0x55,
  0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
  0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xc0,
};

static EkPort *
port_open_for (const char *uri)
{
  g_autoptr (GError) error = NULL;
  EkPort *port = ek_port_new_for_uri (uri, &error);

  g_assert_no_error (error);
  g_assert_true (ek_port_open (port, NULL, &error));
  return port;
}

/* All that comes until nothing does for @quiet microseconds. */
static GString *
listen (EkPort *port, gint64 quiet, GError **error)
{
  GString *text = g_string_new (NULL);
  guint8 buffer[512];
  gssize n;

  while ((n = ek_port_read (port, buffer, sizeof buffer, ek_port_now (port) + quiet, NULL, error)) >
         0)
    g_string_append_len (text, (char *) buffer, n);

  return text;
}

static void
test_waits_in_no_time (void)
{
  g_autoptr (EkPort) port = port_open_for ("sim:esp32s3?strap=download&usb=uart");
  g_autoptr (GError) error = NULL;
  gint64 start = ek_port_now (port);
  gint64 real_start = g_get_monotonic_time ();
  guint8 byte;

  g_string_free (listen (port, SECOND, &error), TRUE);
  g_assert_no_error (error);
  g_assert_true (ek_port_sleep (port, 600 * SECOND, NULL, &error));
  g_assert_cmpint (ek_port_now (port), >=, start + 600 * SECOND);
  start = ek_port_now (port);
  g_assert_cmpint (ek_port_read (port, &byte, 1, start + 7 * SECOND, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpint (ek_port_now (port), ==, start + 7 * SECOND);
  g_assert_cmpint (g_get_monotonic_time () - real_start, <, 10 * SECOND);
}

static void
test_takes_as_long_as_the_wire (void)
{
  g_autoptr (EkPort) port = port_open_for ("sim:esp32s3?strap=download&usb=uart");
  g_autoptr (GError) error = NULL;
  gint64 start;
  guint8 byte;

  g_string_free (listen (port, SECOND, NULL), TRUE);
  start = ek_port_now (port);
  g_assert_true (ek_port_write (port, sync_frame, sizeof sync_frame, NULL, &error));
  g_assert_cmpint (ek_port_read (port, &byte, 1, start + SECOND, NULL, &error), ==, 1);
  g_assert_cmpuint (byte, ==, 0xc0);
  /* 46 bytes of ten bits at 115200 baud are 3.99 ms; then there is the answer's first byte */
  g_assert_cmpint (ek_port_now (port) - start, >=, 3990);
  g_assert_cmpint (ek_port_now (port) - start, <, 10000);
}

static void
test_keeps_the_pace_asked_for (void)
{
  g_autoptr (EkPort) port = port_open_for ("sim:esp32s3?pace=1000&usb=uart");
  g_autoptr (GError) error = NULL;
  gint64 start = ek_port_now (port);
  gint64 real_start = g_get_monotonic_time ();

  /* three seconds at 1000 to one */
  g_assert_true (ek_port_sleep (port, 3 * SECOND, NULL, &error));
  g_assert_cmpint (ek_port_now (port) - start, ==, 3 * SECOND);
  g_assert_cmpint (g_get_monotonic_time () - real_start, >=, 3000);
  g_assert_cmpint (g_get_monotonic_time () - real_start, <, SECOND);
}

static void
test_can_be_cancelled_at_its_pace (void)
{
  g_autoptr (EkPort) port = port_open_for ("sim:esp32s3?usb=uart&pace=0.001");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (ek_port_sleep (port, 3 * SECOND, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
}

static void
test_takes_the_pace_out_of_the_options (void)
{
  static const char *const good[] = { "sim:esp32s3?pace=10", "sim:?pace=2", "sim:esp32c3?pace=0",
                                      "sim:esp32s3?usb=uart&pace=1.5&mac=aa:bb:cc:dd:ee:ff" };
  static const char *const bad[] = { "sim:esp32s3?pace=",    "sim:esp32s3?pace=fast",
                                     "sim:esp32s3?pace=-1",  "sim:esp32s3?pace=2x",
                                     "sim:esp32s3?pace=inf", "sim:esp32s3?pacer=2" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkPort) port = ek_port_new_for_uri (good[i], &error);

      g_test_message ("%s", good[i]);
      g_assert_no_error (error);
      g_assert_cmpstr (ek_port_get_uri (port), ==, good[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkPort) port = ek_port_new_for_uri (bad[i], &error);

      g_test_message ("%s", bad[i]);
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
      g_assert_null (port);
    }
}

static void
test_has_the_traits_of_the_adapter (void)
{
  static const struct
  {
    const char *uri;
    EkPortKind kind;
    gboolean has_baud;
  } rows[] = {
    { "sim:esp32s3?usb=jtag", EK_PORT_KIND_USB_SERIAL_JTAG, FALSE },
    { "sim:esp32s3?usb=otg", EK_PORT_KIND_USB_OTG, FALSE },
    { "sim:esp32s3?usb=uart", EK_PORT_KIND_UART, TRUE },
    { "sim:esp32s3?usb=uart&id=1a86:55d3", EK_PORT_KIND_UART, TRUE },
    { "sim:esp32s3?usb=uart&id=dead:beef", EK_PORT_KIND_UNKNOWN, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkPort) port = port_open_for (rows[i].uri);

      g_assert_cmpint (ek_port_get_kind (port), ==, rows[i].kind);
      g_assert_cmpint (ek_port_has_baud (port), ==, rows[i].has_baud);
      g_assert_true (ek_port_has_lines (port));
      g_assert_nonnull (ek_simulator_port_get_simulator (port));
    }
  {
    g_autoptr (EkPort) tty = ek_port_new_for_uri ("/dev/null", NULL);

    g_assert_null (ek_simulator_port_get_simulator (tty));
  }
}

/* Unplugged at the first frame, back three seconds later as another tty. */
static void
test_goes_away_and_comes_back_under_another_name (void)
{
  g_autoptr (EkPort) port =
      port_open_for ("sim:esp32s3?strap=download&usb=uart&fault=vanish:to:1:3");
  g_autofree char *old_path = g_strdup (ek_port_get_path (port));
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) answer = NULL;
  gint64 start;
  guint8 byte;

  g_string_free (listen (port, SECOND, NULL), TRUE);
  start = ek_port_now (port);
  g_assert_true (ek_port_write (port, sync_frame, sizeof sync_frame, NULL, &error));
  g_assert_cmpint (ek_port_read (port, &byte, 1, start + 2 * SECOND, NULL, &error), ==, -1);
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_false (ek_port_write (port, &byte, 1, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_false (ek_port_set_lines (port, TRUE, TRUE, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);

  ek_port_close (port);
  g_assert_false (ek_port_open (port, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (ek_port_sleep (port, 4 * SECOND, NULL, &error));
  g_assert_true (ek_port_open (port, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (ek_port_get_path (port), !=, old_path);

  g_string_free (listen (port, SECOND, NULL), TRUE);
  g_assert_true (ek_port_write (port, sync_frame, sizeof sync_frame, NULL, &error));
  answer = listen (port, SECOND, &error);
  g_assert_no_error (error);
  /* eight answers of fourteen bytes (esp-protocol facts 1.12) */
  g_assert_cmpuint (answer->len, ==, 8 * 14);
}

/* A handle from before the unplugging stays dead, as a tty's does, however long one looks away. */
static void
test_does_not_revive_an_old_handle (void)
{
  g_autoptr (EkPort) port =
      port_open_for ("sim:esp32s3?strap=download&usb=uart&fault=vanish:to:1:1");
  g_autoptr (GError) error = NULL;
  guint8 byte = 0;

  g_string_free (listen (port, SECOND, NULL), TRUE);
  g_assert_true (ek_port_write (port, sync_frame, sizeof sync_frame, NULL, &error));
  g_assert_true (ek_port_sleep (port, 5 * SECOND, NULL, &error));
  g_assert_cmpint (ek_port_read (port, &byte, 1, ek_port_now (port) + SECOND, NULL, &error), ==,
                   -1);
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_false (ek_port_write (port, &byte, 1, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_false (ek_port_set_lines (port, TRUE, TRUE, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_true (ek_port_open (port, NULL, &error));
  g_assert_true (ek_port_write (port, &byte, 1, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulator-port/waits-in-no-time", test_waits_in_no_time);
  g_test_add_func ("/simulator-port/takes-as-long-as-the-wire", test_takes_as_long_as_the_wire);
  g_test_add_func ("/simulator-port/keeps-the-pace-asked-for", test_keeps_the_pace_asked_for);
  g_test_add_func ("/simulator-port/can-be-cancelled-at-its-pace",
                   test_can_be_cancelled_at_its_pace);
  g_test_add_func ("/simulator-port/takes-the-pace-out-of-the-options",
                   test_takes_the_pace_out_of_the_options);
  g_test_add_func ("/simulator-port/has-the-traits-of-the-adapter",
                   test_has_the_traits_of_the_adapter);
  g_test_add_func ("/simulator-port/goes-away-and-comes-back-under-another-name",
                   test_goes_away_and_comes_back_under_another_name);
  g_test_add_func ("/simulator-port/does-not-revive-an-old-handle",
                   test_does_not_revive_an_old_handle);

  return g_test_run ();
}
