/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the simulated chip prints after a reset, up to the choice of an app: ROM, table, OTA slots. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "boot-test.h"

#include "ek-bytes.h"

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
  g_test_add_func ("/boot/table/refuses-another-magic", test_table_magic);
  g_test_add_func ("/boot/table/refuses-a-wrong-md5", test_table_md5);
  g_test_add_func ("/boot/table/refuses-a-partition-beyond-the-flash", test_table_beyond_flash);
  g_test_add_func ("/boot/table/finds-no-app-in-a-blank-one", test_table_blank);
  g_test_add_func ("/boot/ota/starts-slot-0-without-otadata", test_ota_blank);
  g_test_add_func ("/boot/ota/starts-the-latest", test_ota_latest);
  g_test_add_func ("/boot/ota/passes-over-a-wrong-crc", test_ota_wrong_crc);
  g_test_add_func ("/boot/ota/tries-all-if-none-is-valid", test_ota_none_valid);

  return g_test_run ();
}
