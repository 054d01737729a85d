/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial devices found in a sysfs that the test builds, laid out as the kernel lays out its own. */
#include "config.h"

#include "computer.h"
#include "ek-device-driver.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static GPtrArray *
enumerate (Computer *self)
{
  return ek_device_enumerate (self->sys, self->dev);
}

static void
test_reads_a_device_with_a_serial_number (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  g_autofree char *path = NULL;
  guint16 vid, pid;
  EkDevice *device;

  computer_init (&computer);
  computer_put_echokit (&computer, "ttyACM0");
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 1);
  device = devices->pdata[0];
  path = g_build_filename (computer.dev, "ttyACM0", NULL);
  g_assert_cmpstr (ek_device_get_path (device), ==, path);
  g_assert_true (ek_device_get_usb_ids (device, &vid, &pid));
  g_assert_cmphex (vid, ==, 0x303a);
  g_assert_cmphex (pid, ==, 0x1001);
  g_assert_cmpstr (ek_device_get_manufacturer (device), ==, "Espressif");
  g_assert_cmpstr (ek_device_get_product (device), ==, "USB JTAG/serial debug unit");
  g_assert_cmpstr (ek_device_get_serial (device), ==, "98:A3:16:E5:D8:4A");
  g_assert_cmpint (ek_device_get_adapter (device)->kind, ==, EK_PORT_KIND_USB_SERIAL_JTAG);
}

static void
test_reads_a_device_without_a_serial_number (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  EkDevice *device;

  computer_init (&computer);
  computer_put_ch340 (&computer, "ttyUSB0");
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 1);
  device = devices->pdata[0];
  g_assert_null (ek_device_get_serial (device));
  g_assert_null (ek_device_get_manufacturer (device));
  g_assert_cmpstr (ek_device_get_adapter (device)->name, ==, "CH340");
  g_assert_nonnull (strstr (ek_device_get_id (device), "1-3"));
}

static char *
only_id (Computer *computer)
{
  g_autoptr (GPtrArray) devices = enumerate (computer);

  g_assert_cmpuint (devices->len, ==, 1);
  return g_strdup (ek_device_get_id (devices->pdata[0]));
}

static void
test_keeps_the_id_when_the_tty_changes (void)
{
  typedef void (*Put) (Computer *, const char *);
  static const Put puts[] = { computer_put_echokit, computer_put_ch340 };

  for (guint i = 0; i < G_N_ELEMENTS (puts); i++)
    {
      g_auto (Computer) computer = { 0 };
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      computer_init (&computer);
      puts[i](&computer, "ttyUSB0");
      before = only_id (&computer);
      computer_remove_tty (&computer, "ttyUSB0");
      puts[i](&computer, "ttyUSB7");
      after = only_id (&computer);
      g_assert_cmpstr (before, ==, after);
    }
}

/* A CP2105 has two serial ports, with or without a serial number: they are not one. */
static void
test_tells_two_interfaces_apart (void)
{
  for (guint with_serial = 0; with_serial < 2; with_serial++)
    {
      g_auto (Computer) computer = { 0 };
      g_autoptr (GPtrArray) devices = NULL;

      computer_init (&computer);
      computer_put_usb (&computer, COMPUTER_BUS "/1-4", "10c4\n", "ea70\n");
      if (with_serial)
        computer_put_attribute (&computer, COMPUTER_BUS "/1-4", "serial", "00A1B2C3\n");
      computer_put_tty (&computer, "ttyUSB0", COMPUTER_BUS "/1-4/1-4:1.0/ttyUSB0");
      computer_put_tty (&computer, "ttyUSB1", COMPUTER_BUS "/1-4/1-4:1.1/ttyUSB1");
      devices = enumerate (&computer);
      g_assert_cmpuint (devices->len, ==, 2);
      g_assert_cmpstr (ek_device_get_id (devices->pdata[0]), !=,
                       ek_device_get_id (devices->pdata[1]));
    }
}

static void
test_tells_two_equal_adapters_apart (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;

  computer_init (&computer);
  computer_put_ch340 (&computer, "ttyUSB0");
  computer_put_usb (&computer, COMPUTER_BUS "/1-6", "1a86\n", "7523\n");
  computer_put_tty (&computer, "ttyUSB1", COMPUTER_BUS "/1-6/1-6:1.0/ttyUSB1");
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 2);
  g_assert_cmpstr (ek_device_get_id (devices->pdata[0]), !=, ek_device_get_id (devices->pdata[1]));
}

