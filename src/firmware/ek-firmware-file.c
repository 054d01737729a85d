/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a file that somebody picked, whatever it is: no waiting on pipes, no touching of devices, a
 * limit on its size; and says what a file is that is no firmware. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE (1024 * 1024)

/* What people hand over by mistake. Texts are compared without regard to case. */
static const struct
{
  gsize offset;
  const char *bytes;
  gsize size;
  const char *name;
} formats[] = {
  { 0, "\x1f\x8b", 2, "a gzip archive" },
  { 0, "PK\x03\x04", 4, "a zip archive" },
  { 0, "\3757zXZ", 5, "an xz archive" },
  { 0, "7z\xbc\xaf", 4, "a 7z archive" },
  { 0, "BZh", 3, "a bzip2 archive" },
  { 0, "\x28\xb5\x2f\xfd", 4, "a zstd archive" },
  { 257, "ustar", 5, "a tar archive" },
  { 0, "UF2\n", 4, "a UF2 file" },
  { 0, ":020000", 7, "an Intel HEX file" },
  { 0, "%PDF", 4, "a PDF document" },
  { 0, "\x89PNG", 4, "a picture" },
  { 0, "\xff\xd8\xff", 3, "a picture" },
  { 0, "GIF8", 4, "a picture" },
  { 0, "<!doctype html", 14, "a web page, perhaps a download that needs a login" },
  { 0, "<html", 5, "a web page, perhaps a download that needs a login" },
  { 0, "<?xml", 5, "an XML document" },
  { 0, "version https://git-lfs", 23, "a Git LFS pointer, not the file itself" },
  { 0, "\xaa\x50", 2, "a partition table; give it with its offset" },
};

/**
 * ek_firmware_name_format:
 * @data: (array length=size): a file's content that is no firmware
 *
 * Returns: (nullable) (transfer none): what it is, to follow "this is"
 */
const char *
ek_firmware_name_format (const guint8 *data, gsize size)
{
  gsize blank = 0;

  /* texts may start with blank lines */
  while (blank < MIN (size, 64) && g_ascii_isspace (data[blank]))
    blank++;

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      gsize start = formats[i].offset + (formats[i].offset == 0 ? blank : 0);

      if (size >= start + formats[i].size &&
          g_ascii_strncasecmp ((const char *) data + start, formats[i].bytes, formats[i].size) == 0)
        return formats[i].name;
    }

  return NULL;
}

static gboolean
set_errno (GError **error, const char *path, int saved_errno)
{
  EkError code = saved_errno == ENOENT || saved_errno == ENOTDIR ? EK_ERROR_FILE_NOT_FOUND
                                                                 : EK_ERROR_FILE_UNREADABLE;

  g_set_error (error, EK_ERROR, code, "%s: %s", path, g_strerror (saved_errno));
  return FALSE;
}

/**
 * ek_firmware_file_check_size:
 * @source: for messages
 *
 * Returns: %FALSE with %EK_ERROR_FILE_TOO_LARGE, or %EK_ERROR_NOT_FIRMWARE for no bytes at all
 */
gboolean
ek_firmware_file_check_size (gsize size, const char *source, GError **error)
{
  if (size == 0)
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s is empty", source);
  else if (size > EK_BUNDLE_MAX_SIZE)
    g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE, "%s has %zu bytes; %u are the limit",
                 source, size, EK_BUNDLE_MAX_SIZE);
  else
    return TRUE;

  return FALSE;
}

static gboolean
check_status (const struct stat *status, const char *path, GError **error)
{
  if (!S_ISREG (status->st_mode))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_UNREADABLE, "%s is %s, not a file", path,
                   S_ISDIR (status->st_mode)   ? "a folder"
                   : S_ISLNK (status->st_mode) ? "a link"
                                               : "a device or a pipe");
      return FALSE;
    }

  return ek_firmware_file_check_size ((gsize) status->st_size, path, error);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* Asks before it opens: opening a serial port would already pull its lines. */
static int
open_regular (int folder,
              const char *name,
              gboolean follow,
              const char *path,
              struct stat *status,
              GError **error)
{
  int fd;

  if (fstatat (folder, name, status, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    {
      set_errno (error, path, errno);
      return -1;
    }

  if (!check_status (status, path, error))
    return -1;

  fd = openat (folder, name,
               O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
  if (fd < 0 || fstat (fd, status) != 0)
    {
      set_errno (error, path, errno);
      close_fd (&fd);
      return -1;
    }

  if (!check_status (status, path, error))
    close_fd (&fd);

  return fd;
}

static gboolean
read_all (int fd,
          const char *path,
          guint8 *data,
          gsize size,
          GCancellable *cancellable,
          GError **error)
{
  gsize done = 0;

  while (done < size)
    {
      ssize_t n;

      if (ek_error_set_cancelled (cancellable, error))
        return FALSE;

      n = read (fd, data + done, MIN (size - done, READ_SIZE));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return set_errno (error, path, errno);
      if (n == 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FILE_UNREADABLE,
                       "%s became shorter while it was read", path);
          return FALSE;
        }

      done += (gsize) n;
    }

  return TRUE;
}

/**
 * ek_firmware_file_read_at:
 * @folder: a descriptor of the folder that @name is looked up in, or %AT_FDCWD
 * @follow: %FALSE to refuse a symbolic link
 * @path: the name for messages
 *
 * Reads a whole regular file of 1 to %EK_BUNDLE_MAX_SIZE bytes. Never waits on a pipe and never
 * opens a device.
 *
 * Returns: (transfer full): the bytes, or %NULL with %EK_ERROR_FILE_NOT_FOUND,
 *   %EK_ERROR_FILE_UNREADABLE, %EK_ERROR_FILE_TOO_LARGE, %EK_ERROR_NOT_FIRMWARE (it is empty) or
 *   %EK_ERROR_CANCELLED
 */
GBytes *
ek_firmware_file_read_at (int folder,
                          const char *name,
                          gboolean follow,
                          const char *path,
                          GCancellable *cancellable,
                          GError **error)
{
  struct stat status;
  g_autofree guint8 *data = NULL;
  gboolean complete;
  int fd = open_regular (folder, name, follow, path, &status, error);

  if (fd < 0)
    return NULL;

  data = ek_bytes_alloc ((gsize) status.st_size);
  complete = read_all (fd, path, data, (gsize) status.st_size, cancellable, error);
  close_fd (&fd);

  return complete ? g_bytes_new_take (g_steal_pointer (&data), (gsize) status.st_size) : NULL;
}

/**
 * ek_firmware_file_read:
 * @path: in the file system's encoding
 *
 * Does as ek_firmware_file_read_at() for a path that a person gave, links included.
 *
 * Returns: (transfer full): the bytes, or %NULL
 */
GBytes *
ek_firmware_file_read (const char *path, GCancellable *cancellable, GError **error)
{
  return ek_firmware_file_read_at (AT_FDCWD, path, TRUE, path, cancellable, error);
}
