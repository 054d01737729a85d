/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which boot loader starts a program that comes without one: the device's own, or a spare one. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-bytes.h"
#include "ek-flash-plan-private.h"

#define SEGMENT_HEADER_SIZE 8
#define CHECKSUM_AND_HASH   (16 + 32)

/* How long the image at @offset is, by its headers; never more than there is place in front of the
 * partition table. Over the chip's ROM every byte that is not read counts. */
static gboolean
measure_image (EkPlanner *self,
               guint32 offset,
               guint32 *size,
               GCancellable *cancellable,
               GError **error)
{
  const EkFlashReader *reader = self->reader;
  guint32 limit = EK_PARTITION_TABLE_OFFSET - offset;
  guint8 header[EK_IMAGE_HEADER_SIZE];
  guint64 at = sizeof header;

  *size = 0;
  if (!reader->read (reader->user_data, offset, sizeof header, header, cancellable, error))
    return FALSE;
  if (!ek_app_image_is_candidate (header, sizeof header))
    return TRUE;

  for (guint8 i = 0; i < header[1] && at + SEGMENT_HEADER_SIZE <= limit; i++)
    {
      guint8 segment[SEGMENT_HEADER_SIZE];

      if (!reader->read (reader->user_data, offset + (guint32) at, sizeof segment, segment,
                         cancellable, error))
        return FALSE;
      at += SEGMENT_HEADER_SIZE + (guint64) ek_get_u32 (segment + 4);
    }

  *size = (guint32) MIN (at + CHECKSUM_AND_HASH, limit);
  return TRUE;
}

/* @why: (out): what is wrong with it; %NULL if it is sound */
static char *
judge (EkPlanner *self, const guint8 *data, gsize size, EkAppImage *image)
{
  EkPartitionTable *table = ek_bundle_get_table (self->bundle);
  g_autoptr (GError) problem = NULL;

  if (size == 0)
    return g_strdup ("there is none");
  if (!ek_app_image_parse (data, size, image, &problem))
    return g_strdup_printf ("it is damaged (%s)", problem->message);
  if (image->chip_id != self->chip->chip->image_chip_id)
    return g_strdup_printf ("it is for the chip with id %u", image->chip_id);
  if (image->has_description)
    return g_strdup ("there is an app in its place");
  if (image->flash_size != 0 && image->flash_size > self->chip->flash_size)
    return g_strdup_printf ("it expects a flash of %u MB", image->flash_size >> 20);
  if (image->flash_size != 0 && table != NULL &&
      ek_partition_table_get_end (table) > image->flash_size)
    return g_strdup_printf ("it only knows %u MB of flash", image->flash_size >> 20);

  return NULL;
}

static gboolean
try_device (EkPlanner *self, char **why, GCancellable *cancellable, GError **error)
{
  guint32 offset = self->chip->chip->bootloader_offset;
  g_autofree guint8 *data = NULL;
  EkAppImage image;
  guint32 size;

  if (self->options.erase_all)
    {
      *why = g_strdup ("it is erased with everything else");
      return TRUE;
    }

  if (!measure_image (self, offset, &size, cancellable, error))
    return FALSE;
  data = g_malloc (MAX (size, 1));
  if (size > 0 &&
      !self->reader->read (self->reader->user_data, offset, size, data, cancellable, error))
    return FALSE;

  *why = judge (self, data, size, &image);
  if (*why != NULL)
    return TRUE;

  ek_planner_add (self, EK_RANGE_KEEP, offset, EK_ALIGN_UP (image.size, EK_PLAN_SECTOR),
                  "bootloader", N_ ("the device's own boot loader is sound"), NULL);
  self->bootloader_origin = EK_BOOTLOADER_ON_DEVICE;
  return TRUE;
}

static gboolean
use_spare (EkPlanner *self, GError **error)
{
  GBytes *spare = self->options.spare_bootloader;
  g_autoptr (GBytes) bytes = NULL;
  EkAppImage image;
  EkFlashTarget target = { .kind = EK_SEGMENT_BOOTLOADER };

  if (!ek_app_image_parse (g_bytes_get_data (spare, NULL), g_bytes_get_size (spare), &image,
                           error) ||
      !ek_planner_check_image (self, &image, "boot loader", error) ||
      !(bytes = ek_app_image_set_flash_size (spare, self->chip->flash_size, error)))
    return FALSE;

  target.name = g_strdup ("bootloader");
  target.offset = self->chip->chip->bootloader_offset;
  target.content = ek_planner_fill_up (bytes, &target.size);
  g_array_append_val (self->targets, target);
  self->bootloader_origin = EK_BOOTLOADER_SPARE;
  return TRUE;
}

/**
 * ek_planner_choose_bootloader:
 *
 * Takes the firmware's own boot loader, else a sound one on the device, else the spare one. An app that
 * goes into the device's own layout is not asked for one.
 *
 * Returns: %FALSE with %EK_ERROR_NO_BOOTLOADER, an error of the spare one, or the reader's
 */
gboolean
ek_planner_choose_bootloader (EkPlanner *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *why = NULL;

  if (ek_bundle_get_bootloader (self->bundle) != NULL)
    {
      self->bootloader_origin = ek_bundle_get_bootloader_source (self->bundle) != NULL
                                    ? EK_BOOTLOADER_FROM_FILE
                                    : EK_BOOTLOADER_IN_FIRMWARE;
      return TRUE;
    }
  if (!ek_bundle_brings_layout (self->bundle) || ek_bundle_get_app (self->bundle) == NULL)
    return TRUE;

  if (!try_device (self, &why, cancellable, error))
    return FALSE;
  if (why == NULL)
    return TRUE;
  if (self->options.spare_bootloader != NULL)
    return use_spare (self, error);

  g_set_error (error, EK_ERROR, EK_ERROR_NO_BOOTLOADER,
               "the firmware brings no boot loader, and the device's own can't be used: %s", why);
  return FALSE;
}
