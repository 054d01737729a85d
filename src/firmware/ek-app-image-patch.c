/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes in an image's header what depends on the device, and makes its hash right again. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-app-image.h"

#include <string.h>

#include "ek-image-format.h"

/**
 * ek_app_image_set_flash_size:
 * @bytes: (transfer none): an image; what follows it stays
 * @flash_size: bytes: 1 to 128 MiB, a power of 2
 *
 * The checksum is over the segments and does not change; the hash at the end does. A signature that
 * follows would become wrong.
 *
 * Source: ESP-IDF esp_app_format.h; esptool's write-flash does the same with --flash-size.
 *
 * Returns: (transfer full): the image for a flash of that size; %NULL with
 *   %EK_ERROR_INVALID_ARGUMENT (size) or the errors of ek_app_image_parse()
 */
GBytes *
ek_app_image_set_flash_size (GBytes *bytes, guint32 flash_size, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  EkAppImage image;
  guint8 nibble;
  guint8 *copy;

  if (!ek_app_image_parse (data, size, &image, error))
    return NULL;

  if (image.flash_size == flash_size)
    return g_bytes_ref (bytes);

  if (!ek_image_flash_size_to_nibble (flash_size, &nibble))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "An image cannot be for a flash of %u bytes", flash_size);
      return NULL;
    }

  copy = g_memdup2 (data, size);
  copy[3] = (guint8) (nibble << 4 | (copy[3] & 0x0f));
  if (image.has_hash)
    ek_image_sha256 (copy, image.size - EK_IMAGE_HASH_SIZE, copy + image.size - EK_IMAGE_HASH_SIZE);

  return g_bytes_new_take (copy, size);
}
