/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows what is known of the device and of the firmware, and puts one word on the button. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-home-page.h"

#include <glib/gi18n.h>

#include "ek-board.h"
#include "ek-estimate.h"
#include "ek-heading.h"
#include "ek-list-offer.h"
#include "ek-picture.h"
#include "ek-version.h"
#include "ek-wifi-row.h"

struct _EkHomePage
{
  AdwBin parent_instance;

  EkTarget *target;
  EkOffer *offer;
  const char *button_action;
  gboolean has_lists;
  char *newest_release;

  EkPicture *picture;
  GtkLabel *title;
  GtkLabel *dot;
  GtkLabel *status;
  AdwActionRow *offer_row;
  GtkLabel *offer_badge;
  GtkWidget *offer_arrow;
  AdwActionRow *board_row;
  AdwActionRow *keep_row;
  GtkSwitch *keep_switch;
  EkWifiRow *wifi_row;
  AdwActionRow *backup_row;
  GtkSwitch *backup_switch;
  GtkButton *button;
  GtkWidget *again_button;
  GtkLabel *estimate;
};

/**
 * Situation:
 *
 * What the one button does.
 */
typedef enum
{
  SITUATION_LOOKING,
  SITUATION_BLOCKED,  /* no permission, or busy */
  SITUATION_ASK,      /* the lists have something, once it is known which EchoKit this is */
  SITUATION_NO_OFFER, /* nothing to install is known */
  SITUATION_INSTALL,
  SITUATION_UPDATE,
  SITUATION_UP_TO_DATE,
} Situation;

static const struct
{
  const char *label;
  const char *action;
  gboolean suggested;
  gboolean choices;
} situations[] = {
  [SITUATION_LOOKING] = { N_ ("_Install"), NULL, TRUE, TRUE },
  [SITUATION_BLOCKED] = { N_ ("Show _What to Do"), "win.explain", TRUE, FALSE },
  [SITUATION_ASK] = { N_ ("Choose Which _EchoKit…"), "win.choose-board", TRUE, FALSE },
  [SITUATION_NO_OFFER] = { N_ ("Choose a _File…"), "win.open-file", TRUE, FALSE },
  [SITUATION_INSTALL] = { N_ ("_Install"), "win.install", TRUE, TRUE },
  [SITUATION_UPDATE] = { N_ ("_Update"), "win.install", TRUE, TRUE },
  [SITUATION_UP_TO_DATE] = { N_ ("Up to Date"), NULL, FALSE, TRUE },
};

G_DEFINE_FINAL_TYPE (EkHomePage, ek_home_page, ADW_TYPE_BIN)

static Situation
find_situation (EkHomePage *self)
{
  const char *version = ek_target_get_version (self->target);
  const char *offered = self->offer != NULL ? ek_offer_get_facts (self->offer)->version : NULL;
  EkDeviceState state = ek_target_get_state (self->target);

  if (state == EK_DEVICE_NO_PERMISSION || state == EK_DEVICE_BUSY || state == EK_DEVICE_NO_DRIVER)
    return SITUATION_BLOCKED;
  if (self->offer == NULL)
    return self->has_lists && ek_target_get_board (self->target) == NULL ? SITUATION_ASK
                                                                         : SITUATION_NO_OFFER;
  if (ek_target_get_look (self->target) == EK_LOOK_RUNNING || ek_target_get_busy (self->target))
    return SITUATION_LOOKING;
  if (version == NULL)
    return SITUATION_INSTALL;
  if (offered != NULL && ek_version_compare (version, offered) == EK_VERSION_SAME)
    return SITUATION_UP_TO_DATE;

  return ek_target_get_installed_board (self->target) != NULL ||
                 ek_target_is_simulated (self->target)
             ? SITUATION_UPDATE
             : SITUATION_INSTALL;
}

