/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Getting into the talk: every kind of port, every speed, and what is said when it does not work. */
#include "config.h"

#include "ek-simulator-private.h"

#include "fake-port.h"
#include "loader-test.h"

static void
test_connects_over_every_port (void)
{
  static const struct
  {
    const char *options;
    gboolean no_reset;
    gboolean by_hand;
  } rows[] = {
    { "esp32s3?usb=jtag", FALSE, FALSE },
    { "esp32s3?usb=uart", FALSE, TRUE }, /* the reset over a bridge pulls GPIO0 */
    { "esp32s3?usb=otg", FALSE, TRUE },
    { "esp32s3?usb=uart&id=1a86:55d3", FALSE, TRUE },
    { "esp32s3?usb=uart&id=dead:beef", FALSE, TRUE },
    { "esp32s3?usb=jtag&id=dead:beef", FALSE, FALSE },
    /* download mode by hand, where the lines do nothing */
    { "esp32s3?usb=uart&fault=no-auto-reset&strap=download", FALSE, TRUE },
    { "esp32s3?usb=jtag&fault=no-auto-reset&strap=download", FALSE, TRUE },
    { "esp32s3?usb=otg&fault=no-auto-reset&strap=download", FALSE, TRUE },
    { "esp32s3?usb=uart&fault=no-auto-reset&start=download", FALSE, FALSE },
    { "esp32s3?usb=jtag&start=download", TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };
      EkLoaderOptions options = { .no_reset = rows[i].no_reset };
      const EkChipInfo *info;

      g_test_message ("%s", rows[i].options);
      bench_connect (&bench, rows[i].options, &options);
      info = ek_loader_get_chip_info (bench.loader);
      g_assert_cmpstr (info->chip->id, ==, "esp32s3");
      g_assert_cmpint (info->entered_by_hand, ==, rows[i].by_hand);
    }
}

static void
test_tells_apart_why_it_cannot (void)
{
  static const struct
  {
    const char *options;
    EkError code;
  } rows[] = {
    { "esp32s3?usb=uart&fault=mute", EK_ERROR_NO_ANSWER },
    { "esp32s3?usb=jtag&fault=mute", EK_ERROR_NO_ANSWER },
    /* firmware that runs and has nothing to say */
    { "esp32s3?usb=uart&fault=no-auto-reset", EK_ERROR_NO_ANSWER },
    { "esp32s3?usb=uart&fault=no-auto-reset&fault=boot-loop", EK_ERROR_WRONG_BOOT_MODE },
    { "esp32s3?usb=jtag&fault=no-auto-reset&fault=boot-loop", EK_ERROR_WRONG_BOOT_MODE },
    { "esp32s3?usb=uart&fault=no-auto-reset&blank", EK_ERROR_WRONG_BOOT_MODE },
    { "esp32s3?usb=uart&flash-id=ffffff", EK_ERROR_FLASH_NOT_FOUND },
    { "esp32s3?usb=uart&flash-id=000000", EK_ERROR_FLASH_NOT_FOUND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };

      g_test_message ("%s", rows[i].options);
      bench_init (&bench, rows[i].options, NULL);
      assert_connect_error (&bench, rows[i].code);
    }
}

static void
babble (FakePort *port, const guint8 *data, gsize size, gpointer text)
{
  fake_port_play (port, 1000, text, strlen (text));
}

/* What a chip sends at another speed, what it says when nothing of ours arrives, and a program that
 * prints and does not listen. */
