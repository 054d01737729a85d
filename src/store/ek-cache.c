/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache's folder: index/ has a JSON file per address, blobs/ the contents by their SHA-256, partial/
 * what isn't complete. Every change is one rename, so a reader needs no lock; whoever adds or removes
 * holds one. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ek-store-file.h"

/* Whoever holds the lock is done in milliseconds. */
#define LOCK_WAIT_US  10000
#define LOCK_ATTEMPTS 1000
/* A download that nobody took up again for so long is given up. */
#define PARTIAL_MAX_AGE_US (7 * G_TIME_SPAN_DAY)

struct _EkCache
{
  char *root;
  char *index;
  char *blobs;
  char *partials;
  guint64 max_size;
};

/**
 * ek_cache_new:
 * @root: the folder, made when something is added
 * @max_size: bytes that all contents together may have
 *
 * Returns: (transfer full)
 */
EkCache *
ek_cache_new (const char *root, guint64 max_size)
{
  EkCache *self = g_new0 (EkCache, 1);

  self->root = g_strdup (root);
  self->index = g_build_filename (root, "index", NULL);
  self->blobs = g_build_filename (root, "blobs", NULL);
  self->partials = g_build_filename (root, "partial", NULL);
  self->max_size = max_size;
  return self;
}

void
ek_cache_free (EkCache *self)
{
  g_free (self->root);
  g_free (self->index);
  g_free (self->blobs);
  g_free (self->partials);
  g_free (self);
}

static char *
index_path (EkCache *self, const char *url)
{
  g_autofree char *key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);

  return g_strdup_printf ("%s/%s.json", self->index, key);
}

/**
 * ek_cache_get_path:
 *
 * Returns: (transfer full): where an entry's content is
 */
char *
ek_cache_get_path (EkCache *self, const EkCacheEntry *entry)
{
  return g_build_filename (self->blobs, entry->sha256, NULL);
}

/**
 * ek_cache_find:
 *
 * Returns: (transfer full) (nullable): what is known about @url; whether its content is sound,
 *   ek_cache_read() tells
 */
EkCacheEntry *
ek_cache_find (EkCache *self, const char *url)
{
  g_autofree char *path = index_path (self, url);
  g_autoptr (EkCacheEntry) entry = ek_cache_entry_read (path);

  return entry != NULL && g_str_equal (entry->url, url) ? g_steal_pointer (&entry) : NULL;
}

/**
 * ek_cache_list:
 *
 * Returns: (transfer full) (element-type EkCacheEntry): all that can be read, in no order
 */
GPtrArray *
ek_cache_list (EkCache *self)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ek_cache_entry_free);
  g_autoptr (GDir) folder = g_dir_open (self->index, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->index, name, NULL);
      EkCacheEntry *entry = g_str_has_suffix (name, ".json") ? ek_cache_entry_read (path) : NULL;

      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }

  return entries;
}

/**
 * ek_cache_find_sha256:
 * @sha256: 64 hex digits, or the beginning of them
 *
 * Returns: (transfer full) (nullable): the entry with this content that was used last
 */
EkCacheEntry *
ek_cache_find_sha256 (EkCache *self, const char *sha256)
{
  g_autoptr (GPtrArray) entries = ek_cache_list (self);
  guint best = entries->len;

  for (guint i = 0; i < entries->len; i++)
    {
      EkCacheEntry *entry = g_ptr_array_index (entries, i);

      if (g_str_has_prefix (entry->sha256, sha256) &&
          (best == entries->len ||
           entry->used > ((EkCacheEntry *) g_ptr_array_index (entries, best))->used))
        best = i;
    }

  return best < entries->len ? g_ptr_array_steal_index (entries, best) : NULL;
}

/**
 * ek_cache_read:
 *
 * Maps an entry's content, which stays readable when the file is removed meanwhile, and checks it.
 *
 * Returns: (transfer full) (nullable): %NULL if it isn't there or isn't what it was
 */
