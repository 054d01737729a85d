/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `CHIP?key=value&…` to figures; one table says what there is. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include <stdio.h>
#include <string.h>

typedef gboolean (*Parse) (EkSimOptions *options, const char *value);

static const struct
{
  const char *name;
  EkSimFaultKind kind;
  gboolean needs_frame;
  const char *doc;
} fault_kinds[] = {
  { "drop", EK_SIM_FAULT_DROP, TRUE, "one byte of the frame is lost" },
  { "flip", EK_SIM_FAULT_FLIP, TRUE, "one bit of the frame is wrong" },
  { "repeat", EK_SIM_FAULT_REPEAT, TRUE, "one byte of the frame comes twice" },
  { "stall", EK_SIM_FAULT_STALL, TRUE, "the chip answers SECONDS later" },
  { "vanish", EK_SIM_FAULT_VANISH, TRUE,
    "unplugged at the frame, back after SECONDS under another name" },
  { "refuse", EK_SIM_FAULT_REFUSE, FALSE,
    "the command is answered with an error; without a frame: all but SYNC" },
  { "wrong-md5", EK_SIM_FAULT_WRONG_MD5, TRUE, "the next MD5 from that frame on is wrong" },
  { "brownout", EK_SIM_FAULT_BROWNOUT, TRUE, "the supply voltage falls, the chip restarts" },
  { "crash", EK_SIM_FAULT_CRASH, TRUE, "the program on the chip crashes and says so" },
  { "noise", EK_SIM_FAULT_NOISE, FALSE, "BYTES of noise after each reset: noise:from:0:BYTES" },
  { "write-protect", EK_SIM_FAULT_WRITE_PROTECT, FALSE, "erasing and programming have no effect" },
  { "boot-loop", EK_SIM_FAULT_BOOT_LOOP, FALSE, "the firmware crashes at each start" },
  { "stub-no-start", EK_SIM_FAULT_STUB_NO_START, FALSE, "an uploaded program does not start" },
  { "mute", EK_SIM_FAULT_MUTE, FALSE, "nothing is ever heard of the chip" },
  { "deaf", EK_SIM_FAULT_DEAF, FALSE, "nothing that is sent arrives at the chip" },
  { "garble", EK_SIM_FAULT_GARBLE, FALSE, "what the chip sends arrives as noise" },
  { "no-auto-reset", EK_SIM_FAULT_NO_AUTO_RESET, FALSE, "DTR and RTS do nothing" },
  { "erase-fails", EK_SIM_FAULT_ERASE_FAILS, FALSE, "the flash chip reports errors" },
};

static gboolean
parse_number (const char *value, double low, double high, double *number)
{
  char *end;

  *number = g_ascii_strtod (value, &end);
  return end != value && *end == '\0' && *number >= low && *number <= high;
}

static gboolean
parse_flash (EkSimOptions *options, const char *value)
{
  g_free (options->flash_path);
  options->flash_path = g_strdup (value);
  return *value != '\0';
}

static gboolean
parse_image (EkSimOptions *options, const char *value)
{
  g_free (options->image_path);
  options->image_path = g_strdup (value);
  return *value != '\0';
}

static gboolean
parse_blank (EkSimOptions *options, const char *value)
{
  options->blank = TRUE;
  return *value == '\0';
}

static gboolean
parse_size (EkSimOptions *options, const char *value)
{
  static const guint sizes[] = { 1, 2, 4, 8, 16, 32 };
  static const guint8 codes[] = { 0x14, 0x15, 0x16, 0x17, 0x18, 0x19 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("%uMB", sizes[i]);

      if (g_ascii_strcasecmp (name, value) != 0)
        continue;
      options->flash_size = sizes[i] << 20;
      options->flash_id = (options->flash_id & 0xffff) | (guint32) codes[i] << 16;
      return TRUE;
    }

  return FALSE;
}

