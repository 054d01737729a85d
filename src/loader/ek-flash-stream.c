/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compression with libdeflate at its best level, one stream after the other on one worker. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-flash-stream.h"

#include <libdeflate.h>

/* Its best level. The chip's inflate has a window of 32 KiB, which is the format's own. */
#define COMPRESSION_LEVEL 12

struct _EkFlashStream
{
  GObject parent_instance;

  guint32 offset;
  GBytes *data;
  gboolean compress;

  GMutex lock;
  GCond done_cond;
  gboolean done;
  GBytes *payload;
  gboolean compressed;
};

G_DEFINE_FINAL_TYPE (EkFlashStream, ek_flash_stream, G_TYPE_OBJECT)

static GBytes *
deflate (GBytes *data)
{
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor (COMPRESSION_LEVEL);
  gsize size;
  gconstpointer bytes = g_bytes_get_data (data, &size);
  gsize bound, n;
  g_autofree guint8 *out = NULL;

  if (compressor == NULL)
    return NULL;

  /* No larger than the data: then it is sent as it is. */
  bound = size;
  out = g_malloc (MAX (bound, 1));
  n = libdeflate_zlib_compress (compressor, bytes, size, out, bound);
  libdeflate_free_compressor (compressor);
  if (n == 0)
    return NULL;

  return g_bytes_new (out, n);
}

static void
work (gpointer item, gpointer user_data)
{
  g_autoptr (EkFlashStream) self = item;
  g_autoptr (GBytes) deflated = NULL;

  /* Nobody else holds it: the job is over, the work in vain. */
  if (g_atomic_int_get (&G_OBJECT (self)->ref_count) > 1)
    deflated = deflate (self->data);

  g_mutex_lock (&self->lock);
  self->compressed = deflated != NULL;
  self->payload = deflated != NULL ? g_steal_pointer (&deflated) : g_bytes_ref (self->data);
  self->done = TRUE;
  g_cond_signal (&self->done_cond);
  g_mutex_unlock (&self->lock);
}

static GThreadPool *
get_pool (void)
{
  static gsize pool = 0;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, (gsize) g_thread_pool_new (work, NULL, 1, FALSE, NULL));

  return (GThreadPool *) pool;
}

static void
ek_flash_stream_finalize (GObject *object)
{
  EkFlashStream *self = EK_FLASH_STREAM (object);

  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_pointer (&self->payload, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->done_cond);

  G_OBJECT_CLASS (ek_flash_stream_parent_class)->finalize (object);
}

static void
ek_flash_stream_class_init (EkFlashStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_flash_stream_finalize;
}

static void
ek_flash_stream_init (EkFlashStream *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->done_cond);
}

/**
 * ek_flash_stream_new:
 * @offset: first byte on the flash
 * @data: what belongs there, at least one byte
 * @compress: %FALSE to send the bytes as they are
 *
 * Compression starts at once on a thread of its own; streams are done in the order they were made.
 *
 * Returns: (transfer full)
 */
EkFlashStream *
ek_flash_stream_new (guint32 offset, GBytes *data, gboolean compress)
{
  EkFlashStream *self = g_object_new (EK_TYPE_FLASH_STREAM, NULL);

  self->offset = offset;
  self->data = g_bytes_ref (data);
  self->compress = compress;
  if (compress)
    {
      g_thread_pool_push (get_pool (), g_object_ref (self), NULL);
    }
  else
    {
      self->payload = g_bytes_ref (data);
      self->done = TRUE;
    }

  return self;
}

guint32
ek_flash_stream_get_offset (EkFlashStream *self)
{
  return self->offset;
}

/**
 * ek_flash_stream_get_data:
 *
 * Returns: (transfer none): the bytes as they will be on the flash
 */
GBytes *
ek_flash_stream_get_data (EkFlashStream *self)
{
  return self->data;
}

/**
 * ek_flash_stream_wait:
 * @compressed: (out): whether the result is a zlib stream; %FALSE where that would not be smaller
 *
 * Waits for the compression: well under a second for what one stream holds.
 *
 * Returns: (transfer none): the bytes to send
 */
GBytes *
ek_flash_stream_wait (EkFlashStream *self, gboolean *compressed)
{
  g_mutex_lock (&self->lock);
  while (!self->done)
    g_cond_wait (&self->done_cond, &self->lock);
  *compressed = self->compressed;
  g_mutex_unlock (&self->lock);

  return self->payload;
}

/**
 * ek_flash_stream_release:
 *
 * Frees the compressed bytes of a stream that is on the chip.
 */
void
ek_flash_stream_release (EkFlashStream *self)
{
  gboolean compressed;

  ek_flash_stream_wait (self, &compressed);
  g_clear_pointer (&self->payload, g_bytes_unref);
  self->payload = g_bytes_ref (self->data);
  self->compressed = FALSE;
}
