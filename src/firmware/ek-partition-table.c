/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partition table as a checked value, and the layouts that EchoKits have. Its two forms are in
 * ek-partition-binary.c and ek-partition-csv.c. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-partition-table-private.h"

#include <string.h>

#define SUBTYPE_OTA_END 0x20 /* ota_0 to ota_15 */

struct _EkPartitionTable
{
  GObject parent_instance;

  GArray *partitions; /* of EkPartition, in the table's order */
};

G_DEFINE_FINAL_TYPE (EkPartitionTable, ek_partition_table, G_TYPE_OBJECT)

/* Layouts in the field: A is EchoKit's partitions.csv since 2025-07-31, C the same before that
 * day. B is espflash's own default, whose app takes what the flash has, at most 16,000 KiB. */
#define MAX_LAYOUT_PARTITIONS 4

/* clang-format off */
static const struct
{
  const char *name;
  guint n_partitions;
  EkPartition partitions[MAX_LAYOUT_PARTITIONS];
} layouts[] = {
  { "A", 4, { { "nvs",      0x01, 0x02, 0x009000, 0x200000, 0 },
              { "phy_init", 0x01, 0x01, 0x209000, 0x001000, 0 },
              { "factory",  0x00, 0x00, 0x210000, 0x500000, 0 },
              { "model",    0x01, 0x82, 0x710000, 0x300000, 0 } } },
  { "B", 3, { { "nvs",      0x01, 0x02, 0x009000, 0x006000, 0 }, /* on 16 MiB or more */
              { "phy_init", 0x01, 0x01, 0x00f000, 0x001000, 0 },
              { "factory",  0x00, 0x00, 0x010000, 0xfa0000, 0 } } },
  { "B", 3, { { "nvs",      0x01, 0x02, 0x009000, 0x006000, 0 }, /* on 8 MiB */
              { "phy_init", 0x01, 0x01, 0x00f000, 0x001000, 0 },
              { "factory",  0x00, 0x00, 0x010000, 0x7f0000, 0 } } },
  { "B", 3, { { "nvs",      0x01, 0x02, 0x009000, 0x006000, 0 }, /* on 4 MiB */
              { "phy_init", 0x01, 0x01, 0x00f000, 0x001000, 0 },
              { "factory",  0x00, 0x00, 0x010000, 0x3f0000, 0 } } },
  { "C", 4, { { "nvs",      0x01, 0x02, 0x009000, 0x006000, 0 },
              { "phy_init", 0x01, 0x01, 0x00f000, 0x001000, 0 },
              { "factory",  0x00, 0x00, 0x010000, 0x500000, 0 },
              { "model",    0x01, 0x82, 0x510000, 0x300000, 0 } } },
};
/* clang-format on */

static guint64
partition_end (const EkPartition *partition)
{
  return (guint64) partition->offset + partition->size;
}

static gboolean
partition_equal (const EkPartition *a, const EkPartition *b)
{
  return strcmp (a->label, b->label) == 0 && a->type == b->type && a->subtype == b->subtype &&
         a->offset == b->offset && a->size == b->size && a->flags == b->flags;
}

static gboolean
check_partition (const EkPartition *partition, GError **error)
{
  guint32 alignment = ek_partition_alignment (partition->type);
  gboolean is_content = partition->type != EK_PARTITION_TYPE_BOOTLOADER &&
                        partition->type != EK_PARTITION_TYPE_PARTITION_TABLE;
  const char *problem = NULL;

  if (partition->size == 0)
    problem = "is empty";
  else if (partition_end (partition) > G_MAXUINT32)
    problem = "ends beyond 4 GiB";
  else if (partition->offset % alignment != 0)
    problem = alignment > 0x1000 ? "is an app, but not at a multiple of 64 KiB"
                                 : "is not at a multiple of 4 KiB";
  else if (is_content && partition->offset < EK_PARTITION_FIRST_OFFSET)
    problem = "lies over the partition table or the boot loader";

  if (problem == NULL)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE, "Partition \"%s\" (0x%x, 0x%x bytes) %s",
               partition->label, partition->offset, partition->size, problem);
  return FALSE;
}