GBytes *
ek_cache_read (EkCache *self, const EkCacheEntry *entry)
{
  g_autofree char *path = ek_cache_get_path (self, entry);
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *sha256 = NULL;
  struct stat status;

  /* Not everything that has this name needs to be a file. */
  if (lstat (path, &status) != 0 || !S_ISREG (status.st_mode) ||
      (guint64) status.st_size != entry->size ||
      (file = g_mapped_file_new (path, FALSE, NULL)) == NULL)
    return NULL;

  bytes = g_mapped_file_get_bytes (file);
  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  if (!g_str_equal (sha256, entry->sha256))
    {
      g_debug ("%s is damaged", path);
      return NULL;
    }

  return g_steal_pointer (&bytes);
}

/**
 * ek_cache_open_partial:
 *
 * Returns: (transfer full): as ek_partial_open()
 */
EkPartial *
ek_cache_open_partial (EkCache *self, const char *url, GError **error)
{
  return ek_partial_open (self->partials, url, error);
}

/* A descriptor that holds the lock until it is closed, or -1. */
static int
lock (EkCache *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (self->root, "lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      ek_store_set_errno (error, path, errno);
      return -1;
    }

  for (guint i = 0; i < LOCK_ATTEMPTS; i++)
    {
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
      if (ek_error_set_cancelled (cancellable, error))
        break;
      if (i + 1 == LOCK_ATTEMPTS)
        g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "%s is held by another program", path);
      else
        g_usleep (LOCK_WAIT_US);
    }

  close (fd);
  return -1;
}

static gboolean
make_folders (EkCache *self, GError **error)
{
  return ek_store_make_folder (self->index, error) && ek_store_make_folder (self->blobs, error) &&
         ek_store_make_folder (self->partials, error);
}

/* The rename itself has to reach the disk too. */
static void
sync_folder (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (fsync (fd) != 0)
    g_debug ("%s: %s", path, g_strerror (errno));
  close (fd);
}

/* ---- making room ---- */

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const EkCacheEntry *first = *(EkCacheEntry *const *) a;
  const EkCacheEntry *second = *(EkCacheEntry *const *) b;

  return (first->used > second->used) - (first->used < second->used);
}

/* The newest for one of its boards: what its owner may need without a network. */
static gboolean
is_last_of_a_board (const EkCacheEntry *entry, GPtrArray *entries)
{
  GHashTableIter iter;
  gpointer board, time;

  g_hash_table_iter_init (&iter, entry->boards);
  while (g_hash_table_iter_next (&iter, &board, &time))
    {
      gboolean last = TRUE;

      for (guint i = 0; i < entries->len && last; i++)
        last = ek_cache_entry_get_board_used (g_ptr_array_index (entries, i), board) <=
               *(gint64 *) time;
      if (last)
        return TRUE;
    }

  return FALSE;
}

static GHashTable *
count_references (GPtrArray *entries)
{
  GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < entries->len; i++)
    {
      const EkCacheEntry *entry = g_ptr_array_index (entries, i);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, entry->sha256));

      g_hash_table_insert (counts, entry->sha256, GUINT_TO_POINTER (n + 1));
    }

  return counts;
}

/* Contents that no address has any more. Returns the bytes of the others. */
static guint64
sweep_blobs (EkCache *self, GHashTable *references)
{
  g_autoptr (GDir) folder = g_dir_open (self->blobs, 0, NULL);
  guint64 total = 0;
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->blobs, name, NULL);
      struct stat status;

      if (!g_hash_table_contains (references, name))
        g_unlink (path);
      else if (lstat (path, &status) == 0)
        total += (guint64) status.st_size;
    }

  return total;
}

static void
sweep_partials (EkCache *self)
{
  g_autoptr (GDir) folder = g_dir_open (self->partials, 0, NULL);
  gint64 now = g_get_real_time ();
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->partials, name, NULL);
      struct stat status;

      if (lstat (path, &status) == 0 &&
          now - (gint64) status.st_mtime * G_USEC_PER_SEC > PARTIAL_MAX_AGE_US)
        g_unlink (path);
    }
}

