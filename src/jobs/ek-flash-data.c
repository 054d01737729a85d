/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of the places without an app: the owner's settings, other data, what lies between. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-bytes.h"
#include "ek-flash-plan-private.h"
#include "ek-nvs.h"
#include "ek-stored-settings.h"

/**
 * Found:
 *
 * What a place for settings holds, where the device's own table does not say that it is one.
 */
typedef enum
{
  FOUND_NOTHING, /* all blank */
  FOUND_SETTINGS,
  FOUND_SOMETHING_ELSE,
} Found;

static gboolean
target_touches (const EkFlashTarget *target, const EkPartition *partition)
{
  return target->offset < (guint64) partition->offset + partition->size &&
         (guint64) target->offset + target->size > partition->offset;
}

/**
 * ek_planner_has_target:
 *
 * Returns: whether anything is put into the partition; @by_hand: by a person who named the very place
 */
gboolean
ek_planner_has_target (EkPlanner *self, const EkPartition *partition, gboolean by_hand)
{
  for (guint i = 0; i < self->targets->len; i++)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);

      if (target_touches (target, partition) && (!by_hand || !target->padded))
        return TRUE;
    }

  return FALSE;
}

/**
 * ek_planner_drop_targets:
 *
 * The firmware's own settings in a merged image give way to the owner's.
 */
void
ek_planner_drop_targets (EkPlanner *self, const EkPartition *partition)
{
  for (guint i = self->targets->len; i > 0; i--)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i - 1);

      if (target_touches (target, partition) && target->padded)
        g_array_remove_index (self->targets, i - 1);
    }
}

static const EkPartition *
same_partition_before (EkPlanner *self, const EkPartition *partition)
{
  EkPartitionTable *table = self->installed.table;

  for (guint i = 0; table != NULL && i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *old = ek_partition_table_get_partition (table, i);

      if (old->type == partition->type && old->subtype == partition->subtype &&
          old->offset == partition->offset)
        return old;
    }

  return NULL;
}

/* The image's 0xFF around its content of this partition mean 0xFF. */
static gboolean
blank_around_targets (EkPlanner *self,
                      const EkPartition *partition,
                      const char *reason,
                      GCancellable *cancellable,
                      GError **error)
{
  guint64 end = (guint64) partition->offset + partition->size;
  guint64 at = partition->offset;

  for (guint i = 0; i < self->targets->len; i++)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);

      if (!target_touches (target, partition))
        continue;
      if (target->offset > at &&
          !ek_planner_blank_region (self, (guint32) at, target->offset - (guint32) at,
                                    partition->label, reason, cancellable, error))
        return FALSE;
      at = MAX (at, (guint64) target->offset + target->size);
    }

  return at >= end || ek_planner_blank_region (self, (guint32) at, (guint32) (end - at),
                                               partition->label, reason, cancellable, error);
}

/* Pages of settings, in an unbroken run with unused ones, from the partition's start on. What comes
 * behind (old code, noise) the firmware would take for damaged pages (facts/echokit 3.3). */
static gboolean
measure_settings (EkPlanner *self,
                  const EkPartition *partition,
                  Found *found,
                  guint32 *kept,
                  GCancellable *cancellable,
                  GError **error)
{
  guint8 header[EK_NVS_HEADER_SIZE];
  guint32 at = 0;

  *found = FOUND_NOTHING;
  *kept = 0;
  while (at + EK_NVS_PAGE_SIZE <= partition->size)
    {
      guint32 offset = partition->offset + at;
      guint32 block = MIN (EK_PLAN_BLOCK - offset % EK_PLAN_BLOCK, partition->size - at);
      gboolean blank = FALSE;

      /* Unused blocks are passed over as a whole. */
      if ((at == 0 || offset % EK_PLAN_BLOCK == 0) &&
          !ek_flash_reader_is_blank (self->reader, offset, block, &blank, cancellable, error))
        return FALSE;
      if (blank)
        {
          at += block;
          continue;
        }
      if (!self->reader->read (self->reader->user_data, offset, sizeof header, header, cancellable,
                               error))
        return FALSE;
      /* A block that is not blank holds something, whatever its first page is like. */
      if (*found == FOUND_NOTHING)
        *found = FOUND_SOMETHING_ELSE;
      if (ek_nvs_page_header_is_valid (header))
        {
          *found = FOUND_SETTINGS;
          *kept = at + EK_NVS_PAGE_SIZE;
        }
      else if (!ek_bytes_all (header, sizeof header, 0xff))
        {
          return TRUE;
        }
      at += EK_NVS_PAGE_SIZE;
    }

  return TRUE;
}