static void
show_target (EkHomePage *self)
{
  EkDeviceState state = ek_target_get_state (self->target);
  gboolean well = state == EK_DEVICE_READY && ek_target_get_look (self->target) != EK_LOOK_FAILED;
  const char *dot_class = well ? "success" : "warning";

  ek_picture_set_name (self->picture, ek_target_get_picture (self->target));
  gtk_label_set_label (self->title, ek_target_get_title (self->target));
  gtk_label_set_label (self->status, ek_target_get_status (self->target));
  gtk_widget_remove_css_class (GTK_WIDGET (self->dot), "success");
  gtk_widget_remove_css_class (GTK_WIDGET (self->dot), "warning");
  gtk_widget_add_css_class (GTK_WIDGET (self->dot), dot_class);
}

static gboolean
is_older (EkHomePage *self)
{
  return ek_version_compare (ek_target_get_version (self->target),
                             ek_offer_get_facts (self->offer)->version) == EK_VERSION_OLDER;
}

/* What is offered, seen from EchoKit's newest release. */
static EkVersionOrder
compare_with_newest (EkHomePage *self)
{
  const EkOfferFacts *facts = ek_offer_get_facts (self->offer);

  if (facts->board == NULL || facts->version == NULL || self->newest_release == NULL)
    return EK_VERSION_UNKNOWN;

  return ek_version_compare (self->newest_release, facts->version);
}

/* Size and date, and that there is something newer which the list does not have. */
static char *
describe_offer (EkHomePage *self)
{
  g_autofree char *description = ek_offer_get_description (self->offer);
  g_autofree char *behind = NULL;

  if (!EK_IS_LIST_OFFER (self->offer) || compare_with_newest (self) != EK_VERSION_OLDER)
    return g_steal_pointer (&description);

  /* Translators: %s is a version */
  behind = g_strdup_printf (_ ("%s is out already, but this list does not have it yet."),
                            self->newest_release);
  return g_strdup_printf ("%s\n%s", description, behind);
}

static void
show_offer (EkHomePage *self, Situation situation)
{
  g_autofree char *name = NULL;
  g_autofree char *title = NULL;
  g_autofree char *description = NULL;
  EkVersionOrder order;
  const char *version;

  if (self->offer == NULL)
    return;

  name = ek_offer_get_name (self->offer);
  description = describe_offer (self);
  order = compare_with_newest (self);
  version = ek_offer_get_facts (self->offer)->version;
  if (situation == SITUATION_UPDATE && version != NULL)
    title = g_strdup_printf (is_older (self) ? _ ("Go back to %s") : _ ("Update to %s"), version);
  else if (situation == SITUATION_UP_TO_DATE)
    title = g_strdup_printf (_ ("%s is installed"), version);
  else
    /* Translators: %s is a product and its version */
    title = g_strdup_printf (_ ("Install %s"), name);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->offer_row), title);
  adw_action_row_set_subtitle (self->offer_row, description);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->offer_row), self->has_lists);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->offer_row),
                                  self->has_lists ? "win.choose-firmware" : NULL);
  gtk_widget_set_visible (self->offer_arrow, self->has_lists);
  gtk_widget_set_visible (GTK_WIDGET (self->offer_badge),
                          order == EK_VERSION_SAME || order == EK_VERSION_NEWER);
}

/* Somebody has looked, and there is neither a firmware nor a place for one. */
static gboolean
is_empty (EkHomePage *self)
{
  const EkInstalled *installed = ek_target_get_installed (self->target);

  return installed != NULL && !installed->has_app && installed->table == NULL;
}

/* Untranslated; NULL if a backup can be made, or nobody knows better before it is tried. */
static const char *
reason_against_backup (EkHomePage *self)
{
  const EkChipInfo *chip = ek_target_get_chip_info (self->target);

  if (chip != NULL && ek_chip_info_is_locked (chip, NULL))
    return N_ ("Its maker has locked it: nothing can be read from it");
  if (is_empty (self))
    return N_ ("There is nothing on it yet that could be saved");

  return NULL;
}

