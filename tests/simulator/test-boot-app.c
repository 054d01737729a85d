/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the boot loader makes of an app, what the app prints, and how the monitor reads it. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "boot-test.h"

#include "ek-boot-verdict.h"
#include "ek-bytes.h"

/* What stands behind the stamp; ROM lines as they are. */
static char *
without_stamp (const char *line)
{
  const char *stamp = strstr (line, " (");
  const char *end = stamp != NULL ? strstr (stamp, ") ") : NULL;

  return stamp == line + 1 && end != NULL ? g_strdup_printf ("%c%s", line[0], end + 1)
                                          : g_strdup (line);
}

static char *
all_without_stamps (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *bare = without_stamp (lines[i]);

      g_free (lines[i]);
      lines[i] = bare;
    }

  return g_strjoinv ("\r\n", lines);
}

/* The recording is of the Box's app, from a chip without calibration and with its flash interface
 * in another mode, after power-on. */
static gboolean
is_comparable (const char *line)
{
  static const char *const others[] = {
    "rst:",        "SPI Mode",     "esp_image:",   "rtcinit:",
    "tuning fail", "Compile time", "ELF file SHA", "eFuse:",
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (strstr (line, others[i]) != NULL)
      return FALSE;

  return *line != '\0';
}

static void
test_recorded (void)
{
  g_autoptr (GBytes) recording = shared_file ("traces", "echokit-box-v0.3.1-boot.log");
  g_autofree char *recorded =
      g_strndup (g_bytes_get_data (recording, NULL), g_bytes_get_size (recording));
  g_auto (GStrv) lines = g_strsplit (recorded, "\r\n", -1);
  g_autofree char *text = NULL;
  g_autofree char *bare = NULL;
  const char *position;
  Fixture fixture;
  guint n_compared = 0;

  plug_in (&fixture, "esp32s3?blank&revision=0.0&flash-id=18609d");
  place (&fixture, 0, shared_file ("firmware", "echokit_boards.bin"));
  text = restart_for (&fixture, SECOND);
  position = bare = all_without_stamps (text);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = without_stamp (lines[i]);
      g_autofree char *whole = g_strconcat (line, "\r\n", NULL);
      const char *found;

      if (!is_comparable (line))
        continue;
      found = strstr (position, whole);
      if (found == NULL)
        g_error ("“%s” was recorded, and is missing or too early in:\n%s", line, bare);
      position = found + strlen (whole);
      n_compared++;
    }
  g_assert_cmpuint (n_compared, ==, 52);
}

/* Segments as esptool image-info shows them; version and hash as the firmware's publisher has them. */
static void
test_real_app (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;
  const char *stamp;

  plug_in (&fixture, "esp32s3?blank");
  place (&fixture, 0, shared_file ("firmware", "echokit_boards.bin"));
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (
      text,
      (const char *const[]){
          "boot: ESP-IDF v6.1-829-g9a97f6c54ec 2nd stage bootloader\r\n",
          "boot: chip revision: v0.2\r\n",
          "boot.esp32s3: SPI Flash Size : 16MB\r\n",
          "boot:  2 factory          factory app      00 00 00210000 00500000\r\n",
          "esp_image: segment 0: paddr=00210020 vaddr=3c1b0020 size=d4a54h (870996) map\r\n",
          "esp_image: segment 1: paddr=002e4a7c vaddr=3fca0d00 size=090e8h ( 37096) load\r\n",
          "esp_image: segment 3: paddr=002f0020 vaddr=42000020 size=1aac64h (1748068) map\r\n",
          "esp_image: segment 5: paddr=004b549c vaddr=600fe100 size=0001ch (    28) load\r\n",
          "boot: Loaded app from partition at offset 0x210000\r\n",
          "app_init: Project name:     libespidf\r\n",
          "app_init: App version:      v0.3.1\r\n",
          "app_init: Compile time:     Jan 23 2026 04:48:16\r\n",
          "app_init: ELF file SHA256:  4cd45df24...\r\n",
          "app_init: ESP-IDF:          v5.4.1\r\n",
          "spi_flash: detected chip: winbond\r\n",
          "main_task: Calling app_main()\r\n",
          "echokit: SSID: \"\"\r\n",
          "echokit: PASS: \"\"\r\n",
          "echokit: Server URL: \"\"\r\n",
          "Free SPIRAM heap size: ",
          NULL });
  g_assert_cmpuint (count (text, "ESP-ROM:"), ==, 1);

  /* recorded: 505 ms */
  stamp = strstr (text, ") app_init: Application information");
  g_assert_nonnull (stamp);
  g_assert_cmpint (atoi (stamp - 3), >=, 450);
  g_assert_cmpint (atoi (stamp - 3), <=, 560);
}

