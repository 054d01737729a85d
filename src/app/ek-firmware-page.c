/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One group a list, one row an entry; a broken entry is shown with its reason. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-firmware-page.h"

#include <glib/gi18n.h>

#include "ek-advice.h"
#include "ek-list-offer.h"
#include "ek-spoken-names.h"

struct _EkFirmwarePage
{
  AdwBin parent_instance;

  EkLists *library;
  gboolean stale; /* what is shown is not what the lists have */
  guint refresh_source;
  GCancellable *cancellable;
  GtkBox *lists;
  GtkEntry *address;
  GtkLabel *address_problem;
  GtkWidget *add_button;
  GtkSpinner *spinner;
};

enum
{
  CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (EkFirmwarePage, ek_firmware_page, ADW_TYPE_BIN)

static void
on_entry_activated (AdwActionRow *row, EkFirmwarePage *self)
{
  EkCatalogEntry *entry = g_object_get_data (G_OBJECT (row), "entry");
  g_autoptr (EkOffer) offer =
      ek_list_offer_new (ek_library_get_store (ek_lists_get_library (self->library)), entry);

  g_signal_emit (self, signals[CHOSEN], 0, offer);
}

static char *
describe_entry (EkCatalogEntry *entry)
{
  const char *problem = ek_catalog_entry_get_problem (entry);
  const char *description = ek_catalog_entry_get_description (entry);
  const char *version = ek_catalog_entry_get_version (entry);
  const char *chip = ek_catalog_entry_get_chip_label (entry);
  GString *text = g_string_new (version);

  if (problem != NULL)
    {
      /* Translators: %s is a technical reason, in English */
      g_string_printf (text, _ ("This entry is broken: %s"), problem);
      return g_string_free (text, FALSE);
    }
  if (ek_catalog_entry_get_board (entry) == NULL && chip != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", chip);
  if (description != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", description);

  return g_string_free (text, FALSE);
}

static GtkWidget *
new_entry_row (EkFirmwarePage *self, EkCatalogEntry *entry)
{
  const EkBoard *board = ek_catalog_entry_get_board (entry);
  g_autofree char *subtitle = describe_entry (entry);
  gboolean broken = ek_catalog_entry_get_problem (entry) != NULL;
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 board != NULL ? board->title : ek_catalog_entry_get_title (entry));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), !broken);
  gtk_widget_set_sensitive (row, !broken);
  if (!broken)
    adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                               g_object_new (GTK_TYPE_IMAGE, "icon-name", "go-next-symbolic",
                                             "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                             NULL));
  g_object_set_data_full (G_OBJECT (row), "entry", g_object_ref (entry), g_object_unref);
  g_signal_connect (row, "activated", G_CALLBACK (on_entry_activated), self);
  return row;
}

static void
on_remove_clicked (GtkButton *button, EkFirmwarePage *self)
{
  ek_lists_remove (self->library, g_object_get_data (G_OBJECT (button), "list"));
}

static GtkWidget *
new_remove_button (EkFirmwarePage *self, EkLibraryList *list)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Remove"));

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "list", g_object_ref (list), g_object_unref);
  g_signal_connect (button, "clicked", G_CALLBACK (on_remove_clicked), self);
  return button;
}

/* Its server may answer, or fail to, at any time. */
static void
show_list_problem (AdwPreferencesGroup *group)
{
  EkLibraryList *list = g_object_get_data (G_OBJECT (group), "list");
  const GError *problem = ek_library_list_get_problem (list);

  adw_preferences_group_set_description (group, problem != NULL
                                                    ? _ (ek_advice_for_error (problem)->title)
                                                    : NULL);
}

static GtkWidget *
new_group (EkFirmwarePage *self, EkLibraryList *list)
{
  GtkWidget *widget = adw_preferences_group_new ();
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (widget);
  EkCatalog *catalog = ek_library_list_get_catalog (list);
  g_autofree char *title = g_markup_escape_text (ek_library_list_get_title (list), -1);

  adw_preferences_group_set_title (group, title);
  g_object_set_data_full (G_OBJECT (group), "list", g_object_ref (list), g_object_unref);
  g_signal_connect_object (list, "notify::state", G_CALLBACK (show_list_problem), group,
                           G_CONNECT_SWAPPED);
  show_list_problem (group);
  if (ek_library_list_get_added (list))
    adw_preferences_group_set_header_suffix (group, new_remove_button (self, list));
  for (guint i = 0; catalog != NULL && i < ek_catalog_get_n_entries (catalog); i++)
    adw_preferences_group_add (group, new_entry_row (self, ek_catalog_get_entry (catalog, i)));
  ek_spoken_names_follow (widget);
  return widget;
}

