/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on a start, from a real device's log and from every complaint that is known. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-boot-verdict.h"
#include "ek-line-splitter.h"
#include "ek-redactor.h"

#include <string.h>

/* sha256 of echokit_box v0.3.1, shared/facts/echokit.md 3.4 */
static const guint8 box_sha256[32] = {
  0x3c, 0x2b, 0xbe, 0x8c, 0x2e, 0x36, 0x57, 0xe0, 0x8b, 0x3f, 0x39, 0x21, 0xc5, 0x5f, 0xb5, 0xa3,
  0x30, 0x46, 0x00, 0x7c, 0x0c, 0x38, 0x1b, 0x87, 0xab, 0xb0, 0xa6, 0xc4, 0xb3, 0xa2, 0x09, 0x00,
};

static const guint8 boards_sha256[32] = { 0x4c, 0xd4, 0x5d, 0xf2, 0x42, 0x40, 0x76, 0xd2 };

static const char *const good_start[] = {
  "ESP-ROM:esp32s3-20210327",
  "rst:0x15 (USB_UART_CHIP_RESET),boot:0x8 (SPI_FAST_FLASH_BOOT)",
  "I (28) boot: ESP-IDF v5.5 2nd stage bootloader",
  "I (443) boot: Loaded app from partition at offset 0x210000",
  "I (505) app_init: Project name:     libespidf",
  "I (505) app_init: App version:      v0.3.1",
  "I (505) app_init: ELF file SHA256:  3c2bbe8c2...",
  "I (600) main_task: Calling app_main()",
};

static void
feed_line (const char *line, gboolean complete, gpointer user_data)
{
  g_autofree char *redacted = ek_redact_line (line);

  if (complete)
    ek_boot_verdict_feed (user_data, redacted, 0);
}

static void
feed_good_start (EkBootVerdict *verdict, gint64 time_us)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_start); i++)
    ek_boot_verdict_feed (verdict, good_start[i], time_us);
}

static void
assert_problem (EkBootVerdict *verdict, EkError expected, const char *expected_line)
{
  EkError code;
  const char *line;

  g_assert_cmpint (ek_boot_verdict_get_state (verdict), ==, EK_BOOT_PROBLEM);
  g_assert_true (ek_boot_verdict_get_problem (verdict, &code, &line));
  g_assert_cmpstr (ek_error_name (code), ==, ek_error_name (expected));
  g_assert_cmpstr (line, ==, expected_line);
}

static void
assert_state (EkBootVerdict *verdict, EkBootState expected)
{
  g_assert_cmpstr (ek_boot_state_name (ek_boot_verdict_get_state (verdict)), ==,
                   ek_boot_state_name (expected));
}

static void
test_judges_the_real_log (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("EK_SHARED_DIR"), "traces", "echokit-box-v0.3.1-boot.log", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (19);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
      g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (feed_line, verdict);
      g_autoptr (GError) error = NULL;
      const char *reset;
      guint32 offset;
      guint reason;
      gsize done = 0;

      while (done < size)
        {
          gsize n = i == 0 ? 1 : (gsize) g_rand_int_range (rand, 1, 200);

          n = MIN (n, size - done);
          ek_line_splitter_feed (splitter, (const guint8 *) bytes + done, n);
          ek_line_splitter_flush (splitter);
          done += n;
        }
      ek_line_splitter_end (splitter);

      assert_state (verdict, EK_BOOT_APP_STARTED);
      g_assert_cmpstr (ek_boot_verdict_get_version (verdict), ==, "v0.3.1");
      g_assert_cmpstr (ek_boot_verdict_get_elf_prefix (verdict), ==, "3c2bbe8c2");
      g_assert_cmpstr (ek_boot_verdict_get_project (verdict), ==, "libespidf");
      g_assert_true (ek_boot_verdict_get_load_offset (verdict, &offset));
      g_assert_cmphex (offset, ==, 0x210000);
      g_assert_true (ek_boot_verdict_get_reset_reason (verdict, &reason, &reset));
      g_assert_cmpuint (reason, ==, 1);
      g_assert_cmpstr (reset, ==, "POWERON");
      ek_boot_verdict_check (verdict, "v0.3.1", box_sha256, &error);
      g_assert_no_error (error);
    }
}

