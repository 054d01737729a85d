/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A serial port of this computer: exclusive, raw, cancellable at once, found again after a replug. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-port-private.h"

#include "ek-device-access.h"
#include "ek-port-holder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* What an adapter that we don't know is tried at first; the loader steps down by itself. */
#define UNKNOWN_MAX_BAUD 921600

/* A list of devices, such as ours, has a look at each one that comes. */
#define GLANCE_TIME (150 * 1000)
/* ModemManager asks each new device for up to half a minute whether it is a modem (facts/desktop.md
 * 4.4). */
#define MODEM_TIME  (30 * G_USEC_PER_SEC)
#define BUSY_PAUSE  (30 * 1000)
#define MODEM_PAUSE (500 * 1000)

#define EK_TYPE_TTY_PORT (ek_tty_port_get_type ())
G_DECLARE_FINAL_TYPE (EkTtyPort, ek_tty_port, EK, TTY_PORT, EkPort)

struct _EkTtyPort
{
  EkPort parent_instance;

  int fd;
  char *path;
  char *id; /* (nullable): EkDevice's, once known */
};

G_DEFINE_FINAL_TYPE (EkTtyPort, ek_tty_port, EK_TYPE_PORT)

static const struct
{
  int number;
  EkError code;
} open_errors[] = {
  { ENOENT, EK_ERROR_PORT_NOT_FOUND },  { ENOTDIR, EK_ERROR_PORT_NOT_FOUND },
  { EISDIR, EK_ERROR_PORT_NOT_SERIAL }, { ENXIO, EK_ERROR_LINK_LOST },
  { ENODEV, EK_ERROR_LINK_LOST },       { EIO, EK_ERROR_LINK_LOST },
  { ELOOP, EK_ERROR_PORT_NOT_FOUND },   { ENAMETOOLONG, EK_ERROR_PORT_NOT_FOUND },
};

static gboolean
set_no_permission (EkTtyPort *self, GError **error)
{
  g_autoptr (EkDevice) device = ek_device_find_for_path (self->path);
  g_autoptr (EkDeviceAccess) access = NULL;
  g_autofree char *help = NULL;
  guint16 vid = 0;
  guint16 pid;

  if (device != NULL)
    ek_device_get_usb_ids (device, &vid, &pid);
  access = ek_device_access_new (self->path, vid, NULL);
  help = ek_device_access_explain (access);
  g_set_error (error, EK_ERROR, EK_ERROR_PORT_NO_PERMISSION, "%s: %s; %s", self->path,
               g_strerror (EACCES), help);
  return FALSE;
}

static gboolean
set_busy (EkTtyPort *self, GError **error)
{
  g_auto (EkPortHolder) holder = { 0 };

  if (ek_port_holder_find (self->path, NULL, &holder) && holder.pid != getpid () &&
      holder.name != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_PORT_BUSY, "%s is used by %s (process %d)", self->path,
                 holder.name, holder.pid);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_PORT_BUSY, "%s is used by another program", self->path);
  return FALSE;
}

static gboolean
set_open_error (EkTtyPort *self, int number, GError **error)
{
  EkError code = EK_ERROR_PORT_NOT_SERIAL;

  if (number == EACCES || number == EPERM)
    return set_no_permission (self, error);
  if (number == EBUSY)
    return set_busy (self, error);

  for (guint i = 0; i < G_N_ELEMENTS (open_errors); i++)
    if (open_errors[i].number == number)
      code = open_errors[i].code;

  g_set_error (error, EK_ERROR, code, "%s: %s", self->path, g_strerror (number));
  return FALSE;
}

/* A device that was here before and came back under another name is still the same device. */
static void
follow_device (EkTtyPort *self)
{
  g_autoptr (GPtrArray) devices = NULL;

  if (self->id == NULL)
    return;

  devices = ek_device_enumerate (NULL, NULL);
  for (guint i = 0; i < devices->len; i++)
    {
      EkDevice *device = devices->pdata[i];

      if (ek_device_has_port (device) && g_strcmp0 (ek_device_get_id (device), self->id) == 0 &&
          g_strcmp0 (ek_device_get_path (device), self->path) != 0)
        {
          g_info ("%s is %s now", self->path, ek_device_get_path (device));
          g_free (self->path);
          self->path = g_strdup (ek_device_get_path (device));
        }
    }
}

