/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounds-checked reader, memory for whole images, and two questions that flash code asks all the
 * time. */
#define G_LOG_DOMAIN "ek-base"
#include "config.h"

#include "ek-bytes.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Of the large pages of x86-64, and of arm64 with small ones. Only a wish: any size is right. */
#define LARGE_PAGE_SIZE ((gsize) 2 * 1024 * 1024)

/**
 * ek_byte_reader_init:
 * @data: (array length=size): bytes that outlive the reader
 */
void
ek_byte_reader_init (EkByteReader *self, const guint8 *data, gsize size)
{
  *self = (EkByteReader){ .data = data, .size = size };
}

/**
 * ek_byte_reader_left:
 *
 * Returns: bytes from the position to the end
 */
gsize
ek_byte_reader_left (const EkByteReader *self)
{
  return self->size - self->position;
}

/**
 * ek_byte_reader_take:
 * @size: bytes wanted
 *
 * Returns: (nullable) (transfer none): @size bytes inside the data, or %NULL if fewer are left
 */
const guint8 *
ek_byte_reader_take (EkByteReader *self, gsize size)
{
  const guint8 *taken;

  if (self->failed || size > ek_byte_reader_left (self))
    {
      self->failed = TRUE;
      return NULL;
    }

  taken = self->data + self->position;
  self->position += size;
  return taken;
}

/**
 * ek_byte_reader_seek:
 * @position: offset in bytes from the start of the data
 *
 * Returns: %FALSE, and the reader has failed, if @position is behind the end
 */
gboolean
ek_byte_reader_seek (EkByteReader *self, gsize position)
{
  if (self->failed || position > self->size)
    {
      self->failed = TRUE;
      return FALSE;
    }

  self->position = position;
  return TRUE;
}

guint8
ek_byte_reader_u8 (EkByteReader *self)
{
  const guint8 *p = ek_byte_reader_take (self, 1);

  return p != NULL ? p[0] : 0;
}

guint16
ek_byte_reader_u16 (EkByteReader *self)
{
  const guint8 *p = ek_byte_reader_take (self, 2);

  return p != NULL ? ek_get_u16 (p) : 0;
}

guint32
ek_byte_reader_u32 (EkByteReader *self)
{
  const guint8 *p = ek_byte_reader_take (self, 4);

  return p != NULL ? ek_get_u32 (p) : 0;
}

/**
 * ek_bytes_all:
 *
 * Returns: %TRUE if every one of the @size bytes is @value; also for no bytes
 */
gboolean
ek_bytes_all (const guint8 *data, gsize size, guint8 value)
{
  /* If the first byte is right and each equals the next, all are: memcmp does that at memory speed. */
  return size == 0 || (data[0] == value && memcmp (data, data + 1, size - 1) == 0);
}

/**
 * ek_bytes_md5:
 * @data: (nullable): may be %NULL if @size is 0
 * @digest: (out caller-allocates) (array fixed-size=16): raw
 */
void
ek_bytes_md5 (const guint8 *data, gsize size, guint8 *digest)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize length = EK_MD5_SIZE;

  if (size > 0)
    g_checksum_update (checksum, data, (gssize) size);
  g_checksum_get_digest (checksum, digest, &length);
}

/**
 * ek_bytes_hex:
 *
 * Returns: (transfer full): two lower-case hex digits a byte
 */
char *
ek_bytes_hex (const guint8 *data, gsize size)
{
  GString *text = g_string_sized_new (size * 2);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);

  return g_string_free (text, FALSE);
}

/**
 * ek_bytes_alloc:
 * @size: 1 or more, of something that is written from front to back, such as a whole image
 *
 * Memory in large pages where the system has them: the millions of bytes of a firmware come in small
 * pages one by one otherwise, which takes as long as copying them.
 *
 * Returns: (transfer full): @size bytes with any content; g_free() frees them
 */
guint8 *
ek_bytes_alloc (gsize size)
{
  gsize whole = EK_ALIGN_UP (size, LARGE_PAGE_SIZE);
  guint8 *data;

  if (size < LARGE_PAGE_SIZE / 2 || whole < size)
    return g_malloc (size);

  /* g_free() is free(), as GLib promises */
  data = aligned_alloc (LARGE_PAGE_SIZE, whole);
  if (data == NULL)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes", size);
  madvise (data, whole, MADV_HUGEPAGE);
  return data;
}
