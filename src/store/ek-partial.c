/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A partial download: the bytes, and beside them how many of them count, their hash, and what the
 * server called this version of the file. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-partial.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ek-cache-entry.h"
#include "ek-store-file.h"

/* After a power cut the end of a file may be zeros. So only what was written out and hashed counts;
 * each megabyte is, and what is there when a download breaks off. */
#define SEAL_INTERVAL (1024 * 1024)
#define READ_SIZE     (64 * 1024)

struct _EkPartial
{
  char *url;
  char *path;
  char *meta_path; /* (nullable): %NULL for one that nobody takes up again */
  int fd;
  guint64 size;
  guint64 sealed;
  guint64 total; /* 0: the server doesn't say */
  char *etag;
  char *last_modified;
  GChecksum *checksum;
  gboolean settled; /* renamed or thrown away: the name is no longer ours */
};

/* A weak tag says "alike", not "the same bytes"; RFC 9110, 13.1.5. */
static gboolean
is_strong (const char *etag)
{
  return etag != NULL && etag[0] == '"';
}

static gboolean
is_same_file (int fd, const char *path)
{
  struct stat ours, theirs;

  return fstat (fd, &ours) == 0 && stat (path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
         ours.st_dev == theirs.st_dev;
}

/* Another process may rename or delete the file between our opening and our locking it. */
static int
open_locked (const char *path, gboolean *busy, GError **error)
{
  *busy = FALSE;
  for (;;)
    {
      int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

      if (fd < 0)
        {
          ek_store_set_errno (error, path, errno);
          return -1;
        }
      if (flock (fd, LOCK_EX | LOCK_NB) != 0)
        {
          *busy = TRUE;
          close (fd);
          return -1;
        }
      if (is_same_file (fd, path))
        return fd;
      close (fd);
    }
}

/* While another process downloads the same: a file of our own, that is thrown away if it breaks. */
static gboolean
open_private (EkPartial *self, GError **error)
{
  g_autofree char *template = g_strconcat (self->path, ".XXXXXX", NULL);

  self->fd = g_mkstemp_full (template, O_RDWR | O_CLOEXEC, 0600);
  if (self->fd < 0)
    {
      ek_store_set_errno (error, template, errno);
      return FALSE;
    }

  g_clear_pointer (&self->meta_path, g_free);
  g_free (self->path);
  self->path = g_steal_pointer (&template);
  return TRUE;
}

/* Hashes the first @size bytes that are there, and leaves the file's position behind them. */
static gboolean
hash_file (EkPartial *self, guint64 size)
{
  g_autofree guint8 *buffer = g_malloc (READ_SIZE);
  guint64 done = 0;

  if (lseek (self->fd, 0, SEEK_SET) != 0)
    return FALSE;
  while (done < size)
    {
      ssize_t n = read (self->fd, buffer, MIN (READ_SIZE, size - done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      g_checksum_update (self->checksum, buffer, n);
      done += (guint64) n;
    }

  return TRUE;
}

static char *
current_hash (EkPartial *self)
{
  g_autoptr (GChecksum) copy = g_checksum_copy (self->checksum);

  return g_strdup (g_checksum_get_string (copy));
}

static void
forget (EkPartial *self)
{
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->last_modified, g_free);
  g_checksum_reset (self->checksum);
  self->size = self->sealed = self->total = 0;
}

/* Takes up what an earlier try left, if it is still what that try left. */
static gboolean
take_up (EkPartial *self)
{
  g_autoptr (JsonObject) meta = ek_json_read_file (self->meta_path);
  g_autofree char *hash = NULL;
  gint64 size;

  if (meta == NULL || g_strcmp0 (ek_json_get_string (meta, "url"), self->url) != 0 ||
      (size = ek_json_get_int (meta, "size")) <= 0 || (guint64) size > EK_CONTENT_MAX_FIRMWARE ||
      !hash_file (self, (guint64) size))
    return FALSE;

  hash = current_hash (self);
  if (g_strcmp0 (hash, ek_json_get_string (meta, "sha256")) != 0 || ftruncate (self->fd, size) != 0)
    return FALSE;

  self->size = self->sealed = (guint64) size;
  self->total = (guint64) MAX (0, ek_json_get_int (meta, "total"));
  self->etag = ek_json_dup_header (meta, "etag");
  self->last_modified = ek_json_dup_header (meta, "last_modified");
  return TRUE;
}

/**
 * ek_partial_open:
 * @folder: where partial downloads are, made if missing
 * @url: what is downloaded
 *
 * Opens what there is of a download, or begins one. If another process is at the same one, this one
 * gets a file of its own.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
EkPartial *
ek_partial_open (const char *folder, const char *url, GError **error)
{
  g_autoptr (EkPartial) self = g_new0 (EkPartial, 1);
  g_autofree char *key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);
  gboolean busy;

  self->fd = -1;
  self->url = g_strdup (url);
  self->path = g_strdup_printf ("%s/%s", folder, key);
  self->meta_path = g_strdup_printf ("%s/%s.json", folder, key);
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);

  if (!ek_store_make_folder (folder, error))
    return NULL;
  self->fd = open_locked (self->path, &busy, error);
  if (self->fd < 0 && (!busy || !open_private (self, error)))
    return NULL;
  if (self->meta_path != NULL && !take_up (self) &&
      !ek_partial_restart (self, NULL, NULL, 0, error))
    return NULL;

  return g_steal_pointer (&self);
}

static gboolean
write_meta (EkPartial *self, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *hash = current_hash (self);

  json_builder_begin_object (builder);
  ek_json_add_string (builder, "url", self->url);
  ek_json_add_string (builder, "etag", self->etag);
  ek_json_add_string (builder, "last_modified", self->last_modified);
  ek_json_add_string (builder, "sha256", hash);
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, (gint64) self->size);
  json_builder_set_member_name (builder, "total");
  json_builder_add_int_value (builder, (gint64) self->total);
  json_builder_end_object (builder);
  return ek_json_write_file (builder, self->meta_path, error);
}

static gboolean
seal (EkPartial *self, GError **error)
{
  if (self->meta_path == NULL || ek_partial_get_if_range (self) == NULL)
    return TRUE;
  if (fdatasync (self->fd) != 0)
    {
      ek_store_set_errno (error, self->path, errno);
      return FALSE;
    }
  if (!write_meta (self, error))
    return FALSE;

  self->sealed = self->size;
  return TRUE;
}

/**
 * ek_partial_free:
 *
 * Leaves on disk what can be taken up again, and nothing else.
 */
void
ek_partial_free (EkPartial *self)
{
  g_autoptr (GError) error = NULL;

  if (self->fd >= 0 && !self->settled)
    {
      gboolean useful = self->meta_path != NULL && ek_partial_get_if_range (self) != NULL;

      if (useful && self->sealed != self->size && !seal (self, &error))
        {
          g_debug ("%s", error->message);
          useful = FALSE;
        }
      if (!useful)
        ek_partial_discard (self);
    }
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->url);
  g_free (self->path);
  g_free (self->meta_path);
  g_free (self->etag);
  g_free (self->last_modified);
  g_clear_pointer (&self->checksum, g_checksum_free);
  g_free (self);
}

/**
 * ek_partial_get_size:
 *
 * Returns: bytes that are there
 */
guint64
ek_partial_get_size (EkPartial *self)
{
  return self->size;
}

/**
 * ek_partial_get_total:
 *
 * Returns: bytes that the whole file has, or 0 if the server didn't say
 */
guint64
ek_partial_get_total (EkPartial *self)
{
  return self->total;
}

/**
 * ek_partial_get_if_range:
 *
 * Returns: (nullable) (transfer none): what to ask the server with, so that it sends the rest of this
 *   very version or else the whole; %NULL if there is nothing to take up or nothing to ask with
 */
const char *
ek_partial_get_if_range (EkPartial *self)
{
  if (self->size == 0)
    return NULL;

  return is_strong (self->etag) ? self->etag : self->last_modified;
}

/**
 * ek_partial_get_etag:
 *
 * Returns: (nullable) (transfer none): the tag of the version that the bytes are of
 */
const char *
ek_partial_get_etag (EkPartial *self)
{
  return self->etag;
}

const char *
ek_partial_get_path (EkPartial *self)
{
  return self->path;
}

/**
 * ek_partial_restart:
 * @etag: (nullable): of the version that now comes
 * @last_modified: (nullable): the same
 * @total: bytes it has, or 0 if that isn't known
 *
 * Throws away what is there. Without a strong tag or a date, what comes won't be taken up again.
 */
gboolean
ek_partial_restart (EkPartial *self,
                    const char *etag,
                    const char *last_modified,
                    guint64 total,
                    GError **error)
{
  forget (self);
  if (self->meta_path != NULL)
    g_unlink (self->meta_path);
  if (ftruncate (self->fd, 0) != 0 || lseek (self->fd, 0, SEEK_SET) != 0)
    {
      ek_store_set_errno (error, self->path, errno);
      return FALSE;
    }

  self->etag = g_strdup (etag);
  self->last_modified = g_strdup (last_modified);
  self->total = total;
  return TRUE;
}

/**
 * ek_partial_append:
 *
 * On a full disk the file is emptied: it must not be what keeps the disk full.
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
gboolean
ek_partial_append (EkPartial *self, const guint8 *data, gsize size, GError **error)
{
  gsize done = 0;

  while (done < size)
    {
      ssize_t n = write (self->fd, data + done, size - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          ek_store_set_errno (error, self->path, errno);
          ek_partial_discard (self);
          return FALSE;
        }
      done += (gsize) n;
    }

  g_checksum_update (self->checksum, data, (gssize) size);
  self->size += size;
  return self->size - self->sealed < SEAL_INTERVAL || seal (self, error);
}

/**
 * ek_partial_read_head:
 *
 * Returns: how many bytes of the beginning were read into @head
 */
gsize
ek_partial_read_head (EkPartial *self, guint8 *head, gsize size)
{
  ssize_t n = pread (self->fd, head, MIN (size, self->size), 0);

  return n > 0 ? (gsize) n : 0;
}

/**
 * ek_partial_map:
 *
 * Returns: (transfer full): what is there, to look at before it is renamed or discarded
 */
GBytes *
ek_partial_map (EkPartial *self, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (self->fd, FALSE, NULL);

  if (file == NULL)
    {
      ek_store_set_errno (error, self->path, errno);
      return NULL;
    }

  return g_mapped_file_get_bytes (file);
}

/**
 * ek_partial_complete:
 * @sha256: (out): of the whole, in hex
 *
 * Everything has come: writes it out to the disk.
 */
gboolean
ek_partial_complete (EkPartial *self, char **sha256, GError **error)
{
  if (fsync (self->fd) != 0)
    {
      ek_store_set_errno (error, self->path, errno);
      return FALSE;
    }

  *sha256 = current_hash (self);
  return TRUE;
}

/**
 * ek_partial_rename:
 *
 * Gives the completed file its name for good.
 */
gboolean
ek_partial_rename (EkPartial *self, const char *path, GError **error)
{
  if (g_rename (self->path, path) != 0)
    {
      ek_store_set_errno (error, path, errno);
      return FALSE;
    }

  if (self->meta_path != NULL)
    g_unlink (self->meta_path);
  self->settled = TRUE;
  return TRUE;
}

/**
 * ek_partial_discard:
 *
 * Nothing of this is of use: gives the disk its room back. Nothing can be written after that.
 */
void
ek_partial_discard (EkPartial *self)
{
  forget (self);
  if (ftruncate (self->fd, 0) != 0 || lseek (self->fd, 0, SEEK_SET) != 0)
    g_debug ("%s can't be emptied: %s", self->path, g_strerror (errno));
  if (self->meta_path != NULL)
    g_unlink (self->meta_path);
  if (!self->settled)
    g_unlink (self->path);
  self->settled = TRUE;
}
