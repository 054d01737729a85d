/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the settings in a file by its content, and puts changed ones back to the same place. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-settings-file.h"

#include "ek-bundle-private.h"
#include "ek-bytes.h"
#include "ek-settings.h"

#include <glib/gstdio.h>

struct _EkSettingsFile
{
  char *path;
  GBytes *bytes;  /* the whole file */
  guint32 offset; /* of the settings in it */
  guint32 size;
  EkNvs *nvs;
};

/* A whole flash has a partition table where every device has it. */
static const EkPartition *
find_in_table (EkPartitionTable *table, gsize file_size)
{
  const EkPartition *partition = ek_settings_find_partition (table);

  if (partition == NULL || (guint64) partition->offset + partition->size > file_size)
    return NULL;

  return partition;
}

static gboolean
find_place (EkSettingsFile *self, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (self->bytes, &size);
  g_autoptr (EkPartitionTable) table = NULL;
  const EkPartition *partition = NULL;

  if (size >= EK_PARTITION_TABLE_OFFSET + EK_PARTITION_TABLE_SIZE)
    table = ek_partition_table_new_from_binary (data + EK_PARTITION_TABLE_OFFSET,
                                                EK_PARTITION_TABLE_SIZE, NULL);
  if (table != NULL)
    partition = find_in_table (table, size);
  if (partition != NULL)
    {
      self->offset = partition->offset;
      self->size = partition->size;
      return TRUE;
    }
  if (table == NULL && size % EK_NVS_PAGE_SIZE == 0 &&
      (ek_nvs_is_candidate (data, size) || ek_bytes_all (data, size, 0xff)))
    {
      self->size = (guint32) size;
      return TRUE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
               "%s holds no settings: neither a partition of them nor a whole flash", self->path);
  return FALSE;
}

/**
 * ek_settings_file_open:
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_NOT_FIRMWARE if there is no place for settings in the
 *   file, %EK_ERROR_FIRMWARE_DAMAGED if they can't be read, or an error of reading the file
 */
EkSettingsFile *
ek_settings_file_open (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (EkSettingsFile) self = g_new0 (EkSettingsFile, 1);
  const guint8 *data;

  self->path = g_strdup (path);
  self->bytes = ek_firmware_file_read (path, cancellable, error);
  if (self->bytes == NULL || !find_place (self, error))
    return NULL;

  data = g_bytes_get_data (self->bytes, NULL);
  self->nvs = ek_nvs_new_from_bytes (data + self->offset, self->size, error);
  return self->nvs != NULL ? g_steal_pointer (&self) : NULL;
}

void
ek_settings_file_free (EkSettingsFile *self)
{
  if (self == NULL)
    return;

  g_free (self->path);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_object (&self->nvs);
  g_free (self);
}

/**
 * ek_settings_file_get_nvs:
 *
 * Returns: (transfer none): the values, to read and to change
 */
EkNvs *
ek_settings_file_get_nvs (EkSettingsFile *self)
{
  return self->nvs;
}

/* The file keeps its mode; it holds a password, so a new one would be for its owner only. */
static int
mode_of (const char *path)
{
  GStatBuf info;

  return g_stat (path, &info) == 0 ? (int) (info.st_mode & 0777) : 0600;
}

/**
 * ek_settings_file_save:
 *
 * Writes the whole file anew, at once or not at all.
 *
 * Returns: %FALSE with %EK_ERROR_SETTINGS_FULL, %EK_ERROR_DISK_FULL, %EK_ERROR_FILE_WRITE
 */
gboolean
ek_settings_file_save (EkSettingsFile *self, GError **error)
{
  g_autoptr (GBytes) settings = ek_nvs_to_bytes (self->nvs, self->size, error);
  g_autoptr (GError) local_error = NULL;
  g_autofree guint8 *content = NULL;
  gsize size;
  gconstpointer before = g_bytes_get_data (self->bytes, &size);
  gboolean full;

  if (settings == NULL)
    return FALSE;

  content = g_memdup2 (before, size);
  memcpy (content + self->offset, g_bytes_get_data (settings, NULL), self->size);
  if (g_file_set_contents_full (self->path, (const char *) content, (gssize) size,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                mode_of (self->path), &local_error))
    return TRUE;

  full = g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_set_error (error, EK_ERROR, full ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE, "%s",
               local_error->message);
  return FALSE;
}
