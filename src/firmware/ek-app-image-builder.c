/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes an image from a program's sections: merged, aligned for the chip's flash mapping, with
 * checksum and hash; the same bytes as espflash and esptool make. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-app-image.h"

#include "ek-bytes.h"
#include "ek-image-format.h"

#define WP_PIN_DISABLED 0xee
#define CHIP_ID_ESP32   0

/* A piece of the program on its way into the image: sections next to each other, zeros between and
 * behind them. Nothing is copied before it is in the image. */
typedef struct
{
  guint32 address;
  guint32 size;
  GPtrArray *sections; /* of const EkImageSection, by address */
  gsize taken;         /* bytes that are in the image already */
} Piece;

static Piece *
piece_new (guint32 address)
{
  Piece *self = g_new0 (Piece, 1);

  self->address = address;
  self->sections = g_ptr_array_new ();
  return self;
}

static void
piece_free (Piece *self)
{
  g_ptr_array_unref (self->sections);
  g_free (self);
}

static guint64
piece_end (const Piece *self)
{
  return (guint64) self->address + self->size;
}

/* Also what starts within the 4 bytes up to which a segment is filled belongs to it. */
static void
piece_append_section (Piece *self, const EkImageSection *section)
{
  g_ptr_array_add (self->sections, (gpointer) section);
  self->size = section->address - self->address + (guint32) g_bytes_get_size (section->data);
}

static gint
compare_sections (gconstpointer a, gconstpointer b)
{
  guint32 first = (*(const EkImageSection *const *) a)->address;
  guint32 second = (*(const EkImageSection *const *) b)->address;

  return first < second ? -1 : first > second;
}

static GPtrArray *
sort_sections (const EkImageSection *sections, guint n_sections)
{
  GPtrArray *sorted = g_ptr_array_new ();

  for (guint i = 0; i < n_sections; i++)
    if (g_bytes_get_size (sections[i].data) > 0)
      g_ptr_array_add (sorted, (gpointer) &sections[i]);

  g_ptr_array_sort (sorted, compare_sections);
  return sorted;
}

static gboolean
is_mapped (const EkImageOptions *options, guint32 address)
{
  return (address >= options->mapped_start && address < options->mapped_end) ||
         (address >= options->mapped2_start && address < options->mapped2_end);
}

static gboolean
check_section (const EkImageSection *section, const Piece *previous, GError **error)
{
  guint64 end = (guint64) section->address + g_bytes_get_size (section->data);

  if (end > G_MAXUINT32)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "A section at 0x%08x to 0x%" G_GINT64_MODIFIER "x cannot be in an image",
                   section->address, end);
      return FALSE;
    }

  if (previous != NULL && section->address < piece_end (previous))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The section at 0x%08x overlaps the one before it, which ends at "
                   "0x%" G_GINT64_MODIFIER "x",
                   section->address, piece_end (previous));
      return FALSE;
    }

  return TRUE;
}

static gboolean
touches (const Piece *piece, const EkImageSection *section, const EkImageOptions *options)
{
  return section->address <= EK_ALIGN_UP (piece_end (piece), (guint64) 4) &&
         is_mapped (options, piece->address) == is_mapped (options, section->address);
}

static gboolean
check_start (const EkImageSection *section, GError **error)
{
  if (section->address % 4 == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
               "A segment at 0x%08x cannot be in an image: it is not at a multiple of 4",
               section->address);
  return FALSE;
}

static void
fill_pieces (GPtrArray *pieces)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      Piece *piece = g_ptr_array_index (pieces, i);

      piece->size = EK_ALIGN_UP (piece->size, 4u);
    }
}

