/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables as people write them. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-partition-table.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EkPartitionTable) table =
      ek_partition_table_new_from_csv ((const char *) data, size, NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;

  if (table == NULL)
    return 0;

  bytes = ek_partition_table_to_binary (table);
  text = ek_partition_table_to_csv (table);
  fuzz_check (g_bytes_get_size (bytes) > 0 && text != NULL);
  return 0;
}
