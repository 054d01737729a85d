/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serial port on a pty pair, and on everything else that a path may name. */
#include "config.h"

#include "ek-port.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG_TIME (60 * G_USEC_PER_SEC)
#define NOBODY    65534

/* The far end of the cable. */
typedef struct
{
  int master;
  char *path;
} Pty;

static void
pty_open (Pty *pty)
{
  pty->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (pty->master, >=, 0);
  g_assert_cmpint (grantpt (pty->master), ==, 0);
  g_assert_cmpint (unlockpt (pty->master), ==, 0);
  pty->path = g_strdup (ptsname (pty->master));
}

static void
pty_close (Pty *pty)
{
  if (pty->master >= 0)
    close (pty->master);
  pty->master = -1;
  g_clear_pointer (&pty->path, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pty, pty_close)

static EkPort *
port_for (const char *path)
{
  g_autoptr (GError) error = NULL;
  EkPort *port = ek_port_new_for_uri (path, &error);

  g_assert_no_error (error);
  return port;
}

static EkPort *
port_open_at (Pty *pty)
{
  EkPort *port;
  g_autoptr (GError) error = NULL;

  pty_open (pty);
  port = port_for (pty->path);
  ek_port_open (port, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ek_port_is_open (port));
  return port;
}

static gint64
soon (EkPort *port)
{
  return ek_port_now (port) + 5 * G_USEC_PER_SEC;
}

static void
test_carries_all_bytes_both_ways (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;
  guint8 sent[256], received[256];
  gsize n;

  for (guint i = 0; i < 256; i++)
    sent[i] = (guint8) i;

  g_assert_true (ek_port_write (port, sent, sizeof sent, NULL, &error));
  for (n = 0; n < sizeof received;)
    {
      gssize got = read (pty.master, received + n, sizeof received - n);

      g_assert_cmpint (got, >, 0);
      n += (gsize) got;
    }
  g_assert_cmpmem (received, sizeof received, sent, sizeof sent);

  memset (received, 0, sizeof received);
  g_assert_cmpint (write (pty.master, sent, sizeof sent), ==, sizeof sent);
  for (n = 0; n < sizeof received;)
    {
      gssize got =
          ek_port_read (port, received + n, sizeof received - n, soon (port), NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (got, >, 0);
      n += (gsize) got;
    }
  g_assert_cmpmem (received, sizeof received, sent, sizeof sent);
}

#define BIG_SIZE (256 * 1024)

static gpointer
collect (gpointer data)
{
  Pty *pty = data;
  GByteArray *bytes = g_byte_array_new ();
  guint8 buffer[1000];

  while (bytes->len < BIG_SIZE)
    {
      gssize n = read (pty->master, buffer, sizeof buffer);

      if (n <= 0)
        break;
      g_byte_array_append (bytes, buffer, (guint) n);
    }

  return bytes;
}

/* A pty takes some 4 kB at once. */
static void
test_writes_more_than_the_driver_takes (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autofree guint8 *data = g_malloc (BIG_SIZE);
  g_autoptr (GByteArray) received = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  for (guint i = 0; i < BIG_SIZE; i++)
    data[i] = (guint8) g_test_rand_int ();

  thread = g_thread_new ("far end", collect, &pty);
  g_assert_true (ek_port_write (port, data, BIG_SIZE, NULL, &error));
  g_assert_no_error (error);
  received = g_thread_join (thread);
  g_assert_cmpmem (received->data, received->len, data, BIG_SIZE);
}

static void
test_stops_reading_at_the_deadline (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;
  gint64 start = ek_port_now (port);
  guint8 byte;

  g_assert_cmpint (ek_port_read (port, &byte, 1, start + 3000, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpint (ek_port_now (port) - start, >=, 3000);
  g_assert_cmpint (ek_port_now (port) - start, <, 2 * G_USEC_PER_SEC);

  /* What is there is had even when the deadline is over. */
  g_assert_cmpint (write (pty.master, "x", 1), ==, 1);
  g_assert_cmpint (ek_port_read (port, &byte, 1, start, NULL, &error), ==, 1);
  g_assert_cmpint (byte, ==, 'x');
}

static void
test_discards_what_has_come (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;
  guint8 byte;

  g_assert_cmpint (write (pty.master, "old", 3), ==, 3);
  ek_port_discard_input (port);
  g_assert_cmpint (ek_port_read (port, &byte, 1, ek_port_now (port), NULL, &error), ==, 0);
  g_assert_no_error (error);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (2000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_stops_reading_when_cancelled (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 start = ek_port_now (port);
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);
  guint8 byte;

  g_assert_cmpint (ek_port_read (port, &byte, 1, start + LONG_TIME, cancellable, &error), ==, -1);
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_port_now (port) - start, <, 5 * G_USEC_PER_SEC);
  g_thread_join (thread);
}

/* The far end takes nothing: the write hangs in the driver until somebody cancels. */
static void
test_stops_writing_when_cancelled (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree guint8 *data = g_malloc0 (BIG_SIZE);
  g_autoptr (GError) error = NULL;
  gint64 start = ek_port_now (port);
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

  g_assert_false (ek_port_write (port, data, BIG_SIZE, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_port_now (port) - start, <, 5 * G_USEC_PER_SEC);
  g_thread_join (thread);
}

static void
test_notices_the_unplugging (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;
  guint8 byte = 0;

  g_assert_cmpint (write (pty.master, "!", 1), ==, 1);
  g_assert_cmpint (ek_port_read (port, &byte, 1, soon (port), NULL, &error), ==, 1);
  close (pty.master);
  pty.master = -1;

  g_assert_cmpint (ek_port_read (port, &byte, 1, ek_port_now (port) + LONG_TIME, NULL, &error), ==,
                   -1);
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_false (ek_port_write (port, &byte, 1, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  g_assert_false (ek_port_set_lines (port, TRUE, TRUE, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_clear_error (&error);
  ek_port_discard_input (port);
  g_assert_false (ek_port_open (port, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND);
  g_assert_false (ek_port_is_open (port));
}

static gpointer
unplug_soon (gpointer data)
{
  Pty *pty = data;

  g_usleep (2000);
  close (pty->master);
  pty->master = -1;
  return NULL;
}

static void
test_notices_the_unplugging_while_it_waits (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("unplug", unplug_soon, &pty);
  guint8 byte;

  g_assert_cmpint (ek_port_read (port, &byte, 1, ek_port_now (port) + LONG_TIME, NULL, &error), ==,
                   -1);
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_thread_join (thread);
}

static void
test_lives_without_lines (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_port_has_lines (port));
  g_assert_true (ek_port_set_lines (port, TRUE, FALSE, &error));
  g_assert_no_error (error);
  g_assert_false (ek_port_has_lines (port));
  g_assert_true (ek_port_set_lines (port, FALSE, FALSE, &error));
}

/* The far end of a pty sees the settings of the near one. */
static guint
speed_of (Pty *pty)
{
  struct termios2 settings;

  g_assert_cmpint (ioctl (pty->master, TCGETS2, &settings), ==, 0);
  g_assert_cmpuint (settings.c_ispeed, ==, settings.c_ospeed);
  return settings.c_ospeed;
}

static void
test_sets_any_speed (void)
{
  static const guint speeds[] = { 9600, 74880, 250000, 921600, 1234567, 3000000, 6000000 };
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (speed_of (&pty), ==, 115200);
  for (guint i = 0; i < G_N_ELEMENTS (speeds); i++)
    {
      g_assert_true (ek_port_set_baud (port, speeds[i], &error));
      g_assert_no_error (error);
      g_assert_cmpuint (speed_of (&pty), ==, speeds[i]);
    }
}

/* Closing must not drop DTR, flow control must not eat bytes, whatever was set before. */
static void
test_sets_up_a_plain_line (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = NULL;
  g_autoptr (GError) error = NULL;
  struct termios2 settings;

  pty_open (&pty);
  g_assert_cmpint (ioctl (pty.master, TCGETS2, &settings), ==, 0);
  settings.c_cflag |= HUPCL | CRTSCTS | CSTOPB | PARENB;
  settings.c_cflag &= ~(tcflag_t) CLOCAL;
  settings.c_iflag |= IXON | ICRNL | ISTRIP;
  g_assert_cmpint (ioctl (pty.master, TCSETS2, &settings), ==, 0);

  port = port_for (pty.path);
  g_assert_true (ek_port_open (port, NULL, &error));
  g_assert_cmpint (ioctl (pty.master, TCGETS2, &settings), ==, 0);
  g_assert_cmpuint (settings.c_cflag & (HUPCL | CRTSCTS | CSTOPB | PARENB), ==, 0);
  g_assert_cmpuint (settings.c_cflag & CSIZE, ==, CS8);
  g_assert_cmpuint (settings.c_cflag & (CLOCAL | CREAD), ==, CLOCAL | CREAD);
  g_assert_cmpuint (settings.c_iflag, ==, 0);
  g_assert_cmpuint (settings.c_oflag, ==, 0);
  g_assert_cmpuint (settings.c_lflag, ==, 0);
}

static void
test_is_held_by_one (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (EkPort) second = port_for (pty.path);
  g_autoptr (GError) error = NULL;
  guint8 byte = 0;

  g_assert_false (ek_port_open (second, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_BUSY);
  g_clear_error (&error);

  /* The attempt did the first one no harm. */
  g_assert_true (ek_port_write (port, &byte, 1, NULL, &error));

  ek_port_close (port);
  g_assert_true (ek_port_open (second, NULL, &error));
  g_assert_no_error (error);
}

static void
test_opens_again (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = port_open_at (&pty);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (ek_port_open (port, NULL, &error));
      g_assert_no_error (error);
    }
}

static void
assert_open_error (const char *path, EkError code)
{
  g_autoptr (EkPort) port = port_for (path);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", path);
  g_assert_false (ek_port_open (port, NULL, &error));
  g_assert_error (error, EK_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_false (ek_port_is_open (port));
}

static void
test_tells_what_is_no_serial_port (void)
{
  g_autofree char *directory = g_dir_make_tmp ("ek-tty-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "file", NULL);
  g_autofree char *fifo = g_build_filename (directory, "fifo", NULL);
  g_autofree char *dangling = g_build_filename (directory, "dangling", NULL);
  g_autofree char *loop = g_build_filename (directory, "loop", NULL);
  g_autofree char *missing = g_build_filename (directory, "missing", NULL);
  g_autofree char *below = g_build_filename (file, "below", NULL);

  g_assert_true (g_file_set_contents (file, "text", -1, NULL));
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink (missing, dangling), ==, 0);
  g_assert_cmpint (symlink (loop, loop), ==, 0);

  assert_open_error (missing, EK_ERROR_PORT_NOT_FOUND);
  assert_open_error (dangling, EK_ERROR_PORT_NOT_FOUND);
  assert_open_error (loop, EK_ERROR_PORT_NOT_FOUND);
  assert_open_error (below, EK_ERROR_PORT_NOT_FOUND);
  assert_open_error (file, EK_ERROR_PORT_NOT_SERIAL);
  assert_open_error (directory, EK_ERROR_PORT_NOT_SERIAL);
  assert_open_error (fifo, EK_ERROR_PORT_NOT_SERIAL);
  assert_open_error ("/dev/null", EK_ERROR_PORT_NOT_SERIAL);

  /* Nothing was changed by looking at it. */
  {
    g_autofree char *text = NULL;

    g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "text");
  }

  g_unlink (file);
  g_unlink (fifo);
  g_unlink (dangling);
  g_unlink (loop);
  g_rmdir (directory);
}

static void
test_follows_a_link (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autofree char *directory = g_dir_make_tmp ("ek-tty-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (directory, "by-id", NULL);
  g_autoptr (EkPort) port = NULL;
  g_autoptr (GError) error = NULL;

  pty_open (&pty);
  g_assert_cmpint (symlink (pty.path, link), ==, 0);
  port = port_for (link);
  g_assert_true (ek_port_open (port, NULL, &error));
  g_assert_no_error (error);
  assert_open_error (pty.path, EK_ERROR_PORT_BUSY);

  g_unlink (link);
  g_rmdir (directory);
}

static void
test_tells_a_lack_of_rights (void)
{
  g_auto (Pty) pty = { -1, NULL };
  g_autoptr (EkPort) port = NULL;
  g_autoptr (GError) error = NULL;
  uid_t me = geteuid ();
  gboolean opened;

  pty_open (&pty);
  g_assert_cmpint (chmod (pty.path, me == 0 ? 0600 : 0), ==, 0);
  if (me == 0 && seteuid (NOBODY) != 0)
    {
      g_test_skip ("the superuser may open everything");
      return;
    }

  port = port_for (pty.path);
  opened = ek_port_open (port, NULL, &error);
  if (me == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_false (opened);
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_NO_PERMISSION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tty-port/carries-all-bytes-both-ways", test_carries_all_bytes_both_ways);
  g_test_add_func ("/tty-port/writes-more-than-the-driver-takes",
                   test_writes_more_than_the_driver_takes);
  g_test_add_func ("/tty-port/stops-reading-at-the-deadline", test_stops_reading_at_the_deadline);
  g_test_add_func ("/tty-port/discards-what-has-come", test_discards_what_has_come);
  g_test_add_func ("/tty-port/stops-reading-when-cancelled", test_stops_reading_when_cancelled);
  g_test_add_func ("/tty-port/stops-writing-when-cancelled", test_stops_writing_when_cancelled);
  g_test_add_func ("/tty-port/notices-the-unplugging", test_notices_the_unplugging);
  g_test_add_func ("/tty-port/notices-the-unplugging-while-it-waits",
                   test_notices_the_unplugging_while_it_waits);
  g_test_add_func ("/tty-port/lives-without-lines", test_lives_without_lines);
  g_test_add_func ("/tty-port/sets-any-speed", test_sets_any_speed);
  g_test_add_func ("/tty-port/sets-up-a-plain-line", test_sets_up_a_plain_line);
  g_test_add_func ("/tty-port/is-held-by-one", test_is_held_by_one);
  g_test_add_func ("/tty-port/opens-again", test_opens_again);
  g_test_add_func ("/tty-port/tells-what-is-no-serial-port", test_tells_what_is_no_serial_port);
  g_test_add_func ("/tty-port/follows-a-link", test_follows_a_link);
  g_test_add_func ("/tty-port/tells-a-lack-of-rights", test_tells_a_lack_of_rights);

  return g_test_run ();
}
