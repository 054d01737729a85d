/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The common half of every port: what it is, whether it is open, and the checks before each call. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-port-private.h"

/* A driver that takes no bytes for this long is stuck (esptool: serial_write_timeout). */
#define WRITE_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define DEFAULT_BAUD     115200

typedef struct
{
  char *uri;
  char *path;
  EkPortKind kind;
  guint max_baud;
  guint baud;
  gboolean has_lines;
  gboolean simulated;
  gboolean is_open;
} EkPortPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (EkPort, ek_port, G_TYPE_OBJECT)

static gint64
ek_port_real_now (EkPort *self)
{
  return g_get_monotonic_time ();
}

static gboolean
ek_port_real_sleep (EkPort *self, gint64 duration, GCancellable *cancellable, GError **error)
{
  GPollFD fd = { -1, G_IO_IN, 0 };
  gint64 end = g_get_monotonic_time () + duration;
  gboolean watching = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fd);

  for (gint64 left = duration; left > 0; left = end - g_get_monotonic_time ())
    {
      if (g_cancellable_is_cancelled (cancellable))
        break;
      if (watching)
        g_poll (&fd, 1, (gint) ((left + 999) / 1000));
      else
        g_usleep ((gulong) left);
    }
  if (watching)
    g_cancellable_release_fd (cancellable);

  return !ek_error_set_cancelled (cancellable, error);
}

static gboolean
ek_port_real_set_baud (EkPort *self, guint baud, GError **error)
{
  return TRUE;
}

static gboolean
ek_port_real_set_lines (EkPort *self, gboolean dtr, gboolean rts, GError **error)
{
  return TRUE;
}

static void
ek_port_finalize (GObject *object)
{
  EkPortPrivate *priv = ek_port_get_instance_private (EK_PORT (object));

  g_free (priv->uri);
  g_free (priv->path);

  G_OBJECT_CLASS (ek_port_parent_class)->finalize (object);
}

static void
ek_port_class_init (EkPortClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ek_port_finalize;

  klass->now = ek_port_real_now;
  klass->sleep = ek_port_real_sleep;
  klass->set_baud = ek_port_real_set_baud;
  klass->set_lines = ek_port_real_set_lines;
}

static void
ek_port_init (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  priv->baud = DEFAULT_BAUD;
}

/**
 * ek_port_set_traits:
 * @traits: what the back end found out; texts are copied
 */
void
ek_port_set_traits (EkPort *self, const EkPortTraits *traits)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  g_free (priv->path);
  priv->path = g_strdup (traits->path);
  priv->kind = traits->kind;
  priv->max_baud = traits->max_baud;
  priv->has_lines = traits->has_lines;
  priv->simulated = traits->simulated;
}

/**
 * ek_port_set_has_lines:
 *
 * For a back end that learns at the first try that DTR and RTS do not exist.
 */
void
ek_port_set_has_lines (EkPort *self, gboolean has_lines)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  priv->has_lines = has_lines;
}

/**
 * ek_port_new_for_uri:
 * @uri: a tty's path, `socket://HOST:PORT` or `sim:CHIP?option=value`
 *
 * Returns: (transfer full): a port that is not open yet; %NULL with %EK_ERROR_INVALID_ARGUMENT
 */
EkPort *
ek_port_new_for_uri (const char *uri, GError **error)
{
  EkPort *self;
  EkPortPrivate *priv;

  g_return_val_if_fail (uri != NULL, NULL);

  if (g_str_has_prefix (uri, "sim:"))
    self = ek_simulator_port_new (uri + strlen ("sim:"), error);
  else if (g_str_has_prefix (uri, "socket://"))
    self = ek_socket_port_new (uri + strlen ("socket://"), error);
  else if (strstr (uri, "://") != NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "%s: a device is a tty such as /dev/ttyACM0, socket://HOST:PORT or sim:", uri);
      return NULL;
    }
  else
    self = ek_tty_port_new (uri);

  if (self == NULL)
    return NULL;

  priv = ek_port_get_instance_private (self);
  priv->uri = g_strdup (uri);
  return self;
}

/**
 * ek_port_get_uri:
 *
 * Returns: (transfer none): what the port was made for; stays the same when the device moves
 */
const char *
ek_port_get_uri (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->uri;
}

/**
 * ek_port_get_path:
 *
 * Returns: (transfer none): where the device is now, such as "/dev/ttyACM1" after a replug
 */
const char *
ek_port_get_path (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->path;
}

EkPortKind
ek_port_get_kind (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->kind;
}

/**
 * ek_port_get_max_baud:
 *
 * Returns: the fastest speed in bits a second that the adapter is known to do
 */
guint
ek_port_get_max_baud (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->max_baud;
}

/**
 * ek_port_has_lines:
 *
 * Returns: whether DTR and RTS reach the chip, as far as is known
 */
gboolean
ek_port_has_lines (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->has_lines;
}

/**
 * ek_port_has_baud:
 *
 * Returns: whether a speed means anything: not over the chip's own USB and not over a socket
 */
gboolean
ek_port_has_baud (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->max_baud > 0;
}

gboolean
ek_port_is_simulated (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->simulated;
}

