/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the chip does when it comes out of a reset: the ROM's part, up to the jump into the boot
 * loader on the flash. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-sim-boot-private.h"

#include "ek-bytes.h"

#define ROM_US         2000
#define FLASH_US       5000  /* until the flash was looked at */
#define RETRY_US       40000 /* between two looks for a header */
#define HEADER_RETRIES 8
#define WATCHDOG_US    350000 /* the ROM gave up; its watchdog bites */
#define BOOTLOADER_US  28000  /* stamp of the first line; recorded */
#define LOADER_LINE_US 2000
#define CHIP_ESP32     0

/* Greetings and strapping of the ROMs. Sources: logs in the issues of esp-idf, arduino-esp32 and
 * esp-hosted; datasheets, "Boot Configurations". A chip that is not here greets with its id. */
static const struct
{
  guint16 chip_id;
  const char *greeting;
  const char *build;
  guint boot, download;
  const char *download_name;
  gboolean new_spi_line; /* one line where others have SPIWP and mode */
} roms[] = {
  { 0, "ets Jul 29 2019 12:21:46", "", 0x13, 0x03, "DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2)",
    FALSE },
  { 2, "ESP-ROM:esp32s2-rc4-20191025", "Build:Oct 25 2019", 0x08, 0x00, "DOWNLOAD(USB/UART0)",
    FALSE },
  { 9, "ESP-ROM:esp32s3-20210327", "Build:Mar 27 2021", 0x08, 0x00, "DOWNLOAD(USB/UART0)", FALSE },
  { 12, "ESP-ROM:esp8684-api2-20220127", "Build:Jan 27 2022", 0x0c, 0x04, "DOWNLOAD(UART0)",
    FALSE },
  { 5, "ESP-ROM:esp32c3-api1-20210207", "Build:Feb  7 2021", 0x0c, 0x04, "DOWNLOAD(USB/UART0/1)",
    FALSE },
  { 23, "ESP-ROM:esp32c5-eco2-20250121", "Build:Jan 21 2025", 0x18, 0x10, "DOWNLOAD(USB/UART0)",
    TRUE },
  { 13, "ESP-ROM:esp32c6-20220919", "Build:Sep 19 2022", 0x0c, 0x04,
    "DOWNLOAD(USB/UART0/SDIO_REI_FEO)", FALSE },
  { 16, "ESP-ROM:esp32h2-20221101", "Build:Nov  1 2022", 0x0c, 0x04, "DOWNLOAD(USB/UART0)", FALSE },
  { 18, "ESP-ROM:esp32p4-eco2-20240710", "Build:Jul 10 2024", 0x30f, 0x307,
    "DOWNLOAD(USB/UART0/SPI)", FALSE },
};

/* What the ROMs call the reasons, and where the S3's program counter was, as such chips print it.
 * Sources: rom/rtc.h RESET_REASON; logs in esp-idf issues 8560 and 10692 and esp-hal 3102. */
static const struct
{
  EkSimReset reason;
  const char *name;
  const char *esp32_name;
  guint32 saved_pc; /* 0: none is printed */
} resets[] = {
  { EK_SIM_RESET_POWERON, "POWERON", "POWERON_RESET", 0 },
  { EK_SIM_RESET_RTC_SW, "RTC_SW_SYS_RST", "SW_RESET", 0x403bb872 },
  { EK_SIM_RESET_TG0_WDT, "TG0WDT_SYS_RST", "TG0WDT_SYS_RESET", 0x40043ac8 },
  { EK_SIM_RESET_SW_CPU, "RTC_SW_CPU_RST", "SW_CPU_RESET", 0x40377200 },
  { EK_SIM_RESET_BROWN_OUT, "BROWNOUT_RST", "RTCWDT_BROWN_OUT_RESET", 0 },
  { EK_SIM_RESET_RTC_WDT, "RTCWDT_RTC_RST", "RTCWDT_RTC_RESET", 0 },
  { EK_SIM_RESET_USB_UART, "USB_UART_CHIP_RESET", "USB_UART_CHIP_RESET", 0x40041a76 },
};

/**
 * ek_sim_boot_say:
 *
 * Prints a line at the present moment of the start.
 */
void
ek_sim_boot_say (EkSimBoot *boot, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  line = g_strconcat (text, "\r\n", NULL);
  ek_sim_send_text (boot->self, boot->start + boot->now, line);
}

/**
 * ek_sim_boot_log:
 * @level: 'I', 'W' or 'E'
 *
 * Prints a line as ESP-IDF's log does, without colours, as EchoKit's is (recorded), and lets its
 * time pass.
 */
void
ek_sim_boot_log (EkSimBoot *boot, char level, const char *tag, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  ek_sim_boot_say (boot, "%c (%" G_GINT64_FORMAT ") %s: %s", level, boot->now / 1000, tag, text);
  boot->now += boot->line;
}

/**
 * ek_sim_boot_restart:
 * @delay: microseconds from the present moment of the start
 *
 * Plans the next reset: the chip gives up or crashes.
 */
