/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unpacks tar (plain, gzip, xz, zstd) and zip into memory. Only the one format and the one filter
 * that the first bytes ask for are enabled, and nothing passes that firmware would not hold. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <string.h>

#include "ek-bytes.h"
#include "ek-file-set.h"

#define TAR_BLOCK   512u
#define CHUNK_SIZE  (256u * 1024)
#define MAX_ENTRIES 256 /* files, folders, and what desktops leave behind */

/* A tar of the files that are allowed, with its headers, padding and long names. */
#define MAX_TAR_SIZE (EK_FILE_SET_MAX_SIZE + MAX_ENTRIES * 8192u)

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_read_free)

/* What an archive starts with. The zip reader that goes by the central directory is the one that
 * sees links; the other would take them for files. */
static const struct
{
  gsize offset;
  const char *bytes;
  gsize size;
  int (*support_filter) (struct archive *archive);
  int (*support_format) (struct archive *archive);
} formats[] = {
  { 0, "\x1f\x8b", 2, archive_read_support_filter_gzip, archive_read_support_format_tar },
  { 0, "\xfd\x37zXZ\0", 6, archive_read_support_filter_xz, archive_read_support_format_tar },
  { 0, "\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd, archive_read_support_format_tar },
  { 0, "PK\3\4", 4, NULL, archive_read_support_format_zip_seekable },
  { 257, "ustar", 5, NULL, archive_read_support_format_tar },
};

/* What desktops put into archives and folders without being asked. */
static const char *const clutter[] = { "__MACOSX/*", "*.DS_Store", "*Thumbs.db", "*desktop.ini" };

typedef struct
{
  const char *source;
  GHashTable *files; /* of name (owned): GBytes */
  guint n_entries;
  gsize total;
  GCancellable *cancellable;
} Unpacker;

static int
find_format (const guint8 *data, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (size >= formats[i].offset + formats[i].size &&
        memcmp (data + formats[i].offset, formats[i].bytes, formats[i].size) == 0)
      return (int) i;

  return -1;
}

/**
 * ek_archive_is_known:
 * @data: (array length=size): the start of a file; 512 bytes are enough
 *
 * Returns: %TRUE if it starts like a tar, something compressed, or a zip
 */
gboolean
ek_archive_is_known (const guint8 *data, gsize size)
{
  return find_format (data, size) >= 0;
}

static gboolean G_GNUC_PRINTF (3, 4)
    set_unsafe (GError **error, const char *source, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, EK_ERROR, EK_ERROR_ARCHIVE_UNSAFE, "%s: %s", source, reason);
  return FALSE;
}

static gboolean
set_broken (GError **error, const char *source, Archive *archive)
{
  const char *reason = archive_error_string (archive);

  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED, "%s: the archive is broken: %s", source,
               reason != NULL ? reason : "it ends too early");
  return FALSE;
}

/* The library would start a program for a filter that it was built without: then it says WARN. */
static Archive *
open_archive (GBytes *bytes,
              int (*support_filter) (struct archive *),
              int (*support_format) (struct archive *),
              const char *source,
              GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if ((support_filter != NULL && support_filter (archive) != ARCHIVE_OK) ||
      support_format (archive) != ARCHIVE_OK)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "%s: this computer's libarchive does not read this kind of archive", source);
      return NULL;
    }

  if (archive_read_open_memory (archive, data, size) != ARCHIVE_OK)
    {
      set_broken (error, source, archive);
      return NULL;
    }

  return g_steal_pointer (&archive);
}

/* One read of the current entry's data into @target. 0 at its end, negative with @error set. */
static gssize
read_chunk (const Unpacker *self, Archive *archive, GByteArray *target, gsize limit, GError **error)
{
  guint before = target->len;
  la_ssize_t n;

  if (ek_error_set_cancelled (self->cancellable, error))
    return -1;

  g_byte_array_set_size (target, before + CHUNK_SIZE);
  n = archive_read_data (archive, target->data + before, CHUNK_SIZE);
  g_byte_array_set_size (target, before + (guint) MAX (n, 0));
  if (n < 0)
    {
      set_broken (error, self->source, archive);
      return -1;
    }
  if (target->len > limit)
    {
      set_unsafe (error, self->source, "unpacked it has more than %zu bytes", limit);
      return -1;
    }

  return n;
}

static GBytes *
read_data (const Unpacker *self, Archive *archive, gsize limit, GError **error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  gssize n;

  while ((n = read_chunk (self, archive, data, limit, error)) > 0)
    ;

  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&data)) : NULL;
}

/* Takes the compression off first and by itself: so a bomb is stopped at the limit also where it
 * sits in headers, which the tar reader would swallow without ever asking us. */
