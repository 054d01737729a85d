/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scan and the monitor may do with a device. */
#pragma once

#include "ek-device.h"
#include "ek-port-holder.h"

G_BEGIN_DECLS

/**
 * EkDeviceFacts:
 * @id: USB ids and serial number or bus path, never the tty's name
 * @path: the tty now, or the USB device's node
 * @has_port: @path is a tty
 * @bus_path: where it is plugged in, such as "1-3.2"
 * @enumeration: number that the kernel gave this plugging in; another one means that it was away
 *
 * What sysfs says about a device.
 */
typedef struct
{
  char *id;
  char *path;
  char *bus_path;
  gboolean has_port;
  gboolean is_usb;
  guint16 vid;
  guint16 pid;
  guint enumeration;
  char *manufacturer;
  char *product;
  char *serial;
} EkDeviceFacts;

EkDevice *ek_device_new (EkDeviceFacts *facts);
EkDevice *ek_device_new_simulated (const char *uri);
const EkDeviceFacts *ek_device_get_facts (EkDevice *self);
void ek_device_follow (EkDevice *self, EkDevice *seen);
void ek_device_set_state (EkDevice *self, EkDeviceState state, const EkPortHolder *holder);
void ek_device_look (EkDevice *self,
                     gboolean touch,
                     const char *proc_root,
                     EkDeviceState *state,
                     EkPortHolder *holder);
void ek_device_add_bus_path (EkDevice *self);
void ek_device_facts_clear (EkDeviceFacts *facts);

G_END_DECLS
