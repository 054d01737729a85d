/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of devices while cables come and go, on a computer and by a clock that the test makes. */
#include "config.h"

#include "computer.h"
#include "ek-device-monitor.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534
#define SECOND G_USEC_PER_SEC

typedef struct
{
  Computer computer;
  EkDeviceMonitor *monitor;
  gint64 now;
  guint n_changes; /* of the list */
} Fixture;

static gint64
fixture_clock (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Fixture *fixture)
{
  /* by difference: one at a time */
  g_assert_cmpuint (removed + added, ==, 1);
  fixture->n_changes++;
}

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  computer_init (&self->computer);
  self->now = 1000 * SECOND;
  self->monitor = ek_device_monitor_new_for_root (self->computer.root);
  ek_device_monitor_set_clock (self->monitor, fixture_clock, self);
  g_signal_connect (self->monitor, "items-changed", G_CALLBACK (on_items_changed), self);
  ek_device_monitor_refresh (self->monitor);
}

/* A look that is under way on its thread holds the monitor until its answer has been taken. */
static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  gint64 end = g_get_monotonic_time () + 5 * SECOND;

  g_object_add_weak_pointer (G_OBJECT (self->monitor), (gpointer *) &self->monitor);
  g_object_unref (self->monitor);
  while (g_atomic_pointer_get (&self->monitor) != NULL && g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_thread_yield ();
  g_assert_null (self->monitor);
  computer_clear (&self->computer);
}

static guint
count (Fixture *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->monitor));
}

/* The list keeps it. */
static EkDevice *
nth (Fixture *self, guint i)
{
  g_autoptr (EkDevice) device = g_list_model_get_item (G_LIST_MODEL (self->monitor), i);

  return device;
}

static void
look (Fixture *self, double seconds_later)
{
  self->now += (gint64) (seconds_later * SECOND);
  ek_device_monitor_refresh (self->monitor);
}

static void
assert_state (EkDevice *device, EkDeviceState state)
{
  g_assert_cmpstr (ek_device_state_name (ek_device_get_state (device)), ==,
                   ek_device_state_name (state));
}

static void
count_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_lists_what_is_plugged_in (Fixture *self, gconstpointer data)
{
  EkDevice *device;

  look (self, 0);
  g_assert_cmpuint (count (self), ==, 0);
  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  device = nth (self, 0);
  assert_state (device, EK_DEVICE_READY);
  g_assert_cmpstr (ek_device_get_name (device), ==, "EchoKit");
  g_assert_cmpstr (ek_device_get_tail (device), ==, "D84A");
  g_assert_cmpstr (ek_device_get_uri (device), ==, ek_device_get_path (device));
  g_assert_false (ek_device_is_simulated (device));
  look (self, 1);
  look (self, 1);
  g_assert_cmpuint (self->n_changes, ==, 1);
}

static void
test_keeps_the_object_through_a_new_name (Fixture *self, gconstpointer data)
{
  g_autofree char *second_path = g_build_filename (self->computer.dev, "ttyACM1", NULL);
  EkDevice *device;
  guint n_notified = 0;

  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 0);
  device = nth (self, 0);
  g_signal_connect (device, "notify::path", G_CALLBACK (count_notify), &n_notified);

  computer_unplug (&self->computer, "ttyACM0");
  look (self, 1);
  g_assert_true (nth (self, 0) == device);
  assert_state (device, EK_DEVICE_GONE);
  computer_plug_echokit (&self->computer, "ttyACM1");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (nth (self, 0) == device);
  assert_state (device, EK_DEVICE_READY);
  g_assert_cmpstr (ek_device_get_path (device), ==, second_path);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_cmpuint (self->n_changes, ==, 1);
}

static void
test_takes_an_unplugged_device_off_the_list (Fixture *self, gconstpointer data)
{
  EkDevice *device;

  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 0);
  device = nth (self, 0);
  ek_device_set_board (device, "EchoKit Box");
  computer_unplug (&self->computer, "ttyACM0");
  look (self, 1);
  look (self, 5.9);
  g_assert_cmpuint (count (self), ==, 1);
  look (self, 0.2);
  g_assert_cmpuint (count (self), ==, 0);
  g_assert_true (ek_device_monitor_find (self->monitor, ek_device_get_id (device)) == device);

  /* What was learnt about it is still known an hour later. */
  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 3600);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (nth (self, 0) == device);
  g_assert_cmpstr (ek_device_get_name (nth (self, 0)), ==, "EchoKit Box");
  assert_state (device, EK_DEVICE_READY);
}

