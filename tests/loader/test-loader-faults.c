/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing and reading while something goes wrong, by the stub on the simulated chip. */
#include "config.h"

#include "loader-test.h"

#if EK_HAVE_STUB
/* A chip may take its time: erasing what little data inflates to is seconds. */
static void
test_waits_for_a_slow_chip (void)
{
  g_auto (Bench) bench = { 0 };
  g_autofree guint8 *zeros = g_malloc0 (0x100000);
  g_autoptr (GBytes) data = g_bytes_new (zeros, 0x100000);
  guint resets;

  bench_connect (&bench, "esp32s3?usb=jtag&erase-block-ms=1500&erase-sector-ms=300", NULL);
  resets = bench_stats (&bench).resets;
  write_bytes (&bench, 0x200000, data, TRUE);
  assert_on_flash (&bench, 0x200000, data);
  g_assert_cmpuint (bench_stats (&bench).resets, ==, resets);
}

/* The first frame of a write, counted in a run without faults: the model is the same each time. */
static guint64
first_frame_of_write (gboolean from_chip)
{
  g_auto (Bench) bench = { 0 };

  bench_connect (&bench, "esp32s3?usb=jtag", NULL);
  return 1 +
         (from_chip ? bench_stats (&bench).frames_from_chip : bench_stats (&bench).frames_to_chip);
}

static void
test_sits_out_a_short_stall (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GBytes) data = random_bytes (0x10000);
  g_autofree char *options = g_strdup_printf ("esp32s3?usb=jtag&fault=stall:to:%u:2",
                                              (guint) first_frame_of_write (FALSE) + 2);
  gint64 start;

  bench_connect (&bench, options, NULL);
  start = ek_port_now (bench.port);
  write_bytes (&bench, BLANK_PLACE, data, FALSE);
  assert_on_flash (&bench, BLANK_PLACE, data);
  g_assert_cmpint (ek_port_now (bench.port) - start, >=, 2 * SECOND);
}

/* A minute without an answer is a lost chip, which can be found again. */
static void
test_gives_up_a_stalled_chip (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GBytes) data = random_bytes (0x10000);
  g_autoptr (EkFlashStream) stream = ek_flash_stream_new (BLANK_PLACE, data, FALSE);
  g_autofree char *options = g_strdup_printf ("esp32s3?usb=jtag&fault=stall:to:%u:60",
                                              (guint) first_frame_of_write (FALSE) + 2);
  g_autoptr (GError) error = NULL;
  gint64 start;

  bench_connect (&bench, options, NULL);
  start = ek_port_now (bench.port);
  g_assert_false (ek_loader_write (bench.loader, stream, NULL, NULL, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_true (ek_loader_error_is_recoverable (error));
  g_assert_cmpint (ek_port_now (bench.port) - start, <, 60 * SECOND);
  g_clear_error (&error);

  ek_loader_reconnect (bench.loader, FALSE, NULL, &error);
  g_assert_no_error (error);
  write_bytes (&bench, BLANK_PLACE, data, FALSE);
  assert_on_flash (&bench, BLANK_PLACE, data);
}

static void
test_repeats_a_damaged_block (void)
{
  static const char *const kinds[] = { "flip:to", "drop:to", "repeat:to", "flip:from",
                                       "drop:from" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint block = 0; block < 6; block++)
      {
        g_auto (Bench) bench = { 0 };
        g_autoptr (GBytes) data = random_bytes (0x10000);
        gboolean from = g_str_has_suffix (kinds[i], "from");
        g_autofree char *options = g_strdup_printf ("esp32s3?usb=jtag&fault=%s:%u", kinds[i],
                                                    (guint) first_frame_of_write (from) + block);

        g_test_message ("%s", options);
        bench_connect (&bench, options, NULL);
        write_bytes (&bench, BLANK_PLACE, data, FALSE);
        assert_on_flash (&bench, BLANK_PLACE, data);
      }
}

/* The stub looks at the checksum first: a damaged block alone is sent again, not the whole range. */
static void
test_repeats_no_more_than_the_block (void)
{
  const guint32 size = 0x20000;
  guint n_single = 0;

  for (guint block = 1; block <= 6; block++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GBytes) data = random_bytes (size);
      g_autofree char *options = g_strdup_printf ("esp32s3?usb=jtag&fault=flip:to:%u",
                                                  (guint) first_frame_of_write (FALSE) + block);
      guint64 sent;

      bench_connect (&bench, options, NULL);
      sent = bench_stats (&bench).bytes_to_chip;
      write_bytes (&bench, BLANK_PLACE, data, FALSE);
      assert_on_flash (&bench, BLANK_PLACE, data);
      n_single += bench_stats (&bench).bytes_to_chip - sent < size + 0x6000;
    }
  /* a flipped bit may also hit a header or make a delimiter */
  g_assert_cmpuint (n_single, >=, 4);
}

