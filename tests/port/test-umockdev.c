/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real /sys and /dev paths against umockdev's devices: plugging, permissions, and the reset lines
 * as the driver gets them. */
#include "config.h"

#include "ek-device-monitor.h"
#include "ek-port.h"
#include "ek-reset.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <umockdev.h>
#include <unistd.h>

#define NOBODY 65534
#define SECOND G_USEC_PER_SEC

/* The driver's end of the reset lines. */
typedef struct
{
  int lines;
  GString *log; /* "DTR RTS;" for each change that was asked for */
  GMutex lock;
} Driver;

static gboolean
on_ioctl (UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer user_data)
{
  Driver *driver = user_data;
  gulong request = umockdev_ioctl_client_get_request (client);
  UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg (client);
  UMockdevIoctlData *data;

  if (request != TIOCMGET && request != TIOCMSET)
    {
      int number = 0;
      int result = umockdev_ioctl_client_execute (client, &number, NULL);

      umockdev_ioctl_client_complete (client, result, number);
      return TRUE;
    }

  data = umockdev_ioctl_data_resolve (arg, 0, sizeof (int), NULL);
  g_assert_nonnull (data);
  g_mutex_lock (&driver->lock);
  if (request == TIOCMGET)
    {
      umockdev_ioctl_data_update (data, 0, (guint8 *) &driver->lines, sizeof (int));
    }
  else
    {
      memcpy (&driver->lines, data->data, sizeof (int));
      g_string_append_printf (driver->log, "%d %d;", (driver->lines & TIOCM_DTR) != 0,
                              (driver->lines & TIOCM_RTS) != 0);
    }
  g_mutex_unlock (&driver->lock);
  umockdev_ioctl_client_complete (client, 0, 0);
  return TRUE;
}

typedef struct
{
  UMockdevTestbed *testbed;
  EkDeviceMonitor *monitor;
  UMockdevIoctlBase *handler;
  Driver driver;
  gint64 now;
} Fixture;

static gint64
fixture_clock (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->testbed = umockdev_testbed_new ();
  g_mutex_init (&self->driver.lock);
  self->driver.log = g_string_new (NULL);
  self->driver.lines = TIOCM_DTR | TIOCM_RTS | TIOCM_CAR;
  self->handler = umockdev_ioctl_base_new ();
  g_signal_connect (self->handler, "handle-ioctl", G_CALLBACK (on_ioctl), &self->driver);
  self->now = 1000 * SECOND;
  self->monitor = ek_device_monitor_new ();
  ek_device_monitor_set_clock (self->monitor, fixture_clock, self);
  ek_device_monitor_refresh (self->monitor);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->monitor);
  g_clear_object (&self->handler);
  g_clear_object (&self->testbed);
  g_string_free (self->driver.log, TRUE);
  g_mutex_clear (&self->driver.lock);
}

/* A USB device with one interface, and below it a node of @subsystem. */
static void
plug (Fixture *self,
      const char *port,
      const char *ids,
      const char *serial,
      const char *subsystem,
      const char *node)
{
  g_auto (GStrv) numbers = g_strsplit (ids, ":", 2);
  g_autofree char *path = g_strconcat ("/dev/", node, NULL);
  g_autofree char *text =
      g_strdup_printf ("P: /devices/usb1/%s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n"
                       "A: idVendor=%s\\n\nA: idProduct=%s\\n\nA: serial=%s\\n\nA: devnum=5\\n\n"
                       "A: product=USB JTAG/serial debug unit\\n\n\n"
                       "P: /devices/usb1/%s/%s:1.0\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\n"
                       "A: bInterfaceNumber=00\\n\n\n"
                       "P: /devices/usb1/%s/%s:1.0/%s/%s\nN: %s\nE: SUBSYSTEM=%s\nE: "
                       "DEVNAME=/dev/%s\n"
                       "A: dev=166:%u\\n\nL: device=../../../%s:1.0\n",
                       port, numbers[0], numbers[1], serial, port, port, port, port, subsystem,
                       node, node, subsystem, node, g_str_hash (node) % 256, port);
  g_autoptr (GError) error = NULL;

  umockdev_testbed_add_from_string (self->testbed, text, &error);
  g_assert_no_error (error);
  if (g_str_equal (subsystem, "tty"))
    umockdev_testbed_attach_ioctl (self->testbed, path, self->handler, &error);
  g_assert_no_error (error);
}

