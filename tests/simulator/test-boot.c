/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the simulated chip prints after a reset, for what its flash holds. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "ek-simulator.h"

#include "ek-boot-verdict.h"
#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-nvs.h"
#include "ek-partition-table.h"

#define SECOND   ((gint64) G_USEC_PER_SEC)
#define NVS      0x9000
#define NVS_SIZE 0x200000
#define APP      0x210000

typedef struct
{
  EkSimulator *simulator;
  guint8 *flash;
} Fixture;

static GBytes *
shared_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

static void
place (Fixture *fixture, guint32 offset, GBytes *part)
{
  g_autoptr (GBytes) owned = part;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (owned, &size);
  gsize flash_size;

  ek_simulator_get_flash (fixture->simulator, &flash_size);
  g_assert_cmpuint (offset, <=, flash_size);
  memcpy (fixture->flash + offset, bytes, MIN (size, flash_size - offset));
}

static void
plug_in (Fixture *fixture, const char *options)
{
  g_autoptr (GError) error = NULL;

  fixture->simulator = ek_simulator_new (options, &error);
  g_assert_no_error (error);
  fixture->flash = ek_simulator_get_flash (fixture->simulator, NULL);
}

static void
plug_in_demo (Fixture *fixture, const char *options, gboolean with_settings)
{
  plug_in (fixture, options);
  place (fixture, 0, ek_demo_firmware_new ("0.1.0", with_settings));
}

static char *
listen_for (EkSimulator *simulator, gint64 time)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 buffer[4096];
  gsize size;

  ek_simulator_advance (simulator, ek_simulator_get_now (simulator) + time);
  while ((size = ek_simulator_read (simulator, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, (const char *) buffer, (gssize) size);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Resets over USB-Serial/JTAG and takes the device away. */
static char *
restart_for (Fixture *fixture, gint64 time)
{
  char *text;

  ek_simulator_set_lines (fixture->simulator, FALSE, TRUE);
  ek_simulator_set_lines (fixture->simulator, FALSE, FALSE);
  text = listen_for (fixture->simulator, time);
  g_clear_object (&fixture->simulator);
  return text;
}

static void
assert_has (const char *text, const char *expected)
{
  if (strstr (text, expected) == NULL)
    g_error ("“%s” is missing in:\n%s", expected, text);
}

static void
assert_lacks (const char *text, const char *unexpected)
{
  if (strstr (text, unexpected) != NULL)
    g_error ("“%s” should not be in:\n%s", unexpected, text);
}

static void
assert_has_all (const char *text, const char *const *expected)
{
  const char *position = text;

  for (guint i = 0; expected[i] != NULL; i++)
    {
      const char *found = strstr (position, expected[i]);

      if (found == NULL)
        g_error ("“%s” is missing, or too early, in:\n%s", expected[i], text);
      position = found + strlen (expected[i]);
    }
}

static guint
count (const char *text, const char *what)
{
  guint n = 0;

  for (const char *p = strstr (text, what); p != NULL; p = strstr (p + 1, what))
    n++;
  return n;
}

static void
test_rom_reset_reason (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){
                            "ESP-ROM:esp32s3-20210327\r\n", "Build:Mar 27 2021\r\n",
                            "rst:0x15 (USB_UART_CHIP_RESET),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",
                            "SPIWP:0xee\r\n", "mode:DIO, clock div:2\r\n",
                            "load:0x3fce2820,len:0x13a0\r\n", "entry 0x403c88f4\r\n", NULL });
}

static void
test_rom_download (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  ek_simulator_set_lines (fixture.simulator, TRUE, FALSE);
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){ "boot:0x0 (DOWNLOAD(USB/UART0))\r\n",
                                               "waiting for download\r\n", NULL });
  assert_lacks (text, "entry");
}

static void
test_rom_esp32 (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in (&fixture, "esp32?blank");
  text = listen_for (fixture.simulator, SECOND);
  g_clear_object (&fixture.simulator);

  assert_has_all (text, (const char *const[]){
                            "ets Jul 29 2019 12:21:46\r\n\r\n",
                            "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
                            "invalid header: 0xffffffff\r\n", NULL });
}

