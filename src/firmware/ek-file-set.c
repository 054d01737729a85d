/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files by name, whether they lie in a folder, where each is read when it is asked for, or in an
 * archive, which is unpacked into memory. No name leads out of either. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-file-set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ek-archive.h"
#include "ek-bundle-private.h"

struct _EkFileSet
{
  GObject parent_instance;

  char *source;
  int folder;        /* a descriptor, or -1 for an archive */
  GHashTable *files; /* of name: GBytes; of an archive */
  GHashTable *read;  /* names that were read from a folder and count already */
  gsize total;       /* bytes of those */
};

G_DEFINE_FINAL_TYPE (EkFileSet, ek_file_set, G_TYPE_OBJECT)

static void
ek_file_set_finalize (GObject *object)
{
  EkFileSet *self = EK_FILE_SET (object);

  if (self->folder >= 0)
    close (self->folder);
  g_clear_pointer (&self->files, g_hash_table_unref);
  g_clear_pointer (&self->read, g_hash_table_unref);
  g_free (self->source);
  G_OBJECT_CLASS (ek_file_set_parent_class)->finalize (object);
}

static void
ek_file_set_class_init (EkFileSetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_file_set_finalize;
}

static void
ek_file_set_init (EkFileSet *self)
{
  self->folder = -1;
}

static gboolean
set_errno (GError **error, const char *path, int saved_errno)
{
  EkError code = saved_errno == ENOENT || saved_errno == ENOTDIR ? EK_ERROR_FILE_NOT_FOUND
                                                                 : EK_ERROR_FILE_UNREADABLE;

  g_set_error (error, EK_ERROR, code, "%s: %s", path, g_strerror (saved_errno));
  return FALSE;
}

/* Opens the folder that the last part of a clean name is in, one part at a time, following no link.
 * @last: (out): the last part, inside @name. -1 with errno set. */
static int
open_parent (EkFileSet *self, const char *name, const char **last)
{
  int fd = fcntl (self->folder, F_DUPFD_CLOEXEC, 0);
  const char *slash;

  while (fd >= 0 && (slash = strchr (name, '/')) != NULL)
    {
      g_autofree char *part = g_strndup (name, (gsize) (slash - name));
      int next = openat (fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      int saved_errno = errno;

      close (fd);
      errno = saved_errno;
      fd = next;
      name = slash + 1;
    }

  *last = name;
  return fd;
}

static gboolean
count_read (EkFileSet *self, const char *name, gsize size, GError **error)
{
  if (!g_hash_table_add (self->read, g_strdup (name)))
    return TRUE;

  self->total += size;
  if (self->total <= EK_FILE_SET_MAX_SIZE)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE,
               "%s: its files have more than %u bytes together", self->source,
               EK_FILE_SET_MAX_SIZE);
  return FALSE;
}

static GBytes *
read_from_folder (EkFileSet *self, const char *name, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (self->source, name, NULL);
  g_autoptr (GBytes) bytes = NULL;
  const char *last;
  int parent = open_parent (self, name, &last);

  if (parent < 0)
    {
      set_errno (error, path, errno);
      return NULL;
    }

  bytes = ek_firmware_file_read_at (parent, last, FALSE, path, cancellable, error);
  close (parent);
  if (bytes == NULL || !count_read (self, name, g_bytes_get_size (bytes), error))
    return NULL;

  return g_steal_pointer (&bytes);
}

