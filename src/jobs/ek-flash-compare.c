/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds out with the chip's own MD5 what is there already, and cuts what is not into ranges that cost
 * the least time. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-bytes.h"
#include "ek-flash-plan-private.h"

#define SECTORS_PER_BLOCK (EK_PLAN_BLOCK / EK_PLAN_SECTOR)

/* Sectors looked at before the whole is hashed: between releases not one is the same (facts 7.3), and
 * then hashing everything first would be time for nothing. */
#define N_SAMPLES 8
/* Blocks whose sectors all differ before sectors are no longer asked for. */
#define MAX_FRUITLESS 2

/**
 * Comparison:
 * @differs: one for each sector of the target
 */
typedef struct
{
  EkPlanner *planner;
  const EkFlashTarget *target;
  const guint8 *content;
  guint n_sectors;
  guint8 *differs;
  guint n_fruitless;
} Comparison;

static void
comparison_clear (Comparison *self)
{
  g_clear_pointer (&self->differs, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Comparison, comparison_clear)

static gboolean
same_on_chip (EkPlanner *self,
              guint32 offset,
              guint32 size,
              const guint8 *expected,
              gboolean *same,
              GCancellable *cancellable,
              GError **error)
{
  guint8 ours[EK_MD5_SIZE], theirs[EK_MD5_SIZE];

  if (!self->reader->md5 (self->reader->user_data, offset, size, theirs, cancellable, error))
    return FALSE;

  ek_bytes_md5 (expected, size, ours);
  *same = memcmp (ours, theirs, EK_MD5_SIZE) == 0;
  return TRUE;
}

static gboolean
same_range (Comparison *self,
            guint32 start,
            guint32 size,
            gboolean *same,
            GCancellable *cancellable,
            GError **error)
{
  return same_on_chip (self->planner, self->target->offset + start, size, self->content + start,
                       same, cancellable, error);
}

static gboolean
is_uniform (const guint8 *sector)
{
  return ek_bytes_all (sector, EK_PLAN_SECTOR, sector[0]);
}

/* Sets @n_same and @n_asked over sectors that say something, first and last included. */
static gboolean
take_samples (Comparison *self,
              guint *n_same,
              guint *n_asked,
              GCancellable *cancellable,
              GError **error)
{
  *n_same = *n_asked = 0;
  for (guint i = 0; i < N_SAMPLES; i++)
    {
      guint32 start = (self->n_sectors - 1) * i / (N_SAMPLES - 1) * EK_PLAN_SECTOR;
      gboolean same;

      if (is_uniform (self->content + start))
        continue;
      if (!same_range (self, start, EK_PLAN_SECTOR, &same, cancellable, error))
        return FALSE;
      *n_same += same;
      *n_asked += 1;
    }

  return TRUE;
}

/* Sectors are asked one by one only where writing less than the block may save more than asking. */
static gboolean
compare_sectors (Comparison *self,
                 guint32 start,
                 guint32 size,
                 GCancellable *cancellable,
                 GError **error)
{
  const EkCostModel *cost = &self->planner->cost;
  guint first = start / EK_PLAN_SECTOR;
  guint n = size / EK_PLAN_SECTOR;
  double asking = n * ek_cost_model_hash (cost, EK_PLAN_SECTOR);
  double saving = ek_cost_model_write (cost, self->target->offset + start, size) -
                  ek_cost_model_write (cost, self->target->offset + start, EK_PLAN_SECTOR);
  guint n_differing = 0;

  if (n < 2 || saving < asking || self->n_fruitless >= MAX_FRUITLESS)
    {
      memset (self->differs + first, TRUE, n);
      return TRUE;
    }

  for (guint i = 0; i < n; i++)
    {
      gboolean same;

      if (!same_range (self, start + i * EK_PLAN_SECTOR, EK_PLAN_SECTOR, &same, cancellable, error))
        return FALSE;
      self->differs[first + i] = !same;
      n_differing += !same;
    }
  self->n_fruitless += n_differing == n;

  return TRUE;
}

static guint32
block_size_at (const EkFlashTarget *target, guint32 start)
{
  guint32 offset = target->offset + start;

  return MIN (EK_PLAN_BLOCK - offset % EK_PLAN_BLOCK, target->size - start);
}

static gboolean
compare_blocks (Comparison *self, GCancellable *cancellable, GError **error)
{
  guint32 size;

  for (guint32 start = 0; start < self->target->size; start += size)
    {
      gboolean same;

      size = block_size_at (self->target, start);
      if (!same_range (self, start, size, &same, cancellable, error))
        return FALSE;
      if (!same && !compare_sectors (self, start, size, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

/* Fills @differs: the whole first, then blocks, then sectors, each only if it can pay. */
static gboolean
compare (Comparison *self, GCancellable *cancellable, GError **error)
{
  guint n_same = 0, n_asked = 0;
  gboolean same;

  if (self->planner->options.no_skip || self->planner->options.erase_all)
    {
      memset (self->differs, TRUE, self->n_sectors);
      return TRUE;
    }
  if (self->target->size > EK_PLAN_BLOCK)
    {
      if (!take_samples (self, &n_same, &n_asked, cancellable, error))
        return FALSE;
      if (n_asked > 1 && n_same == 0)
        {
          memset (self->differs, TRUE, self->n_sectors);
          return TRUE;
        }
    }
  if (n_same == n_asked)
    {
      if (!same_range (self, 0, self->target->size, &same, cancellable, error))
        return FALSE;
      if (same)
        return TRUE;
    }

  return compare_blocks (self, cancellable, error);
}

/* Everything was erased before: what is 0xFF is right already. */
static void
drop_blank_sectors (Comparison *self)
{
  for (guint i = 0; i < self->n_sectors; i++)
    if (ek_bytes_all (self->content + i * EK_PLAN_SECTOR, EK_PLAN_SECTOR, 0xff))
      self->differs[i] = FALSE;
}

/* A whole block is erased in 150 ms, a sector in 45: from some sectors on the whole block is cheaper,
 * though its unchanged rest is sent again. */
static void
widen_to_blocks (Comparison *self)
{
  const EkFlashTarget *target = self->target;
  const EkCostModel *cost = &self->planner->cost;
  guint32 size;

  for (guint32 start = 0; start < target->size; start += size)
    {
      guint first = start / EK_PLAN_SECTOR;
      double single = 0;
      guint n_differing = 0;

      size = block_size_at (target, start);
      for (guint i = 0; i < size / EK_PLAN_SECTOR; i++)
        {
          guint run = 0;

          while (i + run < size / EK_PLAN_SECTOR && self->differs[first + i + run])
            run++;
          if (run == 0)
            continue;
          single += ek_cost_model_write (cost, target->offset + start + i * EK_PLAN_SECTOR,
                                         run * EK_PLAN_SECTOR);
          n_differing += run;
          i += run;
        }
      if (n_differing > 0 && ek_cost_model_write (cost, target->offset + start, size) < single)
        memset (self->differs + first, TRUE, size / EK_PLAN_SECTOR);
    }
}

/* How far behind the content a last range may go so that its end is erased as a whole block. */
static guint32
padded_end (Comparison *self, guint32 start, guint32 end)
{
  const EkFlashTarget *target = self->target;
  const EkCostModel *cost = &self->planner->cost;
  guint32 block_end = EK_ALIGN_UP (target->offset + end, EK_PLAN_BLOCK);
  guint32 block_start = block_end - EK_PLAN_BLOCK;

  if (end != target->size || block_end > target->limit || block_end == target->offset + end ||
      block_start < target->offset + start || self->planner->options.erase_all)
    return end;
  if (cost->erase_block >=
      ek_cost_model_erase (cost, block_start, target->offset + end - block_start))
    return end;

  return block_end - target->offset;
}

static GBytes *
range_data (Comparison *self, guint32 start, guint32 end)
{
  guint32 content_end = MIN (end, self->target->size);
  guint8 *padded;

  if (end == content_end)
    return g_bytes_new_from_bytes (self->target->content, start, end - start);

  padded = g_malloc (end - start);
  memcpy (padded, self->content + start, content_end - start);
  memset (padded + (content_end - start), 0xff, end - content_end);
  return g_bytes_new_take (padded, end - start);
}

static void
add_ranges (Comparison *self)
{
  const EkFlashTarget *target = self->target;
  guint i = 0;

  while (i < self->n_sectors)
    {
      guint8 differs = self->differs[i];
      guint32 start = i * EK_PLAN_SECTOR;
      guint32 end;

      while (i < self->n_sectors && self->differs[i] == differs)
        i++;
      end = i * EK_PLAN_SECTOR;
      if (!differs)
        {
          ek_planner_add (self->planner, EK_RANGE_SKIP, target->offset + start, end - start,
                          target->name,
                          self->planner->options.erase_all ? N_ ("blank after the erase")
                                                           : N_ ("already there"),
                          NULL);
        }
      else
        {
          g_autoptr (GBytes) data = NULL;

          end = padded_end (self, start, end);
          data = range_data (self, start, end);
          ek_planner_add (self->planner, EK_RANGE_WRITE, target->offset + start, end - start,
                          target->name, N_ ("new or different"), data);
        }
      g_array_index (self->planner->ranges, EkPlanRange, self->planner->ranges->len - 1).late =
          target->late;
    }
}

/**
 * ek_planner_compare_target:
 *
 * Adds the ranges to write and to skip for one target.
 */
gboolean
ek_planner_compare_target (EkPlanner *self,
                           const EkFlashTarget *target,
                           GCancellable *cancellable,
                           GError **error)
{
  g_auto (Comparison) comparison = {
    .planner = self,
    .target = target,
    .content = g_bytes_get_data (target->content, NULL),
    .n_sectors = target->size / EK_PLAN_SECTOR,
  };

  comparison.differs = g_malloc0 (comparison.n_sectors);
  if (!compare (&comparison, cancellable, error))
    return FALSE;

  if (self->options.erase_all)
    drop_blank_sectors (&comparison);
  else
    widen_to_blocks (&comparison);
  add_ranges (&comparison);
  return TRUE;
}

/**
 * ek_planner_blank_region:
 * @offset: rounded up to a multiple of 4096
 * @size: its end is rounded down
 *
 * Adds what of the region has to be erased: only blocks that are not blank.
 */
gboolean
ek_planner_blank_region (EkPlanner *self,
                         guint32 offset,
                         guint32 size,
                         const char *name,
                         const char *reason,
                         GCancellable *cancellable,
                         GError **error)
{
  guint32 end = EK_ALIGN_DOWN (offset + size, EK_PLAN_SECTOR);
  guint32 run_start, piece;
  gboolean blank;

  offset = EK_ALIGN_UP (offset, EK_PLAN_SECTOR);
  run_start = offset;
  if (end <= offset || self->options.erase_all)
    return TRUE;
  if (!ek_flash_reader_is_blank (self->reader, offset, end - offset, &blank, cancellable, error))
    return FALSE;
  if (blank)
    return TRUE;

  /* Runs of blocks that are not blank become one range each. */
  for (guint32 at = offset; at < end; at += piece)
    {
      piece = MIN (EK_PLAN_BLOCK - at % EK_PLAN_BLOCK, end - at);
      if (!ek_flash_reader_is_blank (self->reader, at, piece, &blank, cancellable, error))
        return FALSE;
      if (!blank)
        continue;
      if (at > run_start)
        ek_planner_add (self, EK_RANGE_ERASE, run_start, at - run_start, name, reason, NULL);
      run_start = at + piece;
    }
  if (end > run_start)
    ek_planner_add (self, EK_RANGE_ERASE, run_start, end - run_start, name, reason, NULL);

  return TRUE;
}
