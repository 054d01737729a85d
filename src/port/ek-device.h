/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A serial device of this computer, as the kernel's sysfs describes it. */
#pragma once

#include "ek-adapter.h"

G_BEGIN_DECLS

/**
 * EkDeviceState:
 *
 * Whether the device can be used now, and if not, why.
 */
typedef enum
{
  EK_DEVICE_READY,
  EK_DEVICE_NO_PERMISSION,
  EK_DEVICE_BUSY,
  EK_DEVICE_GONE,
  EK_DEVICE_UNKNOWN,
} EkDeviceState;

#define EK_TYPE_DEVICE (ek_device_get_type ())
G_DECLARE_FINAL_TYPE (EkDevice, ek_device, EK, DEVICE, GObject)

GPtrArray *ek_device_enumerate (const char *sysfs_root, const char *dev_root);
EkDevice *ek_device_find_for_path (const char *path);

const char *ek_device_get_id (EkDevice *self);
const char *ek_device_get_path (EkDevice *self);
const EkAdapter *ek_device_get_adapter (EkDevice *self);
gboolean ek_device_get_usb_ids (EkDevice *self, guint16 *vid, guint16 *pid);
const char *ek_device_get_manufacturer (EkDevice *self);
const char *ek_device_get_product (EkDevice *self);
const char *ek_device_get_serial (EkDevice *self);
EkDeviceState ek_device_probe_state (EkDevice *self);
const char *ek_device_state_name (EkDeviceState state);

G_END_DECLS