static gboolean
keep_settings (EkPlanner *self,
               const EkPartition *partition,
               guint32 kept,
               GCancellable *cancellable,
               GError **error)
{
  kept = EK_ALIGN_UP (kept, EK_PLAN_SECTOR);
  ek_planner_drop_targets (self, partition);
  ek_planner_add (self, EK_RANGE_KEEP, partition->offset, kept, partition->label,
                  N_ ("your Wi-Fi and settings"), NULL);
  self->keeps_settings = TRUE;

  return kept >= partition->size ||
         ek_planner_blank_region (self, partition->offset + kept, partition->size - kept,
                                  partition->label, N_ ("held something else in the old layout"),
                                  cancellable, error);
}

static gboolean
plan_settings (EkPlanner *self,
               const EkPartition *partition,
               GCancellable *cancellable,
               GError **error)
{
  const EkPartition *old = same_partition_before (self, partition);
  gboolean rewritten = FALSE;
  Found found;
  guint32 kept;

  if (ek_planner_rewrites_settings (self, partition) &&
      !ek_planner_rewrite_settings (self, partition, &rewritten, cancellable, error))
    return FALSE;
  if (rewritten || self->options.erase_all || ek_planner_has_target (self, partition, TRUE))
    return TRUE;
  if (self->options.fresh)
    return blank_around_targets (self, partition, N_ ("start fresh"), cancellable, error);
  /* The device has them there itself: nobody needs to look at them. */
  if (old != NULL && !ek_planner_has_target (self, partition, FALSE))
    return keep_settings (self, partition, MIN (old->size, partition->size), cancellable, error);

  if (!measure_settings (self, partition, &found, &kept, cancellable, error))
    return FALSE;
  if (found == FOUND_SETTINGS)
    return keep_settings (self, partition, old != NULL ? MIN (old->size, partition->size) : kept,
                          cancellable, error);

  if (found == FOUND_NOTHING)
    return TRUE;

  return blank_around_targets (self, partition, N_ ("no settings there, but something else"),
                               cancellable, error);
}

static gboolean
writes_app_at (EkPlanner *self, const EkPartition *partition)
{
  for (guint i = 0; partition != NULL && i < self->targets->len; i++)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);

      if (target->kind == EK_SEGMENT_APP && target->offset == partition->offset)
        return TRUE;
    }

  return FALSE;
}

/* The app that starts by default is written: nothing may point to another one. */
static gboolean
needs_default_app (EkPlanner *self)
{
  if (!self->layout_changes && writes_app_at (self, self->installed.app_partition))
    return FALSE;

  return writes_app_at (self, ek_partition_table_find_boot_app (ek_planner_get_table (self)));
}

static gboolean
plan_other_data (EkPlanner *self,
                 const EkPartition *partition,
                 GCancellable *cancellable,
                 GError **error)
{
  const EkPartition *old = same_partition_before (self, partition);
  gboolean otadata = partition->subtype == EK_PARTITION_SUBTYPE_OTADATA;

  if (ek_planner_has_target (self, partition, TRUE))
    return TRUE;
  if (ek_planner_has_target (self, partition, FALSE))
    return blank_around_targets (self, partition, N_ ("blank in the firmware"), cancellable, error);
  if (otadata && needs_default_app (self))
    return ek_planner_blank_region (self, partition->offset, partition->size, partition->label,
                                    N_ ("the new app has to be the one that starts"), cancellable,
                                    error);
  if (!self->options.fresh && old != NULL && old->size == partition->size)
    {
      ek_planner_add (self, EK_RANGE_KEEP, partition->offset,
                      EK_ALIGN_UP (partition->size, EK_PLAN_SECTOR), partition->label,
                      N_ ("the firmware brings nothing for it"), NULL);
      return TRUE;
    }

  return ek_planner_blank_region (self, partition->offset, partition->size, partition->label,
                                  self->options.fresh
                                      ? N_ ("start fresh")
                                      : N_ ("held something else in the old layout"),
                                  cancellable, error);
}

