/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The devices of this computer as a list that changes while they come, go and move. */
#pragma once

#include "ek-device.h"
#include "ek-progress.h"

G_BEGIN_DECLS

/* A GListModel of EkDevice, for the thread that made it. Items are added and removed one by one, and
 * a device stays the same object for as long as the monitor lives, also while it is away. */
#define EK_TYPE_DEVICE_MONITOR (ek_device_monitor_get_type ())
G_DECLARE_FINAL_TYPE (EkDeviceMonitor, ek_device_monitor, EK, DEVICE_MONITOR, GObject)

EkDeviceMonitor *ek_device_monitor_new (void);
EkDeviceMonitor *ek_device_monitor_new_for_root (const char *root);
void ek_device_monitor_set_clock (EkDeviceMonitor *self, EkClockFunc clock, gpointer user_data);

void ek_device_monitor_start (EkDeviceMonitor *self);
void ek_device_monitor_stop (EkDeviceMonitor *self);
void ek_device_monitor_refresh (EkDeviceMonitor *self);
EkDevice *ek_device_monitor_find (EkDeviceMonitor *self, const char *id);
EkDevice *ek_device_monitor_add_simulated (EkDeviceMonitor *self, const char *uri);
void ek_device_monitor_remove_simulated (EkDeviceMonitor *self, const char *uri);

G_END_DECLS
