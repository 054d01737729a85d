/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads an image the way ESP-IDF's boot loader does (esp_image_verify), and its description. Writes
 * nothing: see ek-app-image-builder.c for that. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-app-image.h"

#include "ek-bytes.h"
#include "ek-image-format.h"

#define CHIP_ID_ESP32C3 5

/* Copies a fixed field of text. It came from outside and goes to terminals and labels: what is no
 * printable UTF-8 becomes a question mark. */
static void
copy_text (char *text, const guint8 *field, gsize field_size)
{
  const char *p = (const char *) field;
  const char *end = p + field_size;
  char *out = text;

  while (p < end && *p != '\0')
    {
      gunichar c = g_utf8_get_char_validated (p, end - p);
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
      gsize length = valid ? (gsize) (g_utf8_next_char (p) - p) : 1;

      if (valid && g_unichar_isprint (c))
        {
          memcpy (out, p, length);
          out += length;
        }
      else
        *out++ = '?';

      p += length;
    }

  *out = '\0';
}

/* Before ESP-IDF 4.4.3 there was one byte: the major revision, on the ESP32-C3 the minor one. Later
 * images fill it too, and may leave the new fields at "any". Source: esptool cmds.py, the check of
 * revisions in write-flash. */
static void
read_revisions (EkAppImage *image, guint8 old_minimum, guint16 minimum, guint16 maximum)
{
  gboolean only_old = maximum == 0 || (maximum == G_MAXUINT16 && minimum == 0 && old_minimum != 0);

  if (only_old)
    {
      image->min_revision = image->chip_id == CHIP_ID_ESP32C3 ? old_minimum : old_minimum * 100;
      image->max_revision = G_MAXUINT16;
    }
  else
    {
      image->min_revision = minimum;
      image->max_revision = maximum;
    }
}

static gboolean
read_header (EkByteReader *reader, EkAppImage *image, GError **error)
{
  guint8 size_and_frequency;
  guint8 old_minimum;
  guint16 minimum;
  guint16 maximum;

  if (ek_byte_reader_u8 (reader) != EK_IMAGE_MAGIC)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   reader->size == 0 ? "No image: there are no bytes"
                                     : "No image: the first byte is 0x%02x, not 0x%02x",
                   reader->size == 0 ? 0 : reader->data[0], EK_IMAGE_MAGIC);
      return FALSE;
    }

  image->n_segments = ek_byte_reader_u8 (reader);
  image->flash_mode = ek_byte_reader_u8 (reader);
  size_and_frequency = ek_byte_reader_u8 (reader);
  image->entry = ek_byte_reader_u32 (reader);
  ek_byte_reader_take (reader, 4); /* pin of write protection, drive strengths */
  image->chip_id = ek_byte_reader_u16 (reader);
  old_minimum = ek_byte_reader_u8 (reader);
  minimum = ek_byte_reader_u16 (reader);
  maximum = ek_byte_reader_u16 (reader);
  ek_byte_reader_take (reader, 4);
  image->has_hash = ek_byte_reader_u8 (reader) == 1;

  if (reader->failed)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The image ends at 0x%zx, inside its header of %u bytes", reader->size,
                   EK_IMAGE_HEADER_SIZE);
      return FALSE;
    }

  if (image->n_segments == 0 || image->n_segments > EK_IMAGE_MAX_SEGMENTS)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The image says that it has %u segments at 0x1; 1 to %u are possible",
                   image->n_segments, EK_IMAGE_MAX_SEGMENTS);
      return FALSE;
    }

  image->flash_frequency = size_and_frequency & 0x0f;
  image->flash_size = ek_image_flash_size_from_nibble (size_and_frequency >> 4);
  read_revisions (image, old_minimum, minimum, maximum);
  return TRUE;
}

static gboolean
read_segment (EkByteReader *reader,
              guint index,
              EkImageSegment *segment,
              guint8 *checksum,
              GError **error)
{
  gsize start = reader->position;
  const guint8 *data;

  segment->address = ek_byte_reader_u32 (reader);
  segment->size = ek_byte_reader_u32 (reader);
  segment->offset = (guint32) reader->position;

  /* verify_segment_header() of ESP-IDF refuses these too */
  if (!reader->failed && (segment->size % 4 != 0 || segment->size >= EK_IMAGE_MAX_SEGMENT_SIZE))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "Segment %u at 0x%zx has a length of 0x%x bytes, which no loader accepts", index,
                   start, segment->size);
      return FALSE;
    }

  data = ek_byte_reader_take (reader, segment->size);
  if (data == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The image is cut off: segment %u at 0x%zx needs 0x%x bytes, the data ends at "
                   "0x%zx",
                   index, start, segment->size, reader->size);
      return FALSE;
    }

  *checksum ^= ek_image_xor (data, segment->size);
  return TRUE;
}