static void
test_rom_nothing (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in (&fixture, "esp32s3?blank");
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){
                            "rst:0x15", "invalid header: 0xffffffff\r\n",
                            "rst:0x7 (TG0WDT_SYS_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",
                            "invalid header: 0xffffffff\r\n", "rst:0x7", NULL });
}

static void
test_rom_garbage (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in (&fixture, "esp32s3?blank");
  memcpy (fixture.flash, "\x11\x22\x33\x44", 4);
  text = restart_for (&fixture, SECOND / 3);

  assert_has (text, "invalid header: 0x44332211\r\n");
  g_assert_cmpuint (count (text, "invalid header"), ==, 8);
}

/* Two equal bytes of one segment that change alike leave the checksum as it is. */
static void
test_rom_hash (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  fixture.flash[0x100] ^= 0x40;
  fixture.flash[0x101] ^= 0x40;
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){ "SHA-256 comparison failed:\r\nCalculated: ",
                                               "Expected: ", "Attempting to boot anyway...\r\n",
                                               "entry 0x", "2nd stage bootloader", NULL });
}

static void
test_rom_checksum (void)
{
  Fixture fixture;
  g_autofree char *expected = NULL;
  g_autofree char *text = NULL;
  guint8 stored;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  /* 24 + 3 * 8 + 0x13a0 + 0xd74 + 0x2e00 = 0x4f44 bytes; the checksum ends the 16 that they are in */
  stored = fixture.flash[0x4f4f];
  fixture.flash[0x100] ^= 0x40;
  expected = g_strdup_printf ("Checksum failure. Calculated 0x%02x stored 0x%02x\r\n",
                              stored ^ 0x40, stored);
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){ "load:0x403cb700,len:0x2e00\r\n", expected,
                                               "ets_main.c 329 \r\n", "rst:0x7 ", expected, NULL });
  assert_lacks (text, "entry");
}

static void
test_rom_cut_off (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  memset (fixture.flash + 0x1000, 0xff, 0x7000);
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){ "Invalid image block, can't boot.\r\n",
                                               "ets_main.c 329 \r\n", "rst:0x7 ", NULL });
}

static void
test_rom_app_instead (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in (&fixture, "esp32s3?blank");
  place (&fixture, 0, shared_file ("firmware", "echokit_boards-app.bin"));
  text = restart_for (&fixture, SECOND);

  assert_has_all (text, (const char *const[]){ "load:0x3c1b0020,len:0xd", "entry 0x403768c4\r\n",
                                               "rst:0x7 ", NULL });
  assert_lacks (text, "2nd stage");
}

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

/* Starts the demo with a change to its table. */
static char *
start_with_table (gsize where, const char *bytes, gsize n_bytes)
{
  Fixture fixture;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  memcpy (fixture.flash + EK_PARTITION_TABLE_OFFSET + where, bytes, n_bytes);
  return restart_for (&fixture, SECOND);
}

static void
assert_table_refused (const char *text, const char *complaint)
{
  assert_has_all (text, (const char *const[]){
                            complaint, "boot: Failed to verify partition table\r\n",
                            "boot: load partition table error!\r\n",
                            "rst:0x3 (RTC_SW_SYS_RST),boot:0x8", complaint, "rst:0x3 ", NULL });
  assert_lacks (text, "Loaded app");
}

static void
test_table_magic (void)
{
  g_autofree char *text = start_with_table (0, "\x34\x12", 2);

  assert_table_refused (text, "flash_parts: partition 0 invalid magic number 0x1234\r\n");
}

static void
test_table_md5 (void)
{
  g_autofree char *text = start_with_table (12, "x", 1);

  assert_table_refused (text, "flash_parts: Incorrect MD5 checksum\r\n");
}

static void
test_table_beyond_flash (void)
{
  g_autofree char *text = start_with_table (8, "\x00\x00\x00\x01", 4);

  assert_table_refused (text, "flash_parts: partition 0 invalid - offset 0x9000 size 0x1000000 "
                              "exceeds flash chip size 0x1000000\r\n");
}

