/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to a port: the named device, or the only one there is. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-device.h"

#include <unistd.h>

#include "ek-demo-firmware.h"
#include "ek-device-driver.h"
#include "ek-simulator.h"

#define MIN_BAUD 9600
#define MAX_BAUD 12000000
/* Seconds that a person at a terminal is waited for. */
#define DEFAULT_PATIENCE 120
#define MAX_PATIENCE     3600

/* Paths of what could be an EchoKit. @portless: (out): one that has no serial port, if there is one */
static GPtrArray *
find_devices (EkDevice **portless)
{
  g_autoptr (GPtrArray) devices = ek_device_enumerate (NULL, NULL);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < devices->len; i++)
    if (!ek_device_has_port (devices->pdata[i]))
      g_set_object (portless, devices->pdata[i]);
    else if (ek_device_get_adapter (devices->pdata[i]) != NULL)
      g_ptr_array_add (paths, g_strdup (ek_device_get_path (devices->pdata[i])));

  return paths;
}

static void
set_no_driver (EkDevice *device, GError **error)
{
  g_autoptr (EkDeviceDriver) driver = ek_device_driver_new (device, NULL, NULL);
  g_autofree char *words = ek_device_driver_explain (driver);

  g_set_error (error, EK_ERROR, EK_ERROR_PORT_NO_DRIVER, "%s: %s", ek_device_get_path (device),
               words);
}

static char *
join (GPtrArray *words)
{
  GString *joined = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? ", " : "", (char *) words->pdata[i]);

  return g_string_free (joined, FALSE);
}

/* A simulated device has run something before, and knows a Wi-Fi. */
static void
fill_simulated_devices (void)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", TRUE);

  ek_simulator_set_demo_contents (demo);
}

/**
 * ek_cli_device_list:
 * @all: every device that is plugged in
 *
 * Returns: (transfer full) (element-type utf8): one or more, as ek_port_new_for_uri() takes them: those
 *   that were named, each once, or the only one there is; %NULL with %EK_ERROR_NO_DEVICE,
 *   %EK_ERROR_PORT_NO_DRIVER or %EK_ERROR_SEVERAL_DEVICES
 */
GPtrArray *
ek_cli_device_list (const EkCliDevice *self, gboolean all, GError **error)
{
  g_autoptr (GPtrArray) uris = NULL;
  g_autoptr (EkDevice) portless = NULL;

  if (self->devices != NULL)
    {
      uris = g_ptr_array_new_with_free_func (g_free);
      for (guint i = 0; self->devices[i] != NULL; i++)
        if (!g_ptr_array_find_with_equal_func (uris, self->devices[i], g_str_equal, NULL))
          g_ptr_array_add (uris, g_strdup (self->devices[i]));
      return g_steal_pointer (&uris);
    }

  uris = find_devices (&portless);
  if (uris->len == 0 && portless != NULL)
    {
      set_no_driver (portless, error);
      return NULL;
    }
  if (uris->len == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NO_DEVICE, "no USB serial device that could be one");
      return NULL;
    }
  if (uris->len > 1 && !all)
    {
      g_autofree char *paths = join (uris);

      g_set_error (error, EK_ERROR, EK_ERROR_SEVERAL_DEVICES,
                   "%u devices: %s; name one with --device", uris->len, paths);
      return NULL;
    }

  return g_steal_pointer (&uris);
}

/* A script has no hands: it waits only if it was told to. */
static guint
get_patience (const EkCliDevice *self, gboolean unattended)
{
  if (self->wait >= 0)
    return (guint) MIN (self->wait, MAX_PATIENCE);

  return !unattended && isatty (STDERR_FILENO) ? DEFAULT_PATIENCE : 0;
}

/**
 * ek_cli_device_open_uri:
 * @uri: of ek_cli_device_list()
 * @unattended: the output is for a program, or for nobody
 * @options: (out): for the loader
 *
 * Returns: (transfer full): the port, not open yet; %NULL with %EK_ERROR_INVALID_ARGUMENT
 */
EkPort *
ek_cli_device_open_uri (const EkCliDevice *self,
                        const char *uri,
                        gboolean unattended,
                        EkLoaderOptions *options,
                        GError **error)
{
  *options = (EkLoaderOptions){ .no_stub = self->no_stub,
                                .no_reset = self->no_reset,
                                .patience = get_patience (self, unattended) };
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

  if (g_str_has_prefix (uri, "sim:"))
    fill_simulated_devices ();
  return ek_port_new_for_uri (uri, error);
}

/**
 * ek_cli_device_open:
 * @unattended: see ek_cli_device_open_uri()
 * @options: (out): for the loader
 *
 * Returns: (transfer full): the port of the one device that is meant, not open yet; %NULL with
 *   %EK_ERROR_NO_DEVICE, %EK_ERROR_SEVERAL_DEVICES or %EK_ERROR_INVALID_ARGUMENT
 */
EkPort *
ek_cli_device_open (const EkCliDevice *self,
                    gboolean unattended,
                    EkLoaderOptions *options,
                    GError **error)
{
  g_autoptr (GPtrArray) uris = ek_cli_device_list (self, FALSE, error);

  if (uris == NULL)
    return NULL;
  if (uris->len > 1)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_SEVERAL_DEVICES,
                   "this is done to one device at a time");
      return NULL;
    }

  return ek_cli_device_open_uri (self, uris->pdata[0], unattended, options, error);
}