static const struct
{
  const char *line;
  EkBootState state;
} steps[] = {
  { "ESP-ROM:esp32s3-20210327", EK_BOOT_ROM },
  { "rst:0x15 (USB_UART_CHIP_RESET),boot:0x8 (SPI_FAST_FLASH_BOOT)", EK_BOOT_ROM },
  { "I (28) boot: ESP-IDF v5.5 2nd stage bootloader", EK_BOOT_BOOTLOADER },
  { "I (54) boot: Partition Table:", EK_BOOT_BOOTLOADER },
  { "I (443) boot: Loaded app from partition at offset 0x210000", EK_BOOT_APP_LOADED },
  { "I (505) app_init: App version:      v0.3.1", EK_BOOT_APP_LOADED },
  { "I (505) app_init: ELF file SHA256:  3c2bbe8c2...", EK_BOOT_APP_STARTED },
  { "I (600) main_task: Calling app_main()", EK_BOOT_APP_STARTED },
  { "I (700) esp32_nimble::ble_device: Device Address: 98:A3:16:E5:D8:4A", EK_BOOT_SETUP },
  { "I (710) NimBLE: GAP procedure initiated: advertise; ", EK_BOOT_SETUP },
  { "I (900) echokit: Connecting wifi...", EK_BOOT_SETUP },
  { "I (999) echokit::network: Wifi DHCP info: IpInfo { ip: 192.168.1.2 }", EK_BOOT_ONLINE },
};

static void
test_goes_step_by_step (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  assert_state (verdict, EK_BOOT_NOTHING);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      ek_boot_verdict_feed (verdict, steps[i].line, 0);
      assert_state (verdict, steps[i].state);
    }

  g_assert_false (ek_boot_verdict_get_server_failed (verdict));
  ek_boot_verdict_feed (verdict, "E (1000) echokit: Failed to connect to server: timeout", 0);
  g_assert_true (ek_boot_verdict_get_server_failed (verdict));
}

static const struct
{
  const char *line;
  EkError code;
  const char *name; /* NULL: the reset reason alone tells */
} complaints[] = {
  { "invalid header: 0xffffffff", EK_ERROR_BOOT_FAILED, "no-bootloader" },
  { "rst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))", EK_ERROR_BOOT_STILL_DOWNLOAD,
    "download-mode" },
  { "waiting for download", EK_ERROR_BOOT_STILL_DOWNLOAD, "download-mode" },
  { "E (33) boot: Failed to verify partition table", EK_ERROR_BOOT_FAILED,
    "partition-table-broken" },
  { "E (34) boot: No bootable app partitions in the partition table", EK_ERROR_BOOT_FAILED,
    "no-app" },
  { "E (40) esp_image: image at 0x210000 has invalid magic byte (nothing flashed here?)",
    EK_ERROR_BOOT_FAILED, "app-missing" },
  { "E (90) esp_image: Image hash failed - image is corrupt", EK_ERROR_BOOT_FAILED, "app-damaged" },
  { "E (90) esp_image: Checksum failed. Calculated 0x1 read 0x2", EK_ERROR_BOOT_FAILED,
    "app-checksum" },
  { "E (90) esp_image: Image length 99 doesn't fit in partition length 98", EK_ERROR_BOOT_FAILED,
    "app-too-long" },
  { "E (400) spi_flash: Detected size(8192k) smaller than the size in the binary image "
    "header(16384k). Probe failed.",
    EK_ERROR_BOOT_WRONG_BOARD, "flash-too-small" },
  { "E (300) quad_psram: PSRAM chip not found or not supported, or wrong PSRAM line mode",
    EK_ERROR_BOOT_WRONG_BOARD, "no-psram" },
  { "E (300) cpu_start: PSRAM enabled but initialization failed", EK_ERROR_BOOT_WRONG_BOARD,
    "psram-failed" },
  { "Brownout detector was triggered", EK_ERROR_POWER, "brown-out" },
  { "rst:0xf (BROWNOUT_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)", EK_ERROR_POWER, NULL },
  { "E (700) echokit: Failed to get ssid: ESP_ERR_NVS_INVALID_LENGTH", EK_ERROR_SETTINGS_DAMAGED,
    "setting-unreadable" },
  { "thread '<unnamed>' panicked at src/main.rs:212:10:", EK_ERROR_BOOT_CRASH, "rust-panic" },
  { "abort() was called at PC 0x420a60d4 on core 0", EK_ERROR_BOOT_CRASH, "abort" },
  { "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
    EK_ERROR_BOOT_CRASH, "guru-meditation" },
};