static void
learn_traits (EkTtyPort *self)
{
  g_autoptr (EkDevice) device = ek_device_find_for_path (self->path);
  const EkAdapter *adapter = device != NULL ? ek_device_get_adapter (device) : NULL;
  EkPortTraits traits = {
    .path = self->path,
    .kind = adapter != NULL ? adapter->kind : EK_PORT_KIND_UNKNOWN,
    .max_baud = adapter != NULL ? adapter->max_baud : UNKNOWN_MAX_BAUD,
    .has_lines = TRUE,
  };

  if (device != NULL && self->id == NULL)
    self->id = g_strdup (ek_device_get_id (device));
  ek_port_set_traits (EK_PORT (self), &traits);
}

static gboolean
lock_and_set_up (EkTtyPort *self, int fd, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0 || !S_ISCHR (status.st_mode))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PORT_NOT_SERIAL, "%s is not a serial port",
                   self->path);
      return FALSE;
    }
  /* The lock is what esptool and idf-monitor respect, TIOCEXCL what everybody else has to. */
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    return set_busy (self, error);
  if (!ek_tty_make_raw (fd, 115200, error))
    {
      g_prefix_error (error, "%s: ", self->path);
      return FALSE;
    }
  (void) ioctl (fd, TIOCEXCL);

  return TRUE;
}

static gboolean
try_open (EkTtyPort *self, GError **error)
{
  int fd = open (self->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0)
    return set_open_error (self, errno, error);
  if (!lock_and_set_up (self, fd, error))
    {
      close (fd);
      return FALSE;
    }

  self->fd = fd;
  return TRUE;
}

/* Of a ModemManager that runs as root only its name shows: it is suspected while the node is new. */
static gboolean
is_modem_manager (EkTtyPort *self)
{
  g_auto (EkPortHolder) holder = { 0 };
  struct stat status;

  if (ek_port_holder_find (self->path, NULL, &holder) && holder.name != NULL)
    return g_str_equal (holder.name, EK_MODEM_MANAGER);

  return stat (self->path, &status) == 0 &&
         g_get_real_time () - status.st_ctim.tv_sec * G_USEC_PER_SEC < MODEM_TIME &&
         ek_port_holder_is_running (EK_MODEM_MANAGER, NULL);
}

static gboolean
ek_tty_port_open (EkPort *port, GCancellable *cancellable, GError **error)
{
  EkTtyPort *self = EK_TTY_PORT (port);
  gint64 begin = g_get_monotonic_time ();

  follow_device (self);
  while (TRUE)
    {
      g_autoptr (GError) local_error = NULL;
      gint64 waited = g_get_monotonic_time () - begin;
      gboolean modem;

      if (try_open (self, &local_error))
        break;
      modem = g_error_matches (local_error, EK_ERROR, EK_ERROR_PORT_BUSY) && waited < MODEM_TIME &&
              is_modem_manager (self);
      if (!modem &&
          (!g_error_matches (local_error, EK_ERROR, EK_ERROR_PORT_BUSY) || waited >= GLANCE_TIME))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_debug ("%s", local_error->message);
      if (!ek_port_sleep (port, modem ? MODEM_PAUSE : BUSY_PAUSE, cancellable, error))
        return FALSE;
    }

  learn_traits (self);
  return TRUE;
}

static gboolean
set_link_error (EkTtyPort *self, const char *why, GError **error)
{
  g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "%s: %s", self->path, why);
  return FALSE;
}

/* 1: ready, 0: deadline passed, -1: error */
static int
wait_for (EkTtyPort *self,
          gushort events,
          gint64 deadline,
          GCancellable *cancellable,
          GError **error)
{
  GPollFD fds[2] = { { self->fd, events, 0 }, { -1, G_IO_IN, 0 } };
  gboolean watching = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fds[1]);
  int result;

  do
    {
      gint64 left = MAX (0, deadline - g_get_monotonic_time ());

      result = g_poll (fds, watching ? 2 : 1, (gint) MIN ((left + 999) / 1000, G_MAXINT));
    }
  while (result < 0 && errno == EINTR);
  if (watching)
    g_cancellable_release_fd (cancellable);

  if (ek_error_set_cancelled (cancellable, error))
    return -1;
  if (result < 0)
    {
      set_link_error (self, g_strerror (errno), error);
      return -1;
    }
  if (result > 0 && (fds[0].revents & events) == 0)
    {
      set_link_error (self, "the device was unplugged", error);
      return -1;
    }

  return result > 0 ? 1 : 0;
}

