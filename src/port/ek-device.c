/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial devices out of sysfs, which is there inside a sandbox too, where udev's events are not. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

/* Configuration 1, interface 0. */
#define FIRST_INTERFACE ":1.0"

struct _EkDevice
{
  GObject parent_instance;

  char *id; /* USB ids and serial number or bus path, never the tty's name */
  char *path;
  gboolean is_usb;
  guint16 vid;
  guint16 pid;
  char *manufacturer;
  char *product;
  char *serial;
};

G_DEFINE_FINAL_TYPE (EkDevice, ek_device, G_TYPE_OBJECT)

static const char *const state_names[] = {
  [EK_DEVICE_READY] = "ready",     [EK_DEVICE_NO_PERMISSION] = "no-permission",
  [EK_DEVICE_BUSY] = "busy",       [EK_DEVICE_GONE] = "gone",
  [EK_DEVICE_UNKNOWN] = "unknown",
};

static void
ek_device_finalize (GObject *object)
{
  EkDevice *self = EK_DEVICE (object);

  g_free (self->id);
  g_free (self->path);
  g_free (self->manufacturer);
  g_free (self->product);
  g_free (self->serial);

  G_OBJECT_CLASS (ek_device_parent_class)->finalize (object);
}

static void
ek_device_class_init (EkDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_device_finalize;
}

static void
ek_device_init (EkDevice *self)
{
}

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
read_usb_directory (EkDevice *self, const char *directory)
{
  g_autofree char *vid = read_attribute (directory, "idVendor");
  g_autofree char *pid = read_attribute (directory, "idProduct");

  self->is_usb = vid != NULL && pid != NULL;
  if (!self->is_usb)
    return;

  self->vid = (guint16) g_ascii_strtoull (vid, NULL, 16);
  self->pid = (guint16) g_ascii_strtoull (pid, NULL, 16);
  self->manufacturer = read_attribute (directory, "manufacturer");
  self->product = read_attribute (directory, "product");
  self->serial = read_attribute (directory, "serial");
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
make_id (EkDevice *self, const char *device, const char *usb)
{
  g_autofree char *interface = interface_name (device, usb);
  g_autofree char *bus_path = g_path_get_basename (usb);
  const char *number = strchr (interface, ':');

  if (self->serial == NULL)
    return g_strdup_printf ("%04x:%04x@%s/%s", self->vid, self->pid, bus_path, interface);
  if (number == NULL || g_str_equal (number, FIRST_INTERFACE))
    return g_strdup_printf ("%04x:%04x:%s", self->vid, self->pid, self->serial);

  return g_strdup_printf ("%04x:%04x:%s%s", self->vid, self->pid, self->serial, number);
}

static EkDevice *
device_new (const char *tty, const char *sysfs_link, const char *dev_root)
{
  g_autofree char *device = realpath (sysfs_link, NULL);
  g_autofree char *usb = device != NULL ? find_usb_directory (device) : NULL;
  EkDevice *self;

  if (usb == NULL)
    return NULL;

  self = g_object_new (EK_TYPE_DEVICE, NULL);
  self->path = g_build_filename (dev_root, tty, NULL);
  read_usb_directory (self, usb);
  self->id = make_id (self, device, usb);

  return self;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  EkDevice *const *first = a;
  EkDevice *const *second = b;

  return g_strcmp0 ((*first)->path, (*second)->path);
}

/**
 * ek_device_enumerate:
 * @sysfs_root: (nullable): %NULL for /sys
 * @dev_root: (nullable): %NULL for /dev
 *
 * Finds the USB serial devices that are there now.
 *
 * Source: Linux sysfs rules; facts/desktop.md 5.1.
 *
 * Returns: (transfer full) (element-type EkDevice): sorted by path
 */
GPtrArray *
ek_device_enumerate (const char *sysfs_root, const char *dev_root)
{
  g_autofree char *directory =
      g_build_filename (sysfs_root != NULL ? sysfs_root : "/sys", "class", "tty", NULL);
  GPtrArray *devices = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *tty;

  while (dir != NULL && (tty = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (directory, tty, "device", NULL);
      EkDevice *device = device_new (tty, link, dev_root != NULL ? dev_root : "/dev");

      if (device != NULL)
        g_ptr_array_add (devices, device);
    }
  g_ptr_array_sort (devices, compare_paths);

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
  g_autofree char *real = realpath (path, NULL);
  g_autofree char *name = g_path_get_basename (real != NULL ? real : path);
  g_autofree char *link = g_build_filename ("/sys/class/tty", name, "device", NULL);

  return device_new (name, link, "/dev");
}

/**
 * ek_device_get_id:
 *
 * Returns: (transfer none): stays the same when the device comes back under another tty name
 */
const char *
ek_device_get_id (EkDevice *self)
{
  return self->id;
}

const char *
ek_device_get_path (EkDevice *self)
{
  return self->path;
}

/**
 * ek_device_get_adapter:
 *
 * Returns: (nullable) (transfer none): what the USB ids stand for
 */
const EkAdapter *
ek_device_get_adapter (EkDevice *self)
{
  return self->is_usb ? ek_adapter_find (self->vid, self->pid) : NULL;
}

gboolean
ek_device_get_usb_ids (EkDevice *self, guint16 *vid, guint16 *pid)
{
  *vid = self->vid;
  *pid = self->pid;
  return self->is_usb;
}

const char *
ek_device_get_manufacturer (EkDevice *self)
{
  return self->manufacturer;
}

const char *
ek_device_get_product (EkDevice *self)
{
  return self->product;
}

const char *
ek_device_get_serial (EkDevice *self)
{
  return self->serial;
}

/**
 * ek_device_probe_state:
 *
 * Opens and closes the device's node. Opening a tty raises DTR and RTS, which together do nothing to
 * an ESP's reset circuit.
 */
EkDeviceState
ek_device_probe_state (EkDevice *self)
{
  int fd = open (self->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  EkDeviceState state = EK_DEVICE_READY;
  struct termios settings;

  if (fd < 0)
    {
      switch (errno)
        {
        case EACCES:
        case EPERM:
          return EK_DEVICE_NO_PERMISSION;
        case EBUSY:
          return EK_DEVICE_BUSY;
        case ENOENT:
        case ENXIO:
        case ENODEV:
          return EK_DEVICE_GONE;
        default:
          return EK_DEVICE_UNKNOWN;
        }
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    state = EK_DEVICE_BUSY;
  /* Closing must not drop DTR and RTS, which would reset some boards. */
  if (tcgetattr (fd, &settings) == 0)
    {
      settings.c_cflag &= ~(tcflag_t) HUPCL;
      (void) tcsetattr (fd, TCSANOW, &settings);
    }
  close (fd);

  return state;
}

/**
 * ek_device_state_name:
 *
 * Returns: (transfer none): a name for scripts, such as "no-permission"
 */
const char *
ek_device_state_name (EkDeviceState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), "unknown");

  return state_names[state];
}
