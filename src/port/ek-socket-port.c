/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device behind a TCP port, as emulators and network bridges offer it: no reset lines, no speed. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-port-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define CONNECT_TIMEOUT_S 10

#define EK_TYPE_SOCKET_PORT (ek_socket_port_get_type ())
G_DECLARE_FINAL_TYPE (EkSocketPort, ek_socket_port, EK, SOCKET_PORT, EkPort)

struct _EkSocketPort
{
  EkPort parent_instance;

  char *address;
  GSocketConnection *connection;
  GSocket *socket; /* (unowned) */
};

G_DEFINE_FINAL_TYPE (EkSocketPort, ek_socket_port, EK_TYPE_PORT)

static gboolean
ek_socket_port_open (EkPort *port, GCancellable *cancellable, GError **error)
{
  EkSocketPort *self = EK_SOCKET_PORT (port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) local_error = NULL;

  g_socket_client_set_timeout (client, CONNECT_TIMEOUT_S);
  g_socket_client_set_enable_proxy (client, FALSE);
  self->connection =
      g_socket_client_connect_to_host (client, self->address, 0, cancellable, &local_error);
  if (self->connection == NULL)
    {
      if (ek_error_set_cancelled (cancellable, error))
        return FALSE;
      g_set_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND, "socket://%s: %s", self->address,
                   local_error->message);
      return FALSE;
    }

  self->socket = g_socket_connection_get_socket (self->connection);
  g_socket_set_blocking (self->socket, FALSE);
  g_socket_set_timeout (self->socket, 0);
  (void) g_socket_set_option (self->socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  return TRUE;
}

static gboolean
set_lost (EkSocketPort *self, const char *why, GError **error)
{
  g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "socket://%s: %s", self->address, why);
  return FALSE;
}

/* 1: ready, 0: deadline passed, -1: error */
static int
wait_for (EkSocketPort *self,
          GIOCondition condition,
          gint64 deadline,
          GCancellable *cancellable,
          GError **error)
{
  gint64 left = MAX (0, deadline - g_get_monotonic_time ());
  g_autoptr (GError) local_error = NULL;

  if (g_socket_condition_timed_wait (self->socket, condition, left, cancellable, &local_error))
    return 1;
  if (ek_error_set_cancelled (cancellable, error))
    return -1;
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return 0;

  set_lost (self, local_error->message, error);
  return -1;
}

static gssize
ek_socket_port_read (EkPort *port,
                     guint8 *buffer,
                     gsize size,
                     gint64 deadline,
                     GCancellable *cancellable,
                     GError **error)
{
  EkSocketPort *self = EK_SOCKET_PORT (port);

  while (TRUE)
    {
      g_autoptr (GError) local_error = NULL;
      gssize n = g_socket_receive (self->socket, (char *) buffer, size, NULL, &local_error);
      int ready;

      if (n > 0)
        return n;
      if (n == 0)
        {
          set_lost (self, "closed by the other side", error);
          return -1;
        }
      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          set_lost (self, local_error->message, error);
          return -1;
        }
      ready = wait_for (self, G_IO_IN, deadline, cancellable, error);
      if (ready <= 0)
        return ready;
    }
}

static gboolean
ek_socket_port_write (EkPort *port,
                      const guint8 *data,
                      gsize size,
                      gint64 deadline,
                      GCancellable *cancellable,
                      GError **error)
{
  EkSocketPort *self = EK_SOCKET_PORT (port);

  while (size > 0)
    {
      g_autoptr (GError) local_error = NULL;
      gssize n = g_socket_send (self->socket, (const char *) data, size, NULL, &local_error);
      int ready;

      if (n >= 0)
        {
          data += n;
          size -= (gsize) n;
          continue;
        }
      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return set_lost (self, local_error->message, error);
      ready = wait_for (self, G_IO_OUT, deadline, cancellable, error);
      if (ready < 0)
        return FALSE;
      if (ready == 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_TIMEOUT, "socket://%s takes no more bytes",
                       self->address);
          return FALSE;
        }
    }

  return TRUE;
}

static void
ek_socket_port_discard_input (EkPort *port)
{
  EkSocketPort *self = EK_SOCKET_PORT (port);
  char scrap[4096];

  while (g_socket_receive (self->socket, scrap, sizeof scrap, NULL, NULL) > 0)
    ;
}

static void
ek_socket_port_close (EkPort *port)
{
  EkSocketPort *self = EK_SOCKET_PORT (port);

  if (self->connection != NULL)
    g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  self->socket = NULL;
  g_clear_object (&self->connection);
}

static void
ek_socket_port_finalize (GObject *object)
{
  EkSocketPort *self = EK_SOCKET_PORT (object);

  ek_socket_port_close (EK_PORT (self));
  g_free (self->address);

  G_OBJECT_CLASS (ek_socket_port_parent_class)->finalize (object);
}

static void
ek_socket_port_class_init (EkSocketPortClass *klass)
{
  EkPortClass *port_class = EK_PORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ek_socket_port_finalize;

  port_class->open = ek_socket_port_open;
  port_class->read = ek_socket_port_read;
  port_class->write = ek_socket_port_write;
  port_class->discard_input = ek_socket_port_discard_input;
  port_class->close = ek_socket_port_close;
}

static void
ek_socket_port_init (EkSocketPort *self)
{
}

/**
 * ek_socket_port_new:
 * @host_and_port: `HOST:PORT`, with brackets around an IPv6 address
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT if that does not parse
 */
EkPort *
ek_socket_port_new (const char *host_and_port, GError **error)
{
  g_autoptr (GSocketConnectable) address = g_network_address_parse (host_and_port, 0, NULL);
  g_autofree char *path = g_strdup_printf ("socket://%s", host_and_port);
  EkPortTraits traits = { .path = path, .kind = EK_PORT_KIND_UNKNOWN };
  EkSocketPort *self;

  if (address == NULL || g_network_address_get_port (G_NETWORK_ADDRESS (address)) == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "%s: expected socket://HOST:PORT",
                   path);
      return NULL;
    }

  self = g_object_new (EK_TYPE_SOCKET_PORT, NULL);
  self->address = g_strdup (host_and_port);
  ek_port_set_traits (EK_PORT (self), &traits);
  return EK_PORT (self);
}