static gboolean
parse_flash_id (EkSimOptions *options, const char *value)
{
  guint64 id;

  if (!g_ascii_string_to_unsigned (value, 16, 0, 0xffffff, &id, NULL))
    return FALSE;
  options->flash_id = (guint32) id;
  return TRUE;
}

static gboolean
parse_usb (EkSimOptions *options, const char *value)
{
  static const struct
  {
    const char *name;
    EkSimUsb usb;
    guint id;
  } kinds[] = { { "jtag", EK_SIM_USB_JTAG, 0x303a1001 },
                { "otg", EK_SIM_USB_OTG, 0x303a0009 },
                { "uart", EK_SIM_UART, 0x10c4ea60 } };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, value))
      {
        options->usb = kinds[i].usb;
        options->usb_id = kinds[i].id;
        return TRUE;
      }

  return FALSE;
}

static gboolean
parse_id (EkSimOptions *options, const char *value)
{
  guint vid, pid;

  if (sscanf (value, "%4x:%4x", &vid, &pid) != 2)
    return FALSE;
  options->usb_id = vid << 16 | pid;
  return TRUE;
}

static gboolean
parse_baud_limit (EkSimOptions *options, const char *value)
{
  double number;

  if (!parse_number (value, 9600, 12e6, &number))
    return FALSE;
  options->baud_limit = (guint) number;
  return TRUE;
}

static gboolean
parse_mac (EkSimOptions *options, const char *value)
{
  guint bytes[6];

  if (strlen (value) != 17 || sscanf (value, "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1],
                                      &bytes[2], &bytes[3], &bytes[4], &bytes[5]) != 6)
    return FALSE;
  for (guint i = 0; i < 6; i++)
    options->mac[i] = (guint8) bytes[i];
  return TRUE;
}

static gboolean
parse_revision (EkSimOptions *options, const char *value)
{
  return sscanf (value, "%u.%u", &options->revision_major, &options->revision_minor) == 2 &&
         options->revision_major <= 3 && options->revision_minor <= 7;
}

static gboolean
parse_security (EkSimOptions *options, const char *value)
{
  g_auto (GStrv) words = g_strsplit (value, ",", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], "boot"))
        options->secure_boot = TRUE;
      else if (g_str_equal (words[i], "encryption"))
        options->encryption = TRUE;
      else if (g_str_equal (words[i], "download"))
        options->secure_download = TRUE;
      else
        return FALSE;
    }

  return words[0] != NULL;
}

static gboolean
parse_strap (EkSimOptions *options, const char *value)
{
  options->strap_download = g_str_equal (value, "download");
  return options->strap_download || g_str_equal (value, "boot");
}

static gboolean
parse_start (EkSimOptions *options, const char *value)
{
  options->start_download = g_str_equal (value, "download");
  return options->start_download || g_str_equal (value, "boot");
}

static gboolean
parse_console (EkSimOptions *options, const char *value)
{
  double number;

  if (!parse_number (value, 300, 12e6, &number))
    return FALSE;
  options->console_baud = (guint) number;
  return TRUE;
}

static gboolean
parse_duration (const char *value, double unit, gint64 *duration)
{
  double number;

  if (!parse_number (value, 0, 1e6, &number))
    return FALSE;
  *duration = (gint64) (number * unit);
  return TRUE;
}

static gboolean
parse_hands (EkSimOptions *options, const char *value)
{
  return parse_duration (value, G_USEC_PER_SEC, &options->hands_us);
}

static gboolean
parse_erase_block (EkSimOptions *options, const char *value)
{
  return parse_duration (value, 1000, &options->erase_block_us);
}

static gboolean
parse_erase_sector (EkSimOptions *options, const char *value)
{
  return parse_duration (value, 1000, &options->erase_sector_us);
}

static gboolean
parse_page (EkSimOptions *options, const char *value)
{
  return parse_duration (value, 1, &options->page_us);
}

