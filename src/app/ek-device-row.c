/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each row has an operation of its own: one that fails does not stop the others. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-device-row.h"

#include <glib/gi18n.h>

#include "ek-advice.h"
#include "ek-version.h"

struct _EkDeviceRow
{
  AdwActionRow parent_instance;

  EkTarget *target;
  EkOffer *offer;
  EkOperation *operation;

  GtkCheckButton *check;
  GtkProgressBar *bar;
  GtkWidget *why_button;
  GtkWidget *done_icon;
  GtkWidget *arrow;
};

enum
{
  CHANGED,
  WHY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (EkDeviceRow, ek_device_row, ADW_TYPE_ACTION_ROW)

static EkJobState
get_state (EkDeviceRow *self)
{
  return self->operation != NULL ? ek_operation_get_state (self->operation) : EK_JOB_IDLE;
}

static gboolean
is_current (EkDeviceRow *self)
{
  const char *version = ek_target_get_version (self->target);
  const char *offered = self->offer != NULL ? ek_offer_get_facts (self->offer)->version : NULL;

  return version != NULL && offered != NULL &&
         ek_version_compare (version, offered) == EK_VERSION_SAME;
}

static gboolean
can_take_part (EkDeviceRow *self)
{
  return self->offer != NULL && !is_current (self) &&
         ek_target_get_state (self->target) == EK_DEVICE_READY &&
         ek_target_get_look (self->target) != EK_LOOK_RUNNING;
}

/* Two of a name are told apart by the end of what is printed on them. */
static char *
make_title (EkDeviceRow *self)
{
  const char *title = ek_target_get_title (self->target);
  const char *tail = ek_device_get_tail (ek_target_get_device (self->target));

  return tail != NULL ? g_strdup_printf ("%s · %s", title, tail) : g_strdup (title);
}

static char *
make_subtitle (EkDeviceRow *self)
{
  EkJobState state = get_state (self);

  if (state == EK_JOB_RUNNING)
    return g_strdup (ek_step_title (ek_operation_get_step (self->operation)));
  if (state == EK_JOB_FAILED)
    return g_strdup (_ (ek_advice_for_error (ek_operation_get_error (self->operation))->title));
  if (state == EK_JOB_IDLE && self->offer == NULL && ek_target_get_board (self->target) == NULL)
    return g_strdup (_ ("Say which EchoKit it is"));
  if (is_current (self))
    /* Translators: %s is what the device runs */
    return g_strdup_printf (_ ("%s · up to date"), ek_target_get_status (self->target));

  return g_strdup (ek_target_get_status (self->target));
}

static void
refresh (EkDeviceRow *self)
{
  g_autofree char *title = make_title (self);
  g_autofree char *subtitle = make_subtitle (self);
  EkJobState state = get_state (self);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), state == EK_JOB_RUNNING);
  gtk_widget_set_visible (self->why_button, state == EK_JOB_FAILED);
  gtk_widget_set_visible (self->done_icon, state == EK_JOB_DONE);
  gtk_widget_set_visible (self->arrow, state == EK_JOB_IDLE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), state != EK_JOB_RUNNING);
  gtk_widget_set_sensitive (GTK_WIDGET (self->check),
                            state != EK_JOB_RUNNING && can_take_part (self));
  if (state == EK_JOB_RUNNING)
    gtk_progress_bar_set_fraction (self->bar, ek_operation_get_fraction (self->operation));
}

static void
on_changed (EkDeviceRow *self)
{
  refresh (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_why (EkDeviceRow *self)
{
  g_signal_emit (self, signals[WHY], 0);
}

static void
ek_device_row_dispose (GObject *object)
{
  EkDeviceRow *self = EK_DEVICE_ROW (object);

  g_clear_object (&self->operation);
  g_clear_object (&self->offer);
  g_clear_object (&self->target);

  G_OBJECT_CLASS (ek_device_row_parent_class)->dispose (object);
}

static void
ek_device_row_class_init (EkDeviceRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_device_row_dispose;
  signals[CHANGED] =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[WHY] = g_signal_new ("why", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-device-row.ui");
  gtk_widget_class_bind_template_child (widget_class, EkDeviceRow, check);
  gtk_widget_class_bind_template_child (widget_class, EkDeviceRow, bar);
  gtk_widget_class_bind_template_child (widget_class, EkDeviceRow, why_button);
  gtk_widget_class_bind_template_child (widget_class, EkDeviceRow, done_icon);
  gtk_widget_class_bind_template_child (widget_class, EkDeviceRow, arrow);
  gtk_widget_class_bind_template_callback (widget_class, on_why);
}

static void
ek_device_row_init (EkDeviceRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  g_signal_connect_swapped (self->check, "toggled", G_CALLBACK (on_changed), self);
}

/**
 * ek_device_row_new:
 *
 * Returns: (transfer floating): a row for @target
 */
GtkWidget *
ek_device_row_new (EkTarget *target)
{
  EkDeviceRow *self = g_object_new (EK_TYPE_DEVICE_ROW, NULL);

  self->target = g_object_ref (target);
  g_signal_connect_object (target, "notify", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  refresh (self);
  return GTK_WIDGET (self);
}

EkTarget *
ek_device_row_get_target (EkDeviceRow *self)
{
  return self->target;
}

/**
 * ek_device_row_set_offer:
 * @offer: (nullable): what would be installed on it
 */
void
ek_device_row_set_offer (EkDeviceRow *self, EkOffer *offer)
{
  if (g_set_object (&self->offer, offer))
    {
      if (offer != NULL)
        g_signal_connect_object (offer, "changed", G_CALLBACK (on_changed), self,
                                 G_CONNECT_SWAPPED);
      refresh (self);
    }
}

EkOffer *
ek_device_row_get_offer (EkDeviceRow *self)
{
  return self->offer;
}

/**
 * ek_device_row_is_chosen:
 *
 * Returns: whether it is to be worked on, and can be
 */
gboolean
ek_device_row_is_chosen (EkDeviceRow *self)
{
  return gtk_check_button_get_active (self->check) && can_take_part (self) &&
         !ek_device_row_is_at_work (self);
}

/**
 * ek_device_row_run:
 *
 * Starts @operation and shows it in the row.
 */
void
ek_device_row_run (EkDeviceRow *self, EkOperation *operation)
{
  if (self->operation != NULL)
    g_signal_handlers_disconnect_by_data (self->operation, self);
  g_set_object (&self->operation, operation);
  g_signal_connect_object (operation, "notify::fraction", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::step", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::state", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  ek_operation_start (operation, FALSE);
}

/**
 * ek_device_row_get_operation:
 *
 * Returns: (nullable) (transfer none): the latest
 */
EkOperation *
ek_device_row_get_operation (EkDeviceRow *self)
{
  return self->operation;
}

gboolean
ek_device_row_has_failed (EkDeviceRow *self)
{
  return get_state (self) == EK_JOB_FAILED;
}

gboolean
ek_device_row_is_done (EkDeviceRow *self)
{
  return get_state (self) == EK_JOB_DONE;
}

gboolean
ek_device_row_is_at_work (EkDeviceRow *self)
{
  return get_state (self) == EK_JOB_RUNNING;
}
