/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partition table at 0x8000: binary with its MD5, and the CSV that people write. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_PARTITION_TABLE_OFFSET 0x8000
#define EK_PARTITION_TABLE_SIZE   0xc00
#define EK_PARTITION_MAX_ENTRIES  95
#define EK_PARTITION_ENTRY_MAGIC  0x50aa /* how a binary table begins */

#define EK_PARTITION_TYPE_APP        0x00
#define EK_PARTITION_TYPE_DATA       0x01
#define EK_PARTITION_SUBTYPE_FACTORY 0x00 /* of an app */
#define EK_PARTITION_SUBTYPE_OTA_0   0x10
#define EK_PARTITION_SUBTYPE_OTADATA 0x00 /* of data */
#define EK_PARTITION_SUBTYPE_PHY     0x01
#define EK_PARTITION_SUBTYPE_NVS     0x02
#define EK_PARTITION_SUBTYPE_SPIFFS  0x82

typedef struct
{
  char label[17];
  guint8 type;
  guint8 subtype;
  guint32 offset; /* bytes from the start of the flash */
  guint32 size;   /* bytes */
  guint32 flags;  /* bit 0: encrypted, bit 1: read only */
} EkPartition;

#define EK_TYPE_PARTITION_TABLE (ek_partition_table_get_type ())
G_DECLARE_FINAL_TYPE (EkPartitionTable, ek_partition_table, EK, PARTITION_TABLE, GObject)

EkPartitionTable *
ek_partition_table_new_from_binary (const guint8 *data, gsize size, GError **error);
EkPartitionTable *ek_partition_table_new_from_csv (const char *text, gsize size, GError **error);
EkPartitionTable *ek_partition_table_new_layout_a (void);

guint ek_partition_table_get_n_partitions (EkPartitionTable *self);
const EkPartition *ek_partition_table_get_partition (EkPartitionTable *self, guint index);
const EkPartition *ek_partition_table_find (EkPartitionTable *self, guint8 type, guint8 subtype);
const EkPartition *ek_partition_table_find_label (EkPartitionTable *self, const char *label);
const EkPartition *ek_partition_table_find_boot_app (EkPartitionTable *self);
guint32 ek_partition_table_get_end (EkPartitionTable *self);
gboolean ek_partition_table_equal (EkPartitionTable *self, EkPartitionTable *other);
const char *ek_partition_table_get_layout (EkPartitionTable *self);
gboolean
ek_partition_table_check_bounds (EkPartitionTable *self, guint32 flash_size, GError **error);
GBytes *ek_partition_table_to_binary (EkPartitionTable *self);
char *ek_partition_table_to_csv (EkPartitionTable *self);

G_END_DECLS
