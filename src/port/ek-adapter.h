/* SPDX-License-Identifier: GPL-3.0-or-later */
/* USB ids of the chips' own ports and of the adapters people have. */
#pragma once

#include "ek-port.h"

G_BEGIN_DECLS

/**
 * EkAdapter:
 * @pid: 0 in the last row of a vendor: any product
 * @max_baud: bits a second that it does reliably; 0 where a speed means nothing
 * @driver: the kernel module that makes a serial port of it
 */
typedef struct
{
  guint16 vid;
  guint16 pid;
  const char *name;
  EkPortKind kind;
  guint max_baud;
  const char *driver;
} EkAdapter;

const EkAdapter *ek_adapter_find (guint16 vid, guint16 pid);
const EkAdapter *ek_adapter_find_exactly (guint16 vid, guint16 pid);

G_END_DECLS
