/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where each segment goes, and whether that is possible on this chip at all. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-bytes.h"
#include "ek-flash-plan-private.h"

void
ek_flash_target_clear (EkFlashTarget *target)
{
  g_clear_pointer (&target->name, g_free);
  g_clear_pointer (&target->content, g_bytes_unref);
}

/**
 * ek_planner_get_table:
 *
 * Returns: (nullable) (transfer none): the table that will be on the device afterwards
 */
EkPartitionTable *
ek_planner_get_table (EkPlanner *self)
{
  EkPartitionTable *table = ek_bundle_get_table (self->bundle);

  return table != NULL ? table : self->installed.table;
}

static const EkPartition *
partition_at (EkPartitionTable *table, guint32 offset)
{
  for (guint i = 0; table != NULL && i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);

      if (offset >= partition->offset && offset - partition->offset < partition->size)
        return partition;
    }

  return NULL;
}

/* Whether the very app of the bundle is the one that starts. */
static gboolean
is_installed (EkPlanner *self)
{
  const EkAppImage *app = ek_bundle_get_app (self->bundle);

  return app != NULL && app->has_description && self->installed.has_app &&
         memcmp (app->description.elf_sha256, self->installed.app.elf_sha256,
                 sizeof app->description.elf_sha256) == 0;
}

static gboolean
find_offset (EkPlanner *self, const EkSegment *segment, guint32 *offset, GError **error)
{
  const EkPartition *app;

  *offset = segment->offset;
  if (segment->offset != EK_SEGMENT_OFFSET_AUTO)
    return TRUE;

  if (self->installed.table == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "an app alone needs a partition table on the device, and there is none");
      return FALSE;
    }
  app = is_installed (self)
            ? self->installed.app_partition
            : ek_otadata_find_next_app (&self->installed.otadata, self->installed.table);
  if (app == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "the device's partition table has no app partition");
      return FALSE;
    }

  *offset = app->offset;
  return TRUE;
}

/* An app in another slot than the one that starts now has to be named in the OTA data: last, so that the
 * old app starts until the new one is complete. */
static void
add_otadata (EkPlanner *self, guint32 app_offset)
{
  EkPartitionTable *table = self->installed.table;
  const EkPartition *otadata =
      ek_partition_table_find (table, EK_PARTITION_TYPE_DATA, EK_PARTITION_SUBTYPE_OTADATA);
  const EkPartition *app = partition_at (table, app_offset);
  EkFlashTarget target = { .kind = EK_SEGMENT_DATA, .late = TRUE };
  guint sector;

  if (otadata == NULL || app == NULL || app == self->installed.app_partition)
    return;

  target.content = ek_otadata_select (&self->installed.otadata, table, app, &sector);
  target.size = EK_OTADATA_SECTOR_SIZE;
  target.offset = otadata->offset + sector * EK_OTADATA_SECTOR_SIZE;
  target.name = g_strdup (otadata->label);
  g_array_append_val (self->targets, target);
}

/**
 * ek_planner_fill_up:
 * @size: (out): of the result
 *
 * Returns: (transfer full): the content, rounded up to sectors: the rest of a sector is erased with it
 *   anyway
 */
GBytes *
ek_planner_fill_up (GBytes *data, guint32 *size)
{
  gsize n;
  const guint8 *bytes = g_bytes_get_data (data, &n);
  guint8 *filled;

  *size = (guint32) EK_ALIGN_UP (n, (gsize) EK_PLAN_SECTOR);
  if (n == *size)
    return g_bytes_ref (data);

  filled = g_malloc (*size);
  memcpy (filled, bytes, n);
  memset (filled + n, 0xff, *size - n);
  return g_bytes_new_take (filled, *size);
}

/* An app anywhere else than in an app partition would not start, and may lie over the settings. */
static gboolean
check_app_place (EkPlanner *self, const EkSegment *segment, guint32 offset, GError **error)
{
  EkPartitionTable *table = ek_planner_get_table (self);
  const EkPartition *partition = partition_at (table, offset);
  const EkPartition *boot = table != NULL ? ek_partition_table_find_boot_app (table) : NULL;

  if (self->options.force_place || boot == NULL)
    return TRUE;
  if (partition != NULL && partition->type == EK_PARTITION_TYPE_APP && partition->offset == offset)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "%s: an app at 0x%x would not start: the partition table has it at 0x%x",
               segment->name, offset, boot->offset);
  return FALSE;
}

