/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to and from a device, over a serial port, a TCP socket or a simulated chip. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkPortKind:
 *
 * What sits between the computer and the chip: it decides how the chip is reset and how fast to talk.
 */
typedef enum
{
  EK_PORT_KIND_UNKNOWN,         /* a socket, a pty, an adapter that we don't know */
  EK_PORT_KIND_UART,            /* a USB-to-UART bridge: DTR and RTS reset the chip */
  EK_PORT_KIND_USB_SERIAL_JTAG, /* the chip's own 303a:1001 */
  EK_PORT_KIND_USB_OTG,         /* the ROM's CDC device on the OTG peripheral */
} EkPortKind;

#define EK_TYPE_PORT (ek_port_get_type ())
G_DECLARE_DERIVABLE_TYPE (EkPort, ek_port, EK, PORT, GObject)

/**
 * EkPortClass:
 *
 * The blocking calls a back end offers. All are called on the one thread that owns the port.
 */
struct _EkPortClass
{
  GObjectClass parent_class;

  gboolean (*open) (EkPort *self, GCancellable *cancellable, GError **error);
  gssize (*read) (EkPort *self,
                  guint8 *buffer,
                  gsize size,
                  gint64 deadline,
                  GCancellable *cancellable,
                  GError **error);
  gboolean (*write) (EkPort *self,
                     const guint8 *data,
                     gsize size,
                     gint64 deadline,
                     GCancellable *cancellable,
                     GError **error);
  gboolean (*set_baud) (EkPort *self, guint baud, GError **error);
  gboolean (*set_lines) (EkPort *self, gboolean dtr, gboolean rts, GError **error);
  void (*discard_input) (EkPort *self);
  void (*close) (EkPort *self);
  gint64 (*now) (EkPort *self);
  gboolean (*sleep) (EkPort *self, gint64 duration, GCancellable *cancellable, GError **error);
};

EkPort *ek_port_new_for_uri (const char *uri, GError **error);
void ek_port_set_simulated_contents (GBytes *contents);

const char *ek_port_get_uri (EkPort *self);
const char *ek_port_get_path (EkPort *self);
EkPortKind ek_port_get_kind (EkPort *self);
guint ek_port_get_max_baud (EkPort *self);
gboolean ek_port_has_lines (EkPort *self);
gboolean ek_port_has_baud (EkPort *self);
gboolean ek_port_is_simulated (EkPort *self);
gboolean ek_port_is_open (EkPort *self);
guint ek_port_get_baud (EkPort *self);

gboolean ek_port_open (EkPort *self, GCancellable *cancellable, GError **error);
gssize ek_port_read (EkPort *self,
                     guint8 *buffer,
                     gsize size,
                     gint64 deadline,
                     GCancellable *cancellable,
                     GError **error);
gboolean ek_port_write (EkPort *self,
                        const guint8 *data,
                        gsize size,
                        GCancellable *cancellable,
                        GError **error);
gboolean ek_port_set_baud (EkPort *self, guint baud, GError **error);
gboolean ek_port_set_lines (EkPort *self, gboolean dtr, gboolean rts, GError **error);
void ek_port_discard_input (EkPort *self);
void ek_port_close (EkPort *self);
gint64 ek_port_now (EkPort *self);
gboolean ek_port_sleep (EkPort *self, gint64 duration, GCancellable *cancellable, GError **error);

G_END_DECLS
