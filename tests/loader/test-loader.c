/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Write, read, erase and hash on the simulated chip, by ROM and by stub. */
#include "config.h"

#include "ek-bytes.h"

#include "loader-test.h"

static const EkLoaderOptions rom_only = { .no_stub = TRUE };

/* Both programs where both are there */
static const EkLoaderOptions *const programs[] = { &rom_only,
#if EK_HAVE_STUB
                                                   NULL
#endif
};

static void
assert_blank (Bench *bench, guint32 start, guint32 end)
{
  for (guint32 i = start; i < end; i++)
    g_assert_cmphex (bench_flash (bench)[i], ==, 0xff);
}

static void
assert_md5 (Bench *bench, guint32 offset, gsize size)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  guint8 expected[16], digest[16];
  gsize length = sizeof expected;
  g_autoptr (GError) error = NULL;

  g_checksum_update (checksum, bench_flash (bench) + offset, (gssize) size);
  g_checksum_get_digest (checksum, expected, &length);
  ek_loader_md5 (bench->loader, offset, (guint32) size, digest, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (digest, 16, expected, 16);
}

static void
test_writes_every_byte (void)
{
  static const struct
  {
    guint32 offset;
    guint32 size;
  } ranges[] = {
    { 0x0, 1 },
    { 0x1000, 4096 },
    { BLANK_PLACE, 1 },
    { BLANK_PLACE, 3 },
    { BLANK_PLACE, 0x3ff },
    { BLANK_PLACE, 0x400 },
    { BLANK_PLACE, 0x401 },
    { BLANK_PLACE, 0x3fff },
    { BLANK_PLACE, 0x4000 },
    { BLANK_PLACE, 0x4001 },
    { BLANK_PLACE, 0x8001 },
    { BLANK_PLACE + 0x3000, 0x12345 },
    { (16u << 20) - 0x1000, 0x1000 },
  };

  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
        for (guint kind = 0; kind < 3; kind++)
          {
            g_autoptr (GBytes) data =
                kind == 0 ? random_bytes (ranges[i].size) : plain_bytes (ranges[i].size);
            gboolean to_rom = programs[p] != NULL;

            /* the ROM inflates too, but esptool never asks it to, and neither do we */
            if (to_rom && kind == 2)
              continue;
            g_test_message ("%s: %#x bytes at %#x, %u", to_rom ? "ROM" : "stub", ranges[i].size,
                            ranges[i].offset, kind);
            write_bytes (&bench, ranges[i].offset, data, kind == 2);
            assert_on_flash (&bench, ranges[i].offset, data);
            assert_md5 (&bench, ranges[i].offset, ranges[i].size);
            /* what fills up the last block is blank */
            assert_blank (&bench, ranges[i].offset + ranges[i].size,
                          EK_ALIGN_UP (ranges[i].offset + ranges[i].size, EK_FLASH_SECTOR_SIZE));
          }
    }
}

/* What was there before does not shine through: a write erases its sectors, and only those. */
static void
test_replaces_what_was_there (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GBytes) old = random_bytes (0x6000);
      g_autoptr (GBytes) fresh = random_bytes (0x1800);
      g_autoptr (GBytes) before = g_bytes_new_from_bytes (old, 0, 0x2000);
      g_autoptr (GBytes) after = g_bytes_new_from_bytes (old, 0x4000, 0x2000);

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      write_bytes (&bench, BLANK_PLACE, old, FALSE);
      write_bytes (&bench, BLANK_PLACE + 0x2000, fresh, FALSE);
      assert_on_flash (&bench, BLANK_PLACE, before);
      assert_on_flash (&bench, BLANK_PLACE + 0x2000, fresh);
      assert_blank (&bench, BLANK_PLACE + 0x3800, BLANK_PLACE + 0x4000);
      assert_on_flash (&bench, BLANK_PLACE + 0x4000, after);
    }
}

static void
test_writes_over_a_uart (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GBytes) data = random_bytes (0x5432);

      bench_connect (&bench, "esp32s3?usb=uart&id=1a86:55d3", programs[p]);
      write_bytes (&bench, BLANK_PLACE, data, FALSE);
      assert_on_flash (&bench, BLANK_PLACE, data);
    }
}

static void
test_writes_every_chip (void)
{
  for (guint i = 0; ek_chip_get_nth (i) != NULL; i++)
    for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
      {
        g_auto (Bench) bench = { 0 };
        g_autofree char *options = g_strdup_printf ("%s?usb=uart&blank", ek_chip_get_nth (i)->id);
        g_autoptr (GBytes) data = plain_bytes (0x2345);

        g_test_message ("%s, program %u", options, p);
        bench_connect (&bench, options, programs[p]);
        write_bytes (&bench, 0x10000, data, programs[p] == NULL);
        assert_on_flash (&bench, 0x10000, data);
        assert_md5 (&bench, 0x10000, 0x2345);
      }
}

