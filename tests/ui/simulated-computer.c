/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A computer to plug simulated devices into: umockdev's /sys and /dev for the program under test, behind
 * each tty a chip on a clock in step with the real one, and its reset lines as the driver has them.
 *
 * Prints the folder for UMOCKDEV_DIR, then answers each command on standard input with a line that
 * begins with "ok" or "error". */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <umockdev.h>
#include <unistd.h>

#include "ek-demo-firmware.h"
#include "ek-simulator-private.h"

#define POLL_MS     1
#define BUFFER_SIZE 4096

typedef struct
{
  char *name; /* of the USB socket, such as "1-1" */
  EkSimulator *simulator;
  double pace;
  GMutex lock; /* for the simulator and the lines */
  int lines;

  char *node; /* (nullable): "ttyACM0", while it is plugged in */
  int master;
  char *slave_path;
  UMockdevIoctlBase *handler;
  GThread *thread;
  int unplugged; /* (atomic) */
  gint64 real_start;
  gint64 model_start;
} Device;

static UMockdevTestbed *testbed;
static GPtrArray *devices;
static guint n_nodes;

/* ---- the wire ---- */

static void
keep_in_step (Device *self)
{
  double real = (double) (g_get_monotonic_time () - self->real_start);

  ek_simulator_advance (self->simulator, self->model_start + (gint64) (real * self->pace));
}

static gboolean
send_all (Device *self, const guint8 *data, gsize size)
{
  while (size > 0 && !g_atomic_int_get (&self->unplugged))
    {
      gssize n = write (self->master, data, size);

      if (n > 0)
        {
          data += n;
          size -= (gsize) n;
        }
      else if (errno == EAGAIN)
        g_usleep (POLL_MS * 1000);
      else if (errno != EINTR)
        return FALSE;
    }

  return TRUE;
}

static gsize
take_output (Device *self, guint8 *buffer)
{
  guint baud = ek_sim_pty_get_speed (self->master);
  gsize n;

  g_mutex_lock (&self->lock);
  if (baud != 0)
    ek_simulator_set_baud (self->simulator, baud);
  keep_in_step (self);
  n = ek_simulator_read (self->simulator, buffer, BUFFER_SIZE);
  g_mutex_unlock (&self->lock);
  return n;
}

static void
give_input (Device *self, const guint8 *data, gsize size)
{
  g_mutex_lock (&self->lock);
  keep_in_step (self);
  ek_simulator_write (self->simulator, data, size, NULL);
  g_mutex_unlock (&self->lock);
}

/* Until it is unplugged. What is said while no program listens is lost, as over real USB. */
static gpointer
run_wire (gpointer data)
{
  Device *self = data;
  guint8 buffer[BUFFER_SIZE];

  while (!g_atomic_int_get (&self->unplugged))
    {
      GPollFD fd = { self->master, G_IO_IN, 0 };
      gboolean heard;
      gsize n_out;
      gssize n_in;

      g_poll (&fd, 1, POLL_MS);
      heard = (fd.revents & G_IO_HUP) == 0;
      n_in = (fd.revents & G_IO_IN) != 0 ? read (self->master, buffer, sizeof buffer) : 0;
      if (n_in > 0)
        give_input (self, buffer, (gsize) n_in);
      n_out = take_output (self, buffer);
      if (n_out > 0 && heard)
        send_all (self, buffer, n_out);
      else if (!heard)
        g_usleep (POLL_MS * 1000);
    }

  return NULL;
}

/* ---- the driver ---- */

static void
set_lines (Device *self, int lines)
{
  g_mutex_lock (&self->lock);
  self->lines = lines;
  keep_in_step (self);
  ek_simulator_set_lines (self->simulator, (lines & TIOCM_DTR) != 0, (lines & TIOCM_RTS) != 0);
  g_mutex_unlock (&self->lock);
}

static gboolean
on_ioctl (UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer user_data)
{
  Device *self = user_data;
  gulong request = umockdev_ioctl_client_get_request (client);
  UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg (client);
  UMockdevIoctlData *data;
  int result = 0;
  int number = 0;

  if (request != TIOCMGET && request != TIOCMSET)
    {
      result = umockdev_ioctl_client_execute (client, &number, NULL);
      umockdev_ioctl_client_complete (client, result, number);
      return TRUE;
    }

  data = umockdev_ioctl_data_resolve (arg, 0, sizeof (int), NULL);
  if (request == TIOCMGET)
    {
      umockdev_ioctl_data_update (data, 0, (guint8 *) &self->lines, sizeof (int));
    }
  else
    {
      memcpy (&number, data->data, sizeof (int));
      set_lines (self, number);
    }
  umockdev_ioctl_client_complete (client, 0, 0);
  return TRUE;
}

