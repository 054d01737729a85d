/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows follow the list of targets; the button starts what is chosen. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-devices-page.h"

#include <glib/gi18n.h>

#include "ek-heading.h"
#include "ek-install-operation.h"
#include "ek-spoken-names.h"

struct _EkDevicesPage
{
  AdwBin parent_instance;

  EkTargetList *targets;
  EkOfferForTarget find_offer;
  gpointer offer_data;
  gboolean at_work;

  GtkLabel *title;
  GtkListBox *list;
  GtkButton *button;
  GtkWidget *stop_button;
};

enum
{
  AT_WORK_CHANGED,
  PICKED,
  WHY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (EkDevicesPage, ek_devices_page, ADW_TYPE_BIN)

static EkDeviceRow *
get_row (EkDevicesPage *self, guint index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int) index);

  return row != NULL ? EK_DEVICE_ROW (row) : NULL;
}

static guint
count (EkDevicesPage *self, gboolean (*test) (EkDeviceRow *row))
{
  EkDeviceRow *row;
  guint n = 0;

  for (guint i = 0; (row = get_row (self, i)) != NULL; i++)
    if (test (row))
      n++;
  return n;
}

/* What goes on, and how it ended. */
static char *
make_title (EkDevicesPage *self)
{
  guint n_devices = g_list_model_get_n_items (G_LIST_MODEL (self->targets));
  guint n_at_work = count (self, ek_device_row_is_at_work);
  guint n_failed = count (self, ek_device_row_has_failed);

  if (n_at_work > 0)
    return g_strdup_printf (ngettext ("Updating %u device", "Updating %u devices", n_at_work),
                            n_at_work);
  if (n_failed > 0)
    return g_strdup_printf (ngettext ("%u device needs you", "%u devices need you", n_failed),
                            n_failed);
  if (n_devices > 0 && count (self, ek_device_row_is_done) == n_devices)
    return g_strdup (_ ("All devices are up to date"));

  return g_strdup_printf (ngettext ("%u device is plugged in", "%u devices are plugged in",
                                    n_devices),
                          n_devices);
}

static void
refresh (EkDevicesPage *self)
{
  guint n_chosen = count (self, ek_device_row_is_chosen);
  gboolean at_work = count (self, ek_device_row_is_at_work) > 0;
  g_autofree char *title = make_title (self);
  g_autofree char *label =
      g_strdup_printf (ngettext ("_Update %u Device", "_Update %u Devices", n_chosen), n_chosen);

  gtk_label_set_label (self->title, title);
  gtk_button_set_label (self->button, n_chosen > 0 ? label : _ ("Nothing to Update"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "devices.update", n_chosen > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->button), n_chosen > 0 || !at_work);
  gtk_widget_set_visible (self->stop_button, at_work);
  if (self->at_work == at_work)
    return;
  self->at_work = at_work;
  g_signal_emit (self, signals[AT_WORK_CHANGED], 0);
}

static void
on_why (EkDevicesPage *self, EkDeviceRow *row)
{
  g_signal_emit (self, signals[WHY], 0, ek_device_row_get_operation (row));
}

static void
on_row_activated (EkDevicesPage *self, GtkListBoxRow *row)
{
  g_signal_emit (self, signals[PICKED], 0, ek_device_row_get_target (EK_DEVICE_ROW (row)));
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  EkDevicesPage *self = user_data;
  GtkWidget *row = ek_device_row_new (item);
  g_autoptr (EkOffer) offer = self->find_offer (item, self->offer_data);

  ek_device_row_set_offer (EK_DEVICE_ROW (row), offer);
  ek_spoken_names_follow (row);
  g_signal_connect_object (row, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "why", G_CALLBACK (on_why), self, G_CONNECT_SWAPPED);
  return row;
}

static void
on_update (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkDevicesPage *self = EK_DEVICES_PAGE (widget);
  EkDeviceRow *row;

  for (guint i = 0; (row = get_row (self, i)) != NULL; i++)
    {
      EkTarget *target = ek_device_row_get_target (row);
      EkInstallOptions options = { .kind = EK_INSTALL_UPDATE,
                                   .board = ek_target_get_board (target) };
      g_autoptr (EkOperation) operation = NULL;

      if (!ek_device_row_is_chosen (row))
        continue;
      operation = ek_install_operation_new (target, ek_device_row_get_offer (row), &options);
      ek_device_row_run (row, operation);
    }
}

static void
ek_devices_page_dispose (GObject *object)
{
  EkDevicesPage *self = EK_DEVICES_PAGE (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  self->list = NULL;
  if (self->targets != NULL)
    g_signal_handlers_disconnect_by_data (self->targets, self);
  g_clear_object (&self->targets);

  G_OBJECT_CLASS (ek_devices_page_parent_class)->dispose (object);
}

static void
ek_devices_page_class_init (EkDevicesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_devices_page_dispose;
  signals[AT_WORK_CHANGED] = g_signal_new ("at-work-changed", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 0);
  signals[PICKED] = g_signal_new ("picked", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, EK_TYPE_TARGET);
  signals[WHY] = g_signal_new ("why", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                               EK_TYPE_OPERATION);
  g_type_ensure (EK_TYPE_HEADING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-devices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkDevicesPage, title);
  gtk_widget_class_bind_template_child (widget_class, EkDevicesPage, list);
  gtk_widget_class_bind_template_child (widget_class, EkDevicesPage, button);
  gtk_widget_class_bind_template_child (widget_class, EkDevicesPage, stop_button);
  gtk_widget_class_install_action (widget_class, "devices.update", NULL, on_update);
}

static void
ek_devices_page_init (EkDevicesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->list, "row-activated", G_CALLBACK (on_row_activated), self);
}

/**
 * ek_devices_page_set_targets:
 * @find_offer: what would be installed on each
 */
void
ek_devices_page_set_targets (EkDevicesPage *self,
                             EkTargetList *targets,
                             EkOfferForTarget find_offer,
                             gpointer user_data)
{
  self->targets = g_object_ref (targets);
  self->find_offer = find_offer;
  self->offer_data = user_data;
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (targets), create_row, self, NULL);
  g_signal_connect_data (targets, "items-changed", G_CALLBACK (refresh), self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  refresh (self);
}

/**
 * ek_devices_page_refresh:
 *
 * What would be installed may have changed.
 */
void
ek_devices_page_refresh (EkDevicesPage *self)
{
  EkDeviceRow *row;

  for (guint i = 0; (row = get_row (self, i)) != NULL; i++)
    {
      g_autoptr (EkOffer) offer =
          self->find_offer (ek_device_row_get_target (row), self->offer_data);

      ek_device_row_set_offer (row, offer);
    }
  refresh (self);
}

/**
 * ek_devices_page_is_at_work:
 *
 * Returns: whether any device is being worked on from here
 */
gboolean
ek_devices_page_is_at_work (EkDevicesPage *self)
{
  return self->at_work;
}

/**
 * ek_devices_page_cancel:
 *
 * Stops all of them.
 */
void
ek_devices_page_cancel (EkDevicesPage *self)
{
  EkDeviceRow *row;

  for (guint i = 0; (row = get_row (self, i)) != NULL; i++)
    if (ek_device_row_is_at_work (row))
      ek_operation_cancel (ek_device_row_get_operation (row));
}
