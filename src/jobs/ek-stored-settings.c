/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads only the pages that hold something: of 2 MiB mostly one. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-stored-settings.h"

#include "ek-bytes.h"

#define BLOCK_SIZE 0x10000u
/* Numbers beyond are no numbers that a firmware has counted to. */
#define MAX_SEQUENCE 0x7fffffffu

static gboolean
read_page (EkStoredSettings *self,
           const EkFlashReader *reader,
           guint32 offset,
           GByteArray *bytes,
           GCancellable *cancellable,
           GError **error)
{
  guint8 page[EK_NVS_PAGE_SIZE];
  guint32 sequence;

  if (!reader->read (reader->user_data, offset, EK_NVS_HEADER_SIZE, page, cancellable, error))
    return FALSE;
  if (!ek_nvs_page_header_is_valid (page))
    return TRUE;
  if (!reader->read (reader->user_data, offset, sizeof page, page, cancellable, error))
    return FALSE;

  sequence = ek_get_u32 (page + 4);
  if (sequence <= MAX_SEQUENCE)
    self->sequence = MAX (self->sequence, sequence);
  g_array_append_val (self->pages, offset);
  g_byte_array_append (bytes, page, sizeof page);
  return TRUE;
}

/**
 * ek_stored_settings_read:
 * @self: (out caller-allocates): cleared or zero
 * @offset: of the partition, multiple of 4096
 * @size: of the partition, bytes
 *
 * Whatever is no page of settings is passed over; a place without any gives an empty #EkNvs.
 *
 * Returns: %FALSE with the reader's error
 */
gboolean
ek_stored_settings_read (EkStoredSettings *self,
                         const EkFlashReader *reader,
                         guint32 offset,
                         guint32 size,
                         GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint32 end = offset + EK_ALIGN_DOWN (size, EK_NVS_PAGE_SIZE);
  guint32 block;

  ek_stored_settings_clear (self);
  self->pages = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint32 at = offset; at < end; at += block)
    {
      gboolean blank;

      block = MIN (BLOCK_SIZE - at % BLOCK_SIZE, end - at);
      if (!ek_flash_reader_is_blank (reader, at, block, &blank, cancellable, error))
        return FALSE;
      for (guint32 page = at; !blank && page < at + block; page += EK_NVS_PAGE_SIZE)
        if (!read_page (self, reader, page, bytes, cancellable, error))
          return FALSE;
    }

  self->nvs = ek_nvs_new_from_bytes (bytes->data, bytes->len, error);
  return self->nvs != NULL;
}

void
ek_stored_settings_clear (EkStoredSettings *self)
{
  g_clear_object (&self->nvs);
  g_clear_pointer (&self->pages, g_array_unref);
  self->sequence = 0;
}