static void
unplug (Fixture *self, const char *port, const char *node)
{
  g_autofree char *usb = g_strdup_printf ("/sys/devices/usb1/%s", port);
  g_autofree char *interface = g_strdup_printf ("%s/%s:1.0", usb, port);
  g_autofree char *leaf = g_strdup_printf ("%s/tty/%s", interface, node);
  g_autofree char *path = g_strconcat ("/dev/", node, NULL);

  umockdev_testbed_detach_ioctl (self->testbed, path, NULL);
  umockdev_testbed_uevent (self->testbed, leaf, "remove");
  umockdev_testbed_remove_device (self->testbed, leaf);
  umockdev_testbed_remove_device (self->testbed, interface);
  umockdev_testbed_remove_device (self->testbed, usb);
}

static void
look (Fixture *self, double seconds_later)
{
  self->now += (gint64) (seconds_later * SECOND);
  ek_device_monitor_refresh (self->monitor);
}

static guint
count (Fixture *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->monitor));
}

static EkDevice *
nth (Fixture *self, guint i)
{
  g_autoptr (EkDevice) device = g_list_model_get_item (G_LIST_MODEL (self->monitor), i);

  return device;
}

static void
assert_state (EkDevice *device, EkDeviceState state)
{
  g_assert_cmpstr (ek_device_state_name (ek_device_get_state (device)), ==,
                   ek_device_state_name (state));
}

static void
test_plug_and_unplug (Fixture *self, gconstpointer data)
{
  EkDevice *device;

  g_assert_cmpuint (count (self), ==, 0);
  plug (self, "1-1", "303a:1001", "98:A3:16:E5:D8:4A", "tty", "ttyACM0");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  device = nth (self, 0);
  assert_state (device, EK_DEVICE_READY);
  g_assert_cmpstr (ek_device_get_path (device), ==, "/dev/ttyACM0");
  g_assert_cmpstr (ek_device_get_tail (device), ==, "D84A");
  unplug (self, "1-1", "ttyACM0");
  look (self, 1);
  assert_state (device, EK_DEVICE_GONE);
  look (self, 10);
  g_assert_cmpuint (count (self), ==, 0);
}

/* A port that was opened before finds its device too. */
static void
test_comes_back_under_a_new_name (Fixture *self, gconstpointer data)
{
  g_autoptr (EkPort) port = ek_port_new_for_uri ("/dev/ttyACM0", NULL);
  g_autoptr (GError) error = NULL;
  EkDevice *device;
  guint8 byte;

  plug (self, "1-1", "303a:1001", "98:A3:16:E5:D8:4A", "tty", "ttyACM0");
  look (self, 1);
  device = nth (self, 0);
  ek_port_open (port, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ek_port_get_kind (port), ==, EK_PORT_KIND_USB_SERIAL_JTAG);
  ek_port_close (port);

  unplug (self, "1-1", "ttyACM0");
  look (self, 1);
  plug (self, "1-1", "303a:1001", "98:A3:16:E5:D8:4A", "tty", "ttyACM1");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (nth (self, 0) == device);
  g_assert_cmpstr (ek_device_get_path (device), ==, "/dev/ttyACM1");
  assert_state (device, EK_DEVICE_READY);

  ek_port_open (port, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ek_port_get_path (port), ==, "/dev/ttyACM1");
  g_assert_cmpint (write (umockdev_testbed_get_dev_fd (self->testbed, "/dev/ttyACM1"), "!", 1), ==,
                   1);
  g_assert_cmpint (ek_port_read (port, &byte, 1, ek_port_now (port) + 5 * SECOND, NULL, &error), ==,
                   1);
  g_assert_cmpint (byte, ==, '!');
}

static void
test_two_equal_devices (Fixture *self, gconstpointer data)
{
  plug (self, "1-1", "303a:1001", "98:A3:16:E5:D8:4A", "tty", "ttyACM0");
  plug (self, "1-2", "303a:1001", "98:A3:16:E5:D8:4C", "tty", "ttyACM1");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 2);
  g_assert_cmpstr (ek_device_get_tail (nth (self, 0)), !=, ek_device_get_tail (nth (self, 1)));
  unplug (self, "1-1", "ttyACM0");
  look (self, 1);
  look (self, 10);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_cmpstr (ek_device_get_tail (nth (self, 0)), ==, "D84C");
}

static void
test_permission_denied (Fixture *self, gconstpointer data)
{
  g_autofree char *root = umockdev_testbed_get_root_dir (self->testbed);
  g_autofree char *node = g_build_filename (root, "dev", "ttyACM0", NULL);
  static const char *const folders[] = { "", "ioctl", "ioctl/dev", "ioctl/dev/ttyACM0" };
  uid_t me = geteuid ();
  EkDeviceState state;

  plug (self, "1-1", "303a:1001", "98:A3:16:E5:D8:4A", "tty", "ttyACM0");
  /* umockdev's own sockets are for everybody */
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_build_filename (root, folders[i], NULL);

      g_assert_cmpint (chmod (folder, 0777), ==, 0);
    }
  g_assert_cmpint (chmod (node, me == 0 ? 0600 : 0), ==, 0);
  if (me == 0 && seteuid (NOBODY) != 0)
    {
      g_test_skip ("the superuser may open everything");
      return;
    }
  look (self, 1);
  look (self, 5);
  state = ek_device_get_state (nth (self, 0));
  if (me == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (state, ==, EK_DEVICE_NO_PERMISSION);
}