gboolean
ek_port_is_open (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->is_open;
}

/**
 * ek_port_get_baud:
 *
 * Returns: the speed last set, in bits a second
 */
guint
ek_port_get_baud (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  return priv->baud;
}

/**
 * ek_port_open:
 *
 * Opens the port, or opens it again: a device that came back under another name is found by what it
 * is (USB serial number or socket), not by its old name. The speed is 115200 afterwards.
 *
 * Returns: %FALSE with %EK_ERROR_PORT_NOT_FOUND, %EK_ERROR_PORT_NO_PERMISSION,
 *   %EK_ERROR_PORT_BUSY, %EK_ERROR_PORT_NOT_SERIAL, %EK_ERROR_LINK_LOST or %EK_ERROR_CANCELLED
 */
gboolean
ek_port_open (EkPort *self, GCancellable *cancellable, GError **error)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  if (ek_error_set_cancelled (cancellable, error))
    return FALSE;
  ek_port_close (self);
  priv->baud = DEFAULT_BAUD;
  priv->is_open = EK_PORT_GET_CLASS (self)->open (self, cancellable, error);
  if (priv->is_open)
    g_debug ("%s: open", priv->path);

  return priv->is_open;
}

static gboolean
check_open (EkPort *self, GError **error)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  if (priv->is_open)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "%s is not open",
               priv->path != NULL ? priv->path : priv->uri);
  return FALSE;
}

/**
 * ek_port_read:
 * @buffer: (out caller-allocates) (array length=size): takes what has come, up to @size bytes
 * @deadline: time of ek_port_now() in microseconds at which to stop waiting
 *
 * Waits for bytes and returns as soon as there are some.
 *
 * Returns: bytes read; 0 if none came by @deadline; -1 with %EK_ERROR_LINK_LOST or
 *   %EK_ERROR_CANCELLED
 */
gssize
ek_port_read (EkPort *self,
              guint8 *buffer,
              gsize size,
              gint64 deadline,
              GCancellable *cancellable,
              GError **error)
{
  g_return_val_if_fail (buffer != NULL && size > 0, -1);

  if (ek_error_set_cancelled (cancellable, error) || !check_open (self, error))
    return -1;

  return EK_PORT_GET_CLASS (self)->read (self, buffer, size, deadline, cancellable, error);
}

/**
 * ek_port_write:
 * @data: (array length=size): bytes to send, all of them
 *
 * Returns: %FALSE with %EK_ERROR_LINK_LOST, %EK_ERROR_TIMEOUT if the driver takes nothing for 10 s,
 *   or %EK_ERROR_CANCELLED
 */
gboolean
ek_port_write (EkPort *self,
               const guint8 *data,
               gsize size,
               GCancellable *cancellable,
               GError **error)
{
  if (ek_error_set_cancelled (cancellable, error) || !check_open (self, error))
    return FALSE;

  return EK_PORT_GET_CLASS (self)->write (self, data, size, ek_port_now (self) + WRITE_TIMEOUT_US,
                                          cancellable, error);
}

/**
 * ek_port_set_baud:
 * @baud: bits a second, any number the adapter can make
 *
 * Does nothing where a speed means nothing.
 */
gboolean
ek_port_set_baud (EkPort *self, guint baud, GError **error)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  if (!check_open (self, error) || !EK_PORT_GET_CLASS (self)->set_baud (self, baud, error))
    return FALSE;

  priv->baud = baud;
  return TRUE;
}

/**
 * ek_port_set_lines:
 * @dtr: %TRUE to assert (the pin goes low)
 * @rts: %TRUE to assert
 *
 * Sets both lines at once. Lines that don't exist are no error: see ek_port_has_lines() afterwards.
 */
gboolean
ek_port_set_lines (EkPort *self, gboolean dtr, gboolean rts, GError **error)
{
  if (!check_open (self, error))
    return FALSE;

  return EK_PORT_GET_CLASS (self)->set_lines (self, dtr, rts, error);
}

/**
 * ek_port_discard_input:
 *
 * Throws away what has been received and not read.
 */
void
ek_port_discard_input (EkPort *self)
{
  if (ek_port_is_open (self))
    EK_PORT_GET_CLASS (self)->discard_input (self);
}

void
ek_port_close (EkPort *self)
{
  EkPortPrivate *priv = ek_port_get_instance_private (self);

  if (!priv->is_open)
    return;

  EK_PORT_GET_CLASS (self)->close (self);
  priv->is_open = FALSE;
}

/**
 * ek_port_now:
 *
 * Returns: microseconds on the port's clock, which for a simulated device is the simulation's
 */
gint64
ek_port_now (EkPort *self)
{
  return EK_PORT_GET_CLASS (self)->now (self);
}

/**
 * ek_port_sleep:
 * @duration: microseconds on the port's clock
 *
 * Returns: %FALSE with %EK_ERROR_CANCELLED as soon as that happens
 */
gboolean
ek_port_sleep (EkPort *self, gint64 duration, GCancellable *cancellable, GError **error)
{
  if (ek_error_set_cancelled (cancellable, error))
    return FALSE;

  return EK_PORT_GET_CLASS (self)->sleep (self, duration, cancellable, error);
}