static void
test_reads_every_byte (void)
{
  static const struct
  {
    guint32 offset;
    guint32 size;
  } ranges[] = {
    { 0, 1 },         { 1, 64 },           { 0x8003, 4095 },         { 0x8000, 4096 },
    { 0x8000, 4097 }, { 0x210000, 10001 }, { (16u << 20) - 64, 64 }, { 0x9000, 0x6000 },
  };

  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
        {
          g_autofree guint8 *bytes = g_malloc0 (ranges[i].size + 1);
          g_autoptr (GError) error = NULL;

          bytes[ranges[i].size] = 0xa5;
          ek_loader_read (bench.loader, ranges[i].offset, ranges[i].size, bytes, NULL, NULL, NULL,
                          &error);
          g_assert_no_error (error);
          g_assert_cmpmem (bytes, ranges[i].size, bench_flash (&bench) + ranges[i].offset,
                           ranges[i].size);
          g_assert_cmphex (bytes[ranges[i].size], ==, 0xa5);
        }
    }
}

static void
test_erases_what_is_told (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GBytes) data = random_bytes (0x30000);
      g_autoptr (GBytes) before = g_bytes_new_from_bytes (data, 0, 0x1000);
      g_autoptr (GBytes) after = g_bytes_new_from_bytes (data, 0x23000, 0xd000);
      g_autoptr (GError) error = NULL;

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      write_bytes (&bench, BLANK_PLACE, data, FALSE);
      ek_loader_erase_region (bench.loader, BLANK_PLACE + 0x1000, 0x22000, NULL, &error);
      g_assert_no_error (error);
      assert_on_flash (&bench, BLANK_PLACE, before);
      assert_blank (&bench, BLANK_PLACE + 0x1000, BLANK_PLACE + 0x23000);
      assert_on_flash (&bench, BLANK_PLACE + 0x23000, after);
    }
}

static void
test_erases_the_whole_chip (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GError) error = NULL;

      bench_connect (&bench, "esp32s3?usb=jtag&size=4MB", programs[p]);
      g_assert_cmphex (bench_flash (&bench)[0], ==, 0xe9);
      ek_loader_erase_chip (bench.loader, NULL, &error);
      g_assert_no_error (error);
      assert_blank (&bench, 0, 4u << 20);
    }
}

static void
test_hashes_at_odd_places (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      assert_md5 (&bench, 0, 1);
      assert_md5 (&bench, 0x8001, 4095);
      assert_md5 (&bench, 0x7fff, 0x2003);
      assert_md5 (&bench, (16u << 20) - 3, 3);
      assert_md5 (&bench, 0x200000, 0x100000);
    }
}

typedef struct
{
  guint n_calls;
  guint64 last;
  GCancellable *cancellable;
  guint64 cancel_at;
  EkPort *port;
  gint64 cancelled_at;
} Watch;

static void
watch_progress (guint64 done, gpointer user_data)
{
  Watch *watch = user_data;

  g_assert_cmpuint (done, >=, watch->last);
  watch->last = done;
  watch->n_calls++;
  if (watch->cancellable != NULL && done >= watch->cancel_at &&
      !g_cancellable_is_cancelled (watch->cancellable))
    {
      watch->cancelled_at = ek_port_now (watch->port);
      g_cancellable_cancel (watch->cancellable);
    }
}

