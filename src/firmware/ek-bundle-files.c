/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle from files with places, given by hand or by a description: each at its offset, recognised
 * by its content, none over another. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-bytes.h"
#include "ek-nvs.h"

static void
placed_file_clear (EkPlacedFile *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

static guint64
placed_file_end (const EkPlacedFile *self)
{
  return (guint64) self->offset + g_bytes_get_size (self->bytes);
}

static gint
compare_files (gconstpointer a, gconstpointer b)
{
  guint32 first = ((const EkPlacedFile *) a)->offset;
  guint32 second = ((const EkPlacedFile *) b)->offset;

  return first < second ? -1 : first > second;
}

static gboolean
check_offset (const EkPlacedFile *file, GError **error)
{
  if (file->offset % EK_SECTOR_SIZE == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "%s: the offset 0x%x is not a multiple of 0x%x", file->path, file->offset,
               EK_SECTOR_SIZE);
  return FALSE;
}

static gboolean
load_file (EkPlacedFile *file, GCancellable *cancellable, GError **error)
{
  if (!check_offset (file, error))
    return FALSE;

  file->bytes = ek_firmware_file_read (file->path, cancellable, error);
  return file->bytes != NULL;
}

static GArray *
load_files (const guint32 *offsets,
            const char *const *paths,
            guint n_files,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (GArray) files = ek_placed_files_new ();

  for (guint i = 0; i < n_files; i++)
    {
      EkPlacedFile file = { .offset = offsets[i], .path = paths[i] };
      gboolean loaded = load_file (&file, cancellable, error);

      g_array_append_val (files, file);
      if (!loaded)
        return NULL;
    }

  return g_steal_pointer (&files);
}

static gboolean
check_ends (const GArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++)
    {
      const EkPlacedFile *file = &g_array_index (files, EkPlacedFile, i);

      if (placed_file_end (file) > G_MAXUINT32)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                       "%s: at 0x%x it would end beyond 4 GiB", file->path, file->offset);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
check_overlaps (const GArray *files, GError **error)
{
  for (guint i = 1; i < files->len; i++)
    {
      const EkPlacedFile *before = &g_array_index (files, EkPlacedFile, i - 1);
      const EkPlacedFile *after = &g_array_index (files, EkPlacedFile, i);

      if (placed_file_end (before) > after->offset)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_OVERLAP,
                       "%s (0x%x to 0x%" G_GINT64_MODIFIER
                       "x) overlaps %s (0x%x to 0x%" G_GINT64_MODIFIER "x)",
                       before->path, before->offset, placed_file_end (before), after->path,
                       after->offset, placed_file_end (after));
          return FALSE;
        }
    }

  return TRUE;
}

static const char *
name_of_data (EkBundle *self, const EkPlacedFile *file, char **buffer)
{
  for (guint i = 0; self->table != NULL && i < ek_partition_table_get_n_partitions (self->table);
       i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (self->table, i);

      if (partition->offset == file->offset)
        return partition->label;
    }

  *buffer = g_strdup_printf ("data@0x%x", file->offset);
  return *buffer;
}

static void
add_file (EkBundle *self, const EkPlacedFile *file, const char *name, EkSegmentKind kind)
{
  ek_bundle_add_segment (self, file->name != NULL ? file->name : name, kind, file->offset,
                         g_bytes_ref (file->bytes), file->padded);
}

static void
add_data (EkBundle *self, const EkPlacedFile *file)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (file->bytes, &size);
  g_autofree char *buffer = NULL;

  add_file (self, file, name_of_data (self, file, &buffer),
            ek_nvs_is_candidate (data, size) ? EK_SEGMENT_NVS : EK_SEGMENT_DATA);
}

/* With several apps, the bundle's app is the one that the table starts, else the first. */
static gboolean
is_bundle_app (EkBundle *self, const EkPlacedFile *file)
{
  const EkPartition *boot =
      self->table != NULL ? ek_partition_table_find_boot_app (self->table) : NULL;

  return !self->has_app || (boot != NULL && boot->offset == file->offset);
}

static gboolean
has_description (const guint8 *data, gsize size)
{
  EkAppDescription description;

  return size > EK_APP_DESC_OFFSET &&
         ek_app_description_parse (data + EK_APP_DESC_OFFSET, size - EK_APP_DESC_OFFSET,
                                   &description);
}

/* Bytes that merely look like an image are data; at the place of a boot loader, or with an app
 * description, they must be one. */
static gboolean
add_image (EkBundle *self, const EkPlacedFile *file, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (file->bytes, &size);
  gboolean is_app = has_description (data, size);
  gboolean is_bootloader = !is_app && ek_is_boot_offset (file->offset);
  EkAppImage image;

  if (!ek_app_image_parse (data, size, &image, is_app || is_bootloader ? error : NULL))
    {
      if (!is_app && !is_bootloader)
        {
          add_data (self, file);
          return TRUE;
        }

      g_prefix_error (error, "%s: ", file->path);
      return FALSE;
    }

  if (is_bootloader)
    ek_bundle_set_bootloader (self, &image);
  else if (is_bundle_app (self, file))
    ek_bundle_set_app (self, &image);

  add_file (self, file, is_bootloader ? "bootloader" : "app",
            is_bootloader ? EK_SEGMENT_BOOTLOADER : EK_SEGMENT_APP);
  return TRUE;
}

static gboolean
is_table (const EkPlacedFile *file)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (file->bytes, &size);

  return file->offset == EK_PARTITION_TABLE_OFFSET && size >= 2 &&
         ek_get_u16 (data) == EK_PARTITION_ENTRY_MAGIC;
}

