/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The app's part of a start: ESP-IDF's lines, then EchoKit's, which depend on the settings on the
 * flash; and the ways to crash. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-sim-boot-private.h"

#include "ek-bytes.h"
#include "ek-nvs.h"

#define APP_LINE_US     500
#define REBOOT_US       20000
#define CRASH_AT_US     1100000 /* of the boot loop fault */
#define MAX_SETTING     127     /* bytes; read into a buffer of 128 with NUL */
#define MAX_SSID        32
#define MAX_PASSWORD    64
#define RUN_FROM_FLASH  0x42000000u
#define STACK           0x3fcb5c10u
#define LOAD_PROHIBITED 28

typedef struct
{
  gint64 before_us;
  char level;
  const char *tag;
  const char *text;
} Line;

/* Recorded, echokit-box v0.3.1; but for the missing calibration of the emulated chip. */
static const Line psram_lines[] = {
  { 25000, 'I', "octal_psram", "vendor id    : 0x0d (AP)" },
  { 0, 'I', "octal_psram", "dev id       : 0x02 (generation 3)" },
  { 0, 'I', "octal_psram", "density      : 0x03 (64 Mbit)" },
  { 0, 'I', "octal_psram", "good-die     : 0x01 (Pass)" },
  { 0, 'I', "octal_psram", "Latency      : 0x01 (Fixed)" },
  { 0, 'I', "octal_psram", "VCC          : 0x00 (1.8V)" },
  { 0, 'I', "octal_psram", "SRF          : 0x01 (Fast Refresh)" },
  { 0, 'I', "octal_psram", "BurstType    : 0x01 (Hybrid Wrap)" },
  { 0, 'I', "octal_psram", "BurstLen     : 0x01 (32 Byte)" },
  { 0, 'I', "octal_psram", "Readlatency  : 0x02 (10 cycles@Fixed)" },
  { 0, 'I', "octal_psram", "DriveStrength: 0x00 (1/1)" },
  { 3000, 'I', "MSPI Timing", "PSRAM timing tuning index: 5" },
  { 3000, 'I', "esp_psram", "Found 8MB PSRAM device" },
  { 0, 'I', "esp_psram", "Speed: 80MHz" },
};

static const Line heap_lines[] = {
  { 0, 'I', "heap_init", "Initializing. RAM available for dynamic allocation:" },
  { 0, 'I', "heap_init", "At 3FCA9F78 len 0003F798 (253 KiB): RAM" },
  { 0, 'I', "heap_init", "At 3FCE9710 len 00005724 (21 KiB): RAM" },
  { 0, 'I', "heap_init", "At 3FCF0000 len 00008000 (32 KiB): DRAM" },
  { 0, 'I', "heap_init", "At 600FE11C len 00001ECC (7 KiB): RTCRAM" },
  { 0, 'I', "esp_psram", "Adding pool of 8172K of PSRAM memory to heap allocator" },
};

static const Line main_lines[] = {
  { 10000, 'I', "main_task", "Started on CPU0" },
  { 5000, 'I', "main_task", "Calling app_main()" },
};

/* Source: strings of NimBLE in the firmware, which breaks its line like this. */
static const Line advertise_lines[] = {
  { 30000, 'I', "NimBLE", "GAP procedure initiated: advertise; " },
  { 0, 'I', "NimBLE", "disc_mode=2" },
  { 0, 'I', "NimBLE",
    " adv_channel_map=0 own_addr_type=0 adv_filter_policy=0 adv_itvl_min=0 adv_itvl_max=0" },
  { 0, 'I', "NimBLE", "" },
};

static const Line online_lines[] = {
  { 800000, 'I', "echokit::network", "Connecting wifi..." },
  { 500000, 'I', "echokit::network", "Waiting for DHCP lease..." },
  { 400000, 'I', "echokit::network",
    "Wifi DHCP info: IpInfo { ip: 192.168.4.23, subnet: Subnet { gateway: 192.168.4.1, mask: "
    "Mask(24) }, dns: Some(192.168.4.1), secondary_dns: Some(0.0.0.0) }" },
};

