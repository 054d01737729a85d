/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three fields, each with its words below; what is wrong is said there before anything is written. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-wifi-row.h"

#include <glib/gi18n.h>

#include "ek-wifi-words.h"

/**
 * Field:
 * @entry: what is typed
 * @words: what is wrong with it; hidden while nothing is
 * @finished: somebody was in it and has left it
 */
typedef struct
{
  GtkWidget *entry;
  GtkLabel *words;
  gboolean finished;
} Field;

struct _EkWifiRow
{
  AdwExpanderRow parent_instance;

  Field fields[EK_N_WIFI_FIELDS];
  gboolean alone;
};

G_DEFINE_FINAL_TYPE (EkWifiRow, ek_wifi_row, ADW_TYPE_EXPANDER_ROW)

static const char *
get_text (EkWifiRow *self, EkWifiField field)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->fields[field].entry));

  return *text != '\0' ? text : NULL;
}

static EkSettings *
collect (EkWifiRow *self)
{
  EkSettings *settings = ek_settings_new ();
  g_autofree char *server = g_strdup (get_text (self, EK_WIFI_SERVER));

  settings->ssid = g_strdup (get_text (self, EK_WIFI_NAME));
  ek_settings_set_password (settings, get_text (self, EK_WIFI_PASSWORD));
  /* blanks come along when an address is pasted */
  if (server != NULL && *g_strstrip (server) != '\0')
    settings->server_url = g_steal_pointer (&server);
  return settings;
}

static void
set_class (GtkWidget *widget, const char *name, gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

/* Returns: whether it can be used */
static gboolean
show_field (EkWifiRow *self, const EkSettings *settings, EkWifiField index)
{
  Field *field = &self->fields[index];
  const char *problem = ek_wifi_problem (settings, index, field->finished);
  g_autofree char *warning = ek_wifi_warning (settings, index, self->alone);
  const char *words = problem != NULL ? problem : warning;

  gtk_label_set_label (field->words, words != NULL ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (field->words), words != NULL);
  set_class (field->entry, "error", problem != NULL);
  set_class (GTK_WIDGET (field->words), "error", problem != NULL);
  set_class (GTK_WIDGET (field->words), "warning", problem == NULL);
  gtk_accessible_update_state (GTK_ACCESSIBLE (field->entry), GTK_ACCESSIBLE_STATE_INVALID,
                               problem != NULL ? GTK_ACCESSIBLE_INVALID_TRUE
                                               : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  return problem == NULL;
}

/* Returns: the first field that can't be used, or EK_N_WIFI_FIELDS */
static EkWifiField
show_words (EkWifiRow *self)
{
  g_autoptr (EkSettings) settings = collect (self);
  EkWifiField bad = EK_N_WIFI_FIELDS;

  for (EkWifiField field = 0; field < EK_N_WIFI_FIELDS; field++)
    if (!show_field (self, settings, field) && bad == EK_N_WIFI_FIELDS)
      bad = field;
  return bad;
}

static void
on_changed (EkWifiRow *self)
{
  show_words (self);
}

static void
on_left (GtkEventController *controller, EkWifiRow *self)
{
  GtkWidget *entry = gtk_event_controller_get_widget (controller);

  for (EkWifiField field = 0; field < EK_N_WIFI_FIELDS; field++)
    if (self->fields[field].entry == entry && get_text (self, field) != NULL)
      self->fields[field].finished = TRUE;
  show_words (self);
}

static void
ek_wifi_row_class_init (EkWifiRowClass *klass)
{
  static const char *const prefixes[EK_N_WIFI_FIELDS] = {
    [EK_WIFI_NAME] = "name",
    [EK_WIFI_PASSWORD] = "password",
    [EK_WIFI_SERVER] = "server",
  };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-wifi-row.ui");
  for (guint i = 0; i < EK_N_WIFI_FIELDS; i++)
    {
      gssize offset = (gssize) (G_STRUCT_OFFSET (EkWifiRow, fields) + i * sizeof (Field));
      g_autofree char *entry = g_strconcat (prefixes[i], "_entry", NULL);
      g_autofree char *words = g_strconcat (prefixes[i], "_words", NULL);

      gtk_widget_class_bind_template_child_full (widget_class, entry, FALSE,
                                                 offset + G_STRUCT_OFFSET (Field, entry));
      gtk_widget_class_bind_template_child_full (widget_class, words, FALSE,
                                                 offset + G_STRUCT_OFFSET (Field, words));
    }
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
}

/* libadwaita 1.2 leaves the parts of such a row without a name. */
static void
name_parts (GtkWidget *widget, const char *name)
{
  if (GTK_IS_SWITCH (widget) || GTK_IS_LIST_BOX (widget) || EK_IS_WIFI_ROW (widget))
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    -1);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_parts (child, name);
}

/* What is folded away can't be read either. */
static void
hide_folded (EkWifiRow *self)
{
  gboolean expanded = adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self));
  GtkWidget *revealer = gtk_widget_get_ancestor (self->fields[0].entry, GTK_TYPE_REVEALER);

  gtk_accessible_update_state (GTK_ACCESSIBLE (revealer), GTK_ACCESSIBLE_STATE_HIDDEN, !expanded,
                               -1);
}

static void
ek_wifi_row_init (EkWifiRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  name_parts (GTK_WIDGET (self), _ ("Set Wi-Fi now"));
  for (EkWifiField field = 0; field < EK_N_WIFI_FIELDS; field++)
    {
      GtkWidget *entry = self->fields[field].entry;
      GtkEventController *controller = gtk_event_controller_focus_new ();

      g_signal_connect (controller, "leave", G_CALLBACK (on_left), self);
      gtk_widget_add_controller (entry, controller);
      gtk_accessible_update_relation (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                      self->fields[field].words, NULL, -1);
    }
  show_words (self);
  g_signal_connect (self, "notify::expanded", G_CALLBACK (hide_folded), NULL);
  hide_folded (self);
}

/**
 * ek_wifi_row_set_alone:
 * @alone: the device has no settings yet, or forgets them
 */
void
ek_wifi_row_set_alone (EkWifiRow *self, gboolean alone)
{
  if (self->alone == alone)
    return;

  self->alone = alone;
  show_words (self);
}

/**
 * ek_wifi_row_check:
 *
 * Says what is wrong beside the field, and goes there.
 *
 * Returns: whether ek_wifi_row_dup_settings() may be used as it is
 */
gboolean
ek_wifi_row_check (EkWifiRow *self)
{
  EkWifiField bad;

  if (!adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self)))
    return TRUE;

  for (EkWifiField field = 0; field < EK_N_WIFI_FIELDS; field++)
    self->fields[field].finished = TRUE;
  bad = show_words (self);
  if (bad == EK_N_WIFI_FIELDS)
    return TRUE;

  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
  gtk_widget_grab_focus (self->fields[bad].entry);
  return FALSE;
}

/**
 * ek_wifi_row_dup_settings:
 *
 * Returns: (transfer full) (nullable): what was typed; %NULL if it is switched off
 */
EkSettings *
ek_wifi_row_dup_settings (EkWifiRow *self)
{
  return adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self)) ? collect (self) : NULL;
}

/**
 * ek_wifi_row_forget:
 *
 * Forgets the password, and is switched off. Name and server stay, for the next device of the same home.
 */
void
ek_wifi_row_forget (EkWifiRow *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->fields[EK_WIFI_PASSWORD].entry), "");
  for (EkWifiField field = 0; field < EK_N_WIFI_FIELDS; field++)
    self->fields[field].finished = FALSE;
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), FALSE);
  show_words (self);
}
