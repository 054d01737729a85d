/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fetches an entry's files one after the other and makes one bundle of them. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-entry-download.h"

#include <string.h>

#include "ek-firmware-file.h"
#include "ek-known-build.h"
#include "ek-progress-relay.h"

#define FALLBACK_NAME "firmware.bin"
#define MAX_NAME      128

/**
 * Part:
 * @download: (nullable): %NULL for a file of this computer
 */
typedef struct
{
  EkDownload *download;
  GBytes *bytes;
  char *url;
  char *path;
  char *sha256;
  char *name;
} Part;

struct _EkEntryDownload
{
  GObject parent_instance;

  EkBundle *bundle;
  GPtrArray *parts;
};

G_DEFINE_FINAL_TYPE (EkEntryDownload, ek_entry_download, G_TYPE_OBJECT)

static void
part_free (gpointer data)
{
  Part *part = data;

  g_clear_object (&part->download);
  g_bytes_unref (part->bytes);
  g_free (part->url);
  g_free (part->path);
  g_free (part->sha256);
  g_free (part->name);
  g_free (part);
}

static void
ek_entry_download_finalize (GObject *object)
{
  EkEntryDownload *self = EK_ENTRY_DOWNLOAD (object);

  g_clear_object (&self->bundle);
  g_ptr_array_unref (self->parts);

  G_OBJECT_CLASS (ek_entry_download_parent_class)->finalize (object);
}

static void
ek_entry_download_class_init (EkEntryDownloadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_entry_download_finalize;
}

static void
ek_entry_download_init (EkEntryDownload *self)
{
  self->parts = g_ptr_array_new_with_free_func (part_free);
}

/**
 * ek_url_file_name:
 *
 * Returns: (transfer full): a name to save a file of this address under: never a path, never hidden
 */
char *
ek_url_file_name (const char *url)
{
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (!g_uri_split (url, G_URI_FLAGS_NONE, NULL, NULL, NULL, NULL, &path, NULL, NULL, NULL) ||
      *path == '\0' || g_str_has_suffix (path, "/"))
    return g_strdup (FALLBACK_NAME);

  name = g_path_get_basename (path);
  g_strcanon (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+", '_');
  if (name[0] == '.' || name[0] == '-' || strlen (name) > MAX_NAME)
    return g_strdup (FALLBACK_NAME);

  return g_steal_pointer (&name);
}

/* ---- the files ---- */

static Part *
part_new (GBytes *bytes, const char *url, const char *path)
{
  Part *part = g_new0 (Part, 1);

  part->bytes = g_bytes_ref (bytes);
  part->url = g_strdup (url);
  part->path = g_strdup (path);
  part->sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  part->name = ek_url_file_name (url);
  return part;
}

static Part *
part_new_from_download (EkDownload *download)
{
  Part *part = part_new (ek_download_get_bytes (download), ek_download_get_url (download),
                         ek_download_get_path (download));

  part->download = g_object_ref (download);
  return part;
}

/* A list in a file may name files beside it; the first that is there counts. */
static Part *
read_local (const EkCatalogFile *file, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; file->urls[i] != NULL; i++)
    {
      g_autoptr (GError) local = NULL;
      g_autofree char *path = g_filename_from_uri (file->urls[i], NULL, &local);
      g_autoptr (GBytes) bytes =
          path != NULL ? ek_firmware_file_read (path, cancellable, &local) : NULL;

      if (bytes != NULL)
        return part_new (bytes, file->urls[i], path);
      ek_error_convert (&local);
      if (file->urls[i + 1] == NULL || !g_error_matches (local, EK_ERROR, EK_ERROR_FILE_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
    }

  g_set_error_literal (error, EK_ERROR, EK_ERROR_CATALOG_ENTRY, "the entry names no file");
  return NULL;
}

/**
 * Progress:
 * @index: of the file that is fetched, of @n
 */
typedef struct
{
  EkProgressFunc func;
  gpointer user_data;
  guint index;
  guint n;
} Progress;

static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  Progress *progress = user_data;
  EkProgressInfo whole = *info;

  whole.fraction = (progress->index + info->fraction) / progress->n;
  if (progress->func != NULL)
    progress->func (&whole, progress->user_data);
}

static Part *
get_part (EkStore *store,
          EkCatalogEntry *entry,
          EkStorePolicy policy,
          Progress *progress,
          GCancellable *cancellable,
          GError **error)
{
  const EkCatalogFile *file = ek_catalog_entry_get_file (entry, progress->index);
  const EkBoard *board = ek_catalog_entry_get_board (entry);
  EkStoreRequest request = { .urls = (const char *const *) file->urls,
                             .kind = EK_CONTENT_FIRMWARE,
                             .board = board != NULL ? board->id : NULL,
                             .policy = policy };
  g_autoptr (EkDownload) download = NULL;

  if (file->urls[0] != NULL && g_str_has_prefix (file->urls[0], "file:"))
    return read_local (file, cancellable, error);

  download = ek_store_fetch (store, &request, on_progress, progress, cancellable, error);
  return download != NULL ? part_new_from_download (download) : NULL;
}

/* ---- the bundle ---- */

/* A single image at 0 is what lists have that say nothing of addresses: it says itself where it goes. */
static EkBundle *
make_bundle (EkEntryDownload *self,
             EkCatalogEntry *entry,
             GCancellable *cancellable,
             GError **error)
{
  const Part *first = self->parts->pdata[0];
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  if (self->parts->len == 1 && ek_catalog_entry_get_file (entry, 0)->offset == 0)
    return ek_bundle_new_from_bytes (first->bytes, first->url, error);

  for (guint i = 0; i < self->parts->len; i++)
    {
      g_array_append_val (offsets, ek_catalog_entry_get_file (entry, i)->offset);
      g_ptr_array_add (paths, ((Part *) self->parts->pdata[i])->path);
    }
  return ek_bundle_new_from_files ((const guint32 *) (void *) offsets->data,
                                   (const char *const *) paths->pdata, paths->len, cancellable,
                                   error);
}

static gboolean
apply_board (EkBundle *bundle, EkCatalogEntry *entry, GError **error)
{
  const EkBoard *board = ek_catalog_entry_get_board (entry);
  const char *known = ek_bundle_get_board (bundle);

  if (board == NULL)
    return TRUE;
  if (known != NULL && !g_str_equal (known, board->id))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD,
                   "the list says that this is for %s, but it is for %s", board->title,
                   ek_board_title (known));
      return FALSE;
    }

  ek_bundle_set_board (bundle, board->id);
  return TRUE;
}

