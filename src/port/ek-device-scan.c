/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial devices out of sysfs, which is there inside a sandbox too, where udev's events are not. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-private.h"

#include <stdlib.h>
#include <string.h>

/* Configuration 1, interface 0. */
#define FIRST_INTERFACE ":1.0"
/* Makers of cheap adapters give all of them the same short number, such as "0001". */
#define MIN_SERIAL 6

/* sysfs attributes are one line; a device's own texts may hold anything. */
static char *
read_attribute (const char *directory, const char *name)
{
  g_autofree char *file = g_build_filename (directory, name, NULL);
  g_autofree char *text = NULL;
  g_autofree char *valid = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return NULL;

  valid = g_utf8_make_valid (text, -1);
  g_strstrip (valid);
  return *valid != '\0' ? g_steal_pointer (&valid) : NULL;
}

/* From the tty's device up to the USB device it belongs to; NULL for a port on the mainboard. */
static char *
find_usb_directory (const char *device)
{
  g_autofree char *directory = g_strdup (device);

  while (strlen (directory) > 1)
    {
      g_autofree char *vendor = g_build_filename (directory, "idVendor", NULL);
      char *parent;

      if (g_file_test (vendor, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&directory);

      parent = g_path_get_dirname (directory);
      g_free (directory);
      directory = parent;
    }

  return NULL;
}

static void
read_usb_directory (EkDeviceFacts *facts, const char *directory)
{
  g_autofree char *vid = read_attribute (directory, "idVendor");
  g_autofree char *pid = read_attribute (directory, "idProduct");
  g_autofree char *number = read_attribute (directory, "devnum");

  facts->is_usb = vid != NULL && pid != NULL;
  if (!facts->is_usb)
    return;

  facts->vid = (guint16) g_ascii_strtoull (vid, NULL, 16);
  facts->pid = (guint16) g_ascii_strtoull (pid, NULL, 16);
  facts->enumeration = number != NULL ? (guint) g_ascii_strtoull (number, NULL, 10) : 0;
  facts->manufacturer = read_attribute (directory, "manufacturer");
  facts->product = read_attribute (directory, "product");
  facts->serial = read_attribute (directory, "serial");
}

/* A USB interface is a directory right below its device, such as "1-3:1.0"; the tty's own name may be
 * a directory below that, and must not get into the id. */
static char *
interface_name (const char *device, const char *usb)
{
  const char *below = device + strlen (usb);

  while (*below == G_DIR_SEPARATOR)
    below++;
  return g_strndup (below, strcspn (below, G_DIR_SEPARATOR_S));
}

/* Most devices have one serial port, at their first interface; more than one share ids and serial
 * number. */
static char *
make_id (const EkDeviceFacts *facts, const char *device, const char *usb)
{
  g_autofree char *interface = interface_name (device, usb);
  const char *number = strchr (interface, ':');

  if (facts->serial == NULL || strlen (facts->serial) < MIN_SERIAL)
    return g_strdup_printf ("%04x:%04x@%s/%s", facts->vid, facts->pid, facts->bus_path, interface);
  if (number == NULL || g_str_equal (number, FIRST_INTERFACE))
    return g_strdup_printf ("%04x:%04x:%s", facts->vid, facts->pid, facts->serial);

  return g_strdup_printf ("%04x:%04x:%s%s", facts->vid, facts->pid, facts->serial, number);
}

static EkDevice *
read_device (const char *tty, const char *sysfs_link, const char *dev_root)
{
  g_autofree char *device = realpath (sysfs_link, NULL);
  g_autofree char *usb = device != NULL ? find_usb_directory (device) : NULL;
  EkDeviceFacts facts = { 0 };

  if (usb == NULL)
    return NULL;

  facts.path = g_build_filename (dev_root, tty, NULL);
  facts.has_port = TRUE;
  read_usb_directory (&facts, usb);
  facts.bus_path = g_path_get_basename (usb);
  facts.id = make_id (&facts, device, usb);

  return ek_device_new (&facts);
}

/* What a tty at the device's first interface would have. */
static char *
make_portless_id (const EkDeviceFacts *facts, const char *usb)
{
  g_autofree char *interface = g_strconcat (facts->bus_path, FIRST_INTERFACE, NULL);
  g_autofree char *device = g_build_filename (usb, interface, NULL);

  return make_id (facts, device, usb);
}

/* Keyboards and hubs are none of our business: only what is known, model by model, is read further. */
static EkDevice *
read_portless_device (const char *usb, const char *dev_root)
{
  g_autofree char *bus = read_attribute (usb, "busnum");
  EkDeviceFacts facts = { 0 };

  read_usb_directory (&facts, usb);
  if (!facts.is_usb || ek_adapter_find_exactly (facts.vid, facts.pid) == NULL)
    {
      ek_device_facts_clear (&facts);
      return NULL;
    }

  facts.path = g_strdup_printf ("%s/bus/usb/%03u/%03u", dev_root,
                                bus != NULL ? (guint) g_ascii_strtoull (bus, NULL, 10) : 0,
                                facts.enumeration);
  facts.bus_path = g_path_get_basename (usb);
  facts.id = make_portless_id (&facts, usb);
  return ek_device_new (&facts);
}

static gboolean
has_port_at (GPtrArray *devices, const char *bus_path)
{
  for (guint i = 0; i < devices->len; i++)
    if (g_strcmp0 (ek_device_get_facts (devices->pdata[i])->bus_path, bus_path) == 0)
      return TRUE;

  return FALSE;
}

/* USB devices, not their interfaces, which have a colon in their names. */
static void
add_portless (GPtrArray *devices, const char *sysfs_root, const char *dev_root)
{
  g_autofree char *directory = g_build_filename (sysfs_root, "bus", "usb", "devices", NULL);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (directory, name, NULL);
      g_autofree char *usb = strchr (name, ':') == NULL ? realpath (link, NULL) : NULL;
      EkDevice *device =
          usb != NULL && !has_port_at (devices, name) ? read_portless_device (usb, dev_root) : NULL;

      if (device != NULL)
        g_ptr_array_add (found, device);
    }
  g_ptr_array_extend_and_steal (devices, g_steal_pointer (&found));
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  EkDevice *const *first = a;
  EkDevice *const *second = b;

  return g_strcmp0 (ek_device_get_path (*first), ek_device_get_path (*second));
}

