/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash probe: what a device is. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-bytes.h"
#include "ek-cli-device.h"
#include "ek-cli-output.h"
#include "ek-cli.h"
#include "ek-known-build.h"
#include "ek-probe-job.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static gboolean json;

static const GOptionEntry entries[] = {
  EK_CLI_DEVICE_ENTRIES (device),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object"), NULL },
  { NULL },
};

static char *
format_flash_size (guint32 size)
{
  if (size == 0)
    return g_strdup ("unknown");

  return size >= 1u << 20 ? g_strdup_printf ("%uMB", size >> 20)
                          : g_strdup_printf ("%uKB", size >> 10);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_flag (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

/* A build that EchoKit has published, told by its hash. */
static gboolean
is_official (const EkInstalled *installed)
{
  return ek_known_build_find (installed->app.elf_sha256, sizeof installed->app.elf_sha256) != NULL;
}

/* Their names only. */
static void
add_settings (JsonBuilder *builder, const char *const *names)
{
  json_builder_set_member_name (builder, "settings");
  json_builder_begin_array (builder);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    json_builder_add_string_value (builder, names[i]);
  json_builder_end_array (builder);
}

static void
add_installed (JsonBuilder *builder, const EkInstalled *installed)
{
  const char *layout;

  if (installed->table != NULL)
    {
      layout = ek_partition_table_get_layout (installed->table);
      if (layout != NULL)
        add_text (builder, "layout", layout);
      json_builder_set_member_name (builder, "partitions");
      json_builder_begin_array (builder);
      for (guint i = 0; i < ek_partition_table_get_n_partitions (installed->table); i++)
        {
          const EkPartition *partition = ek_partition_table_get_partition (installed->table, i);
          g_autofree char *offset = g_strdup_printf ("0x%x", partition->offset);

          json_builder_begin_object (builder);
          add_text (builder, "label", partition->label);
          add_text (builder, "offset", offset);
          json_builder_set_member_name (builder, "size");
          json_builder_add_int_value (builder, partition->size);
          json_builder_end_object (builder);
        }
      json_builder_end_array (builder);
    }
  if (installed->has_app)
    {
      g_autofree char *hash = ek_bytes_hex (installed->app.elf_sha256, 32);

      json_builder_set_member_name (builder, "app");
      json_builder_begin_object (builder);
      add_text (builder, "version", installed->app.version);
      add_text (builder, "project", installed->app.project);
      add_text (builder, "date", installed->app.date);
      add_text (builder, "time", installed->app.time);
      add_text (builder, "idf_version", installed->app.idf_version);
      add_text (builder, "elf_sha256", hash);
      if (installed->board != NULL)
        add_text (builder, "board", installed->board);
      add_flag (builder, "official", is_official (installed));
      json_builder_end_object (builder);
    }
}

/* What is locked, and by what. */
static void
add_security (JsonBuilder *builder, const EkChipInfo *chip)
{
  const char *locked;

  add_flag (builder, "locked", ek_chip_info_is_locked (chip, &locked));
  if (locked != NULL)
    add_text (builder, "locked_reason", locked);
  json_builder_set_member_name (builder, "security");
  json_builder_begin_object (builder);
  add_flag (builder, "secure_boot", chip->secure_boot);
  add_flag (builder, "flash_encryption", chip->flash_encryption);
  add_flag (builder, "secure_download", chip->secure_download);
  json_builder_end_object (builder);
}

/* The first four keys are those of espctl's probe. */
static void
print_json (EkPort *port, EkProbeJob *job)
{
  const EkChipInfo *chip = ek_probe_job_get_chip_info (job);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *type = ek_chip_info_get_description (chip);
  g_autofree char *mac = ek_chip_info_get_mac (chip);
  g_autofree char *size = format_flash_size (chip->flash_size);
  g_autofree char *id = g_strdup_printf ("0x%06x", chip->flash_id);
  const char *maker = ek_flash_maker_from_id (chip->flash_id);

  json_builder_begin_object (builder);
  add_text (builder, "port", ek_port_get_path (port));
  add_text (builder, "chip_type", type);
  add_text (builder, "mac_address", mac);
  add_text (builder, "flash_size", size);
  if (chip->package != NULL)
    add_text (builder, "package", chip->package);
  add_text (builder, "features", chip->chip->features);
  add_text (builder, "flash_id", id);
  if (maker != NULL)
    add_text (builder, "flash_maker", maker);
  if (chip->crystal_mhz != 0)
    {
      json_builder_set_member_name (builder, "crystal_mhz");
      json_builder_add_int_value (builder, chip->crystal_mhz);
    }
  add_security (builder, chip);
  add_flag (builder, "simulated", ek_port_is_simulated (port));
  add_installed (builder, ek_probe_job_get_installed (job));
  add_settings (builder, ek_probe_job_get_setting_names (job));
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static void
print_firmware (const EkInstalled *installed)
{
  g_autofree char *hash = NULL;

  if (!installed->has_app)
    {
      printf ("%-11s %s\n", _ ("Firmware:"), _ ("none"));
      return;
    }

  hash = ek_bytes_hex (installed->app.elf_sha256, 32);
  printf ("%-11s %s %s%s\n", _ ("Firmware:"),
          installed->board != NULL ? ek_board_title (installed->board) : installed->app.project,
          installed->app.version, is_official (installed) ? _ (", official") : "");
  printf ("%-11s %s %s, ESP-IDF %s\n", _ ("Built:"), installed->app.date, installed->app.time,
          installed->app.idf_version);
  printf ("%-11s %s\n", _ ("ELF hash:"), hash);
}

static void
print_table (EkPartitionTable *table)
{
  const char *layout = ek_partition_table_get_layout (table);

  if (layout != NULL)
    printf ("%-11s %s\n", _ ("Layout:"), layout);
  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);
      g_autofree char *size = g_format_size_full (partition->size, G_FORMAT_SIZE_IEC_UNITS);

      printf ("%-11s 0x%06x %10s  %s\n", i == 0 ? _ ("Partitions:") : "", partition->offset, size,
              partition->label);
    }
}

static void
print_settings (const char *const *names)
{
  g_autofree char *list =
      names != NULL && names[0] != NULL ? g_strjoinv (", ", (char **) names) : NULL;

  /* Translators: names of settings on the device; their values are never shown */
  printf ("%-11s %s\n", _ ("Settings:"), list != NULL ? list : _ ("none"));
}

static void
print_people (EkPort *port, EkProbeJob *job)
{
  const EkChipInfo *chip = ek_probe_job_get_chip_info (job);
  const EkInstalled *installed = ek_probe_job_get_installed (job);
  g_autofree char *type = ek_chip_info_get_description (chip);
  g_autofree char *mac = ek_chip_info_get_mac (chip);
  g_autofree char *size = format_flash_size (chip->flash_size);
  const char *maker = ek_flash_maker_from_id (chip->flash_id);
  const char *reason;
  gboolean locked = ek_chip_info_is_locked (chip, &reason);

  printf ("%-11s %s%s\n", _ ("Port:"), ek_port_get_path (port),
          ek_port_is_simulated (port) ? _ (" (simulated)") : "");
  printf ("%-11s %s\n", _ ("Chip:"), type);
  if (chip->package != NULL)
    printf ("%-11s %s\n", _ ("Package:"), chip->package);
  printf ("%-11s %s\n", _ ("Features:"), chip->chip->features);
  if (chip->crystal_mhz != 0)
    printf ("%-11s %u MHz\n", _ ("Crystal:"), chip->crystal_mhz);
  printf ("%-11s %s\n", "MAC:", mac);
  printf ("%-11s %s (id %06x%s%s)\n", _ ("Flash size:"), size, chip->flash_id,
          maker != NULL ? ", " : "", maker != NULL ? maker : "");
  printf ("%-11s %s\n", _ ("Locked:"), locked ? reason : _ ("no"));
  if (installed->table != NULL)
    print_table (installed->table);
  print_firmware (installed);
  print_settings (ek_probe_job_get_setting_names (job));
}

/**
 * ek_cli_probe:
 *
 * Looks at a device and leaves it running its firmware again.
 */
int
ek_cli_probe (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (NULL,
                          _ ("Says what a device is and what runs on it, and changes nothing."),
                          entries);
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkProbeJob) job = NULL;
  g_autoptr (GError) error = NULL;
  EkLoaderOptions options;
  gboolean interrupted;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc > 1)
    return ek_cli_usage_error (line, _ ("takes no further words"));
  if (!(port = ek_cli_device_open (&device, json, &options, &error)))
    return ek_cli_fail (error, json, FALSE);

  job = ek_probe_job_new (port, &options);
  if (!ek_cli_run_job (EK_JOB (job), TRUE, &interrupted, &error))
    return ek_cli_fail (error, json, interrupted);

  if (json)
    print_json (port, job);
  else
    print_people (port, job);
  return EK_EXIT_OK;
}
