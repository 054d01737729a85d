/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flash chip's rules and its time, against the arithmetic of the protocol facts, 7.2 and 7.3. */
#include "sim-driver.h"

#include <zlib.h>

#define ERASE_BLOCK  150000
#define ERASE_SECTOR 45000
#define PAGE         400
#define BLOCK        0x10000u
#define SECTOR       0x1000u

static EkSimulator *
new_rom (const char *more)
{
  g_autofree char *options = g_strdup_printf ("esp32s3?blank&start=download%s", more);
  EkSimulator *sim = sim_new (options);
  SimReply reply;

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x0d, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = SIM_WORDS (sim, 0x0b, 0, 16u << 20, BLOCK, SECTOR, 0x100, 0xffff);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  return sim;
}

static EkSimulator *
new_stub (const char *more)
{
  g_autofree char *options = g_strdup_printf ("esp32s3?blank&start=download%s", more);
  EkSimulator *sim = sim_new (options);

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  sim_start_stub (sim);
  return sim;
}

static void
fill (guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i * 7 + 1);
}

/* Writes through the stub, uncompressed; each block's answer is waited for, then the end's. */
static void
stub_write (EkSimulator *sim, guint32 offset, const guint8 *data, gsize size)
{
  guint n = (guint) ((size + 0x3fff) / 0x4000);
  SimReply reply = SIM_WORDS (sim, 0x02, (guint32) size, n, 0x4000, offset, 0);

  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  for (guint i = 0; i < n; i++)
    {
      reply = sim_block (sim, 0x03, i, data + i * 0x4000, MIN (size - i * 0x4000, 0x4000));
      g_assert_cmphex (sim_status (&reply, 0), ==, 0);
    }
  reply = SIM_WORDS (sim, 0x04, 1);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
}

