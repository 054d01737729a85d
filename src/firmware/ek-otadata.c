/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OTA data: two entries with a number each; the higher valid one names the slot. Source: ESP-IDF
 * esp_flash_partitions.h (esp_ota_select_entry_t), bootloader_common.c, esp_ota_ops.c. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-otadata.h"

#include "ek-bytes.h"

#include <libdeflate.h>

#define STATE_OFFSET  24
#define CRC_OFFSET    28
#define STATE_INVALID 3 /* tried, and found bad */
#define STATE_ABORTED 4
#define MAX_SLOTS     16

static guint32
entry_crc (const guint8 *entry)
{
  return libdeflate_crc32 (0xffffffff, entry, 4);
}

static guint32
sequence_of (const guint8 *entry)
{
  guint32 sequence = ek_get_u32 (entry);
  guint32 state = ek_get_u32 (entry + STATE_OFFSET);

  if (sequence == G_MAXUINT32 || state == STATE_INVALID || state == STATE_ABORTED ||
      ek_get_u32 (entry + CRC_OFFSET) != entry_crc (entry))
    return 0;

  return sequence;
}

/**
 * ek_otadata_parse:
 * @first: (array fixed-size=32): start of the partition's first sector
 * @second: (array fixed-size=32): start of its second
 *
 * What is blank, damaged or marked as bad does not count.
 */
void
ek_otadata_parse (const guint8 *first, const guint8 *second, EkOtadata *otadata)
{
  guint32 sequences[] = { sequence_of (first), sequence_of (second) };

  otadata->sector = sequences[1] > sequences[0];
  otadata->sequence = sequences[otadata->sector];
}

static const EkPartition *
find_slot (EkPartitionTable *table, guint slot)
{
  return ek_partition_table_find (table, EK_PARTITION_TYPE_APP,
                                  (guint8) (EK_PARTITION_SUBTYPE_OTA_0 + slot));
}

/**
 * ek_otadata_count_slots:
 *
 * Returns: how many slots there are, from ota_0 on without a hole; 0 to 16
 */
guint
ek_otadata_count_slots (EkPartitionTable *table)
{
  guint n = 0;

  while (n < MAX_SLOTS && find_slot (table, n) != NULL)
    n++;

  return n;
}

/**
 * ek_otadata_find_boot_app:
 *
 * Returns: (nullable) (transfer none): the app that the boot loader tries first
 */
const EkPartition *
ek_otadata_find_boot_app (const EkOtadata *self, EkPartitionTable *table)
{
  guint n = ek_otadata_count_slots (table);

  if (n == 0 || self->sequence == 0)
    return ek_partition_table_find_boot_app (table);

  return find_slot (table, (self->sequence - 1) % n);
}

/**
 * ek_otadata_find_next_app:
 *
 * Where an update goes: to the slot that does not start now, so that the old app is there until the new
 * one is complete. A device that starts its factory app, or has only one slot, gets it where it was.
 *
 * Returns: (nullable) (transfer none)
 */
const EkPartition *
ek_otadata_find_next_app (const EkOtadata *self, EkPartitionTable *table)
{
  const EkPartition *boot = ek_otadata_find_boot_app (self, table);
  guint n = ek_otadata_count_slots (table);

  if (boot == NULL || boot->subtype == EK_PARTITION_SUBTYPE_FACTORY || n < 2 ||
      ek_partition_table_find (table, EK_PARTITION_TYPE_DATA, EK_PARTITION_SUBTYPE_OTADATA) == NULL)
    return boot;

  return find_slot (table, (boot->subtype - EK_PARTITION_SUBTYPE_OTA_0 + 1u) % n);
}

/**
 * ek_otadata_select:
 * @app: the slot that has to start
 * @sector: (out): which sector of the partition gets the new entry; the other one stays as it is
 *
 * Returns: (transfer full): 4096 bytes for that sector
 */
GBytes *
ek_otadata_select (const EkOtadata *self,
                   EkPartitionTable *table,
                   const EkPartition *app,
                   guint *sector)
{
  guint n = ek_otadata_count_slots (table);
  guint slot = app->subtype - EK_PARTITION_SUBTYPE_OTA_0;
  guint32 sequence = slot + 1;
  guint8 *bytes;

  g_return_val_if_fail (slot < n, NULL);

  if (self->sequence >= sequence)
    sequence += (self->sequence - sequence + n) / n * n;
  *sector = self->sequence == 0 ? 0 : 1 - self->sector;

  bytes = g_malloc (EK_OTADATA_SECTOR_SIZE);
  memset (bytes, 0xff, EK_OTADATA_SECTOR_SIZE);
  ek_put_u32 (bytes, sequence);
  ek_put_u32 (bytes + CRC_OFFSET, entry_crc (bytes));
  return g_bytes_new_take (bytes, EK_OTADATA_SECTOR_SIZE);
}