static gboolean
check_place (EkPlanner *self, const EkSegment *segment, guint32 offset, GError **error)
{
  guint64 end = (guint64) offset + g_bytes_get_size (segment->data);
  const EkPartition *partition = partition_at (ek_planner_get_table (self), offset);

  if (offset % EK_PLAN_SECTOR != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "%s: 0x%x is not a multiple of 0x1000", segment->name, offset);
      return FALSE;
    }
  if (segment->kind == EK_SEGMENT_BOOTLOADER && offset != self->chip->chip->bootloader_offset)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "%s: the %s looks for its boot loader at 0x%x, not at 0x%x", segment->name,
                   self->chip->chip->name, self->chip->chip->bootloader_offset, offset);
      return FALSE;
    }
  if (segment->kind == EK_SEGMENT_APP && !check_app_place (self, segment, offset, error))
    return FALSE;
  if (end > self->chip->flash_size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s: 0x%x to 0x%" G_GINT64_MODIFIER "x does not fit a flash of 0x%x bytes",
                   segment->name, offset, end, self->chip->flash_size);
      return FALSE;
    }
  if (segment->kind == EK_SEGMENT_APP && partition != NULL && offset == partition->offset &&
      end > (guint64) partition->offset + partition->size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s: 0x%" G_GINT64_MODIFIER "x bytes do not fit partition “%s” of 0x%x",
                   segment->name, end - offset, partition->label, partition->size);
      return FALSE;
    }

  return TRUE;
}

static int
compare_offsets (gconstpointer a, gconstpointer b)
{
  const EkFlashTarget *first = a;
  const EkFlashTarget *second = b;

  return (first->offset > second->offset) - (first->offset < second->offset);
}

/* Old bytes behind a new app don't stay in its last block when everything else there is new. */
static void
grow_to_block (EkFlashTarget *target)
{
  guint32 end = MIN (EK_ALIGN_UP (target->offset + target->size, EK_PLAN_BLOCK), target->limit);
  guint32 size = end - target->offset;
  guint8 *grown;

  if (size <= target->size)
    return;

  grown = g_malloc (size);
  memcpy (grown, g_bytes_get_data (target->content, NULL), target->size);
  memset (grown + target->size, 0xff, size - target->size);
  g_bytes_unref (target->content);
  target->content = g_bytes_new_take (grown, size);
  target->size = size;
}

/* Behind its content a target may grow to the end of its partition, but never into the next one. */
static void
set_limits (EkPlanner *self)
{
  for (guint i = 0; i < self->targets->len; i++)
    {
      EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);
      const EkPartition *partition = partition_at (ek_planner_get_table (self), target->offset);
      guint64 limit = (guint64) target->offset + target->size;

      if (target->kind == EK_SEGMENT_APP && partition != NULL)
        limit = MAX (limit, (guint64) partition->offset + partition->size);
      if (i + 1 < self->targets->len)
        limit = MIN (limit, (target + 1)->offset);
      target->limit = (guint32) MIN (limit, self->chip->flash_size);
      if (self->layout_changes && target->kind == EK_SEGMENT_APP)
        grow_to_block (target);
    }
}

static gboolean
check_overlaps (EkPlanner *self, GError **error)
{
  for (guint i = 0; i + 1 < self->targets->len; i++)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);

      if ((guint64) target->offset + target->size <= (target + 1)->offset)
        continue;
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_OVERLAP,
                   "%s (from 0x%x) and %s (from 0x%x) overlap", target->name, target->offset,
                   (target + 1)->name, (target + 1)->offset);
      return FALSE;
    }

  return TRUE;
}

/**
 * ek_planner_check_image:
 * @image: (nullable)
 * @what: for the message
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_WRONG_CHIP or %EK_ERROR_FIRMWARE_WRONG_REVISION
 */