static void
test_wrong_subsystem (Fixture *self, gconstpointer data)
{
  EkDevice *device;
  EkError code;

  plug (self, "1-1", "046d:c31c", "keyboard", "hidraw", "hidraw0");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 0);

  /* An EchoKit without a serial port is there, and can't be used. */
  plug (self, "1-2", "303a:1001", "98:A3:16:E5:D8:4A", "hidraw", "hidraw1");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  device = nth (self, 0);
  g_assert_cmpint (ek_device_get_state (device), ==, EK_DEVICE_SETTLING);
  look (self, 4);
  g_assert_cmpint (ek_device_get_state (device), ==, EK_DEVICE_NO_DRIVER);
  g_assert_true (ek_device_get_problem (device, &code));
  g_assert_cmpint (code, ==, EK_ERROR_PORT_NO_DRIVER);
  g_assert_false (ek_device_has_port (device));
}

/* An adapter whose driver is loaded later: the same row, which can be used then. */
static void
test_driver_comes_later (Fixture *self, gconstpointer data)
{
  g_autofree char *id = NULL;
  EkDevice *device;

  plug (self, "1-1", "1a86:7523", "", "usbmisc", "usbmisc0");
  look (self, 1);
  look (self, 4);
  g_assert_cmpuint (count (self), ==, 1);
  device = nth (self, 0);
  g_assert_cmpint (ek_device_get_state (device), ==, EK_DEVICE_NO_DRIVER);
  id = g_strdup (ek_device_get_id (device));

  umockdev_testbed_remove_device (self->testbed, "/sys/devices/usb1/1-1/1-1:1.0/usbmisc/usbmisc0");
  umockdev_testbed_remove_device (self->testbed, "/sys/devices/usb1/1-1/1-1:1.0");
  umockdev_testbed_remove_device (self->testbed, "/sys/devices/usb1/1-1");
  plug (self, "1-1", "1a86:7523", "", "tty", "ttyUSB0");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (nth (self, 0) == device);
  g_assert_cmpstr (ek_device_get_id (device), ==, id);
  g_assert_cmpint (ek_device_get_state (device), ==, EK_DEVICE_READY);
  g_assert_cmpstr (ek_device_get_path (device), ==, "/dev/ttyUSB0");
}

static void
test_reset_lines (Fixture *self, gconstpointer data)
{
  /* Source: esptool's reset.py; on the chip's own USB through (1,1), not (0,0). */
  static const struct
  {
    EkReset reset;
    const char *lines;
  } rows[] = {
    { EK_RESET_UNIX_TIGHT, "0 0;1 1;0 1;1 0;0 0;" },
    { EK_RESET_CLASSIC, "0 0;0 1;1 1;1 0;0 0;" },
    { EK_RESET_USB_SERIAL_JTAG, "0 0;1 0;1 1;0 1;0 0;" },
    { EK_RESET_HARD, "0 1;0 0;" },
  };
  g_autoptr (EkPort) port = ek_port_new_for_uri ("/dev/ttyUSB0", NULL);
  g_autoptr (GError) error = NULL;
  Driver *driver = &self->driver;

  plug (self, "1-1", "10c4:ea60", "0123456789", "tty", "ttyUSB0");

  ek_port_open (port, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_string_truncate (driver->log, 0);
      g_assert_true (ek_reset_run (rows[i].reset, port, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (ek_port_has_lines (port));
      g_assert_cmpstr (driver->log->str, ==, rows[i].lines);
      /* what is not ours stays as it is */
      g_assert_true ((driver->lines & TIOCM_CAR) != 0);
    }
  ek_port_close (port);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "plug-and-unplug", test_plug_and_unplug },
    { "comes-back-under-a-new-name", test_comes_back_under_a_new_name },
    { "two-equal-devices", test_two_equal_devices },
    { "permission-denied", test_permission_denied },
    { "wrong-subsystem", test_wrong_subsystem },
    { "driver-comes-later", test_driver_comes_later },
    { "reset-lines", test_reset_lines },
  };

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("LD_PRELOAD") == NULL ||
      strstr (g_getenv ("LD_PRELOAD"), "libumockdev-preload") == NULL)
    {
      g_print ("1..0 # SKIP umockdev's library is not preloaded\n");
      return 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/umockdev/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
    }

  return g_test_run ();
}
