/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads settings off a flash image as the firmware would, and more patiently: what is erased, half
 * written or damaged is left out, and of two versions the newer one counts. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-nvs-private.h"

typedef struct
{
  guint32 sequence;
  const guint8 *bytes; /* EK_NVS_PAGE_SIZE */
} Page;

/* One entry whose CRC is right. */
typedef struct
{
  guint8 name_space; /* 0: it names a namespace */
  guint8 type;
  guint8 chunk;
  guint8 span; /* entries, itself included */
  char key[EK_NVS_MAX_KEY + 1];
  const guint8 *value; /* 8 bytes */
  const guint8 *rest;  /* (span - 1) * 32 bytes */
} Entry;

typedef struct
{
  EkNvs *nvs;
  GArray *pages;         /* of Page, oldest first */
  char *namespaces[256]; /* by index */
  GHashTable *chunks;    /* "namespace index/chunk/key" → GBytes */
} Reader;

typedef void (*EntryFunc) (Reader *reader, const Entry *entry);

static gint
compare_pages (gconstpointer a, gconstpointer b)
{
  guint32 first = ((const Page *) a)->sequence;
  guint32 second = ((const Page *) b)->sequence;

  return first < second ? -1 : first > second;
}

static gboolean
is_page (const guint8 *page)
{
  guint32 state = ek_get_u32 (page);

  return (state == EK_NVS_PAGE_ACTIVE || state == EK_NVS_PAGE_FULL ||
          state == EK_NVS_PAGE_FREEING) &&
         ek_get_u32 (page + 28) == ek_nvs_crc (page + 4, 24);
}

static GArray *
find_pages (const guint8 *data, gsize size)
{
  GArray *pages = g_array_new (FALSE, FALSE, sizeof (Page));

  for (gsize position = 0; position + EK_NVS_PAGE_SIZE <= size; position += EK_NVS_PAGE_SIZE)
    {
      Page page = { .sequence = ek_get_u32 (data + position + 4), .bytes = data + position };

      if (is_page (page.bytes))
        g_array_append_val (pages, page);
    }

  g_array_sort (pages, compare_pages);
  return pages;
}

static guint
entry_state (const guint8 *page, guint index)
{
  return page[EK_NVS_BITMAP_OFFSET + index / 4] >> (index % 4 * 2) & 3;
}

static gboolean
is_written (const guint8 *page, guint index, guint span)
{
  for (guint i = index; i < index + span; i++)
    if (entry_state (page, i) != EK_NVS_ENTRY_WRITTEN)
      return FALSE;

  return TRUE;
}

static gboolean
read_entry (const guint8 *page, guint index, Entry *entry)
{
  const guint8 *bytes = page + EK_NVS_ENTRIES_OFFSET + index * EK_NVS_ENTRY_SIZE;

  *entry = (Entry){
    .name_space = bytes[0],
    .type = bytes[1],
    .span = bytes[2],
    .chunk = bytes[3],
    .value = bytes + 24,
    .rest = bytes + EK_NVS_ENTRY_SIZE,
  };
  memcpy (entry->key, bytes + 8, EK_NVS_MAX_KEY);

  return entry->span >= 1 && entry->span <= EK_NVS_ENTRIES - index &&
         is_written (page, index, entry->span) &&
         ek_get_u32 (bytes + 4) == ek_nvs_entry_crc (bytes);
}

static void
each_entry_of_page (Reader *reader, const guint8 *page, EntryFunc func)
{
  guint index = 0;

  while (index < EK_NVS_ENTRIES)
    {
      Entry entry;

      if (entry_state (page, index) == EK_NVS_ENTRY_WRITTEN && read_entry (page, index, &entry))
        {
          func (reader, &entry);
          index += entry.span;
        }
      else
        index++;
    }
}

static void
each_entry (Reader *reader, EntryFunc func)
{
  for (guint i = 0; i < reader->pages->len; i++)
    each_entry_of_page (reader, g_array_index (reader->pages, Page, i).bytes, func);
}

static void
note_namespace (Reader *reader, const Entry *entry)
{
  guint8 index = entry->value[0];

  if (entry->name_space != 0 || entry->type != EK_NVS_U8 || index == 0 ||
      index > EK_NVS_MAX_NAMESPACES || entry->key[0] == '\0')
    return;

  g_free (reader->namespaces[index]);
  reader->namespaces[index] = g_strdup (entry->key);
}

/* Bytes behind the entry, if their length and their CRC are right. */
static const guint8 *
variable_data (const Entry *entry, gsize *size)
{
  *size = ek_get_u16 (entry->value);

  if (*size > (gsize) (entry->span - 1) * EK_NVS_ENTRY_SIZE ||
      ek_get_u32 (entry->value + 4) != ek_nvs_crc (entry->rest, *size))
    return NULL;

  return entry->rest;
}

static char *
chunk_name (const Entry *entry, guint chunk)
{
  return g_strdup_printf ("%u/%u/%s", entry->name_space, chunk, entry->key);
}

static void
note_chunk (Reader *reader, const Entry *entry)
{
  const guint8 *data;
  gsize size;

  if (entry->type == EK_NVS_BLOB && (data = variable_data (entry, &size)) != NULL)
    g_hash_table_insert (reader->chunks, chunk_name (entry, entry->chunk),
                         g_bytes_new (data, size));
}

