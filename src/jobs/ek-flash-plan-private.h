/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan under construction: what has to be where, and what the flash says to it. */
#pragma once

#include "ek-flash-plan.h"

G_BEGIN_DECLS

#define EK_PLAN_SECTOR 0x1000u
#define EK_PLAN_BLOCK  0x10000u

/**
 * EkFlashTarget:
 * @offset: first byte, multiple of 4096
 * @size: of @content, multiple of 4096
 * @content: the bytes that have to be there, filled up with 0xFF
 * @padded: the content comes from a merged image, whose 0xFF mean "nothing"; %FALSE if the person put
 *   these very bytes to this very place
 * @late: after everything else: until then the device can do without
 * @limit: the end of the place that is this target's: up to it 0xFF may be written behind the content
 *
 * One segment with its place.
 */
typedef struct
{
  char *name;
  EkSegmentKind kind;
  gboolean padded;
  gboolean late;
  guint32 offset;
  guint32 size;
  guint32 limit;
  GBytes *content;
} EkFlashTarget;

/**
 * EkPlanner:
 *
 * @layout_changes: the firmware brings another partition table than the device has: then nothing that
 *   is on the flash is where anybody expects it
 *
 * What the steps of planning share.
 */
typedef struct
{
  EkBundle *bundle;
  const EkChipInfo *chip;
  EkPlanOptions options;
  const EkFlashReader *reader;
  EkCostModel cost;
  EkInstalled installed;
  gboolean layout_changes;
  gboolean keeps_settings;
  EkBootloaderOrigin bootloader_origin;
  GArray *targets; /* of EkFlashTarget, by offset */
  GArray *ranges;  /* of EkPlanRange */
} EkPlanner;

void ek_flash_target_clear (EkFlashTarget *target);
void ek_planner_init (EkPlanner *self,
                      const EkChipInfo *chip,
                      const EkPlanOptions *options,
                      const EkFlashReader *reader,
                      const EkCostModel *cost);
void ek_planner_clear (EkPlanner *self);
EkFlashPlan *ek_planner_finish (EkPlanner *self);
EkPartitionTable *ek_planner_get_table (EkPlanner *self);
gboolean ek_planner_choose_bootloader (EkPlanner *self, GCancellable *cancellable, GError **error);
gboolean ek_planner_place_targets (EkPlanner *self, GError **error);
gboolean
ek_planner_check_image (EkPlanner *self, const EkAppImage *image, const char *what, GError **error);
GBytes *ek_planner_fill_up (GBytes *data, guint32 *size);
void ek_planner_add_late_erase (EkPlanner *self,
                                guint32 offset,
                                guint32 size,
                                const char *name,
                                const char *reason);
gboolean ek_planner_plan_data (EkPlanner *self, GCancellable *cancellable, GError **error);

gboolean ek_planner_has_target (EkPlanner *self, const EkPartition *partition, gboolean by_hand);
void ek_planner_drop_targets (EkPlanner *self, const EkPartition *partition);
gboolean ek_planner_rewrites_settings (EkPlanner *self, const EkPartition *partition);
gboolean ek_planner_rewrite_settings (EkPlanner *self,
                                      const EkPartition *partition,
                                      gboolean *rewritten,
                                      GCancellable *cancellable,
                                      GError **error);

void ek_planner_add (EkPlanner *self,
                     EkRangeAction action,
                     guint32 offset,
                     guint32 size,
                     const char *name,
                     const char *reason,
                     GBytes *data);
gboolean ek_planner_compare_target (EkPlanner *self,
                                    const EkFlashTarget *target,
                                    GCancellable *cancellable,
                                    GError **error);
gboolean ek_planner_blank_region (EkPlanner *self,
                                  guint32 offset,
                                  guint32 size,
                                  const char *name,
                                  const char *reason,
                                  GCancellable *cancellable,
                                  GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkPlanner, ek_planner_clear)

G_END_DECLS