static GPtrArray *
merge_sections (const EkImageSection *sections,
                guint n_sections,
                const EkImageOptions *options,
                GError **error)
{
  g_autoptr (GPtrArray) sorted = sort_sections (sections, n_sections);
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) piece_free);
  Piece *last = NULL;

  for (guint i = 0; i < sorted->len; i++)
    {
      const EkImageSection *section = g_ptr_array_index (sorted, i);

      if (!check_section (section, last, error))
        return NULL;

      if (last == NULL || !touches (last, section, options))
        {
          if (!check_start (section, error))
            return NULL;
          last = piece_new (section->address);
          g_ptr_array_add (pieces, last);
        }

      piece_append_section (last, section);
    }

  fill_pieces (pieces);
  return g_steal_pointer (&pieces);
}

/* A page of addresses shows one page of flash: two pieces in one page would need to be next to each
 * other in the image, and they are not. */
static gboolean
check_pages (GPtrArray *pieces, const EkImageOptions *options, GError **error)
{
  for (guint i = 1; i < pieces->len; i++)
    {
      const Piece *before = g_ptr_array_index (pieces, i - 1);
      const Piece *after = g_ptr_array_index (pieces, i);

      if (!is_mapped (options, before->address) || !is_mapped (options, after->address) ||
          (piece_end (before) - 1) / options->mmu_page_size !=
              after->address / options->mmu_page_size)
        continue;

      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The segments at 0x%08x and 0x%08x share a page of 0x%x bytes of the flash "
                   "mapping: they cannot both be mapped",
                   before->address, after->address, options->mmu_page_size);
      return FALSE;
    }

  return TRUE;
}

static gboolean
holds_description (const Piece *piece)
{
  const EkImageSection *first = g_ptr_array_index (piece->sections, 0);
  gsize size;
  const guint8 *data = g_bytes_get_data (first->data, &size);

  return size >= EK_APP_DESC_SIZE && ek_get_u32 (data) == EK_APP_DESC_MAGIC;
}

/* Moves the pieces into those that are read from flash, the app description's first, and those
 * that are loaded into RAM. Both stay in the order of their addresses. */
static void
divide_pieces (GPtrArray *pieces, const EkImageOptions *options, GQueue *mapped, GQueue *loaded)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      Piece *piece = g_ptr_array_index (pieces, i);

      if (!is_mapped (options, piece->address))
        g_queue_push_tail (loaded, piece);
      else if (holds_description (piece))
        g_queue_push_head (mapped, piece);
      else
        g_queue_push_tail (mapped, piece);
    }
}

static void
append_zeros (GByteArray *image, gsize size)
{
  gsize start = image->len;

  if (size == 0)
    return;

  g_byte_array_set_size (image, (guint) (start + size));
  memset (image->data + start, 0, size);
}

static void
append_segment_header (GByteArray *image, guint32 address, gsize size)
{
  guint8 header[EK_IMAGE_SEGMENT_HEADER_SIZE];

  ek_put_u32 (header, address);
  ek_put_u32 (header + 4, (guint32) size);
  g_byte_array_append (image, header, sizeof header);
  image->data[1]++; /* the count; its limit is checked at the end */
}

/* What @section has of the piece's bytes from @start to @end, with the zeros in front of it; @at: up to
 * where they are in the image, counted from the piece's start. */
static void
append_part_of_section (GByteArray *image,
                        const Piece *piece,
                        const EkImageSection *section,
                        gsize *at,
                        gsize end)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (section->data, &size);
  gsize section_start = section->address - piece->address;
  gsize section_end = MIN (section_start + size, end);

  if (section_end <= *at || section_start >= end)
    return;

  if (section_start > *at)
    {
      append_zeros (image, section_start - *at);
      *at = section_start;
    }
  g_byte_array_append (image, data + (*at - section_start), (guint) (section_end - *at));
  *at = section_end;
}

static void
append_front_of_piece (GByteArray *image, GQueue *pieces, gsize limit)
{
  Piece *piece = g_queue_peek_head (pieces);
  gsize at = piece->taken;
  gsize end = at + MIN (limit, piece->size - at);

  append_segment_header (image, piece->address + (guint32) at, end - at);
  for (guint i = 0; i < piece->sections->len; i++)
    append_part_of_section (image, piece, g_ptr_array_index (piece->sections, i), &at, end);
  append_zeros (image, end - at);

  piece->taken = end;
  if (end == piece->size)
    g_queue_pop_head (pieces);
}

