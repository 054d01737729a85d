/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PATH.part until it is complete, then PATH. What an interrupted run left is taken up again. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-save-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ek-bytes.h"

/* What is on a device includes the Wi-Fi password. */
#define OWNER_ONLY 0600
#define BUFFER     0x10000u

struct _EkSaveFile
{
  char *path;      /* where it goes: what a symbolic link leads to */
  char *part_path; /* where it is meanwhile */
  int fd;
  guint64 size;
  gboolean resumed;
  gboolean touched; /* something was saved: worth keeping after a failure */
};

static void
set_error (GError **error, int number, const char *path)
{
  gboolean full = number == ENOSPC || number == EDQUOT || number == EFBIG;

  g_set_error (error, EK_ERROR, full ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE, "%s: %s", path,
               g_strerror (number));
}

/* The file that a link leads to is replaced, not the link. */
static char *
resolve (const char *path)
{
  char *real = realpath (path, NULL);
  char *copy = g_strdup (real != NULL ? real : path);

  free (real);
  return copy;
}

/**
 * ek_save_file_check:
 *
 * Looks whether a file can be made there, and makes the folders above it.
 *
 * Returns: %FALSE with %EK_ERROR_FILE_WRITE or %EK_ERROR_DISK_FULL
 */
gboolean
ek_save_file_check (const char *path, GError **error)
{
  g_autofree char *real = resolve (path);
  g_autofree char *folder = g_path_get_dirname (real);
  struct stat info;

  if (stat (real, &info) == 0 && !S_ISREG (info.st_mode))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "%s: is no regular file", path);
      return FALSE;
    }
  if (g_mkdir_with_parents (folder, 0777) != 0 || access (folder, W_OK | X_OK) != 0)
    {
      set_error (error, errno, folder);
      return FALSE;
    }

  return TRUE;
}

static gboolean
write_all (int fd, guint64 offset, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize n = pwrite (fd, data, size, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      offset += (guint64) n;
      size -= (gsize) n;
    }

  return TRUE;
}

static gboolean
read_all (int fd, guint64 offset, guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize n = pread (fd, data, size, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        errno = EIO;
      if (n <= 0)
        return FALSE;
      data += n;
      offset += (guint64) n;
      size -= (gsize) n;
    }

  return TRUE;
}

static gboolean
has_size (int fd, guint64 size)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && (guint64) info.st_size == size;
}

/* Whatever is in the file is a guess at what is on the device; the device's own MD5 judges it. The best
 * one is an older copy, else that nothing is there. All of it is written, so that a full disk shows now
 * and not after minutes. */
static gboolean
fill (EkSaveFile *self, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (BUFFER);
  int old = open (self->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean use_old = old >= 0 && has_size (old, self->size);
  gboolean ok = ftruncate (self->fd, 0) == 0;

  for (guint64 at = 0; ok && at < self->size; at += BUFFER)
    {
      gsize n = (gsize) MIN (BUFFER, self->size - at);

      if (!use_old || !read_all (old, at, buffer, n))
        memset (buffer, 0xff, n);
      ok = write_all (self->fd, at, buffer, n);
    }
  if (!ok)
    set_error (error, errno, self->part_path);
  if (old >= 0)
    close (old);

  return ok;
}

static gboolean
open_part (EkSaveFile *self, GError **error)
{
  self->fd =
      open (self->part_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, OWNER_ONLY);
  if (self->fd < 0 || fchmod (self->fd, OWNER_ONLY) != 0)
    {
      set_error (error, errno, self->part_path);
      return FALSE;
    }
  if (flock (self->fd, LOCK_EX | LOCK_NB) != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "%s: another program is writing it",
                   self->part_path);
      return FALSE;
    }

  self->resumed = has_size (self->fd, self->size);
  self->touched = self->resumed;
  return self->resumed || fill (self, error);
}

/**
 * ek_save_file_open:
 * @path: what the file will be called; there may be an older one, which stays until this is complete
 * @size: bytes it will have
 *
 * Opens `PATH.part`, readable for its owner only. If an interrupted run left one of this size, its
 * contents stay; else it holds what an older file of this size holds, else 0xFF.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_FILE_WRITE or %EK_ERROR_DISK_FULL
 */
