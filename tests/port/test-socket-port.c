/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket port against a listener on this computer. */
#include "config.h"

#include "ek-port.h"

#define LONG_TIME (60 * G_USEC_PER_SEC)
#define BIG_SIZE  (4u << 20)

/* A listener and, once the port is open, the other side of the connection. */
typedef struct
{
  GSocketListener *listener;
  GSocketConnection *peer;
  EkPort *port;
} Wire;

static EkPort *
port_for (guint16 number)
{
  g_autofree char *uri = g_strdup_printf ("socket://127.0.0.1:%u", number);
  g_autoptr (GError) error = NULL;
  EkPort *port = ek_port_new_for_uri (uri, &error);

  g_assert_no_error (error);
  return port;
}

static guint16
listen_somewhere (GSocketListener *listener)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                 &effective, &error);
  g_assert_no_error (error);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
}

static void
wire_connect (Wire *wire)
{
  g_autoptr (GError) error = NULL;

  wire->listener = g_socket_listener_new ();
  wire->port = port_for (listen_somewhere (wire->listener));
  ek_port_open (wire->port, NULL, &error);
  g_assert_no_error (error);
  wire->peer = g_socket_listener_accept (wire->listener, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
wire_clear (Wire *wire)
{
  g_clear_object (&wire->peer);
  g_clear_object (&wire->port);
  g_clear_object (&wire->listener);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wire, wire_clear)

static void
peer_say (Wire *wire, const void *data, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (wire->peer)), data, size,
                             NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
peer_hang_up (Wire *wire)
{
  g_io_stream_close (G_IO_STREAM (wire->peer), NULL, NULL);
}

static void
test_carries_all_bytes_both_ways (void)
{
  g_auto (Wire) wire = { 0 };
  guint8 sent[256], received[256];
  g_autoptr (GError) error = NULL;
  gsize n;

  wire_connect (&wire);
  for (guint i = 0; i < 256; i++)
    sent[i] = (guint8) i;

  g_assert_true (ek_port_write (wire.port, sent, sizeof sent, NULL, &error));
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (wire.peer)), received,
                           sizeof received, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (received, n, sent, sizeof sent);

  peer_say (&wire, sent, sizeof sent);
  for (n = 0; n < sizeof received;)
    {
      gssize got = ek_port_read (wire.port, received + n, sizeof received - n,
                                 ek_port_now (wire.port) + LONG_TIME, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (got, >, 0);
      n += (gsize) got;
    }
  g_assert_cmpmem (received, n, sent, sizeof sent);
}

static gpointer
collect (gpointer data)
{
  Wire *wire = data;
  guint8 *bytes = g_malloc (BIG_SIZE);
  gsize n;

  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (wire->peer)), bytes, BIG_SIZE,
                           &n, NULL, NULL);
  return g_bytes_new_take (bytes, n);
}

static void
test_writes_more_than_the_socket_takes (void)
{
  g_auto (Wire) wire = { 0 };
  g_autofree guint8 *data = g_malloc (BIG_SIZE);
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  wire_connect (&wire);
  for (guint i = 0; i < BIG_SIZE; i++)
    data[i] = (guint8) (i * 2654435761u >> 24);
  thread = g_thread_new ("far end", collect, &wire);
  g_assert_true (ek_port_write (wire.port, data, BIG_SIZE, NULL, &error));
  g_assert_no_error (error);
  received = g_thread_join (thread);
  g_assert_cmpmem (g_bytes_get_data (received, NULL), g_bytes_get_size (received), data, BIG_SIZE);
}

