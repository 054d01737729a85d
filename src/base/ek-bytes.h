/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian bytes: unchecked access to buffers we made, and a bounds-checked reader for
 * everything that came from elsewhere. */
#pragma once

#include <gio/gio.h>
#include <string.h>

G_BEGIN_DECLS

static inline guint16
ek_get_u16 (const guint8 *p)
{
  return (guint16) (p[0] | p[1] << 8);
}

static inline guint32
ek_get_u32 (const guint8 *p)
{
  return (guint32) p[0] | (guint32) p[1] << 8 | (guint32) p[2] << 16 | (guint32) p[3] << 24;
}

static inline void
ek_put_u16 (guint8 *p, guint16 value)
{
  p[0] = value & 0xff;
  p[1] = value >> 8;
}

static inline void
ek_put_u32 (guint8 *p, guint32 value)
{
  p[0] = value & 0xff;
  p[1] = (value >> 8) & 0xff;
  p[2] = (value >> 16) & 0xff;
  p[3] = value >> 24;
}

/* Rounds to multiples of a power of two, as flash sectors and blocks want it. */
#define EK_ALIGN_DOWN(value, unit) ((value) & ~((unit) -1))
#define EK_ALIGN_UP(value, unit)   (((value) + (unit) -1) & ~((unit) -1))

/**
 * EkByteReader:
 *
 * Walks over untrusted bytes. A read past the end gives zeros and sets @failed, which stays set: a
 * parser may read a whole header and ask once.
 */
typedef struct
{
  const guint8 *data;
  gsize size;
  gsize position;
  gboolean failed;
} EkByteReader;

void ek_byte_reader_init (EkByteReader *self, const guint8 *data, gsize size);
const guint8 *ek_byte_reader_take (EkByteReader *self, gsize size);
gboolean ek_byte_reader_seek (EkByteReader *self, gsize position);
guint8 ek_byte_reader_u8 (EkByteReader *self);
guint16 ek_byte_reader_u16 (EkByteReader *self);
guint32 ek_byte_reader_u32 (EkByteReader *self);
gsize ek_byte_reader_left (const EkByteReader *self);

/* Bytes of a raw MD5. */
#define EK_MD5_SIZE 16

void ek_bytes_md5 (const guint8 *data, gsize size, guint8 *digest);
gboolean ek_bytes_all (const guint8 *data, gsize size, guint8 value);
char *ek_bytes_hex (const guint8 *data, gsize size);
guint8 *ek_bytes_alloc (gsize size);

G_END_DECLS
