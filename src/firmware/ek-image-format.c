/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reading and writing an image have in common: the nibble of the flash's size, checksum and
 * hash. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-image-format.h"

#include <nettle/sha2.h>
#include <nettle/version.h>
#include <string.h>

#define MIB (1024u * 1024u)

/**
 * ek_image_flash_size_from_nibble:
 *
 * Returns: bytes, or 0 for a value without a meaning
 */
guint32
ek_image_flash_size_from_nibble (guint8 nibble)
{
  return nibble < EK_IMAGE_FLASH_SIZES ? MIB << nibble : 0;
}

/**
 * ek_image_flash_size_to_nibble:
 * @flash_size: bytes
 * @nibble: (out): high half of the image's byte 3
 *
 * Returns: %FALSE if an image cannot say that size
 */
gboolean
ek_image_flash_size_to_nibble (guint32 flash_size, guint8 *nibble)
{
  for (guint8 i = 0; i < EK_IMAGE_FLASH_SIZES; i++)
    if (flash_size == MIB << i)
      {
        *nibble = i;
        return TRUE;
      }

  return FALSE;
}

/**
 * ek_image_xor:
 *
 * Returns: all @size bytes combined by exclusive or
 */
guint8
ek_image_xor (const guint8 *data, gsize size)
{
  guint64 words = 0;
  guint8 sum = 0;
  gsize at = 0;

  for (; at + sizeof words <= size; at += sizeof words)
    {
      guint64 word;

      memcpy (&word, data + at, sizeof word);
      words ^= word;
    }
  for (; at < size; at++)
    sum ^= data[at];
  for (; words != 0; words >>= 8)
    sum ^= words & 0xff;

  return sum;
}

/**
 * ek_image_sha256:
 *
 * Several times as fast as GLib's where the processor has instructions for it.
 *
 * @digest: (out caller-allocates) (array fixed-size=32): raw
 */
void
ek_image_sha256 (const guint8 *data, gsize size, guint8 *digest)
{
  struct sha256_ctx context;

  sha256_init (&context);
  sha256_update (&context, size, data);
#if NETTLE_VERSION_MAJOR >= 4
  sha256_digest (&context, digest);
#else
  sha256_digest (&context, EK_IMAGE_HASH_SIZE, digest);
#endif
}
