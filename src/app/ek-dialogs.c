/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kept in one place because GTK 4.10 and libadwaita 1.5 replace all three. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-dialogs.h"

#include <glib/gi18n.h>

#include "ek-spoken-names.h"

typedef struct
{
  GCallback func;
  gpointer user_data;
  GDestroyNotify destroy;
} Continuation;

static Continuation *
continuation_new (GCallback func, gpointer user_data, GDestroyNotify destroy)
{
  Continuation *self = g_new0 (Continuation, 1);

  *self = (Continuation){ func, user_data, destroy };
  return self;
}

static void
continuation_free (gpointer data, GClosure *closure)
{
  Continuation *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Continuation *next)
{
  EkAnswerFunc func = (EkAnswerFunc) next->func;

  func (g_str_equal (response, "yes"), next->user_data);
}

static void
on_typed (GtkEditable *entry, AdwMessageDialog *dialog)
{
  const char *wanted = g_object_get_data (G_OBJECT (entry), "wanted");
  g_autofree char *text = g_utf8_casefold (gtk_editable_get_text (entry), -1);
  g_autofree char *folded = g_utf8_casefold (wanted, -1);

  adw_message_dialog_set_response_enabled (dialog, "yes", g_str_equal (text, folded));
}

static void
ask_to_type (AdwMessageDialog *dialog, const char *wanted)
{
  GtkWidget *entry = gtk_entry_new ();
  /* Translators: %s is the word to type */
  g_autofree char *label = g_strdup_printf (_ ("Type “%s” to confirm"), wanted);

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data_full (G_OBJECT (entry), "wanted", g_strdup (wanted), g_free);
  g_signal_connect (entry, "changed", G_CALLBACK (on_typed), dialog);
  adw_message_dialog_set_extra_child (dialog, entry);
  adw_message_dialog_set_response_enabled (dialog, "yes", FALSE);
}

/**
 * ek_dialog_ask:
 * @func: is told the answer, once
 * @destroy: (nullable): for @user_data
 */
void
ek_dialog_ask (GtkWindow *parent,
               const EkQuestion *question,
               EkAnswerFunc func,
               gpointer user_data,
               GDestroyNotify destroy)
{
  GtkWidget *widget = adw_message_dialog_new (parent, question->title, question->body);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  adw_message_dialog_add_responses (dialog, "no", question->no, "yes", question->yes, NULL);
  adw_message_dialog_set_response_appearance (dialog, "yes",
                                              question->destructive ? ADW_RESPONSE_DESTRUCTIVE
                                                                    : ADW_RESPONSE_SUGGESTED);
  if (question->typed != NULL)
    ask_to_type (dialog, question->typed);
  adw_message_dialog_set_default_response (dialog, "no");
  adw_message_dialog_set_close_response (dialog, "no");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response),
                         continuation_new (G_CALLBACK (func), user_data, destroy),
                         continuation_free, 0);
  ek_spoken_names_follow (widget);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, Continuation *next)
{
  EkFileFunc func = (EkFileFunc) next->func;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    func (file, next->user_data);
  g_object_unref (dialog);
}

/* Among the documents; else wherever the app was started would be proposed. */
static void
propose_place (GtkFileChooser *chooser, const char *name)
{
  const char *documents = g_get_user_special_dir (G_USER_DIRECTORY_DOCUMENTS);
  g_autoptr (GFile) folder =
      g_file_new_for_path (documents != NULL ? documents : g_get_home_dir ());

  gtk_file_chooser_set_current_folder (chooser, folder, NULL);
  gtk_file_chooser_set_current_name (chooser, name);
}

static void
choose_file (GtkWindow *parent,
             const char *title,
             const char *name,
             EkFileFunc func,
             gpointer user_data,
             GDestroyNotify destroy)
{
  GtkFileChooserAction action =
      name != NULL ? GTK_FILE_CHOOSER_ACTION_SAVE : GTK_FILE_CHOOSER_ACTION_OPEN;
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (title, parent, action, name != NULL ? _ ("_Save") : _ ("_Open"),
                                   _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  if (name != NULL)
    propose_place (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_file_chosen),
                         continuation_new (G_CALLBACK (func), user_data, destroy),
                         continuation_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/**
 * ek_dialog_open_file:
 * @func: is told the file, if one was chosen
 */
void
ek_dialog_open_file (GtkWindow *parent,
                     const char *title,
                     EkFileFunc func,
                     gpointer user_data,
                     GDestroyNotify destroy)
{
  choose_file (parent, title, NULL, func, user_data, destroy);
}

/**
 * ek_dialog_save_file:
 * @name: proposed
 * @func: is told the file, if one was chosen
 */
void
ek_dialog_save_file (GtkWindow *parent,
                     const char *title,
                     const char *name,
                     EkFileFunc func,
                     gpointer user_data,
                     GDestroyNotify destroy)
{
  choose_file (parent, title, name, func, user_data, destroy);
}

typedef struct
{
  GtkWindow *parent;
  GBytes *text;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *self = data;

  g_clear_object (&self->parent);
  g_bytes_unref (self->text);
  g_free (self);
}

static void
on_saved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWindow) parent = user_data;
  g_autoptr (GError) error = NULL;
  GtkWidget *dialog;

  if (g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    return;

  dialog = adw_message_dialog_new (parent, _ ("The file could not be saved"), error->message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "no", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_text_file_chosen (GFile *file, gpointer user_data)
{
  Saving *saving = user_data;

  g_file_replace_contents_bytes_async (file, saving->text, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                       on_saved, g_object_ref (saving->parent));
}

/**
 * ek_dialog_save_text:
 * @name: proposed
 *
 * Lets a person choose a file, and writes @text to it.
 */
void
ek_dialog_save_text (GtkWindow *parent, const char *title, const char *name, const char *text)
{
  Saving *saving = g_new0 (Saving, 1);

  saving->parent = g_object_ref (parent);
  saving->text = g_bytes_new (text, strlen (text));
  choose_file (parent, title, name, on_text_file_chosen, saving, saving_free);
}

/**
 * ek_dialog_about:
 */
void
ek_dialog_about (GtkWindow *parent)
{
  GtkWidget *widget = adw_about_window_new ();
  AdwAboutWindow *about = ADW_ABOUT_WINDOW (widget);

  gtk_window_set_transient_for (GTK_WINDOW (widget), parent);
  adw_about_window_set_application_name (about, _ ("EchoKit Flasher"));
  adw_about_window_set_application_icon (about, "dev.echokit.Flasher");
  adw_about_window_set_version (about, EK_VERSION);
  adw_about_window_set_developer_name (about, _ ("The EchoKit Flasher contributors"));
  adw_about_window_set_comments (about, _ ("Installs and updates the firmware of EchoKit voice "
                                           "assistants."));
  adw_about_window_set_license_type (about, GTK_LICENSE_GPL_3_0);
  /* Translators: put your names here, one a line */
  adw_about_window_set_translator_credits (about, _ ("translator-credits"));
  if (EK_HAVE_STUB)
    adw_about_window_add_legal_section (
        about, _ ("Espressif's stub flasher"), "© Espressif Systems (Shanghai) CO LTD",
        GTK_LICENSE_CUSTOM,
        _ ("A small program of Espressif runs on the device while it is being updated. It comes "
           "under the Apache License 2.0 or the MIT License, whichever you choose."));
  gtk_window_present (GTK_WINDOW (widget));
}