/* Two devices of which the maker gave both the same number: both are told by where they are. */
static void
tell_twins_apart (GPtrArray *devices)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      const char *id = ek_device_get_id (devices->pdata[i]);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (seen, id));

      g_hash_table_insert (seen, g_strdup (id), GUINT_TO_POINTER (n + 1));
    }
  for (guint i = 0; i < devices->len; i++)
    if (GPOINTER_TO_UINT (g_hash_table_lookup (seen, ek_device_get_id (devices->pdata[i]))) > 1)
      ek_device_add_bus_path (devices->pdata[i]);
}

/**
 * ek_device_enumerate:
 * @sysfs_root: (nullable): %NULL for /sys
 * @dev_root: (nullable): %NULL for /dev
 *
 * Finds the USB serial devices that are there now, and known ones that should have a serial port and
 * have none: see ek_device_has_port(). Nothing is opened: their state is %EK_DEVICE_UNKNOWN.
 *
 * Source: Linux sysfs rules; facts/desktop.md 5.1.
 *
 * Returns: (transfer full) (element-type EkDevice): sorted by path
 */
GPtrArray *
ek_device_enumerate (const char *sysfs_root, const char *dev_root)
{
  const char *sys = sysfs_root != NULL ? sysfs_root : "/sys";
  const char *dev = dev_root != NULL ? dev_root : "/dev";
  g_autofree char *directory = g_build_filename (sys, "class", "tty", NULL);
  GPtrArray *devices = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *tty;

  while (dir != NULL && (tty = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (directory, tty, "device", NULL);
      EkDevice *device = read_device (tty, link, dev);

      if (device != NULL)
        g_ptr_array_add (devices, device);
    }
  add_portless (devices, sys, dev);
  g_ptr_array_sort (devices, compare_paths);
  tell_twins_apart (devices);

  return devices;
}

/**
 * ek_device_find_for_path:
 * @path: a tty, or a link to one such as /dev/serial/by-id/…
 *
 * Returns: (transfer full) (nullable): the USB device behind @path
 */
EkDevice *
ek_device_find_for_path (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *link = g_build_filename ("/sys/class/tty", name, "device", NULL);
  EkDevice *device = read_device (name, link, "/dev");
  g_autofree char *real = device == NULL ? realpath (path, NULL) : NULL;
  g_autofree char *real_name = real != NULL ? g_path_get_basename (real) : NULL;
  g_autofree char *real_link = NULL;

  if (real_name == NULL)
    return device;

  real_link = g_build_filename ("/sys/class/tty", real_name, "device", NULL);
  return read_device (real_name, real_link, "/dev");
}