static void
show_backup (EkHomePage *self, gboolean choices)
{
  const char *reason = reason_against_backup (self);

  gtk_widget_set_visible (GTK_WIDGET (self->backup_row), choices);
  gtk_widget_set_sensitive (GTK_WIDGET (self->backup_row), reason == NULL);
  adw_action_row_set_subtitle (self->backup_row, reason != NULL ? _ (reason) : "");
}

static void
show_estimate (EkHomePage *self, Situation situation)
{
  EkEstimateOptions options = { .same_version = situation == SITUATION_UP_TO_DATE,
                                .backup = ek_home_page_get_backup_first (self) };
  g_autofree char *words = NULL;

  if (self->offer != NULL && situations[situation].choices)
    words = ek_estimate_words (self->target, self->offer, &options);
  gtk_widget_set_visible (GTK_WIDGET (self->estimate), words != NULL);
  gtk_label_set_label (self->estimate, words != NULL ? words : "");
}

static void
refresh (EkHomePage *self)
{
  Situation situation;
  const char *board;

  if (self->target == NULL)
    return;

  situation = find_situation (self);
  board = ek_board_title (ek_target_get_board (self->target));
  show_target (self);
  show_offer (self, situation);
  gtk_widget_set_visible (GTK_WIDGET (self->offer_row), situations[situation].choices);
  gtk_widget_set_visible (GTK_WIDGET (self->keep_row),
                          situations[situation].choices && !is_empty (self));
  gtk_widget_set_visible (GTK_WIDGET (self->wifi_row), situations[situation].choices);
  ek_wifi_row_set_alone (self->wifi_row, is_empty (self) || !ek_home_page_get_keep_settings (self));
  show_backup (self, situations[situation].choices);
  gtk_widget_set_visible (GTK_WIDGET (self->board_row), board != NULL);
  adw_action_row_set_subtitle (self->board_row, board != NULL ? board : "");

  gtk_button_set_label (self->button, _ (situations[situation].label));
  self->button_action = situations[situation].action;
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), self->button_action != NULL);
  gtk_widget_set_visible (self->again_button, situation == SITUATION_UP_TO_DATE);
  show_estimate (self, situation);
  gtk_widget_remove_css_class (GTK_WIDGET (self->button), "suggested-action");
  if (situations[situation].suggested)
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "suggested-action");
}

static void
on_button_clicked (EkHomePage *self)
{
  if (self->button_action != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), self->button_action, NULL);
}

static void
ek_home_page_dispose (GObject *object)
{
  EkHomePage *self = EK_HOME_PAGE (object);

  ek_home_page_set_target (self, NULL);
  ek_home_page_set_offer (self, NULL);

  G_OBJECT_CLASS (ek_home_page_parent_class)->dispose (object);
}

static void
ek_home_page_finalize (GObject *object)
{
  g_free (EK_HOME_PAGE (object)->newest_release);

  G_OBJECT_CLASS (ek_home_page_parent_class)->finalize (object);
}

static void
ek_home_page_class_init (EkHomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_home_page_dispose;
  g_type_ensure (EK_TYPE_HEADING);
  G_OBJECT_CLASS (klass)->finalize = ek_home_page_finalize;
  g_type_ensure (EK_TYPE_PICTURE);
  g_type_ensure (EK_TYPE_WIFI_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-home-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, picture);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, title);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, dot);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, status);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, offer_row);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, offer_badge);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, offer_arrow);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, board_row);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, keep_row);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, keep_switch);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, wifi_row);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, backup_row);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, backup_switch);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, button);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, again_button);
  gtk_widget_class_bind_template_child (widget_class, EkHomePage, estimate);
  gtk_widget_class_bind_template_callback (widget_class, on_button_clicked);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
}

static void
ek_home_page_init (EkHomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_relation (GTK_ACCESSIBLE (
                                      gtk_widget_get_parent (GTK_WIDGET (self->offer_row))),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->title, NULL, -1);
  gtk_widget_set_visible (GTK_WIDGET (self->offer_badge), FALSE);
  gtk_widget_set_visible (self->offer_arrow, FALSE);
}

/**
 * ek_home_page_set_target:
 * @target: (nullable): the device to show
 */
