/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Works through an image as ROM and boot loader do, and says where they would stop. On purpose not
 * the reader that the flasher has: that one could be wrong in the same place. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-sim-boot-private.h"

#include "ek-bytes.h"

#define MAX_SEGMENT   0x1000000u
#define CHECKSUM_SEED 0xef
#define HASH_FLAG     23

static gboolean
read_segment (EkByteReader *reader, EkSimImage *image)
{
  EkImageSegment *segment = &image->segments[image->n_segments];
  const guint8 *data;

  segment->address = ek_byte_reader_u32 (reader);
  segment->size = ek_byte_reader_u32 (reader);
  segment->offset = (guint32) reader->position;
  if (!reader->failed && (segment->size % 4 != 0 || segment->size >= MAX_SEGMENT))
    {
      image->bad_length = segment->size;
      image->state = EK_SIM_IMAGE_SEGMENT_LENGTH;
      return FALSE;
    }

  if (!(data = ek_byte_reader_take (reader, segment->size)))
    {
      image->state = EK_SIM_IMAGE_CUT_OFF;
      return FALSE;
    }

  for (guint32 i = 0; i < segment->size; i++)
    image->checksum ^= data[i];
  image->n_segments++;
  return TRUE;
}

static void
check_hash (EkByteReader *reader, EkSimImage *image)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = sizeof image->hash;
  const guint8 *stored;

  g_checksum_update (checksum, reader->data, (gssize) reader->position);
  g_checksum_get_digest (checksum, image->hash, &length);
  stored = ek_byte_reader_take (reader, sizeof image->stored_hash);
  if (stored == NULL)
    {
      image->state = EK_SIM_IMAGE_CUT_OFF;
      return;
    }

  memcpy (image->stored_hash, stored, sizeof image->stored_hash);
  if (memcmp (image->hash, stored, sizeof image->hash) != 0)
    image->state = EK_SIM_IMAGE_HASH;
}

static void
check_end (EkByteReader *reader, EkSimImage *image)
{
  ek_byte_reader_seek (reader, reader->position | 15);
  image->stored_checksum = ek_byte_reader_u8 (reader);
  if (reader->failed)
    image->state = EK_SIM_IMAGE_CUT_OFF;
  else if (image->stored_checksum != image->checksum)
    image->state = EK_SIM_IMAGE_CHECKSUM;
  else if (reader->data[HASH_FLAG] == 1)
    check_hash (reader, image);
}

/**
 * ek_sim_image_read:
 * @data: (array length=size): the flash from where the image should be to its end
 * @image: (out caller-allocates): what was found
 *
 * Source: ESP-IDF esp_image_format.c, for the order of the checks.
 */
void
ek_sim_image_read (const guint8 *data, gsize size, EkSimImage *image)
{
  EkByteReader reader;

  *image = (EkSimImage){ .checksum = CHECKSUM_SEED };
  if (size < EK_IMAGE_HEADER_SIZE || data[0] != EK_IMAGE_MAGIC)
    {
      image->state = EK_SIM_IMAGE_NO_MAGIC;
      return;
    }

  image->said_segments = data[1];
  if (image->said_segments > EK_IMAGE_MAX_SEGMENTS)
    {
      image->state = EK_SIM_IMAGE_SEGMENT_COUNT;
      return;
    }

  ek_byte_reader_init (&reader, data, size);
  ek_byte_reader_seek (&reader, EK_IMAGE_HEADER_SIZE);
  while (image->n_segments < image->said_segments)
    if (!read_segment (&reader, image))
      return;

  check_end (&reader, image);
  image->size = (guint32) reader.position;
}