/* What ESP-IDF's drivers call the makers of flash chips, by JEDEC number. Source: spi_flash_chip_*. */
static const struct
{
  guint8 maker;
  const char *name;
} flash_drivers[] = {
  { 0x9d, "issi" },    { 0xc2, "mxic" }, { 0xc8, "gd" },
  { 0xef, "winbond" }, { 0x68, "boya" }, { 0xcd, "th" },
};

/* Names of the panic's registers, in its order. Source: ESP-IDF panic_arch.c for Xtensa. */
static const char *const registers[] = {
  "PC",  "PS",  "A0",  "A1",  "A2",  "A3",  "A4",  "A5",       "A6",       "A7",   "A8",   "A9",
  "A10", "A11", "A12", "A13", "A14", "A15", "SAR", "EXCCAUSE", "EXCVADDR", "LBEG", "LEND", "LCOUNT",
};

static void
print_lines (EkSimBoot *boot, const Line *lines, guint n_lines)
{
  for (guint i = 0; i < n_lines; i++)
    {
      boot->now += lines[i].before_us;
      ek_sim_boot_log (boot, lines[i].level, lines[i].tag, "%s", lines[i].text);
    }
}

static gboolean
has_psram (EkSimBoot *boot)
{
  return g_str_equal (boot->self->options.chip->id, "esp32s3");
}

static void
print_description (EkSimBoot *boot)
{
  const EkAppDescription *description = &boot->app.description;
  g_autofree char *elf = ek_bytes_hex (description->elf_sha256, sizeof description->elf_sha256);

  ek_sim_boot_log (boot, 'I', "app_init", "Application information:");
  ek_sim_boot_log (boot, 'I', "app_init", "Project name:     %s", description->project);
  ek_sim_boot_log (boot, 'I', "app_init", "App version:      %s", description->version);
  ek_sim_boot_log (boot, 'I', "app_init", "Compile time:     %s %s", description->date,
                   description->time);
  ek_sim_boot_log (boot, 'I', "app_init", "ELF file SHA256:  %.9s...", elf);
  ek_sim_boot_log (boot, 'I', "app_init", "ESP-IDF:          %s", description->idf_version);
}

static void
print_revisions (EkSimBoot *boot)
{
  const EkSimOptions *options = &boot->self->options;
  const EkAppImage *app = &boot->app;

  ek_sim_boot_log (boot, 'I', "efuse_init", "Min chip rev:     v%u.%u", app->min_revision / 100,
                   app->min_revision % 100);
  ek_sim_boot_log (boot, 'I', "efuse_init", "Max chip rev:     v%u.%u ", app->max_revision / 100,
                   app->max_revision % 100);
  ek_sim_boot_log (boot, 'I', "efuse_init", "Chip rev:         v%u.%u", options->revision_major,
                   options->revision_minor);
}

static void
print_elf_and_reboot (EkSimBoot *boot)
{
  g_autofree char *elf = ek_bytes_hex (boot->app.description.elf_sha256, 32);

  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "ELF file SHA256: %.9s", elf);
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "Rebooting...");
  ek_sim_boot_restart (boot, REBOOT_US, EK_SIM_RESET_SW_CPU);
}

/* Places in the code that the app runs from flash: there is no program that could be anywhere. */
static guint32
code_address (EkSimBoot *boot, guint eighths)
{
  for (guint i = 0; i < boot->app.n_segments; i++)
    {
      const EkImageSegment *segment = &boot->app.segments[i];

      if (segment->address >= RUN_FROM_FLASH && !ek_sim_boot_is_ram (boot, segment->address))
        return segment->address + segment->size / 8 * eighths;
    }

  return boot->app.entry;
}

static void
print_backtrace (EkSimBoot *boot)
{
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "Backtrace: 0x%08x:0x%08x 0x%08x:0x%08x 0x%08x:0x%08x",
                   code_address (boot, 5), STACK, code_address (boot, 3), STACK + 0x20,
                   code_address (boot, 1), STACK + 0x50);
}

static guint32
register_value (EkSimBoot *boot, const char *name)
{
  if (g_str_equal (name, "PC"))
    return code_address (boot, 5);
  if (g_str_equal (name, "A1"))
    return STACK;
  return g_str_equal (name, "EXCCAUSE") ? LOAD_PROHIBITED : 0;
}

