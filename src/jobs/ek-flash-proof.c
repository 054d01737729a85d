/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The final proof by the chip's own MD5, and what is done about what is not right. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-writer-private.h"

#include "ek-bytes.h"

#define VERIFY_ROUNDS 3

static gboolean
verify_once (EkFlashWriter *self,
             guint32 offset,
             const guint8 *data,
             gsize size,
             gboolean *same,
             GCancellable *cancellable,
             GError **error)
{
  GError *problem = NULL;

  while (!ek_flash_writer_compare (self, offset, data, size, same, cancellable, &problem))
    if (!ek_recovery_try (&self->recovery, g_steal_pointer (&problem), cancellable, error))
      return FALSE;

  return TRUE;
}

/* Writes again the blocks whose hash is wrong. */
static gboolean
repair_range (EkFlashWriter *self,
              guint32 offset,
              GBytes *data,
              GCancellable *cancellable,
              GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);
  guint64 done = self->done;
  gsize piece;

  for (gsize start = 0; start < size; start += piece)
    {
      g_autoptr (GBytes) slice = NULL;
      g_autoptr (EkFlashStream) stream = NULL;
      gboolean same;

      piece = MIN (EK_FLASH_BLOCK_SIZE - (offset + start) % EK_FLASH_BLOCK_SIZE, size - start);
      if (!verify_once (self, offset + (guint32) start, bytes + start, piece, &same, cancellable,
                        error))
        return FALSE;
      if (same)
        continue;

      g_info ("wrong at 0x%" G_GSIZE_MODIFIER "x: writing it again", offset + start);
      slice = g_bytes_new_from_bytes (data, start, piece);
      /* The ROM's inflating is the less travelled way: what went wrong with it is sent raw. */
      stream = ek_flash_stream_new (offset + (guint32) start, slice,
                                    self->compress && ek_loader_is_stub (self->loader));
      if (!ek_flash_writer_write_stream (self, stream, cancellable, error))
        return FALSE;
    }
  self->done = done;

  return TRUE;
}

/* The first block of the range that is not right. */
static guint32
find_wrong_block (EkFlashWriter *self, guint32 offset, GBytes *data, GCancellable *cancellable)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);
  gsize start = 0;

  while (start < size)
    {
      gsize piece =
          MIN (EK_FLASH_BLOCK_SIZE - (offset + start) % EK_FLASH_BLOCK_SIZE, size - start);
      gboolean same = FALSE;

      if (!ek_flash_writer_compare (self, offset + (guint32) start, bytes + start, piece, &same,
                                    cancellable, NULL) ||
          !same)
        break;
      start += piece;
    }

  return offset + (guint32) MIN (start, size - 1);
}

/* What does not change although it was erased is protected against writing. */
static void
set_verify_error (EkFlashWriter *self,
                  guint32 offset,
                  GBytes *data,
                  GCancellable *cancellable,
                  GError **error)
{
  guint32 wrong =
      EK_ALIGN_DOWN (find_wrong_block (self, offset, data, cancellable), EK_FLASH_SECTOR_SIZE);
  guint8 sector[EK_FLASH_SECTOR_SIZE];

  if (ek_loader_erase_region (self->loader, wrong, EK_FLASH_SECTOR_SIZE, cancellable, NULL) &&
      ek_loader_read (self->loader, wrong, sizeof sector, sector, NULL, NULL, cancellable, NULL) &&
      !ek_bytes_all (sector, sizeof sector, 0xff))
    g_set_error (error, EK_ERROR, EK_ERROR_WRITE_PROTECTED,
                 "0x%x: an erase has no effect: the flash is write-protected or worn out", wrong);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_VERIFY_FAILED,
                 "0x%x: the chip's MD5 differs after %u attempts", wrong, VERIFY_ROUNDS);
}

static gboolean
verify_range (EkFlashWriter *self,
              guint32 offset,
              GBytes *data,
              GCancellable *cancellable,
              GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);

  for (guint i = 1; TRUE; i++)
    {
      gboolean same;

      if (!verify_once (self, offset, bytes, size, &same, cancellable, error))
        return FALSE;
      if (same)
        return TRUE;
      if (i >= VERIFY_ROUNDS)
        {
          set_verify_error (self, offset, data, cancellable, error);
          return FALSE;
        }
      if (!repair_range (self, offset, data, cancellable, error))
        return FALSE;
    }
}

static GBytes *
blank_bytes (gsize size)
{
  guint8 *bytes = g_malloc (size);

  memset (bytes, 0xff, size);
  return g_bytes_new_take (bytes, size);
}

/**
 * ek_flash_writer_verify:
 *
 * Has the chip hash every range that was written or erased. What is wrong is written again, twice at
 * most.
 *
 * Returns: %FALSE with %EK_ERROR_VERIFY_FAILED, %EK_ERROR_WRITE_PROTECTED or an error of the link
 */
gboolean
ek_flash_writer_verify (EkFlashWriter *self, GCancellable *cancellable, GError **error)
{
  self->done = 0;
  ek_progress_begin (self->progress, EK_PHASE_VERIFY,
                     ek_flash_plan_get_bytes (self->plan, EK_RANGE_WRITE) +
                         ek_flash_plan_get_bytes (self->plan, EK_RANGE_ERASE));
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self->plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self->plan, i);
      g_autoptr (GBytes) data = NULL;

      if (range->action == EK_RANGE_WRITE)
        data = g_bytes_ref (range->data);
      else if (range->action == EK_RANGE_ERASE)
        data = blank_bytes (range->size);
      else
        continue;
      if (!verify_range (self, range->offset, data, cancellable, error))
        return FALSE;
      self->done += range->size;
      ek_progress_advance (self->progress, self->done);
    }

  return TRUE;
}