static gssize
ek_tty_port_read (EkPort *port,
                  guint8 *buffer,
                  gsize size,
                  gint64 deadline,
                  GCancellable *cancellable,
                  GError **error)
{
  EkTtyPort *self = EK_TTY_PORT (port);

  while (TRUE)
    {
      int ready = wait_for (self, G_IO_IN, deadline, cancellable, error);
      gssize n;

      if (ready <= 0)
        return ready;

      n = read (self->fd, buffer, size);
      if (n > 0)
        return n;
      if (n == 0)
        set_link_error (self, "the device was unplugged", error);
      else if (errno == EAGAIN || errno == EINTR)
        continue;
      else
        set_link_error (self, g_strerror (errno), error);
      return -1;
    }
}

static gboolean
ek_tty_port_write (EkPort *port,
                   const guint8 *data,
                   gsize size,
                   gint64 deadline,
                   GCancellable *cancellable,
                   GError **error)
{
  EkTtyPort *self = EK_TTY_PORT (port);

  while (size > 0)
    {
      gssize n = write (self->fd, data, size);
      int ready;

      if (n > 0)
        {
          data += n;
          size -= (gsize) n;
          continue;
        }
      if (n < 0 && errno != EAGAIN && errno != EINTR)
        return set_link_error (self, g_strerror (errno), error);

      ready = wait_for (self, G_IO_OUT, deadline, cancellable, error);
      if (ready < 0)
        return FALSE;
      if (ready == 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_TIMEOUT, "%s takes no more bytes", self->path);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
ek_tty_port_set_baud (EkPort *port, guint baud, GError **error)
{
  EkTtyPort *self = EK_TTY_PORT (port);

  if (!ek_tty_set_speed (self->fd, baud, error))
    {
      g_prefix_error (error, "%s: ", self->path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
ek_tty_port_set_lines (EkPort *port, gboolean dtr, gboolean rts, GError **error)
{
  EkTtyPort *self = EK_TTY_PORT (port);
  int lines;

  /* Both at once: two calls would pass through a state that resets the chip. */
  if (ioctl (self->fd, TIOCMGET, &lines) == 0)
    {
      lines &= ~(TIOCM_DTR | TIOCM_RTS);
      lines |= (dtr ? TIOCM_DTR : 0) | (rts ? TIOCM_RTS : 0);
      if (ioctl (self->fd, TIOCMSET, &lines) == 0)
        return TRUE;
    }

  /* A pty has no lines (ENOTTY), some drivers neither (EINVAL). */
  if (errno == ENOTTY || errno == EINVAL)
    {
      ek_port_set_has_lines (port, FALSE);
      return TRUE;
    }

  return set_link_error (self, g_strerror (errno), error);
}

static void
ek_tty_port_discard_input (EkPort *port)
{
  (void) tcflush (EK_TTY_PORT (port)->fd, TCIFLUSH);
}

static void
ek_tty_port_close (EkPort *port)
{
  EkTtyPort *self = EK_TTY_PORT (port);

  if (self->fd >= 0)
    {
      (void) ioctl (self->fd, TIOCNXCL);
      close (self->fd);
    }
  self->fd = -1;
}

static void
ek_tty_port_finalize (GObject *object)
{
  EkTtyPort *self = EK_TTY_PORT (object);

  ek_tty_port_close (EK_PORT (self));
  g_free (self->path);
  g_free (self->id);

  G_OBJECT_CLASS (ek_tty_port_parent_class)->finalize (object);
}

static void
ek_tty_port_class_init (EkTtyPortClass *klass)
{
  EkPortClass *port_class = EK_PORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ek_tty_port_finalize;

  port_class->open = ek_tty_port_open;
  port_class->read = ek_tty_port_read;
  port_class->write = ek_tty_port_write;
  port_class->set_baud = ek_tty_port_set_baud;
  port_class->set_lines = ek_tty_port_set_lines;
  port_class->discard_input = ek_tty_port_discard_input;
  port_class->close = ek_tty_port_close;
}

static void
ek_tty_port_init (EkTtyPort *self)
{
  self->fd = -1;
}

/**
 * ek_tty_port_new:
 * @path: a tty, or a link to one
 *
 * Returns: (transfer full)
 */
EkPort *
ek_tty_port_new (const char *path)
{
  EkTtyPort *self = g_object_new (EK_TYPE_TTY_PORT, NULL);
  EkPortTraits traits = { .path = path, .max_baud = UNKNOWN_MAX_BAUD, .has_lines = TRUE };

  self->path = g_strdup (path);
  ek_port_set_traits (EK_PORT (self), &traits);
  return EK_PORT (self);
}