static void
test_programming_clears_bits (void)
{
  g_autoptr (EkSimulator) sim = new_rom ("");
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  guint8 data[0x400];
  SimReply reply;

  /* BEGIN erases the sector; what is put there afterwards is what programming meets. */
  reply = SIM_WORDS (sim, 0x02, sizeof data, 1, sizeof data, 0x1000, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  memset (flash + 0x1000, 0x0f, sizeof data);
  memset (data, 0x3c, sizeof data);
  reply = sim_block (sim, 0x03, 0, data, sizeof data);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  g_assert_true (ek_bytes_all (flash + 0x1000, sizeof data, 0x0f & 0x3c));
}

static void
test_erases_whole_sectors (void)
{
  g_autoptr (EkSimulator) sim = new_rom ("");
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  SimReply reply;

  memset (flash, 0, 0x5000);
  reply = SIM_WORDS (sim, 0x02, 0x400, 1, 0x400, 0x2200, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  g_assert_true (ek_bytes_all (flash, 0x2000, 0));
  g_assert_true (ek_bytes_all (flash + 0x2000, 0x1000, 0xff));
  g_assert_true (ek_bytes_all (flash + 0x3000, 0x2000, 0));
}

/* Facts 7.3: a whole block costs 150 + 256 x 0.4 = 252.4 ms. */
static void
test_time_of_a_whole_block (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  g_autofree guint8 *data = g_malloc (BLOCK);
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  EkSimulatorStats before = sim_stats (sim), after;

  fill (data, BLOCK);
  memset (flash, 0, BLOCK);
  stub_write (sim, 0, data, BLOCK);
  after = sim_stats (sim);
  g_assert_cmpint (after.erase_us - before.erase_us, ==, ERASE_BLOCK);
  g_assert_cmpint (after.program_us - before.program_us, ==, 256 * PAGE);
  g_assert_cmpuint (after.blocks_erased - before.blocks_erased, ==, 1);
  g_assert_cmpuint (after.sectors_erased - before.sectors_erased, ==, 0);
  g_assert_cmpuint (after.pages_programmed - before.pages_programmed, ==, 256);
  g_assert_cmpmem (flash, BLOCK, data, BLOCK);
  /* The clock has to show it too: nothing is programmed before the erase is over. */
  g_assert_cmpint (after.now_us - before.now_us, >=, ERASE_BLOCK + 256 * PAGE);
}

/* Facts 7.3: k sectors of a block cost k x (45 + 6.4) ms; 6 sectors at its end erase in 270 ms. */
static void
test_time_of_sectors (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  g_autofree guint8 *data = g_malloc (6 * SECTOR);
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  EkSimulatorStats before, after;

  fill (data, 6 * SECTOR);
  memset (flash, 0, BLOCK);
  before = sim_stats (sim);
  stub_write (sim, 0, data, 6 * SECTOR);
  after = sim_stats (sim);
  g_assert_cmpuint (after.sectors_erased - before.sectors_erased, ==, 6);
  g_assert_cmpint (after.erase_us - before.erase_us, ==, 270000);
  g_assert_cmpint (after.program_us - before.program_us, ==, 6 * 6400);
}

/* Facts 7.3: the EchoKit app is 43 blocks and 10,844 pages: 6.5 s and 4.3 s. */
static void
test_time_of_the_app (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  gsize size = 10844 * 0x100;
  g_autofree guint8 *data = g_malloc (size);
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  EkSimulatorStats before, after;

  fill (data, size);
  memset (flash + 0x210000, 0, 43 * BLOCK);
  before = sim_stats (sim);
  {
    SimReply reply = SIM_WORDS (sim, 0xd1, 0x210000, 43 * BLOCK);

    g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  }
  after = sim_stats (sim);
  g_assert_cmpint (after.erase_us - before.erase_us, ==, 43 * ERASE_BLOCK);
  g_assert_cmpint ((after.erase_us - before.erase_us) / 100000, ==, 64); /* 6.45 s */
  g_assert_cmpint (after.now_us - before.now_us, >=, 43 * ERASE_BLOCK);

  before = sim_stats (sim);
  stub_write (sim, 0x210000, data, size);
  after = sim_stats (sim);
  g_assert_cmpuint (after.pages_programmed - before.pages_programmed, ==, 10844);
  g_assert_cmpint ((after.program_us - before.program_us) / 100000, ==, 43); /* 4.3 s */
  g_assert_cmpuint (after.blocks_erased - before.blocks_erased, ==, 0);
}

static void
test_blank_pages_are_quick (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  g_autofree guint8 *data = g_malloc (SECTOR);
  EkSimulatorStats before = sim_stats (sim), after;

  memset (data, 0xff, SECTOR);
  stub_write (sim, 0, data, SECTOR);
  after = sim_stats (sim);
  g_assert_cmpint (after.program_us - before.program_us, ==, 16 * 20);
}

/* The stub looks before it erases, until the first sector that isn't blank; then never again. */
static void
test_blank_sectors_are_not_erased (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  g_autofree guint8 *data = g_malloc (BLOCK);
  EkSimulatorStats before = sim_stats (sim), after;

  fill (data, BLOCK);
  stub_write (sim, 0, data, BLOCK);
  after = sim_stats (sim);
  g_assert_cmpint (after.erase_us, ==, before.erase_us);
}

static void
test_first_dirty_sector_ends_the_looking (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  g_autofree guint8 *data = g_malloc (8 * SECTOR);
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  EkSimulatorStats before, after;

  /* Sectors 0 and 1 blank, 2 dirty, the rest blank: 2 to 7 are erased. */
  flash[2 * SECTOR + 5] = 0;
  fill (data, 8 * SECTOR);
  before = sim_stats (sim);
  stub_write (sim, 0, data, 8 * SECTOR);
  after = sim_stats (sim);
  g_assert_cmpuint (after.sectors_erased - before.sectors_erased, ==, 6);
  g_assert_cmpmem (flash, 8 * SECTOR, data, 8 * SECTOR);
}

static void
test_rom_erases_blank_sectors_too (void)
{
  g_autoptr (EkSimulator) sim = new_rom ("");
  EkSimulatorStats before = sim_stats (sim), after;
  SimReply reply = SIM_WORDS (sim, 0x02, 2 * SECTOR, 8, 0x400, 0, 0);

  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  after = sim_stats (sim);
  g_assert_cmpuint (after.sectors_erased - before.sectors_erased, ==, 2);
  g_assert_cmpint (after.now_us - before.now_us, >=, 2 * ERASE_SECTOR);
}

/* "the ROM default is 2 MB and operations above that fail" (facts 1.6) */
static void
test_rom_knows_two_megabytes (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?blank&start=download");
  SimReply reply;

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x0d, 0, 0);
  reply = SIM_WORDS (sim, 0x02, 0x1000, 4, 0x400, 0x1ff000, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = SIM_WORDS (sim, 0x02, 0x1000, 4, 0x400, 0x200000, 0);
  g_assert_cmphex (sim_status (&reply, 0) >> 8, ==, 1);
  reply = SIM_WORDS (sim, 0x0b, 0, 16u << 20, BLOCK, SECTOR, 0x100, 0xffff);
  reply = SIM_WORDS (sim, 0x02, 0x1000, 4, 0x400, 0x200000, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
}

static void
test_whole_chip_is_erased (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  gsize size;
  guint8 *flash = ek_simulator_get_flash (sim, &size);
  SimReply reply;

  flash[0] = flash[size / 2] = flash[size - 1] = 0;
  reply = sim_command (sim, 0xd0, NULL, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  g_assert_true (ek_bytes_all (flash, size, 0xff));
}

static void
test_md5_takes_its_time (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("");
  g_autofree char *wanted = NULL;
  g_autofree char *digest = NULL;
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  EkSimulatorStats before = sim_stats (sim), after;
  SimReply reply = SIM_WORDS (sim, 0x13, 0, 6000000, 0, 0);

  wanted = g_compute_checksum_for_data (G_CHECKSUM_MD5, flash, 6000000);
  digest = ek_bytes_hex (reply.data, 16);
  g_assert_cmpstr (digest, ==, wanted);
  after = sim_stats (sim);
  g_assert_cmpint (after.hash_us - before.hash_us, ==, SIM_SECOND); /* 6e6 bytes a second */
}

static void
test_write_protected_keeps_its_contents (void)
{
  g_autoptr (EkSimulator) sim = new_stub ("&fault=write-protect");
  guint8 *flash = ek_simulator_get_flash (sim, NULL);
  g_autofree guint8 *data = g_malloc (SECTOR);

  memset (flash, 0x5a, SECTOR);
  memset (data, 0x12, SECTOR);
  stub_write (sim, 0, data, SECTOR);
  g_assert_true (ek_bytes_all (flash, SECTOR, 0x5a));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulator/flash/programming-only-clears-bits", test_programming_clears_bits);
  g_test_add_func ("/simulator/flash/erases-whole-sectors", test_erases_whole_sectors);
  g_test_add_func ("/simulator/flash/a-whole-block-takes-252-ms", test_time_of_a_whole_block);
  g_test_add_func ("/simulator/flash/six-sectors-erase-in-270-ms", test_time_of_sectors);
  g_test_add_func ("/simulator/flash/echokit-app-takes-6.5-and-4.3-s", test_time_of_the_app);
  g_test_add_func ("/simulator/flash/blank-pages-are-quick", test_blank_pages_are_quick);
  g_test_add_func ("/simulator/flash/stub-does-not-erase-blank-sectors",
                   test_blank_sectors_are_not_erased);
  g_test_add_func ("/simulator/flash/stub-stops-looking-at-the-first-dirty-sector",
                   test_first_dirty_sector_ends_the_looking);
  g_test_add_func ("/simulator/flash/rom-erases-blank-sectors-too",
                   test_rom_erases_blank_sectors_too);
  g_test_add_func ("/simulator/flash/rom-knows-two-megabytes-until-told",
                   test_rom_knows_two_megabytes);
  g_test_add_func ("/simulator/flash/erases-the-whole-chip", test_whole_chip_is_erased);
  g_test_add_func ("/simulator/flash/md5-takes-its-time", test_md5_takes_its_time);
  g_test_add_func ("/simulator/flash/write-protection-answers-ok-and-changes-nothing",
                   test_write_protected_keeps_its_contents);

  return g_test_run ();
}