gboolean
ek_planner_check_image (EkPlanner *self, const EkAppImage *image, const char *what, GError **error)
{
  const EkChipInfo *chip = self->chip;
  const EkChip *wanted;

  if (image == NULL)
    return TRUE;
  if (image->chip_id != chip->chip->image_chip_id)
    {
      wanted = ek_chip_find_by_image_id (image->chip_id);
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP, "the %s is for %s, this is an %s",
                   what, wanted != NULL ? wanted->name : "an unknown chip", chip->chip->name);
      return FALSE;
    }
  if (chip->from_registers &&
      (chip->revision < image->min_revision || chip->revision > image->max_revision))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_REVISION,
                   "the %s is for revisions v%u.%u to v%u.%u, this chip is v%u.%u", what,
                   image->min_revision / 100, image->min_revision % 100, image->max_revision / 100,
                   image->max_revision % 100, chip->revision / 100, chip->revision % 100);
      return FALSE;
    }

  return TRUE;
}

/* A firmware that expects more flash than there is stops at its start: “Detected size smaller than the
 * size in the binary image header”. */
static gboolean
check_flash_size (EkPlanner *self, GError **error)
{
  const EkAppImage *bootloader = ek_bundle_get_bootloader (self->bundle);
  const EkSegment *segment = ek_bundle_find_kind (self->bundle, EK_SEGMENT_BOOTLOADER);
  EkPartitionTable *table = ek_bundle_get_table (self->bundle);

  if (bootloader != NULL && (segment == NULL || !segment->any_flash_size) &&
      bootloader->flash_size > self->chip->flash_size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "the firmware expects a flash of %u MB, this one has %u MB",
                   bootloader->flash_size >> 20, self->chip->flash_size >> 20);
      return FALSE;
    }

  return table == NULL || ek_partition_table_check_bounds (table, self->chip->flash_size, error);
}

/* After everything was erased, an app alone has nothing to start it. */
static gboolean
check_completeness (EkPlanner *self, GError **error)
{
  if (!self->options.erase_all || ek_bundle_get_app (self->bundle) == NULL ||
      (self->bootloader_origin != EK_BOOTLOADER_UNASKED &&
       ek_bundle_get_table (self->bundle) != NULL))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "an app alone does not start on an erased chip: choose the complete firmware");
  return FALSE;
}

/* Images that a person has made for no flash in particular say the size of this one. */
static GBytes *
content_for_device (EkPlanner *self, const EkSegment *segment, GError **error)
{
  if (!segment->any_flash_size)
    return g_bytes_ref (segment->data);

  return ek_app_image_set_flash_size (segment->data, self->chip->flash_size, error);
}

/**
 * ek_planner_place_targets:
 *
 * Gives every segment its place and checks everything that can be checked before a byte is written:
 * chip, revision, flash size, bounds, partitions, overlaps.
 */
gboolean
ek_planner_place_targets (EkPlanner *self, GError **error)
{
  if (!ek_planner_check_image (self, ek_bundle_get_bootloader (self->bundle), "boot loader",
                               error) ||
      !ek_planner_check_image (self, ek_bundle_get_app (self->bundle), "app", error) ||
      !check_flash_size (self, error) || !check_completeness (self, error))
    return FALSE;

  for (guint i = 0; i < ek_bundle_get_n_segments (self->bundle); i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (self->bundle, i);
      EkFlashTarget target = { .kind = segment->kind, .padded = segment->padded };
      g_autoptr (GBytes) data = NULL;

      if (!find_offset (self, segment, &target.offset, error) ||
          !check_place (self, segment, target.offset, error) ||
          !(data = content_for_device (self, segment, error)))
        return FALSE;
      target.name = g_strdup (segment->name);
      target.content = ek_planner_fill_up (data, &target.size);
      g_array_append_val (self->targets, target);
      if (segment->offset == EK_SEGMENT_OFFSET_AUTO)
        add_otadata (self, target.offset);
    }
  g_array_sort (self->targets, compare_offsets);
  set_limits (self);

  return check_overlaps (self, error);
}
