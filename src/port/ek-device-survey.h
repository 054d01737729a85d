/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One round over all devices, for a worker thread. */
#pragma once

#include "ek-device-private.h"

G_BEGIN_DECLS

/**
 * EkDeviceSight:
 * @touched: it was opened
 *
 * A device as one round saw it.
 */
typedef struct
{
  EkDevice *device;
  gboolean touched;
  EkDeviceState state;
  EkPortHolder holder;
} EkDeviceSight;

/**
 * EkDeviceSurvey:
 * @leave_alone: ids of devices that this program works with
 * @known: ids of devices that were opened before and were fine, and the number of that plugging in
 * @find_holders: look also for who has a port open where nothing hints at it
 * @modem_manager: (out): ModemManager runs, and a device is busy
 * @sights: (out) (element-type EkDeviceSight)
 *
 * What to look at, and what was seen.
 */
typedef struct
{
  char *sysfs_root;
  char *dev_root;
  char *proc_root;
  GHashTable *leave_alone;
  GHashTable *known;
  gboolean find_holders;
  gboolean modem_manager;
  GArray *sights;
} EkDeviceSurvey;

EkDeviceSurvey *
ek_device_survey_new (const char *sysfs_root, const char *dev_root, const char *proc_root);
void ek_device_survey_free (EkDeviceSurvey *self);
void ek_device_survey_run (EkDeviceSurvey *self);
const EkDeviceSight *ek_device_survey_find (EkDeviceSurvey *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkDeviceSurvey, ek_device_survey_free)

G_END_DECLS