static void
print_registers (EkSimBoot *boot)
{
  ek_sim_boot_say (boot, "Core  0 register dump:");
  for (guint row = 0; row < G_N_ELEMENTS (registers); row += 4)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      for (guint i = row; i < row + 4; i++)
        g_string_append_printf (text, "%-8s: 0x%08x  ", registers[i],
                                register_value (boot, registers[i]));
      ek_sim_boot_say (boot, "%s", text->str);
    }
}

static void
crash (EkSimBoot *boot)
{
  ek_sim_boot_say (boot, "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was "
                         "unhandled.");
  ek_sim_boot_say (boot, "%s", "");
  print_registers (boot);
  print_backtrace (boot);
  print_elf_and_reboot (boot);
}

static void
abort_app (EkSimBoot *boot)
{
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "abort() was called at PC 0x%08x on core 0", code_address (boot, 5));
  print_backtrace (boot);
  print_elf_and_reboot (boot);
}

/* Rust's standard library says it in two lines since 1.73. */
static void
panic (EkSimBoot *boot, const char *where, const char *why)
{
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "thread '<unnamed>' panicked at %s:", where);
  ek_sim_boot_say (boot, "%s: ()", why);
  ek_sim_boot_say (boot,
                   "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace");
  abort_app (boot);
}

/* Returns %FALSE if the app aborts: the flash is smaller than the boot loader's header says. */
static gboolean
probe_flash (EkSimBoot *boot)
{
  const EkSimOptions *options = &boot->self->options;
  const char *driver = "generic";

  for (guint i = 0; i < G_N_ELEMENTS (flash_drivers); i++)
    if (flash_drivers[i].maker == (options->flash_id & 0xff))
      driver = flash_drivers[i].name;

  boot->now += 3000;
  ek_sim_boot_log (boot, 'I', "spi_flash", "detected chip: %s", driver);
  ek_sim_boot_log (boot, 'I', "spi_flash", "flash io: dio");
  if (options->flash_size > boot->flash_size)
    ek_sim_boot_log (boot, 'W', "spi_flash",
                     "Detected size(%uk) larger than the size in the binary image header(%uk). "
                     "Using the size in the binary image header.",
                     options->flash_size / 1024, boot->flash_size / 1024);
  if (options->flash_size >= boot->flash_size)
    return TRUE;

  ek_sim_boot_log (boot, 'E', "spi_flash",
                   "Detected size(%uk) smaller than the size in the binary image header(%uk). "
                   "Probe failed.",
                   options->flash_size / 1024, boot->flash_size / 1024);
  ek_sim_boot_say (boot, "%s", "");
  ek_sim_boot_say (boot, "assert failed: __esp_system_init_fn_init_flash startup_funcs.c:98 "
                         "(flash_ret == ESP_OK)");
  print_backtrace (boot);
  print_elf_and_reboot (boot);
  return FALSE;
}

static gboolean
start_system (EkSimBoot *boot)
{
  boot->line = APP_LINE_US;
  if (has_psram (boot))
    print_lines (boot, psram_lines, G_N_ELEMENTS (psram_lines));
  ek_sim_boot_log (boot, 'I', "cpu_start", "Multicore app");
  boot->now += 12000;
  if (has_psram (boot))
    ek_sim_boot_log (boot, 'I', "esp_psram", "SPI SRAM memory test OK");
  boot->now += 9000;
  ek_sim_boot_log (boot, 'I', "cpu_start", "Pro cpu start user code");
  ek_sim_boot_log (boot, 'I', "cpu_start", "cpu freq: 240000000 Hz");
  if (boot->app.has_description)
    print_description (boot);
  print_revisions (boot);
  if (has_psram (boot))
    print_lines (boot, heap_lines, G_N_ELEMENTS (heap_lines));
  return probe_flash (boot);
}

static EkNvs *
open_settings (EkSimBoot *boot)
{
  for (guint i = 0; i < boot->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (boot->partitions, EkPartition, i);
      const guint8 *data;

      if (partition->type != EK_PARTITION_TYPE_DATA ||
          partition->subtype != EK_PARTITION_SUBTYPE_NVS)
        continue;

      data = ek_sim_boot_flash (boot, partition->offset, partition->size);
      return data != NULL ? ek_nvs_new_from_bytes (data, partition->size, NULL) : NULL;
    }

  return NULL;
}

