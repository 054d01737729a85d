/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back to the firmware: what the chip prints after it was let go, over every port. */
#include "config.h"

#include "ek-simulator-private.h"

#include "loader-test.h"

#define STARTED "SPI_FAST_FLASH_BOOT"
#define APP     "app_main"

/* What is printed within ten seconds, following the device through a new name. */
static char *
hear (EkPort *port)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 end = ek_port_now (port) + 10 * SECOND;
  guint8 buffer[4096];

  while (ek_port_now (port) < end)
    {
      g_autoptr (GError) error = NULL;
      gssize n;

      if (!ek_port_is_open (port) && !ek_port_open (port, NULL, NULL))
        {
          g_assert_true (ek_port_sleep (port, SECOND / 10, NULL, NULL));
          continue;
        }
      n = ek_port_read (port, buffer, sizeof buffer, end, NULL, &error);
      if (n > 0)
        g_string_append_len (text, (char *) buffer, n);
      else if (n < 0)
        ek_port_close (port);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_says (const char *text, const char *words)
{
  if (strstr (text, words) == NULL)
    g_error ("no “%s” in: %s", words, text);
}

static void
test_starts_the_firmware_over_every_port (void)
{
  static const struct
  {
    const char *options;
    gboolean no_stub;
    const char *reset; /* how the ROM names the reset it comes from */
  } rows[] = {
    { "esp32s3?usb=uart", FALSE, "rst:0x1 " },
    { "esp32s3?usb=uart", TRUE, "rst:0x1 " },
    { "esp32s3?usb=jtag", FALSE, "rst:0x15 " },
    { "esp32s3?usb=jtag", TRUE, "rst:0x15 " },
    { "esp32s3?usb=otg", FALSE, "rst:0x10 " },
    { "esp32s3?usb=otg", TRUE, "rst:0x10 " },
    { "esp32s3?usb=uart&id=dead:beef", FALSE, "rst:0x1 " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Bench) bench = { 0 };
      EkLoaderOptions options = { .no_stub = rows[i].no_stub };
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s%s", rows[i].options, rows[i].no_stub ? ", ROM" : "");
      bench_connect (&bench, rows[i].options, &options);
      ek_loader_leave (bench.loader, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (ek_loader_get_baud (bench.loader), ==, 115200);
      text = hear (bench.port);
      assert_says (text, rows[i].reset);
      assert_says (text, STARTED);
      assert_says (text, APP);
    }
}

/* GPIO0 was held when the chip started: a reset of the core would come back to download mode, one of
 * the whole system looks at the pin again, which was let go meanwhile. */
static void
test_leaves_download_mode_entered_by_hand (void)
{
  static const char *const options[] = {
    "esp32s3?usb=jtag&strap=download",
    "esp32s3?usb=jtag&strap=download&fault=no-auto-reset",
    "esp32s3?usb=otg&strap=download&fault=no-auto-reset",
  };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_auto (Bench) bench = { 0 };
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", options[i]);
      bench_connect (&bench, options[i], NULL);
      g_assert_true (ek_loader_get_chip_info (bench.loader)->entered_by_hand);
      bench.sim->options.strap_download = FALSE;
      ek_loader_leave (bench.loader, NULL, &error);
      g_assert_no_error (error);
      text = hear (bench.port);
      assert_says (text, "rst:0x10 ");
      assert_says (text, STARTED);
      assert_says (text, APP);
    }
}

/* Somebody still holds the button. */
static void
test_comes_back_to_download_mode_while_the_button_is_held (void)
{
  g_auto (Bench) bench = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=jtag&strap=download", NULL);
  ek_loader_leave (bench.loader, NULL, &error);
  g_assert_no_error (error);
  text = hear (bench.port);
  assert_says (text, "waiting for download");
  g_assert_null (strstr (text, STARTED));
}

/* Download mode by the USB's own flag, left by another program: not the strap's, not by hand. */
static void
test_leaves_download_mode_of_another_program (void)
{
  g_auto (Bench) bench = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=jtag&start=download", NULL);
  ek_loader_leave (bench.loader, NULL, &error);
  g_assert_no_error (error);
  text = hear (bench.port);
  assert_says (text, STARTED);
}

/* A console at another speed would be noise. */
static void
test_returns_to_the_console_speed (void)
{
  g_auto (Bench) bench = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=uart&id=1a86:55d3", NULL);
  g_assert_cmpuint (ek_port_get_baud (bench.port), ==, 3000000);
  ek_loader_leave (bench.loader, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ek_port_get_baud (bench.port), ==, 115200);
  text = hear (bench.port);
  assert_says (text, APP);
}

static void
test_can_come_back_after_leaving (void)
{
  static const char *const options[] = { "esp32s3?usb=jtag", "esp32s3?usb=uart",
                                         "esp32s3?usb=otg" };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_auto (Bench) bench = { 0 };
      g_autoptr (GError) error = NULL;

      bench_connect (&bench, options[i], NULL);
      ek_loader_leave (bench.loader, NULL, &error);
      g_assert_no_error (error);
      g_free (hear (bench.port));
      ek_loader_connect (bench.loader, NULL, &error);
      g_assert_no_error (error);
    }
}

static void
test_cannot_leave_what_it_has_not_met (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GError) error = NULL;

  bench_init (&bench, "esp32s3", NULL);
  g_assert_false (ek_loader_leave (bench.loader, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_BOOT_STILL_DOWNLOAD);
}

static void
test_is_cancelled (void)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  bench_connect (&bench, "esp32s3?usb=uart", NULL);
  g_cancellable_cancel (cancellable);
  g_assert_false (ek_loader_leave (bench.loader, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loader/leave/starts-the-firmware-over-every-port",
                   test_starts_the_firmware_over_every_port);
  g_test_add_func ("/loader/leave/leaves-download-mode-entered-by-hand",
                   test_leaves_download_mode_entered_by_hand);
  g_test_add_func ("/loader/leave/comes-back-to-download-mode-while-the-button-is-held",
                   test_comes_back_to_download_mode_while_the_button_is_held);
  g_test_add_func ("/loader/leave/leaves-download-mode-of-another-program",
                   test_leaves_download_mode_of_another_program);
  g_test_add_func ("/loader/leave/returns-to-the-console-speed", test_returns_to_the_console_speed);
  g_test_add_func ("/loader/leave/can-come-back-after-leaving", test_can_come_back_after_leaving);
  g_test_add_func ("/loader/leave/cannot-leave-what-it-has-not-met",
                   test_cannot_leave_what_it_has_not_met);
  g_test_add_func ("/loader/leave/is-cancelled", test_is_cancelled);

  return g_test_run ();
}
