/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stub's manners, against esp-flasher-stub's command_handler.c, frame_buffer.c and slip.c. */
#include "sim-driver.h"

#include <zlib.h>

#define OK_STATUS     0x0000
#define BAD_LENGTH    0xc000
#define BAD_CHECKSUM  0xc100
#define BAD_COMMAND   0xc300
#define NOT_IN_FLASH  0xc600
#define INFLATE_ERROR 0xc700
#define TOO_MUCH      0xc900

static EkSimulator *
new_stub (void)
{
  EkSimulator *sim = sim_new ("esp32s3?blank&start=download");

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  sim_start_stub (sim);
  return sim;
}

static void
test_sync_says_that_it_is_a_stub (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  SimReply first = { .value = 1 };

  g_assert_cmpuint (sim_sync (sim, &first), ==, 8);
  g_assert_cmphex (first.value, ==, 0);
}

static void
test_refusals (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 data[20] = { 4, 0, 0, 0 };
  SimReply reply;

  reply = sim_command (sim, 0x99, NULL, 0);
  g_assert_cmphex (reply.command, ==, 0x99);
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_COMMAND);
  reply = sim_command (sim, 0x0a, data, 1);
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_LENGTH);
  reply = sim_command (sim, 0x0d, data, 8); /* the ROM's form */
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_LENGTH);
  reply = sim_command (sim, 0x03, data, sizeof data);
  g_assert_cmphex (sim_status (&reply, 0), ==, NOT_IN_FLASH);
  reply = SIM_WORDS (sim, 0x04, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, NOT_IN_FLASH);
  reply = SIM_WORDS (sim, 0xd1, 0x100, 0x1000);
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_LENGTH);
}

static void
test_block_checks (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 data[16 + 64] = { 64 };
  SimReply reply;

  reply = SIM_WORDS (sim, 0x02, 64, 1, 0x4000, 0, 0);
  sim_send_command (sim, 0x03, data, sizeof data, 0x12345678);
  reply = sim_reply (sim);
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_CHECKSUM);
  data[0] = 63;
  reply = sim_command (sim, 0x03, data, sizeof data);
  g_assert_cmphex (sim_status (&reply, 0), ==, TOO_MUCH);
  /* After a refused block the write goes on, other than in the ROM. */
  reply = sim_block (sim, 0x03, 0, data + 16, 64);
  g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
}

static void
test_error_is_told_to_the_next_command (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 garbage[64];
  SimReply reply;

  memset (garbage, 0xa5, sizeof garbage);
  reply = SIM_WORDS (sim, 0x10, 4096, 1, 0x4000, 0, 0);
  reply = sim_block (sim, 0x11, 0, garbage, sizeof garbage);
  g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
  /* READ_REG is answered in its stead, and not done… */
  reply = SIM_WORDS (sim, 0x0a, 0x40001000);
  g_assert_cmphex (reply.command, ==, 0x0a);
  g_assert_cmphex (sim_status (&reply, 0), ==, INFLATE_ERROR);
  g_assert_cmphex (reply.value, ==, 0);
  /* …and the one after it is done. */
  reply = SIM_WORDS (sim, 0x0a, 0x40001000);
  g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
  g_assert_cmphex (reply.value, ==, 9);
}

static void
test_end_wants_all_bytes (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 data[64] = { 0 };
  SimReply reply;

  reply = SIM_WORDS (sim, 0x02, 128, 1, 0x4000, 0, 0);
  reply = sim_block (sim, 0x03, 0, data, sizeof data);
  reply = SIM_WORDS (sim, 0x04, 1);
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_LENGTH);
}

static void
test_end_does_not_reboot (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  SimReply reply;

  reply = SIM_WORDS (sim, 0x02, 0, 0, 0x4000, 0, 0);
  reply = SIM_WORDS (sim, 0x04, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
}

static void
deflate_into (GByteArray *out, const guint8 *data, gsize size)
{
  uLongf length = compressBound (size);

  g_byte_array_set_size (out, (guint) length);
  g_assert_cmpint (compress2 (out->data, &length, data, size, 9), ==, Z_OK);
  g_byte_array_set_size (out, (guint) length);
}

/* Three windows of 32 KiB and a rest, cut in the middle of the stream. */
static void
test_compressed_write (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  g_autoptr (GByteArray) packed = g_byte_array_new ();
  gsize size = 3 * 32768 + 1234;
  g_autofree guint8 *data = g_malloc (size);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  guint n = 0;
  SimReply reply;

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) g_rand_int_range (random, 0, 16);
  deflate_into (packed, data, size);
  reply = SIM_WORDS (sim, 0x10, (guint32) size, (packed->len + 0x3fff) / 0x4000, 0x4000, 0x3000, 0);
  for (guint at = 0; at < packed->len; at += 0x4000, n++)
    {
      reply = sim_block (sim, 0x11, n, packed->data + at, MIN (packed->len - at, 0x4000));
      g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
    }
  g_assert_cmpuint (n, >, 1);
  reply = SIM_WORDS (sim, 0x12, 1);
  g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
  g_assert_cmpmem (flash + 0x3000, size, data, size);
}

static guint
count_answers (EkSimulator *sim, guint8 command)
{
  g_autoptr (GByteArray) wire = sim_listen (sim, 60 * SIM_SECOND);
  gsize position = 0, used = 0;
  guint n = 0;

  while (position < wire->len)
    {
      g_autoptr (GByteArray) frame =
          sim_decode (wire->data + position, wire->len - position, &used);

      if (frame == NULL)
        break;
      position += used;
      n += frame->data[0] == 1 && frame->data[1] == command;
    }

  return n;
}

