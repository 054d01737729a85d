/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the flash, piece by piece, and on after a damaged one. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#include "ek-bytes.h"

#define READ_TRIES     4
#define READ_PACKET    0x1000u
#define READ_IN_FLIGHT 64u /* the stub sends one at a time whatever is asked (facts 7.3) */
/* One READ_FLASH: what a lost byte costs to read again. */
#define READ_PIECE    0x40000u
#define ROM_READ_SIZE 64u

/**
 * Reading:
 *
 * Where a read stands, so that it can go on there.
 */
typedef struct
{
  guint8 *buffer;
  guint32 offset;
  guint32 size;
  guint32 done;
  EkLoaderProgress progress;
  gpointer user_data;
} Reading;

static void
tell_read (const Reading *reading)
{
  if (reading->progress != NULL)
    reading->progress (reading->done, reading->user_data);
}

static gboolean
acknowledge (EkLoader *self, guint32 total, GCancellable *cancellable, GError **error)
{
  guint8 payload[4];

  ek_put_u32 (payload, total);
  return ek_link_send_frame (self->link, payload, sizeof payload, cancellable, error);
}

static gboolean
check_read_digest (const GByteArray *frame, const guint8 *data, gsize size, GError **error)
{
  guint8 digest[EK_MD5_SIZE];

  ek_bytes_md5 (data, size, digest);
  if (frame->len == EK_MD5_SIZE && memcmp (frame->data, digest, EK_MD5_SIZE) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_NOISE, "READ_FLASH: digest does not match what came");
  return FALSE;
}

/* Source: ESP serial protocol, "Reading Flash"; facts 1.8: packets, each acknowledged with the number
 * of bytes received so far, then the MD5 of all. */
static gboolean
read_piece_stub (EkLoader *self, Reading *reading, GCancellable *cancellable, GError **error)
{
  guint32 size = MIN (READ_PIECE, reading->size - reading->done);
  guint8 *start = reading->buffer + reading->done;
  guint32 received = 0;
  guint8 payload[16];
  GByteArray *frame;

  ek_put_u32 (payload, reading->offset + reading->done);
  ek_put_u32 (payload + 4, size);
  ek_put_u32 (payload + 8, READ_PACKET);
  ek_put_u32 (payload + 12, READ_IN_FLIGHT);
  if (!ek_link_request (self->link, EK_COMMAND_READ_FLASH, payload, sizeof payload, 0,
                        EK_DEFAULT_TIMEOUT, NULL, cancellable, error))
    return FALSE;

  while (received < size)
    {
      frame = ek_link_receive_frame (self->link, ek_port_now (self->port) + EK_DEFAULT_TIMEOUT,
                                     cancellable, error);
      if (frame == NULL)
        return FALSE;
      if (frame->len != MIN (READ_PACKET, size - received))
        {
          g_set_error (error, EK_ERROR, EK_ERROR_NOISE, "READ_FLASH: packet of %u bytes",
                       frame->len);
          return FALSE;
        }
      memcpy (start + received, frame->data, frame->len);
      received += frame->len;
      if (!acknowledge (self, received, cancellable, error))
        return FALSE;
    }

  frame = ek_link_receive_frame (self->link, ek_port_now (self->port) + EK_DEFAULT_TIMEOUT,
                                 cancellable, error);
  if (frame == NULL || !check_read_digest (frame, start, size, error))
    return FALSE;

  reading->done += size;
  return TRUE;
}

static gboolean
read_piece_rom (EkLoader *self, Reading *reading, GCancellable *cancellable, GError **error)
{
  guint32 size = MIN (ROM_READ_SIZE, reading->size - reading->done);
  guint8 payload[8];
  EkReply reply;

  ek_put_u32 (payload, reading->offset + reading->done);
  ek_put_u32 (payload + 4, size);
  /* The answer has 64 bytes whatever was asked for. */
  if (!ek_link_request (self->link, EK_COMMAND_READ_FLASH_SLOW, payload, sizeof payload,
                        ROM_READ_SIZE, EK_DEFAULT_TIMEOUT, &reply, cancellable, error))
    return FALSE;

  memcpy (reading->buffer + reading->done, reply.data, size);
  reading->done += size;
  return TRUE;
}

/**
 * ek_loader_read:
 * @offset: first byte
 * @size: bytes
 * @buffer: (out caller-allocates) (array length=size)
 * @progress: (nullable) (scope call)
 *
 * Reads a range. A damaged piece is read again; what was read before stays.
 */
gboolean
ek_loader_read (EkLoader *self,
                guint32 offset,
                guint32 size,
                guint8 *buffer,
                EkLoaderProgress progress,
                gpointer user_data,
                GCancellable *cancellable,
                GError **error)
{
  Reading reading = {
    .buffer = buffer, .offset = offset, .size = size, .progress = progress, .user_data = user_data
  };
  guint tries = 0;

  while (reading.done < reading.size)
    {
      g_autoptr (GError) local_error = NULL;
      gboolean ok = self->is_stub ? read_piece_stub (self, &reading, cancellable, &local_error)
                                  : read_piece_rom (self, &reading, cancellable, &local_error);

      if (ok)
        {
          tries = 0;
          tell_read (&reading);
          continue;
        }
      if (++tries >= READ_TRIES || !ek_loader_error_is_recoverable (local_error) ||
          g_error_matches (local_error, EK_ERROR, EK_ERROR_LINK_LOST) ||
          !ek_loader_resync (self, cancellable, NULL))
        {
          if (!ek_error_set_cancelled (cancellable, error))
            g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_debug ("reading on at 0x%x: %s", reading.offset + reading.done, local_error->message);
    }

  return TRUE;
}
