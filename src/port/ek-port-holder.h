/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which program has a serial port open, as far as /proc tells. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_MODEM_MANAGER "ModemManager"

/**
 * EkPortHolder:
 * @pid: 0 if nobody was found
 * @name: (nullable): what people know the program by, such as "esptool"
 */
typedef struct
{
  int pid;
  char *name;
} EkPortHolder;

gboolean ek_port_holder_find (const char *path, const char *proc_root, EkPortHolder *holder);
void ek_port_holder_clear (EkPortHolder *holder);
gboolean ek_port_holder_is_running (const char *name, const char *proc_root);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkPortHolder, ek_port_holder_clear)

G_END_DECLS
