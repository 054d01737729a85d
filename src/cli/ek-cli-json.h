/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line for each member of a result object. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-device-job.h"
#include "ek-partition-table.h"

G_BEGIN_DECLS

void ek_cli_json_text (JsonBuilder *builder, const char *name, const char *text);
void ek_cli_json_flag (JsonBuilder *builder, const char *name, gboolean value);
void ek_cli_json_number (JsonBuilder *builder, const char *name, guint64 value);
void ek_cli_json_seconds (JsonBuilder *builder, const char *name, double seconds);
void ek_cli_json_address (JsonBuilder *builder, const char *name, guint32 address);
void ek_cli_json_null (JsonBuilder *builder, const char *name);
void ek_cli_json_partitions (JsonBuilder *builder, EkPartitionTable *table);
void ek_cli_json_chip (JsonBuilder *builder, const EkChipInfo *chip);
void ek_cli_json_outcome (JsonBuilder *builder, const GError *error);
void ek_cli_json_device_job (JsonBuilder *builder, EkDeviceJob *job);

G_END_DECLS