void
ek_sim_boot_restart (EkSimBoot *boot, gint64 delay, EkSimReset reason)
{
  boot->self->reboot_at = boot->start + boot->now + delay;
  boot->self->reboot_reason = reason;
}

/**
 * ek_sim_boot_flash:
 *
 * Returns: (nullable): the flash's bytes there, or %NULL if it does not have all of them
 */
const guint8 *
ek_sim_boot_flash (EkSimBoot *boot, guint32 offset, guint32 size)
{
  return ek_sim_flash_contains (boot->self, offset, size) ? boot->self->flash + offset : NULL;
}

/**
 * ek_sim_boot_is_ram:
 *
 * Returns: %TRUE if a loader copies what belongs there, %FALSE if it is run or read from the flash
 */
gboolean
ek_sim_boot_is_ram (EkSimBoot *boot, guint32 address)
{
  const EkSimChip *chip = boot->self->options.chip;

  for (guint i = 0; i < G_N_ELEMENTS (chip->ram); i++)
    if (address >= chip->ram[i][0] && address < chip->ram[i][1])
      return TRUE;

  return FALSE;
}

static gboolean
is_esp32 (EkSimBoot *boot)
{
  return boot->self->options.chip->chip_id == CHIP_ESP32;
}

static void
say_reset (EkSimBoot *boot, EkSimReset reason, guint mode, const char *mode_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (resets); i++)
    if (resets[i].reason == reason)
      {
        ek_sim_boot_say (boot, "rst:0x%x (%s),boot:0x%x (%s)", reason,
                         is_esp32 (boot) ? resets[i].esp32_name : resets[i].name, mode, mode_name);
        if (resets[i].saved_pc != 0 && g_str_equal (boot->self->options.chip->id, "esp32s3"))
          ek_sim_boot_say (boot, "Saved PC:0x%08x", resets[i].saved_pc);
        return;
      }

  ek_sim_boot_say (boot, "rst:0x%x (unknown),boot:0x%x (%s)", reason, mode, mode_name);
}

/* Returns whether the chip has SPI settings in one line. */
static gboolean
greet (EkSimBoot *boot, EkSimReset reason, gboolean download)
{
  const EkSimChip *chip = boot->self->options.chip;

  for (guint i = 0; i < G_N_ELEMENTS (roms); i++)
    if (roms[i].chip_id == chip->chip_id)
      {
        ek_sim_boot_say (boot, "%s", roms[i].greeting);
        ek_sim_boot_say (boot, "%s", roms[i].build);
        say_reset (boot, reason, download ? roms[i].download : roms[i].boot,
                   download ? roms[i].download_name : "SPI_FAST_FLASH_BOOT");
        return roms[i].new_spi_line;
      }

  ek_sim_boot_say (boot, "ESP-ROM:%s", chip->id);
  say_reset (boot, reason, download ? 0x04 : 0x0c,
             download ? "DOWNLOAD(USB/UART0)" : "SPI_FAST_FLASH_BOOT");
  return TRUE;
}

/* The ESP32's ROM is stopped by another watchdog (logs of both). */
static void
wait_for_watchdog (EkSimBoot *boot)
{
  ek_sim_boot_restart (boot, WATCHDOG_US,
                       is_esp32 (boot) ? EK_SIM_RESET_RTC_WDT : EK_SIM_RESET_TG0_WDT);
}

static void
look_for_header (EkSimBoot *boot, const guint8 *data)
{
  gint64 first = boot->now;

  for (guint i = 0; i < HEADER_RETRIES; i++)
    {
      ek_sim_boot_say (boot, "invalid header: 0x%08x", ek_get_u32 (data));
      boot->now += RETRY_US;
    }

  boot->now = first;
  wait_for_watchdog (boot);
}

static void
say_spi (EkSimBoot *boot, const guint8 *header, gboolean one_line)
{
  static const char *const modes[] = { "QIO", "QOUT", "DIO", "DOUT" };
  static const guint8 dividers[16] = { 2, 3, 4, [15] = 1 }; /* 40, 26.7, 20 and 80 MHz */
  const char *mode = header[2] < G_N_ELEMENTS (modes) ? modes[header[2]] : "SLOW_RD";
  guint divider = MAX (dividers[header[3] & 0x0f], 1);

  if (is_esp32 (boot))
    {
      ek_sim_boot_say (boot, "configsip: 0, SPIWP:0xee");
      ek_sim_boot_say (boot,
                       "clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00");
    }
  else if (!one_line)
    ek_sim_boot_say (boot, "SPIWP:0xee");
  ek_sim_boot_say (boot, "%smode:%s, clock div:%u", one_line ? "SPI " : "", mode, divider);
}

static void
say_segments (EkSimBoot *boot, const EkSimImage *image)
{
  for (guint i = 0; i < image->n_segments; i++)
    ek_sim_boot_say (boot, is_esp32 (boot) ? "load:0x%08x,len:%u" : "load:0x%08x,len:0x%x",
                     image->segments[i].address, image->segments[i].size);
}