static GBytes *
decompress (const Unpacker *self, GBytes *bytes, int format, GError **error)
{
  g_autoptr (Archive) archive = open_archive (bytes, formats[format].support_filter,
                                              archive_read_support_format_raw, self->source, error);
  struct archive_entry *entry;

  if (archive == NULL)
    return NULL;
  if (archive_read_next_header (archive, &entry) < ARCHIVE_WARN)
    {
      set_broken (error, self->source, archive);
      return NULL;
    }

  return read_data (self, archive, MAX_TAR_SIZE, error);
}

static gboolean
check_name (const char *name, const char *source, GError **error)
{
  if (name == NULL || !g_utf8_validate (name, -1, NULL))
    return set_unsafe (error, source, "a file's name is not UTF-8");
  if (*name == '\0')
    return set_unsafe (error, source, "a file has no name");
  if (strlen (name) > EK_FILE_SET_MAX_NAME)
    return set_unsafe (error, source, "a file's name is too long");
  for (const char *p = name; *p != '\0'; p++)
    if (*p == '\\' || g_ascii_iscntrl (*p))
      return set_unsafe (error, source, "a file's name has a backslash or a control character");
  if (g_path_is_absolute (name))
    return set_unsafe (error, source, "\"%s\" is an absolute path", name);

  return TRUE;
}

/* Of its parts, those that mean something. */
static gboolean
clean_parts (const GStrv parts,
             GPtrArray *kept,
             const char *name,
             const char *source,
             GError **error)
{
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (g_str_equal (parts[i], ".."))
        return set_unsafe (error, source, "\"%s\" leaves its folder", name);
      if (*parts[i] != '\0' && !g_str_equal (parts[i], "."))
        g_ptr_array_add (kept, parts[i]);
    }

  if (kept->len == 0)
    return set_unsafe (error, source, "a file has no name");
  if (kept->len > EK_FILE_SET_MAX_DEPTH)
    return set_unsafe (error, source, "\"%s\" is too deep", name);

  g_ptr_array_add (kept, NULL);
  return TRUE;
}

/**
 * ek_archive_clean_name:
 * @name: as a stranger wrote it
 * @source: for messages
 *
 * Returns: (transfer full): the relative name without "." and doubled slashes, or %NULL with
 *   %EK_ERROR_ARCHIVE_UNSAFE if it is none, leaves its folder, is too long or too deep, is not
 *   UTF-8, or holds backslashes or control characters
 */
char *
ek_archive_clean_name (const char *name, const char *source, GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_auto (GStrv) parts = NULL;

  if (!check_name (name, source, error))
    return NULL;

  parts = g_strsplit (name, "/", -1);
  if (!clean_parts (parts, kept, name, source, error))
    return NULL;

  return g_strjoinv ("/", (char **) kept->pdata);
}

/**
 * ek_archive_is_clutter:
 * @name: a clean name
 *
 * Returns: %TRUE for files that desktops add by themselves; they are passed over
 */
gboolean
ek_archive_is_clutter (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (clutter); i++)
    if (g_pattern_match_simple (clutter[i], name))
      return TRUE;

  return FALSE;
}

static gboolean
check_entry (Unpacker *self, struct archive_entry *entry, const char *name, GError **error)
{
  __LA_MODE_T type = archive_entry_filetype (entry);

  if (++self->n_entries > MAX_ENTRIES)
    return set_unsafe (error, self->source, "it has more than %u entries", MAX_ENTRIES);
  if (archive_entry_symlink (entry) != NULL || archive_entry_hardlink (entry) != NULL ||
      type == AE_IFLNK)
    return set_unsafe (error, self->source, "\"%s\" is a link", name);
  if (type != AE_IFREG && type != AE_IFDIR)
    return set_unsafe (error, self->source, "\"%s\" is a device or a pipe", name);
  if (archive_entry_is_encrypted (entry))
    return set_unsafe (error, self->source, "\"%s\" is encrypted", name);

  return TRUE;
}

static gboolean
unpack_file (Unpacker *self, Archive *archive, const char *name, GError **error)
{
  g_autoptr (GBytes) data = read_data (self, archive, EK_FILE_SET_MAX_SIZE - self->total, error);

  if (data == NULL)
    return FALSE;

  self->total += g_bytes_get_size (data);
  if (ek_archive_is_clutter (name))
    return TRUE;
  if (g_hash_table_contains (self->files, name))
    return set_unsafe (error, self->source, "\"%s\" is in it twice", name);
  if (g_hash_table_size (self->files) == EK_FILE_SET_MAX_FILES)
    return set_unsafe (error, self->source, "it has more than %u files", EK_FILE_SET_MAX_FILES);

  g_hash_table_insert (self->files, g_strdup (name), g_steal_pointer (&data));
  return TRUE;
}

