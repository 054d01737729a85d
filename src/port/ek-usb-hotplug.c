/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libgusb's context, for its two signals alone: what a device is comes from sysfs. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-usb-hotplug.h"

#if EK_HAVE_GUSB

#include <gusb.h>

struct _EkUsbHotplug
{
  GUsbContext *context;
  EkUsbHotplugFunc func;
  gpointer user_data;
};

static void
on_changed (GUsbContext *context, GUsbDevice *device, gpointer user_data)
{
  EkUsbHotplug *self = user_data;

  self->func (self->user_data);
}

/**
 * ek_usb_hotplug_new:
 * @func: called from the default main context whenever a USB device comes or goes
 *
 * Returns: (transfer full) (nullable): %NULL where USB can't be watched, as in most sandboxes
 */
EkUsbHotplug *
ek_usb_hotplug_new (EkUsbHotplugFunc func, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GUsbContext *context = g_usb_context_new (&error);
  EkUsbHotplug *self;

  if (context == NULL)
    {
      g_debug ("no USB events: %s", error->message);
      return NULL;
    }

  self = g_new0 (EkUsbHotplug, 1);
  self->context = context;
  self->func = func;
  self->user_data = user_data;
  g_signal_connect (context, "device-added", G_CALLBACK (on_changed), self);
  g_signal_connect (context, "device-removed", G_CALLBACK (on_changed), self);
  g_usb_context_enumerate (context);
  return self;
}

void
ek_usb_hotplug_free (EkUsbHotplug *self)
{
  g_signal_handlers_disconnect_by_data (self->context, self);
  /* The context and its devices hold each other. */
  g_object_run_dispose (G_OBJECT (self->context));
  g_object_unref (self->context);
  g_free (self);
}

#else

EkUsbHotplug *
ek_usb_hotplug_new (EkUsbHotplugFunc func, gpointer user_data)
{
  return NULL;
}

void
ek_usb_hotplug_free (EkUsbHotplug *self)
{
}

#endif
