/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables as they lie on the flash: what is accepted can be written and read again. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-partition-table.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_from_binary (data, size, NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkPartitionTable) again = NULL;

  if (table == NULL)
    return 0;

  ek_partition_table_find_boot_app (table);
  ek_partition_table_get_layout (table);
  ek_partition_table_check_bounds (table, 16 << 20, NULL);
  bytes = ek_partition_table_to_binary (table);
  again = ek_partition_table_new_from_binary (g_bytes_get_data (bytes, NULL),
                                              g_bytes_get_size (bytes), NULL);
  fuzz_check (again != NULL && ek_partition_table_equal (table, again));
  return 0;
}