static void
test_layout_b (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in (&fixture, "esp32s3?blank");
  place (&fixture, 0, shared_file ("firmware", "layout-b.bin"));
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (text,
                  (const char *const[]){
                      "boot:  0 nvs              WiFi data        01 02 00009000 00006000\r\n",
                      "boot: Loaded app from partition at offset 0x10000\r\n",
                      "echokit: SSID: \"Garden-2G\"\r\n", "echokit: PASS: \"swordfish99\"\r\n",
                      "Connecting wifi...\r\n", NULL });
}

static void
assert_app_refused (Fixture *fixture, const char *complaint)
{
  g_autofree char *text = restart_for (fixture, SECOND);

  assert_has_all (text, (const char *const[]){
                            complaint, "boot: Factory app partition is not bootable\r\n",
                            "boot: No bootable app partitions in the partition table\r\n",
                            "rst:0x3 (RTC_SW_SYS_RST),boot:0x8", complaint, NULL });
  assert_lacks (text, "Loaded app");
}

static void
test_app_missing (void)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  memset (fixture.flash + APP, 0xff, 0x1000);
  assert_app_refused (&fixture, "esp_image: image at 0x210000 has invalid magic byte (nothing "
                                "flashed here?)\r\n");
}

static void
test_app_checksum (void)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  fixture.flash[APP + 0x2000] ^= 0x01;
  assert_app_refused (&fixture, "esp_image: Checksum failed. Calculated 0x");
}

static void
test_app_hash (void)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  fixture.flash[APP + 0x2000] ^= 0x01;
  fixture.flash[APP + 0x2001] ^= 0x01;
  assert_app_refused (&fixture, "esp_image: Image hash failed - image is corrupt\r\n");
}

static void
test_app_segment_length (void)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  ek_put_u32 (fixture.flash + APP + 24 + 4, 0xffffffff);
  assert_app_refused (&fixture, "esp_image: invalid segment length 0xffffffff\r\n");
}

static void
test_app_other_chip (void)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  ek_put_u16 (fixture.flash + APP + 12, 5);
  assert_app_refused (&fixture, "boot_comm: mismatch chip ID, expected 9, found 5\r\n");
}

static void
test_app_revision (void)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3?revision=0.2", TRUE);
  ek_put_u16 (fixture.flash + APP + 15, 100);
  assert_app_refused (&fixture, "boot_comm: chip revision check failed. Required >= v1.0, found "
                                "v0.2.\r\n");
}

static void
test_app_too_long (void)
{
  Fixture fixture;

  plug_in (&fixture, "esp32s3?blank");
  place (&fixture, 0, shared_file ("firmware", "echokit_boards.bin"));
  place_table (&fixture, "nvs, data, nvs, 0x9000, 2M\nphy_init, data, phy, , 0x1000\n"
                         "factory, app, factory, , 1M\n");
  assert_app_refused (&fixture, "esp_image: Image length 2774240 doesn't fit in partition length "
                                "1048576\r\n");
}

static void
test_flash_too_small (void)
{
  static const char complaint[] = "spi_flash: Detected size(8192k) smaller than the size in the "
                                  "binary image header(16384k). Probe failed.\r\n";
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in (&fixture, "esp32s3?blank&size=8MB");
  place (&fixture, 0, shared_file ("firmware", "echokit_boards.bin"));
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (text,
                  (const char *const[]){ "spi_flash: flash io: dio\r\n", complaint,
                                         "assert failed: ", "Backtrace: 0x42",
                                         "ELF file SHA256: 4cd45df24\r\n", "Rebooting...\r\n",
                                         "rst:0xc (RTC_SW_CPU_RST),boot:0x8", complaint, NULL });
  assert_lacks (text, "app_main");
}

