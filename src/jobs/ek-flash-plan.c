/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The planner's steps from the device's table to a list of ranges, and the list as an object. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-plan-private.h"
#include "ek-known-build.h"

/* Connecting, reading the table, restarting and hearing it start. */
#define FIXED_SECONDS 2.5

struct _EkFlashPlan
{
  GObject parent_instance;

  GArray *ranges;
  EkInstalled installed;
  gboolean erases_chip;
  gboolean keeps_settings;
  EkBootloaderOrigin bootloader_origin;
  gboolean sets_settings;
  gboolean converts_layout;
  guint32 app_offset;
  double seconds;
};

G_DEFINE_FINAL_TYPE (EkFlashPlan, ek_flash_plan, G_TYPE_OBJECT)

static const char *const action_names[] = {
  [EK_RANGE_WRITE] = "write",
  [EK_RANGE_SKIP] = "skip",
  [EK_RANGE_ERASE] = "erase",
  [EK_RANGE_KEEP] = "keep",
};

/* Part of the command line's JSON: once out, they stay. */
static const char *const bootloader_origin_names[] = {
  [EK_BOOTLOADER_UNASKED] = "unasked", [EK_BOOTLOADER_IN_FIRMWARE] = "firmware",
  [EK_BOOTLOADER_FROM_FILE] = "file",  [EK_BOOTLOADER_ON_DEVICE] = "device",
  [EK_BOOTLOADER_SPARE] = "official",
};

static void
range_clear (gpointer item)
{
  EkPlanRange *range = item;

  g_clear_pointer (&range->name, g_free);
  g_clear_pointer (&range->data, g_bytes_unref);
}

static void
target_clear (gpointer item)
{
  ek_flash_target_clear (item);
}

/**
 * ek_planner_init:
 *
 * Starts a plan that holds nothing yet.
 */
void
ek_planner_init (EkPlanner *self,
                 const EkChipInfo *chip,
                 const EkPlanOptions *options,
                 const EkFlashReader *reader,
                 const EkCostModel *cost)
{
  *self = (EkPlanner){ .chip = chip, .options = *options, .reader = reader, .cost = *cost };
  self->targets = g_array_new (FALSE, TRUE, sizeof (EkFlashTarget));
  self->ranges = g_array_new (FALSE, TRUE, sizeof (EkPlanRange));
  g_array_set_clear_func (self->targets, target_clear);
  g_array_set_clear_func (self->ranges, range_clear);
}

void
ek_planner_clear (EkPlanner *self)
{
  g_clear_pointer (&self->targets, g_array_unref);
  g_clear_pointer (&self->ranges, g_array_unref);
  ek_installed_clear (&self->installed);
}

/**
 * ek_planner_add:
 * @data: (nullable): for #EK_RANGE_WRITE
 */
void
ek_planner_add (EkPlanner *self,
                EkRangeAction action,
                guint32 offset,
                guint32 size,
                const char *name,
                const char *reason,
                GBytes *data)
{
  EkPlanRange range = {
    .action = action,
    .offset = offset,
    .size = size,
    .name = g_strdup (name),
    .reason = reason,
    .data = data != NULL ? g_bytes_ref (data) : NULL,
  };

  g_array_append_val (self->ranges, range);
}

/**
 * ek_planner_add_late_erase:
 *
 * Adds a range that is erased when everything else is done.
 */
void
ek_planner_add_late_erase (EkPlanner *self,
                           guint32 offset,
                           guint32 size,
                           const char *name,
                           const char *reason)
{
  ek_planner_add (self, EK_RANGE_ERASE, offset, size, name, reason, NULL);
  g_array_index (self->ranges, EkPlanRange, self->ranges->len - 1).late = TRUE;
}

static void
compare_layouts (EkPlanner *self)
{
  EkPartitionTable *table = ek_bundle_get_table (self->bundle);

  self->layout_changes =
      table != NULL && ek_bundle_brings_layout (self->bundle) &&
      (self->installed.table == NULL || !ek_partition_table_equal (self->installed.table, table));
}

static gboolean
check_board (EkPlanner *self, GError **error)
{
  const char *ours = ek_bundle_get_board (self->bundle);
  const char *theirs = self->installed.board;

  if (self->options.force_board || ours == NULL || theirs == NULL || g_str_equal (ours, theirs))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD,
               "the firmware is for %s, but this device runs %s", ek_board_title (ours),
               ek_board_title (theirs));
  return FALSE;
}

static gboolean
check_chip (const EkChipInfo *chip, GError **error)
{
  const char *why;

  if (ek_chip_info_is_locked (chip, &why))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CHIP_LOCKED, "nothing is written to this chip: %s",
                   why);
      return FALSE;
    }
  if (chip->flash_size == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FLASH_NOT_FOUND, "flash of unknown size (id %06x)",
                   chip->flash_id);
      return FALSE;
    }

  return TRUE;
}