static void
test_reads_on_after_a_lost_byte (void)
{
  /* half a megabyte is two requests of 64 packets each */
  const guint32 size = 0x80000;
  g_auto (Bench) bench = { 0 };
  g_autofree guint8 *bytes = g_malloc0 (size);
  g_autofree char *options = g_strdup_printf ("esp32s3?usb=jtag&fault=drop:from:%u",
                                              (guint) first_frame_of_write (TRUE) + 66 + 40);
  g_autoptr (GError) error = NULL;
  guint64 received;

  bench_connect (&bench, options, NULL);
  received = bench_stats (&bench).bytes_from_chip;
  ek_loader_read (bench.loader, 0x200000, size, bytes, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bytes, size, bench_flash (&bench) + 0x200000, size);
  received = bench_stats (&bench).bytes_from_chip - received;
  /* the second half again, from where it broke or from its start; never the first */
  g_assert_cmpuint (received, >, size + 0x1000);
  g_assert_cmpuint (received, <, size + size / 2 + size / 32);
}

static void
test_says_what_became_of_the_chip (void)
{
  static const struct
  {
    const char *fault;
    EkError code;
  } rows[] = {
    { "vanish:to:%u:2", EK_ERROR_LINK_LOST },
    { "crash:to:%u", EK_ERROR_LINK_LOST },
    { "brownout:to:%u", EK_ERROR_POWER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GBytes) data = random_bytes (0x20000);
      g_autoptr (EkFlashStream) stream = ek_flash_stream_new (BLANK_PLACE, data, FALSE);
      g_autoptr (GError) error = NULL;
      g_autofree char *number = g_strdup_printf ("%u", (guint) first_frame_of_write (FALSE) + 3);
      g_auto (GStrv) pieces = g_strsplit (rows[i].fault, "%u", 2);
      g_autofree char *options =
          g_strconcat ("esp32s3?usb=jtag&fault=", pieces[0], number, pieces[1], NULL);

      bench_connect (&bench, options, NULL);
      g_assert_false (ek_loader_write (bench.loader, stream, NULL, NULL, NULL, &error));
      g_test_message ("%s: %s", options, error->message);
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_true (ek_loader_error_is_recoverable (error));
      g_clear_error (&error);

      ek_loader_reconnect (bench.loader, FALSE, NULL, &error);
      g_assert_no_error (error);
      write_bytes (&bench, BLANK_PLACE, data, FALSE);
      assert_on_flash (&bench, BLANK_PLACE, data);
    }
}

static void
test_says_that_the_flash_failed (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GBytes) data = random_bytes (0x10000);
  g_autoptr (EkFlashStream) stream = ek_flash_stream_new (0x210000, data, FALSE);
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=jtag&fault=erase-fails", NULL);
  g_assert_false (ek_loader_write (bench.loader, stream, NULL, NULL, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_WRITE_FAILED);
}
#else
static void
test_has_no_stub (void)
{
  g_test_skip ("built without the stub");
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#if EK_HAVE_STUB
  g_test_add_func ("/loader/write/waits-for-a-slow-chip", test_waits_for_a_slow_chip);
  g_test_add_func ("/loader/write/sits-out-a-short-stall", test_sits_out_a_short_stall);
  g_test_add_func ("/loader/write/gives-up-a-stalled-chip", test_gives_up_a_stalled_chip);
  g_test_add_func ("/loader/write/repeats-a-damaged-block", test_repeats_a_damaged_block);
  g_test_add_func ("/loader/read/reads-on-after-a-lost-byte", test_reads_on_after_a_lost_byte);
  g_test_add_func ("/loader/write/repeats-no-more-than-the-block",
                   test_repeats_no_more_than_the_block);
  g_test_add_func ("/loader/write/says-what-became-of-the-chip", test_says_what_became_of_the_chip);
  g_test_add_func ("/loader/write/says-that-the-flash-failed", test_says_that_the_flash_failed);
#else
  g_test_add_func ("/loader/faults/none", test_has_no_stub);
#endif

  return g_test_run ();
}