static gboolean
read_table (EkBundle *self, const EkPlacedFile *file, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (file->bytes, &size);

  self->table = ek_partition_table_new_from_binary (data, size, error);
  if (self->table == NULL)
    g_prefix_error (error, "%s: ", file->path);

  return self->table != NULL;
}

static gboolean
add_placed_file (EkBundle *self, const EkPlacedFile *file, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (file->bytes, &size);

  if (ek_elf_is_candidate (data, size))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "%s: this is an ELF program; it is converted where it is given without an "
                   "offset",
                   file->path);
      return FALSE;
    }

  if (ek_app_image_is_candidate (data, size))
    return add_image (self, file, error);

  if (is_table (file))
    add_file (self, file, "partition-table", EK_SEGMENT_PARTITION_TABLE);
  else
    add_data (self, file);

  return TRUE;
}

/* The table first: it gives the others their names. */
static gboolean
add_files (EkBundle *self, const GArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++)
    {
      const EkPlacedFile *file = &g_array_index (files, EkPlacedFile, i);

      if (is_table (file) && !read_table (self, file, error))
        return FALSE;
    }

  for (guint i = 0; i < files->len; i++)
    if (!add_placed_file (self, &g_array_index (files, EkPlacedFile, i), error))
      return FALSE;

  return TRUE;
}

/**
 * ek_placed_files_new:
 *
 * Returns: (transfer full) (element-type EkPlacedFile): an empty list that owns the bytes in it
 */
GArray *
ek_placed_files_new (void)
{
  GArray *files = g_array_new (FALSE, TRUE, sizeof (EkPlacedFile));

  g_array_set_clear_func (files, (GDestroyNotify) placed_file_clear);
  return files;
}

/**
 * ek_placed_files_read:
 * @files: (element-type EkPlacedFile): is added to
 * @path: in @set; stays the caller's
 *
 * Reads a file that a description names. One that is not there means that the whole is not what it
 * should be. Whatever is of settings in it gives way to the owner's.
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT (the offset is no multiple of 4 KiB) or as
 *   ek_file_set_read()
 */
gboolean
ek_placed_files_read (GArray *files,
                      EkFileSet *set,
                      guint32 offset,
                      const char *path,
                      GCancellable *cancellable,
                      GError **error)
{
  EkPlacedFile file = { .offset = offset, .path = path, .padded = TRUE };

  if (!check_offset (&file, error) ||
      !(file.bytes = ek_file_set_read (set, path, cancellable, error)))
    return FALSE;

  g_array_append_val (files, file);
  return TRUE;
}

/**
 * ek_bundle_add_placed_files:
 * @files: (element-type EkPlacedFile): at multiples of 4 KiB; is sorted
 *
 * Makes segments of files for whose bytes somebody has already vouched as far as he can: recognises
 * boot loader, partition table, apps and settings by their content, and checks them.
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_OVERLAP, %EK_ERROR_FIRMWARE_TOO_BIG (beyond 4 GiB),
 *   %EK_ERROR_FIRMWARE_DAMAGED or %EK_ERROR_PARTITION_TABLE
 */
gboolean
ek_bundle_add_placed_files (EkBundle *self, GArray *files, GError **error)
{
  g_array_sort (files, compare_files);
  return check_ends (files, error) && check_overlaps (files, error) &&
         add_files (self, files, error);
}

static char *
join_paths (const char *const *paths, guint n_files)
{
  GString *joined = g_string_new (NULL);

  for (guint i = 0; i < n_files; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? ", " : "", paths[i]);

  return g_string_free (joined, FALSE);
}

/**
 * ek_bundle_new_from_files:
 * @offsets: (array length=n_files): where each goes on the flash; multiples of 4 KiB
 * @paths: (array length=n_files): regular files
 * @n_files: 1 or more
 *
 * Blocking. Takes each file as it is, for its place; also one of nothing but 0xFF. Images of boot
 * loaders and apps, and a partition table, are recognised and checked. A single file at offset 0
 * that is a merged image is taken apart as by ek_bundle_new_from_file().
 *
 * Returns: (transfer full): the bundle, or %NULL with %EK_ERROR_INVALID_ARGUMENT (offset),
 *   %EK_ERROR_FIRMWARE_OVERLAP, %EK_ERROR_FIRMWARE_TOO_BIG (beyond 4 GiB),
 *   %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_PARTITION_TABLE, %EK_ERROR_FIRMWARE_WRONG_CHIP or what
 *   reading the files gives
 */
EkBundle *
ek_bundle_new_from_files (const guint32 *offsets,
                          const char *const *paths,
                          guint n_files,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (EkBundle) self = NULL;
  g_autoptr (GArray) files = NULL;
  g_autofree char *source = NULL;
  guint32 boot_offset;

  g_return_val_if_fail (offsets != NULL && paths != NULL && n_files > 0, NULL);

  if (!(files = load_files (offsets, paths, n_files, cancellable, error)))
    return NULL;

  if (n_files == 1 && offsets[0] == 0 &&
      ek_bundle_find_merged (g_array_index (files, EkPlacedFile, 0).bytes, &boot_offset))
    return ek_bundle_new_from_bytes (g_array_index (files, EkPlacedFile, 0).bytes, paths[0], error);

  source = join_paths (paths, n_files);
  self = ek_bundle_new_empty (source);
  if (!ek_bundle_add_placed_files (self, files, error) || !ek_bundle_finish (self, error))
    return NULL;

  return g_steal_pointer (&self);
}