/* ---- plugging ---- */

static char *
serial_number (Device *self)
{
  const guint8 *mac = self->simulator->options.mac;

  return g_strdup_printf ("%02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1], mac[2], mac[3], mac[4],
                          mac[5]);
}

static gboolean
add_to_sysfs (Device *self, GError **error)
{
  guint id = ek_simulator_get_usb_id (self->simulator);
  g_autofree char *serial = serial_number (self);
  g_autofree char *text = g_strdup_printf (
      "P: /devices/usb1/%s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n"
      "A: idVendor=%04x\\n\nA: idProduct=%04x\\n\nA: serial=%s\\n\nA: devnum=%u\\n\n"
      "A: manufacturer=Espressif\\n\nA: product=USB JTAG/serial debug unit\\n\n\n"
      "P: /devices/usb1/%s/%s:1.0\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\n"
      "A: bInterfaceNumber=00\\n\n\n"
      "P: /devices/usb1/%s/%s:1.0/tty/%s\nN: %s\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/%s\n"
      "A: dev=166:%u\\n\nL: device=../../../%s:1.0\n",
      self->name, id >> 16, id & 0xffff, serial, n_nodes + 1, self->name, self->name, self->name,
      self->name, self->node, self->node, self->node, n_nodes, self->name);

  return umockdev_testbed_add_from_string (testbed, text, error);
}

/* A new name each time, as on a computer where somebody still has the old node open. */
static gboolean
plug (Device *self, const char *argument, GError **error)
{
  g_autofree char *path = NULL;
  struct termios settings;

  self->node = g_strdup_printf ("ttyACM%u", n_nodes++);
  path = g_strconcat ("/dev/", self->node, NULL);
  if (!add_to_sysfs (self, error))
    return FALSE;

  self->master = umockdev_testbed_get_dev_fd (testbed, path);
  self->slave_path = g_strdup (ptsname (self->master));
  if (tcgetattr (self->master, &settings) == 0)
    {
      cfmakeraw (&settings);
      tcsetattr (self->master, TCSANOW, &settings);
    }
  (void) fcntl (self->master, F_SETFL, fcntl (self->master, F_GETFL) | O_NONBLOCK);
  self->handler = umockdev_ioctl_base_new ();
  g_signal_connect (self->handler, "handle-ioctl", G_CALLBACK (on_ioctl), self);
  if (!umockdev_testbed_attach_ioctl (testbed, path, self->handler, error))
    return FALSE;

  ek_simulator_restart (self->simulator);
  self->lines = TIOCM_CAR;
  self->real_start = g_get_monotonic_time ();
  self->model_start = ek_simulator_get_now (self->simulator);
  self->unplugged = FALSE;
  self->thread = g_thread_new (self->name, run_wire, self);
  return TRUE;
}

/* Whoever has the other end open is hung up on. The testbed still knows the descriptor's number, and has
 * a note for the terminal's name, which another device may get. */
static void
close_master (Device *self)
{
  g_autofree char *root = umockdev_testbed_get_root_dir (testbed);
  g_autofree char *name = g_strdelimit (g_strdup (self->slave_path), "/", '_');
  g_autofree char *note = g_build_filename (root, "dev", ".ptymap", name, NULL);
  int nothing = open ("/dev/null", O_RDWR | O_CLOEXEC);

  if (fcntl (self->master, F_GETFD) >= 0)
    dup2 (nothing, self->master);
  close (nothing);
  g_unlink (note);
}

static gboolean
unplug (Device *self, const char *argument, GError **error)
{
  g_autofree char *usb = g_strdup_printf ("/sys/devices/usb1/%s", self->name);
  g_autofree char *interface = g_strdup_printf ("%s/%s:1.0", usb, self->name);
  g_autofree char *leaf = g_strdup_printf ("%s/tty/%s", interface, self->node);
  g_autofree char *path = g_strconcat ("/dev/", self->node, NULL);

  g_atomic_int_set (&self->unplugged, TRUE);
  g_thread_join (self->thread);
  umockdev_testbed_detach_ioctl (testbed, path, NULL);
  umockdev_testbed_uevent (testbed, leaf, "remove");
  umockdev_testbed_remove_device (testbed, leaf);
  umockdev_testbed_remove_device (testbed, interface);
  umockdev_testbed_remove_device (testbed, usb);
  close_master (self);
  g_clear_object (&self->handler);
  g_clear_pointer (&self->node, g_free);
  g_clear_pointer (&self->slave_path, g_free);
  return TRUE;
}

