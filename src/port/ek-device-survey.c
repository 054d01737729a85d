/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a tty may block for as long as its driver likes, so a round is not for the main thread. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-survey.h"

static void
sight_clear (gpointer data)
{
  EkDeviceSight *sight = data;

  g_clear_object (&sight->device);
  ek_port_holder_clear (&sight->holder);
}

/**
 * ek_device_survey_new:
 * @sysfs_root: (nullable): %NULL for /sys
 * @dev_root: (nullable): %NULL for /dev
 * @proc_root: (nullable): %NULL for /proc
 *
 * Returns: (transfer full): a round that is still to be made
 */
EkDeviceSurvey *
ek_device_survey_new (const char *sysfs_root, const char *dev_root, const char *proc_root)
{
  EkDeviceSurvey *self = g_new0 (EkDeviceSurvey, 1);

  self->sysfs_root = g_strdup (sysfs_root);
  self->dev_root = g_strdup (dev_root);
  self->proc_root = g_strdup (proc_root);
  self->leave_alone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->sights = g_array_new (FALSE, TRUE, sizeof (EkDeviceSight));
  g_array_set_clear_func (self->sights, sight_clear);
  return self;
}

void
ek_device_survey_free (EkDeviceSurvey *self)
{
  g_free (self->sysfs_root);
  g_free (self->dev_root);
  g_free (self->proc_root);
  g_hash_table_unref (self->leave_alone);
  g_hash_table_unref (self->known);
  g_array_unref (self->sights);
  g_free (self);
}

static gboolean
was_fine (EkDeviceSurvey *self, EkDevice *device)
{
  gpointer enumeration;

  return g_hash_table_lookup_extended (self->known, ek_device_get_id (device), NULL,
                                       &enumeration) &&
         GPOINTER_TO_UINT (enumeration) == ek_device_get_facts (device)->enumeration;
}

static void
look_at (EkDeviceSurvey *self, EkDevice *device)
{
  EkDeviceSight sight = { .device = g_object_ref (device), .state = EK_DEVICE_READY };
  gboolean fine = was_fine (self, device);

  if (!ek_device_has_port (device))
    sight.state = EK_DEVICE_NO_DRIVER;
  else if (!g_hash_table_contains (self->leave_alone, ek_device_get_id (device)) &&
           (!fine || self->find_holders))
    {
      sight.touched = !fine;
      ek_device_look (device, sight.touched, self->proc_root, &sight.state, &sight.holder);
    }
  if (sight.state == EK_DEVICE_BUSY && sight.holder.name == NULL)
    self->modem_manager = ek_port_holder_is_running (EK_MODEM_MANAGER, self->proc_root);
  g_array_append_val (self->sights, sight);
}

/**
 * ek_device_survey_run:
 *
 * Makes the round, on any thread.
 */
void
ek_device_survey_run (EkDeviceSurvey *self)
{
  g_autoptr (GPtrArray) devices = ek_device_enumerate (self->sysfs_root, self->dev_root);

  for (guint i = 0; i < devices->len; i++)
    look_at (self, devices->pdata[i]);
}

/**
 * ek_device_survey_find:
 *
 * Returns: (nullable) (transfer none): what was seen of the device with @id
 */
const EkDeviceSight *
ek_device_survey_find (EkDeviceSurvey *self, const char *id)
{
  for (guint i = 0; i < self->sights->len; i++)
    {
      const EkDeviceSight *sight = &g_array_index (self->sights, EkDeviceSight, i);

      if (g_str_equal (ek_device_get_id (sight->device), id))
        return sight;
    }

  return NULL;
}