/* Two buffers: one block is worked on while the next is received; a third, sent before the second was
 * answered, is lost (facts 7.3; frame_buffer.c). */
static void
test_third_frame_is_lost (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  g_autofree guint8 *data = g_malloc (0x4000);
  SimReply reply;

  memset (data, 0x11, 0x4000);
  memset (flash, 0, 0x10000); /* so that the first block waits for an erase of 150 ms */
  reply = SIM_WORDS (sim, 0x02, 0x10000, 4, 0x4000, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, OK_STATUS);
  for (guint i = 0; i < 3; i++)
    sim_send_block (sim, 0x03, i, data, 0x4000);
  g_assert_cmpuint (count_answers (sim, 0x03), ==, 2);
}

static void
test_two_frames_are_not_lost (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  g_autofree guint8 *data = g_malloc (0x4000);

  memset (data, 0x11, 0x4000);
  memset (flash, 0, 0x10000);
  SIM_WORDS (sim, 0x02, 0x10000, 4, 0x4000, 0, 0);
  for (guint i = 0; i < 2; i++)
    sim_send_block (sim, 0x03, i, data, 0x4000);
  g_assert_cmpuint (count_answers (sim, 0x03), ==, 2);
}

/* The buffer holds 8 + 0x4000 + 0xff bytes; a frame that is larger is dropped without an answer. */
static void
test_largest_frame (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  g_autofree guint8 *data = g_malloc0 (0x40ff + 1);
  SimReply reply;

  reply = sim_command (sim, 0x99, data, 0x40ff);
  g_assert_cmphex (sim_status (&reply, 0), ==, BAD_COMMAND);
  reply = sim_command (sim, 0x99, data, 0x40ff + 1);
  g_assert_false (reply.answered);
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
}

static void
test_read_sends_one_packet_at_a_time (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  g_autofree char *wanted = NULL;
  guint8 request[16], acknowledgement[4];
  gsize used = 0;

  for (guint i = 0; i < 0x2000; i++)
    flash[i] = (guint8) (i / 0x1000 + 1);
  ek_put_u32 (request, 0);
  ek_put_u32 (request + 4, 0x2000);
  ek_put_u32 (request + 8, 0x1000);
  ek_put_u32 (request + 12, 64);
  sim_send_command (sim, 0xd2, request, sizeof request, 0);
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (GByteArray) wire = sim_listen (sim, 10 * SIM_SECOND);
      g_autoptr (GByteArray) frame = NULL;
      g_autoptr (GByteArray) encoded = NULL;
      gsize start = 0;

      if (i == 1) /* the answer goes before */
        {
          g_autoptr (GByteArray) answer = sim_decode (wire->data, wire->len, &start);

          g_assert_nonnull (answer);
        }
      frame = sim_decode (wire->data + start, wire->len - start, &used);
      g_assert_nonnull (frame);
      g_assert_cmpuint (start + used, ==, wire->len); /* and nothing after it */
      if (i < 3)
        {
          g_assert_cmpuint (frame->len, ==, 0x1000);
          g_assert_true (ek_bytes_all (frame->data, frame->len, (guint8) i));
          ek_put_u32 (acknowledgement, i * 0x1000);
          encoded = sim_encode (acknowledgement, 4);
          sim_write (sim, encoded->data, encoded->len);
          continue;
        }
      wanted = g_compute_checksum_for_data (G_CHECKSUM_MD5, flash, 0x2000);
      {
        g_autofree char *digest = ek_bytes_hex (frame->data, frame->len);

        g_assert_cmpstr (digest, ==, wanted);
      }
    }
}

static void
test_run_user_code_is_not_answered (void)
{
  g_autoptr (EkSimulator) sim = new_stub ();
  SimReply reply = sim_command (sim, 0xd3, NULL, 0);

  g_assert_false (reply.answered);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulator/stub/sync-value-is-zero", test_sync_says_that_it_is_a_stub);
  g_test_add_func ("/simulator/stub/refuses-with-its-own-codes", test_refusals);
  g_test_add_func ("/simulator/stub/checks-length-and-checksum-of-a-block", test_block_checks);
  g_test_add_func ("/simulator/stub/tells-an-error-to-the-next-command",
                   test_error_is_told_to_the_next_command);
  g_test_add_func ("/simulator/stub/end-wants-all-bytes", test_end_wants_all_bytes);
  g_test_add_func ("/simulator/stub/end-does-not-reboot", test_end_does_not_reboot);
  g_test_add_func ("/simulator/stub/inflates-over-several-windows-and-blocks",
                   test_compressed_write);
  g_test_add_func ("/simulator/stub/loses-a-third-frame", test_third_frame_is_lost);
  g_test_add_func ("/simulator/stub/keeps-a-second-frame", test_two_frames_are_not_lost);
  g_test_add_func ("/simulator/stub/drops-a-frame-larger-than-its-buffer", test_largest_frame);
  g_test_add_func ("/simulator/stub/read-sends-one-packet-at-a-time",
                   test_read_sends_one_packet_at_a_time);
  g_test_add_func ("/simulator/stub/run-user-code-is-not-answered",
                   test_run_user_code_is_not_answered);

  return g_test_run ();
}