static void
test_judges_what_it_hears (void)
{
  static const struct
  {
    const char *text;
    EkError code;
  } rows[] = {
    { "\201\376\220\203\341\362\200\234\207\377\360\216\374\203\230\206\346", EK_ERROR_NOISE },
    { "\300\300\300\300\300\300", EK_ERROR_NOISE },
    { "rst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n",
      EK_ERROR_NO_SYNC },
    { "rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n", EK_ERROR_WRONG_BOOT_MODE },
    { "I (5012) echokit: temperature 21 degrees\r\n", EK_ERROR_WRONG_BOOT_MODE },
    { "", EK_ERROR_NO_ANSWER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_autoptr (EkLoader) loader = ek_loader_new (EK_PORT (port), NULL);
      g_autoptr (GError) error = NULL;

      fake_port_set_func (port, babble, (gpointer) rows[i].text);
      g_assert_false (ek_loader_connect (loader, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
    }
}

/* Noise after each reset is no reason to give up. */
static void
test_connects_through_noise (void)
{
  g_auto (Bench) bench = { 0 };

  bench_connect (&bench, "esp32s3?usb=uart&fault=noise:from:0:200", NULL);
  g_assert_cmpstr (ek_loader_get_chip_info (bench.loader)->chip->id, ==, "esp32s3");
}

static void
test_gives_up_within_a_minute (void)
{
  g_auto (Bench) bench = { 0 };
  gint64 start;

  bench_init (&bench, "esp32s3?usb=uart&fault=mute", NULL);
  start = ek_port_now (bench.port);
  assert_connect_error (&bench, EK_ERROR_NO_ANSWER);
  g_assert_cmpint (ek_port_now (bench.port) - start, <, 60 * SECOND);
}

static void
test_tries_as_often_as_told (void)
{
  g_auto (Bench) bench = { 0 };
  EkLoaderOptions once = { .attempts = 1 };

  bench_init (&bench, "esp32s3?usb=uart&fault=mute", &once);
  assert_connect_error (&bench, EK_ERROR_NO_ANSWER);
  /* five SYNCs of 46 bytes an attempt (facts 1.3), and delimiters in between */
  g_assert_cmpuint (bench_stats (&bench).bytes_to_chip, >=, 5 * 46);
  g_assert_cmpuint (bench_stats (&bench).bytes_to_chip, <, 6 * 46);
}

static void
test_is_cancelled_at_once (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 start;

  bench_init (&bench, "esp32s3", NULL);
  g_cancellable_cancel (cancellable);
  start = ek_port_now (bench.port);
  g_assert_false (ek_loader_connect (bench.loader, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_port_now (bench.port), ==, start);
}

static void
test_is_cancelled_between_attempts (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (EkLoader) loader = ek_loader_new (EK_PORT (port), NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fake_port_cancel_at (port, cancellable, 2 * SECOND);
  g_assert_false (ek_loader_connect (loader, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_port_now (EK_PORT (port)), ==, 2 * SECOND);
}

static void
test_goes_as_fast_as_the_adapter (void)
{
  static const struct
  {
    const char *options;
    guint wanted;
    guint baud;
  } rows[] = {
    { "esp32s3?usb=uart", 0, 921600 },               /* CP210x */
    { "esp32s3?usb=uart&id=1a86:55d3", 0, 3000000 }, /* CH343 */
    { "esp32s3?usb=uart&id=1a86:7523", 0, 2000000 }, /* CH340 */
    { "esp32s3?usb=uart&id=1a86:55d3", 1000000, 1000000 },
    { "esp32s3?usb=uart", 115200, 115200 },
    { "esp32s3?usb=uart", 9600, 115200 },
    { "esp32s3?usb=jtag", 0, 115200 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };
      EkLoaderOptions options = { .baud = rows[i].wanted };

      g_test_message ("%s, %u", rows[i].options, rows[i].wanted);
      bench_connect (&bench, rows[i].options, &options);
      g_assert_cmpuint (ek_loader_get_baud (bench.loader), ==, rows[i].baud);
    }
}

static void
test_steps_down_until_bytes_arrive (void)
{
  static const struct
  {
    const char *options;
    guint baud;
  } rows[] = {
    { "esp32s3?usb=uart&id=1a86:55d3&baud-limit=2000000", 2000000 },
    { "esp32s3?usb=uart&id=1a86:55d3&baud-limit=1000000", 921600 },
    { "esp32s3?usb=uart&id=1a86:55d3&baud-limit=500000", 460800 },
    { "esp32s3?usb=uart&baud-limit=300000", 230400 },
    { "esp32s3?usb=uart&baud-limit=150000", 115200 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };

      g_test_message ("%s", rows[i].options);
      bench_connect (&bench, rows[i].options, NULL);
      g_assert_cmpuint (ek_loader_get_baud (bench.loader), ==, rows[i].baud);
    }
}

static void
test_remembers_the_speed_that_works (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GError) error = NULL;
  guint64 resets;

  bench_connect (&bench, "esp32s3?usb=uart&id=1a86:55d3&baud-limit=500000", NULL);
  resets = bench_stats (&bench).resets;
  ek_loader_reconnect (bench.loader, FALSE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ek_loader_get_baud (bench.loader), ==, 460800);
  /* at the first try: into download mode once */
  g_assert_cmpuint (bench_stats (&bench).resets - resets, ==, 1);

  ek_loader_reconnect (bench.loader, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ek_loader_get_baud (bench.loader), ==, 230400);
}

static void
test_finds_the_same_device_again (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=jtag", NULL);
  ek_loader_reconnect (bench.loader, FALSE, NULL, &error);
  g_assert_no_error (error);

  /* Somebody plugged in another one meanwhile. */
  bench.sim->options.mac[5] ^= 1;
  ek_sim_vanish (bench.sim, ek_simulator_get_now (bench.sim), 1);
  g_assert_false (ek_loader_reconnect (bench.loader, FALSE, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_WRONG_CHIP);
}

static void
test_waits_for_the_device_to_come_back (void)
{
  g_auto (Bench) bench = { 0 };
  g_autofree char *old_path = NULL;
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=jtag", NULL);
  old_path = g_strdup (ek_port_get_path (bench.port));
  ek_sim_vanish (bench.sim, ek_simulator_get_now (bench.sim), 5);
  ek_loader_reconnect (bench.loader, FALSE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ek_port_get_path (bench.port), !=, old_path);
}

/* A person has two minutes to find the cable. */
static void
test_does_not_wait_for_ever (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 start;

  bench_connect (&bench, "esp32s3?usb=jtag", NULL);
  ek_sim_vanish (bench.sim, ek_simulator_get_now (bench.sim), 3600);
  start = ek_port_now (bench.port);
  g_assert_false (ek_loader_reconnect (bench.loader, FALSE, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND);
  g_assert_cmpint (ek_port_now (bench.port) - start, >=, 120 * SECOND);
  g_assert_cmpint (ek_port_now (bench.port) - start, <, 130 * SECOND);
}

static void
test_recovers_when_unplugged_while_connecting (void)
{
  for (guint frame = 1; frame < 60; frame += 7)
    {
      g_auto (Bench) bench = { 0 };
      g_autofree char *options = g_strdup_printf ("esp32s3?usb=jtag&fault=vanish:to:%u:3", frame);

      bench_connect (&bench, options, NULL);
      g_assert_cmpuint (ek_loader_get_chip_info (bench.loader)->flash_size, ==, 16u << 20);
    }
}

static void
test_stays_with_the_rom_if_told (void)
{
  g_auto (Bench) bench = { 0 };
  EkLoaderOptions options = { .no_stub = TRUE };

  bench_connect (&bench, "esp32s3?usb=uart", &options);
  g_assert_false (ek_loader_is_stub (bench.loader));
  g_assert_cmpuint (ek_loader_get_chip_info (bench.loader)->flash_size, ==, 16u << 20);
}

#if EK_HAVE_STUB
/* A SYNC whose answer has the value 0 comes from a stub (facts 1.8). */
static void
test_uses_a_stub_that_runs (void)
{
  g_auto (Bench) bench = { 0 };
  EkLoaderOptions options = { .no_reset = TRUE };
  g_autoptr (EkLoader) second = NULL;
  g_autoptr (GError) error = NULL;
  guint64 sent;

  bench_connect (&bench, "esp32s3?usb=jtag", NULL);
  g_assert_true (ek_loader_is_stub (bench.loader));
  second = ek_loader_new (bench.port, &options);
  sent = bench_stats (&bench).bytes_to_chip;
  ek_loader_connect (second, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ek_loader_is_stub (second));
  g_assert_cmpuint (ek_loader_get_chip_info (second)->flash_size, ==, 16u << 20);
  /* the stub alone has 8.9 kB */
  g_assert_cmpuint (bench_stats (&bench).bytes_to_chip - sent, <, 4000);
}

static void
test_falls_back_to_the_rom (void)
{
  g_auto (Bench) bench = { 0 };

  bench_connect (&bench, "esp32s3?usb=jtag&fault=stub-no-start", NULL);
  g_assert_false (ek_loader_is_stub (bench.loader));
  g_assert_cmpuint (ek_loader_get_chip_info (bench.loader)->flash_size, ==, 16u << 20);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loader/connect/connects-over-every-port", test_connects_over_every_port);
  g_test_add_func ("/loader/connect/tells-apart-why-it-cannot", test_tells_apart_why_it_cannot);
  g_test_add_func ("/loader/connect/judges-what-it-hears", test_judges_what_it_hears);
  g_test_add_func ("/loader/connect/connects-through-noise", test_connects_through_noise);
  g_test_add_func ("/loader/connect/gives-up-within-a-minute", test_gives_up_within_a_minute);
  g_test_add_func ("/loader/connect/tries-as-often-as-told", test_tries_as_often_as_told);
  g_test_add_func ("/loader/connect/is-cancelled-at-once", test_is_cancelled_at_once);
  g_test_add_func ("/loader/connect/is-cancelled-between-attempts",
                   test_is_cancelled_between_attempts);
  g_test_add_func ("/loader/connect/goes-as-fast-as-the-adapter", test_goes_as_fast_as_the_adapter);
  g_test_add_func ("/loader/connect/steps-down-until-bytes-arrive",
                   test_steps_down_until_bytes_arrive);
  g_test_add_func ("/loader/connect/remembers-the-speed-that-works",
                   test_remembers_the_speed_that_works);
  g_test_add_func ("/loader/connect/finds-the-same-device-again", test_finds_the_same_device_again);
  g_test_add_func ("/loader/connect/waits-for-the-device-to-come-back",
                   test_waits_for_the_device_to_come_back);
  g_test_add_func ("/loader/connect/does-not-wait-for-ever", test_does_not_wait_for_ever);
  g_test_add_func ("/loader/connect/recovers-when-unplugged-while-connecting",
                   test_recovers_when_unplugged_while_connecting);
  g_test_add_func ("/loader/connect/stays-with-the-rom-if-told", test_stays_with_the_rom_if_told);
#if EK_HAVE_STUB
  g_test_add_func ("/loader/connect/uses-a-stub-that-runs", test_uses_a_stub_that_runs);
  g_test_add_func ("/loader/connect/falls-back-to-the-rom", test_falls_back_to_the_rom);
#endif

  return g_test_run ();
}