static GBytes *
find_chunk (Reader *reader, const Entry *entry, guint chunk)
{
  g_autofree char *name = chunk_name (entry, chunk);

  return g_hash_table_lookup (reader->chunks, name);
}

static void
take_value (Reader *reader, const Entry *entry, EkNvsType type, GBytes *data)
{
  ek_nvs_take_item (reader->nvs, reader->namespaces[entry->name_space], entry->key, type, data);
}

static gsize
blob_size (Reader *reader, const Entry *entry, guint start, guint count)
{
  gsize size = 0;

  for (guint i = 0; i < count; i++)
    {
      GBytes *chunk = find_chunk (reader, entry, start + i);

      if (chunk == NULL)
        return G_MAXSIZE;
      size += g_bytes_get_size (chunk);
    }

  return size;
}

/* The index counts only if all its chunks are there and make up its size; else an older version
 * stays. Chunks are joined once they are known to be complete. */
static void
take_blob (Reader *reader, const Entry *entry)
{
  guint32 size = ek_get_u32 (entry->value);
  guint count = entry->value[4];
  guint start = entry->value[5];
  g_autoptr (GByteArray) blob = NULL;

  if (count > EK_NVS_MAX_CHUNKS || start + count > 0x100 ||
      blob_size (reader, entry, start, count) != size)
    return;

  blob = g_byte_array_sized_new (size);
  for (guint i = 0; i < count; i++)
    {
      GBytes *chunk = find_chunk (reader, entry, start + i);

      g_byte_array_append (blob, g_bytes_get_data (chunk, NULL), (guint) g_bytes_get_size (chunk));
    }

  take_value (reader, entry, EK_NVS_BLOB, g_byte_array_free_to_bytes (g_steal_pointer (&blob)));
}

static void
take_string (Reader *reader, const Entry *entry)
{
  gsize size;
  const guint8 *data = variable_data (entry, &size);
  g_autofree char *text = NULL;

  if (data == NULL)
    return;

  text = g_strndup ((const char *) data, size);
  size = strlen (text) + 1;
  take_value (reader, entry, EK_NVS_STRING, g_bytes_new_take (g_steal_pointer (&text), size));
}

static void
take_old_blob (Reader *reader, const Entry *entry)
{
  gsize size;
  const guint8 *data = variable_data (entry, &size);

  if (data != NULL)
    take_value (reader, entry, EK_NVS_BLOB, g_bytes_new (data, size));
}

static void
take_entry (Reader *reader, const Entry *entry)
{
  guint int_size = ek_nvs_int_size (entry->type);

  if (reader->namespaces[entry->name_space] == NULL || entry->key[0] == '\0')
    return;

  if (int_size > 0)
    take_value (reader, entry, entry->type, g_bytes_new (entry->value, int_size));
  else if (entry->type == EK_NVS_STRING)
    take_string (reader, entry);
  else if (entry->type == EK_NVS_BLOB_V1)
    take_old_blob (reader, entry);
  else if (entry->type == EK_NVS_BLOB_INDEX)
    take_blob (reader, entry);
}

/**
 * ek_nvs_page_header_is_valid:
 * @header: (array fixed-size=32): the first bytes of a page
 *
 * Returns: %TRUE if a page of settings begins so, told by its state and CRC
 */
gboolean
ek_nvs_page_header_is_valid (const guint8 *header)
{
  return is_page (header);
}

/**
 * ek_nvs_is_candidate:
 * @data: (array length=size): the start of a partition
 *
 * Returns: %TRUE if the first page is a page of settings, told by its CRC
 */
gboolean
ek_nvs_is_candidate (const guint8 *data, gsize size)
{
  return size >= EK_NVS_PAGE_SIZE && is_page (data);
}

/**
 * ek_nvs_new_from_bytes:
 * @data: (array length=size): an NVS partition, or its first pages; pages in any order
 * @size: bytes; a last page that is not whole is ignored
 *
 * Reads all values that can be read. Erased values, half-written pages and wrong CRCs are skipped
 * silently, as the firmware does.
 *
 * Source: ESP-IDF nvs_flash.rst and nvs_page.cpp, format version 2; version 1 blobs too.
 *
 * Returns: (transfer full): the settings, which are empty for a blank partition; or %NULL with
 *   %EK_ERROR_FIRMWARE_DAMAGED if the bytes are not blank and hold no page of settings
 */
EkNvs *
ek_nvs_new_from_bytes (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GArray) pages = NULL;
  g_autoptr (GHashTable) chunks = NULL;
  Reader reader = { .nvs = nvs };

  g_return_val_if_fail (data != NULL || size == 0, NULL);

  pages = find_pages (data, size);
  if (pages->len == 0 && !ek_bytes_all (data, size, 0xff))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "No page of settings can be read in these %zu bytes", size);
      return NULL;
    }

  chunks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  reader.pages = pages;
  reader.chunks = chunks;

  /* A page that was tidied up may name a namespace behind its values, and hold an index before
   * its chunks. */
  each_entry (&reader, note_namespace);
  each_entry (&reader, note_chunk);
  each_entry (&reader, take_entry);

  for (guint i = 0; i < G_N_ELEMENTS (reader.namespaces); i++)
    g_free (reader.namespaces[i]);

  return g_steal_pointer (&nvs);
}
