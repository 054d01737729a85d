/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of a serial line in frames, whole and in pieces. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-slip.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) encoded = g_byte_array_new ();
  EkSlipDecoder decoder;
  guint frames = 0;

  ek_slip_decoder_init (&decoder);
  for (gsize i = 0; i < size; i++)
    if (ek_slip_decoder_push (&decoder, data[i]))
      fuzz_check (decoder.frame->len <= MIN (size, EK_SLIP_MAX_FRAME));

  ek_slip_decoder_reset (&decoder);
  ek_slip_encode (encoded, data, size);
  for (guint i = 0; i < encoded->len; i++)
    if (ek_slip_decoder_push (&decoder, encoded->data[i]))
      {
        frames++;
        fuzz_check (decoder.frame->len == size && memcmp (decoder.frame->data, data, size) == 0);
      }
  fuzz_check (frames == 1 || size == 0 || size > EK_SLIP_MAX_FRAME);
  ek_slip_decoder_clear (&decoder);
  return 0;
}
