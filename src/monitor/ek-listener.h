/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hears what a device says, through resets and unplugging: blocking, for a thread of its own. */
#pragma once

#include "ek-log-line.h"
#include "ek-port.h"

G_BEGIN_DECLS

#define EK_CONSOLE_BAUD 115200 /* ESP-IDF's default */

/* A line, its secrets taken out. */
typedef void (*EkListenerLineFunc) (EkLogLine *line, gpointer user_data);
/* The device can be heard from now on, or is away. */
typedef void (*EkListenerLinkFunc) (gboolean connected, const char *path, gpointer user_data);

/**
 * EkListenerOptions:
 * @baud: bits a second; 0 for %EK_CONSOLE_BAUD
 * @reset: restart the device first
 * @no_reconnect: end when the device goes away
 * @live: a simulated device's clock must not run ahead of the real one while it is silent
 * @on_line: called on the thread that listens
 * @on_link: (nullable): likewise
 */
typedef struct
{
  guint baud;
  gboolean reset;
  gboolean no_reconnect;
  gboolean live;
  EkListenerLineFunc on_line;
  EkListenerLinkFunc on_link;
  gpointer user_data;
} EkListenerOptions;

typedef struct _EkListener EkListener;

EkListener *ek_listener_new (EkPort *port, const EkListenerOptions *options);
void ek_listener_free (EkListener *self);
gboolean
ek_listener_run (EkListener *self, gint64 duration, GCancellable *cancellable, GError **error);
void ek_listener_restart_device (EkListener *self);
guint64 ek_listener_get_bytes_read (EkListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkListener, ek_listener_free)

G_END_DECLS
