/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the readers of the two forms make a partition table. Private to this folder. */
#pragma once

#include "ek-partition-table.h"

G_BEGIN_DECLS

#define EK_PARTITION_TYPE_BOOTLOADER      0x02
#define EK_PARTITION_TYPE_PARTITION_TABLE 0x03

#define EK_PARTITION_FIRST_OFFSET (EK_PARTITION_TABLE_OFFSET + 0x1000u)

EkPartitionTable *ek_partition_table_new_take (GArray *partitions, GError **error);
guint32 ek_partition_alignment (guint8 type);

G_END_DECLS
