/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw mode and arbitrary speeds through the kernel's own termios2. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-port-private.h"

#include <asm/termbits.h>
#include <errno.h>
#include <sys/ioctl.h>

static gboolean
set_error (GError **error, const char *what)
{
  int saved_errno = errno;

  g_set_error (error, EK_ERROR,
               saved_errno == ENOTTY || saved_errno == EINVAL ? EK_ERROR_PORT_NOT_SERIAL
                                                              : EK_ERROR_LINK_LOST,
               "%s: %s", what, g_strerror (saved_errno));
  return FALSE;
}

static void
put_speed (struct termios2 *settings, guint baud)
{
  settings->c_cflag &= ~(tcflag_t) CBAUD;
  settings->c_cflag |= BOTHER;
  settings->c_ispeed = baud;
  settings->c_ospeed = baud;
}

/**
 * ek_tty_make_raw:
 * @fd: an open tty
 * @baud: bits a second
 *
 * Eight bits, no parity, no flow control, nothing changed on the way, and no drop of DTR when the
 * port is closed, which would reset the device.
 *
 * Returns: %FALSE with %EK_ERROR_PORT_NOT_SERIAL if @fd is no terminal
 */
gboolean
ek_tty_make_raw (int fd, guint baud, GError **error)
{
  struct termios2 settings;

  if (ioctl (fd, TCGETS2, &settings) != 0)
    return set_error (error, "not a serial port");

  settings.c_iflag = 0;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag &= ~(tcflag_t) (CSIZE | CSTOPB | PARENB | CRTSCTS | HUPCL);
  settings.c_cflag |= CS8 | CREAD | CLOCAL;
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
  put_speed (&settings, baud);
  if (ioctl (fd, TCSETS2, &settings) != 0)
    return set_error (error, "cannot set up the serial port");

  return TRUE;
}

/**
 * ek_tty_set_speed:
 * @baud: bits a second
 *
 * Waits until what was written has left at the old speed.
 */
gboolean
ek_tty_set_speed (int fd, guint baud, GError **error)
{
  struct termios2 settings;

  if (ioctl (fd, TCGETS2, &settings) != 0)
    return set_error (error, "cannot read the port's speed");

  put_speed (&settings, baud);
  if (ioctl (fd, TCSETSW2, &settings) != 0)
    return set_error (error, "the adapter does not do this speed");

  return TRUE;
}
