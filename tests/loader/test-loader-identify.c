/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which chip it is: every kind, every figure that is read of it, and chips that are locked. */
#include "config.h"

#include "ek-simulator-private.h"

#include "loader-test.h"

static void
test_identifies_every_chip (void)
{
  static const char *const chips[] = { "esp32",   "esp32s2", "esp32s3", "esp32c2",  "esp32c3",
                                       "esp32c5", "esp32c6", "esp32h2", "esp32c61", "esp32p4" };
  static const guint8 mac[6] = { 0x98, 0xa3, 0x16, 0xe5, 0xd8, 0x4a };

  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    {
      g_auto (Bench) bench = { 0 };
      g_autofree char *options = g_strdup_printf ("%s?usb=uart", chips[i]);
      const EkChipInfo *info;

      g_test_message ("%s", chips[i]);
      bench_connect (&bench, options, NULL);
      info = ek_loader_get_chip_info (bench.loader);
      g_assert_cmpstr (info->chip->id, ==, chips[i]);
      g_assert_true (info->from_registers);
      g_assert_cmpmem (info->mac, 6, mac, 6);
      g_assert_cmpuint (info->revision, ==, 2);
      g_assert_cmphex (info->flash_id, ==, 0x1840ef);
      g_assert_cmpuint (info->flash_size, ==, 16u << 20);
      g_assert_false (ek_chip_info_is_locked (info, NULL));
      g_assert_cmpint (ek_loader_is_stub (bench.loader), ==, EK_HAVE_STUB);
    }
}

static void
test_reads_other_figures_too (void)
{
  static const guint8 mac[6] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab };
  g_auto (Bench) bench = { 0 };
  const EkChipInfo *info;

  bench_connect (&bench, "esp32s3?mac=01:23:45:67:89:ab&revision=1.1&size=8MB", NULL);
  info = ek_loader_get_chip_info (bench.loader);
  g_assert_cmpmem (info->mac, 6, mac, 6);
  g_assert_cmpuint (info->revision, ==, 101);
  g_assert_cmpuint (info->flash_size, ==, 8u << 20);
}

/* Facts 1.5: the ESP32 counts its revisions in bits of three words. */
static void
test_counts_the_revision_bits_of_the_esp32 (void)
{
  static const struct
  {
    guint32 address;
    guint32 bit;
  } bits[] = { { 0x3ff5a00c, 15 }, { 0x3ff5a014, 20 }, { 0x3ff6607c, 31 } };

  for (guint n = 0; n <= G_N_ELEMENTS (bits); n++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GError) error = NULL;

      bench_init (&bench, "esp32?usb=jtag&revision=0.0", NULL);
      for (guint i = 0; i < n; i++)
        ek_sim_register_write (bench.sim, 0, bits[i].address, 1u << bits[i].bit, 1u << bits[i].bit);
      ek_loader_connect (bench.loader, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (ek_loader_get_chip_info (bench.loader)->revision, ==, n * 100);
    }
}

static void
test_accepts_only_the_chip_asked_for (void)
{
  g_auto (Bench) bench = { 0 };
  EkLoaderOptions c3 = { .chip = ek_chip_find_by_name ("esp32c3") };
  EkLoaderOptions s3 = { .chip = ek_chip_find_by_name ("esp32s3") };
  g_auto (Bench) right = { 0 };

  bench_init (&bench, "esp32s3", &c3);
  assert_connect_error (&bench, EK_ERROR_WRONG_CHIP);
  bench_connect (&right, "esp32s3", &s3);
}

static void
test_keeps_off_locked_chips (void)
{
  static const struct
  {
    const char *options;
    gboolean boot, encryption, download;
  } rows[] = {
    { "esp32s3?security=boot", TRUE, FALSE, FALSE },
    { "esp32s3?security=encryption", FALSE, TRUE, FALSE },
    { "esp32s3?security=download", FALSE, FALSE, TRUE },
    { "esp32s3?security=boot,encryption,download", TRUE, TRUE, TRUE },
    { "esp32s3?usb=uart&security=boot,encryption", TRUE, TRUE, FALSE },
    { "esp32?usb=uart&security=encryption", FALSE, TRUE, FALSE },
    { "esp32?usb=uart&security=boot", TRUE, FALSE, FALSE },
    { "esp32s2?usb=uart&security=download", FALSE, FALSE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };
      const EkChipInfo *info;

      g_test_message ("%s", rows[i].options);
      bench_connect (&bench, rows[i].options, NULL);
      info = ek_loader_get_chip_info (bench.loader);
      g_assert_cmpint (info->secure_boot, ==, rows[i].boot);
      g_assert_cmpint (info->flash_encryption, ==, rows[i].encryption);
      g_assert_cmpint (info->secure_download, ==, rows[i].download);
      g_assert_true (ek_chip_info_is_locked (info, NULL));
      g_assert_false (ek_loader_is_stub (bench.loader));
      /* nothing can be read in secure download mode */
      g_assert_cmpint (info->from_registers, ==, !rows[i].download);
      g_assert_cmpint (info->flash_size != 0, ==, !rows[i].download);
    }
}

/* Over USB-Serial/JTAG the ROM's watchdog ends download mode after a while unless it is stopped. */
static void
test_stops_the_watchdogs (void)
{
  g_auto (Bench) bench = { 0 };
  EkLoaderOptions options = { .no_stub = TRUE };
  g_autoptr (GError) error = NULL;
  guint32 value;

  bench_connect (&bench, "esp32s3?usb=jtag", &options);
  g_assert_true (ek_port_sleep (bench.port, 60 * SECOND, NULL, &error));
  ek_loader_read_reg (bench.loader, 0x40001000, &value, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmphex (value, ==, 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loader/identify/identifies-every-chip", test_identifies_every_chip);
  g_test_add_func ("/loader/identify/reads-other-figures-too", test_reads_other_figures_too);
  g_test_add_func ("/loader/identify/counts-the-revision-bits-of-the-esp32",
                   test_counts_the_revision_bits_of_the_esp32);
  g_test_add_func ("/loader/identify/accepts-only-the-chip-asked-for",
                   test_accepts_only_the_chip_asked_for);
  g_test_add_func ("/loader/identify/keeps-off-locked-chips", test_keeps_off_locked_chips);
  g_test_add_func ("/loader/identify/stops-the-watchdogs", test_stops_the_watchdogs);

  return g_test_run ();
}
