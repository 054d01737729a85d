/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLIP framing (RFC 1055 as the ESP loaders use it): a delimiter at both ends, two escapes inside. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_SLIP_END     0xc0
#define EK_SLIP_ESC     0xdb
#define EK_SLIP_ESC_END 0xdc
#define EK_SLIP_ESC_ESC 0xdd

/* Larger than any frame of the protocol: 8 + 0x4000 + 0xff. */
#define EK_SLIP_MAX_FRAME 0x5000
/* What is kept of the text between frames: a boot log's beginning matters most. */
#define EK_SLIP_MAX_TEXT 4096

/**
 * EkSlipDecoder:
 *
 * Takes bytes one after the other and tells when a frame is whole. Bytes outside frames are text (the
 * boot log, a crash, noise) and are kept apart. It finds its way back by itself after a lost or
 * damaged delimiter.
 */
typedef struct
{
  GByteArray *frame;
  GString *text;
  gboolean in_frame;
  gboolean escaped;
  gboolean broken; /* this frame had a bad escape or was too long: it is dropped */
  guint64 n_broken;
} EkSlipDecoder;

void ek_slip_decoder_init (EkSlipDecoder *self);
void ek_slip_decoder_clear (EkSlipDecoder *self);
void ek_slip_decoder_reset (EkSlipDecoder *self);
gboolean ek_slip_decoder_push (EkSlipDecoder *self, guint8 byte);
void ek_slip_encode (GByteArray *out, const guint8 *data, gsize size);

G_END_DECLS
