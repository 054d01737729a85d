/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is heard of a device, through joining in, restarting, unplugging and coming back. */
#include "config.h"

#include "ek-listener.h"
#include "fake-port.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

typedef struct
{
  GString *lines; /* each ended by a bar */
  GString *links; /* "+" and "-" */
  EkLogLevel last_level;
  char *last_coloured; /* (nullable) */
} Heard;

static void
heard_init (Heard *self)
{
  self->lines = g_string_new (NULL);
  self->links = g_string_new (NULL);
}

static void
heard_clear (Heard *self)
{
  g_string_free (self->lines, TRUE);
  g_string_free (self->links, TRUE);
  g_free (self->last_coloured);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Heard, heard_clear)

static void
on_line (EkLogLine *line, gpointer user_data)
{
  Heard *heard = user_data;

  g_string_append_printf (heard->lines, "%s|", ek_log_line_get_text (line));
  heard->last_level = ek_log_line_get_level (line);
  g_free (heard->last_coloured);
  heard->last_coloured = g_strdup (ek_log_line_get_coloured_text (line));
}

static void
on_link (gboolean connected, const char *path, gpointer user_data)
{
  g_string_append_c (((Heard *) user_data)->links, connected ? '+' : '-');
}

static gboolean
listen (FakePort *port, EkListenerOptions *options, Heard *heard, double seconds, GError **error)
{
  g_autoptr (EkListener) listener = NULL;

  options->on_line = on_line;
  options->on_link = on_link;
  options->user_data = heard;
  listener = ek_listener_new (EK_PORT (port), options);
  return ek_listener_run (listener, (gint64) (seconds * SECOND), NULL, error);
}

static void
play (FakePort *port, double delay, const char *text)
{
  fake_port_play (port, (gint64) (delay * SECOND), text, strlen (text));
}

static void
test_does_not_disturb (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (Heard) heard = { 0 };
  EkListenerOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  heard_init (&heard);
  play (port, 0.5, "rest of a line\r\nI (1) a: one\r\ntwo\r\n");
  g_assert_true (listen (port, &options, &heard, 2, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fake_port_get_log (port), ==, "baud 115200;0 0;");
  g_assert_cmpuint (ek_port_get_baud (EK_PORT (port)), ==, 115200);
  g_assert_cmpstr (heard.lines->str, ==, "I (1) a: one|two|");
  g_assert_cmpstr (heard.links->str, ==, "+");
  g_assert_false (ek_port_is_open (EK_PORT (port)));
}

/* Whoever joins in the middle of the line with the password must not see its end. */
static void
test_drops_the_rest_of_a_secret (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (Heard) heard = { 0 };
  EkListenerOptions options = { 0 };

  heard_init (&heard);
  play (port, 0.1, "ter2\"\r\nI (2) echokit: PASS: \"hun");
  play (port, 0.1, "ter2\"\r\nI (3) echokit: next\r\n");
  listen (port, &options, &heard, 1, NULL);
  g_assert_null (strstr (heard.lines->str, "ter2"));
  g_assert_null (strstr (heard.lines->str, "hun"));
  g_assert_nonnull (strstr (heard.lines->str, "I (3) echokit: next|"));
}

static void
test_keeps_a_known_beginning (void)
{
  static const char *const beginnings[] = { "ESP-ROM:esp32s3-20210327", "I (12) a: b",
                                            "rst:0x1 (POWERON)", "E (3) c: d" };

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_auto (Heard) heard = { 0 };
      g_autofree char *expected = g_strconcat (beginnings[i], "|", NULL);
      EkListenerOptions options = { 0 };

      heard_init (&heard);
      play (port, 0.1, beginnings[i]);
      play (port, 0.1, "\r\n");
      listen (port, &options, &heard, 1, NULL);
      g_assert_cmpstr (heard.lines->str, ==, expected);
    }
}

