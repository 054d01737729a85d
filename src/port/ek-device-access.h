/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lets this user use a device, on this very computer. */
#pragma once

#include "ek-device.h"

G_BEGIN_DECLS

/**
 * EkDeviceAccess:
 * @group: (nullable): the group whose members may use the device
 * @joined: the user is a member already, but logged in before that
 * @rule_installed: the udev rule is there, but the device was plugged in before that
 * @group_command: (nullable): joins the group, for good; it counts from the next login
 * @rule_command: installs a udev rule, for good; it counts at once
 * @once_command: helps until the device is unplugged
 *
 * Commands to copy into a terminal. Which of them is best: see ek_device_access_get_command().
 */
typedef struct
{
  char *group;
  gboolean joined;
  gboolean rule_installed;
  char *group_command;
  char *rule_command;
  char *once_command;
} EkDeviceAccess;

EkDeviceAccess *ek_device_access_new (const char *path, guint16 vid, const char *root);
void ek_device_access_free (EkDeviceAccess *self);
const char *ek_device_access_get_command (const EkDeviceAccess *self);
char *ek_device_access_explain (const EkDeviceAccess *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkDeviceAccess, ek_device_access_free)

G_END_DECLS
