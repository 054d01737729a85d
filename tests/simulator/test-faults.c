/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each kind of fault does what it says, to the frame it names, and once. */
#include "sim-driver.h"

/* Frame 1 to the chip is the SYNC, with eight answers. */
static EkSimulator *
new_with (const char *fault)
{
  g_autofree char *options = g_strdup_printf ("esp32s3?blank&start=download&fault=%s", fault);
  EkSimulator *sim = sim_new (options);

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  return sim;
}

static SimReply
read_magic (EkSimulator *sim)
{
  return SIM_WORDS (sim, 0x0a, 0x40001000);
}

static void
assert_works (EkSimulator *sim)
{
  SimReply reply = read_magic (sim);

  g_assert_true (reply.answered);
  g_assert_cmphex (reply.value, ==, 9);
}

/* Frames 1 to 5 start the stub, 6 begins a write and 7 is a block of it, nearly all of which is under
 * the checksum. The block is not taken as if it were whole, and the chip can be talked to again: a
 * lost delimiter may cost one command more. */
static void
test_damage_to_chip (gconstpointer fault)
{
  g_autoptr (EkSimulator) sim = new_with (fault);
  g_autofree guint8 *data = g_malloc (0x1000);
  SimReply reply;

  memset (data, 0x37, 0x1000);
  sim_start_stub (sim);
  reply = SIM_WORDS (sim, 0x02, 0x1000, 1, 0x4000, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = sim_block (sim, 0x03, 0, data, 0x1000);
  g_assert_false (reply.answered && sim_status (&reply, 0) == 0);
  g_assert_true (ek_bytes_all (ek_simulator_get_flash (sim, NULL), 0x1000, 0xff));
  read_magic (sim);
  assert_works (sim);
  /* Once: the block goes through when it is sent again. */
  reply = sim_block (sim, 0x03, 0, data, 0x1000);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
}

/* Frame 9 from the chip is the first after the answers to SYNC. */
static void
test_damage_from_chip (gconstpointer fault)
{
  static const guint8 whole[] = { 0xc0, 0x01, 0x0a, 0x04, 0x00, 0x09, 0x00,
                                  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0 };
  g_autoptr (EkSimulator) sim = new_with (fault);
  g_autoptr (GByteArray) damaged = NULL;
  g_autoptr (GByteArray) sound = NULL;
  guint8 address[4] = { 0x00, 0x10, 0x00, 0x40 };

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  sim_send_command (sim, 0x0a, address, 4, 0);
  damaged = sim_listen (sim, SIM_SECOND);
  g_assert_cmpuint (damaged->len, >=, sizeof whole - 1);
  g_assert_cmpuint (damaged->len, <=, sizeof whole + 1);
  g_assert_true (damaged->len != sizeof whole || memcmp (damaged->data, whole, sizeof whole) != 0);
  sim_send_command (sim, 0x0a, address, 4, 0);
  sound = sim_listen (sim, SIM_SECOND);
  g_assert_cmpmem (sound->data, sound->len, whole, sizeof whole);
}

static gint64
time_of_answer (EkSimulator *sim)
{
  gint64 before = ek_simulator_get_now (sim);

  assert_works (sim);
  return ek_simulator_get_now (sim) - before;
}

static void
test_stall (gconstpointer fault)
{
  g_autoptr (EkSimulator) sim = new_with (fault);
  gint64 stalled;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  stalled = time_of_answer (sim);
  g_assert_cmpint (stalled, >=, 3 * SIM_SECOND);
  g_assert_cmpint (stalled, <, 4 * SIM_SECOND);
  g_assert_cmpint (time_of_answer (sim), <, SIM_SECOND / 10);
}

static void
test_vanish (gconstpointer fault)
{
  g_autoptr (EkSimulator) sim = new_with (fault);
  g_autofree char *name = g_strdup (ek_simulator_get_name (sim));
  g_autoptr (GError) error = NULL;
  guint8 address[4] = { 0x00, 0x10, 0x00, 0x40 };
  guint8 byte = 0xc0;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  sim_send_command (sim, 0x0a, address, 4, 0);
  ek_simulator_advance (sim, ek_simulator_get_now (sim) + SIM_SECOND);
  g_assert_false (ek_simulator_is_present (sim));
  g_assert_false (ek_simulator_write (sim, &byte, 1, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);

  ek_simulator_advance (sim, ek_simulator_get_now (sim) + 2 * SIM_SECOND);
  g_assert_true (ek_simulator_is_present (sim));
  g_assert_cmpstr (ek_simulator_get_name (sim), !=, name);
}

static void
test_refuse (void)
{
  g_autoptr (EkSimulator) sim = new_with ("refuse:to:2");
  SimReply reply;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = read_magic (sim);
  g_assert_cmphex (sim_status (&reply, 0) >> 8, !=, 0);
  assert_works (sim);
}

static void
test_wrong_md5 (void)
{
  g_autoptr (EkSimulator) sim = new_with ("wrong-md5:to:2");
  g_autofree char *right = NULL;
  SimReply reply;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x0d, 0, 0);
  right = g_compute_checksum_for_data (G_CHECKSUM_MD5, ek_simulator_get_flash (sim, NULL), 0x1000);
  reply = SIM_WORDS (sim, 0x13, 0, 0x1000, 0, 0);
  g_assert_cmpuint (reply.size, ==, 36);
  g_assert_true (memcmp (reply.data, right, 32) != 0);
  reply = SIM_WORDS (sim, 0x13, 0, 0x1000, 0, 0);
  g_assert_cmpmem (reply.data, 32, right, 32);
}

static void
test_brownout (void)
{
  g_autoptr (EkSimulator) sim = new_with ("brownout:to:2");
  g_autofree char *text = NULL;
  guint8 address[4] = { 0x00, 0x10, 0x00, 0x40 };

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  sim_send_command (sim, 0x0a, address, 4, 0);
  text = sim_listen_for (sim, SIM_SECOND / 2);
  g_assert_nonnull (strstr (text, "Brownout detector was triggered"));
  g_assert_nonnull (strstr (text, "rst:0xf "));
  g_assert_nonnull (strstr (text, "SPI_FAST_FLASH_BOOT"));
}

/* "In the middle of what it does": of a sector that was being programmed, a part is there. */
static void
test_brownout_leaves_half_a_write (void)
{
  g_autoptr (EkSimulator) sim = new_with ("brownout:to:5");
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  guint8 data[0x400];
  SimReply reply;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x0d, 0, 0);
  reply = SIM_WORDS (sim, 0x0b, 0, 16u << 20, 0x10000, 0x1000, 0x100, 0xffff);
  reply = SIM_WORDS (sim, 0x02, sizeof data, 1, sizeof data, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  memset (data, 0, sizeof data);
  sim_send_block (sim, 0x03, 0, data, sizeof data);
  g_free (sim_listen_for (sim, SIM_SECOND / 2));
  g_assert_cmphex (flash[0], ==, 0x00);
  g_assert_cmphex (flash[sizeof data - 1], ==, 0xff);
}

static void
test_crash (void)
{
  g_autoptr (EkSimulator) sim = new_with ("crash:to:2");
  g_autofree char *text = NULL;
  guint8 address[4] = { 0x00, 0x10, 0x00, 0x40 };
  SimReply reply;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  sim_send_command (sim, 0x0a, address, 4, 0);
  text = sim_listen_for (sim, SIM_SECOND / 2);
  g_assert_nonnull (strstr (text, "Guru Meditation Error"));
  reply = read_magic (sim);
  g_assert_false (reply.answered);
}

static void
test_noise (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?blank&usb=uart&fault=noise:from:0:200");
  g_autoptr (EkSimulator) quiet = sim_new ("esp32s3?blank&usb=uart");
  g_autoptr (GByteArray) with = NULL;
  g_autoptr (GByteArray) without = NULL;

  for (guint i = 0; i < 2; i++)
    {
      EkSimulator *each = i == 0 ? sim : quiet;

      g_byte_array_unref (sim_listen (each, SIM_SECOND / 100));
      ek_simulator_set_lines (each, FALSE, TRUE);
      ek_simulator_advance (each, ek_simulator_get_now (each) + 100000);
      ek_simulator_set_lines (each, TRUE, FALSE);
      ek_simulator_advance (each, ek_simulator_get_now (each) + 50000);
      ek_simulator_set_lines (each, FALSE, FALSE);
    }
  with = sim_listen (sim, SIM_SECOND);
  without = sim_listen (quiet, SIM_SECOND);
  g_assert_cmpuint (with->len, ==, without->len + 200);
}

static void
test_mute (void)
{
  g_autoptr (EkSimulator) sim = new_with ("mute");

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 0);
}

