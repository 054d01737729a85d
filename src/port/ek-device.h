/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A serial device of this computer, as the kernel's sysfs describes it, and whether it can be used. */
#pragma once

#include "ek-adapter.h"

G_BEGIN_DECLS

/**
 * EkDeviceState:
 * @EK_DEVICE_READY: it can be used
 * @EK_DEVICE_NO_PERMISSION: this user may not; see #EkDeviceAccess for what helps
 * @EK_DEVICE_BUSY: another program has it; see ek_device_get_holder()
 * @EK_DEVICE_GONE: it was unplugged, or is on its way through a reset
 * @EK_DEVICE_UNKNOWN: it can't be opened, and nothing tells why
 * @EK_DEVICE_SETTLING: just plugged in, the system is still looking at it; that passes by itself
 * @EK_DEVICE_RESTARTING: it comes and goes: what is installed on it keeps restarting
 * @EK_DEVICE_NO_DRIVER: it is plugged in, but the system makes no serial port of it; see #EkDeviceDriver
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
  EK_DEVICE_SETTLING,
  EK_DEVICE_RESTARTING,
  EK_DEVICE_NO_DRIVER,

  EK_N_DEVICE_STATES /*< skip >*/
} EkDeviceState;

#define EK_TYPE_DEVICE (ek_device_get_type ())
G_DECLARE_FINAL_TYPE (EkDevice, ek_device, EK, DEVICE, GObject)

GPtrArray *ek_device_enumerate (const char *sysfs_root, const char *dev_root);
EkDevice *ek_device_find_for_path (const char *path);

const char *ek_device_get_id (EkDevice *self);
const char *ek_device_get_path (EkDevice *self);
const char *ek_device_get_uri (EkDevice *self);
const char *ek_device_get_name (EkDevice *self);
const char *ek_device_get_tail (EkDevice *self);
const char *ek_device_get_board (EkDevice *self);
void ek_device_set_board (EkDevice *self, const char *board);
const EkAdapter *ek_device_get_adapter (EkDevice *self);
EkPortKind ek_device_get_kind (EkDevice *self);
gboolean ek_device_has_port (EkDevice *self);
gboolean ek_device_is_simulated (EkDevice *self);
gboolean ek_device_get_usb_ids (EkDevice *self, guint16 *vid, guint16 *pid);
const char *ek_device_get_manufacturer (EkDevice *self);
const char *ek_device_get_product (EkDevice *self);
const char *ek_device_get_serial (EkDevice *self);

EkDeviceState ek_device_get_state (EkDevice *self);
gboolean ek_device_get_problem (EkDevice *self, EkError *code);
const char *ek_device_get_holder (EkDevice *self, int *pid);
void ek_device_begin_use (EkDevice *self);
void ek_device_end_use (EkDevice *self);
gboolean ek_device_is_in_use (EkDevice *self);

EkDeviceState ek_device_probe_state (EkDevice *self);
const char *ek_device_state_name (EkDeviceState state);

G_END_DECLS
