/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways into download mode and out of it: reset circuits, watchdogs, baud (facts 1.7). */
#include "sim-driver.h"

static void
set (EkSimulator *sim, gboolean dtr, gboolean rts, gint64 pause)
{
  ek_simulator_set_lines (sim, dtr, rts);
  ek_simulator_advance (sim, ek_simulator_get_now (sim) + pause);
}

static void
tight (EkSimulator *sim)
{
  set (sim, FALSE, FALSE, 0);
  set (sim, TRUE, TRUE, 0);
  set (sim, FALSE, TRUE, 100000);
  set (sim, TRUE, FALSE, 50000);
  set (sim, FALSE, FALSE, 0);
}

static void
classic (EkSimulator *sim)
{
  set (sim, FALSE, FALSE, 0);
  set (sim, FALSE, TRUE, 100000);
  set (sim, TRUE, TRUE, 0);
  set (sim, TRUE, FALSE, 50000);
  set (sim, FALSE, FALSE, 0);
}

static void
usb_sequence (EkSimulator *sim)
{
  set (sim, FALSE, FALSE, 100000);
  set (sim, TRUE, FALSE, 100000);
  set (sim, TRUE, TRUE, 0);
  set (sim, FALSE, TRUE, 100000);
  set (sim, FALSE, FALSE, 0);
}

static void
hard (EkSimulator *sim)
{
  set (sim, FALSE, TRUE, 200000);
  set (sim, FALSE, FALSE, 200000);
}

static gboolean
listens (EkSimulator *sim)
{
  g_free (sim_listen_for (sim, SIM_SECOND / 20));
  return sim_sync (sim, NULL) == 8;
}