static void
refuse_checksum (EkSimBoot *boot, const EkSimImage *image)
{
  if (is_esp32 (boot))
    {
      ek_sim_boot_say (boot, "csum err:0x%02x!=0x%02x", image->checksum, image->stored_checksum);
      ek_sim_boot_say (boot, "ets_main.c 371 ");
    }
  else
    {
      ek_sim_boot_say (boot, "Checksum failure. Calculated 0x%02x stored 0x%02x", image->checksum,
                       image->stored_checksum);
      ek_sim_boot_say (boot, "ets_main.c 329 ");
    }
  wait_for_watchdog (boot);
}

static void
refuse_block (EkSimBoot *boot)
{
  ek_sim_boot_say (boot, "Invalid image block, can't boot.");
  ek_sim_boot_say (boot, is_esp32 (boot) ? "ets_main.c 371 " : "ets_main.c 329 ");
  wait_for_watchdog (boot);
}

/* Without secure boot the ROM only complains about the hash; the ESP32's does not look at it. */
static void
complain_about_hash (EkSimBoot *boot, const EkSimImage *image)
{
  g_autofree char *hash = ek_bytes_hex (image->hash, sizeof image->hash);
  g_autofree char *stored = ek_bytes_hex (image->stored_hash, sizeof image->stored_hash);

  if (is_esp32 (boot))
    return;

  ek_sim_boot_say (boot, "SHA-256 comparison failed:");
  ek_sim_boot_say (boot, "Calculated: %s", hash);
  ek_sim_boot_say (boot, "Expected: %s", stored);
  ek_sim_boot_say (boot, "Attempting to boot anyway...");
}

/* An app where the boot loader should be: it is copied to addresses where nothing can be. */
static gboolean
can_run (EkSimBoot *boot, const EkSimImage *image)
{
  for (guint i = 0; i < image->n_segments; i++)
    if (!ek_sim_boot_is_ram (boot, image->segments[i].address))
      return FALSE;

  return image->n_segments > 0;
}

/* Returns %FALSE if the ROM comes no further. */
static gboolean
load_bootloader (EkSimBoot *boot, gboolean one_spi_line)
{
  EkSimulator *self = boot->self;
  const guint8 *data = self->flash + self->options.chip->bootloader_offset;
  EkSimImage image;

  boot->now += FLASH_US;
  ek_sim_image_read (data, self->options.flash_size - self->options.chip->bootloader_offset,
                     &image);
  if (image.state == EK_SIM_IMAGE_NO_MAGIC)
    {
      look_for_header (boot, data);
      return FALSE;
    }

  say_spi (boot, data, one_spi_line);
  say_segments (boot, &image);
  switch (image.state)
    {
    case EK_SIM_IMAGE_SOUND:
      break;
    case EK_SIM_IMAGE_HASH:
      complain_about_hash (boot, &image);
      break;
    case EK_SIM_IMAGE_CHECKSUM:
      refuse_checksum (boot, &image);
      return FALSE;
    case EK_SIM_IMAGE_NO_MAGIC:
    case EK_SIM_IMAGE_SEGMENT_COUNT:
    case EK_SIM_IMAGE_SEGMENT_LENGTH:
    case EK_SIM_IMAGE_CUT_OFF:
      refuse_block (boot);
      return FALSE;
    }

  ek_sim_boot_say (boot, "entry 0x%08x", ek_get_u32 (data + 4));
  if (can_run (boot, &image))
    return TRUE;

  wait_for_watchdog (boot);
  return FALSE;
}

/**
 * ek_sim_boot:
 * @time: model time, microseconds
 * @reason: of the reset that the chip comes out of
 *
 * Enters download mode or starts what is on the flash, and queues all that the chip prints on the
 * way. If it will reset itself, reboot_at and reboot_reason say so.
 */
void
ek_sim_boot (EkSimulator *self, gint64 time, EkSimReset reason)
{
  EkSimBoot boot = { .self = self, .start = time, .now = ROM_US, .line = LOADER_LINE_US };
  gboolean download = self->strap_low || self->download_flag;
  gboolean one_spi_line;

  self->mode = download ? EK_SIM_ROM : EK_SIM_FIRMWARE;
  self->reboot_at = -1;
  one_spi_line = greet (&boot, reason, download);
  if (download)
    {
      ek_sim_boot_say (&boot, "waiting for download");
      return;
    }

  if (!load_bootloader (&boot, one_spi_line))
    return;

  /* The ROM's speed is fixed; boot loader and app have the one that they were built with. */
  self->chip_baud = self->options.console_baud;
  boot.now = BOOTLOADER_US;
  boot.partitions = g_array_new (FALSE, TRUE, sizeof (EkPartition));
  ek_sim_boot_second_stage (&boot);
  g_array_unref (boot.partitions);
}
