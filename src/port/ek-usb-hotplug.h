/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says at once that a USB device came or went, where the system tells. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _EkUsbHotplug EkUsbHotplug;

typedef void (*EkUsbHotplugFunc) (gpointer user_data);

EkUsbHotplug *ek_usb_hotplug_new (EkUsbHotplugFunc func, gpointer user_data);
void ek_usb_hotplug_free (EkUsbHotplug *self);

G_END_DECLS
