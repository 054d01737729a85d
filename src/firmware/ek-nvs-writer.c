/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lays settings out on fresh pages, the same bytes as Espressif's nvs_partition_gen.py makes. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-nvs-private.h"

typedef struct
{
  GByteArray *bytes; /* the pages begun so far */
  guint max_pages;
  guint32 sequence; /* of the first page */
  guint page;       /* the one that is written to */
  guint entry;      /* the next free one in it */
  gboolean overflowed;
  GPtrArray *namespaces; /* names (not owned); the index is the position + 1 */
} Writer;

static guint8 *
page_bytes (Writer *writer)
{
  return writer->bytes->data + (gsize) writer->page * EK_NVS_PAGE_SIZE;
}

static void
begin_page (Writer *writer)
{
  guint8 *page;

  g_byte_array_set_size (writer->bytes, (writer->page + 1) * EK_NVS_PAGE_SIZE);
  page = page_bytes (writer);
  memset (page, 0xff, EK_NVS_PAGE_SIZE);
  ek_put_u32 (page, EK_NVS_PAGE_ACTIVE);
  ek_put_u32 (page + 4, writer->sequence + writer->page);
  page[8] = EK_NVS_VERSION_2;
  ek_put_u32 (page + 28, ek_nvs_crc (page + 4, 24));
  writer->entry = 0;
}

static void
next_page (Writer *writer)
{
  if (writer->page + 1 >= writer->max_pages)
    {
      writer->overflowed = TRUE;
      return;
    }

  ek_put_u32 (page_bytes (writer), EK_NVS_PAGE_FULL);
  writer->page++;
  begin_page (writer);
}

static guint
free_entries (const Writer *writer)
{
  return EK_NVS_ENTRIES - writer->entry;
}

static void
mark_written (Writer *writer, guint index)
{
  page_bytes (writer)[EK_NVS_BITMAP_OFFSET + index / 4] &= (guint8) ~(1u << (index % 4 * 2));
}

static guint
span_of (gsize size)
{
  return 1 + (guint) (EK_ALIGN_UP (size, EK_NVS_ENTRY_SIZE) / EK_NVS_ENTRY_SIZE);
}

/* Puts one entry and the bytes behind it on the page, which must have room for them. */
static void
put_entry (Writer *writer,
           guint8 name_space,
           guint8 type,
           guint8 chunk,
           const char *key,
           const guint8 *value,
           gsize value_size,
           const guint8 *data,
           gsize size)
{
  guint span = span_of (size);
  guint8 *entry = page_bytes (writer) + EK_NVS_ENTRIES_OFFSET + writer->entry * EK_NVS_ENTRY_SIZE;

  entry[0] = name_space;
  entry[1] = type;
  entry[2] = (guint8) span;
  entry[3] = chunk;
  memset (entry + 8, 0, 16);
  memcpy (entry + 8, key, strlen (key));
  memcpy (entry + 24, value, value_size);
  ek_put_u32 (entry + 4, ek_nvs_entry_crc (entry));
  if (size > 0)
    memcpy (entry + EK_NVS_ENTRY_SIZE, data, size);

  for (guint i = 0; i < span; i++)
    mark_written (writer, writer->entry++);
}

static gboolean
make_room (Writer *writer, guint entries)
{
  if (free_entries (writer) < entries)
    next_page (writer);

  return !writer->overflowed;
}

static void
put_int (Writer *writer,
         guint8 name_space,
         guint8 type,
         const char *key,
         const guint8 *value,
         gsize value_size)
{
  if (make_room (writer, 1))
    put_entry (writer, name_space, type, EK_NVS_NO_CHUNK, key, value, value_size, NULL, 0);
}

static void
put_data (Writer *writer,
          guint8 name_space,
          guint8 type,
          guint8 chunk,
          const char *key,
          const guint8 *data,
          gsize size)
{
  guint8 value[8] = { 0xff, 0xff, 0xff, 0xff };

  ek_put_u16 (value, (guint16) size);
  ek_put_u32 (value + 4, ek_nvs_crc (data, size));
  put_entry (writer, name_space, type, chunk, key, value, sizeof value, data, size);
}

/* A text does not end at the very end of a page that holds something before it: the generator keeps
 * one entry free behind it. */
static void
put_string (Writer *writer, guint8 name_space, const EkNvsItem *item)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (item->data, &size);
  guint span = span_of (size);

  if (make_room (writer, writer->entry == 0 ? span : span + 1))
    put_data (writer, name_space, EK_NVS_STRING, EK_NVS_NO_CHUNK, item->key, data, size);
}

/* A blob is cut into chunks that fill their pages, and an index behind them. Where a page has one entry
 * left, the generator puts a chunk without bytes there; so do we. */