/* Cheap adapters have the same number each, long or short. */
static void
test_tells_twins_apart (void)
{
  static const char *const serials[] = { "0001\n", "0123456789\n" };

  for (guint i = 0; i < G_N_ELEMENTS (serials); i++)
    {
      g_auto (Computer) computer = { 0 };
      g_autoptr (GPtrArray) devices = NULL;
      g_autofree char *first = NULL;

      computer_init (&computer);
      for (guint j = 0; j < 2; j++)
        {
          g_autofree char *usb = g_strdup_printf ("%s/1-%u", COMPUTER_BUS, j + 1);
          g_autofree char *interface = g_strdup_printf ("%s/1-%u:1.0", usb, j + 1);
          g_autofree char *tty = g_strdup_printf ("ttyUSB%u", j);

          computer_put_usb (&computer, usb, "10c4\n", "ea60\n");
          computer_put_attribute (&computer, usb, "serial", serials[i]);
          computer_put_tty (&computer, tty, interface);
        }
      devices = enumerate (&computer);
      g_assert_cmpuint (devices->len, ==, 2);
      first = g_strdup (ek_device_get_id (devices->pdata[0]));
      g_assert_cmpstr (first, !=, ek_device_get_id (devices->pdata[1]));
    }
}

static void
test_ignores_what_is_not_usb (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  g_autofree char *console = NULL;
  g_autofree char *dangling = NULL;

  computer_init (&computer);
  computer_put_tty (&computer, "ttyS0", "devices/pnp0/00:05");
  console = g_build_filename (computer.sys, "class", "tty", "tty1", NULL);
  g_assert_cmpint (g_mkdir_with_parents (console, 0755), ==, 0);
  dangling = g_build_filename (computer.sys, "class", "tty", "ttyUSB9", NULL);
  g_assert_cmpint (symlink ("/nowhere/at/all", dangling), ==, 0);
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 0);
}

static void
test_bears_broken_attributes (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  guint16 vid, pid;

  computer_init (&computer);
  /* no product id */
  computer_put_attribute (&computer, COMPUTER_BUS "/1-1", "idVendor", "303a\n");
  computer_put_tty (&computer, "ttyACM1", COMPUTER_BUS "/1-1/1-1:1.0");
  /* not a number, and empty texts */
  computer_put_usb (&computer, COMPUTER_BUS "/1-2", "zzzz\n", "\n");
  computer_put_attribute (&computer, COMPUTER_BUS "/1-2", "serial", "\n");
  computer_put_attribute (&computer, COMPUTER_BUS "/1-2", "product", "");
  computer_put_tty (&computer, "ttyACM2", COMPUTER_BUS "/1-2/1-2:1.0");
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 2);
  for (guint i = 0; i < devices->len; i++)
    {
      EkDevice *device = devices->pdata[i];

      g_assert_null (ek_device_get_adapter (device));
      g_assert_false (ek_device_get_usb_ids (device, &vid, &pid));
      g_assert_null (ek_device_get_product (device));
      g_assert_null (ek_device_get_serial (device));
      g_assert_nonnull (ek_device_get_id (device));
    }
}

static void
test_makes_texts_valid (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  EkDevice *device;

  computer_init (&computer);
  computer_put_usb (&computer, COMPUTER_BUS "/1-2", "303a\n", "1001\n");
  computer_put_attribute (&computer, COMPUTER_BUS "/1-2", "product", "K\374che \300\377\n");
  computer_put_attribute (&computer, COMPUTER_BUS "/1-2", "serial", "\377\376 1\n");
  computer_put_tty (&computer, "ttyACM0", COMPUTER_BUS "/1-2/1-2:1.0");
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 1);
  device = devices->pdata[0];
  g_assert_true (g_utf8_validate (ek_device_get_product (device), -1, NULL));
  g_assert_true (g_utf8_validate (ek_device_get_serial (device), -1, NULL));
  g_assert_true (g_utf8_validate (ek_device_get_id (device), -1, NULL));
  g_assert_true (g_str_has_prefix (ek_device_get_product (device), "K"));
}