static gint
compare_offsets (gconstpointer a, gconstpointer b)
{
  guint32 first = ((const EkPartition *) a)->offset;
  guint32 second = ((const EkPartition *) b)->offset;

  return first < second ? -1 : first > second;
}

static gboolean
check_overlaps (const GArray *partitions, GError **error)
{
  g_autoptr (GArray) sorted = g_array_copy ((GArray *) partitions);

  g_array_sort (sorted, compare_offsets);
  for (guint i = 1; i < sorted->len; i++)
    {
      const EkPartition *before = &g_array_index (sorted, EkPartition, i - 1);
      const EkPartition *after = &g_array_index (sorted, EkPartition, i);

      if (partition_end (before) > after->offset)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                       "Partition \"%s\" (0x%x, 0x%x bytes) overlaps \"%s\" (0x%x, 0x%x bytes)",
                       before->label, before->offset, before->size, after->label, after->offset,
                       after->size);
          return FALSE;
        }
    }

  return TRUE;
}

static void
ek_partition_table_finalize (GObject *object)
{
  EkPartitionTable *self = EK_PARTITION_TABLE (object);

  g_clear_pointer (&self->partitions, g_array_unref);
  G_OBJECT_CLASS (ek_partition_table_parent_class)->finalize (object);
}

static void
ek_partition_table_class_init (EkPartitionTableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_partition_table_finalize;
}

static void
ek_partition_table_init (EkPartitionTable *self)
{
}

/**
 * ek_partition_alignment:
 * @type: such as %EK_PARTITION_TYPE_APP
 *
 * Source: ESP-IDF gen_esp32part.py; apps are mapped in pages of 64 KiB.
 *
 * Returns: bytes that a partition's offset is a multiple of
 */
guint32
ek_partition_alignment (guint8 type)
{
  return type == EK_PARTITION_TYPE_APP ? 0x10000 : 0x1000;
}

/**
 * ek_partition_table_new_take:
 * @partitions: (transfer full) (element-type EkPartition): in the table's order
 *
 * Checks that the partitions can be together on a flash: number, alignment, overlaps.
 *
 * Returns: (transfer full): the table, or %NULL with %EK_ERROR_PARTITION_TABLE
 */
EkPartitionTable *
ek_partition_table_new_take (GArray *partitions, GError **error)
{
  g_autoptr (GArray) owned = partitions;
  EkPartitionTable *self;

  if (owned->len == 0 || owned->len > EK_PARTITION_MAX_ENTRIES)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   owned->len == 0 ? "The partition table is empty"
                                   : "The partition table has %u entries; %u are possible",
                   owned->len, EK_PARTITION_MAX_ENTRIES);
      return NULL;
    }

  for (guint i = 0; i < owned->len; i++)
    if (!check_partition (&g_array_index (owned, EkPartition, i), error))
      return NULL;

  if (!check_overlaps (owned, error))
    return NULL;

  self = g_object_new (EK_TYPE_PARTITION_TABLE, NULL);
  self->partitions = g_steal_pointer (&owned);
  return self;
}

/**
 * ek_partition_table_new_layout_a:
 *
 * Returns: (transfer full): EchoKit's own layout, the one that every install gets
 */
EkPartitionTable *
ek_partition_table_new_layout_a (void)
{
  EkPartitionTable *self = g_object_new (EK_TYPE_PARTITION_TABLE, NULL);

  self->partitions = g_array_new (FALSE, TRUE, sizeof (EkPartition));
  g_array_append_vals (self->partitions, layouts[0].partitions, layouts[0].n_partitions);
  return self;
}

/**
 * ek_partition_table_get_n_partitions:
 *
 * Returns: 1 to %EK_PARTITION_MAX_ENTRIES
 */
guint
ek_partition_table_get_n_partitions (EkPartitionTable *self)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), 0);

  return self->partitions->len;
}

/**
 * ek_partition_table_get_partition:
 * @index: less than the number of partitions
 *
 * Returns: (transfer none): the entry, in the table's order; lives as long as @self
 */
const EkPartition *
ek_partition_table_get_partition (EkPartitionTable *self, guint index)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), NULL);
  g_return_val_if_fail (index < self->partitions->len, NULL);

  return &g_array_index (self->partitions, EkPartition, index);
}

