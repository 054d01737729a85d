/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module may not be loaded, which is so after an update of the kernel too, or somebody has taken the
 * device away from it. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-driver.h"

#include "ek-port-holder.h"

/* Programs for Braille displays, which use the same adapters; they take whatever has their ids.
 * Source: launchpad bug 1958224 of brltty. */
static const char *const takers[] = { "brltty" };

/**
 * ek_device_driver_new:
 * @device: in the state %EK_DEVICE_NO_DRIVER
 * @sysfs_root: (nullable): %NULL for /sys
 * @proc_root: (nullable): %NULL for /proc
 *
 * Finds out what would help.
 *
 * Returns: (transfer full)
 */
EkDeviceDriver *
ek_device_driver_new (EkDevice *device, const char *sysfs_root, const char *proc_root)
{
  EkDeviceDriver *self = g_new0 (EkDeviceDriver, 1);
  const EkAdapter *adapter = ek_device_get_adapter (device);
  g_autofree char *module = NULL;

  self->name = adapter != NULL && adapter->driver != NULL ? adapter->driver : "cdc_acm";
  module = g_build_filename (sysfs_root != NULL ? sysfs_root : "/sys", "module", self->name, NULL);
  self->loaded = g_file_test (module, G_FILE_TEST_EXISTS);
  if (!self->loaded)
    self->command = g_strdup_printf ("sudo modprobe %s", self->name);
  for (guint i = 0; self->loaded && i < G_N_ELEMENTS (takers); i++)
    if (ek_port_holder_is_running (takers[i], proc_root))
      self->taken_by = takers[i];

  return self;
}

void
ek_device_driver_free (EkDeviceDriver *self)
{
  g_free (self->command);
  g_free (self);
}

/**
 * ek_device_driver_explain:
 *
 * Returns: (transfer full): one technical line for an error's details
 */
char *
ek_device_driver_explain (const EkDeviceDriver *self)
{
  if (self->taken_by != NULL)
    return g_strdup_printf ("the program %s has taken it from its driver, %s", self->taken_by,
                            self->name);
  if (self->loaded)
    return g_strdup_printf ("its driver, %s, is loaded, but doesn't have it; plug it in again",
                            self->name);

  return g_strdup_printf ("its driver, %s, isn't loaded; run “%s”, or restart the computer after "
                          "an "
                          "update",
                          self->name, self->command);
}
