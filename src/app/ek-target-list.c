/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Follows the device monitor; a target stays the same object while its device is away. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-target-list.h"

#include "ek-demo-firmware.h"
#include "ek-device-monitor.h"
#include "ek-port.h"

#define DEMO_VERSION "0.1.0"

struct _EkTargetList
{
  GObject parent_instance;

  EkDeviceMonitor *monitor;
  GPtrArray *targets; /* listed now */
  GHashTable *known;  /* EkDevice to EkTarget, also those away */
};

static GType
ek_target_list_get_item_type (GListModel *model)
{
  return EK_TYPE_TARGET;
}

static guint
ek_target_list_get_n_items (GListModel *model)
{
  return EK_TARGET_LIST (model)->targets->len;
}

static gpointer
ek_target_list_get_item (GListModel *model, guint position)
{
  GPtrArray *targets = EK_TARGET_LIST (model)->targets;

  return position < targets->len ? g_object_ref (targets->pdata[position]) : NULL;
}

static void
ek_target_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ek_target_list_get_item_type;
  iface->get_n_items = ek_target_list_get_n_items;
  iface->get_item = ek_target_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (EkTargetList,
                               ek_target_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ek_target_list_model_init))

static void
ek_target_list_dispose (GObject *object)
{
  EkTargetList *self = EK_TARGET_LIST (object);

  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);

  G_OBJECT_CLASS (ek_target_list_parent_class)->dispose (object);
}

static void
ek_target_list_finalize (GObject *object)
{
  EkTargetList *self = EK_TARGET_LIST (object);

  g_clear_pointer (&self->targets, g_ptr_array_unref);
  g_clear_pointer (&self->known, g_hash_table_unref);

  G_OBJECT_CLASS (ek_target_list_parent_class)->finalize (object);
}

static void
ek_target_list_class_init (EkTargetListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ek_target_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = ek_target_list_finalize;
}

static void
ek_target_list_init (EkTargetList *self)
{
  self->targets = g_ptr_array_new_with_free_func (g_object_unref);
  self->known = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);
}

static EkTarget *
target_for_device (EkTargetList *self, EkDevice *device)
{
  EkTarget *target = g_hash_table_lookup (self->known, device);

  if (target == NULL)
    {
      target = ek_target_new (device);
      g_hash_table_insert (self->known, g_object_ref (device), target);
    }
  return g_object_ref (target);
}

static void
on_devices_changed (GListModel *devices,
                    guint position,
                    guint removed,
                    guint added,
                    EkTargetList *self)
{
  if (removed > 0)
    g_ptr_array_remove_range (self->targets, position, removed);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (EkDevice) device = g_list_model_get_item (devices, position + i);

      g_ptr_array_insert (self->targets, (int) (position + i), target_for_device (self, device));
    }
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

/**
 * ek_target_list_new:
 * @monitor: (transfer none): started already, or to be started by its owner
 *
 * Returns: (transfer full): the devices of @monitor in the window's words
 */
EkTargetList *
ek_target_list_new (EkDeviceMonitor *monitor)
{
  EkTargetList *self = g_object_new (EK_TYPE_TARGET_LIST, NULL);

  self->monitor = g_object_ref (monitor);
  g_signal_connect (monitor, "items-changed", G_CALLBACK (on_devices_changed), self);
  on_devices_changed (G_LIST_MODEL (monitor), 0, 0,
                      g_list_model_get_n_items (G_LIST_MODEL (monitor)), self);
  return self;
}

/* A simulated device has run something before, and knows a Wi-Fi. */
static void
fill_simulated_devices (void)
{
  static gsize filled = 0;

  if (g_once_init_enter (&filled))
    {
      g_autoptr (GBytes) demo = ek_demo_firmware_new (DEMO_VERSION, TRUE);

      ek_port_set_simulated_contents (demo);
      g_once_init_leave (&filled, 1);
    }
}

/**
 * ek_target_list_add_simulated:
 * @uri: `sim:…`
 *
 * Plugs in a device that isn't there.
 *
 * Returns: (transfer none): it, or the one with the same @uri that is plugged in already
 */
EkTarget *
ek_target_list_add_simulated (EkTargetList *self, const char *uri)
{
  fill_simulated_devices ();
  return g_hash_table_lookup (self->known, ek_device_monitor_add_simulated (self->monitor, uri));
}

/**
 * ek_target_list_remove_simulated:
 *
 * Unplugs all simulated devices.
 */
void
ek_target_list_remove_simulated (EkTargetList *self)
{
  EkTarget *target;

  while ((target = ek_target_list_get_simulated (self)) != NULL)
    {
      g_autoptr (EkDevice) device = g_object_ref (ek_target_get_device (target));

      ek_device_monitor_remove_simulated (self->monitor, ek_target_get_id (target));
      g_hash_table_remove (self->known, device);
    }
}

/**
 * ek_target_list_get:
 *
 * Returns: (transfer none) (nullable): %NULL past the end
 */
EkTarget *
ek_target_list_get (EkTargetList *self, guint position)
{
  return position < self->targets->len ? self->targets->pdata[position] : NULL;
}

/**
 * ek_target_list_get_simulated:
 *
 * Returns: (transfer none) (nullable): the first that is simulated
 */
EkTarget *
ek_target_list_get_simulated (EkTargetList *self)
{
  for (guint i = 0; i < self->targets->len; i++)
    if (ek_target_is_simulated (self->targets->pdata[i]))
      return self->targets->pdata[i];

  return NULL;
}
