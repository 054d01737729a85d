/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle from an app that is alone, as an image or as a linked program; and what makes it complete:
 * a partition table and a boot loader from elsewhere. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-image-format.h"

#define CHIP_ID_ESP32S3 9

static gboolean
refuse_plain_image (const EkAppImage *image, const char *source, GError **error)
{
  g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
               image->size <= EK_PARTITION_TABLE_OFFSET
                   ? "%s: this is a boot loader without an app; give it with its offset"
                   : "%s: this image has no app description; give it with its offset",
               source);
  return FALSE;
}

/**
 * ek_bundle_read_app:
 * @bytes: (transfer none): an image
 *
 * An app on its own goes where the device's table has its app. What follows the image, such as a
 * signature, belongs to it unless it is filling.
 */
gboolean
ek_bundle_read_app (EkBundle *self, GBytes *bytes, const EkBundleOptions *options, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  EkAppImage app;
  gsize used;

  if (!ek_app_image_parse (data, size, &app, error))
    {
      g_prefix_error (error, "%s: ", self->source);
      return FALSE;
    }

  if (!app.has_description)
    return refuse_plain_image (&app, self->source, error);

  used = MAX (app.size, ek_used_size (data, size));
  ek_bundle_set_app (self, &app);
  ek_bundle_add_segment (self, "app", EK_SEGMENT_APP, EK_SEGMENT_OFFSET_AUTO,
                         g_bytes_new_from_bytes (bytes, 0, used), FALSE);
  return TRUE;
}

static GBytes *
convert (EkBundle *self, GBytes *bytes, const EkBundleOptions *options, GError **error)
{
  g_autoptr (EkElf) elf = ek_elf_new_from_bytes (bytes, error);
  GBytes *image = NULL;

  if (elf != NULL)
    image = ek_app_image_new_from_elf (elf, &options->image, NULL, error);
  if (image == NULL)
    g_prefix_error (error, "%s: ", self->source);

  return image;
}

/**
 * ek_bundle_read_elf:
 * @bytes: (transfer none): a linked program
 *
 * Converts it to an app image. Nobody says where it goes, so on EchoKit's chip its own layout is
 * meant; on others the device's table decides.
 */
gboolean
ek_bundle_read_elf (EkBundle *self, GBytes *bytes, const EkBundleOptions *options, GError **error)
{
  GBytes *image = convert (self, bytes, options, error);
  EkAppImage app;
  EkSegment *segment;

  if (image == NULL)
    return FALSE;

  segment =
      ek_bundle_add_segment (self, "app", EK_SEGMENT_APP, EK_SEGMENT_OFFSET_AUTO, image, FALSE);
  segment->any_flash_size = options->image.flash_size == 0;
  if (!ek_app_image_parse (g_bytes_get_data (image, NULL), g_bytes_get_size (image), &app, error))
    return FALSE;

  ek_bundle_set_app (self, &app);
  self->converted = TRUE;
  if (options->table == NULL && app.chip_id == CHIP_ID_ESP32S3)
    self->table = ek_partition_table_new_layout_a ();
  return TRUE;
}

/* The app moves to the place that the table starts. */
static gboolean
place_app (EkBundle *self, GError **error)
{
  const EkPartition *boot = ek_partition_table_find_boot_app (self->table);
  EkSegment *app = (EkSegment *) ek_bundle_find_kind (self, EK_SEGMENT_APP);
  gsize size = g_bytes_get_size (app->data);

  if (boot == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "The partition table has no partition for an app");
      return FALSE;
    }

  if (size > boot->size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s: the app is 0x%zx bytes long, its partition \"%s\" only 0x%x", self->source,
                   size, boot->label, boot->size);
      return FALSE;
    }

  app->offset = boot->offset;
  g_free (app->name);
  app->name = g_strdup (boot->label);
  ek_bundle_add_segment (self, "partition-table", EK_SEGMENT_PARTITION_TABLE,
                         EK_PARTITION_TABLE_OFFSET, ek_partition_table_to_binary (self->table),
                         FALSE);
  self->brings_layout = TRUE;
  return TRUE;
}