static void
append_padding (GByteArray *image, gsize size)
{
  append_segment_header (image, 0, size);
  append_zeros (image, size);
}

/* The chip maps flash in pages: a mapped segment's data must be at the same place in a page of the
 * file as its address is in a page of memory.
 *
 * Returns: bytes of content that are missing in front of its header, behind a header of their own;
 *   negative: nothing is. Where the right place is still ahead in a page that has begun, esptool takes
 *   that of the next one, and so do we: its images are what ours are compared with. */
static gint64
find_gap (const GByteArray *image, const Piece *piece, guint32 page)
{
  gint64 wanted = (gint64) (piece->address % page) - EK_IMAGE_SEGMENT_HEADER_SIZE;
  gint64 distance = (gint64) page - image->len % page + wanted;
  gint64 gap = distance - EK_IMAGE_SEGMENT_HEADER_SIZE;

  if (distance == 0 || distance == page)
    return -1;

  return gap < 0 ? gap + page : gap;
}

/* What has to go between is best something useful. */
static void
fill_up_to (GByteArray *image, const Piece *piece, GQueue *loaded, guint32 page)
{
  gint64 gap;

  while ((gap = find_gap (image, piece, page)) >= 0)
    {
      if (gap > EK_IMAGE_SEGMENT_HEADER_SIZE && !g_queue_is_empty (loaded))
        append_front_of_piece (image, loaded, (gsize) gap);
      else
        append_padding (image, (gsize) gap);
    }
}

/* The ESP32's boot loader does not map the last page of a segment that reaches only a few bytes into it:
 * such a segment is made longer. esptool does that on the ESP32 only, espflash on all chips. */
static void
append_mapped_piece (GByteArray *image, GQueue *pieces, const EkImageOptions *options)
{
  Piece *piece = g_queue_peek_head (pieces);
  guint32 reach =
      (image->len + EK_IMAGE_SEGMENT_HEADER_SIZE + piece->size) % options->mmu_page_size;

  if (options->chip_id == CHIP_ID_ESP32 && reach < EK_IMAGE_MIN_PAGE_REACH)
    piece->size += EK_IMAGE_MIN_PAGE_REACH - reach;
  append_front_of_piece (image, pieces, G_MAXSIZE);
}

static void
append_pieces (GByteArray *image, GPtrArray *pieces, const EkImageOptions *options)
{
  g_autoptr (GQueue) mapped = g_queue_new ();
  g_autoptr (GQueue) loaded = g_queue_new ();

  divide_pieces (pieces, options, mapped, loaded);

  while (!g_queue_is_empty (mapped))
    {
      fill_up_to (image, g_queue_peek_head (mapped), loaded, options->mmu_page_size);
      append_mapped_piece (image, mapped, options);
    }

  while (!g_queue_is_empty (loaded))
    append_front_of_piece (image, loaded, G_MAXSIZE);
}

static gboolean
append_header (GByteArray *image, const EkImageOptions *options, GError **error)
{
  guint8 header[EK_IMAGE_HEADER_SIZE] = { EK_IMAGE_MAGIC };
  guint8 size_nibble;

  if (!ek_image_flash_size_to_nibble (options->flash_size, &size_nibble))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "An image cannot be for a flash of %u bytes", options->flash_size);
      return FALSE;
    }

  header[2] = options->flash_mode;
  header[3] = (guint8) (size_nibble << 4 | (options->flash_frequency & 0x0f));
  ek_put_u32 (header + 4, options->entry);
  header[8] = WP_PIN_DISABLED;
  ek_put_u16 (header + 12, options->chip_id);
  ek_put_u16 (header + 15, options->min_revision);
  ek_put_u16 (header + 17, options->max_revision);
  header[23] = 1; /* a hash follows */
  g_byte_array_append (image, header, sizeof header);
  return TRUE;
}