void
ek_home_page_set_target (EkHomePage *self, EkTarget *target)
{
  if (self->target == target)
    return;

  if (self->target != NULL)
    g_signal_handlers_disconnect_by_data (self->target, self);
  g_set_object (&self->target, target);
  if (target == NULL)
    return;

  g_signal_connect_swapped (target, "notify", G_CALLBACK (refresh), self);
  gtk_switch_set_active (self->keep_switch, TRUE);
  ek_home_page_forget_settings (self);
  refresh (self);
}

/**
 * ek_home_page_set_offer:
 * @offer: (nullable): what would be installed
 */
void
ek_home_page_set_offer (EkHomePage *self, EkOffer *offer)
{
  if (self->offer == offer)
    return;
  if (self->offer != NULL)
    g_signal_handlers_disconnect_by_data (self->offer, self);
  g_set_object (&self->offer, offer);
  if (offer != NULL)
    g_signal_connect_swapped (offer, "changed", G_CALLBACK (refresh), self);
  refresh (self);
}

/**
 * ek_home_page_set_newest_release:
 * @version: (nullable): of EchoKit's newest release, as far as it is known
 */
void
ek_home_page_set_newest_release (EkHomePage *self, const char *version)
{
  if (g_strcmp0 (self->newest_release, version) == 0)
    return;
  g_free (self->newest_release);
  self->newest_release = g_strdup (version);
  refresh (self);
}

/**
 * ek_home_page_set_has_lists:
 *
 * Tells whether there are lists to choose other firmware from.
 */
void
ek_home_page_set_has_lists (EkHomePage *self, gboolean has_lists)
{
  if (self->has_lists == has_lists)
    return;
  self->has_lists = has_lists;
  refresh (self);
}

/**
 * ek_home_page_set_memory:
 *
 * What stays chosen from one device to the next is kept in @memory.
 */
void
ek_home_page_set_memory (EkHomePage *self, EkMemory *memory)
{
  ek_memory_bind_backup_first (memory, G_OBJECT (self->backup_switch), "active");
}

/**
 * ek_home_page_get_kind:
 *
 * Returns: what pressing the button means to the person
 */
EkInstallKind
ek_home_page_get_kind (EkHomePage *self)
{
  switch (find_situation (self))
    {
    case SITUATION_UPDATE:
      return EK_INSTALL_UPDATE;
    case SITUATION_UP_TO_DATE:
      return EK_INSTALL_AGAIN;
    case SITUATION_LOOKING:
    case SITUATION_BLOCKED:
    case SITUATION_ASK:
    case SITUATION_NO_OFFER:
    case SITUATION_INSTALL:
      break;
    }

  return EK_INSTALL_FIRST;
}

gboolean
ek_home_page_get_keep_settings (EkHomePage *self)
{
  return gtk_switch_get_active (self->keep_switch);
}

/**
 * ek_home_page_get_backup_first:
 *
 * Returns: whether a backup is wanted, and can be made as far as is known
 */
gboolean
ek_home_page_get_backup_first (EkHomePage *self)
{
  return gtk_switch_get_active (self->backup_switch) && reason_against_backup (self) == NULL;
}

/**
 * ek_home_page_check:
 *
 * Says what can't be installed as it was chosen, beside the field.
 *
 * Returns: whether everything can be
 */
gboolean
ek_home_page_check (EkHomePage *self)
{
  return ek_wifi_row_check (self->wifi_row);
}

/**
 * ek_home_page_dup_settings:
 *
 * Returns: (transfer full) (nullable): Wi-Fi and server for the device, checked with
 *   ek_home_page_check(); %NULL if it keeps what it has
 */
EkSettings *
ek_home_page_dup_settings (EkHomePage *self)
{
  return ek_wifi_row_dup_settings (self->wifi_row);
}

/**
 * ek_home_page_forget_settings:
 *
 * The password is needed no longer, or was meant for another device.
 */
void
ek_home_page_forget_settings (EkHomePage *self)
{
  ek_wifi_row_forget (self->wifi_row);
}