static void
remove_entry (EkCache *self, const EkCacheEntry *entry)
{
  g_autofree char *path = index_path (self, entry->url);

  g_debug ("removing %s", entry->url);
  g_unlink (path);
}

/* Under the lock. What was used longest ago goes first; never @kept, never what a board used last. */
static void
make_room (EkCache *self, const EkCacheEntry *kept)
{
  g_autoptr (GPtrArray) entries = ek_cache_list (self);
  g_autoptr (GHashTable) references = count_references (entries);
  guint64 total = sweep_blobs (self, references);

  sweep_partials (self);
  g_ptr_array_sort (entries, compare_used);
  for (guint i = 0; i < entries->len && total > self->max_size; i++)
    {
      EkCacheEntry *entry = g_ptr_array_index (entries, i);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (references, entry->sha256));

      if (g_str_equal (entry->url, kept->url) || is_last_of_a_board (entry, entries))
        continue;
      remove_entry (self, entry);
      g_hash_table_insert (references, entry->sha256, GUINT_TO_POINTER (n - 1));
      if (n == 1)
        {
          g_autofree char *path = ek_cache_get_path (self, entry);

          g_unlink (path);
          total -= entry->size;
        }
    }
}

/* ---- changing it ---- */

static gboolean
commit_locked (EkCache *self, EkCacheEntry *entry, EkPartial *partial, GError **error)
{
  g_autofree char *blob = ek_cache_get_path (self, entry);
  g_autofree char *path = index_path (self, entry->url);
  g_autoptr (EkCacheEntry) old = ek_cache_entry_read (path);
  GHashTableIter iter;
  gpointer board, time;

  /* What an owner used for a board stays theirs when a newer version takes its place. */
  if (old != NULL)
    {
      g_hash_table_iter_init (&iter, old->boards);
      while (g_hash_table_iter_next (&iter, &board, &time))
        if (ek_cache_entry_get_board_used (entry, board) < *(gint64 *) time)
          g_hash_table_replace (entry->boards, g_strdup (board), g_memdup2 (time, sizeof (gint64)));
    }

  if (!ek_partial_rename (partial, blob, error))
    return FALSE;
  sync_folder (self->blobs);
  if (!ek_cache_entry_write (entry, path, error))
    return FALSE;

  make_room (self, entry);
  return TRUE;
}

/**
 * ek_cache_commit:
 * @entry: complete, with the hash of what was downloaded
 * @partial: complete
 *
 * Adds a download, or replaces what an address had before, and makes room for it.
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL, %EK_ERROR_FILE_WRITE or %EK_ERROR_CANCELLED
 */
gboolean
ek_cache_commit (EkCache *self,
                 EkCacheEntry *entry,
                 EkPartial *partial,
                 GCancellable *cancellable,
                 GError **error)
{
  gboolean ok;
  int fd;

  if (!make_folders (self, error) || (fd = lock (self, cancellable, error)) < 0)
    return FALSE;

  ok = commit_locked (self, entry, partial, error);
  close (fd);
  return ok;
}

/**
 * ek_cache_update:
 *
 * Writes down what is newly known about an address whose content stays.
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
gboolean
ek_cache_update (EkCache *self, const EkCacheEntry *entry, GError **error)
{
  g_autofree char *path = index_path (self, entry->url);
  g_autofree char *blob = ek_cache_get_path (self, entry);
  gboolean ok = TRUE;
  int fd = lock (self, NULL, error);

  if (fd < 0)
    return FALSE;
  /* Another process may just have made room. */
  if (g_file_test (blob, G_FILE_TEST_EXISTS))
    ok = ek_cache_entry_write (entry, path, error);
  close (fd);
  return ok;
}

/**
 * ek_cache_forget:
 *
 * Removes an entry whose content is damaged, and the content.
 */
void
ek_cache_forget (EkCache *self, const EkCacheEntry *entry)
{
  g_autofree char *blob = ek_cache_get_path (self, entry);

  remove_entry (self, entry);
  g_unlink (blob);
}
