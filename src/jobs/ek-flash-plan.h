/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What will be done to every part of the flash, and why: made without writing anything. */
#pragma once

#include "ek-bundle.h"
#include "ek-chip-info.h"
#include "ek-cost-model.h"
#include "ek-installed.h"
#include "ek-settings.h"

G_BEGIN_DECLS

/**
 * EkRangeAction:
 *
 * What happens to a range.
 */
typedef enum
{
  EK_RANGE_WRITE,
  EK_RANGE_SKIP,  /* the right bytes are there already */
  EK_RANGE_ERASE, /* becomes 0xFF */
  EK_RANGE_KEEP,  /* the owner's: not touched */
} EkRangeAction;

/**
 * EkPlanRange:
 * @offset: first byte, multiple of 4096
 * @size: bytes, multiple of 4096
 * @name: what lives there, such as "app" or the partition's label
 * @reason: (not nullable): why, as an untranslated message id
 * @data: (nullable): for #EK_RANGE_WRITE: @size bytes, until ek_flash_plan_forget_data()
 * @late: after all that is not: what the device has there is good until the rest is done
 */
typedef struct
{
  EkRangeAction action;
  guint32 offset;
  guint32 size;
  char *name;
  const char *reason;
  GBytes *data;
  gboolean late;
} EkPlanRange;

/**
 * EkBootloaderOrigin:
 *
 * Where the boot loader comes from that will start the firmware.
 */
typedef enum
{
  EK_BOOTLOADER_UNASKED, /* an app or other parts for a device that has all it needs */
  EK_BOOTLOADER_IN_FIRMWARE,
  EK_BOOTLOADER_FROM_FILE, /* a person named it */
  EK_BOOTLOADER_ON_DEVICE, /* stays: it was read and checked */
  EK_BOOTLOADER_SPARE,     /* the one in the options */
} EkBootloaderOrigin;

/**
 * EkPlanOptions:
 * @fresh: the owner's settings go too
 * @erase_all: erase the whole chip first
 * @no_skip: write everything, also what is there already
 * @force_board: do not compare boards
 * @force_place: do not mind where the partition table has its app
 * @settings: (nullable): Wi-Fi and server to put on the device; they outlive the plan's making
 * @clear_settings: take Wi-Fi and server off the device
 * @spare_bootloader: (nullable): an official one, for a device without a sound one and a firmware that
 *   brings none
 */
typedef struct
{
  gboolean fresh;
  gboolean erase_all;
  gboolean no_skip;
  gboolean force_board;
  gboolean force_place;
  const EkSettings *settings;
  gboolean clear_settings;
  GBytes *spare_bootloader;
} EkPlanOptions;

/**
 * EkExactRegion:
 * @name: what it is
 * @offset: first byte on the flash, multiple of 4096
 * @data: what has to be there afterwards, byte for byte
 */
typedef struct
{
  const char *name;
  guint32 offset;
  GBytes *data;
} EkExactRegion;

#define EK_TYPE_FLASH_PLAN (ek_flash_plan_get_type ())
G_DECLARE_FINAL_TYPE (EkFlashPlan, ek_flash_plan, EK, FLASH_PLAN, GObject)

EkFlashPlan *ek_flash_plan_new (EkBundle *bundle,
                                const EkChipInfo *chip,
                                const EkPlanOptions *options,
                                const EkFlashReader *reader,
                                const EkCostModel *cost,
                                GCancellable *cancellable,
                                GError **error);

EkFlashPlan *ek_flash_plan_new_exact (const EkExactRegion *regions,
                                      guint n_regions,
                                      const EkChipInfo *chip,
                                      const EkFlashReader *reader,
                                      const EkCostModel *cost,
                                      GCancellable *cancellable,
                                      GError **error);
EkFlashPlan *ek_flash_plan_new_erase (guint32 offset,
                                      guint32 size,
                                      const EkChipInfo *chip,
                                      const EkFlashReader *reader,
                                      const EkCostModel *cost,
                                      GCancellable *cancellable,
                                      GError **error);

void ek_flash_plan_forget_data (EkFlashPlan *self);
guint ek_flash_plan_get_n_ranges (EkFlashPlan *self);
const EkPlanRange *ek_flash_plan_get_range (EkFlashPlan *self, guint index);
gboolean ek_flash_plan_has_changes (EkFlashPlan *self);
gboolean ek_flash_plan_keeps_settings (EkFlashPlan *self);
gboolean ek_flash_plan_sets_settings (EkFlashPlan *self);
gboolean ek_flash_plan_converts_layout (EkFlashPlan *self);
gboolean ek_flash_plan_erases_chip (EkFlashPlan *self);
guint64 ek_flash_plan_get_bytes (EkFlashPlan *self, EkRangeAction action);
double ek_flash_plan_get_seconds (EkFlashPlan *self);
const EkInstalled *ek_flash_plan_get_installed (EkFlashPlan *self);
guint32 ek_flash_plan_get_app_offset (EkFlashPlan *self);
EkBootloaderOrigin ek_flash_plan_get_bootloader_origin (EkFlashPlan *self);
const char *ek_bootloader_origin_name (EkBootloaderOrigin origin);
const char *ek_range_action_name (EkRangeAction action);

G_END_DECLS
