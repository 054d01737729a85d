/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erases, streams, and going on where a lost link left off. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-writer-private.h"

#include "ek-bytes.h"

/* Streams are long: between two of them the wire waits for the chip, and the chip for the wire. */
#define STREAM_SIZE 0x400000u
/* One erase command: what has to be waited for after a cancellation. */
#define ERASE_PIECE 0x100000u

static void
add_streams (EkFlashWriter *self, guint32 offset, GBytes *data)
{
  gsize size = g_bytes_get_size (data);
  gsize start = 0;

  while (start < size)
    {
      /* Ends at a block's border: the chip erases whole blocks up to there. */
      gsize end = EK_ALIGN_DOWN ((gsize) offset + start + STREAM_SIZE, (gsize) EK_FLASH_BLOCK_SIZE);
      g_autoptr (GBytes) slice = NULL;

      end = end > offset + start ? end - offset : size;
      end = MIN (end, size);
      slice = g_bytes_new_from_bytes (data, start, end - start);
      g_ptr_array_add (self->streams,
                       ek_flash_stream_new (offset + (guint32) start, slice, self->compress));
      start = end;
    }
}

static void
add_streams_of_plan (EkFlashWriter *self, gboolean late)
{
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self->plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self->plan, i);

      if (range->action == EK_RANGE_WRITE && range->late == late)
        add_streams (self, range->offset, range->data);
    }
}

/**
 * ek_flash_writer_new:
 * @loader: (transfer none): connected
 * @plan: (transfer none)
 * @progress: (transfer none)
 * @compress: %FALSE to send bytes as they are
 *
 * Compression begins at once, in the background.
 *
 * Returns: (transfer full)
 */
EkFlashWriter *
ek_flash_writer_new (EkLoader *loader, EkFlashPlan *plan, EkProgress *progress, gboolean compress)
{
  EkFlashWriter *self = g_new0 (EkFlashWriter, 1);

  self->loader = g_object_ref (loader);
  self->plan = g_object_ref (plan);
  self->progress = g_object_ref (progress);
  self->compress = compress;
  ek_recovery_init (&self->recovery, loader, progress);
  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  add_streams_of_plan (self, FALSE);
  add_streams_of_plan (self, TRUE);
  return self;
}

void
ek_flash_writer_free (EkFlashWriter *self)
{
  if (self == NULL)
    return;

  g_ptr_array_unref (self->streams);
  g_object_unref (self->loader);
  g_object_unref (self->plan);
  g_object_unref (self->progress);
  g_free (self);
}

/**
 * ek_flash_writer_has_started:
 *
 * Returns: whether something may have been changed on the flash
 */
gboolean
ek_flash_writer_has_started (EkFlashWriter *self)
{
  return self->started;
}

guint64
ek_flash_writer_get_bytes_written (EkFlashWriter *self)
{
  return self->written;
}

/**
 * ek_flash_writer_get_n_recoveries:
 *
 * Returns: how often the link had to be made anew
 */
guint
ek_flash_writer_get_n_recoveries (EkFlashWriter *self)
{
  return self->recovery.n_recoveries;
}

static gboolean
erase_range (EkFlashWriter *self,
             const EkPlanRange *range,
             GCancellable *cancellable,
             GError **error)
{
  GError *problem = NULL;
  guint32 size;

  for (guint32 at = 0; at < range->size; at += size)
    {
      size = MIN (ERASE_PIECE - (range->offset + at) % ERASE_PIECE, range->size - at);
      while (
          !ek_loader_erase_region (self->loader, range->offset + at, size, cancellable, &problem))
        if (!ek_recovery_try (&self->recovery, g_steal_pointer (&problem), cancellable, error))
          return FALSE;
      ek_recovery_step_forward (&self->recovery);
      self->done += size;
      ek_progress_advance (self->progress, self->done);
    }

  return TRUE;
}

static gboolean
erase_chip (EkFlashWriter *self, GCancellable *cancellable, GError **error)
{
  GError *problem = NULL;

  ek_progress_begin (self->progress, EK_PHASE_ERASE, 0);
  self->started = TRUE;
  while (!ek_loader_erase_chip (self->loader, cancellable, &problem))
    if (!ek_recovery_try (&self->recovery, g_steal_pointer (&problem), cancellable, error))
      return FALSE;

  return TRUE;
}

static guint64
erase_bytes (EkFlashWriter *self, gboolean late)
{
  guint64 bytes = 0;

  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self->plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self->plan, i);

      if (range->action == EK_RANGE_ERASE && range->late == late)
        bytes += range->size;
    }

  return bytes;
}

