/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLIP: the wire vectors of the protocol, and getting back into step after damage. */
#include "config.h"

#include "ek-slip.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkSlipDecoder, ek_slip_decoder_clear)

/* Frames of the ROM's and the stub's talk, raw and on the wire: esp-protocol facts 1.12. */
static const struct
{
  const char *name;
  guint8 raw[32];
  gsize raw_size;
  guint8 wire[40];
  gsize wire_size;
} vectors[] = {
  { "READ_REG",
    { 0x00, 0x0a, 0x04, 0x00, 0, 0, 0, 0, 0x00, 0x10, 0x00, 0x40 },
    12,
    { 0xc0, 0x00, 0x0a, 0x04, 0x00, 0, 0, 0, 0, 0x00, 0x10, 0x00, 0x40, 0xc0 },
    14 },
  { "MEM_DATA with a delimiter and an escape in it",
    { 0x00, 0x07, 0x12, 0x00, 0xf4, 0, 0, 0, 2, 0, 0, 0,    0,
      0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0xc0, 0xdb },
    26,
    { 0xc0, 0x00, 0x07, 0x12, 0x00, 0xf4, 0, 0, 0, 2, 0,    0,    0,    0,    0,
      0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0xdb, 0xdc, 0xdb, 0xdd, 0xc0 },
    30 },
  { "CHANGE_BAUDRATE with a delimiter in its old speed",
    { 0x00, 0x0f, 0x08, 0, 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0, 0xc2, 0x01, 0 },
    16,
    { 0xc0, 0x00, 0x0f, 0x08, 0, 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0, 0xc2, 0x01, 0, 0xc0 },
    18 },
};

static guint
push_all (EkSlipDecoder *decoder, const guint8 *bytes, gsize size)
{
  guint n_frames = 0;

  for (gsize i = 0; i < size; i++)
    n_frames += ek_slip_decoder_push (decoder, bytes[i]);

  return n_frames;
}

static void
test_encodes_the_vectors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();

      g_test_message ("%s", vectors[i].name);
      ek_slip_encode (out, vectors[i].raw, vectors[i].raw_size);
      g_assert_cmpmem (out->data, out->len, vectors[i].wire, vectors[i].wire_size);
    }
}

static void
test_decodes_the_vectors (void)
{
  g_auto (EkSlipDecoder) decoder = { 0 };

  ek_slip_decoder_init (&decoder);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_assert_cmpuint (push_all (&decoder, vectors[i].wire, vectors[i].wire_size), ==, 1);
      g_assert_cmpmem (decoder.frame->data, decoder.frame->len, vectors[i].raw,
                       vectors[i].raw_size);
    }
  g_assert_cmpuint (decoder.text->len, ==, 0);
  g_assert_cmpuint (decoder.n_broken, ==, 0);
}

static void
test_appends_to_what_is_there (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  static const guint8 data[] = { 1 };
  static const guint8 expected[] = { 0xc0, 1, 0xc0, 0xc0, 1, 0xc0 };

  ek_slip_encode (out, data, 1);
  ek_slip_encode (out, data, 1);
  g_assert_cmpmem (out->data, out->len, expected, sizeof expected);
}

/* Half of the bytes are the two that have to be escaped. */
static void
fill_nastily (guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    switch (g_test_rand_int_range (0, 4))
      {
      case 0:
        data[i] = EK_SLIP_END;
        break;
      case 1:
        data[i] = EK_SLIP_ESC;
        break;
      default:
        data[i] = (guint8) g_test_rand_int ();
      }
}

static void
test_gives_back_whatever_was_put_in (void)
{
  g_auto (EkSlipDecoder) decoder = { 0 };
  guint8 data[600];

  ek_slip_decoder_init (&decoder);
  for (guint round = 0; round < 500; round++)
    {
      gsize size = (gsize) g_test_rand_int_range (1, sizeof data);
      g_autoptr (GByteArray) wire = g_byte_array_new ();

      fill_nastily (data, size);
      ek_slip_encode (wire, data, size);
      for (guint i = 1; i + 1 < wire->len; i++)
        g_assert_cmpuint (wire->data[i], !=, EK_SLIP_END);
      g_assert_cmpuint (push_all (&decoder, wire->data, wire->len - 1), ==, 0);
      g_assert_true (ek_slip_decoder_push (&decoder, EK_SLIP_END));
      g_assert_cmpmem (decoder.frame->data, decoder.frame->len, data, size);
    }
}

static void
test_keeps_text_apart (void)
{
  static const char log[] = "\r\nboot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n";
  static const guint8 frame[] = { 0xc0, 1, 2, 3, 0xc0 };
  g_auto (EkSlipDecoder) decoder = { 0 };

  ek_slip_decoder_init (&decoder);
  g_assert_cmpuint (push_all (&decoder, (const guint8 *) log, strlen (log)), ==, 0);
  g_assert_cmpuint (push_all (&decoder, frame, sizeof frame), ==, 1);
  g_assert_cmpuint (push_all (&decoder, (const guint8 *) "after", 5), ==, 0);
  g_assert_nonnull (strstr (decoder.text->str, "waiting for download"));
  g_assert_true (g_str_has_suffix (decoder.text->str, "after"));

  ek_slip_decoder_reset (&decoder);
  g_assert_cmpuint (decoder.text->len, ==, 0);
}