static gboolean
parse_blank_page (EkSimOptions *options, const char *value)
{
  return parse_duration (value, 1, &options->blank_page_us);
}

static gboolean
parse_latency (EkSimOptions *options, const char *value)
{
  return parse_duration (value, 1, &options->latency_us);
}

static gboolean
parse_md5_rate (EkSimOptions *options, const char *value)
{
  return parse_number (value, 1000, 1e12, &options->md5_rate);
}

static gboolean
parse_usb_rate (EkSimOptions *options, const char *value)
{
  return parse_number (value, 1000, 1e12, &options->usb_rate);
}

/* KIND, or KIND:DIRECTION:FRAME, or KIND:DIRECTION:FRAME:ARGUMENT */
static gboolean
parse_fault (EkSimOptions *options, const char *value)
{
  g_auto (GStrv) words = g_strsplit (value, ":", -1);
  guint n = g_strv_length (words);
  EkSimFault fault = { .argument = 1 };
  guint64 frame = 0;
  guint i = 0;

  while (i < G_N_ELEMENTS (fault_kinds) && g_strcmp0 (fault_kinds[i].name, words[0]) != 0)
    i++;
  if (i == G_N_ELEMENTS (fault_kinds) || (fault_kinds[i].needs_frame && n < 3) || n == 2 || n > 4)
    return FALSE;

  fault.kind = fault_kinds[i].kind;
  if (n >= 3)
    {
      if (!g_str_equal (words[1], "to") && !g_str_equal (words[1], "from"))
        return FALSE;
      fault.from_chip = g_str_equal (words[1], "from");
      if (!g_ascii_string_to_unsigned (words[2], 10, 0, G_MAXINT64, &frame, NULL))
        return FALSE;
      fault.frame = frame;
    }
  if (n == 4 && !parse_number (words[3], 0, 1e6, &fault.argument))
    return FALSE;

  g_array_append_val (options->faults, fault);
  return TRUE;
}

static const struct
{
  const char *key;
  Parse parse;
  const char *allowed;
  const char *doc;
} keys[] = {
  { "flash", parse_flash, "FILE", "the flash's contents; kept in the file, made if it is missing" },
  { "image", parse_image, "FILE", "the contents at first; the file stays as it is" },
  { "blank", parse_blank, "(no value)", "a flash that was never written" },
  { "size", parse_size, "1MB 2MB 4MB 8MB 16MB 32MB", "size of the flash (16MB)" },
  { "flash-id", parse_flash_id, "HEX", "what the flash calls itself (1840ef)" },
  { "usb", parse_usb, "jtag otg uart", "what it is plugged in with (jtag)" },
  { "id", parse_id, "VID:PID", "USB ids, where those of usb= don't fit" },
  { "baud-limit", parse_baud_limit, "BAUD", "the adapter loses bytes above this speed" },
  { "mac", parse_mac, "aa:bb:cc:dd:ee:ff", "the chip's address" },
  { "revision", parse_revision, "MAJOR.MINOR", "the chip's revision (0.2)" },
  { "security", parse_security, "boot,encryption,download", "locks that are on" },
  { "strap", parse_strap, "boot download", "download: K0 is held down (boot)" },
  { "start", parse_start, "boot download", "what it does when the program starts (boot)" },
  { "console", parse_console, "BAUD", "speed at which the firmware prints (115200)" },
  { "hands", parse_hands, "SECONDS",
    "when somebody holds K0, taps RST and lets go; mute, deaf, garble and refuse end then" },
  { "erase-block-ms", parse_erase_block, "NUMBER", "time to erase 64 KiB (150)" },
  { "erase-sector-ms", parse_erase_sector, "NUMBER", "time to erase 4 KiB (45)" },
  { "page-us", parse_page, "NUMBER", "time to program 256 bytes (400)" },
  { "blank-page-us", parse_blank_page, "NUMBER", "the same, if they are all 0xFF (20)" },
  { "md5-rate", parse_md5_rate, "NUMBER", "bytes hashed a second (6e6: assumed, not measured)" },
  { "usb-rate", parse_usb_rate, "NUMBER", "bytes a second over USB (1e6)" },
  { "latency-us", parse_latency, "NUMBER",
    "from the chip's answer to the program (1000; uart 200)" },
  { "fault", parse_fault, "KIND[:to|from:FRAME[:ARGUMENT]]", "what goes wrong; may be repeated" },
};