static int
compare_ranges (gconstpointer a, gconstpointer b)
{
  const EkPlanRange *first = a;
  const EkPlanRange *second = b;

  return (first->offset > second->offset) - (first->offset < second->offset);
}

static double
estimate (EkPlanner *self)
{
  double seconds = FIXED_SECONDS;

  for (guint i = 0; i < self->ranges->len; i++)
    {
      const EkPlanRange *range = &g_array_index (self->ranges, EkPlanRange, i);

      if (range->action == EK_RANGE_WRITE)
        seconds += ek_cost_model_write (&self->cost, range->offset, range->size) +
                   ek_cost_model_hash (&self->cost, range->size);
      else if (range->action == EK_RANGE_ERASE)
        seconds += ek_cost_model_erase (&self->cost, range->offset, range->size) +
                   ek_cost_model_hash (&self->cost, range->size);
    }
  if (self->options.erase_all)
    seconds += ek_cost_model_erase (&self->cost, 0, self->chip->flash_size);

  return seconds;
}

static guint32
find_app_offset (EkPlanner *self)
{
  for (guint i = 0; i < self->targets->len; i++)
    {
      const EkFlashTarget *target = &g_array_index (self->targets, EkFlashTarget, i);

      if (target->kind == EK_SEGMENT_APP)
        return target->offset;
    }

  return G_MAXUINT32;
}

/**
 * ek_planner_finish:
 *
 * Returns: (transfer full): the ranges found so far as a plan; the planner's are gone
 */
EkFlashPlan *
ek_planner_finish (EkPlanner *planner)
{
  EkFlashPlan *self = g_object_new (EK_TYPE_FLASH_PLAN, NULL);

  g_array_sort (planner->ranges, compare_ranges);
  self->seconds = estimate (planner);
  self->app_offset = find_app_offset (planner);
  self->erases_chip = planner->options.erase_all;
  self->keeps_settings = planner->keeps_settings;
  self->bootloader_origin = planner->bootloader_origin;
  self->sets_settings = planner->options.settings != NULL || planner->options.clear_settings;
  self->converts_layout = planner->layout_changes && planner->installed.table != NULL;
  self->ranges = g_steal_pointer (&planner->ranges);
  self->installed = planner->installed;
  planner->installed = (EkInstalled){ 0 };
  return self;
}

/**
 * ek_flash_plan_new:
 * @bundle: what to install
 * @chip: of the device
 * @reader: (not nullable): asks the device; nothing is written
 * @cost: what things cost on this device
 *
 * Compares what is there with what has to be there and decides for every range. All checks are made
 * here: afterwards only the device itself can fail.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_CHIP_LOCKED, %EK_ERROR_FIRMWARE_WRONG_CHIP,
 *   %EK_ERROR_FIRMWARE_WRONG_REVISION, %EK_ERROR_FIRMWARE_WRONG_BOARD, %EK_ERROR_FIRMWARE_TOO_BIG,
 *   %EK_ERROR_FIRMWARE_OVERLAP, %EK_ERROR_PARTITION_TABLE, %EK_ERROR_NO_BOOTLOADER,
 *   %EK_ERROR_INVALID_ARGUMENT,
 *   %EK_ERROR_FLASH_NOT_FOUND or the reader's error
 */
EkFlashPlan *
ek_flash_plan_new (EkBundle *bundle,
                   const EkChipInfo *chip,
                   const EkPlanOptions *options,
                   const EkFlashReader *reader,
                   const EkCostModel *cost,
                   GCancellable *cancellable,
                   GError **error)
{
  g_auto (EkPlanner) planner = { 0 };

  ek_planner_init (&planner, chip, options, reader, cost);
  planner.bundle = bundle;
  if (!check_chip (chip, error) ||
      !ek_installed_read (&planner.installed, reader, chip->flash_size, cancellable, error) ||
      !check_board (&planner, error))
    return NULL;
  compare_layouts (&planner);
  if (!ek_planner_choose_bootloader (&planner, cancellable, error) ||
      !ek_planner_place_targets (&planner, error) ||
      !ek_planner_plan_data (&planner, cancellable, error))
    return NULL;

  for (guint i = 0; i < planner.targets->len; i++)
    if (!ek_planner_compare_target (&planner, &g_array_index (planner.targets, EkFlashTarget, i),
                                    cancellable, error))
      return NULL;

  return ek_planner_finish (&planner);
}