/* The code of the demo that is run from flash is 0x26000 bytes at 0x42000020. */
static void
test_boot_loop (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;
  const char *backtrace;

  plug_in_demo (&fixture, "esp32s3?fault=boot-loop", TRUE);
  text = restart_for (&fixture, 5 * SECOND);

  assert_has_all (text, (const char *const[]){
                            "main_task: Calling app_main()\r\n",
                            "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception "
                            "was unhandled.\r\n",
                            "Core  0 register dump:\r\n", "PC      : 0x4", "EXCCAUSE: 0x0000001c",
                            "\r\nBacktrace: 0x4", "\r\nELF file SHA256: ", "\r\nRebooting...\r\n",
                            "rst:0xc (RTC_SW_CPU_RST),boot:0x8", NULL });
  g_assert_cmpuint (count (text, "Guru Meditation"), ==, 4);

  backtrace = strstr (text, "Backtrace: ") + strlen ("Backtrace: ");
  for (guint i = 0; i < 3; i++)
    {
      guint64 pc = g_ascii_strtoull (backtrace, NULL, 16);

      g_assert_cmphex (pc, >=, 0x42000020);
      g_assert_cmphex (pc, <, 0x42026020);
      backtrace = strchr (backtrace, ' ') + 1;
    }
}

/* The monitor is the reader of these lines. */
static void
assert_verdict (const char *options, gboolean with_settings, EkBootState state, gint code)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  Fixture fixture;
  EkError problem;

  plug_in_demo (&fixture, options, with_settings);
  text = restart_for (&fixture, 5 * SECOND);
  lines = g_strsplit (text, "\r\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    ek_boot_verdict_feed (verdict, lines[i], i * 1000);

  g_assert_cmpint (ek_boot_verdict_get_state (verdict), ==, state);
  g_assert_cmpstr (ek_boot_verdict_get_version (verdict), ==, "0.1.0");
  if (ek_boot_verdict_get_problem (verdict, &problem, NULL))
    g_assert_cmpint ((gint) problem, ==, code);
  else
    g_assert_cmpint (code, ==, -1);
}

static void
test_verdict (void)
{
  assert_verdict ("esp32s3", TRUE, EK_BOOT_ONLINE, -1);
  assert_verdict ("esp32s3", FALSE, EK_BOOT_SETUP, -1);
  assert_verdict ("esp32s3?fault=boot-loop", TRUE, EK_BOOT_PROBLEM, EK_ERROR_BOOT_LOOP);
}

#define TEXT_SIZE 65536

/* The ROM's speed is fixed, that of what is on the flash is its own. */
static void
test_console (void)
{
  static const struct
  {
    guint host;
    gboolean rom, firmware;
  } rows[] = { { 115200, TRUE, FALSE }, { 921600, FALSE, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture;
      g_autofree char *text = g_malloc0 (TEXT_SIZE + 1);
      gsize size;

      plug_in_demo (&fixture, "esp32s3?usb=uart&console=921600", FALSE);
      ek_simulator_set_baud (fixture.simulator, rows[i].host);
      ek_simulator_set_lines (fixture.simulator, FALSE, TRUE);
      ek_simulator_set_lines (fixture.simulator, FALSE, FALSE);
      ek_simulator_advance (fixture.simulator, 3 * SECOND);
      size = ek_simulator_read (fixture.simulator, (guint8 *) text, TEXT_SIZE);
      for (gsize j = 0; j < size; j++)
        text[j] = text[j] == '\0' ? '.' : text[j];
      g_assert_cmpint (strstr (text, "ESP-ROM:esp32s3") != NULL, ==, rows[i].rom);
      g_assert_cmpint (strstr (text, "app_init: App version:") != NULL, ==, rows[i].firmware);
      g_object_unref (fixture.simulator);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/boot/app/prints-what-was-recorded", test_recorded);
  g_test_add_func ("/boot/app/says-what-the-real-image-says", test_real_app);
  g_test_add_func ("/boot/app/starts-from-layout-b", test_layout_b);
  g_test_add_func ("/boot/app/refuses-a-missing-one", test_app_missing);
  g_test_add_func ("/boot/app/refuses-a-wrong-checksum", test_app_checksum);
  g_test_add_func ("/boot/app/refuses-a-wrong-hash", test_app_hash);
  g_test_add_func ("/boot/app/refuses-an-endless-segment", test_app_segment_length);
  g_test_add_func ("/boot/app/refuses-another-chip's", test_app_other_chip);
  g_test_add_func ("/boot/app/refuses-a-later-revision's", test_app_revision);
  g_test_add_func ("/boot/app/refuses-one-longer-than-its-partition", test_app_too_long);
  g_test_add_func ("/boot/app/aborts-on-a-smaller-flash", test_flash_too_small);
  g_test_add_func ("/boot/app/prints-at-its-own-speed", test_console);
  g_test_add_func ("/boot/fault/crashes-at-each-start", test_boot_loop);
  g_test_add_func ("/boot/monitor/comes-to-the-right-verdict", test_verdict);

  return g_test_run ();
}
