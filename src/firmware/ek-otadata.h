/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of several app slots starts: ESP-IDF's OTA data. */
#pragma once

#include "ek-partition-table.h"

G_BEGIN_DECLS

#define EK_OTADATA_SIZE        0x2000u /* two sectors, an entry at the start of each */
#define EK_OTADATA_ENTRY_SIZE  32
#define EK_OTADATA_SECTOR_SIZE 0x1000u

/**
 * EkOtadata:
 * @sequence: of the entry that counts; 0 if none does
 * @sector: which of the two holds it
 */
typedef struct
{
  guint32 sequence;
  guint sector;
} EkOtadata;

void ek_otadata_parse (const guint8 *first, const guint8 *second, EkOtadata *otadata);
guint ek_otadata_count_slots (EkPartitionTable *table);
const EkPartition *ek_otadata_find_boot_app (const EkOtadata *self, EkPartitionTable *table);
const EkPartition *ek_otadata_find_next_app (const EkOtadata *self, EkPartitionTable *table);
GBytes *ek_otadata_select (const EkOtadata *self,
                           EkPartitionTable *table,
                           const EkPartition *app,
                           guint *sector);

G_END_DECLS