static void
ek_flash_plan_finalize (GObject *object)
{
  EkFlashPlan *self = EK_FLASH_PLAN (object);

  g_clear_pointer (&self->ranges, g_array_unref);
  ek_installed_clear (&self->installed);

  G_OBJECT_CLASS (ek_flash_plan_parent_class)->finalize (object);
}

static void
ek_flash_plan_class_init (EkFlashPlanClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_flash_plan_finalize;
}

static void
ek_flash_plan_init (EkFlashPlan *self)
{
}

guint
ek_flash_plan_get_n_ranges (EkFlashPlan *self)
{
  return self->ranges->len;
}

/**
 * ek_flash_plan_get_range:
 *
 * Returns: (transfer none): the ranges in the order of their offsets
 */
const EkPlanRange *
ek_flash_plan_get_range (EkFlashPlan *self, guint index)
{
  g_return_val_if_fail (index < self->ranges->len, NULL);

  return &g_array_index (self->ranges, EkPlanRange, index);
}

/**
 * ek_flash_plan_get_bytes:
 *
 * Returns: bytes of all ranges with @action
 */
guint64
ek_flash_plan_get_bytes (EkFlashPlan *self, EkRangeAction action)
{
  guint64 bytes = 0;

  for (guint i = 0; i < self->ranges->len; i++)
    if (g_array_index (self->ranges, EkPlanRange, i).action == action)
      bytes += g_array_index (self->ranges, EkPlanRange, i).size;

  return bytes;
}

/**
 * ek_flash_plan_has_changes:
 *
 * Returns: %FALSE if everything is there already
 */
gboolean
ek_flash_plan_has_changes (EkFlashPlan *self)
{
  return self->erases_chip || ek_flash_plan_get_bytes (self, EK_RANGE_WRITE) > 0 ||
         ek_flash_plan_get_bytes (self, EK_RANGE_ERASE) > 0;
}

/**
 * ek_flash_plan_keeps_settings:
 *
 * Returns: whether the owner's Wi-Fi and settings stay
 */
gboolean
ek_flash_plan_keeps_settings (EkFlashPlan *self)
{
  return self->keeps_settings;
}

/**
 * ek_flash_plan_sets_settings:
 *
 * Returns: whether Wi-Fi or server are set, or taken off the device
 */
gboolean
ek_flash_plan_sets_settings (EkFlashPlan *self)
{
  return self->sets_settings;
}

/**
 * ek_flash_plan_converts_layout:
 *
 * Returns: whether a device with another partition table gets the firmware's
 */
gboolean
ek_flash_plan_converts_layout (EkFlashPlan *self)
{
  return self->converts_layout;
}

gboolean
ek_flash_plan_erases_chip (EkFlashPlan *self)
{
  return self->erases_chip;
}

/**
 * ek_flash_plan_forget_data:
 *
 * Lets go of the bytes, of which some are the owner's settings. What was done and why stays.
 */
void
ek_flash_plan_forget_data (EkFlashPlan *self)
{
  for (guint i = 0; i < self->ranges->len; i++)
    g_clear_pointer (&g_array_index (self->ranges, EkPlanRange, i).data, g_bytes_unref);
}

/**
 * ek_flash_plan_get_seconds:
 *
 * Returns: how long the whole is expected to take
 */
double
ek_flash_plan_get_seconds (EkFlashPlan *self)
{
  return self->seconds;
}

/**
 * ek_flash_plan_get_installed:
 *
 * Returns: (transfer none): what was on the device before
 */
const EkInstalled *
ek_flash_plan_get_installed (EkFlashPlan *self)
{
  return &self->installed;
}

/**
 * ek_flash_plan_get_app_offset:
 *
 * Returns: where the app goes; %G_MAXUINT32 if there is none in it
 */
guint32
ek_flash_plan_get_app_offset (EkFlashPlan *self)
{
  return self->app_offset;
}

/**
 * ek_flash_plan_get_bootloader_origin:
 *
 * Returns: where the boot loader comes from that starts the firmware
 */
EkBootloaderOrigin
ek_flash_plan_get_bootloader_origin (EkFlashPlan *self)
{
  return self->bootloader_origin;
}

/**
 * ek_bootloader_origin_name:
 *
 * Returns: (transfer none): a name for scripts, such as "device"
 */
const char *
ek_bootloader_origin_name (EkBootloaderOrigin origin)
{
  g_return_val_if_fail (origin < G_N_ELEMENTS (bootloader_origin_names), NULL);

  return bootloader_origin_names[origin];
}

/**
 * ek_range_action_name:
 *
 * Returns: (transfer none): a name for scripts, such as "write"
 */
const char *
ek_range_action_name (EkRangeAction action)
{
  g_return_val_if_fail (action < G_N_ELEMENTS (action_names), NULL);

  return action_names[action];
}
