/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which reader a file or a folder is for, by its content. The readers are ek-bundle-app.c,
 * ek-bundle-merged.c, ek-bundle-files.c, and for folders and archives ek-bundle-set.c. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-bytes.h"

static gboolean
refuse_format (const guint8 *data, gsize size, const char *source, GError **error)
{
  const char *name = ek_firmware_name_format (data, size);

  if (ek_bytes_all (data, size, 0xff))
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s: all %zu bytes are 0xff", source,
                 size);
  else if (name != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s: this is %s", source, name);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                 "%s: neither an app nor a merged image; it starts with 0x%02x", source, data[0]);

  return FALSE;
}

static gboolean
read_archive (EkBundle *self, GBytes *bytes, GCancellable *cancellable, GError **error)
{
  g_autoptr (EkFileSet) set = ek_file_set_new_from_bytes (bytes, self->source, cancellable, error);

  return set != NULL && ek_bundle_read_file_set (self, set, NULL, cancellable, error);
}

static gboolean
read_folder (EkBundle *self,
             const char *path,
             const char *picked,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (EkFileSet) set = ek_file_set_new_from_path (path, cancellable, error);

  return set != NULL && ek_bundle_read_file_set (self, set, picked, cancellable, error);
}

static gboolean
read_single (EkBundle *self,
             GBytes *bytes,
             const EkBundleOptions *options,
             GCancellable *cancellable,
             GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint32 boot_offset;

  if (!ek_firmware_file_check_size (size, self->source, error))
    return FALSE;

  if (ek_elf_is_candidate (data, size))
    return ek_bundle_read_elf (self, bytes, options, error);

  if (ek_bundle_find_merged (bytes, &boot_offset))
    return ek_bundle_read_merged (self, bytes, boot_offset, error);

  if (ek_app_image_is_candidate (data, size))
    return ek_bundle_read_app (self, bytes, options, error);

  if (ek_file_set_is_archive (data, size))
    return read_archive (self, bytes, cancellable, error);

  return refuse_format (data, size, self->source, error);
}

static const EkBundleOptions *
or_defaults (const EkBundleOptions *options)
{
  static const EkBundleOptions defaults = { 0 };

  return options != NULL ? options : &defaults;
}

static gboolean
finish (EkBundle *self, const EkBundleOptions *options, GError **error)
{
  return ek_bundle_complete (self, options, error) && ek_bundle_finish (self, error);
}

static EkBundle *
new_from_bytes (GBytes *bytes,
                const char *source,
                const EkBundleOptions *options,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (EkBundle) self = ek_bundle_new_empty (source);

  self->wanted_chip = options->image.chip;
  if (!read_single (self, bytes, options, cancellable, error) || !finish (self, options, error))
    return NULL;

  return g_steal_pointer (&self);
}

static EkBundle *
new_from_folder (const char *path,
                 const char *picked,
                 const EkBundleOptions *options,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (EkBundle) self = ek_bundle_new_empty (path);

  self->wanted_chip = options->image.chip;
  if (!read_folder (self, path, picked, cancellable, error) || !finish (self, options, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * ek_bundle_new_from_bytes_with:
 * @bytes: (transfer none): a whole file; segments are slices of it
 * @source: where it comes from, for messages
 * @options: (nullable): what a person says about it
 *
 * Recognises a merged image (boot loader, partition table and app as they lie on the flash), an app
 * on its own, a linked program (ELF), or an archive with a description, such as a flash bundle; and
 * checks all of it. An app on its own goes where the
 * device's table has its app, unless @options bring a table. A linked program for the ESP32-S3 comes
 * with EchoKit's own table, unless @options bring another.
 *
 * Returns: (transfer full): the bundle, or %NULL with %EK_ERROR_NOT_FIRMWARE (whose message says
 *   what it is instead, if that is known), %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_PARTITION_TABLE,
 *   %EK_ERROR_FIRMWARE_TOO_BIG, %EK_ERROR_FIRMWARE_WRONG_CHIP, %EK_ERROR_FILE_TOO_LARGE,
 *   %EK_ERROR_FIRMWARE_OVERLAP, %EK_ERROR_ARCHIVE_UNSAFE, %EK_ERROR_SIGNATURE_WRONG,
 *   %EK_ERROR_SEVERAL_CHIPS or %EK_ERROR_INVALID_ARGUMENT (an option that the file has no use for)
 */
EkBundle *
ek_bundle_new_from_bytes_with (GBytes *bytes,
                               const char *source,
                               const EkBundleOptions *options,
                               GError **error)
{
  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (source != NULL, NULL);

  return new_from_bytes (bytes, source, or_defaults (options), NULL, error);
}

/**
 * ek_bundle_new_from_bytes:
 *
 * Does as ek_bundle_new_from_bytes_with() where a person says nothing about the file.
 */
EkBundle *
ek_bundle_new_from_bytes (GBytes *bytes, const char *source, GError **error)
{
  return ek_bundle_new_from_bytes_with (bytes, source, NULL, error);
}

/**
 * ek_bundle_new_from_file_with:
 * @path: a regular file, at most %EK_BUNDLE_MAX_SIZE; or a folder with a description, such as an
 *   unpacked flash bundle, a build folder of ESP-IDF, or one with a manifest of ESP Web Tools; or that
 *   description itself
 * @options: (nullable)
 *
 * Blocking. Reads the file or the folder and does as ek_bundle_new_from_bytes_with().
 *
 * Returns: (transfer full): the bundle, or %NULL with an error as of ek_bundle_new_from_bytes_with(),
 *   or %EK_ERROR_FILE_NOT_FOUND, %EK_ERROR_FILE_UNREADABLE or %EK_ERROR_CANCELLED
 */
EkBundle *
ek_bundle_new_from_file_with (const char *path,
                              const EkBundleOptions *options,
                              GCancellable *cancellable,
                              GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  options = or_defaults (options);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return new_from_folder (path, NULL, options, cancellable, error);
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR) && ek_file_set_is_description (path))
    {
      g_autofree char *folder = g_path_get_dirname (path);
      g_autofree char *picked = g_path_get_basename (path);

      return new_from_folder (folder, picked, options, cancellable, error);
    }

  bytes = ek_firmware_file_read (path, cancellable, error);
  return bytes != NULL ? new_from_bytes (bytes, path, options, cancellable, error) : NULL;
}

/**
 * ek_bundle_new_from_file:
 *
 * Does as ek_bundle_new_from_file_with() where a person says nothing about the file.
 */
EkBundle *
ek_bundle_new_from_file (const char *path, GCancellable *cancellable, GError **error)
{
  return ek_bundle_new_from_file_with (path, NULL, cancellable, error);
}
