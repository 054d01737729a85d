/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered of a device between two rounds: what takes time to see. */
#pragma once

#include "ek-device-survey.h"

G_BEGIN_DECLS

#define EK_DEVICE_LOOP_RETURNS 3

/**
 * EkDeviceRecord:
 * @appeared_at: when it was plugged in last
 * @gone_at: when it was missed first; -1 while it is there
 * @returns: times of the last appearances after the first, a ring
 *
 * What is remembered of a device.
 */
typedef struct
{
  EkDevice *device;
  gboolean listed;
  gboolean touched; /* opened since it appeared */
  gint64 appeared_at;
  gint64 gone_at;
  gint64 returns[EK_DEVICE_LOOP_RETURNS];
  guint n_returns;
} EkDeviceRecord;

EkDeviceRecord *ek_device_record_new (EkDevice *device, gint64 now);
void ek_device_record_free (EkDeviceRecord *self);
void ek_device_record_note_return (EkDeviceRecord *self, gint64 now);
gboolean ek_device_record_keeps_restarting (const EkDeviceRecord *self, gint64 now);
EkDeviceState ek_device_record_judge (const EkDeviceRecord *self,
                                      const EkDeviceSight *sight,
                                      gboolean modem_manager,
                                      gint64 now);

G_END_DECLS