static void
test_stops_reading_at_the_deadline (void)
{
  g_auto (Wire) wire = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 start;
  guint8 byte;

  wire_connect (&wire);
  start = ek_port_now (wire.port);
  g_assert_cmpint (ek_port_read (wire.port, &byte, 1, start + 3000, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpint (ek_port_now (wire.port) - start, >=, 2000);
  g_assert_cmpint (ek_port_now (wire.port) - start, <, 2 * G_USEC_PER_SEC);

  /* a deadline that is over does not wait */
  g_assert_cmpint (ek_port_read (wire.port, &byte, 1, start, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_notices_the_hang_up (void)
{
  g_auto (Wire) wire = { 0 };
  g_autoptr (GError) error = NULL;
  guint8 bytes[4] = { 0 };

  wire_connect (&wire);
  peer_say (&wire, "end", 3);
  peer_hang_up (&wire);
  /* what was said before is still had */
  g_assert_cmpint (ek_port_read (wire.port, bytes, sizeof bytes,
                                 ek_port_now (wire.port) + LONG_TIME, NULL, &error),
                   ==, 3);
  g_assert_cmpint (ek_port_read (wire.port, bytes, 1, ek_port_now (wire.port) + LONG_TIME, NULL,
                                 &error),
                   ==, -1);
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
}

static void
test_fails_to_write_after_the_hang_up (void)
{
  g_auto (Wire) wire = { 0 };
  g_autofree guint8 *data = g_malloc0 (BIG_SIZE);
  g_autoptr (GError) error = NULL;

  wire_connect (&wire);
  peer_hang_up (&wire);
  g_assert_false (ek_port_write (wire.port, data, BIG_SIZE, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (2000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_stops_when_cancelled (void)
{
  g_auto (Wire) wire = { 0 };
  g_autofree guint8 *data = g_malloc0 (BIG_SIZE * 8);
  gint64 start = g_get_monotonic_time ();

  wire_connect (&wire);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

      if (i == 0)
        g_assert_cmpint (ek_port_read (wire.port, data, 1, start + LONG_TIME, cancellable, &error),
                         ==, -1);
      else
        g_assert_false (ek_port_write (wire.port, data, BIG_SIZE * 8, cancellable, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_thread_join (thread);
    }
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
}

static void
test_tells_that_nobody_listens (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 number = listen_somewhere (listener);
  g_autoptr (EkPort) port = port_for (number);
  g_autoptr (GError) error = NULL;

  g_socket_listener_close (listener);
  g_assert_false (ek_port_open (port, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND);
  g_assert_false (ek_port_is_open (port));
}

static void
test_opens_again (void)
{
  g_auto (Wire) wire = { 0 };
  g_autoptr (GSocketConnection) second = NULL;
  g_autoptr (GError) error = NULL;
  guint8 byte;

  wire_connect (&wire);
  peer_hang_up (&wire);
  g_assert_true (ek_port_open (wire.port, NULL, &error));
  second = g_socket_listener_accept (wire.listener, NULL, NULL, &error);
  g_assert_no_error (error);
  g_set_object (&wire.peer, second);
  peer_say (&wire, "2", 1);
  g_assert_cmpint (ek_port_read (wire.port, &byte, 1, ek_port_now (wire.port) + LONG_TIME, NULL,
                                 &error),
                   ==, 1);
  g_assert_cmpint (byte, ==, '2');
}

static void
test_discards_what_has_come (void)
{
  g_auto (Wire) wire = { 0 };
  g_autoptr (GError) error = NULL;
  guint8 byte;

  wire_connect (&wire);
  peer_say (&wire, "!old", 4);
  g_assert_cmpint (ek_port_read (wire.port, &byte, 1, ek_port_now (wire.port) + LONG_TIME, NULL,
                                 &error),
                   ==, 1);
  ek_port_discard_input (wire.port);
  g_assert_cmpint (ek_port_read (wire.port, &byte, 1, 0, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_has_neither_lines_nor_speed (void)
{
  g_auto (Wire) wire = { 0 };
  g_autoptr (GError) error = NULL;

  wire_connect (&wire);
  g_assert_false (ek_port_has_lines (wire.port));
  g_assert_false (ek_port_has_baud (wire.port));
  g_assert_true (ek_port_set_lines (wire.port, TRUE, TRUE, &error));
  g_assert_true (ek_port_set_baud (wire.port, 921600, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/socket-port/carries-all-bytes-both-ways", test_carries_all_bytes_both_ways);
  g_test_add_func ("/socket-port/writes-more-than-the-socket-takes",
                   test_writes_more_than_the_socket_takes);
  g_test_add_func ("/socket-port/stops-reading-at-the-deadline",
                   test_stops_reading_at_the_deadline);
  g_test_add_func ("/socket-port/notices-the-hang-up", test_notices_the_hang_up);
  g_test_add_func ("/socket-port/fails-to-write-after-the-hang-up",
                   test_fails_to_write_after_the_hang_up);
  g_test_add_func ("/socket-port/stops-when-cancelled", test_stops_when_cancelled);
  g_test_add_func ("/socket-port/tells-that-nobody-listens", test_tells_that_nobody_listens);
  g_test_add_func ("/socket-port/opens-again", test_opens_again);
  g_test_add_func ("/socket-port/discards-what-has-come", test_discards_what_has_come);
  g_test_add_func ("/socket-port/has-neither-lines-nor-speed", test_has_neither_lines_nor_speed);

  return g_test_run ();
}