static void
test_tells_how_far_it_is (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    for (guint compress = 0; compress < 2; compress++)
      {
        g_auto (Bench) bench = { 0 };
        g_autoptr (GBytes) data = plain_bytes (0x30001);
        g_autoptr (EkFlashStream) stream = NULL;
        g_autofree guint8 *bytes = g_malloc (0x3001);
        Watch writing = { 0 }, reading = { 0 };
        g_autoptr (GError) error = NULL;

        if (compress && programs[p] != NULL)
          continue;
        bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
        stream = ek_flash_stream_new (BLANK_PLACE, data, compress);
        ek_loader_write (bench.loader, stream, watch_progress, &writing, NULL, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (writing.last, ==, 0x30001);
        g_assert_cmpuint (writing.n_calls, >, 2);
        ek_loader_read (bench.loader, BLANK_PLACE, 0x3001, bytes, watch_progress, &reading, NULL,
                        &error);
        g_assert_no_error (error);
        g_assert_cmpuint (reading.last, ==, 0x3001);
      }
}

static void
test_stops_writing_when_cancelled (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GBytes) data = random_bytes (0x40000);
      g_autoptr (EkFlashStream) stream = ek_flash_stream_new (BLANK_PLACE, data, FALSE);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      Watch watch = { .cancellable = cancellable, .cancel_at = 0x10000 };

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      watch.port = bench.port;
      g_assert_false (
          ek_loader_write (bench.loader, stream, watch_progress, &watch, cancellable, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_assert_cmpuint (watch.last, <, 0x20000);
      g_assert_cmpint (ek_port_now (bench.port) - watch.cancelled_at, <, SECOND);

      /* the device is not lost by it */
      g_clear_error (&error);
      ek_loader_reconnect (bench.loader, FALSE, NULL, &error);
      g_assert_no_error (error);
      write_bytes (&bench, BLANK_PLACE, data, FALSE);
      assert_on_flash (&bench, BLANK_PLACE, data);
    }
}

static void
test_stops_reading_when_cancelled (void)
{
  for (guint p = 0; p < G_N_ELEMENTS (programs); p++)
    {
      g_auto (Bench) bench = { 0 };
      g_autofree guint8 *bytes = g_malloc (0x100000);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      Watch watch = { .cancellable = cancellable, .cancel_at = 0x1000 };

      bench_connect (&bench, "esp32s3?usb=jtag", programs[p]);
      watch.port = bench.port;
      g_assert_false (ek_loader_read (bench.loader, 0, 0x100000, bytes, watch_progress, &watch,
                                      cancellable, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_assert_cmpint (ek_port_now (bench.port) - watch.cancelled_at, <, SECOND);
    }
}

#if EK_HAVE_STUB
static void
test_sends_raw_what_does_not_shrink (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GBytes) noise = random_bytes (0x20000);
  g_autoptr (GBytes) plain = plain_bytes (0x20000);
  g_autoptr (EkFlashStream) stream = ek_flash_stream_new (BLANK_PLACE, noise, TRUE);
  gboolean compressed = TRUE;
  guint64 sent;

  g_assert_true (g_bytes_equal (ek_flash_stream_wait (stream, &compressed), noise));
  g_assert_false (compressed);

  bench_connect (&bench, "esp32s3?usb=jtag", NULL);
  sent = bench_stats (&bench).bytes_to_chip;
  write_bytes (&bench, BLANK_PLACE, noise, TRUE);
  assert_on_flash (&bench, BLANK_PLACE, noise);
  sent = bench_stats (&bench).bytes_to_chip - sent;
  /* two of 256 values are escaped; one header in 16 KiB */
  g_assert_cmpuint (sent, >, 0x20000);
  g_assert_cmpuint (sent, <, 0x20000 + 0x20000 / 64);

  sent = bench_stats (&bench).bytes_to_chip;
  write_bytes (&bench, BLANK_PLACE, plain, TRUE);
  assert_on_flash (&bench, BLANK_PLACE, plain);
  g_assert_cmpuint (bench_stats (&bench).bytes_to_chip - sent, <, 0x20000 / 2);
}
#endif

static void
test_knows_which_errors_may_be_cured (void)
{
  static const EkError cured[] = { EK_ERROR_LINK_LOST, EK_ERROR_TIMEOUT, EK_ERROR_NOISE,
                                   EK_ERROR_POWER };
  static const EkError final[] = { EK_ERROR_CANCELLED, EK_ERROR_WRONG_CHIP,
                                   EK_ERROR_WRITE_PROTECTED, EK_ERROR_CHIP_LOCKED,
                                   EK_ERROR_PORT_NO_PERMISSION };

  for (guint i = 0; i < G_N_ELEMENTS (cured); i++)
    {
      g_autoptr (GError) error = g_error_new (EK_ERROR, (int) cured[i], "test");

      g_assert_true (ek_loader_error_is_recoverable (error));
    }
  for (guint i = 0; i < G_N_ELEMENTS (final); i++)
    {
      g_autoptr (GError) error = g_error_new (EK_ERROR, (int) final[i], "test");

      g_assert_false (ek_loader_error_is_recoverable (error));
    }
}

static void
test_is_finalised (void)
{
  Bench bench = { 0 };

  bench_connect (&bench, "esp32s3", NULL);
  g_object_add_weak_pointer (G_OBJECT (bench.loader), (gpointer *) &bench.loader);
  g_object_add_weak_pointer (G_OBJECT (bench.port), (gpointer *) &bench.port);
  g_object_unref (bench.loader);
  g_assert_null (bench.loader);
  g_object_unref (bench.port);
  g_assert_null (bench.port);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loader/write/writes-every-byte", test_writes_every_byte);
  g_test_add_func ("/loader/write/replaces-what-was-there", test_replaces_what_was_there);
  g_test_add_func ("/loader/write/over-a-uart", test_writes_over_a_uart);
  g_test_add_func ("/loader/write/every-chip", test_writes_every_chip);
  g_test_add_func ("/loader/write/stops-when-cancelled", test_stops_writing_when_cancelled);
  g_test_add_func ("/loader/read/reads-every-byte", test_reads_every_byte);
  g_test_add_func ("/loader/read/stops-when-cancelled", test_stops_reading_when_cancelled);
  g_test_add_func ("/loader/erase/what-is-told", test_erases_what_is_told);
  g_test_add_func ("/loader/erase/the-whole-chip", test_erases_the_whole_chip);
  g_test_add_func ("/loader/md5/at-odd-places", test_hashes_at_odd_places);
  g_test_add_func ("/loader/progress/tells-how-far-it-is", test_tells_how_far_it_is);
#if EK_HAVE_STUB
  g_test_add_func ("/loader/write/sends-raw-what-does-not-shrink",
                   test_sends_raw_what_does_not_shrink);
#endif
  g_test_add_func ("/loader/errors/knows-which-may-be-cured", test_knows_which_errors_may_be_cured);
  g_test_add_func ("/loader/is-finalised", test_is_finalised);

  return g_test_run ();
}
