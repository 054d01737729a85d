/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads 3 kB of table, two OTA entries and 256 bytes of description off a device. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-installed.h"

#include "ek-known-build.h"

static gboolean
read_otadata (EkInstalled *self,
              const EkFlashReader *reader,
              guint32 flash_size,
              GCancellable *cancellable,
              GError **error)
{
  const EkPartition *partition =
      ek_partition_table_find (self->table, EK_PARTITION_TYPE_DATA, EK_PARTITION_SUBTYPE_OTADATA);
  guint8 entries[2][EK_OTADATA_ENTRY_SIZE];

  if (partition != NULL && partition->size >= EK_OTADATA_SIZE &&
      (guint64) partition->offset + EK_OTADATA_SIZE <= flash_size)
    {
      for (guint i = 0; i < 2; i++)
        if (!reader->read (reader->user_data, partition->offset + i * EK_OTADATA_SECTOR_SIZE,
                           sizeof entries[i], entries[i], cancellable, error))
          return FALSE;
      ek_otadata_parse (entries[0], entries[1], &self->otadata);
    }

  self->app_partition = ek_otadata_find_boot_app (&self->otadata, self->table);
  return TRUE;
}

static gboolean
read_app (EkInstalled *self,
          const EkFlashReader *reader,
          guint32 flash_size,
          GCancellable *cancellable,
          GError **error)
{
  const EkPartition *app = self->app_partition;
  guint8 bytes[EK_APP_DESC_SIZE];
  const EkKnownBuild *build;

  if (app == NULL || (guint64) app->offset + EK_APP_DESC_OFFSET + sizeof bytes > flash_size)
    return TRUE;
  if (!reader->read (reader->user_data, app->offset + EK_APP_DESC_OFFSET, sizeof bytes, bytes,
                     cancellable, error))
    return FALSE;

  self->has_app = ek_app_description_parse (bytes, sizeof bytes, &self->app);
  if (self->has_app)
    {
      build = ek_known_build_find (self->app.elf_sha256, sizeof self->app.elf_sha256);
      self->board = build != NULL ? build->board : NULL;
    }
  return TRUE;
}

/**
 * ek_installed_read:
 * @flash_size: bytes
 *
 * A device without a table, or without an app, is no error.
 *
 * Returns: %FALSE with the reader's error
 */
gboolean
ek_installed_read (EkInstalled *self,
                   const EkFlashReader *reader,
                   guint32 flash_size,
                   GCancellable *cancellable,
                   GError **error)
{
  guint8 bytes[EK_PARTITION_TABLE_SIZE];
  g_autoptr (GError) local_error = NULL;

  ek_installed_clear (self);
  if (flash_size < EK_PARTITION_TABLE_OFFSET + sizeof bytes)
    return TRUE;
  if (!reader->read (reader->user_data, EK_PARTITION_TABLE_OFFSET, sizeof bytes, bytes, cancellable,
                     error))
    return FALSE;

  self->table = ek_partition_table_new_from_binary (bytes, sizeof bytes, &local_error);
  if (self->table == NULL)
    {
      g_debug ("device's table: %s", local_error->message);
      return TRUE;
    }

  return read_otadata (self, reader, flash_size, cancellable, error) &&
         read_app (self, reader, flash_size, cancellable, error);
}

void
ek_installed_clear (EkInstalled *self)
{
  g_clear_object (&self->table);
  *self = (EkInstalled){ 0 };
}