static gboolean
erase_ranges (EkFlashWriter *self, gboolean late, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (self->plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (self->plan, i);

      if (range->action == EK_RANGE_ERASE && range->late == late &&
          !erase_range (self, range, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
erase_first (EkFlashWriter *self, GCancellable *cancellable, GError **error)
{
  guint64 total = erase_bytes (self, FALSE);

  if (ek_flash_plan_erases_chip (self->plan) && !erase_chip (self, cancellable, error))
    return FALSE;
  if (total == 0)
    return TRUE;

  self->done = 0;
  self->started = TRUE;
  ek_progress_begin (self->progress, EK_PHASE_ERASE, total);
  return erase_ranges (self, FALSE, cancellable, error);
}

/**
 * ek_flash_writer_compare:
 * @same: (out): whether the chip's MD5 of its bytes at @offset is that of @data
 *
 * Returns: %FALSE with an error of ek_loader_md5()
 */
gboolean
ek_flash_writer_compare (EkFlashWriter *self,
                         guint32 offset,
                         const guint8 *data,
                         gsize size,
                         gboolean *same,
                         GCancellable *cancellable,
                         GError **error)
{
  guint8 ours[EK_MD5_SIZE], theirs[EK_MD5_SIZE];

  if (!ek_loader_md5 (self->loader, offset, (guint32) size, theirs, cancellable, error))
    return FALSE;

  ek_bytes_md5 (data, size, ours);
  *same = memcmp (ours, theirs, sizeof ours) == 0;
  return TRUE;
}

/* How much of an interrupted stream arrived: whole blocks that hash right from its beginning on.
 * @rest is %NULL if that is all of it. */
static gboolean
find_rest (EkFlashWriter *self,
           EkFlashStream *stream,
           EkFlashStream **rest,
           GCancellable *cancellable,
           GError **error)
{
  guint32 offset = ek_flash_stream_get_offset (stream);
  GBytes *data = ek_flash_stream_get_data (stream);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);
  g_autoptr (GBytes) slice = NULL;
  gsize start = 0;

  *rest = NULL;
  while (start < size)
    {
      gsize piece =
          MIN (EK_FLASH_BLOCK_SIZE - (offset + start) % EK_FLASH_BLOCK_SIZE, size - start);
      gboolean same;

      if (!ek_flash_writer_compare (self, offset + (guint32) start, bytes + start, piece, &same,
                                    cancellable, error))
        return FALSE;
      if (!same)
        break;
      start += piece;
    }

  if (start == size)
    return TRUE;
  /* Hardly anybody sends compressed blocks to a ROM: what failed so is tried raw. */
  g_info ("going on at 0x%" G_GSIZE_MODIFIER "x", offset + start);
  slice = g_bytes_new_from_bytes (data, start, size - start);
  *rest = ek_flash_stream_new (offset + (guint32) start, slice,
                               self->compress && ek_loader_is_stub (self->loader));
  return TRUE;
}

static void
on_stream_progress (guint64 bytes_done, gpointer user_data)
{
  EkFlashWriter *self = user_data;

  ek_progress_advance (self->progress, self->done + bytes_done);
}

/* Connects again, as often as it takes, and finds out where to go on. */
static gboolean
recover_stream (EkFlashWriter *self,
                EkFlashStream **stream,
                GError *problem,
                GCancellable *cancellable,
                GError **error)
{
  EkFlashStream *rest = NULL;

  do
    {
      if (!ek_recovery_try (&self->recovery, g_steal_pointer (&problem), cancellable, error))
        return FALSE;
    }
  while (!find_rest (self, *stream, &rest, cancellable, &problem));

  if (rest != NULL && ek_flash_stream_get_offset (rest) > ek_flash_stream_get_offset (*stream))
    {
      ek_recovery_step_forward (&self->recovery);
      self->done += ek_flash_stream_get_offset (rest) - ek_flash_stream_get_offset (*stream);
    }
  g_object_unref (*stream);
  *stream = rest;
  return TRUE;
}

/**
 * ek_flash_writer_write_stream:
 * @whole: is released when it has been written
 *
 * Returns: %FALSE with the error after which even a new connection didn't help
 */
gboolean
ek_flash_writer_write_stream (EkFlashWriter *self,
                              EkFlashStream *whole,
                              GCancellable *cancellable,
                              GError **error)
{
  EkFlashStream *stream = g_object_ref (whole);
  gsize size = g_bytes_get_size (ek_flash_stream_get_data (whole));
  guint64 before = self->done;
  GError *problem = NULL;
  gboolean ok = TRUE;

  while (ok && stream != NULL &&
         !ek_loader_write (self->loader, stream, on_stream_progress, self, cancellable, &problem))
    ok = recover_stream (self, &stream, g_steal_pointer (&problem), cancellable, error);
  g_clear_object (&stream);
  if (!ok)
    return FALSE;

  ek_recovery_step_forward (&self->recovery);
  self->done = before + size;
  self->written += size;
  ek_flash_stream_release (whole);
  return TRUE;
}

/**
 * ek_flash_writer_write:
 *
 * Erases and writes what the plan says. When the device goes away it waits up to two minutes for it and
 * goes on where it was.
 *
 * Returns: %FALSE with an error of ek_loader_write() or ek_loader_reconnect(); the device can then be
 *   brought back by a plain run
 */
gboolean
ek_flash_writer_write (EkFlashWriter *self, GCancellable *cancellable, GError **error)
{
  guint64 total = ek_flash_plan_get_bytes (self->plan, EK_RANGE_WRITE) + erase_bytes (self, TRUE);

  if (!erase_first (self, cancellable, error))
    return FALSE;

  self->done = 0;
  if (total > 0)
    {
      self->started = TRUE;
      ek_progress_begin (self->progress, EK_PHASE_WRITE, total);
    }
  for (guint i = 0; i < self->streams->len; i++)
    if (!ek_flash_writer_write_stream (self, self->streams->pdata[i], cancellable, error))
      return FALSE;

  return erase_ranges (self, TRUE, cancellable, error);
}
