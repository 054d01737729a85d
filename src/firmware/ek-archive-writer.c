/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a tar.gz: sorted, without times, owners and the computer's traces, so that the same files
 * make the same bytes. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-archive-writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <string.h>

typedef struct archive Archive;
typedef struct archive_entry ArchiveEntry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveEntry, archive_entry_free)

static la_ssize_t
append_bytes (Archive *archive, void *user_data, const void *data, size_t size)
{
  g_byte_array_append (user_data, data, (guint) size);
  return (la_ssize_t) size;
}

static gboolean
set_failed (GError **error, Archive *archive)
{
  g_set_error (error, EK_ERROR, EK_ERROR_INTERNAL, "writing the archive: %s",
               archive_error_string (archive));
  return FALSE;
}

/* The time in gzip's header would make every archive different. */
static gboolean
open_archive (Archive *archive, GByteArray *target, GError **error)
{
  return (archive_write_set_format_ustar (archive) == ARCHIVE_OK &&
          archive_write_add_filter_gzip (archive) == ARCHIVE_OK &&
          archive_write_set_filter_option (archive, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
          archive_write_set_bytes_in_last_block (archive, 1) == ARCHIVE_OK &&
          archive_write_open (archive, target, NULL, append_bytes, NULL) == ARCHIVE_OK) ||
         set_failed (error, archive);
}

static gboolean
add_file (Archive *archive, const char *name, GBytes *bytes, GError **error)
{
  g_autoptr (ArchiveEntry) entry = archive_entry_new ();
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, (la_int64_t) size);
  archive_entry_set_mtime (entry, 0, 0);

  return (archive_write_header (archive, entry) == ARCHIVE_OK &&
          archive_write_data (archive, data, size) == (la_ssize_t) size) ||
         set_failed (error, archive);
}

static gboolean
add_files (Archive *archive, GHashTable *files, GError **error)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (files), (GCompareFunc) strcmp);

  for (GList *l = names; l != NULL; l = l->next)
    if (!add_file (archive, l->data, g_hash_table_lookup (files, l->data), error))
      return FALSE;

  return TRUE;
}

/**
 * ek_archive_pack:
 * @files: (element-type utf8 GBytes): by relative name, in ASCII
 *
 * Returns: (transfer full): a tar.gz, or %NULL with %EK_ERROR_INTERNAL
 */
GBytes *
ek_archive_pack (GHashTable *files, GError **error)
{
  g_autoptr (Archive) archive = archive_write_new ();
  g_autoptr (GByteArray) target = g_byte_array_new ();

  if (!open_archive (archive, target, error) || !add_files (archive, files, error))
    return NULL;
  if (archive_write_close (archive) != ARCHIVE_OK)
    {
      set_failed (error, archive);
      return NULL;
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&target));
}