static gboolean
set_rights (Device *self, const char *argument, GError **error)
{
  if (chmod (self->slave_path, (mode_t) strtoul (argument, NULL, 8)) == 0)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", self->slave_path,
               g_strerror (errno));
  return FALSE;
}

/* From now on; what was, stays. */
static gboolean
set_pace (Device *self, const char *argument, GError **error)
{
  g_mutex_lock (&self->lock);
  keep_in_step (self);
  self->real_start = g_get_monotonic_time ();
  self->model_start = ek_simulator_get_now (self->simulator);
  self->pace = g_ascii_strtod (argument, NULL);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
save (Device *self, const char *argument, GError **error)
{
  gsize size;
  const guint8 *flash;
  gboolean ok;

  g_mutex_lock (&self->lock);
  flash = ek_simulator_get_flash (self->simulator, &size);
  ok = g_file_set_contents (argument, (const char *) flash, (gssize) size, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

/* ---- commands ---- */

static Device *
find_device (const char *name)
{
  for (guint i = 0; i < devices->len; i++)
    if (g_strcmp0 (((Device *) devices->pdata[i])->name, name) == 0)
      return devices->pdata[i];

  return NULL;
}

static gboolean
make_device (const char *name, const char *pace, const char *options, GError **error)
{
  Device *self;
  EkSimulator *simulator = ek_simulator_new (options, error);

  if (simulator == NULL)
    return FALSE;

  self = g_new0 (Device, 1);
  self->name = g_strdup (name);
  self->pace = g_ascii_strtod (pace, NULL);
  self->simulator = simulator;
  g_mutex_init (&self->lock);
  g_ptr_array_add (devices, self);
  return TRUE;
}

static gboolean
write_firmware (const char *version, const char *path, GError **error)
{
  g_autoptr (GBytes) image = ek_demo_firmware_new (version, FALSE);
  gsize size;
  const char *data = image != NULL ? g_bytes_get_data (image, &size) : NULL;

  return data != NULL && g_file_set_contents (path, data, (gssize) size, error);
}

static const struct
{
  const char *name;
  gboolean (*run) (Device *self, const char *argument, GError **error);
  gboolean plugged_in;
} commands[] = {
  { "plug", plug, FALSE },        /* plug NAME */
  { "unplug", unplug, TRUE },     /* unplug NAME */
  { "rights", set_rights, TRUE }, /* rights NAME OCTAL */
  { "pace", set_pace, TRUE },     /* pace NAME PACE: its seconds in one of ours */
  { "save", save, TRUE },         /* save NAME FILE: what its memory holds */
};

static gboolean
run_command (char **words, GError **error)
{
  guint n = g_strv_length (words);
  Device *device = n > 1 ? find_device (words[1]) : NULL;

  /* firmware VERSION FILE */
  if (n == 3 && g_str_equal (words[0], "firmware"))
    return write_firmware (words[1], words[2], error);
  /* device NAME PACE OPTIONS: one in a drawer, with a name for the socket that it will be plugged into */
  if (n == 4 && g_str_equal (words[0], "device") && device == NULL)
    return make_device (words[1], words[2], words[3], error);

  for (guint i = 0; device != NULL && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (words[0], commands[i].name) &&
        (device->node != NULL) == commands[i].plugged_in)
      return commands[i].run (device, words[2], error);

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "what?");
  return FALSE;
}

int
main (void)
{
  g_autofree char *root = NULL;
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", TRUE);
  char line[1024];

  ek_simulator_set_demo_contents (demo);
  devices = g_ptr_array_new ();
  testbed = umockdev_testbed_new ();
  root = umockdev_testbed_get_root_dir (testbed);
  printf ("%s\n", root);
  fflush (stdout);
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
      g_autoptr (GError) error = NULL;

      if (run_command (words, &error))
        puts ("ok");
      else
        printf ("error %s\n", error->message);
      fflush (stdout);
    }

  for (guint i = 0; i < devices->len; i++)
    if (((Device *) devices->pdata[i])->node != NULL)
      unplug (devices->pdata[i], NULL, NULL);
  g_object_unref (testbed);
  return 0;
}