static void
test_knows_every_complaint (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (complaints); i++)
    {
      g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
      g_autoptr (GError) error = NULL;

      ek_boot_verdict_feed (verdict, complaints[i].line, 0);
      assert_problem (verdict, complaints[i].code, complaints[i].line);
      g_assert_false (ek_boot_verdict_check (verdict, NULL, NULL, &error));
      g_assert_error (error, EK_ERROR, (gint) complaints[i].code);
      g_assert_nonnull (strstr (error->message, complaints[i].line));
      if (complaints[i].name == NULL)
        {
          g_assert_null (ek_boot_verdict_get_cause (verdict));
          continue;
        }
      g_assert_cmpstr (ek_boot_verdict_get_cause (verdict)->name, ==, complaints[i].name);
      g_assert_nonnull (strstr (error->message, ek_boot_verdict_get_cause (verdict)->meaning));
    }
}

/* Three rounds: what went wrong in each is what the loop comes from. */
static void
test_tells_why_it_goes_round (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  EkError code;

  for (guint i = 0; i < 3; i++)
    {
      ek_boot_verdict_feed (verdict, "rst:0x3 (RTC_SW_SYS_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)",
                            i * G_USEC_PER_SEC);
      ek_boot_verdict_feed (verdict, "E (40) esp_image: image at 0x210000 has invalid magic byte",
                            i * G_USEC_PER_SEC);
      ek_boot_verdict_feed (verdict,
                            "E (41) boot: No bootable app partitions in the partition table",
                            i * G_USEC_PER_SEC);
    }
  g_assert_true (ek_boot_verdict_get_problem (verdict, &code, NULL));
  g_assert_cmpint (code, ==, EK_ERROR_BOOT_LOOP);
  g_assert_cmpstr (ek_boot_verdict_get_cause (verdict)->name, ==, "app-missing");
}

static void
test_keeps_the_first_complaint (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  ek_boot_verdict_feed (verdict, "E (300) quad_psram: PSRAM chip not found or not supported", 0);
  ek_boot_verdict_feed (verdict, "E (90) esp_image: Checksum failed.", 0);
  assert_problem (verdict, EK_ERROR_BOOT_WRONG_BOARD,
                  "E (300) quad_psram: PSRAM chip not found or not supported");
}

static void
test_forgives_a_start_that_goes_on (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  ek_boot_verdict_feed (verdict, "I (28) boot: ESP-IDF v5.5 2nd stage bootloader", 0);
  ek_boot_verdict_feed (verdict, "E (90) esp_image: Image hash failed - image is corrupt", 0);
  assert_state (verdict, EK_BOOT_PROBLEM);
  ek_boot_verdict_feed (verdict, "I (28) boot: ESP-IDF v5.5 2nd stage bootloader", 0);
  assert_state (verdict, EK_BOOT_PROBLEM);
  ek_boot_verdict_feed (verdict, "I (443) boot: Loaded app from partition at offset 0x610000", 0);
  assert_state (verdict, EK_BOOT_APP_LOADED);
}

static void
test_judges_the_latest_start (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  ek_boot_verdict_feed (verdict, "Brownout detector was triggered", 0);
  feed_good_start (verdict, 0);
  assert_state (verdict, EK_BOOT_APP_STARTED);

  ek_boot_verdict_feed (verdict, "rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)", 0);
  assert_state (verdict, EK_BOOT_ROM);
  g_assert_null (ek_boot_verdict_get_version (verdict));
  g_assert_null (ek_boot_verdict_get_elf_prefix (verdict));
}

#define WATCHDOG "rst:0x7 (TG0WDT_SYS_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)"

static void
test_sees_a_loop (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  ek_boot_verdict_feed (verdict, WATCHDOG, 0);
  ek_boot_verdict_feed (verdict, WATCHDOG, 5 * G_USEC_PER_SEC);
  assert_state (verdict, EK_BOOT_ROM);
  ek_boot_verdict_feed (verdict, WATCHDOG, 10 * G_USEC_PER_SEC);
  assert_problem (verdict, EK_ERROR_BOOT_LOOP, WATCHDOG);
}

static void
test_sees_no_loop_in_slow_or_different_resets (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  for (gint64 i = 0; i < 8; i++)
    {
      ek_boot_verdict_feed (verdict, WATCHDOG, i * (5 * G_USEC_PER_SEC + 1));
      assert_state (verdict, EK_BOOT_ROM);
    }

  ek_boot_verdict_reset (verdict);
  for (guint i = 0; i < 8; i++)
    {
      ek_boot_verdict_feed (verdict, i % 3 == 2 ? "rst:0x1 (POWERON),boot:0x8 (X)" : WATCHDOG, i);
      assert_state (verdict, EK_BOOT_ROM);
    }
}

