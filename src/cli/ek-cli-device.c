/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to a port: the named device, or the only one there is. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-device.h"

#include "ek-demo-firmware.h"
#include "ek-device.h"
#include "ek-simulator.h"

#define MIN_BAUD 9600
#define MAX_BAUD 12000000

static char *
find_only_device (GError **error)
{
  g_autoptr (GPtrArray) devices = ek_device_enumerate (NULL, NULL);
  g_autoptr (GString) paths = g_string_new (NULL);
  const char *path = NULL;
  guint n = 0;

  for (guint i = 0; i < devices->len; i++)
    {
      EkDevice *device = devices->pdata[i];

      if (ek_device_get_adapter (device) == NULL)
        continue;
      path = ek_device_get_path (device);
      g_string_append_printf (paths, "%s%s", n > 0 ? ", " : "", path);
      n++;
    }

  if (n == 0)
    g_set_error (error, EK_ERROR, EK_ERROR_NO_DEVICE, "no USB serial device that could be one");
  else if (n > 1)
    g_set_error (error, EK_ERROR, EK_ERROR_SEVERAL_DEVICES,
                 "%u devices: %s; name one with --device", n, paths->str);

  return n == 1 ? g_strdup (path) : NULL;
}

/* A simulated device has run something before, and knows a Wi-Fi. */
static void
fill_simulated_devices (void)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", TRUE);

  ek_simulator_set_demo_contents (demo);
}

/**
 * ek_cli_device_open:
 * @options: (out): for the loader
 *
 * Returns: (transfer full): the port, not open yet; %NULL with %EK_ERROR_NO_DEVICE,
 *   %EK_ERROR_SEVERAL_DEVICES or %EK_ERROR_INVALID_ARGUMENT
 */
EkPort *
ek_cli_device_open (const EkCliDevice *self, EkLoaderOptions *options, GError **error)
{
  g_autofree char *only = NULL;

  *options = (EkLoaderOptions){ .no_stub = self->no_stub, .no_reset = self->no_reset };
  if (self->chip != NULL && !(options->chip = ek_chip_find_by_name (self->chip)))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "unknown chip “%s”", self->chip);
      return NULL;
    }
  if (self->baud != 0 && (self->baud < MIN_BAUD || self->baud > MAX_BAUD))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "a baud rate is %d to %d", MIN_BAUD,
                   MAX_BAUD);
      return NULL;
    }
  options->baud = (guint) self->baud;

  if (self->device == NULL && !(only = find_only_device (error)))
    return NULL;

  if (self->device != NULL && g_str_has_prefix (self->device, "sim:"))
    fill_simulated_devices ();

  return ek_port_new_for_uri (self->device != NULL ? self->device : only, error);
}