static gboolean
finish (EkEntryDownload *self, EkCatalogEntry *entry, GCancellable *cancellable, GError **error)
{
  if (!(self->bundle = make_bundle (self, entry, cancellable, error)))
    return FALSE;

  ek_bundle_set_console_baud (self->bundle, ek_catalog_entry_get_console_baud (entry));
  return apply_board (self->bundle, entry, error);
}

/**
 * ek_entry_download_run:
 * @progress: (nullable) (scope call): is told of every step, on this thread
 *
 * Fetches all files of an entry on this thread, and checks that they are firmware.
 *
 * Returns: (transfer full): %NULL with the errors of ek_store_fetch() or ek_bundle_new_from_bytes(),
 *   with %EK_ERROR_CATALOG_ENTRY for a broken entry, or %EK_ERROR_FIRMWARE_WRONG_BOARD
 */
EkEntryDownload *
ek_entry_download_run (EkStore *store,
                       EkCatalogEntry *entry,
                       EkStorePolicy policy,
                       EkProgressFunc progress,
                       gpointer progress_data,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (EkEntryDownload) self = g_object_new (EK_TYPE_ENTRY_DOWNLOAD, NULL);
  Progress state = { progress, progress_data, 0, ek_catalog_entry_get_n_files (entry) };

  if (!ek_catalog_entry_check (entry, error))
    return NULL;
  for (; state.index < state.n; state.index++)
    {
      Part *part = get_part (store, entry, policy, &state, cancellable, error);

      if (part == NULL)
        return NULL;
      g_ptr_array_add (self->parts, part);
    }

  return finish (self, entry, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * ek_entry_download_peek:
 *
 * Returns: (transfer full) (nullable): what the cache has of an entry, without asking anybody; %NULL
 *   if that isn't all of it, or isn't firmware
 */
EkEntryDownload *
ek_entry_download_peek (EkStore *store, EkCatalogEntry *entry)
{
  g_autoptr (EkEntryDownload) self = g_object_new (EK_TYPE_ENTRY_DOWNLOAD, NULL);

  for (guint i = 0; i < ek_catalog_entry_get_n_files (entry); i++)
    {
      const EkCatalogFile *file = ek_catalog_entry_get_file (entry, i);
      g_autoptr (EkDownload) download = NULL;

      for (guint j = 0; file->urls[j] != NULL && download == NULL; j++)
        download = ek_store_peek (store, file->urls[j]);
      if (download == NULL)
        return NULL;
      g_ptr_array_add (self->parts, part_new_from_download (download));
    }

  if (self->parts->len == 0 || !finish (self, entry, NULL, NULL))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- asynchronously ---- */

typedef struct
{
  EkCatalogEntry *entry;
  EkStorePolicy policy;
  EkProgressRelay *relay;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->entry);
  ek_progress_relay_unref (call->relay);
  g_free (call);
}

static void
run_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  Call *call = task_data;
  GError *error = NULL;
  EkEntryDownload *self =
      ek_entry_download_run (EK_STORE (source_object), call->entry, call->policy,
                             ek_progress_relay_tell, call->relay, cancellable, &error);

  ek_progress_relay_close (call->relay);
  if (self != NULL)
    g_task_return_pointer (task, self, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * ek_entry_download_async:
 * @progress: (nullable) (scope async): as of ek_store_fetch_async()
 *
 * As ek_entry_download_run(), on a thread of its own.
 */
void
ek_entry_download_async (EkStore *store,
                         EkCatalogEntry *entry,
                         EkStorePolicy policy,
                         EkProgressFunc progress,
                         gpointer progress_data,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  call->entry = g_object_ref (entry);
  call->policy = policy;
  call->relay = ek_progress_relay_new (progress, progress_data);
  g_task_set_source_tag (task, ek_entry_download_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, call, call_free);
  g_task_run_in_thread (task, run_in_thread);
}

/**
 * ek_entry_download_finish:
 *
 * Returns: (transfer full): as ek_entry_download_run()
 */
EkEntryDownload *
ek_entry_download_finish (EkStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- what it is ---- */

/**
 * ek_entry_download_get_bundle:
 *
 * Returns: (transfer none): ready to be installed
 */
EkBundle *
ek_entry_download_get_bundle (EkEntryDownload *self)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), NULL);

  return self->bundle;
}

guint
ek_entry_download_get_n_files (EkEntryDownload *self)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), 0);

  return self->parts->len;
}