static gboolean
check_bootloader (const EkAppImage *image,
                  const EkAppImage *app,
                  const char *source,
                  GError **error)
{
  guint32 offset = ek_boot_offset_of_chip (image->chip_id);

  if (image->chip_id != app->chip_id)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                   "%s: the app is for the chip with id %u, the boot loader for %u", source,
                   app->chip_id, image->chip_id);
      return FALSE;
    }

  if (image->has_description || image->size > EK_PARTITION_TABLE_OFFSET - offset)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s: this is an app, not a boot loader",
                   source);
      return FALSE;
    }

  return TRUE;
}

static gboolean
add_bootloader (EkBundle *self, const EkBundleOptions *options, GError **error)
{
  const char *source =
      options->bootloader_source != NULL ? options->bootloader_source : "boot loader";
  gsize size;
  const guint8 *data = g_bytes_get_data (options->bootloader, &size);
  EkAppImage image;
  EkSegment *segment;

  if (!ek_app_image_parse (data, size, &image, error))
    {
      g_prefix_error (error, "%s: ", source);
      return FALSE;
    }

  if (!check_bootloader (&image, &self->app, source, error))
    return FALSE;

  ek_bundle_set_bootloader (self, &image);
  self->bootloader_source = g_strdup (source);
  segment =
      ek_bundle_add_segment (self, "bootloader", EK_SEGMENT_BOOTLOADER,
                             ek_boot_offset_of_chip (image.chip_id),
                             g_bytes_new_from_bytes (options->bootloader, 0, image.size), FALSE);
  segment->any_flash_size = options->image.flash_size == 0;
  return TRUE;
}

static gboolean
set_flash_size (EkBundle *self, EkSegment *segment, guint32 flash_size, GError **error)
{
  GBytes *bytes = ek_app_image_set_flash_size (segment->data, flash_size, error);
  gsize size;
  const guint8 *data;

  if (bytes == NULL)
    {
      g_prefix_error (error, "%s: ", self->source);
      return FALSE;
    }

  g_bytes_unref (segment->data);
  segment->data = bytes;
  data = g_bytes_get_data (bytes, &size);
  ek_image_sha256 (data, size, segment->sha256);
  return TRUE;
}

/**
 * ek_bundle_set_flash_size:
 *
 * The boot loader tells the firmware how large the flash is; that of an app is only a claim, and in
 * other people's images stays what it is.
 */
gboolean
ek_bundle_set_flash_size (EkBundle *self, guint32 flash_size, GError **error)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      EkSegment *segment = g_ptr_array_index (self->segments, i);

      if (segment->kind != EK_SEGMENT_BOOTLOADER)
        continue;
      if (!set_flash_size (self, segment, flash_size, error))
        return FALSE;
      self->bootloader.flash_size = flash_size;
    }

  return TRUE;
}

static gboolean
refuse_options (EkBundle *self, const EkBundleOptions *options, GError **error)
{
  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "%s brings its own %s: another one has no place in it", self->source,
               options->table != NULL ? "partition table" : "boot loader");
  return FALSE;
}

/**
 * ek_bundle_complete:
 *
 * Adds what @options bring, and what the app was given by its reader.
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if the bundle has its own, or an error of theirs
 */
gboolean
ek_bundle_complete (EkBundle *self, const EkBundleOptions *options, GError **error)
{
  const EkSegment *app = ek_bundle_find_kind (self, EK_SEGMENT_APP);
  gboolean alone = app != NULL && app->offset == EK_SEGMENT_OFFSET_AUTO;

  if ((options->table != NULL || options->bootloader != NULL) && !alone)
    return refuse_options (self, options, error);

  if (options->table != NULL)
    self->table = g_object_ref (options->table);
  if (alone && self->table != NULL && !place_app (self, error))
    return FALSE;
  if (options->bootloader != NULL && !add_bootloader (self, options, error))
    return FALSE;

  return options->image.flash_size == 0 ||
         ek_bundle_set_flash_size (self, options->image.flash_size, error);
}