static gboolean
check_checksum (EkByteReader *reader, guint8 checksum, GError **error)
{
  gsize position = reader->position | (EK_IMAGE_CHECKSUM_ALIGN - 1);
  guint8 stored;

  ek_byte_reader_seek (reader, position);
  stored = ek_byte_reader_u8 (reader);
  if (reader->failed)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The image is cut off: its checksum at 0x%zx is missing, the data ends at 0x%zx",
                   position, reader->size);
      return FALSE;
    }

  if (stored != checksum)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The image's checksum at 0x%zx is 0x%02x, its segments give 0x%02x", position,
                   stored, checksum);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_hash (EkByteReader *reader, GError **error)
{
  gsize position = reader->position;
  const guint8 *stored = ek_byte_reader_take (reader, EK_IMAGE_HASH_SIZE);
  guint8 computed[EK_IMAGE_HASH_SIZE];
  g_autofree char *stored_hex = NULL;
  g_autofree char *computed_hex = NULL;

  if (stored == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The image is cut off: its hash at 0x%zx is incomplete, the data ends at 0x%zx",
                   position, reader->size);
      return FALSE;
    }

  ek_image_sha256 (reader->data, position, computed);
  if (memcmp (stored, computed, sizeof computed) == 0)
    return TRUE;

  stored_hex = ek_bytes_hex (stored, EK_IMAGE_HASH_SIZE);
  computed_hex = ek_bytes_hex (computed, EK_IMAGE_HASH_SIZE);
  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
               "The image's SHA-256 at 0x%zx is %s, its bytes give %s", position, stored_hex,
               computed_hex);
  return FALSE;
}

static void
read_description (EkAppImage *image, const guint8 *data)
{
  const EkImageSegment *first = &image->segments[0];

  image->has_description =
      ek_app_description_parse (data + first->offset, first->size, &image->description);
}

/**
 * ek_app_image_parse:
 * @data: (array length=size): bytes that start with an image; more may follow it
 * @size: bytes in @data
 * @image: (out caller-allocates): what the image says of itself; its size field tells where it ends
 *
 * Reads an image of a boot loader or an app and checks all that the chip's boot loader checks:
 * header, lengths of segments, checksum, appended SHA-256.
 *
 * Source: ESP-IDF esp_app_format.h and esp_image_format.c.
 *
 * Returns: %FALSE with %EK_ERROR_NOT_FIRMWARE if it does not start with an image's magic, or
 *   %EK_ERROR_FIRMWARE_DAMAGED; @image is undefined then
 */
gboolean
ek_app_image_parse (const guint8 *data, gsize size, EkAppImage *image, GError **error)
{
  EkByteReader reader;
  guint8 checksum = EK_IMAGE_CHECKSUM_SEED;

  g_return_val_if_fail (data != NULL || size == 0, FALSE);
  g_return_val_if_fail (image != NULL, FALSE);

  *image = (EkAppImage){ 0 };
  ek_byte_reader_init (&reader, data, size);

  if (!read_header (&reader, image, error))
    return FALSE;

  for (guint i = 0; i < image->n_segments; i++)
    if (!read_segment (&reader, i, &image->segments[i], &checksum, error))
      return FALSE;

  if (!check_checksum (&reader, checksum, error) ||
      (image->has_hash && !check_hash (&reader, error)))
    return FALSE;

  image->size = (guint32) reader.position;
  read_description (image, data);
  return TRUE;
}

/**
 * ek_app_image_is_candidate:
 * @data: (array length=size): bytes, at least %EK_IMAGE_HEADER_SIZE for a yes
 *
 * Returns: %TRUE if the bytes start with a plausible header of an image, so that an error of
 *   ek_app_image_parse() means damage rather than another format
 */
gboolean
ek_app_image_is_candidate (const guint8 *data, gsize size)
{
  /* flash modes 0 to 5 of esp_image_spi_mode_t; the hash flag is a boolean */
  return size >= EK_IMAGE_HEADER_SIZE && data[0] == EK_IMAGE_MAGIC && data[1] >= 1 &&
         data[1] <= EK_IMAGE_MAX_SEGMENTS && data[2] <= 5 && data[23] <= 1;
}

/**
 * ek_app_description_parse:
 * @data: (array length=size): bytes from %EK_APP_DESC_OFFSET of an app, as read off a device or file
 * @size: at least %EK_APP_DESC_SIZE for a yes
 * @description: (out caller-allocates): what they say
 *
 * Source: ESP-IDF esp_app_desc_t.
 *
 * Returns: %FALSE if that is no app description; @description is untouched then
 */
gboolean
ek_app_description_parse (const guint8 *data, gsize size, EkAppDescription *description)
{
  g_return_val_if_fail (description != NULL, FALSE);

  if (size < EK_APP_DESC_SIZE || ek_get_u32 (data) != EK_APP_DESC_MAGIC)
    return FALSE;

  *description = (EkAppDescription){ .secure_version = ek_get_u32 (data + 4) };
  copy_text (description->version, data + 16, 32);
  copy_text (description->project, data + 48, 32);
  copy_text (description->time, data + 80, 16);
  copy_text (description->date, data + 96, 16);
  copy_text (description->idf_version, data + 112, 32);
  memcpy (description->elf_sha256, data + 144, sizeof description->elf_sha256);
  return TRUE;
}
