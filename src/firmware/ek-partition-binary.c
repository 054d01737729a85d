/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partition table as it lies on the flash: entries of 32 bytes, their MD5, and 0xFF. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-partition-table-private.h"

#include "ek-bytes.h"

#define ENTRY_SIZE 32
#define MD5_MAGIC  0xebeb
#define MD5_OFFSET 16

/* A label has 16 bytes and ends with NUL only if it is shorter. It is shown to people: what is not
 * printable ASCII becomes a question mark. */
static void
read_label (char *label, const guint8 *field)
{
  for (guint i = 0; i < 16 && field[i] != '\0'; i++)
    label[i] = g_ascii_isprint (field[i]) ? (char) field[i] : '?';
}

static void
read_entry (const guint8 *entry, GArray *partitions)
{
  EkPartition partition = {
    .type = entry[2],
    .subtype = entry[3],
    .offset = ek_get_u32 (entry + 4),
    .size = ek_get_u32 (entry + 8),
    .flags = ek_get_u32 (entry + 28),
  };

  read_label (partition.label, entry + 12);
  g_array_append_val (partitions, partition);
}

static gboolean
check_md5 (const guint8 *table, gsize position, GError **error)
{
  guint8 computed[EK_MD5_SIZE];

  ek_bytes_md5 (table, position, computed);
  if (memcmp (computed, table + position + MD5_OFFSET, EK_MD5_SIZE) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
               "The partition table's MD5 at 0x%zx does not match its entries",
               position + MD5_OFFSET);
  return FALSE;
}

/* Reads entries up to the end marker. Tables from before ESP-IDF 3.1 have no MD5. */
static gboolean
read_entries (EkByteReader *reader, GArray *partitions, GError **error)
{
  const guint8 *entry;

  while ((entry = ek_byte_reader_take (reader, ENTRY_SIZE)) != NULL)
    {
      gsize position = reader->position - ENTRY_SIZE;
      guint16 magic = ek_get_u16 (entry);

      if (ek_bytes_all (entry, ENTRY_SIZE, 0xff))
        return TRUE;

      if (magic == EK_PARTITION_ENTRY_MAGIC)
        read_entry (entry, partitions);
      else if (magic != MD5_MAGIC)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                       "No partition table: the entry at 0x%zx starts with 0x%04x", position,
                       magic);
          return FALSE;
        }
      else
        return check_md5 (reader->data, position, error);
    }

  g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
               "The partition table has no end within its %zu bytes", reader->size);
  return FALSE;
}

/**
 * ek_partition_table_new_from_binary:
 * @data: (array length=size): bytes from %EK_PARTITION_TABLE_OFFSET of a flash or a merged image
 * @size: bytes; what is behind %EK_PARTITION_TABLE_SIZE is ignored
 *
 * Source: ESP-IDF "Partition Tables" and gen_esp32part.py.
 *
 * Returns: (transfer full): the table, or %NULL with %EK_ERROR_PARTITION_TABLE if there is none or
 *   it is broken
 */
EkPartitionTable *
ek_partition_table_new_from_binary (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (GArray) partitions = g_array_new (FALSE, TRUE, sizeof (EkPartition));
  EkByteReader reader;

  g_return_val_if_fail (data != NULL || size == 0, NULL);

  ek_byte_reader_init (&reader, data, MIN (size, EK_PARTITION_TABLE_SIZE));
  if (!read_entries (&reader, partitions, error))
    return NULL;

  return ek_partition_table_new_take (g_steal_pointer (&partitions), error);
}

static void
write_entry (guint8 *entry, const EkPartition *partition)
{
  ek_put_u16 (entry, EK_PARTITION_ENTRY_MAGIC);
  entry[2] = partition->type;
  entry[3] = partition->subtype;
  ek_put_u32 (entry + 4, partition->offset);
  ek_put_u32 (entry + 8, partition->size);
  memset (entry + 12, 0, 16);
  memcpy (entry + 12, partition->label, strlen (partition->label));
  ek_put_u32 (entry + 28, partition->flags);
}

/**
 * ek_partition_table_to_binary:
 *
 * Returns: (transfer full): %EK_PARTITION_TABLE_SIZE bytes: entries, MD5, 0xFF to the end
 */
GBytes *
ek_partition_table_to_binary (EkPartitionTable *self)
{
  g_autofree guint8 *table = g_malloc (EK_PARTITION_TABLE_SIZE);
  guint n_partitions;
  gsize end;

  g_return_val_if_fail (EK_IS_PARTITION_TABLE (self), NULL);

  memset (table, 0xff, EK_PARTITION_TABLE_SIZE);
  n_partitions = ek_partition_table_get_n_partitions (self);
  for (guint i = 0; i < n_partitions; i++)
    write_entry (table + i * ENTRY_SIZE, ek_partition_table_get_partition (self, i));

  end = n_partitions * ENTRY_SIZE;
  ek_put_u16 (table + end, MD5_MAGIC);
  ek_bytes_md5 (table, end, table + end + MD5_OFFSET);
  return g_bytes_new_take (g_steal_pointer (&table), EK_PARTITION_TABLE_SIZE);
}