static void
put_blob (Writer *writer, guint8 name_space, const EkNvsItem *item)
{
  gsize size;
  gsize done = 0;
  const guint8 *data = g_bytes_get_data (item->data, &size);
  guint8 index[8] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff };
  guint8 n_chunks = 0;

  do
    {
      gsize chunk;

      if (!make_room (writer, 1))
        return;

      chunk = MIN (size - done, (gsize) (free_entries (writer) - 1) * EK_NVS_ENTRY_SIZE);
      put_data (writer, name_space, EK_NVS_BLOB, n_chunks, item->key, data + done, chunk);
      done += chunk;
      n_chunks++;
    }
  while (done < size && n_chunks < EK_NVS_MAX_CHUNKS);

  writer->overflowed |= done < size;
  ek_put_u32 (index, (guint32) size);
  index[4] = n_chunks;
  put_int (writer, name_space, EK_NVS_BLOB_INDEX, item->key, index, sizeof index);
}

static guint8
name_space_index (Writer *writer, const char *name)
{
  guint position;
  guint8 index;

  if (g_ptr_array_find_with_equal_func (writer->namespaces, name, g_str_equal, &position))
    return (guint8) (position + 1);

  if (writer->namespaces->len == EK_NVS_MAX_NAMESPACES)
    {
      writer->overflowed = TRUE;
      return 0;
    }

  g_ptr_array_add (writer->namespaces, (gpointer) name);
  index = (guint8) writer->namespaces->len;
  put_int (writer, 0, EK_NVS_U8, name, &index, 1);
  return index;
}

static void
put_item (Writer *writer, const EkNvsItem *item)
{
  guint8 name_space = name_space_index (writer, item->name_space);

  if (writer->overflowed)
    return;

  if (item->type == EK_NVS_STRING)
    put_string (writer, name_space, item);
  else if (item->type == EK_NVS_BLOB)
    put_blob (writer, name_space, item);
  else
    put_int (writer, name_space, (guint8) item->type, item->key,
             g_bytes_get_data (item->data, NULL), g_bytes_get_size (item->data));
}

/**
 * ek_nvs_to_pages:
 * @max_pages: pages that may be used
 * @sequence: number of the first page; the firmware reads pages in the order of their numbers
 *
 * Lays all values out in the order they were first set, on as many pages as they need.
 *
 * Source: ESP-IDF nvs_flash.rst, format version 2.
 *
 * Returns: (transfer full): whole pages, none for no values; or %NULL with %EK_ERROR_SETTINGS_FULL
 */
GBytes *
ek_nvs_to_pages (EkNvs *self, guint max_pages, guint32 sequence, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GPtrArray) namespaces = g_ptr_array_new ();
  GPtrArray *items;
  Writer writer = {
    .bytes = bytes,
    .max_pages = max_pages,
    .sequence = sequence,
    .overflowed = max_pages == 0,
    .namespaces = namespaces,
  };

  g_return_val_if_fail (EK_IS_NVS (self), NULL);

  items = ek_nvs_get_items (self);
  if (items->len == 0)
    return g_bytes_new (NULL, 0);

  if (!writer.overflowed)
    begin_page (&writer);
  for (guint i = 0; i < items->len && !writer.overflowed; i++)
    put_item (&writer, g_ptr_array_index (items, i));

  if (writer.overflowed)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_SETTINGS_FULL, "The settings do not fit %u pages",
                   max_pages);
      return NULL;
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

/**
 * ek_nvs_to_bytes:
 * @partition_size: bytes; a multiple of 4096, 3 pages or more
 *
 * Lays all values out as ek_nvs_to_pages() does, from the first page of a partition on.
 *
 * Returns: (transfer full): @partition_size bytes, 0xFF where there is nothing; or %NULL with
 *   %EK_ERROR_SETTINGS_FULL if the values do not fit, one page being left free for the firmware to
 *   tidy up into, or %EK_ERROR_INVALID_ARGUMENT for a size that no partition has
 */
GBytes *
ek_nvs_to_bytes (EkNvs *self, gsize partition_size, GError **error)
{
  g_autoptr (GBytes) pages = NULL;
  guint8 *bytes;

  g_return_val_if_fail (EK_IS_NVS (self), NULL);

  if (partition_size % EK_NVS_PAGE_SIZE != 0 || partition_size > G_MAXUINT32 ||
      partition_size < EK_NVS_MIN_PAGES * EK_NVS_PAGE_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "Settings cannot be in a partition of 0x%zx bytes", partition_size);
      return NULL;
    }

  pages = ek_nvs_to_pages (self, (guint) (partition_size / EK_NVS_PAGE_SIZE) - 1, 0, error);
  if (pages == NULL)
    return NULL;

  bytes = g_malloc (partition_size);
  memset (bytes, 0xff, partition_size);
  if (g_bytes_get_size (pages) > 0)
    memcpy (bytes, g_bytes_get_data (pages, NULL), g_bytes_get_size (pages));
  return g_bytes_new_take (bytes, partition_size);
}