static void
test_keeps_the_beginning_of_long_text (void)
{
  g_auto (EkSlipDecoder) decoder = { 0 };

  ek_slip_decoder_init (&decoder);
  push_all (&decoder, (const guint8 *) "first\0words", 11);
  for (guint i = 0; i < 100000; i++)
    ek_slip_decoder_push (&decoder, 'x');
  g_assert_cmpuint (decoder.text->len, <=, EK_SLIP_MAX_TEXT);
  g_assert_cmpuint (strlen (decoder.text->str), ==, decoder.text->len);
  g_assert_true (g_str_has_prefix (decoder.text->str, "first words"));
}

/* The frame whose delimiter is lost may be lost with it, and the one after that; not a third. */
static void
test_gets_back_into_step_after_a_lost_byte (void)
{
  static const guint8 data[] = { 1, 8, 4, 0, 0xc0, 7, 0x12, 0xdb, 0, 0, 0, 0 };
  g_autoptr (GByteArray) wire = g_byte_array_new ();
  guint frame_size;

  for (guint i = 0; i < 6; i++)
    ek_slip_encode (wire, data, sizeof data);
  frame_size = wire->len / 6;

  for (guint lost = 0; lost < 2 * frame_size; lost++)
    {
      g_auto (EkSlipDecoder) decoder = { 0 };
      guint n_good = 0;

      ek_slip_decoder_init (&decoder);
      for (guint i = 0; i < wire->len; i++)
        if (i != lost && ek_slip_decoder_push (&decoder, wire->data[i]))
          n_good += decoder.frame->len == sizeof data &&
                    memcmp (decoder.frame->data, data, sizeof data) == 0;
      g_test_message ("byte %u lost: %u frames", lost, n_good);
      g_assert_cmpuint (n_good, >=, 4);
      g_assert_cmpuint (n_good, <, 6);
    }
}

static void
test_drops_frames_with_bad_escapes (void)
{
  static const guint8 bad[][6] = {
    { 0xc0, 1, 0xdb, 0x00, 2, 0xc0 },
    { 0xc0, 1, 0xdb, 0xdb, 0xdc, 0xc0 },
    { 0xc0, 1, 2, 3, 0xdb, 0xc0 },
  };
  static const guint8 good[] = { 0xc0, 5, 6, 0xc0 };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (EkSlipDecoder) decoder = { 0 };

      ek_slip_decoder_init (&decoder);
      g_assert_cmpuint (push_all (&decoder, bad[i], sizeof bad[i]), ==, 0);
      g_assert_cmpuint (decoder.n_broken, ==, 1);
      g_assert_cmpuint (push_all (&decoder, good, sizeof good), ==, 1);
      g_assert_cmpmem (decoder.frame->data, decoder.frame->len, good + 1, 2);
    }
}

static void
test_drops_frames_that_are_too_long (void)
{
  static const guint8 good[] = { 0xc0, 5, 6, 0xc0 };
  g_auto (EkSlipDecoder) decoder = { 0 };

  ek_slip_decoder_init (&decoder);
  ek_slip_decoder_push (&decoder, EK_SLIP_END);
  for (guint i = 0; i < EK_SLIP_MAX_FRAME; i++)
    g_assert_false (ek_slip_decoder_push (&decoder, 'x'));
  g_assert_true (ek_slip_decoder_push (&decoder, EK_SLIP_END));
  g_assert_cmpuint (decoder.frame->len, ==, EK_SLIP_MAX_FRAME);

  ek_slip_decoder_push (&decoder, EK_SLIP_END);
  for (guint i = 0; i < 10 * EK_SLIP_MAX_FRAME; i++)
    g_assert_false (ek_slip_decoder_push (&decoder, 'x'));
  g_assert_cmpuint (decoder.frame->len, <=, EK_SLIP_MAX_FRAME);
  g_assert_false (ek_slip_decoder_push (&decoder, EK_SLIP_END));
  g_assert_cmpuint (decoder.n_broken, ==, 1);
  g_assert_cmpuint (push_all (&decoder, good, sizeof good), ==, 1);
}

static void
test_survives_noise (void)
{
  static const guint8 good[] = { 0xc0, 0xc0, 5, 6, 0xc0 };
  g_auto (EkSlipDecoder) decoder = { 0 };

  ek_slip_decoder_init (&decoder);
  for (guint round = 0; round < 200; round++)
    {
      guint n = (guint) g_test_rand_int_range (0, 2000);

      for (guint i = 0; i < n; i++)
        ek_slip_decoder_push (&decoder, (guint8) g_test_rand_int ());
      /* two delimiters end whatever had begun */
      push_all (&decoder, good, 1);
      g_assert_cmpuint (push_all (&decoder, good, sizeof good), ==, 1);
      g_assert_cmpmem (decoder.frame->data, decoder.frame->len, good + 2, 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slip/encodes-the-vectors", test_encodes_the_vectors);
  g_test_add_func ("/slip/decodes-the-vectors", test_decodes_the_vectors);
  g_test_add_func ("/slip/appends-to-what-is-there", test_appends_to_what_is_there);
  g_test_add_func ("/slip/gives-back-whatever-was-put-in", test_gives_back_whatever_was_put_in);
  g_test_add_func ("/slip/keeps-text-apart", test_keeps_text_apart);
  g_test_add_func ("/slip/keeps-the-beginning-of-long-text", test_keeps_the_beginning_of_long_text);
  g_test_add_func ("/slip/gets-back-into-step-after-a-lost-byte",
                   test_gets_back_into_step_after_a_lost_byte);
  g_test_add_func ("/slip/drops-frames-with-bad-escapes", test_drops_frames_with_bad_escapes);
  g_test_add_func ("/slip/drops-frames-that-are-too-long", test_drops_frames_that_are_too_long);
  g_test_add_func ("/slip/survives-noise", test_survives_noise);

  return g_test_run ();
}
