/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries bytes between a client and the model, jumping its clock or keeping it in step. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-server.h"

#include "ek-simulator-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define BUFFER_SIZE 65536
/* Timers further away than this don't run out by themselves while nobody waits in real time; answers
 * always come. */
#define JUMP_LIMIT     (3 * G_USEC_PER_SEC)
#define IDLE_POLL_MS   20
#define TIMER_GRACE_US 60000

/**
 * Client:
 *
 * Whoever is connected: a socket or our end of a pseudo terminal.
 */
typedef struct
{
  EkSimulator *simulator;
  const EkSimulatorServerOptions *options;
  GCancellable *cancellable;
  int in_fd;
  int out_fd;
  gboolean is_pty;
  gint64 real_start;
  gint64 model_start;
} Client;

/**
 * ek_simulator_stats_to_json:
 *
 * Returns: (transfer full): one object with the members of #EkSimulatorStats
 */
char *
ek_simulator_stats_to_json (const EkSimulatorStats *stats)
{
  const struct
  {
    const char *name;
    gint64 value;
  } members[] = {
    { "now_us", stats->now_us },
    { "bytes_to_chip", (gint64) stats->bytes_to_chip },
    { "bytes_from_chip", (gint64) stats->bytes_from_chip },
    { "frames_to_chip", (gint64) stats->frames_to_chip },
    { "frames_from_chip", (gint64) stats->frames_from_chip },
    { "erase_us", stats->erase_us },
    { "program_us", stats->program_us },
    { "hash_us", stats->hash_us },
    { "sectors_erased", (gint64) stats->sectors_erased },
    { "blocks_erased", (gint64) stats->blocks_erased },
    { "pages_programmed", (gint64) stats->pages_programmed },
    { "resets", stats->resets },
  };
  GString *text = g_string_new ("{");

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_string_append_printf (text, "%s\n  \"%s\": %" G_GINT64_FORMAT, i > 0 ? "," : "",
                            members[i].name, members[i].value);
  g_string_append (text, "\n}\n");

  return g_string_free (text, FALSE);
}

static void
write_stats (EkSimulator *simulator, const EkSimulatorServerOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  EkSimulatorStats stats;

  if (!ek_simulator_save (simulator, &error))
    g_warning ("%s", error->message);
  if (options->stats_path == NULL)
    return;

  g_clear_error (&error);
  ek_simulator_get_stats (simulator, &stats);
  text = ek_simulator_stats_to_json (&stats);
  if (!g_file_set_contents (options->stats_path, text, -1, &error))
    g_warning ("%s", error->message);
}

static gboolean
send_all (Client *client, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize n = write (client->out_fd, data, size);

      if (n > 0)
        {
          data += n;
          size -= (gsize) n;
        }
      else if (errno == EAGAIN)
        {
          GPollFD fd = { client->out_fd, G_IO_OUT, 0 };

          if (g_cancellable_is_cancelled (client->cancellable))
            return FALSE;
          g_poll (&fd, 1, IDLE_POLL_MS);
        }
      else if (errno != EINTR)
        {
          return FALSE;
        }
    }

  return TRUE;
}

static gint64
model_time (Client *client)
{
  double real = (double) (g_get_monotonic_time () - client->real_start);

  return client->model_start + (gint64) (real * client->options->pace);
}

/* Our end of a pty knows what speed the other end has set; a socket has none: it fits always. */
static void
follow_baud (Client *client)
{
  guint baud = client->is_pty ? ek_sim_pty_get_speed (client->in_fd) : client->simulator->chip_baud;

  if (baud != 0)
    ek_simulator_set_baud (client->simulator, baud);
}

/* Hands over what the chip has to say. Without a pace the clock jumps to each next event: the client
 * waits for an answer, and takes no time to think. */
static gboolean
deliver (Client *client)
{
  static guint8 buffer[BUFFER_SIZE];
  EkSimulator *simulator = client->simulator;

  follow_baud (client);
  if (client->options->pace > 0)
    ek_simulator_advance (simulator, model_time (client));

  while (TRUE)
    {
      gsize n = ek_simulator_read (simulator, buffer, sizeof buffer);
      gint64 next;

      if (n > 0)
        {
          if (!send_all (client, buffer, n))
            return FALSE;
          continue;
        }
      if (!ek_simulator_is_present (simulator) && client->is_pty)
        return FALSE;
      next = ek_simulator_get_next_event (simulator);
      if (client->options->pace > 0 || next < 0 ||
          (!ek_simulator_has_output (simulator) &&
           next - ek_simulator_get_now (simulator) > JUMP_LIMIT))
        return TRUE;
      /* Before the chip does something by itself (a reset), the client has a moment to change its speed. */
      if (!ek_simulator_has_output (simulator))
        {
          g_usleep (TIMER_GRACE_US);
          follow_baud (client);
        }
      ek_simulator_advance (simulator, next);
    }
}

static int
poll_timeout (Client *client)
{
  return client->options->pace > 0 ? 1 : -1;
}