static void
test_sorts_by_path (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;

  computer_init (&computer);
  computer_put_ch340 (&computer, "ttyUSB0");
  computer_put_echokit (&computer, "ttyACM0");
  devices = enumerate (&computer);
  g_assert_cmpuint (devices->len, ==, 2);
  g_assert_true (g_str_has_suffix (ek_device_get_path (devices->pdata[0]), "ttyACM0"));
  g_assert_true (g_str_has_suffix (ek_device_get_path (devices->pdata[1]), "ttyUSB0"));
}

/* Chips and adapters that are known, model by model; never what else is on the bus. */
static void
test_lists_what_lacks_a_driver (void)
{
  static const struct
  {
    const char *port;
    const char *vid;
    const char *pid;
    const char *name; /* NULL: is not listed */
  } rows[] = {
    { "3-1", "1a86\n", "7523\n", "CH340" },
    { "3-2", "303a\n", "0009\n", "ESP32-S3 download mode" },
    { "3-3", "303a\n", "1001\n", "USB-Serial/JTAG" },
    { "3-4", "10c4\n", "ea60\n", "CP210x" },
    { "3-5", "0403\n", "6001\n", "FT232R" },
    { "3-6", "1a86\n", "55d3\n", "CH343" },
    { "3-7", "1a86\n", "55d4\n", "CH9102" },
    { "usb3", "1d6b\n", "0002\n", NULL },
    { "3-8", "046d\n", "c31c\n", NULL },
    { "3-9", "303a\n", "4001\n", NULL }, /* some product with a chip of Espressif's */
    { "3-10", "1a86\n", "8091\n", NULL },
    { "3-11", "x\n", "\n", NULL },
  };
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  g_autofree char *path = NULL;
  guint n = 0;

  computer_init (&computer);
  computer_put_attribute (&computer, COMPUTER_BUS "/3-1/3-1:1.0", "bInterfaceClass", "ff\n");
  computer_put_bus_device (&computer, COMPUTER_BUS "/3-1/3-1:1.0", "9\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *directory = g_strdup_printf (COMPUTER_BUS "/%s", rows[i].port);
      g_autofree char *number = g_strdup_printf ("%u\n", i + 2);

      computer_put_usb (&computer, directory, rows[i].vid, rows[i].pid);
      computer_put_bus_device (&computer, directory, number);
    }
  devices = enumerate (&computer);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].name != NULL)
      {
        /* sorted by path, which has the numbers in it */
        EkDevice *device = devices->pdata[n++];

        g_assert_cmpstr (ek_device_get_adapter (device)->name, ==, rows[i].name);
        g_assert_false (ek_device_has_port (device));
      }
  g_assert_cmpuint (devices->len, ==, n);
  path = g_build_filename (computer.dev, "bus/usb/003/002", NULL);
  g_assert_cmpstr (ek_device_get_path (devices->pdata[0]), ==, path);
}

static void
test_is_the_same_with_a_driver (void)
{
  typedef void (*Put) (Computer *, const char *);
  static const struct
  {
    const char *directory;
    const char *vid, *pid, *serial;
    Put put;
  } rows[] = {
    { COMPUTER_BUS "/1-2", "303a\n", "1001\n", "98:A3:16:E5:D8:4A\n", computer_put_echokit },
    { COMPUTER_BUS "/1-3", "1a86\n", "7523\n", "", computer_put_ch340 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Computer) computer = { 0 };
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      computer_init (&computer);
      computer_put_usb (&computer, rows[i].directory, rows[i].vid, rows[i].pid);
      computer_put_attribute (&computer, rows[i].directory, "serial", rows[i].serial);
      computer_put_bus_device (&computer, rows[i].directory, "7\n");
      before = only_id (&computer);
      rows[i].put (&computer, "ttyX0");
      after = only_id (&computer);
      g_assert_cmpstr (before, ==, after);
    }
}