/* The checksum is over the segments' data, not their headers; read it off the finished image. */
static guint8
checksum_of_segments (const GByteArray *image)
{
  guint8 checksum = EK_IMAGE_CHECKSUM_SEED;
  gsize position = EK_IMAGE_HEADER_SIZE;

  while (position < image->len)
    {
      guint32 size = ek_get_u32 (image->data + position + 4);

      checksum ^= ek_image_xor (image->data + position + EK_IMAGE_SEGMENT_HEADER_SIZE, size);
      position += EK_IMAGE_SEGMENT_HEADER_SIZE + size;
    }

  return checksum;
}

static void
append_checksum_and_hash (GByteArray *image)
{
  guint8 checksum = checksum_of_segments (image);
  guint8 hash[EK_IMAGE_HASH_SIZE];
  guint start = image->len;

  g_byte_array_set_size (image, (start | (EK_IMAGE_CHECKSUM_ALIGN - 1)) + 1);
  memset (image->data + start, 0, image->len - start);
  image->data[image->len - 1] = checksum;

  ek_image_sha256 (image->data, image->len, hash);
  g_byte_array_append (image, hash, sizeof hash);
}

/* With room for a page of padding in front of each piece; the image is not copied as it grows. */
static guint
estimate_size (GPtrArray *pieces, const EkImageOptions *options)
{
  guint64 size = options->mmu_page_size;

  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = g_ptr_array_index (pieces, i);

      size += piece->size + (is_mapped (options, piece->address) ? options->mmu_page_size : 64);
    }

  return (guint) MIN (size, G_MAXINT32);
}

static GByteArray *
new_image (guint capacity)
{
  GByteArray *image = g_byte_array_new_take (ek_bytes_alloc (capacity), capacity);

  return g_byte_array_set_size (image, 0);
}

/**
 * ek_app_image_build:
 * @sections: (array length=n_sections): pieces of the program, in any order; empty ones are ignored
 * @n_sections: 1 or more
 * @options: headers' contents and the chip's memory map; the ranges may be empty for a boot loader
 *
 * Makes an image: sections that touch are merged and padded to 4 bytes; those in the mapped ranges
 * are put where the chip can map them, the app description's first; what lies between is filled
 * with the segments for RAM, split where need be, or with zeros.
 *
 * Source: ESP-IDF "App Image Format"; the same bytes as esptool 5.6.0 for the same sections, and but
 * for rare gaps as espflash 4.7.0.
 *
 * Returns: (transfer full): the image, or %NULL with %EK_ERROR_FIRMWARE_DAMAGED if the sections
 *   overlap, are not at multiples of 4, cannot be mapped or become too many segments, or
 *   %EK_ERROR_INVALID_ARGUMENT
 */
GBytes *
ek_app_image_build (const EkImageSection *sections,
                    guint n_sections,
                    const EkImageOptions *options,
                    GError **error)
{
  g_autoptr (GPtrArray) pieces = NULL;
  g_autoptr (GByteArray) image = NULL;

  g_return_val_if_fail (sections != NULL, NULL);
  g_return_val_if_fail (options != NULL && options->mmu_page_size > 0, NULL);

  if (!(pieces = merge_sections (sections, n_sections, options, error)))
    return NULL;

  image = new_image (estimate_size (pieces, options));
  if (!check_pages (pieces, options, error) || !append_header (image, options, error))
    return NULL;

  /* each may bring padding and one split with it; the count is one byte */
  if (pieces->len > 0 && pieces->len <= EK_IMAGE_MAX_SEGMENTS)
    append_pieces (image, pieces, options);

  if (image->data[1] == 0 || image->data[1] > EK_IMAGE_MAX_SEGMENTS)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "The program has %u separate parts; an image has 1 to %u segments",
                   MAX (pieces->len, image->data[1]), EK_IMAGE_MAX_SEGMENTS);
      return NULL;
    }

  append_checksum_and_hash (image);
  return g_byte_array_free_to_bytes (g_steal_pointer (&image));
}