static void
test_keeps_a_device_that_is_worked_with (Fixture *self, gconstpointer data)
{
  EkDevice *device;

  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 0);
  device = nth (self, 0);
  ek_device_begin_use (device);
  for (guint i = 0; i < 5; i++)
    {
      computer_unplug (&self->computer, "ttyACM0");
      look (self, 0.5);
      assert_state (device, EK_DEVICE_GONE);
      computer_plug_echokit (&self->computer, "ttyACM0");
      look (self, 0.5);
      /* our own resets are no boot loop */
      assert_state (device, EK_DEVICE_READY);
    }
  computer_unplug (&self->computer, "ttyACM0");
  look (self, 1);
  look (self, 100);
  g_assert_cmpuint (count (self), ==, 1);
  ek_device_end_use (device);
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 0);
}

static void
test_names_who_has_it (Fixture *self, gconstpointer data)
{
  EkDevice *device;
  EkError code;
  int pid;

  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 0);
  device = nth (self, 0);
  computer_put_process (&self->computer, 4211, "arduino-ide\n", "arduino-ide", "ttyACM0");
  for (guint i = 0; i < 3; i++)
    look (self, 1);
  assert_state (device, EK_DEVICE_BUSY);
  g_assert_cmpstr (ek_device_get_holder (device, &pid), ==, "arduino-ide");
  g_assert_cmpint (pid, ==, 4211);
  g_assert_true (ek_device_get_problem (device, &code));
  g_assert_cmpint (code, ==, EK_ERROR_PORT_BUSY);

  computer_remove_process (&self->computer, 4211);
  look (self, 1);
  assert_state (device, EK_DEVICE_READY);
  g_assert_null (ek_device_get_holder (device, NULL));
  g_assert_false (ek_device_get_problem (device, &code));
}

/* udev loads the driver of what is just plugged in; what has none after that needs somebody. */
static void
test_waits_for_the_driver (Fixture *self, gconstpointer data)
{
  EkDevice *device;
  EkError code;

  computer_put_usb (&self->computer, COMPUTER_BUS "/1-3", "1a86\n", "7523\n");
  computer_put_bus_device (&self->computer, COMPUTER_BUS "/1-3", "7\n");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  device = nth (self, 0);
  assert_state (device, EK_DEVICE_SETTLING);
  g_assert_false (ek_device_get_problem (device, &code));
  look (self, 4);
  assert_state (device, EK_DEVICE_NO_DRIVER);
  g_assert_true (ek_device_get_problem (device, &code));
  g_assert_cmpint (code, ==, EK_ERROR_PORT_NO_DRIVER);
  g_assert_cmpstr (ek_device_get_name (device), ==, "Device behind a CH340 adapter");

  computer_put_ch340 (&self->computer, "ttyUSB0");
  computer_put_node (&self->computer, "ttyUSB0");
  look (self, 1);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (nth (self, 0) == device);
  assert_state (device, EK_DEVICE_READY);
  g_assert_true (g_str_has_suffix (ek_device_get_path (device), "/ttyUSB0"));

  /* and taken away again, as brltty does: the row stays, and says so */
  computer_unplug (&self->computer, "ttyUSB0");
  look (self, 4);
  g_assert_true (nth (self, 0) == device);
  assert_state (device, EK_DEVICE_NO_DRIVER);
}

static void
test_waits_for_modem_manager (Fixture *self, gconstpointer data)
{
  EkDevice *device;
  EkError code;

  computer_put_process (&self->computer, 900, "ModemManager\n", "ModemManager", "ttyACM0");
  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 0);
  device = nth (self, 0);
  assert_state (device, EK_DEVICE_SETTLING);
  g_assert_false (ek_device_get_problem (device, &code));
  look (self, 29);
  assert_state (device, EK_DEVICE_SETTLING);
  look (self, 2);
  assert_state (device, EK_DEVICE_BUSY);
  g_assert_cmpstr (ek_device_get_holder (device, NULL), ==, "ModemManager");
}

