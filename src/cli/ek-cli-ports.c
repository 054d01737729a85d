/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash ports: what is plugged in. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-output.h"
#include "ek-cli.h"
#include "ek-device-monitor.h"

static gboolean json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print an array of objects"), NULL },
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

/* The keys of espctl's ports, and the state. */
static void
add_device (JsonBuilder *builder, EkDevice *device)
{
  guint16 vid, pid;
  gboolean usb = ek_device_get_usb_ids (device, &vid, &pid);
  const EkAdapter *adapter = ek_device_get_adapter (device);

  json_builder_begin_object (builder);
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
  add_text (builder, "state", ek_device_state_name (ek_device_get_state (device)));
  json_builder_end_object (builder);
}

static void
print_json (GListModel *devices)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (EkDevice) device = g_list_model_get_item (devices, i);

      add_device (builder, device);
    }
  json_builder_end_array (builder);
  ek_cli_print_json (builder);
}

static void
print_table (GListModel *devices)
{
  printf ("%-20s %-10s %-22s %-14s %s\n", _ ("PORT"), _ ("USB ID"), _ ("WHAT"), _ ("STATE"),
          _ ("SERIAL NUMBER"));
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (EkDevice) device = g_list_model_get_item (devices, i);
      const EkAdapter *adapter = ek_device_get_adapter (device);
      const char *product = ek_device_get_product (device);
      const char *serial = ek_device_get_serial (device);
      guint16 vid, pid;

      ek_device_get_usb_ids (device, &vid, &pid);
      printf ("%-20s %04x:%04x  %-22s %-14s %s\n", ek_device_get_path (device), vid, pid,
              adapter != NULL ? adapter->name : (product != NULL ? product : "?"),
              ek_device_state_name (ek_device_get_state (device)), serial != NULL ? serial : "-");
    }
}

/**
 * ek_cli_ports:
 *
 * Lists the USB serial devices.
 */
int
ek_cli_ports (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (NULL, _ ("Lists the serial devices of this computer."), entries);
  g_autoptr (EkDeviceMonitor) monitor = NULL;
  GListModel *devices;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));

  monitor = ek_device_monitor_new ();
  ek_device_monitor_refresh (monitor);
  devices = G_LIST_MODEL (monitor);
  if (json)
    print_json (devices);
  else if (g_list_model_get_n_items (devices) == 0)
    puts (_ ("No serial ports found. A charging cable without data wires shows nothing here."));
  else
    print_table (devices);

  return EK_EXIT_OK;
}
