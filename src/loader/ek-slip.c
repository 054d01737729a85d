/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLIP, both ways. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-slip.h"

/**
 * ek_slip_decoder_init:
 *
 * To be freed with ek_slip_decoder_clear().
 */
void
ek_slip_decoder_init (EkSlipDecoder *self)
{
  *self = (EkSlipDecoder){ .frame = g_byte_array_new (), .text = g_string_new (NULL) };
}

void
ek_slip_decoder_clear (EkSlipDecoder *self)
{
  g_clear_pointer (&self->frame, g_byte_array_unref);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  self->text = NULL;
}

/**
 * ek_slip_decoder_reset:
 *
 * Forgets a half frame and the text.
 */
void
ek_slip_decoder_reset (EkSlipDecoder *self)
{
  g_byte_array_set_size (self->frame, 0);
  g_string_set_size (self->text, 0);
  self->in_frame = FALSE;
  self->escaped = FALSE;
  self->broken = FALSE;
}

static void
add_text (EkSlipDecoder *self, guint8 byte)
{
  if (self->text->len < EK_SLIP_MAX_TEXT)
    g_string_append_c (self->text, byte != '\0' ? (char) byte : ' ');
}

static void
add_to_frame (EkSlipDecoder *self, guint8 byte)
{
  if (self->frame->len >= EK_SLIP_MAX_FRAME)
    self->broken = TRUE;
  else
    g_byte_array_append (self->frame, &byte, 1);
}

/* TRUE if the delimiter ends a whole frame. An empty one means that this is a beginning after all:
 * either two frames back to back, or the delimiter before it was lost. */
static gboolean
take_delimiter (EkSlipDecoder *self)
{
  gboolean whole;

  if (!self->in_frame || self->frame->len == 0)
    {
      self->in_frame = TRUE;
      self->escaped = FALSE;
      self->broken = FALSE;
      g_byte_array_set_size (self->frame, 0);
      return FALSE;
    }

  whole = !self->broken && !self->escaped;
  self->n_broken += !whole;
  self->in_frame = FALSE;
  self->escaped = FALSE;
  self->broken = FALSE;
  if (!whole)
    g_byte_array_set_size (self->frame, 0);

  return whole;
}

/**
 * ek_slip_decoder_push:
 * @byte: the next byte off the wire
 *
 * Returns: %TRUE if that completed a frame, which is in @frame, unescaped, until the next push
 */
gboolean
ek_slip_decoder_push (EkSlipDecoder *self, guint8 byte)
{
  if (byte == EK_SLIP_END)
    return take_delimiter (self);

  if (!self->in_frame)
    {
      g_byte_array_set_size (self->frame, 0);
      add_text (self, byte);
      return FALSE;
    }

  if (self->escaped)
    {
      self->escaped = FALSE;
      if (byte == EK_SLIP_ESC_END)
        add_to_frame (self, EK_SLIP_END);
      else if (byte == EK_SLIP_ESC_ESC)
        add_to_frame (self, EK_SLIP_ESC);
      else
        self->broken = TRUE;
    }
  else if (byte == EK_SLIP_ESC)
    {
      self->escaped = TRUE;
    }
  else
    {
      add_to_frame (self, byte);
    }

  return FALSE;
}

/**
 * ek_slip_encode:
 * @out: is appended to
 * @data: (array length=size): one frame's bytes
 */
void
ek_slip_encode (GByteArray *out, const guint8 *data, gsize size)
{
  static const guint8 end = EK_SLIP_END;
  static const guint8 escaped_end[] = { EK_SLIP_ESC, EK_SLIP_ESC_END };
  static const guint8 escaped_esc[] = { EK_SLIP_ESC, EK_SLIP_ESC_ESC };
  gsize plain = 0;

  g_byte_array_append (out, &end, 1);
  for (gsize i = 0; i < size; i++)
    {
      if (data[i] != EK_SLIP_END && data[i] != EK_SLIP_ESC)
        continue;
      g_byte_array_append (out, data + plain, (guint) (i - plain));
      g_byte_array_append (out, data[i] == EK_SLIP_END ? escaped_end : escaped_esc, 2);
      plain = i + 1;
    }
  g_byte_array_append (out, data + plain, (guint) (size - plain));
  g_byte_array_append (out, &end, 1);
}
