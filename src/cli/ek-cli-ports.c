/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash ports: what is plugged in. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-output.h"
#include "ek-cli.h"
#include "ek-device-access.h"
#include "ek-device-driver.h"
#include "ek-device-monitor.h"

static gboolean json;
static gboolean watch;

static const GOptionEntry entries[] = {
  { "watch", 'w', 0, G_OPTION_ARG_NONE, &watch, N_ ("go on and print what changes"), NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &json,
    N_ ("print an array of objects; with --watch, an object a line"), NULL },
  { NULL },
};

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static EkDeviceAccess *
find_access (EkDevice *device)
{
  guint16 vid, pid;

  ek_device_get_usb_ids (device, &vid, &pid);
  return ek_device_access_new (ek_device_get_path (device), vid, NULL);
}

static EkDeviceDriver *
find_driver (EkDevice *device)
{
  return ek_device_driver_new (device, NULL, NULL);
}

/* Why it can't be used, beside the state. */
static void
add_reason (JsonBuilder *builder, EkDevice *device)
{
  int pid;
  const char *holder = ek_device_get_holder (device, &pid);

  if (holder != NULL)
    {
      add_text (builder, "used_by", holder);
      json_builder_set_member_name (builder, "used_by_pid");
      json_builder_add_int_value (builder, pid);
    }
  if (ek_device_get_state (device) == EK_DEVICE_NO_PERMISSION)
    {
      g_autoptr (EkDeviceAccess) access = find_access (device);

      add_text (builder, "command", ek_device_access_get_command (access));
    }
  if (ek_device_get_state (device) == EK_DEVICE_NO_DRIVER)
    {
      g_autoptr (EkDeviceDriver) driver = find_driver (device);

      add_text (builder, "driver", driver->name);
      add_text (builder, "command", driver->command);
    }
}

/* The keys of espctl's ports, and what is ours. */
static void
add_device (JsonBuilder *builder, EkDevice *device)
{
  guint16 vid, pid;
  gboolean usb = ek_device_get_usb_ids (device, &vid, &pid);
  const EkAdapter *adapter = ek_device_get_adapter (device);

  add_text (builder, "path", ek_device_get_path (device));
  if (usb)
    {
      g_autofree char *vid_text = g_strdup_printf ("%04X", vid);
      g_autofree char *pid_text = g_strdup_printf ("%04X", pid);
      g_autofree char *both = g_strdup_printf ("%04X:%04X", vid, pid);

      add_text (builder, "vid", vid_text);
      add_text (builder, "pid", pid_text);
      add_text (builder, "vid_pid", both);
      add_text (builder, "manufacturer", ek_device_get_manufacturer (device));
      add_text (builder, "product", ek_device_get_product (device));
      add_text (builder, "serial_number", ek_device_get_serial (device));
    }
  add_text (builder, "adapter", adapter != NULL ? adapter->name : NULL);
  add_text (builder, "id", ek_device_get_id (device));
  add_text (builder, "state", ek_device_state_name (ek_device_get_state (device)));
  add_reason (builder, device);
}

static void
print_json (GListModel *devices)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (EkDevice) device = g_list_model_get_item (devices, i);

      json_builder_begin_object (builder);
      add_device (builder, device);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  ek_cli_print_json (builder);
}

static void
print_header (void)
{
  printf ("%-20s %-10s %-22s %-14s %s\n", _ ("PORT"), _ ("USB ID"), _ ("WHAT"), _ ("STATE"),
          _ ("SERIAL NUMBER"));
}

static void
print_row (EkDevice *device, const char *state)
{
  const EkAdapter *adapter = ek_device_get_adapter (device);
  const char *product = ek_device_get_product (device);
  const char *serial = ek_device_get_serial (device);
  guint16 vid, pid;

  ek_device_get_usb_ids (device, &vid, &pid);
  printf ("%-20s %04x:%04x  %-22s %-14s %s\n", ek_device_get_path (device), vid, pid,
          adapter != NULL ? adapter->name : (product != NULL ? product : "?"), state,
          serial != NULL ? serial : "-");
}

/* What to do about a device that can't be used, below its row. */
static void
print_reason (EkDevice *device)
{
  int pid;
  const char *holder = ek_device_get_holder (device, &pid);

  if (holder != NULL)
    {
      /* Translators: a program's name, and its number */
      printf (_ ("  used by %s (process %d)"), holder, pid);
      putchar ('\n');
    }
  if (ek_device_get_state (device) == EK_DEVICE_NO_PERMISSION)
    {
      g_autoptr (EkDeviceAccess) access = find_access (device);
      g_autofree char *words = ek_device_access_explain (access);

      printf ("  %s\n", words);
    }
  if (ek_device_get_state (device) == EK_DEVICE_NO_DRIVER)
    {
      g_autoptr (EkDeviceDriver) driver = find_driver (device);
      g_autofree char *words = ek_device_driver_explain (driver);

      printf ("  %s\n", words);
    }
}

