/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels are looked up in the device's table, numbers are held against the flash's size. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-range.h"

/**
 * ek_flash_range_check:
 * @flash_size: bytes
 *
 * Fills in a size that is 0.
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if it is not within the flash
 */
gboolean
ek_flash_range_check (EkFlashRange *self, guint32 flash_size, GError **error)
{
  if (self->offset < flash_size && self->size <= flash_size - self->offset)
    {
      if (self->size == 0)
        self->size = flash_size - self->offset;
      return TRUE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "0x%x bytes at 0x%x are not within a flash of 0x%x bytes", self->size, self->offset,
               flash_size);
  return FALSE;
}

/**
 * ek_flash_find_partition:
 * @table: (nullable)
 *
 * Returns: (transfer none): %NULL with %EK_ERROR_PARTITION_TABLE or %EK_ERROR_INVALID_ARGUMENT
 */
const EkPartition *
ek_flash_find_partition (EkPartitionTable *table, const char *label, GError **error)
{
  const EkPartition *partition;
  g_autoptr (GString) labels = g_string_new (NULL);

  if (table == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "there is no partition table to find “%s” in", label);
      return NULL;
    }
  if ((partition = ek_partition_table_find_label (table, label)) != NULL)
    return partition;

  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    g_string_append_printf (labels, "%s%s", i > 0 ? ", " : "",
                            ek_partition_table_get_partition (table, i)->label);
  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "there is no partition “%s”, only %s",
               label, labels->str);
  return NULL;
}

static gboolean
find_on_device (EkFlashRange *self, EkLoader *loader, GCancellable *cancellable, GError **error)
{
  EkFlashReader reader = ek_flash_reader_for_loader (loader);
  EkInstalled installed = { 0 };
  const EkPartition *partition = NULL;

  if (ek_installed_read (&installed, &reader, ek_loader_get_chip_info (loader)->flash_size,
                         cancellable, error))
    partition = ek_flash_find_partition (installed.table, self->partition, error);
  if (partition != NULL)
    {
      self->offset = partition->offset;
      self->size = partition->size;
    }
  ek_installed_clear (&installed);

  return partition != NULL;
}

/**
 * ek_flash_range_resolve:
 * @loader: connected
 *
 * Fills in what is left open, and checks it.
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_PARTITION_TABLE or an error of the link
 */
gboolean
ek_flash_range_resolve (EkFlashRange *self,
                        EkLoader *loader,
                        GCancellable *cancellable,
                        GError **error)
{
  if (self->partition != NULL && !find_on_device (self, loader, cancellable, error))
    return FALSE;

  return ek_flash_range_check (self, ek_loader_get_chip_info (loader)->flash_size, error);
}