static void
set_defaults (EkSimOptions *options)
{
  static const guint8 mac[6] = { 0x98, 0xa3, 0x16, 0xe5, 0xd8, 0x4a };

  *options = (EkSimOptions){
    .chip = ek_sim_chip_find ("esp32s3"),
    .flash_size = 16u << 20,
    .flash_id = 0x1840ef,
    .usb = EK_SIM_USB_JTAG,
    .usb_id = 0x303a1001,
    .revision_minor = 2,
    .console_baud = EK_SIM_ROM_BAUD,
    .hands_us = -1,
    .erase_block_us = 150000,
    .erase_sector_us = 45000,
    .page_us = 400,
    .blank_page_us = 20,
    .md5_rate = 6e6,
    .usb_rate = 1e6,
    .latency_us = -1,
    .faults = g_array_new (FALSE, FALSE, sizeof (EkSimFault)),
  };
  memcpy (options->mac, mac, sizeof mac);
}

static gboolean
parse_pair (EkSimOptions *options, const char *pair, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (pair, "=", 2);
  const char *value = halves[0] != NULL && halves[1] != NULL ? halves[1] : "";

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (g_strcmp0 (keys[i].key, halves[0]) != 0)
        continue;
      if (keys[i].parse (options, value))
        return TRUE;
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "simulator: “%s” is no value for %s: %s", value, keys[i].key, keys[i].allowed);
      return FALSE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "simulator: there is no option “%s”",
               pair);
  return FALSE;
}

/**
 * ek_sim_options_parse:
 * @options: (out caller-allocates): to be cleared with ek_sim_options_clear()
 * @text: (nullable): `CHIP?key=value&key=value…`
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT, naming what is wrong and what is allowed
 */
gboolean
ek_sim_options_parse (EkSimOptions *options, const char *text, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (text != NULL ? text : "", "?", 2);
  g_auto (GStrv) pairs = NULL;

  set_defaults (options);
  if (halves[0] != NULL && *halves[0] != '\0')
    options->chip = ek_sim_chip_find (halves[0]);
  if (options->chip == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "simulator: no chip “%s”",
                   halves[0]);
      return FALSE;
    }

  pairs = g_strsplit (halves[0] != NULL && halves[1] != NULL ? halves[1] : "", "&", -1);
  for (guint i = 0; pairs[i] != NULL; i++)
    if (*pairs[i] != '\0' && !parse_pair (options, pairs[i], error))
      return FALSE;
  if (options->latency_us < 0)
    options->latency_us = options->usb == EK_SIM_UART ? 200 : 1000;

  return TRUE;
}

void
ek_sim_options_clear (EkSimOptions *options)
{
  g_clear_pointer (&options->flash_path, g_free);
  g_clear_pointer (&options->image_path, g_free);
  g_clear_pointer (&options->faults, g_array_unref);
}

/**
 * ek_simulator_get_option_docs:
 *
 * Returns: (transfer full): what can be written behind the chip's name, for a help text
 */
char *
ek_simulator_get_option_docs (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_string_append_printf (text, "  %s=%s\n      %s\n", keys[i].key, keys[i].allowed, keys[i].doc);
  g_string_append (text, "Faults:\n");
  for (guint i = 0; i < G_N_ELEMENTS (fault_kinds); i++)
    g_string_append_printf (text, "  %-14s %s\n", fault_kinds[i].name, fault_kinds[i].doc);

  return g_string_free (text, FALSE);
}
