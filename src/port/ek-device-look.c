/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a device can be used: by opening it once, and from then on without touching it. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

/**
 * ek_device_probe_state:
 *
 * Opens and closes the device's node. Opening a tty raises DTR and RTS, which together do nothing to
 * an ESP's reset circuit.
 */
EkDeviceState
ek_device_probe_state (EkDevice *self)
{
  const char *path = ek_device_get_path (self);
  int fd = open (path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  EkDeviceState state = EK_DEVICE_READY;
  struct termios settings;

  if (fd < 0)
    {
      switch (errno)
        {
        case EACCES:
        case EPERM:
          return EK_DEVICE_NO_PERMISSION;
        case EBUSY:
          return EK_DEVICE_BUSY;
        case ENOENT:
        case ENXIO:
        case ENODEV:
          return EK_DEVICE_GONE;
        default:
          return EK_DEVICE_UNKNOWN;
        }
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    state = EK_DEVICE_BUSY;
  /* Closing must not drop DTR and RTS, which would reset some boards. */
  if (tcgetattr (fd, &settings) == 0)
    {
      settings.c_cflag &= ~(tcflag_t) HUPCL;
      (void) tcsetattr (fd, TCSANOW, &settings);
    }
  close (fd);

  return state;
}

/* What can be known without opening. */
static EkDeviceState
check_access (const char *path)
{
  if (access (path, R_OK | W_OK) == 0)
    return EK_DEVICE_READY;

  return errno == EACCES || errno == EPERM ? EK_DEVICE_NO_PERMISSION : EK_DEVICE_GONE;
}

/**
 * ek_device_look:
 * @touch: open it, which alone shows a port that another user's program keeps to itself
 * @proc_root: (nullable): %NULL for /proc
 * @state: (out): never %EK_DEVICE_SETTLING or %EK_DEVICE_RESTARTING, which take time to see
 * @holder: (out caller-allocates): who has it, if somebody else has
 *
 * Looks at a device. May block for as long as the driver does.
 */
void
ek_device_look (EkDevice *self,
                gboolean touch,
                const char *proc_root,
                EkDeviceState *state,
                EkPortHolder *holder)
{
  const char *path = ek_device_get_path (self);

  *holder = (EkPortHolder){ 0 };
  *state = check_access (path);
  if (*state == EK_DEVICE_READY && touch)
    *state = ek_device_probe_state (self);
  if (*state != EK_DEVICE_READY && *state != EK_DEVICE_BUSY)
    return;

  if (!ek_port_holder_find (path, proc_root, holder))
    return;
  *state = EK_DEVICE_BUSY;
  if (holder->pid == getpid ())
    {
      *state = EK_DEVICE_READY;
      ek_port_holder_clear (holder);
    }
}