/* ESP-IDF takes 0xFFFF with type and subtype 0xFF for the end, wherever it comes. */
static void
test_table_blank (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", TRUE);
  memset (fixture.flash + EK_PARTITION_TABLE_OFFSET, 0xff, EK_PARTITION_TABLE_SIZE);
  text = restart_for (&fixture, SECOND);

  assert_lacks (text, "Failed to verify");
  assert_has_all (text, (const char *const[]){
                            "## Label            Usage          Type ST Offset   Length\r\n",
                            "boot: No bootable app partitions in the partition table\r\n",
                            "rst:0x3 ", NULL });
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
place_table (Fixture *fixture, const char *csv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_from_csv (csv, strlen (csv), &error);

  g_assert_no_error (error);
  place (fixture, EK_PARTITION_TABLE_OFFSET, ek_partition_table_to_binary (table));
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

/* A demo app in each slot, and what otadata says: 0 or a sequence number with its CRC, which is
 * that of ESP-IDF's otatool. */
static char *
start_from_slots (guint32 first, guint32 first_crc, guint32 second, guint32 second_crc)
{
  static const char csv[] = "nvs, data, nvs, 0x9000, 0x4000\notadata, data, ota, 0xd000, 0x2000\n"
                            "ota_0, app, ota_0, 0x10000, 1M\nota_1, app, ota_1, 0x110000, 1M\n";
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autoptr (GBytes) app = g_bytes_new_from_bytes (demo, APP, g_bytes_get_size (demo) - APP);
  Fixture fixture;

  plug_in (&fixture, "esp32s3?blank");
  place (&fixture, 0, g_bytes_new_from_bytes (demo, 0, 0x8000));
  place_table (&fixture, csv);
  place (&fixture, 0x10000, g_bytes_ref (app));
  place (&fixture, 0x110000, g_bytes_ref (app));
  if (first != 0)
    {
      ek_put_u32 (fixture.flash + 0xd000, first);
      ek_put_u32 (fixture.flash + 0xd000 + 28, first_crc);
    }
  if (second != 0)
    {
      ek_put_u32 (fixture.flash + 0xe000, second);
      ek_put_u32 (fixture.flash + 0xe000 + 28, second_crc);
    }
  return restart_for (&fixture, SECOND);
}

static void
test_ota_blank (void)
{
  g_autofree char *text = start_from_slots (0, 0, 0, 0);

  assert_has_all (text,
                  (const char *const[]){
                      "boot:  1 otadata          OTA data         01 00 0000d000 00002000\r\n",
                      "boot:  3 ota_1            OTA app          00 11 00110000 00100000\r\n",
                      "boot: No factory image, trying OTA 0\r\n",
                      "Loaded app from partition at offset 0x10000\r\n", NULL });
}

static void
test_ota_latest (void)
{
  g_autofree char *text = start_from_slots (1, 0x4743989a, 2, 0x55f63774);

  assert_has (text, "Loaded app from partition at offset 0x110000\r\n");
}

static void
test_ota_wrong_crc (void)
{
  g_autofree char *text = start_from_slots (1, 0x4743989a, 2, 0x55f63775);

  assert_has (text, "Loaded app from partition at offset 0x10000\r\n");
}

static void
test_ota_none_valid (void)
{
  g_autofree char *text = start_from_slots (1, 0, 2, 0);

  assert_has_all (text,
                  (const char *const[]){
                      "ota data partition invalid and no factory, will try all partitions\r\n",
                      "Loaded app from partition at offset 0x10000\r\n", NULL });
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

static char *
start_with_settings (const char *ssid, const char *password, const char *server_url, gint64 state)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  ek_nvs_set_string (nvs, "setting", "ssid", ssid, &error);
  g_assert_no_error (error);
  ek_nvs_set_string (nvs, "setting", "pass", password, &error);
  g_assert_no_error (error);
  ek_nvs_set_string (nvs, "setting", "server_url", server_url, &error);
  g_assert_no_error (error);
  ek_nvs_set_int (nvs, "setting", "state", EK_NVS_U8, state, &error);
  g_assert_no_error (error);

  plug_in_demo (&fixture, "esp32s3", FALSE);
  place (&fixture, NVS, ek_nvs_to_bytes (nvs, NVS_SIZE, &error));
  g_assert_no_error (error);
  return restart_for (&fixture, 3 * SECOND);
}

static void
test_settings_configured (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3", FALSE);
  place (&fixture, NVS, shared_file ("firmware", "settings-24k.bin"));
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (text,
                  (const char *const[]){ "app_init: App version:      0.1.0\r\n",
                                         "echokit: SSID: \"Garden-2G\"\r\n",
                                         "echokit: PASS: \"swordfish99\"\r\n",
                                         "echokit: Server URL: \"ws://edge.echokit.dev/ws\"\r\n",
                                         "Connecting wifi...\r\n", "Waiting for DHCP lease...\r\n",
                                         "Wifi DHCP info: IpInfo { ip: 192.168.4.23, ", NULL });
  assert_lacks (text, "Device Address");
}

static void
test_settings_fresh (void)
{
  Fixture fixture;
  g_autofree char *text = NULL;

  plug_in_demo (&fixture, "esp32s3?mac=98:a3:16:e5:d8:4a", FALSE);
  text = restart_for (&fixture, 3 * SECOND);

  assert_has_all (text, (const char *const[]){
                            "echokit: SSID: \"\"\r\n", "echokit: PASS: \"\"\r\n",
                            "echokit: Server URL: \"\"\r\n",
                            "esp32_nimble::ble_device: Device Address: 98:A3:16:E5:D8:4C\r\n",
                            "NimBLE: GAP procedure initiated: advertise; \r\n", NULL });
  assert_lacks (text, "Connecting wifi");
}

static void
test_settings_incomplete (void)
{
  g_autofree char *text = start_with_settings ("Open", "", "ws://edge.echokit.dev/ws", 0);

  assert_has (text, "GAP procedure initiated: advertise");
  assert_lacks (text, "Connecting wifi");
}

static void
test_settings_state (void)
{
  g_autofree char *text = start_with_settings ("Home", "12345678", "ws://edge.echokit.dev/ws", 1);

  assert_has (text, "echokit: SSID: \"Home\"\r\n");
  assert_has (text, "GAP procedure initiated: advertise");
}

static void
test_settings_quotes (void)
{
  g_autofree char *text = start_with_settings ("Caf\303\251 \"5\"", "back\\slash", "ws://a/ws", 0);

  assert_has (text, "echokit: SSID: \"Caf\303\251 \\\"5\\\"\"\r\n");
  assert_has (text, "echokit: PASS: \"back\\\\slash\"\r\n");
}

static void
assert_panics (const char *text, const char *why)
{
  assert_has_all (text, (const char *const[]){ "thread '<unnamed>' panicked at src/", why,
                                               "abort() was called at PC 0x", "Backtrace: 0x42",
                                               "Rebooting...\r\n", "rst:0xc (RTC_SW_CPU_RST)", why,
                                               NULL });
  assert_lacks (text, "Connecting wifi");
}

static void
test_settings_long_ssid (void)
{
  g_autofree char *longest =
      start_with_settings ("12345678901234567890123456789012", "12345678", "ws://a/ws", 0);
  g_autofree char *longer =
      start_with_settings ("123456789012345678901234567890123", "12345678", "ws://a/ws", 0);

  assert_has (longest, "Connecting wifi");
  assert_panics (longer, "Could not parse the given SSID into WiFi config");
}

static void
test_settings_long_password (void)
{
  g_autofree char *password = g_strnfill (65, 'p');
  g_autofree char *text = start_with_settings ("Home", password, "ws://a/ws", 0);

  assert_panics (text, "Could not parse the given password into WiFi config");
}

static void
test_settings_unreadable (void)
{
  g_autofree char *ssid = g_strnfill (128, 's');
  g_autofree char *text = start_with_settings (ssid, "12345678", "ws://a/ws", 0);

  assert_has_all (text, (const char *const[]){ "E (", "echokit: Failed to get ssid: ",
                                               "echokit: SSID: \"\"\r\n", "advertise", NULL });
}

static void
test_settings_not_text (void)
{
  g_autofree char *text = start_with_settings ("Home", "1234567\xe2", "ws://a/ws", 0);

  assert_has_all (text, (const char *const[]){ "echokit: Failed to get pass: ",
                                               "echokit: PASS: \"\"\r\n", "advertise", NULL });
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/boot/rom/says-why-it-was-reset", test_rom_reset_reason);
  g_test_add_func ("/boot/rom/waits-for-download", test_rom_download);
  g_test_add_func ("/boot/rom/greets-as-an-esp32", test_rom_esp32);
  g_test_add_func ("/boot/rom/loops-on-a-blank-flash", test_rom_nothing);
  g_test_add_func ("/boot/rom/shows-the-word-that-is-no-header", test_rom_garbage);
  g_test_add_func ("/boot/rom/starts-despite-a-wrong-hash", test_rom_hash);
  g_test_add_func ("/boot/rom/loops-on-a-wrong-checksum", test_rom_checksum);
  g_test_add_func ("/boot/rom/loops-on-half-a-boot-loader", test_rom_cut_off);
  g_test_add_func ("/boot/rom/hangs-in-an-app-at-0x0", test_rom_app_instead);
  g_test_add_func ("/boot/app/prints-what-was-recorded", test_recorded);
  g_test_add_func ("/boot/app/says-what-the-real-image-says", test_real_app);
  g_test_add_func ("/boot/app/starts-from-layout-b", test_layout_b);
  g_test_add_func ("/boot/table/refuses-another-magic", test_table_magic);
  g_test_add_func ("/boot/table/refuses-a-wrong-md5", test_table_md5);
  g_test_add_func ("/boot/table/refuses-a-partition-beyond-the-flash", test_table_beyond_flash);
  g_test_add_func ("/boot/table/finds-no-app-in-a-blank-one", test_table_blank);
  g_test_add_func ("/boot/app/refuses-a-missing-one", test_app_missing);
  g_test_add_func ("/boot/app/refuses-a-wrong-checksum", test_app_checksum);
  g_test_add_func ("/boot/app/refuses-a-wrong-hash", test_app_hash);
  g_test_add_func ("/boot/app/refuses-an-endless-segment", test_app_segment_length);
  g_test_add_func ("/boot/app/refuses-another-chip's", test_app_other_chip);
  g_test_add_func ("/boot/app/refuses-a-later-revision's", test_app_revision);
  g_test_add_func ("/boot/app/refuses-one-longer-than-its-partition", test_app_too_long);
  g_test_add_func ("/boot/ota/starts-slot-0-without-otadata", test_ota_blank);
  g_test_add_func ("/boot/ota/starts-the-latest", test_ota_latest);
  g_test_add_func ("/boot/ota/passes-over-a-wrong-crc", test_ota_wrong_crc);
  g_test_add_func ("/boot/ota/tries-all-if-none-is-valid", test_ota_none_valid);
  g_test_add_func ("/boot/app/aborts-on-a-smaller-flash", test_flash_too_small);
  g_test_add_func ("/boot/settings/goes-online", test_settings_configured);
  g_test_add_func ("/boot/settings/advertises-if-fresh", test_settings_fresh);
  g_test_add_func ("/boot/settings/advertises-without-a-password", test_settings_incomplete);
  g_test_add_func ("/boot/settings/advertises-if-asked-to", test_settings_state);
  g_test_add_func ("/boot/settings/escapes-like-rust", test_settings_quotes);
  g_test_add_func ("/boot/settings/panics-on-a-long-ssid", test_settings_long_ssid);
  g_test_add_func ("/boot/settings/panics-on-a-long-password", test_settings_long_password);
  g_test_add_func ("/boot/settings/goes-on-without-an-unreadable-one", test_settings_unreadable);
  g_test_add_func ("/boot/settings/goes-on-without-one-that-is-no-text", test_settings_not_text);
  g_test_add_func ("/boot/fault/crashes-at-each-start", test_boot_loop);
  g_test_add_func ("/boot/monitor/comes-to-the-right-verdict", test_verdict);

  return g_test_run ();
}
