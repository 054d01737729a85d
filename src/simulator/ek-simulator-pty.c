/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The speed of a pseudo terminal through the kernel's own termios2: any number, not only named ones. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include <asm/termbits.h>
#include <sys/ioctl.h>

/**
 * ek_sim_pty_get_speed:
 * @fd: either end
 *
 * Returns: bits a second, as the program at the other end has set it; 0 if that is not known
 */
guint
ek_sim_pty_get_speed (int fd)
{
  struct termios2 settings;

  return ioctl (fd, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}
