/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one page where words such as chip and memory may stand. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-details-page.h"

#include <glib/gi18n.h>

struct _EkDetailsPage
{
  AdwBin parent_instance;

  EkTarget *target;
  GPtrArray *rows;
  AdwPreferencesGroup *facts;
};

G_DEFINE_FINAL_TYPE (EkDetailsPage, ek_details_page, ADW_TYPE_BIN)

static void
add_fact (EkDetailsPage *self, const char *title, const char *value)
{
  GtkWidget *row;

  if (value == NULL || *value == '\0')
    return;

  row = adw_action_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), value);
  adw_preferences_group_add (self->facts, row);
  g_ptr_array_add (self->rows, row);
}

static void
add_chip_facts (EkDetailsPage *self, const EkChipInfo *chip)
{
  g_autofree char *description = ek_chip_info_get_description (chip);
  g_autofree char *mac = ek_chip_info_get_mac (chip);
  g_autofree char *size = g_format_size_full (chip->flash_size, G_FORMAT_SIZE_IEC_UNITS);
  const char *reason = NULL;

  add_fact (self, _ ("Chip"), description);
  add_fact (self, _ ("Address"), mac);
  if (chip->flash_size > 0)
    add_fact (self, _ ("Memory"), size);
  add_fact (self, _ ("Locked"), ek_chip_info_is_locked (chip, &reason) ? _ ("yes") : _ ("no"));
}

static void
refresh (EkDetailsPage *self)
{
  const EkChipInfo *chip = ek_target_get_chip_info (self->target);
  const EkInstalled *installed = ek_target_get_installed (self->target);
  EkDevice *device = ek_target_get_device (self->target);

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->facts, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);

  add_fact (self, _ ("Name"), ek_target_get_title (self->target));
  add_fact (self, _ ("Connected as"), ek_device_get_path (device));
  if (installed != NULL && installed->has_app)
    {
      g_autofree char *firmware =
          g_strdup_printf ("%s %s", installed->app.project, installed->app.version);

      add_fact (self, _ ("Firmware"), firmware);
    }
  else
    {
      add_fact (self, _ ("Firmware"), ek_target_get_version (self->target));
    }
  if (chip != NULL && chip->chip != NULL)
    add_chip_facts (self, chip);
}

static void
ek_details_page_dispose (GObject *object)
{
  EkDetailsPage *self = EK_DETAILS_PAGE (object);

  if (self->target != NULL)
    g_signal_handlers_disconnect_by_data (self->target, self);
  g_clear_object (&self->target);
  g_clear_pointer (&self->rows, g_ptr_array_unref);

  G_OBJECT_CLASS (ek_details_page_parent_class)->dispose (object);
}

static void
ek_details_page_class_init (EkDetailsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_details_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-details-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkDetailsPage, facts);
}

static void
ek_details_page_init (EkDetailsPage *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ek_details_page_set_target:
 * @target: (nullable): the device to show
 */
void
ek_details_page_set_target (EkDetailsPage *self, EkTarget *target)
{
  if (self->target != NULL)
    g_signal_handlers_disconnect_by_data (self->target, self);
  g_set_object (&self->target, target);
  if (target == NULL)
    return;

  g_signal_connect_swapped (target, "notify::look", G_CALLBACK (refresh), self);
  refresh (self);
}