static void
refresh (EkFirmwarePage *self)
{
  EkLibrary *library;
  GtkWidget *child;

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  if (!self->stale)
    return;

  self->stale = FALSE;
  library = ek_lists_get_library (self->library);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->lists))) != NULL)
    gtk_box_remove (self->lists, child);
  for (guint i = 0; i < ek_library_get_n_lists (library); i++)
    gtk_box_append (self->lists, new_group (self, ek_library_get_list (library, i)));
}

static gboolean
on_refresh_due (gpointer user_data)
{
  EkFirmwarePage *self = user_data;

  self->refresh_source = 0;
  refresh (self);
  return G_SOURCE_REMOVE;
}

/* Lists change several times in a row, and mostly while nobody looks. */
static void
on_changed (EkFirmwarePage *self)
{
  self->stale = TRUE;
  if (self->refresh_source == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->refresh_source = g_idle_add_full (G_PRIORITY_HIGH_IDLE, on_refresh_due, self, NULL);
}

/* @error: (nullable): why the address is no list */
static void
show_address_problem (EkFirmwarePage *self, const GError *error)
{
  const EkAdvice *advice = error != NULL ? ek_advice_for_error (error) : NULL;
  g_autofree char *text =
      advice != NULL ? g_strdup_printf ("%s\n%s", _ (advice->title), _ (advice->why)) : NULL;

  gtk_label_set_label (self->address_problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->address_problem), advice != NULL);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->address), GTK_ACCESSIBLE_STATE_INVALID,
                               advice != NULL ? GTK_ACCESSIBLE_INVALID_TRUE
                                              : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  if (advice != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->address), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->address), "error");
}

static void
on_address_changed (EkFirmwarePage *self)
{
  gtk_widget_set_sensitive (self->add_button,
                            *gtk_editable_get_text (GTK_EDITABLE (self->address)) != '\0');
  show_address_problem (self, NULL);
}

/* The entry keeps the focus: one that is insensitive would lose it. */
static void
set_adding (EkFirmwarePage *self, gboolean adding)
{
  gtk_spinner_set_spinning (self->spinner, adding);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), adding);
  gtk_editable_set_editable (GTK_EDITABLE (self->address), !adding);
  gtk_widget_set_sensitive (self->add_button, !adding);
}

static void
on_list_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkFirmwarePage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean added = ek_lists_add_finish (EK_LISTS (object), result, &error);

  set_adding (self, FALSE);
  if (added)
    gtk_editable_set_text (GTK_EDITABLE (self->address), "");
  show_address_problem (self, error);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_grab_focus (GTK_WIDGET (self->address));
}

/**
 * ek_firmware_page_add_list:
 * @location: what a person has typed
 *
 * Adds a list, or says what is wrong with it.
 */
void
ek_firmware_page_add_list (EkFirmwarePage *self, const char *location)
{
  set_adding (self, TRUE);
  ek_lists_add_async (self->library, location, self->cancellable, on_list_added,
                      g_object_ref (self));
}

static void
on_add_list (EkFirmwarePage *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->address));

  if (*text != '\0' && gtk_editable_get_editable (GTK_EDITABLE (self->address)))
    ek_firmware_page_add_list (self, text);
}

/* The first frame is complete. */
static void
ek_firmware_page_map (GtkWidget *widget)
{
  refresh (EK_FIRMWARE_PAGE (widget));

  GTK_WIDGET_CLASS (ek_firmware_page_parent_class)->map (widget);
}

static void
ek_firmware_page_dispose (GObject *object)
{
  EkFirmwarePage *self = EK_FIRMWARE_PAGE (object);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  if (self->library != NULL)
    g_signal_handlers_disconnect_by_data (self->library, self);
  g_clear_object (&self->library);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (ek_firmware_page_parent_class)->dispose (object);
}

static void
ek_firmware_page_class_init (EkFirmwarePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_firmware_page_dispose;
  widget_class->map = ek_firmware_page_map;
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, EK_TYPE_OFFER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-firmware-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkFirmwarePage, lists);
  gtk_widget_class_bind_template_child (widget_class, EkFirmwarePage, address);
  gtk_widget_class_bind_template_child (widget_class, EkFirmwarePage, address_problem);
  gtk_widget_class_bind_template_child (widget_class, EkFirmwarePage, add_button);
  gtk_widget_class_bind_template_child (widget_class, EkFirmwarePage, spinner);
  gtk_widget_class_bind_template_callback (widget_class, on_add_list);
  gtk_widget_class_bind_template_callback (widget_class, on_address_changed);
}

static void
ek_firmware_page_init (EkFirmwarePage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ek_firmware_page_set_library (EkFirmwarePage *self, EkLists *library)
{
  g_set_object (&self->library, library);
  g_signal_connect_swapped (library, "changed", G_CALLBACK (on_changed), self);
  self->stale = TRUE;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    refresh (self);
}