static void
print_table (GListModel *devices)
{
  print_header ();
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (EkDevice) device = g_list_model_get_item (devices, i);

      print_row (device, ek_device_state_name (ek_device_get_state (device)));
      print_reason (device);
    }
}

/**
 * Watch:
 * @known: (element-type EkDevice): what the list holds, to tell what left it
 */
typedef struct
{
  GMainLoop *loop;
  GListModel *devices;
  GPtrArray *known;
} Watch;

/* Each line at once, and the end when nobody reads them any more. */
static void
flush (Watch *self)
{
  if (fflush (stdout) != 0)
    g_main_loop_quit (self->loop);
}

static void
print_event (Watch *self, EkDevice *device, const char *event)
{
  if (json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      add_text (builder, "event", event);
      add_device (builder, device);
      json_builder_end_object (builder);
      ek_cli_print_json_line (builder);
    }
  else
    {
      print_row (device, g_str_equal (event, "removed")
                             ? _ ("unplugged")
                             : ek_device_state_name (ek_device_get_state (device)));
      print_reason (device);
    }
  flush (self);
}

static void
on_device_changed (EkDevice *device, GParamSpec *pspec, Watch *self)
{
  print_event (self, device, "changed");
}

static void
add_known (Watch *self, EkDevice *device)
{
  g_ptr_array_add (self->known, g_object_ref (device));
  g_signal_connect (device, "notify::state", G_CALLBACK (on_device_changed), self);
  g_signal_connect (device, "notify::path", G_CALLBACK (on_device_changed), self);
  print_event (self, device, "added");
}

static void
remove_known (Watch *self, EkDevice *device)
{
  print_event (self, device, "removed");
  g_signal_handlers_disconnect_by_data (device, self);
  g_ptr_array_remove (self->known, device);
}

static gboolean
is_listed (Watch *self, EkDevice *device)
{
  for (guint i = 0; i < g_list_model_get_n_items (self->devices); i++)
    {
      g_autoptr (EkDevice) listed = g_list_model_get_item (self->devices, i);

      if (listed == device)
        return TRUE;
    }

  return FALSE;
}

static void
on_list_changed (GListModel *devices, guint position, guint removed, guint added, Watch *self)
{
  for (guint i = self->known->len; removed > 0 && i > 0; i--)
    if (!is_listed (self, self->known->pdata[i - 1]))
      remove_known (self, self->known->pdata[i - 1]);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (EkDevice) device = g_list_model_get_item (devices, position + i);

      add_known (self, device);
    }
}

static gboolean
on_interrupt (gpointer user_data)
{
  Watch *self = user_data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
watch_devices (EkDeviceMonitor *monitor)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_object_unref);
  Watch self = { .loop = loop, .devices = G_LIST_MODEL (monitor), .known = known };
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, &self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, &self);
  gulong handler;

  if (!json)
    print_header ();
  on_list_changed (self.devices, 0, 0, g_list_model_get_n_items (self.devices), &self);
  flush (&self);
  handler = g_signal_connect (monitor, "items-changed", G_CALLBACK (on_list_changed), &self);
  ek_device_monitor_start (monitor);
  g_main_loop_run (loop);
  ek_device_monitor_stop (monitor);
  g_signal_handler_disconnect (monitor, handler);
  for (guint i = 0; i < known->len; i++)
    g_signal_handlers_disconnect_by_data (known->pdata[i], &self);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}

/**
 * ek_cli_ports:
 *
 * Lists the USB serial devices, and goes on to print what changes.
 */
int
ek_cli_ports (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (NULL, _ ("Lists the serial devices of this computer."), entries);
  g_autoptr (EkDeviceMonitor) monitor = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));

  monitor = ek_device_monitor_new ();
  ek_device_monitor_refresh (monitor);
  if (watch)
    watch_devices (monitor);
  else if (json)
    print_json (G_LIST_MODEL (monitor));
  else if (g_list_model_get_n_items (G_LIST_MODEL (monitor)) == 0)
    puts (_ ("No serial ports found. A charging cable without data wires shows nothing here."));
  else
    print_table (G_LIST_MODEL (monitor));

  return EK_EXIT_OK;
}
