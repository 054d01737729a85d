/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle as one file: everything in its place, 0xFF between. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle.h"

#include <string.h>

static guint64
find_end (EkBundle *self)
{
  guint64 end = 0;

  for (guint i = 0; i < ek_bundle_get_n_segments (self); i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (self, i);

      end = MAX (end, (guint64) segment->offset + g_bytes_get_size (segment->data));
    }

  return end;
}

static gboolean
check_parts (EkBundle *self, GError **error)
{
  const EkSegment *app = ek_bundle_find_kind (self, EK_SEGMENT_APP);

  if (ek_bundle_get_bootloader (self) == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NO_BOOTLOADER,
                   "%s brings no boot loader, and none was named", ek_bundle_get_source (self));
      return FALSE;
    }

  if (ek_bundle_get_table (self) == NULL || app == NULL || app->offset == EK_SEGMENT_OFFSET_AUTO)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "%s brings no partition table, and none was named", ek_bundle_get_source (self));
      return FALSE;
    }

  return TRUE;
}

/**
 * ek_bundle_to_image:
 * @size: of the result in bytes; 0: up to the last byte that is not filling
 *
 * Puts boot loader, partition table, app and whatever else there is where they lie on the flash, as
 * espflash's save-image --merge does.
 *
 * Returns: (transfer full): the merged image, or %NULL with %EK_ERROR_NO_BOOTLOADER,
 *   %EK_ERROR_PARTITION_TABLE or %EK_ERROR_FIRMWARE_TOO_BIG
 */
GBytes *
ek_bundle_to_image (EkBundle *self, guint32 size, GError **error)
{
  guint64 end = find_end (self);
  guint8 *image;

  if (!check_parts (self, error))
    return NULL;

  if (end > (size != 0 ? size : EK_BUNDLE_MAX_SIZE))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s ends at 0x%" G_GINT64_MODIFIER "x: that does not fit 0x%x bytes",
                   ek_bundle_get_source (self), end, size != 0 ? size : EK_BUNDLE_MAX_SIZE);
      return NULL;
    }

  if (size == 0)
    size = (guint32) end;
  image = g_malloc (size);
  memset (image, 0xff, size);
  for (guint i = 0; i < ek_bundle_get_n_segments (self); i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (self, i);
      gsize length;
      const guint8 *data = g_bytes_get_data (segment->data, &length);

      memcpy (image + segment->offset, data, length);
    }

  return g_bytes_new_take (image, size);
}