static void
test_erase_fails (void)
{
  g_autoptr (EkSimulator) sim = new_with ("erase-fails");
  SimReply reply;

  sim_start_stub (sim);
  reply = SIM_WORDS (sim, 0xd1, 0, 0x1000);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0xc400);
}

static void
test_stub_does_not_start (void)
{
  static const guint8 program[64] = { 0 };
  g_autoptr (EkSimulator) sim = new_with ("stub-no-start");
  g_autoptr (GByteArray) wire = NULL;
  guint8 end[8];
  gsize used = 0;
  SimReply reply;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x05, sizeof program, 1, 0x1800, 0x40378000);
  reply = sim_block (sim, 0x07, 0, program, sizeof program);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  ek_put_u32 (end, 0);
  ek_put_u32 (end + 4, 0x40378000);
  sim_send_command (sim, 0x06, end, sizeof end, 0);
  wire = sim_listen (sim, SIM_SECOND);
  g_byte_array_unref (sim_decode (wire->data, wire->len, &used));
  g_assert_cmpuint (used, ==, wire->len); /* MEM_END is answered, and that is all */
}

static void
test_faults_repeat_exactly (void)
{
  g_autoptr (EkSimulator) first = new_with ("drop:to:2");
  g_autoptr (EkSimulator) second = new_with ("drop:to:2");
  guint8 address[4] = { 0x00, 0x10, 0x00, 0x40 };
  g_autoptr (GByteArray) a = NULL;
  g_autoptr (GByteArray) b = NULL;

  sim_sync (first, NULL);
  sim_sync (second, NULL);
  sim_send_command (first, 0x0a, address, 4, 0);
  sim_send_command (second, 0x0a, address, 4, 0);
  a = sim_listen (first, SIM_SECOND);
  b = sim_listen (second, SIM_SECOND);
  g_assert_cmpmem (a->data, a->len, b->data, b->len);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/simulator/faults/drop-to", "drop:to:7", test_damage_to_chip);
  g_test_add_data_func ("/simulator/faults/flip-to", "flip:to:7", test_damage_to_chip);
  g_test_add_data_func ("/simulator/faults/repeat-to", "repeat:to:7", test_damage_to_chip);
  g_test_add_data_func ("/simulator/faults/drop-from", "drop:from:9", test_damage_from_chip);
  g_test_add_data_func ("/simulator/faults/flip-from", "flip:from:9", test_damage_from_chip);
  g_test_add_data_func ("/simulator/faults/repeat-from", "repeat:from:9", test_damage_from_chip);
  g_test_add_data_func ("/simulator/faults/stall-to", "stall:to:2:3", test_stall);
  g_test_add_data_func ("/simulator/faults/stall-from", "stall:from:9:3", test_stall);
  g_test_add_data_func ("/simulator/faults/vanish-to", "vanish:to:2:2", test_vanish);
  g_test_add_data_func ("/simulator/faults/vanish-from", "vanish:from:9:2", test_vanish);
  g_test_add_func ("/simulator/faults/refuse-answers-with-an-error", test_refuse);
  g_test_add_func ("/simulator/faults/wrong-md5-once", test_wrong_md5);
  g_test_add_func ("/simulator/faults/brownout-restarts-the-chip", test_brownout);
  g_test_add_func ("/simulator/faults/brownout-leaves-half-a-write",
                   test_brownout_leaves_half_a_write);
  g_test_add_func ("/simulator/faults/crash-says-so-and-hangs", test_crash);
  g_test_add_func ("/simulator/faults/noise-comes-with-a-reset", test_noise);
  g_test_add_func ("/simulator/faults/mute-never-answers", test_mute);
  g_test_add_func ("/simulator/faults/erase-fails-is-reported", test_erase_fails);
  g_test_add_func ("/simulator/faults/stub-no-start-answers-but-does-not-greet",
                   test_stub_does_not_start);
  g_test_add_func ("/simulator/faults/are-the-same-each-time", test_faults_repeat_exactly);

  return g_test_run ();
}
