/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a USB device that is known has no serial port, on this very computer. */
#pragma once

#include "ek-device.h"

G_BEGIN_DECLS

/**
 * EkDeviceDriver:
 * @name: (transfer none): the kernel module that makes a serial port of it
 * @loaded: it is there, and yet it doesn't have the device
 * @taken_by: (nullable): a program known to take such devices away, which runs
 * @command: (nullable): loads the module, until the next start of the computer
 */
typedef struct
{
  const char *name;
  gboolean loaded;
  const char *taken_by;
  char *command;
} EkDeviceDriver;

EkDeviceDriver *
ek_device_driver_new (EkDevice *device, const char *sysfs_root, const char *proc_root);
void ek_device_driver_free (EkDeviceDriver *self);
char *ek_device_driver_explain (const EkDeviceDriver *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkDeviceDriver, ek_device_driver_free)

G_END_DECLS