static void
watchdog_reset (EkSimulator *sim)
{
  static const guint32 writes[][2] = {
    { 0x600080b0, 0x50d83aa1 }, { 0x6000809c, 2000 }, { 0x60008098, 0xd0000102 }, { 0x600080b0, 0 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    SIM_WORDS (sim, 0x09, writes[i][0], writes[i][1], 0xffffffff, 0);
}

static void
test_firmware_is_deaf (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart");

  g_assert_false (listens (sim));
}

static void
test_uart_enters (gconstpointer sequence)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart");

  ((void (*) (EkSimulator *)) sequence) (sim);
  g_assert_true (listens (sim));
}

static void
test_uart_both_lines_do_nothing (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");
  EkSimulatorStats before = sim_stats (sim);

  g_assert_true (listens (sim));
  set (sim, TRUE, TRUE, 100000);
  g_assert_cmpuint (sim_stats (sim).resets, ==, before.resets);
  g_assert_true (listens (sim));
}

static void
test_uart_held (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");

  set (sim, FALSE, TRUE, 100000);
  g_assert_false (listens (sim));
}

static void
test_uart_leaves (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart");

  tight (sim);
  g_assert_true (listens (sim));
  hard (sim);
  g_assert_false (listens (sim));
}

/* However it came into download mode, EN makes it look at GPIO0 anew. */
static void
test_uart_leaves_what_it_started_in (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");

  g_assert_true (listens (sim));
  hard (sim);
  g_assert_false (listens (sim));
}

static void
test_key_is_held (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&strap=download");

  hard (sim);
  g_assert_true (listens (sim));
}

static void
test_no_auto_reset (gconstpointer options)
{
  g_autoptr (EkSimulator) sim = sim_new (options);

  tight (sim);
  usb_sequence (sim);
  g_assert_false (listens (sim));
}

static void
test_usb_enters_and_leaves (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=jtag");
  g_autofree char *text = NULL;

  g_assert_false (listens (sim));
  usb_sequence (sim);
  text = sim_listen_for (sim, SIM_SECOND / 20);
  g_assert_nonnull (strstr (text, "rst:0x15 (USB_UART_CHIP_RESET)"));
  g_assert_nonnull (strstr (text, "waiting for download"));
  g_assert_true (listens (sim));
  hard (sim);
  g_assert_false (listens (sim));
}

/* RTS with DTR let go before, through (0,0) and not (1,1): the firmware starts. */
static void
test_usb_plain_reset_starts_firmware (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=jtag");

  set (sim, TRUE, FALSE, 100000);
  set (sim, FALSE, FALSE, 100000);
  set (sim, FALSE, TRUE, 100000);
  set (sim, FALSE, FALSE, 0);
  g_assert_false (listens (sim));
}

/* A core reset does not look at the straps: entered by hand, it stays (facts 1.7, "USJ caveat"). */
static void
test_usb_by_hand_stays (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=jtag&strap=download");

  g_assert_true (listens (sim));
  hard (sim);
  g_assert_true (listens (sim));
}

static void
test_strap_register (void)
{
  g_autoptr (EkSimulator) by_hand = sim_new ("esp32s3?usb=jtag&strap=download");
  g_autoptr (EkSimulator) by_lines = sim_new ("esp32s3?usb=jtag");
  SimReply reply;

  g_assert_true (listens (by_hand));
  reply = SIM_WORDS (by_hand, 0x0a, 0x60004038);
  g_assert_cmphex (reply.value & 8, ==, 0);
  usb_sequence (by_lines);
  g_assert_true (listens (by_lines));
  reply = SIM_WORDS (by_lines, 0x0a, 0x60004038);
  g_assert_cmphex (reply.value & 8, ==, 8);
}

static void
test_watchdog_starts_firmware (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");
  g_autofree char *text = NULL;

  g_assert_true (listens (sim));
  watchdog_reset (sim);
  text = sim_listen_for (sim, SIM_SECOND / 2);
  g_assert_nonnull (strstr (text, "rst:0x10 (RTCWDT_RTC_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)"));
  g_assert_false (listens (sim));
}

/* Without the key the registers are locked. */
static void
test_watchdog_needs_the_key (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");

  g_assert_true (listens (sim));
  SIM_WORDS (sim, 0x09, 0x600080b0, 0x12345678, 0xffffffff, 0);
  SIM_WORDS (sim, 0x09, 0x6000809c, 2000, 0xffffffff, 0);
  SIM_WORDS (sim, 0x09, 0x60008098, 0xd0000102, 0xffffffff, 0);
  g_free (sim_listen_for (sim, SIM_SECOND / 2));
  g_assert_true (listens (sim));
}

static void
test_usb_watchdog_bites (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=jtag");

  usb_sequence (sim);
  g_assert_true (listens (sim));
  g_free (sim_listen_for (sim, 60 * SIM_SECOND));
  g_assert_false (listens (sim));
}

/* esptool's disable_watchdogs for the S3 */
static void
test_usb_watchdog_can_be_disabled (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=jtag");

  usb_sequence (sim);
  g_assert_true (listens (sim));
  SIM_WORDS (sim, 0x09, 0x600080b0, 0x50d83aa1, 0xffffffff, 0);
  SIM_WORDS (sim, 0x09, 0x60008098, 0, 0xffffffff, 0);
  SIM_WORDS (sim, 0x09, 0x600080b0, 0, 0xffffffff, 0);
  SIM_WORDS (sim, 0x09, 0x600080b8, 0x8f1d312a, 0xffffffff, 0);
  SIM_WORDS (sim, 0x09, 0x600080b4, 1u << 31, 1u << 31, 0);
  SIM_WORDS (sim, 0x09, 0x600080b8, 0, 0xffffffff, 0);
  g_free (sim_listen_for (sim, 60 * SIM_SECOND));
  g_assert_true (listens (sim));
}

static void
test_stub_disables_the_watchdog (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=jtag");

  usb_sequence (sim);
  g_free (sim_listen_for (sim, SIM_SECOND / 20));
  sim_start_stub (sim);
  g_free (sim_listen_for (sim, 60 * SIM_SECOND));
  g_assert_true (listens (sim));
}

static void
test_baud (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");
  SimReply reply;

  g_assert_true (listens (sim));
  reply = SIM_WORDS (sim, 0x0f, 921600, 0); /* answered at the old speed */
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 0);
  ek_simulator_set_baud (sim, 921600);
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
}

/* The ROM measures the speed of the first SYNC (the brief's "autobaud"). */
static void
test_autobaud (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download");

  ek_simulator_set_baud (sim, 230400);
  g_assert_true (listens (sim));
}

static void
test_baud_decides_the_time (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?usb=uart&start=download&latency-us=0");
  gint64 before;
  SimReply reply;

  g_assert_true (listens (sim));
  before = ek_simulator_get_now (sim);
  reply = SIM_WORDS (sim, 0x0a, 0x40001000);
  g_assert_true (reply.answered);
  /* 14 bytes there and 14 back, ten bits each, at 115200 */
  g_assert_cmpint (ek_simulator_get_now (sim) - before, >=, 2430);
  g_assert_cmpint (ek_simulator_get_now (sim) - before, <, 2430 + 500);
}