/* Makes [start, end) nearer where a place at or behind @at is spoken for. */
static gboolean
claim (guint32 at, guint32 offset, guint32 size, gboolean found, guint32 *start, guint32 *end)
{
  if (offset + size <= at || (found && offset >= *start))
    return found;

  *start = offset;
  *end = offset + size;
  return TRUE;
}

/* The first place at or behind @at that is spoken for, as [start, end). */
static gboolean
next_claim (EkPlanner *self, guint32 at, guint32 *start, guint32 *end)
{
  EkPartitionTable *table = ek_planner_get_table (self);
  gboolean found = FALSE;

  for (guint i = 0; i < self->targets->len; i++)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);

      found = claim (at, target->offset, target->size, found, start, end);
    }
  for (guint i = 0; i < self->ranges->len; i++)
    {
      const EkPlanRange *range = &g_array_index (self->ranges, EkPlanRange, i);

      if (range->action == EK_RANGE_KEEP)
        found = claim (at, range->offset, range->size, found, start, end);
    }
  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);

      if (partition->type == EK_PARTITION_TYPE_DATA)
        found = claim (at, partition->offset, partition->size, found, start, end);
    }

  return found;
}

/* In a new layout the places between are blank, as they are in the image. */
static gboolean
plan_gaps (EkPlanner *self, GCancellable *cancellable, GError **error)
{
  guint32 at = 0;
  guint32 last;

  if (!self->layout_changes)
    return TRUE;

  last = MIN (ek_partition_table_get_end (ek_planner_get_table (self)), self->chip->flash_size);
  while (at < last)
    {
      guint32 start = last, end = last;

      if (!next_claim (self, at, &start, &end))
        start = end = last;
      if (start > at && !ek_planner_blank_region (self, at, MIN (start, last) - at, "unused",
                                                  N_ ("held something else in the old layout"),
                                                  cancellable, error))
        return FALSE;
      at = MAX (end, at + EK_PLAN_SECTOR);
    }

  return TRUE;
}

/* Values that nobody would look for are not written. */
static gboolean
check_settings_have_a_place (EkPlanner *self, GError **error)
{
  EkPartitionTable *table = ek_planner_get_table (self);

  if ((self->options.settings == NULL && !self->options.clear_settings) ||
      ek_settings_find_partition (table) != NULL)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
               table == NULL ? "there is no partition table, so no place for settings"
                             : "the partition table has no place for settings");
  return FALSE;
}

/**
 * ek_planner_plan_data:
 *
 * Decides for every data partition of the table that will be on the device, and for the gaps.
 *
 * Returns: %FALSE with %EK_ERROR_PARTITION_TABLE if there are settings and no place for them, an error
 *   of ek_planner_rewrite_settings() or the reader's
 */
gboolean
ek_planner_plan_data (EkPlanner *self, GCancellable *cancellable, GError **error)
{
  EkPartitionTable *table = ek_planner_get_table (self);

  if (!check_settings_have_a_place (self, error))
    return FALSE;
  if (table == NULL)
    return TRUE;

  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);
      gboolean ok = TRUE;

      if (partition->type == EK_PARTITION_TYPE_DATA &&
          partition->subtype == EK_PARTITION_SUBTYPE_NVS)
        ok = plan_settings (self, partition, cancellable, error);
      else if (partition->type == EK_PARTITION_TYPE_DATA && !self->options.erase_all)
        ok = plan_other_data (self, partition, cancellable, error);
      if (!ok)
        return FALSE;
    }

  return self->options.erase_all || plan_gaps (self, cancellable, error);
}