/* Of another user's ModemManager only its name can be seen. */
static void
test_suspects_modem_manager (Fixture *self, gconstpointer data)
{
  g_autofree char *node = g_build_filename (self->computer.dev, "ttyACM0", NULL);
  EkDevice *device;
  int fd;

  computer_plug_echokit (&self->computer, "ttyACM0");
  fd = open (node, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  look (self, 0);
  device = nth (self, 0);
  assert_state (device, EK_DEVICE_BUSY);
  computer_put_process (&self->computer, 900, "ModemManager\n", "ModemManager", NULL);
  look (self, 1);
  assert_state (device, EK_DEVICE_SETTLING);
  close (fd);
  look (self, 1);
  assert_state (device, EK_DEVICE_READY);
}

static void
test_tells_a_lack_of_permission (Fixture *self, gconstpointer data)
{
  g_autofree char *node = g_build_filename (self->computer.dev, "ttyACM0", NULL);
  EkDeviceState fresh, later;
  uid_t me = geteuid ();

  g_assert_cmpint (chmod (self->computer.root, 0755), ==, 0);
  computer_plug_echokit (&self->computer, "ttyACM0");
  g_assert_cmpint (chmod (node, me == 0 ? 0600 : 0), ==, 0);
  if (me == 0 && seteuid (NOBODY) != 0)
    {
      g_test_skip ("the superuser may open everything");
      return;
    }
  look (self, 0);
  fresh = ek_device_get_state (nth (self, 0));
  look (self, 3);
  later = ek_device_get_state (nth (self, 0));
  if (me == 0)
    g_assert_cmpint (seteuid (0), ==, 0);

  /* udev sets the rights a moment after the kernel made the node. */
  g_assert_cmpint (fresh, ==, EK_DEVICE_SETTLING);
  g_assert_cmpint (later, ==, EK_DEVICE_NO_PERMISSION);
  g_assert_cmpint (chmod (node, 0600), ==, 0);
  look (self, 1);
  assert_state (nth (self, 0), EK_DEVICE_READY);
}

/* What was there before is not just plugged in. */
static void
test_does_not_wait_for_what_was_there (Fixture *self, gconstpointer data)
{
  g_autoptr (EkDeviceMonitor) monitor = ek_device_monitor_new_for_root (self->computer.root);
  g_autoptr (EkDevice) device = NULL;

  computer_put_process (&self->computer, 900, "ModemManager\n", "ModemManager", "ttyACM0");
  computer_plug_echokit (&self->computer, "ttyACM0");
  ek_device_monitor_set_clock (monitor, fixture_clock, self);
  ek_device_monitor_refresh (monitor);
  device = g_list_model_get_item (G_LIST_MODEL (monitor), 0);
  assert_state (device, EK_DEVICE_BUSY);
}

static void
test_sees_a_boot_loop (Fixture *self, gconstpointer data)
{
  EkDevice *device;
  EkError code;

  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 0);
  device = nth (self, 0);
  for (guint i = 0; i < 3; i++)
    {
      assert_state (device, EK_DEVICE_READY);
      computer_unplug (&self->computer, "ttyACM0");
      look (self, 1);
      computer_plug_echokit (&self->computer, "ttyACM0");
      look (self, 1);
    }
  assert_state (device, EK_DEVICE_RESTARTING);
  g_assert_true (ek_device_get_problem (device, &code));
  g_assert_cmpint (code, ==, EK_ERROR_BOOT_LOOP);
  look (self, 11);
  assert_state (device, EK_DEVICE_READY);
}

/* The kernel counts each plugging in: one between two looks shows too. */
static void
test_sees_a_boot_loop_between_two_looks (Fixture *self, gconstpointer data)
{
  EkDevice *device;

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u\n", 7 + i);

      computer_put_attribute (&self->computer, COMPUTER_BUS "/1-2", "devnum", number);
      if (i == 0)
        computer_plug_echokit (&self->computer, "ttyACM0");
      look (self, 1);
    }
  device = nth (self, 0);
  assert_state (device, EK_DEVICE_RESTARTING);
}

static void
test_keeps_two_apart (Fixture *self, gconstpointer data)
{
  EkDevice *first, *second;

  computer_plug_echokit (&self->computer, "ttyACM0");
  computer_put_usb (&self->computer, COMPUTER_BUS "/1-5", "303a\n", "1001\n");
  computer_put_attribute (&self->computer, COMPUTER_BUS "/1-5", "serial", "98:A3:16:E5:D8:4C\n");
  computer_put_tty (&self->computer, "ttyACM1", COMPUTER_BUS "/1-5/1-5:1.0");
  computer_put_node (&self->computer, "ttyACM1");
  look (self, 0);
  g_assert_cmpuint (count (self), ==, 2);
  first = nth (self, 0);
  second = nth (self, 1);
  g_assert_cmpstr (ek_device_get_tail (first), ==, "D84A");
  g_assert_cmpstr (ek_device_get_tail (second), ==, "D84C");

  computer_unplug (&self->computer, "ttyACM0");
  look (self, 1);
  look (self, 10);
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (nth (self, 0) == second);
  assert_state (second, EK_DEVICE_READY);
}

