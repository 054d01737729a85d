/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Write, erase and hash, with what ROM and stub each can. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#include "ek-bytes.h"

/* Block of FLASH_DATA and FLASH_DEFL_DATA (facts 1.3). */
#define STUB_BLOCK 0x4000u
#define ROM_BLOCK  0x400u

#define MD5_SECONDS_PER_MB   8.0
#define ERASE_SECONDS_PER_MB 40.0
#define WRITE_SECONDS_PER_MB 40.0
#define CHIP_ERASE_TIMEOUT   (240 * G_USEC_PER_SEC)
/* The stub inflates into a window of this size and programs it when it is full (facts 7.3). */
#define INFLATE_WINDOW 32768u

#define BLOCK_TRIES 3

/**
 * ek_loader_md5:
 * @offset: first byte, any alignment
 * @size: bytes, 1 to the flash size
 * @digest: (out caller-allocates) (array fixed-size=16): raw MD5
 *
 * Lets the chip hash a range of its own flash. Takes up to 8 s for a megabyte.
 *
 * Source: ESP serial protocol, SPI_FLASH_MD5: the ROM answers in ASCII hex, the stub raw.
 *
 * Returns: %FALSE with %EK_ERROR_TIMEOUT, %EK_ERROR_LINK_LOST, %EK_ERROR_CHIP_REFUSED or
 *   %EK_ERROR_CANCELLED
 */
gboolean
ek_loader_md5 (EkLoader *self,
               guint32 offset,
               guint32 size,
               guint8 *digest,
               GCancellable *cancellable,
               GError **error)
{
  guint8 payload[16] = { 0 };
  EkReply reply;

  ek_put_u32 (payload, offset);
  ek_put_u32 (payload + 4, size);
  if (!ek_link_request (self->link, EK_COMMAND_SPI_FLASH_MD5, payload, sizeof payload,
                        self->is_stub ? EK_MD5_SIZE : 2 * EK_MD5_SIZE,
                        ek_loader_timeout (MD5_SECONDS_PER_MB, size), &reply, cancellable, error))
    return FALSE;

  if (self->is_stub)
    {
      memcpy (digest, reply.data, EK_MD5_SIZE);
      return TRUE;
    }
  for (guint i = 0; i < EK_MD5_SIZE; i++)
    {
      int high = g_ascii_xdigit_value ((char) reply.data[2 * i]);
      int low = g_ascii_xdigit_value ((char) reply.data[2 * i + 1]);

      if (high < 0 || low < 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED, "SPI_FLASH_MD5: not hexadecimal");
          return FALSE;
        }
      digest[i] = (guint8) (high << 4 | low);
    }

  return TRUE;
}

static gboolean
send_begin (EkLoader *self,
            EkCommand command,
            guint32 size,
            guint32 n_blocks,
            guint32 offset,
            gint64 timeout,
            GCancellable *cancellable,
            GError **error)
{
  gboolean five_words = self->is_stub || self->info.chip->begin_has_encrypt_word;
  guint8 payload[20] = { 0 };

  ek_put_u32 (payload, size);
  ek_put_u32 (payload + 4, n_blocks);
  ek_put_u32 (payload + 8, self->is_stub ? STUB_BLOCK : ROM_BLOCK);
  ek_put_u32 (payload + 12, offset);

  return ek_link_request (self->link, command, payload, five_words ? 20 : 16, 0, timeout, NULL,
                          cancellable, error);
}

/**
 * Inflater:
 *
 * Follows the compressed blocks to know how many bytes each becomes on the chip: that is what takes
 * time there.
 */
typedef struct
{
  GConverter *converter; /* (nullable): %NULL for bytes that are sent as they are */
  guint8 scrap[INFLATE_WINDOW];
} Inflater;

static Inflater *
inflater_new (gboolean compressed)
{
  Inflater *self = g_new0 (Inflater, 1);

  if (compressed)
    self->converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  return self;
}

static void
inflater_free (Inflater *self)
{
  g_clear_object (&self->converter);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inflater, inflater_free)

static guint64
inflater_push (Inflater *self, const guint8 *data, gsize size)
{
  guint64 inflated = 0;

  if (self->converter == NULL)
    return size;

  while (TRUE)
    {
      gsize taken = 0, made = 0;
      GConverterResult result =
          g_converter_convert (self->converter, data, size, self->scrap, sizeof self->scrap,
                               G_CONVERTER_NO_FLAGS, &taken, &made, NULL);

      inflated += made;
      data += taken;
      size -= taken;
      if (result != G_CONVERTER_CONVERTED || (taken == 0 && made == 0))
        return inflated;
    }
}