/* What a person does, and when: a bridge stays, the chip's own USB goes away and comes back. */
static void
test_hands (gconstpointer options)
{
  g_autoptr (EkSimulator) sim = sim_new (options);
  g_autofree char *before = g_strdup (ek_simulator_get_name (sim));
  gboolean bridge = strstr (options, "uart") != NULL;

  ek_simulator_advance (sim, 10 * SIM_SECOND - 1);
  g_assert_true (ek_simulator_is_present (sim));
  ek_simulator_advance (sim, 10 * SIM_SECOND + 200000);
  g_assert_cmpint (ek_simulator_is_present (sim), ==, bridge);
  ek_simulator_advance (sim, 11 * SIM_SECOND);
  g_assert_true (ek_simulator_is_present (sim));
  g_assert_cmpint (g_str_equal (before, ek_simulator_get_name (sim)), ==, bridge);
  g_assert_true (listens (sim));
  /* K0 is up again: the watchdog's reset starts the firmware */
  watchdog_reset (sim);
  g_free (sim_listen_for (sim, SIM_SECOND));
  g_assert_false (listens (sim));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulator/resets/firmware-is-deaf", test_firmware_is_deaf);
  g_test_add_data_func ("/simulator/resets/uart/tight-enters-download-mode", tight,
                        test_uart_enters);
  g_test_add_data_func ("/simulator/resets/uart/classic-enters-download-mode", classic,
                        test_uart_enters);
  g_test_add_func ("/simulator/resets/uart/both-lines-do-nothing", test_uart_both_lines_do_nothing);
  g_test_add_func ("/simulator/resets/uart/rts-holds-the-chip", test_uart_held);
  g_test_add_func ("/simulator/resets/uart/hard-reset-leaves", test_uart_leaves);
  g_test_add_func ("/simulator/resets/uart/hard-reset-leaves-start-download",
                   test_uart_leaves_what_it_started_in);
  g_test_add_func ("/simulator/resets/uart/held-key-stays", test_key_is_held);
  g_test_add_data_func ("/simulator/resets/uart/no-auto-reset",
                        "esp32s3?usb=uart&fault=no-auto-reset", test_no_auto_reset);
  g_test_add_data_func ("/simulator/resets/usb/no-auto-reset",
                        "esp32s3?usb=jtag&fault=no-auto-reset", test_no_auto_reset);
  g_test_add_func ("/simulator/resets/usb/enters-and-leaves", test_usb_enters_and_leaves);
  g_test_add_func ("/simulator/resets/usb/plain-reset-starts-the-firmware",
                   test_usb_plain_reset_starts_firmware);
  g_test_add_func ("/simulator/resets/usb/entered-by-hand-stays", test_usb_by_hand_stays);
  g_test_add_func ("/simulator/resets/strap-register-tells-how", test_strap_register);
  g_test_add_func ("/simulator/resets/watchdog-starts-the-firmware", test_watchdog_starts_firmware);
  g_test_add_func ("/simulator/resets/watchdog-needs-the-key", test_watchdog_needs_the_key);
  g_test_add_func ("/simulator/resets/usb/watchdog-ends-download-mode", test_usb_watchdog_bites);
  g_test_add_func ("/simulator/resets/usb/watchdog-can-be-disabled",
                   test_usb_watchdog_can_be_disabled);
  g_test_add_func ("/simulator/resets/usb/stub-disables-the-watchdog",
                   test_stub_disables_the_watchdog);
  g_test_add_data_func ("/simulator/resets/uart/hands", "esp32s3?usb=uart&hands=10", test_hands);
  g_test_add_data_func ("/simulator/resets/usb/hands", "esp32s3?usb=jtag&hands=10", test_hands);
  g_test_add_func ("/simulator/resets/baud-changes-after-the-answer", test_baud);
  g_test_add_func ("/simulator/resets/rom-finds-the-speed-by-itself", test_autobaud);
  g_test_add_func ("/simulator/resets/speed-decides-the-time", test_baud_decides_the_time);

  return g_test_run ();
}
