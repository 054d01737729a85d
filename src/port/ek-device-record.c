/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells a device that is only just there, and one that comes and goes, from one that is in trouble. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-record.h"

/* ModemManager needs 10 to 30 s for a device that it doesn't know (facts/desktop.md 4.4). */
#define MODEM_TIME (30 * G_USEC_PER_SEC)
/* udev gives a new node its group and its access list after the kernel made it. */
#define RIGHTS_TIME (2 * G_USEC_PER_SEC)
/* A driver has to be loaded first, which udev does, and takes the device then. */
#define DRIVER_TIME (3 * G_USEC_PER_SEC)
/* A boot loop of the firmware, seen from the USB side. */
#define LOOP_TIME (10 * G_USEC_PER_SEC)

/**
 * ek_device_record_new:
 * @now: when it was seen first, microseconds
 *
 * Returns: (transfer full)
 */
EkDeviceRecord *
ek_device_record_new (EkDevice *device, gint64 now)
{
  EkDeviceRecord *self = g_new0 (EkDeviceRecord, 1);

  self->device = g_object_ref (device);
  self->appeared_at = now;
  self->gone_at = -1;
  return self;
}

void
ek_device_record_free (EkDeviceRecord *self)
{
  g_object_unref (self->device);
  g_free (self);
}

/**
 * ek_device_record_keeps_restarting:
 *
 * Returns: whether it came back three times within ten seconds
 */
gboolean
ek_device_record_keeps_restarting (const EkDeviceRecord *self, gint64 now)
{
  gint64 earliest = self->returns[self->n_returns % EK_DEVICE_LOOP_RETURNS];

  return self->n_returns >= EK_DEVICE_LOOP_RETURNS && now - earliest <= LOOP_TIME;
}

/**
 * ek_device_record_note_return:
 *
 * It was away and is here again.
 */
void
ek_device_record_note_return (EkDeviceRecord *self, gint64 now)
{
  self->touched = FALSE;
  self->appeared_at = now;
  /* What we reset ourselves does not go round in circles. */
  if (ek_device_is_in_use (self->device))
    return;

  self->returns[self->n_returns % EK_DEVICE_LOOP_RETURNS] = now;
  self->n_returns++;
}

/**
 * ek_device_record_judge:
 * @modem_manager: ModemManager runs
 *
 * Returns: the state, with what one round alone can't see
 */
EkDeviceState
ek_device_record_judge (const EkDeviceRecord *self,
                        const EkDeviceSight *sight,
                        gboolean modem_manager,
                        gint64 now)
{
  gint64 age = now - self->appeared_at;
  gboolean modem = sight->holder.name != NULL ? g_str_equal (sight->holder.name, EK_MODEM_MANAGER)
                                              : modem_manager;

  if (ek_device_is_in_use (self->device))
    return EK_DEVICE_READY;
  if (ek_device_record_keeps_restarting (self, now))
    return EK_DEVICE_RESTARTING;
  if (sight->state == EK_DEVICE_BUSY && modem && age < MODEM_TIME)
    return EK_DEVICE_SETTLING;
  if (sight->state == EK_DEVICE_NO_PERMISSION && age < RIGHTS_TIME)
    return EK_DEVICE_SETTLING;

  if (sight->state == EK_DEVICE_NO_DRIVER && age < DRIVER_TIME)
    return EK_DEVICE_SETTLING;

  return sight->state;
}