/**
 * ek_partition_table_find:
 * @type: such as %EK_PARTITION_TYPE_DATA
 * @subtype: such as %EK_PARTITION_SUBTYPE_NVS
 *
 * Returns: (nullable) (transfer none): the first such partition
 */
const EkPartition *
ek_partition_table_find (EkPartitionTable *self, guint8 type, guint8 subtype)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), NULL);

  for (guint i = 0; i < self->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (self->partitions, EkPartition, i);

      if (partition->type == type && partition->subtype == subtype)
        return partition;
    }

  return NULL;
}

/**
 * ek_partition_table_find_label:
 *
 * Returns: (nullable) (transfer none): the first partition of that name
 */
const EkPartition *
ek_partition_table_find_label (EkPartitionTable *self, const char *label)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), NULL);
  g_return_val_if_fail (label != NULL, NULL);

  for (guint i = 0; i < self->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (self->partitions, EkPartition, i);

      if (strcmp (partition->label, label) == 0)
        return partition;
    }

  return NULL;
}

/**
 * ek_partition_table_find_boot_app:
 *
 * Finds the app that starts on a device with blank OTA data: "factory", else the first OTA slot.
 *
 * Source: ESP-IDF bootloader_utility_get_selected_boot_partition().
 *
 * Returns: (nullable) (transfer none): that partition
 */
const EkPartition *
ek_partition_table_find_boot_app (EkPartitionTable *self)
{
  const EkPartition *found =
      ek_partition_table_find (self, EK_PARTITION_TYPE_APP, EK_PARTITION_SUBTYPE_FACTORY);

  for (guint8 slot = EK_PARTITION_SUBTYPE_OTA_0; found == NULL && slot < SUBTYPE_OTA_END; slot++)
    found = ek_partition_table_find (self, EK_PARTITION_TYPE_APP, slot);

  return found;
}

/**
 * ek_partition_table_get_end:
 *
 * Returns: offset of the first byte behind all partitions
 */
guint32
ek_partition_table_get_end (EkPartitionTable *self)
{
  guint64 end = 0;

  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), 0);

  for (guint i = 0; i < self->partitions->len; i++)
    end = MAX (end, partition_end (&g_array_index (self->partitions, EkPartition, i)));

  return (guint32) end;
}

static gboolean
equal_to (EkPartitionTable *self, const EkPartition *partitions, guint n_partitions)
{
  if (self->partitions->len != n_partitions)
    return FALSE;

  for (guint i = 0; i < n_partitions; i++)
    if (!partition_equal (&g_array_index (self->partitions, EkPartition, i), &partitions[i]))
      return FALSE;

  return TRUE;
}

/**
 * ek_partition_table_equal:
 *
 * Returns: %TRUE if both have the same entries in the same order
 */
gboolean
ek_partition_table_equal (EkPartitionTable *self, EkPartitionTable *other)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), FALSE);
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (other), FALSE);

  return equal_to (self, (const EkPartition *) (gpointer) other->partitions->data,
                   other->partitions->len);
}

/**
 * ek_partition_table_get_layout:
 *
 * Returns: (nullable) (transfer none): "A" (EchoKit's own), "B" (espflash's default) or "C" (EchoKit
 *   before August 2025), or %NULL for another layout
 */
const char *
ek_partition_table_get_layout (EkPartitionTable *self)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++)
    if (equal_to (self, layouts[i].partitions, layouts[i].n_partitions))
      return layouts[i].name;

  return NULL;
}

/**
 * ek_partition_table_check_bounds:
 * @flash_size: bytes
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_TOO_BIG if a partition ends behind the flash
 */
gboolean
ek_partition_table_check_bounds (EkPartitionTable *self, guint32 flash_size, GError **error)
{
  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), FALSE);

  for (guint i = 0; i < self->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (self->partitions, EkPartition, i);

      if (partition_end (partition) > flash_size)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                       "Partition \"%s\" ends at 0x%" G_GINT64_MODIFIER "x, the flash at 0x%x",
                       partition->label, partition_end (partition), flash_size);
          return FALSE;
        }
    }

  return TRUE;
}