/* Returns what the firmware then works with; it goes on without a setting that it cannot read. */
static const char *
read_setting (EkSimBoot *boot, EkNvs *settings, const char *key)
{
  const char *value = settings != NULL ? ek_nvs_get_string (settings, "setting", key) : NULL;
  const char *problem;

  if (value == NULL)
    return "";
  if (strlen (value) > MAX_SETTING)
    problem = "ESP_ERR_NVS_INVALID_LENGTH (error code 4364)";
  else if (!g_utf8_validate (value, -1, NULL))
    problem = "ESP_FAIL (error code -1)";
  else
    return value;

  ek_sim_boot_log (boot, 'E', "echokit", "Failed to get %s: %s", key, problem);
  return "";
}

/* As Rust's {:?} shows a text. */
static void
print_setting (EkSimBoot *boot, const char *name, const char *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (const char *p = value; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '"' || c == '\\')
        g_string_append_printf (text, "\\%c", (char) c);
      else if (c == '\n')
        g_string_append (text, "\\n");
      else if (!g_unichar_isprint (c))
        g_string_append_printf (text, "\\u{%x}", c);
      else
        g_string_append_unichar (text, c);
    }

  ek_sim_boot_log (boot, 'I', "echokit", "%s: \"%s\"", name, text->str);
}

static void
advertise (EkSimBoot *boot)
{
  const guint8 *mac = boot->self->options.mac;

  boot->now += 300000;
  /* the Bluetooth address is the base address and 2; ESP-IDF Kconfig.mac */
  ek_sim_boot_log (boot, 'I', "esp32_nimble::ble_device",
                   "Device Address: %02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1], mac[2], mac[3],
                   mac[4], (mac[5] + 2) & 0xff);
  print_lines (boot, advertise_lines, G_N_ELEMENTS (advertise_lines));
}

static void
go_online (EkSimBoot *boot, const char *ssid, const char *password)
{
  if (strlen (ssid) > MAX_SSID)
    panic (boot, "src/network.rs:27:10", "Could not parse the given SSID into WiFi config");
  else if (strlen (password) > MAX_PASSWORD)
    panic (boot, "src/network.rs:31:10", "Could not parse the given password into WiFi config");
  else
    print_lines (boot, online_lines, G_N_ELEMENTS (online_lines));
}

/* Source: EchoKit's main.rs v0.3.1 */
static void
run_echokit (EkSimBoot *boot)
{
  g_autoptr (EkNvs) settings = open_settings (boot);
  const char *ssid, *password, *server_url;
  gint64 state = 0;

  boot->now += 60000;
  ssid = read_setting (boot, settings, "ssid");
  password = read_setting (boot, settings, "pass");
  server_url = read_setting (boot, settings, "server_url");
  if (settings != NULL)
    ek_nvs_get_int (settings, "setting", "state", &state);

  print_setting (boot, "SSID", ssid);
  print_setting (boot, "PASS", password);
  print_setting (boot, "Server URL", server_url);
  boot->now += 20000;
  ek_sim_boot_log (boot, 'I', "echokit", "Free SPIRAM heap size: 7925KB");

  if (state == 1 || *ssid == '\0' || *password == '\0' || *server_url == '\0')
    advertise (boot);
  else
    go_online (boot, ssid, password);
}

/* Every build calls its project after the template that it was made from; so does the demo. */
static gboolean
is_echokit (EkSimBoot *boot)
{
  const char *project = boot->app.description.project;

  return boot->app.has_description &&
         (g_str_equal (project, "libespidf") || g_str_has_prefix (project, "echokit"));
}

/**
 * ek_sim_boot_app:
 *
 * Goes on where the boot loader jumped into an app.
 */
void
ek_sim_boot_app (EkSimBoot *boot)
{
  if (!start_system (boot))
    return;

  print_lines (boot, main_lines, G_N_ELEMENTS (main_lines));
  if (ek_sim_has_fault (boot->self, EK_SIM_FAULT_BOOT_LOOP))
    {
      boot->now = MAX (boot->now, CRASH_AT_US);
      crash (boot);
    }
  else if (is_echokit (boot))
    run_echokit (boot);
}