static void
test_lists_a_simulated_device_last (Fixture *self, gconstpointer data)
{
  EkDevice *simulated = ek_device_monitor_add_simulated (self->monitor, "sim:esp32s3?pace=2");

  g_assert_cmpuint (count (self), ==, 1);
  g_assert_true (ek_device_is_simulated (simulated));
  assert_state (simulated, EK_DEVICE_READY);
  g_assert_cmpstr (ek_device_get_uri (simulated), ==, "sim:esp32s3?pace=2");
  g_assert_cmpstr (ek_device_get_name (simulated), ==, "Simulated EchoKit");
  g_assert_true (ek_device_monitor_add_simulated (self->monitor, "sim:esp32s3?pace=2") ==
                 simulated);

  computer_plug_echokit (&self->computer, "ttyACM0");
  look (self, 1);
  look (self, 100);
  g_assert_cmpuint (count (self), ==, 2);
  g_assert_true (nth (self, 1) == simulated);
  ek_device_monitor_remove_simulated (self->monitor, "sim:esp32s3?pace=2");
  g_assert_cmpuint (count (self), ==, 1);
  g_assert_false (ek_device_is_simulated (nth (self, 0)));
}

static void
test_names_what_it_does_not_know (Fixture *self, gconstpointer data)
{
  computer_put_ch340 (&self->computer, "ttyUSB0");
  computer_put_node (&self->computer, "ttyUSB0");
  computer_put_usb (&self->computer, COMPUTER_BUS "/1-8", "1234\n", "5678\n");
  computer_put_tty (&self->computer, "ttyUSB1", COMPUTER_BUS "/1-8/1-8:1.0");
  computer_put_node (&self->computer, "ttyUSB1");
  look (self, 0);
  g_assert_cmpstr (ek_device_get_name (nth (self, 0)), ==, "Device behind a CH340 adapter");
  g_assert_cmpint (ek_device_get_kind (nth (self, 0)), ==, EK_PORT_KIND_UART);
  g_assert_cmpstr (ek_device_get_name (nth (self, 1)), ==, "Unknown device");
  g_assert_cmpint (ek_device_get_kind (nth (self, 1)), ==, EK_PORT_KIND_UNKNOWN);
}

/* Watching: what happens in /dev is noticed without a second's wait for the timer. */
static void
test_notices_by_itself (Fixture *self, gconstpointer data)
{
  gint64 begin;

  ek_device_monitor_start (self->monitor);
  ek_device_monitor_start (self->monitor); /* once more does no harm */
  computer_plug_echokit (&self->computer, "ttyACM0");
  begin = g_get_monotonic_time ();
  while (count (self) == 0 && g_get_monotonic_time () - begin < 10 * SECOND)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (count (self), ==, 1);
  assert_state (nth (self, 0), EK_DEVICE_READY);
  ek_device_monitor_stop (self->monitor);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "lists-what-is-plugged-in", test_lists_what_is_plugged_in },
    { "keeps-the-object-through-a-new-name", test_keeps_the_object_through_a_new_name },
    { "takes-an-unplugged-device-off-the-list", test_takes_an_unplugged_device_off_the_list },
    { "keeps-a-device-that-is-worked-with", test_keeps_a_device_that_is_worked_with },
    { "names-who-has-it", test_names_who_has_it },
    { "waits-for-the-driver", test_waits_for_the_driver },
    { "waits-for-modem-manager", test_waits_for_modem_manager },
    { "suspects-modem-manager", test_suspects_modem_manager },
    { "does-not-wait-for-what-was-there", test_does_not_wait_for_what_was_there },
    { "tells-a-lack-of-permission", test_tells_a_lack_of_permission },
    { "sees-a-boot-loop", test_sees_a_boot_loop },
    { "sees-a-boot-loop-between-two-looks", test_sees_a_boot_loop_between_two_looks },
    { "keeps-two-apart", test_keeps_two_apart },
    { "lists-a-simulated-device-last", test_lists_a_simulated_device_last },
    { "names-what-it-does-not-know", test_names_what_it_does_not_know },
    { "notices-by-itself", test_notices_by_itself },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/device-monitor/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, fixture_set_up, tests[i].test, fixture_tear_down);
    }

  return g_test_run ();
}
