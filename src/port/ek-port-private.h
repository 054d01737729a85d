/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the back ends of a port need of it, and their constructors. */
#pragma once

#include "ek-port.h"

G_BEGIN_DECLS

/**
 * EkPortTraits:
 * @path: what the device is reached by right now, such as "/dev/ttyACM1"
 * @max_baud: fastest speed the adapter is known to do; 0 where a speed means nothing
 */
typedef struct
{
  const char *path;
  EkPortKind kind;
  guint max_baud;
  gboolean has_lines;
  gboolean simulated;
} EkPortTraits;

void ek_port_set_traits (EkPort *self, const EkPortTraits *traits);
void ek_port_set_has_lines (EkPort *self, gboolean has_lines);

EkPort *ek_tty_port_new (const char *path);
EkPort *ek_socket_port_new (const char *host_and_port, GError **error);
EkPort *ek_simulator_port_new (const char *options, GError **error);

/* The tty's speed in bits a second, any number: kept apart because <asm/termbits.h> and <termios.h>
 * exclude each other. */
gboolean ek_tty_make_raw (int fd, guint baud, GError **error);
gboolean ek_tty_set_speed (int fd, guint baud, GError **error);

G_END_DECLS