/* Erasing and programming what a block inflates to, with the erase rounded as the chip may do it
 * (esptool; facts 1.3). */
static gint64
block_timeout (guint64 inflated)
{
  guint64 erased = (inflated + INFLATE_WINDOW - 1) / INFLATE_WINDOW + 1;

  return ek_loader_timeout (WRITE_SECONDS_PER_MB, inflated + erased * EK_FLASH_BLOCK_SIZE);
}

/* A block whose checksum was wrong was not looked at: the stub takes it again. */
static gboolean
send_block (EkLoader *self,
            EkCommand command,
            guint32 sequence,
            const guint8 *data,
            gsize size,
            gint64 timeout,
            GCancellable *cancellable,
            GError **error)
{
  for (guint i = 1; TRUE; i++)
    {
      g_autoptr (GError) local_error = NULL;
      EkReply reply;

      if (ek_link_request_block (self->link, command, sequence, data, size, timeout, &reply,
                                 cancellable, &local_error))
        return TRUE;
      if (reply.reason != EK_REASON_STUB_CHECKSUM || i >= BLOCK_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_debug ("block %u again: %s", sequence, local_error->message);
    }
}

/**
 * Transfer:
 *
 * One pass of a stream's bytes to the chip.
 */
typedef struct
{
  const guint8 *payload;
  gsize size;
  gboolean compressed;
  guint32 offset;   /* on the flash */
  guint32 raw_size; /* bytes on the flash */
  guint32 block;
  EkLoaderProgress progress;
  gpointer user_data;
} Transfer;

static gboolean
begin_transfer (EkLoader *self, const Transfer *transfer, GCancellable *cancellable, GError **error)
{
  guint32 n_blocks = (guint32) ((transfer->size + transfer->block - 1) / transfer->block);
  guint32 erase_size = transfer->raw_size;
  gint64 timeout = EK_DEFAULT_TIMEOUT;

  /* The ROM erases now, whole blocks of its own size when it inflates. */
  if (!self->is_stub)
    {
      if (transfer->compressed)
        erase_size = EK_ALIGN_UP (erase_size, transfer->block);
      timeout = ek_loader_timeout (ERASE_SECONDS_PER_MB, erase_size + EK_FLASH_BLOCK_SIZE);
    }

  return send_begin (self,
                     transfer->compressed ? EK_COMMAND_FLASH_DEFL_BEGIN : EK_COMMAND_FLASH_BEGIN,
                     erase_size, n_blocks, transfer->offset, timeout, cancellable, error);
}

/* The stub answers a block before it works on it, so its time is waited for at the next answer. */
static gboolean
send_blocks (EkLoader *self,
             const Transfer *transfer,
             gint64 *timeout,
             GCancellable *cancellable,
             GError **error)
{
  EkCommand command = transfer->compressed ? EK_COMMAND_FLASH_DEFL_DATA : EK_COMMAND_FLASH_DATA;
  g_autoptr (Inflater) inflater = inflater_new (transfer->compressed);
  g_autofree guint8 *padded = g_malloc (transfer->block);
  guint64 done = 0;

  *timeout = ek_loader_timeout (ERASE_SECONDS_PER_MB, EK_FLASH_BLOCK_SIZE);
  for (gsize start = 0; start < transfer->size; start += transfer->block)
    {
      gsize size = MIN (transfer->block, transfer->size - start);
      const guint8 *data = transfer->payload + start;
      guint64 inflated = inflater_push (inflater, data, size);
      guint32 sequence = (guint32) (start / transfer->block);

      if (!transfer->compressed && !self->is_stub && size < transfer->block)
        {
          memset (padded, 0xff, transfer->block);
          memcpy (padded, data, size);
          data = padded;
          size = transfer->block;
        }
      if (!self->is_stub)
        *timeout = block_timeout (inflated);
      if (!send_block (self, command, sequence, data, size, *timeout, cancellable, error))
        return FALSE;

      *timeout = block_timeout (inflated);
      done += inflated;
      if (transfer->progress != NULL)
        transfer->progress (MIN (done, transfer->raw_size), transfer->user_data);
    }

  return TRUE;
}

static gboolean
run_transfer (EkLoader *self, const Transfer *transfer, GCancellable *cancellable, GError **error)
{
  guint8 stay[4];
  gint64 timeout;

  if (!begin_transfer (self, transfer, cancellable, error) ||
      !send_blocks (self, transfer, &timeout, cancellable, error))
    return FALSE;

  /* The stub tells an error of its last block here. To the ROM this would mean leaving the loader. */
  if (!self->is_stub)
    return TRUE;
  ek_put_u32 (stay, 1);
  return ek_link_request (self->link,
                          transfer->compressed ? EK_COMMAND_FLASH_DEFL_END : EK_COMMAND_FLASH_END,
                          stay, sizeof stay, 0, timeout, NULL, cancellable, error);
}

/**
 * ek_loader_write:
 * @stream: (transfer none): what to write; its range is erased, rounded out to sectors
 * @progress: (nullable) (scope call): bytes of the stream that the chip has taken
 *
 * Writes a range, compressed where that is smaller. A damaged block is sent again; after anything worse,
 * how far the range came is for ek_loader_md5() to say, once ek_loader_resync() or
 * ek_loader_reconnect() has found the chip again.
 *
 * Returns: %FALSE with %EK_ERROR_LINK_LOST, %EK_ERROR_TIMEOUT, %EK_ERROR_NOISE, %EK_ERROR_POWER,
 *   %EK_ERROR_WRITE_FAILED, %EK_ERROR_WRITE_PROTECTED, %EK_ERROR_CHIP_REFUSED or %EK_ERROR_CANCELLED
 */
gboolean
ek_loader_write (EkLoader *self,
                 EkFlashStream *stream,
                 EkLoaderProgress progress,
                 gpointer user_data,
                 GCancellable *cancellable,
                 GError **error)
{
  Transfer transfer = {
    .offset = ek_flash_stream_get_offset (stream),
    .raw_size = (guint32) g_bytes_get_size (ek_flash_stream_get_data (stream)),
    .block = self->is_stub ? STUB_BLOCK : ROM_BLOCK,
    .progress = progress,
    .user_data = user_data,
  };

  transfer.payload =
      g_bytes_get_data (ek_flash_stream_wait (stream, &transfer.compressed), &transfer.size);

  return run_transfer (self, &transfer, cancellable, error);
}

/**
 * ek_loader_erase_region:
 * @offset: multiple of 4096
 * @size: bytes, multiple of 4096
 *
 * Sets the range to 0xFF. Takes up to 40 s for a megabyte and can't be stopped in between: ask for
 * pieces where that matters.
 */
gboolean
ek_loader_erase_region (EkLoader *self,
                        guint32 offset,
                        guint32 size,
                        GCancellable *cancellable,
                        GError **error)
{
  gint64 timeout = ek_loader_timeout (ERASE_SECONDS_PER_MB, size + EK_FLASH_BLOCK_SIZE);
  guint8 payload[8];

  if (offset % EK_FLASH_SECTOR_SIZE != 0 || size % EK_FLASH_SECTOR_SIZE != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "0x%x bytes at 0x%x: an erase is in units of 0x%x", size, offset,
                   EK_FLASH_SECTOR_SIZE);
      return FALSE;
    }

  /* The ROM has no command for it, but its FLASH_BEGIN erases at once. */
  if (!self->is_stub)
    return send_begin (self, EK_COMMAND_FLASH_BEGIN, size, size / ROM_BLOCK, offset, timeout,
                       cancellable, error);

  ek_put_u32 (payload, offset);
  ek_put_u32 (payload + 4, size);
  return ek_link_request (self->link, EK_COMMAND_ERASE_REGION, payload, sizeof payload, 0, timeout,
                          NULL, cancellable, error);
}

/**
 * ek_loader_erase_chip:
 *
 * Sets the whole flash to 0xFF: some seconds to some minutes.
 */
gboolean
ek_loader_erase_chip (EkLoader *self, GCancellable *cancellable, GError **error)
{
  if (!self->is_stub)
    return ek_loader_erase_region (self, 0, self->info.flash_size, cancellable, error);

  return ek_link_request (self->link, EK_COMMAND_ERASE_FLASH, NULL, 0, 0, CHIP_ERASE_TIMEOUT, NULL,
                          cancellable, error);
}