/* Until the client leaves, the device vanishes or we are stopped. */
static void
serve_client (Client *client)
{
  static guint8 buffer[BUFFER_SIZE];
  GPollFD fds[2] = { { client->in_fd, G_IO_IN, 0 }, { -1, G_IO_IN, 0 } };
  gboolean watching =
      client->cancellable != NULL && g_cancellable_make_pollfd (client->cancellable, &fds[1]);

  client->real_start = g_get_monotonic_time ();
  client->model_start = ek_simulator_get_now (client->simulator);
  while (deliver (client) && !g_cancellable_is_cancelled (client->cancellable))
    {
      gssize n;

      fds[0].revents = fds[1].revents = 0;
      if (g_poll (fds, watching ? 2 : 1, poll_timeout (client)) < 0 && errno != EINTR)
        break;
      if (fds[0].revents == 0)
        continue;
      n = read (client->in_fd, buffer, sizeof buffer);
      if (n == 0 || (n < 0 && errno == EIO))
        {
          /* A pty whose other end is closed: wait for the next program to open it. */
          if (!client->is_pty)
            break;
          g_usleep (IDLE_POLL_MS * 1000);
          continue;
        }
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        continue;
      if (n < 0)
        break;

      if (client->options->pace > 0)
        ek_simulator_advance (client->simulator, model_time (client));
      follow_baud (client);
      if (!ek_simulator_write (client->simulator, buffer, (gsize) n, NULL))
        break;
    }
  if (watching)
    g_cancellable_release_fd (client->cancellable);
}

static gboolean
serve_tcp (EkSimulator *simulator,
           const EkSimulatorServerOptions *options,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string (options->tcp_host != NULL ? options->tcp_host
                                                                       : "127.0.0.1",
                                             (guint) options->tcp_port);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autofree char *text = NULL;

  if (address == NULL ||
      !g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &effective, error))
    {
      ek_error_convert (error);
      return FALSE;
    }
  text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (effective));
  if (options->on_listening != NULL)
    {
      g_autofree char *uri = g_strdup_printf ("socket://%s", text);

      options->on_listening (uri, options->user_data);
    }

  while (TRUE)
    {
      g_autoptr (GSocketConnection) connection =
          g_socket_listener_accept (listener, NULL, cancellable, NULL);
      Client client = { simulator, options, cancellable, -1, -1, FALSE, 0, 0 };
      GSocket *socket;

      if (connection == NULL)
        return TRUE;
      socket = g_socket_connection_get_socket (connection);
      g_socket_set_blocking (socket, FALSE);
      g_socket_set_option (socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
      client.in_fd = client.out_fd = g_socket_get_fd (socket);
      if (options->reset_on_connect)
        ek_simulator_restart (simulator);
      serve_client (&client);
      write_stats (simulator, options);
    }
}

static int
open_pty (const char *link_path, int *slave, char **slave_path, GError **error)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios settings;

  if (master < 0 || grantpt (master) != 0 || unlockpt (master) != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INTERNAL, "no pseudo terminal: %s",
                   g_strerror (errno));
      return -1;
    }
  *slave_path = g_strdup (ptsname (master));
  /* Held open, so that the master does not see a hang-up between two programs. */
  *slave = open (*slave_path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*slave >= 0 && tcgetattr (*slave, &settings) == 0)
    {
      cfmakeraw (&settings);
      cfsetspeed (&settings, B115200);
      tcsetattr (*slave, TCSANOW, &settings);
    }
  (void) fcntl (master, F_SETFL, fcntl (master, F_GETFL) | O_NONBLOCK);
  if (link_path != NULL)
    {
      unlink (link_path);
      if (symlink (*slave_path, link_path) != 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "%s: %s", link_path,
                       g_strerror (errno));
          close (master);
          return -1;
        }
    }

  return master;
}

static gboolean
serve_pty (EkSimulator *simulator,
           const EkSimulatorServerOptions *options,
           GCancellable *cancellable,
           GError **error)
{
  gboolean announced = FALSE;

  /* A device that was unplugged comes back as another terminal behind the same link. */
  while (!g_cancellable_is_cancelled (cancellable))
    {
      g_autofree char *slave_path = NULL;
      int slave = -1;
      int master;
      Client client = { simulator, options, cancellable, -1, -1, TRUE, 0, 0 };

      while (!ek_simulator_is_present (simulator))
        ek_simulator_advance (simulator, ek_simulator_get_next_event (simulator));
      master = open_pty (options->pty_link, &slave, &slave_path, error);
      if (master < 0)
        return FALSE;
      if (!announced && options->on_listening != NULL)
        options->on_listening (options->pty_link != NULL ? options->pty_link : slave_path,
                               options->user_data);
      announced = TRUE;
      client.in_fd = client.out_fd = master;
      serve_client (&client);
      write_stats (simulator, options);
      if (options->pty_link != NULL)
        unlink (options->pty_link);
      if (slave >= 0)
        close (slave);
      close (master);
    }

  return TRUE;
}

/**
 * ek_simulator_serve:
 * @simulator: usually with `start=download`, as neither way has reset lines
 * @options: where and how
 *
 * Serves one client after the other until cancelled. The chip's state stays between clients.
 *
 * Returns: %FALSE if it cannot listen there
 */
gboolean
ek_simulator_serve (EkSimulator *simulator,
                    const EkSimulatorServerOptions *options,
                    GCancellable *cancellable,
                    GError **error)
{
  gboolean ok = options->tcp_port >= 0 ? serve_tcp (simulator, options, cancellable, error)
                                       : serve_pty (simulator, options, cancellable, error);

  write_stats (simulator, options);
  return ok;
}