static const Part *
get_nth (EkEntryDownload *self, guint index)
{
  return self->parts->pdata[index];
}

GBytes *
ek_entry_download_get_bytes (EkEntryDownload *self, guint index)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), NULL);
  g_return_val_if_fail (index < self->parts->len, NULL);

  return get_nth (self, index)->bytes;
}

const char *
ek_entry_download_get_url (EkEntryDownload *self, guint index)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), NULL);
  g_return_val_if_fail (index < self->parts->len, NULL);

  return get_nth (self, index)->url;
}

const char *
ek_entry_download_get_sha256 (EkEntryDownload *self, guint index)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), NULL);
  g_return_val_if_fail (index < self->parts->len, NULL);

  return get_nth (self, index)->sha256;
}

/**
 * ek_entry_download_get_name:
 *
 * Returns: (transfer none): a name to save the file under
 */
const char *
ek_entry_download_get_name (EkEntryDownload *self, guint index)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), NULL);
  g_return_val_if_fail (index < self->parts->len, NULL);

  return get_nth (self, index)->name;
}

/**
 * ek_entry_download_get_origin:
 *
 * Returns: that of its least fresh file
 */
EkDownloadOrigin
ek_entry_download_get_origin (EkEntryDownload *self)
{
  EkDownloadOrigin origin = EK_DOWNLOAD_FRESH;

  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), origin);

  for (guint i = 0; i < self->parts->len; i++)
    if (get_nth (self, i)->download != NULL)
      origin = MAX (origin, ek_download_get_origin (get_nth (self, i)->download));

  return origin;
}

/**
 * ek_entry_download_get_age:
 *
 * Returns: seconds since the server last said that all of it is current
 */
gint64
ek_entry_download_get_age (EkEntryDownload *self)
{
  gint64 age = 0;

  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), 0);

  for (guint i = 0; i < self->parts->len; i++)
    if (get_nth (self, i)->download != NULL)
      age = MAX (age, ek_download_get_age (get_nth (self, i)->download));

  return age;
}

/**
 * ek_entry_download_get_plain:
 *
 * Returns: whether any of it came over http, where others could have changed it on its way
 */
gboolean
ek_entry_download_get_plain (EkEntryDownload *self)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), FALSE);

  for (guint i = 0; i < self->parts->len; i++)
    if (get_nth (self, i)->download != NULL && ek_download_get_plain (get_nth (self, i)->download))
      return TRUE;

  return FALSE;
}

/**
 * ek_entry_download_get_problem:
 *
 * Returns: (transfer none) (nullable): why a server could not be asked
 */
const GError *
ek_entry_download_get_problem (EkEntryDownload *self)
{
  g_return_val_if_fail (EK_IS_ENTRY_DOWNLOAD (self), NULL);

  for (guint i = 0; i < self->parts->len; i++)
    if (get_nth (self, i)->download != NULL &&
        ek_download_get_problem (get_nth (self, i)->download) != NULL)
      return ek_download_get_problem (get_nth (self, i)->download);

  return NULL;
}