/* "./" on its own is how tar writes the folder that it was called in. */
static gboolean
is_bare_folder (const char *name)
{
  return name != NULL && *name != '\0' && strspn (name, "./") == strlen (name) &&
         strstr (name, "..") == NULL && *name != '/';
}

static gboolean
unpack_entry (Unpacker *self, Archive *archive, struct archive_entry *entry, GError **error)
{
  const char *raw = archive_entry_pathname (entry);
  gboolean is_folder = archive_entry_filetype (entry) == AE_IFDIR;
  g_autofree char *name = NULL;

  if (is_folder && is_bare_folder (raw))
    return check_entry (self, entry, raw, error);
  if (!(name = ek_archive_clean_name (raw, self->source, error)) ||
      !check_entry (self, entry, name, error))
    return FALSE;

  return is_folder || unpack_file (self, archive, name, error);
}

static gboolean
unpack_entries (Unpacker *self, Archive *archive, GError **error)
{
  struct archive_entry *entry;
  int result;

  while ((result = archive_read_next_header (archive, &entry)) != ARCHIVE_EOF)
    {
      /* WARN: a name that this locale can't write; we take the UTF-8 */
      if (result < ARCHIVE_WARN)
        return set_broken (error, self->source, archive);
      if (ek_error_set_cancelled (self->cancellable, error) ||
          !unpack_entry (self, archive, entry, error))
        return FALSE;
    }

  if (g_hash_table_size (self->files) > 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s: the archive is empty", self->source);
  return FALSE;
}

/* "flash_bundle/" if everything is below it, else %NULL. */
static char *
find_common_folder (GHashTable *files)
{
  g_autofree char *common = NULL;
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      const char *slash = strchr (name, '/');

      if (slash == NULL || (common != NULL && !g_str_has_prefix (name, common)))
        return NULL;
      if (common == NULL)
        common = g_strndup (name, (gsize) (slash + 1 - (const char *) name));
    }

  return g_steal_pointer (&common);
}

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
}

static GHashTable *
strip_common_folder (GHashTable *files)
{
  g_autofree char *common = find_common_folder (files);
  GHashTable *stripped;
  GHashTableIter iter;
  gpointer name, data;

  if (common == NULL)
    return g_hash_table_ref (files);

  stripped = new_table ();
  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &data))
    g_hash_table_insert (stripped, g_strdup ((const char *) name + strlen (common)),
                         g_bytes_ref (data));

  return stripped;
}

/* An empty tar is a block of zeros. */
static gboolean
check_tar (GBytes *bytes, const char *source, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  int format = find_format (data, size);

  if ((format >= 0 && formats[format].support_format == archive_read_support_format_tar &&
       formats[format].support_filter == NULL) ||
      (size > 0 && ek_bytes_all (data, MIN (size, TAR_BLOCK), 0)))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
               "%s: a compressed file, but no tar archive inside", source);
  return FALSE;
}

static gboolean
unpack (Unpacker *self, GBytes *bytes, int format, GError **error)
{
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (Archive) archive = NULL;

  if (formats[format].support_filter == NULL)
    plain = g_bytes_ref (bytes);
  else if (!(plain = decompress (self, bytes, format, error)) ||
           !check_tar (plain, self->source, error))
    return FALSE;

  archive = open_archive (plain, NULL, formats[format].support_format, self->source, error);
  return archive != NULL && unpack_entries (self, archive, error);
}

/* The library gives names as this thread's locale has them: for a moment, that is UTF-8. */
static gboolean
unpack_in_utf8 (Unpacker *self, GBytes *bytes, int format, GError **error)
{
  locale_t utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
  locale_t before = uselocale (utf8);
  gboolean ok = unpack (self, bytes, format, error);

  uselocale (before);
  if (utf8 != (locale_t) 0)
    freelocale (utf8);
  return ok;
}

/**
 * ek_archive_unpack:
 * @bytes: a whole archive
 * @source: for messages
 *
 * Unpacks an archive into memory. A folder that everything lies in is left out of the names.
 *
 * Returns: (transfer full) (element-type utf8 GBytes): the files by their clean names, or %NULL with
 *   %EK_ERROR_ARCHIVE_UNSAFE (names, links, devices, duplicates, encryption, limits of
 *   ek-file-set.h), %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_NOT_FIRMWARE (no archive, or an empty one)
 *   or %EK_ERROR_CANCELLED
 */
GHashTable *
ek_archive_unpack (GBytes *bytes, const char *source, GCancellable *cancellable, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  int format = find_format (data, size);
  g_autoptr (GHashTable) files = new_table ();
  Unpacker self = { .source = source, .files = files, .cancellable = cancellable };

  if (format < 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s: no tar or zip archive", source);
      return NULL;
    }

  return unpack_in_utf8 (&self, bytes, format, error) ? strip_common_folder (files) : NULL;
}
