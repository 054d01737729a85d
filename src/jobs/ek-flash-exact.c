/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans for a person who means bytes, not firmware: these ones here, or none at all. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-bytes.h"
#include "ek-flash-plan-private.h"

static gboolean
check_region (const EkExactRegion *region, const EkChipInfo *chip, GError **error)
{
  gsize size = g_bytes_get_size (region->data);

  if (region->offset % EK_PLAN_SECTOR != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "%s: 0x%x is not a multiple of 0x%x",
                   region->name, region->offset, EK_PLAN_SECTOR);
      return FALSE;
    }
  if (region->offset > chip->flash_size || size > chip->flash_size - region->offset)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s: 0x%" G_GSIZE_MODIFIER "x bytes at 0x%x do not fit a flash of 0x%x bytes",
                   region->name, size, region->offset, chip->flash_size);
      return FALSE;
    }

  return TRUE;
}

/* What shares the last sector with the region is erased with it, and written again. */
static GBytes *
fill_last_sector (EkPlanner *self,
                  const EkExactRegion *region,
                  GCancellable *cancellable,
                  GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (region->data, &size);
  gsize filled_size = EK_ALIGN_UP (size, (gsize) EK_PLAN_SECTOR);
  g_autofree guint8 *filled = NULL;

  if (size == filled_size)
    return g_bytes_ref (region->data);

  filled = g_malloc (filled_size);
  memcpy (filled, data, size);
  if (!self->reader->read (self->reader->user_data, region->offset + (guint32) size,
                           (guint32) (filled_size - size), filled + size, cancellable, error))
    return NULL;

  return g_bytes_new_take (g_steal_pointer (&filled), filled_size);
}

static gboolean
add_run (EkPlanner *self,
         const EkExactRegion *region,
         GBytes *content,
         guint32 start,
         guint32 end,
         gboolean blank,
         GCancellable *cancellable,
         GError **error)
{
  EkFlashTarget target = {
    .name = (char *) region->name,
    .kind = EK_SEGMENT_DATA,
    .offset = region->offset + start,
    .size = end - start,
    .limit = region->offset + end,
  };
  gboolean ok;

  if (blank)
    return ek_planner_blank_region (self, region->offset + start, end - start, region->name,
                                    N_ ("blank in the file"), cancellable, error);

  target.content = g_bytes_new_from_bytes (content, start, end - start);
  ok = ek_planner_compare_target (self, &target, cancellable, error);
  g_bytes_unref (target.content);
  return ok;
}

/* Blocks that are blank in the file are erased, not written. */
static gboolean
plan_region (EkPlanner *self,
             const EkExactRegion *region,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GBytes) content = fill_last_sector (self, region, cancellable, error);
  const guint8 *data;
  gsize size;
  guint32 run = 0, at = 0;
  gboolean run_is_blank = FALSE;

  if (content == NULL)
    return FALSE;

  data = g_bytes_get_data (content, &size);
  while (at < size)
    {
      guint32 n = (guint32) MIN (EK_PLAN_BLOCK - (region->offset + at) % EK_PLAN_BLOCK, size - at);
      gboolean blank = ek_bytes_all (data + at, n, 0xff);

      if (at > run && blank != run_is_blank)
        {
          if (!add_run (self, region, content, run, at, run_is_blank, cancellable, error))
            return FALSE;
          run = at;
        }
      run_is_blank = blank;
      at += n;
    }

  return at == run || add_run (self, region, content, run, at, run_is_blank, cancellable, error);
}

/**
 * ek_flash_plan_new_exact:
 * @regions: (array length=n_regions): none over another
 *
 * Makes the flash hold these bytes, settings or not, and leaves everything else as it is. What is there
 * already is skipped.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_FIRMWARE_TOO_BIG or the
 *   reader's error
 */
EkFlashPlan *
ek_flash_plan_new_exact (const EkExactRegion *regions,
                         guint n_regions,
                         const EkChipInfo *chip,
                         const EkFlashReader *reader,
                         const EkCostModel *cost,
                         GCancellable *cancellable,
                         GError **error)
{
  g_auto (EkPlanner) planner = { 0 };
  EkPlanOptions options = { 0 };

  ek_planner_init (&planner, chip, &options, reader, cost);
  for (guint i = 0; i < n_regions; i++)
    if (!check_region (&regions[i], chip, error))
      return NULL;
  for (guint i = 0; i < n_regions; i++)
    if (!plan_region (&planner, &regions[i], cancellable, error))
      return NULL;

  return ek_planner_finish (&planner);
}

/**
 * ek_flash_plan_new_erase:
 * @offset: multiple of 4096
 * @size: bytes, multiple of 4096; the whole flash for one erase of the chip
 *
 * Makes a range blank. Of a part of the flash only what is not blank yet is erased.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT or the reader's error
 */
EkFlashPlan *
ek_flash_plan_new_erase (guint32 offset,
                         guint32 size,
                         const EkChipInfo *chip,
                         const EkFlashReader *reader,
                         const EkCostModel *cost,
                         GCancellable *cancellable,
                         GError **error)
{
  g_auto (EkPlanner) planner = { 0 };
  EkPlanOptions options = { .erase_all = offset == 0 && size == chip->flash_size };

  if (offset % EK_PLAN_SECTOR != 0 || size % EK_PLAN_SECTOR != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "0x%x bytes at 0x%x: what is erased is a multiple of 0x%x", size, offset,
                   EK_PLAN_SECTOR);
      return NULL;
    }

  ek_planner_init (&planner, chip, &options, reader, cost);
  if (!ek_planner_blank_region (&planner, offset, size, "", N_ ("to be erased"), cancellable,
                                error))
    return NULL;

  return ek_planner_finish (&planner);
}
