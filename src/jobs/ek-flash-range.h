/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which part of a flash a person means: numbers, a partition's label, or all of it. */
#pragma once

#include "ek-installed.h"

G_BEGIN_DECLS

/**
 * EkFlashRange:
 * @offset: first byte
 * @size: bytes; 0: to the end of the flash
 * @partition: (nullable): a label instead of both
 */
typedef struct
{
  guint32 offset;
  guint32 size;
  const char *partition;
} EkFlashRange;

gboolean ek_flash_range_resolve (EkFlashRange *self,
                                 EkLoader *loader,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean ek_flash_range_check (EkFlashRange *self, guint32 flash_size, GError **error);
const EkPartition *
ek_flash_find_partition (EkPartitionTable *table, const char *label, GError **error);

G_END_DECLS