static void
test_says_which_driver (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (EkDeviceDriver) missing = NULL;
  g_autoptr (EkDeviceDriver) loaded = NULL;
  g_autoptr (EkDeviceDriver) taken = NULL;
  g_autofree char *words = NULL;

  computer_init (&computer);
  computer_put_usb (&computer, COMPUTER_BUS "/1-3", "1a86\n", "7523\n");
  computer_put_bus_device (&computer, COMPUTER_BUS "/1-3", "7\n");
  devices = enumerate (&computer);
  missing = ek_device_driver_new (devices->pdata[0], computer.sys, computer.proc);
  g_assert_cmpstr (missing->name, ==, "ch341");
  g_assert_cmpstr (missing->command, ==, "sudo modprobe ch341");
  words = ek_device_driver_explain (missing);
  g_assert_nonnull (strstr (words, "sudo modprobe ch341"));

  computer_put_attribute (&computer, "module/ch341", "refcnt", "0\n");
  loaded = ek_device_driver_new (devices->pdata[0], computer.sys, computer.proc);
  g_assert_true (loaded->loaded);
  g_assert_null (loaded->command);
  g_assert_null (loaded->taken_by);

  computer_put_process (&computer, 77, "brltty\n", "brltty", NULL);
  taken = ek_device_driver_new (devices->pdata[0], computer.sys, computer.proc);
  g_assert_cmpstr (taken->taken_by, ==, "brltty");
}

static void
test_finds_nothing_where_nothing_is (void)
{
  g_autoptr (GPtrArray) devices = ek_device_enumerate ("/nowhere/at/all", NULL);

  g_assert_cmpuint (devices->len, ==, 0);
  g_assert_null (ek_device_find_for_path ("/dev/null"));
  g_assert_null (ek_device_find_for_path ("/nowhere/at/all"));
}

static void
test_probes_the_state (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  g_autofree char *node = NULL;
  EkDevice *device;
  int fd;

  computer_init (&computer);
  computer_put_echokit (&computer, "ttyACM0");
  devices = enumerate (&computer);
  device = devices->pdata[0];
  g_assert_cmpint (ek_device_probe_state (device), ==, EK_DEVICE_GONE);

  node = g_build_filename (computer.dev, "ttyACM0", NULL);
  g_assert_true (g_file_set_contents_full (node, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_cmpint (ek_device_probe_state (device), ==, EK_DEVICE_READY);

  fd = open (node, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  g_assert_cmpint (ek_device_probe_state (device), ==, EK_DEVICE_BUSY);
  close (fd);

  g_assert_cmpint (chmod (computer.root, 0755), ==, 0);
  if (geteuid () == 0 && seteuid (NOBODY) == 0)
    {
      EkDeviceState state = ek_device_probe_state (device);

      g_assert_cmpint (seteuid (0), ==, 0);
      g_assert_cmpint (state, ==, EK_DEVICE_NO_PERMISSION);
    }
  g_assert_cmpstr (ek_device_state_name (EK_DEVICE_NO_PERMISSION), ==, "no-permission");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device/reads-a-device-with-a-serial-number",
                   test_reads_a_device_with_a_serial_number);
  g_test_add_func ("/device/reads-a-device-without-a-serial-number",
                   test_reads_a_device_without_a_serial_number);
  g_test_add_func ("/device/keeps-the-id-when-the-tty-changes",
                   test_keeps_the_id_when_the_tty_changes);
  g_test_add_func ("/device/tells-two-interfaces-apart", test_tells_two_interfaces_apart);
  g_test_add_func ("/device/tells-two-equal-adapters-apart", test_tells_two_equal_adapters_apart);
  g_test_add_func ("/device/tells-twins-apart", test_tells_twins_apart);
  g_test_add_func ("/device/ignores-what-is-not-usb", test_ignores_what_is_not_usb);
  g_test_add_func ("/device/bears-broken-attributes", test_bears_broken_attributes);
  g_test_add_func ("/device/makes-texts-valid", test_makes_texts_valid);
  g_test_add_func ("/device/sorts-by-path", test_sorts_by_path);
  g_test_add_func ("/device/lists-what-lacks-a-driver", test_lists_what_lacks_a_driver);
  g_test_add_func ("/device/is-the-same-with-a-driver", test_is_the_same_with_a_driver);
  g_test_add_func ("/device/says-which-driver", test_says_which_driver);
  g_test_add_func ("/device/finds-nothing-where-nothing-is", test_finds_nothing_where_nothing_is);
  g_test_add_func ("/device/probes-the-state", test_probes_the_state);

  return g_test_run ();
}
