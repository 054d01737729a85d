/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members that occur in many results, always under the same name and of the same type. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-json.h"

#include "ek-cli-output.h"

/**
 * ek_cli_json_text:
 * @text: (nullable): %NULL leaves the member out
 */
void
ek_cli_json_text (JsonBuilder *builder, const char *name, const char *text)
{
  if (text == NULL)
    return;

  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

void
ek_cli_json_flag (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
ek_cli_json_number (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) value);
}

void
ek_cli_json_seconds (JsonBuilder *builder, const char *name, double seconds)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, seconds);
}

/**
 * ek_cli_json_address:
 *
 * Addresses are strings such as "0x10000".
 */
void
ek_cli_json_address (JsonBuilder *builder, const char *name, guint32 address)
{
  g_autofree char *text = g_strdup_printf ("0x%x", address);

  ek_cli_json_text (builder, name, text);
}

void
ek_cli_json_null (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_null_value (builder);
}

/**
 * ek_cli_json_partitions:
 *
 * Adds `partitions`, an array of objects.
 */
void
ek_cli_json_partitions (JsonBuilder *builder, EkPartitionTable *table)
{
  json_builder_set_member_name (builder, "partitions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);

      json_builder_begin_object (builder);
      ek_cli_json_text (builder, "label", partition->label);
      ek_cli_json_number (builder, "type", partition->type);
      ek_cli_json_number (builder, "subtype", partition->subtype);
      ek_cli_json_address (builder, "offset", partition->offset);
      ek_cli_json_number (builder, "size", partition->size);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/**
 * ek_cli_json_chip:
 *
 * What is known of the chip; nothing if it never answered.
 */
void
ek_cli_json_chip (JsonBuilder *builder, const EkChipInfo *chip)
{
  g_autofree char *type = NULL;
  g_autofree char *mac = NULL;

  if (chip->chip == NULL)
    return;

  type = ek_chip_info_get_description (chip);
  mac = ek_chip_info_get_mac (chip);
  ek_cli_json_text (builder, "chip_type", type);
  ek_cli_json_text (builder, "mac_address", mac);
}

/**
 * ek_cli_json_outcome:
 * @error: (nullable): why it failed
 */
void
ek_cli_json_outcome (JsonBuilder *builder, const GError *error)
{
  if (error != NULL)
    ek_cli_add_error (builder, error);
  else
    ek_cli_json_flag (builder, "success", TRUE);
}

/**
 * ek_cli_json_device_job:
 *
 * The members that every job on a device ends with.
 */
void
ek_cli_json_device_job (JsonBuilder *builder, EkDeviceJob *job)
{
  ek_cli_json_chip (builder, ek_device_job_get_chip_info (job));
  ek_cli_json_flag (builder, "simulated", ek_port_is_simulated (ek_device_job_get_port (job)));
  ek_cli_json_number (builder, "baud", ek_device_job_get_baud (job));
  ek_cli_json_flag (builder, "stub", ek_device_job_used_stub (job));
  ek_cli_json_seconds (builder, "elapsed_seconds", ek_device_job_get_seconds (job));
}