EkSaveFile *
ek_save_file_open (const char *path, guint64 size, GError **error)
{
  g_autoptr (EkSaveFile) self = g_new0 (EkSaveFile, 1);

  self->fd = -1;
  self->size = size;
  self->path = resolve (path);
  self->part_path = g_strconcat (self->path, ".part", NULL);
  if (!ek_save_file_check (path, error) || !open_part (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * ek_save_file_free:
 *
 * Without ek_save_file_commit() before, what was saved stays in `PATH.part` for the next run; a file
 * that nothing was saved to goes.
 */
void
ek_save_file_free (EkSaveFile *self)
{
  if (self == NULL)
    return;

  if (self->fd >= 0)
    {
      if (self->part_path != NULL && !self->touched)
        g_unlink (self->part_path);
      close (self->fd);
    }
  g_free (self->path);
  g_free (self->part_path);
  g_free (self);
}

/**
 * ek_save_file_get_part_path:
 *
 * Returns: (transfer none): where the file is until it is complete
 */
const char *
ek_save_file_get_part_path (EkSaveFile *self)
{
  return self->part_path;
}

/**
 * ek_save_file_was_resumed:
 *
 * Returns: whether an interrupted run had left something
 */
gboolean
ek_save_file_was_resumed (EkSaveFile *self)
{
  return self->resumed;
}

/**
 * ek_save_file_md5:
 * @digest: (out caller-allocates) (array fixed-size=16): of what is in the file now
 */
gboolean
ek_save_file_md5 (EkSaveFile *self, guint64 offset, gsize size, guint8 *digest, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  g_autofree guint8 *buffer = g_malloc (BUFFER);
  gsize length = EK_MD5_SIZE;

  while (size > 0)
    {
      gsize n = MIN (size, BUFFER);

      if (!read_all (self->fd, offset, buffer, n))
        {
          set_error (error, errno, self->part_path);
          return FALSE;
        }
      g_checksum_update (checksum, buffer, (gssize) n);
      offset += n;
      size -= n;
    }
  g_checksum_get_digest (checksum, digest, &length);

  return TRUE;
}

gboolean
ek_save_file_write (EkSaveFile *self,
                    guint64 offset,
                    const guint8 *data,
                    gsize size,
                    GError **error)
{
  if (!write_all (self->fd, offset, data, size))
    {
      set_error (error, errno, self->part_path);
      return FALSE;
    }

  self->touched = TRUE;
  return TRUE;
}

/**
 * ek_save_file_map:
 *
 * Returns: (transfer full): all that is in the file
 */
GBytes *
ek_save_file_map (EkSaveFile *self, GError **error)
{
  GMappedFile *mapped;
  GBytes *bytes;

  mapped = g_mapped_file_new_from_fd (self->fd, FALSE, error);
  if (mapped == NULL)
    {
      ek_error_convert (error);
      return NULL;
    }

  bytes = g_mapped_file_get_bytes (mapped);
  g_mapped_file_unref (mapped);
  return bytes;
}

/**
 * ek_save_file_commit:
 *
 * Everything is in it: the file gets its name, and an older one of that name goes.
 */
gboolean
ek_save_file_commit (EkSaveFile *self, GError **error)
{
  if (fsync (self->fd) != 0 || g_rename (self->part_path, self->path) != 0)
    {
      set_error (error, errno, self->path);
      return FALSE;
    }

  close (self->fd);
  self->fd = -1;
  return TRUE;
}

/**
 * ek_save_text:
 *
 * Writes a small file, whole or not at all, readable for its owner only.
 */
gboolean
ek_save_text (const char *path, const char *text, GError **error)
{
  g_autofree char *real = resolve (path);
  g_autoptr (GError) local_error = NULL;

  if (g_file_set_contents_full (real, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                OWNER_ONLY, &local_error) &&
      g_chmod (real, OWNER_ONLY) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR,
               g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOSPC)
                   ? EK_ERROR_DISK_FULL
                   : EK_ERROR_FILE_WRITE,
               "%s: %s", path, local_error != NULL ? local_error->message : g_strerror (errno));
  return FALSE;
}