static void
test_restarts_first (void)
{
  static const struct
  {
    EkPortKind kind;
    const char *lines;
  } rows[] = {
    { EK_PORT_KIND_UART, "baud 74880;0 1;+100;0 0;" },
    { EK_PORT_KIND_USB_SERIAL_JTAG, "baud 74880;0 1;+200;0 0;" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (FakePort) port = fake_port_new (rows[i].kind, 921600, TRUE);
      g_auto (Heard) heard = { 0 };
      EkListenerOptions options = { .reset = TRUE, .baud = 74880 };

      heard_init (&heard);
      play (port, 0.3, "ESP-ROM:esp32s3-20210327\r\n");
      listen (port, &options, &heard, 1, NULL);
      g_assert_cmpstr (fake_port_get_log (port), ==, rows[i].lines);
      g_assert_cmpstr (heard.lines->str, ==, "ESP-ROM:esp32s3-20210327|");
      g_assert_cmpuint (ek_port_get_baud (EK_PORT (port)), ==, 74880);
    }
}

static void
test_follows_through_unplugging (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_USB_SERIAL_JTAG, 0, TRUE);
  g_auto (Heard) heard = { 0 };
  EkListenerOptions options = { .reset = TRUE };
  g_autoptr (GError) error = NULL;

  heard_init (&heard);
  play (port, 0.5, "I (1) a: before\r\nI (2) a: hal");
  fake_port_unplug (port, SECOND, 30 * SECOND);
  play (port, 30.5, "I (1) a: after\r\n");
  g_assert_true (listen (port, &options, &heard, 40, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (heard.lines->str, ==, "I (1) a: before|I (2) a: hal|I (1) a: after|");
  g_assert_cmpstr (heard.links->str, ==, "+-+");
  /* coming back is no reason to restart it again */
  g_assert_true (g_str_has_prefix (fake_port_get_log (port), "0 1;+200;0 0;+"));
  g_assert_true (g_str_has_suffix (fake_port_get_log (port), "+250;0 0;"));
  g_assert_cmpstr (strstr (fake_port_get_log (port), "0 1;"), ==,
                   g_strrstr (fake_port_get_log (port), "0 1;"));
}

static void
test_ends_without_reconnecting (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (Heard) heard = { 0 };
  EkListenerOptions options = { .no_reconnect = TRUE };
  g_autoptr (GError) error = NULL;

  heard_init (&heard);
  fake_port_unplug (port, SECOND, 2 * SECOND);
  g_assert_false (listen (port, &options, &heard, 40, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
}

static void
test_needs_the_device_at_first (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_auto (Heard) heard = { 0 };
  EkListenerOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  heard_init (&heard);
  fake_port_unplug (port, 0, SECOND);
  g_assert_false (listen (port, &options, &heard, 40, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND);
  g_assert_cmpstr (heard.links->str, ==, "");
}

static void
test_stops_when_cancelled (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Heard) heard = { 0 };
  EkListenerOptions options = { .on_line = on_line, .user_data = &heard };
  g_autoptr (EkListener) listener = ek_listener_new (EK_PORT (port), &options);
  g_autoptr (GError) error = NULL;

  heard_init (&heard);
  fake_port_cancel_at (port, cancellable, 5 * SECOND);
  g_assert_false (ek_listener_run (listener, G_MAXINT64, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_false (ek_port_is_open (EK_PORT (port)));
}

/* The letter says the level; where there is none, the colour. */
static void
test_tells_levels (void)
{
  static const struct
  {
    const char *bytes;
    EkLogLevel level;
  } rows[] = {
    { "E (1) a: x", EK_LOG_ERROR },
    { "W (14:05:09.123) a: x", EK_LOG_WARNING },
    { "\033[0;32mI (1) a: x\033[0m", EK_LOG_INFO },
    { "D (1) a: x", EK_LOG_DEBUG },
    { "V (1) a: x", EK_LOG_VERBOSE },
    { "\033[0;31mbroken\033[0m", EK_LOG_ERROR },
    { "\033[33;1mcareful", EK_LOG_WARNING },
    { "plain \033[31mred\033[0m inside", EK_LOG_PLAIN },
    { "\033[31m\033[0mplain again", EK_LOG_PLAIN },
    { "E = m c2", EK_LOG_PLAIN },
    { "I (", EK_LOG_PLAIN },
    { "I", EK_LOG_PLAIN },
    { "Idle (1) a", EK_LOG_PLAIN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_auto (Heard) heard = { 0 };
      EkListenerOptions options = { 0 };

      heard_init (&heard);
      heard.last_level = 99;
      play (port, 0.1, "\r\n");
      play (port, 0.1, rows[i].bytes);
      play (port, 0.1, "\r\n");
      listen (port, &options, &heard, 1, NULL);
      g_test_message ("%s", rows[i].bytes);
      g_assert_cmpint (heard.last_level, ==, rows[i].level);
      g_assert_null (strchr (heard.lines->str, '\033'));
    }
}

/* The text is without them in any case; a terminal gets them back, each line for itself. */
static void
test_keeps_colours (void)
{
  static const struct
  {
    const char *bytes;
    const char *text;
    const char *coloured;
  } rows[] = {
    { "I (1) a: plain", "I (1) a: plain", NULL },
    { "\033[0;32mI (1) a: b\033[0m", "I (1) a: b", "\033[0;32mI (1) a: b\033[0m\033[0m" },
    { "\033[2Jred \033[1;31mword\033[0m here", "red word here",
      "red \033[1;31mword\033[0m here\033[0m" },
    /* the Wi-Fi's password, in and behind whose announcement there are colours */
    { "\033[32mI (2) echokit: PASS: \"hunter2\"\033[0m", "I (2) echokit: PASS: \"***\"",
      "\033[32mI (2) echokit: PASS: \"***\"\033[0m" },
    { "I (2) echokit: PA\033[31mSS: \"hun\033[1mter2\033[0m\"\033[0m",
      "I (2) echokit: PASS: \"***\"", "I (2) echokit: PA\033[31mSS: \"***\"\033[0m" },
    { "I (2) echokit: PASS:\033[31m \033[32m\"\033[33mh\033[34munter2\"",
      "I (2) echokit: PASS: \"***\"",
      "I (2) echokit: PASS:\033[31m \033[32m\"\033[33m***\"\033[0m" },
    { "New p\033[Kass\033[7m: hunter2", "New pass: \"***\"", "New pass\033[7m: \"***\"\033[0m" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_auto (Heard) heard = { 0 };
      g_autofree char *expected = g_strconcat ("|", rows[i].text, "|", NULL);
      EkListenerOptions options = { 0 };

      heard_init (&heard);
      play (port, 0.1, "I (0) first\r\n");
      g_string_truncate (heard.lines, 0);
      play (port, 0.1, rows[i].bytes);
      play (port, 0.1, "\r\n");
      listen (port, &options, &heard, 1, NULL);
      g_test_message ("%s", rows[i].text);
      g_assert_true (g_str_has_suffix (heard.lines->str, expected));
      g_assert_cmpstr (heard.last_coloured, ==, rows[i].coloured);
      g_assert_null (strstr (heard.lines->str, "unter"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/listener/does-not-disturb", test_does_not_disturb);
  g_test_add_func ("/listener/drops-the-rest-of-a-secret", test_drops_the_rest_of_a_secret);
  g_test_add_func ("/listener/keeps-a-known-beginning", test_keeps_a_known_beginning);
  g_test_add_func ("/listener/restarts-first", test_restarts_first);
  g_test_add_func ("/listener/follows-through-unplugging", test_follows_through_unplugging);
  g_test_add_func ("/listener/ends-without-reconnecting", test_ends_without_reconnecting);
  g_test_add_func ("/listener/needs-the-device-at-first", test_needs_the_device_at_first);
  g_test_add_func ("/listener/stops-when-cancelled", test_stops_when_cancelled);
  g_test_add_func ("/listener/tells-levels", test_tells_levels);
  g_test_add_func ("/listener/keeps-colours", test_keeps_colours);

  return g_test_run ();
}