static void
test_a_loop_ends_only_at_the_goal (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  for (guint i = 0; i < 3; i++)
    ek_boot_verdict_feed (verdict, WATCHDOG, i);

  feed_good_start (verdict, 100 * G_USEC_PER_SEC);
  assert_problem (verdict, EK_ERROR_BOOT_LOOP, WATCHDOG);
  ek_boot_verdict_feed (verdict, "I (710) NimBLE: GAP procedure initiated: advertise; ",
                        101 * G_USEC_PER_SEC);
  assert_state (verdict, EK_BOOT_SETUP);
}

static void
test_a_crash_that_repeats_is_a_loop (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();

  for (gint64 i = 0; i < 3; i++)
    {
      ek_boot_verdict_feed (verdict, "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)", i);
      ek_boot_verdict_feed (verdict, "E (90) esp_image: Checksum failed.", i);
    }

  assert_problem (verdict, EK_ERROR_BOOT_LOOP,
                  "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)");
}

static void
test_tells_other_versions (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  g_autoptr (GError) error = NULL;
  static const guint8 unknown[32] = { 0 };

  feed_good_start (verdict, 0);
  g_assert_true (ek_boot_verdict_check (verdict, "v0.3.1", box_sha256, &error));
  g_assert_true (ek_boot_verdict_check (verdict, NULL, NULL, &error));
  g_assert_true (ek_boot_verdict_check (verdict, NULL, unknown, &error));

  g_assert_false (ek_boot_verdict_check (verdict, "v0.3.2", NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_BOOT_OTHER_VERSION);
  g_clear_error (&error);
  g_assert_false (ek_boot_verdict_check (verdict, "v0.3.1", boards_sha256, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_BOOT_OTHER_VERSION);
}

static void
test_check_needs_a_start (void)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_boot_verdict_check (verdict, NULL, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NO_ANSWER);
  g_clear_error (&error);

  ek_boot_verdict_feed (verdict, "I (443) boot: Loaded app from partition at offset 0x210000", 0);
  g_assert_false (ek_boot_verdict_check (verdict, NULL, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (error->message, "app-loaded"));
}

static void
test_survives_odd_lines (void)
{
  static const char *const odd[] = {
    "",
    "rst:0x",
    "rst:0xffffffffffffffffffff (",
    "rst:0x1 ()",
    "app_init: App version:",
    "app_init: ELF file SHA256:",
    "app_init: ELF file SHA256:  ...",
    "boot: Loaded app from partition at offset",
    "boot: Loaded app from partition at offset 0xfffffffffffffffffff",
  };
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  g_autofree char *many = g_strnfill (500, 'v');
  g_autofree char *line = g_strconcat ("app_init: App version: ", many, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    ek_boot_verdict_feed (verdict, odd[i], 0);

  g_assert_null (ek_boot_verdict_get_elf_prefix (verdict));
  ek_boot_verdict_feed (verdict, line, 0);
  g_assert_cmpuint (strlen (ek_boot_verdict_get_version (verdict)), ==, 64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/boot-verdict/judges-the-real-log", test_judges_the_real_log);
  g_test_add_func ("/boot-verdict/goes-step-by-step", test_goes_step_by_step);
  g_test_add_func ("/boot-verdict/knows-every-complaint", test_knows_every_complaint);
  g_test_add_func ("/boot-verdict/loop/tells-why", test_tells_why_it_goes_round);
  g_test_add_func ("/boot-verdict/keeps-the-first-complaint", test_keeps_the_first_complaint);
  g_test_add_func ("/boot-verdict/forgives-a-start-that-goes-on",
                   test_forgives_a_start_that_goes_on);
  g_test_add_func ("/boot-verdict/judges-the-latest-start", test_judges_the_latest_start);
  g_test_add_func ("/boot-verdict/loop/sees-one", test_sees_a_loop);
  g_test_add_func ("/boot-verdict/loop/none-in-slow-or-different-resets",
                   test_sees_no_loop_in_slow_or_different_resets);
  g_test_add_func ("/boot-verdict/loop/ends-only-at-the-goal", test_a_loop_ends_only_at_the_goal);
  g_test_add_func ("/boot-verdict/loop/of-a-start-that-fails", test_a_crash_that_repeats_is_a_loop);
  g_test_add_func ("/boot-verdict/check/tells-other-versions", test_tells_other_versions);
  g_test_add_func ("/boot-verdict/check/needs-a-start", test_check_needs_a_start);
  g_test_add_func ("/boot-verdict/survives-odd-lines", test_survives_odd_lines);
  return g_test_run ();
}