static gboolean
folder_has (EkFileSet *self, const char *name)
{
  struct stat status;
  const char *last;
  int parent = open_parent (self, name, &last);
  gboolean has;

  if (parent < 0)
    return FALSE;

  has = fstatat (parent, last, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (status.st_mode);
  close (parent);
  return has;
}

/**
 * Lister:
 *
 * A walk through a folder.
 */
typedef struct
{
  EkFileSet *set;
  GPtrArray *names;
  GCancellable *cancellable;
} Lister;

static gboolean
list_folder (Lister *lister, int fd, const char *prefix, guint depth, GError **error);

static gboolean
list_entry (Lister *lister,
            int fd,
            const char *prefix,
            const struct dirent *entry,
            guint depth,
            GError **error)
{
  g_autofree char *name = g_strconcat (prefix, entry->d_name, NULL);
  struct stat status;
  int below;

  if (ek_error_set_cancelled (lister->cancellable, error))
    return FALSE;
  if (ek_archive_is_clutter (name) || !g_utf8_validate (name, -1, NULL) ||
      fstatat (fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return TRUE;

  if (S_ISDIR (status.st_mode) && depth < EK_FILE_SET_MAX_DEPTH)
    {
      g_autofree char *inner = g_strconcat (name, "/", NULL);

      below = openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      return below < 0 || list_folder (lister, below, inner, depth + 1, error);
    }
  if (!S_ISREG (status.st_mode))
    return TRUE;
  if (lister->names->len == EK_FILE_SET_MAX_LISTED)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE, "%s: more than %u files",
                   lister->set->source, EK_FILE_SET_MAX_LISTED);
      return FALSE;
    }

  g_ptr_array_add (lister->names, g_steal_pointer (&name));
  return TRUE;
}

/* Takes @fd over. */
static gboolean
list_folder (Lister *lister, int fd, const char *prefix, guint depth, GError **error)
{
  DIR *folder = fdopendir (fd);
  const struct dirent *entry;
  gboolean ok = TRUE;

  if (folder == NULL)
    {
      set_errno (error, lister->set->source, errno);
      close (fd);
      return FALSE;
    }

  while (ok && (entry = readdir (folder)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      ok = list_entry (lister, dirfd (folder), prefix, entry, depth, error);

  closedir (folder);
  return ok;
}

static gboolean
list_whole_folder (Lister *lister, GError **error)
{
  /* an own description: the position in a folder belongs to it */
  int fd = openat (lister->set->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return set_errno (error, lister->set->source, errno);

  return list_folder (lister, fd, "", 1, error);
}

static void
list_archive (EkFileSet *self, GPtrArray *names)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static EkFileSet *
new_empty (const char *source)
{
  EkFileSet *self = g_object_new (EK_TYPE_FILE_SET, NULL);

  self->source = g_strdup (source);
  return self;
}

static EkFileSet *
new_from_folder (const char *path, GError **error)
{
  g_autoptr (EkFileSet) self = new_empty (path);

  self->read = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->folder < 0)
    {
      set_errno (error, path, errno);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * ek_file_set_is_archive:
 * @data: (array length=size): the start of a file; 512 bytes are enough
 *
 * Returns: %TRUE if ek_file_set_new_from_bytes() would try to unpack it
 */
gboolean
ek_file_set_is_archive (const guint8 *data, gsize size)
{
  return ek_archive_is_known (data, size);
}

/**
 * ek_file_set_new_from_bytes:
 * @bytes: (transfer none): an archive: tar, plain or compressed with gzip, xz or zstd, or a zip
 * @source: where it comes from, for messages
 *
 * Unpacks an archive into memory: at most %EK_FILE_SET_MAX_FILES files and %EK_FILE_SET_MAX_SIZE
 * bytes. A folder that everything in it lies in is left out of the names.
 *
 * Returns: (transfer full): the set, or %NULL with %EK_ERROR_ARCHIVE_UNSAFE (a name that is absolute,
 *   has "..", is empty or not UTF-8; links, devices, duplicates, encryption; beyond a limit),
 *   %EK_ERROR_FIRMWARE_DAMAGED (can't be unpacked), %EK_ERROR_NOT_FIRMWARE (no archive, or an empty
 *   one) or %EK_ERROR_CANCELLED
 */
EkFileSet *
ek_file_set_new_from_bytes (GBytes *bytes,
                            const char *source,
                            GCancellable *cancellable,
                            GError **error)
{
  g_autoptr (EkFileSet) self = NULL;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (source != NULL, NULL);

  self = new_empty (source);
  self->files = ek_archive_unpack (bytes, source, cancellable, error);
  return self->files != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * ek_file_set_new_from_path:
 * @path: a folder or an archive, recognised by its content
 *
 * Blocking. A folder is only opened: its files are read when they are asked for.
 *
 * Returns: (transfer full): the set, or %NULL with an error as of ek_file_set_new_from_bytes(), or
 *   %EK_ERROR_FILE_NOT_FOUND, %EK_ERROR_FILE_UNREADABLE or %EK_ERROR_FILE_TOO_LARGE
 */
EkFileSet *
ek_file_set_new_from_path (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return new_from_folder (path, error);

  bytes = ek_firmware_file_read (path, cancellable, error);
  return bytes != NULL ? ek_file_set_new_from_bytes (bytes, path, cancellable, error) : NULL;
}

/**
 * ek_file_set_get_source:
 *
 * Returns: (transfer none): the path of the folder or archive
 */
const char *
ek_file_set_get_source (EkFileSet *self)
{
  g_return_val_if_fail (EK_IS_FILE_SET (self), NULL);

  return self->source;
}

/**
 * ek_file_set_is_folder:
 *
 * Returns: %TRUE for a folder, which may hold much that doesn't concern us; %FALSE for an archive
 */
gboolean
ek_file_set_is_folder (EkFileSet *self)
{
  g_return_val_if_fail (EK_IS_FILE_SET (self), FALSE);

  return self->folder >= 0;
}

/**
 * ek_file_set_list_names:
 *
 * Of a folder: blocking, regular files only, to a depth of %EK_FILE_SET_MAX_DEPTH; following no
 * links. Files that desktops add by themselves are not listed.
 *
 * Returns: (transfer full): the names of all files, sorted by their bytes, or %NULL with
 *   %EK_ERROR_FILE_TOO_LARGE (a folder of more than %EK_FILE_SET_MAX_LISTED files),
 *   %EK_ERROR_FILE_UNREADABLE or %EK_ERROR_CANCELLED
 */
GStrv
ek_file_set_list_names (EkFileSet *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Lister lister = { self, names, cancellable };

  g_return_val_if_fail (EK_IS_FILE_SET (self), NULL);

  if (self->folder < 0)
    list_archive (self, names);
  else if (!list_whole_folder (&lister, error))
    return NULL;

  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_steal (names, NULL);
}

/**
 * ek_file_set_has:
 * @name: such as "files/app.bin"
 *
 * Returns: %TRUE if there is a regular file of that name
 */
gboolean
ek_file_set_has (EkFileSet *self, const char *name)
{
  g_autofree char *clean = NULL;

  g_return_val_if_fail (EK_IS_FILE_SET (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  clean = ek_archive_clean_name (name, self->source, NULL);
  if (clean == NULL)
    return FALSE;

  return self->folder >= 0 ? folder_has (self, clean) : g_hash_table_contains (self->files, clean);
}

/**
 * ek_file_set_read:
 * @name: such as "files/app.bin"; may come from a stranger's manifest
 *
 * Reads a file. Of a folder: blocking, at most %EK_FILE_SET_MAX_SIZE bytes over all files.
 *
 * Returns: (transfer full): its bytes, or %NULL with %EK_ERROR_FILE_NOT_FOUND,
 *   %EK_ERROR_ARCHIVE_UNSAFE (the name leads out of the set), %EK_ERROR_FILE_UNREADABLE (also: it is
 *   a link, a device or a pipe), %EK_ERROR_FILE_TOO_LARGE, %EK_ERROR_NOT_FIRMWARE (an empty file of a
 *   folder) or %EK_ERROR_CANCELLED
 */
GBytes *
ek_file_set_read (EkFileSet *self, const char *name, GCancellable *cancellable, GError **error)
{
  g_autofree char *clean = NULL;
  GBytes *bytes;

  g_return_val_if_fail (EK_IS_FILE_SET (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (!(clean = ek_archive_clean_name (name, self->source, error)))
    return NULL;
  if (self->folder >= 0)
    return read_from_folder (self, clean, cancellable, error);

  bytes = g_hash_table_lookup (self->files, clean);
  if (bytes != NULL)
    return g_bytes_ref (bytes);

  g_set_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND, "%s: it has no file \"%s\"", self->source,
               clean);
  return NULL;
}
