/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actions of the whole app, accelerators, and what was written behind its name. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-application.h"

#include <glib/gi18n.h>

#include "ek-dialogs.h"
#include "ek-elf-download.h"
#include "ek-window.h"

#define APP_ID "dev.echokit.Flasher"

struct _EkApplication
{
  AdwApplication parent_instance;

  EkDeviceMonitor *monitor;
  EkTargetList *targets;
  EkLists *library;
};

G_DEFINE_FINAL_TYPE (EkApplication, ek_application, ADW_TYPE_APPLICATION)

static const GOptionEntry entries[] = {
  { "simulate", 's', 0, G_OPTION_ARG_STRING_ARRAY, NULL,
    N_ ("plug in a simulated EchoKit, such as sim:esp32s3?pace=1; may be repeated"), N_ ("sim:…") },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("print the version"), NULL },
  { NULL },
};

static EkWindow *
get_window (EkApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (!EK_IS_WINDOW (window))
    return ek_window_new (GTK_APPLICATION (self), self->targets, self->library);
  return EK_WINDOW (window);
}

static void
ek_application_activate (GApplication *application)
{
  g_application_withdraw_notification (application, "operation");
  gtk_window_present (GTK_WINDOW (get_window (EK_APPLICATION (application))));
}

static void
ek_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  EkWindow *window = get_window (EK_APPLICATION (application));

  gtk_window_present (GTK_WINDOW (window));
  ek_window_open_file (window, files[0]);
}

static void
on_activate_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_application_activate (user_data);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ek_dialog_about (gtk_application_get_active_window (user_data));
}

/* Closing asks where there is something to ask. */
static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (user_data);

  if (window != NULL)
    gtk_window_close (window);
}

/**
 * ek_application_add_accelerators:
 *
 * Gives @application its keys. ui/help-overlay.ui lists them.
 */
void
ek_application_add_accelerators (GtkApplication *application)
{
  static const struct
  {
    const char *action;
    const char *accelerators[3];
  } rows[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.back", { "<Alt>Left", "Escape" } },
    { "win.install", { "<Control>Return" } },
    { "win.look", { "<Control>r", "F5" } },
    { "win.open-file", { "<Control>o" } },
    { "win.show-help-overlay", { "<Control>question", "F1" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_application_set_accels_for_action (application, rows[i].action, rows[i].accelerators);
}

static void
ek_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { .name = "activate", .activate = on_activate_action },
    { .name = "about", .activate = on_about },
    { .name = "quit", .activate = on_quit },
  };
  EkApplication *self = EK_APPLICATION (application);
  g_autoptr (EkStore) store = NULL;
  g_autoptr (GSettings) settings = NULL;

  G_APPLICATION_CLASS (ek_application_parent_class)->startup (application);

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  ek_application_add_accelerators (GTK_APPLICATION (self));
  self->monitor = ek_device_monitor_new ();
  self->targets = ek_target_list_new (self->monitor);
  store = ek_store_new (NULL);
  settings = g_settings_new (APP_ID);
  self->library = ek_lists_new (store, settings);
  ek_library_set_releases_url (ek_lists_get_library (self->library), EK_RELEASES_URL);
  ek_device_monitor_start (self->monitor);
  ek_lists_refresh (self->library);
}

static void
ek_application_shutdown (GApplication *application)
{
  EkApplication *self = EK_APPLICATION (application);

  if (self->monitor != NULL)
    ek_device_monitor_stop (self->monitor);
  g_clear_object (&self->library);
  g_clear_object (&self->targets);
  g_clear_object (&self->monitor);

  G_APPLICATION_CLASS (ek_application_parent_class)->shutdown (application);
}

static int
ek_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (!g_variant_dict_contains (options, "version"))
    return -1;

  g_print ("EchoKit Flasher %s\n", EK_VERSION);
  return 0;
}

static void
add_simulated (EkApplication *self, GVariantDict *options)
{
  g_autofree const char **uris = NULL;

  if (!g_variant_dict_lookup (options, "simulate", "^a&s", &uris))
    return;
  for (guint i = 0; uris[i] != NULL; i++)
    {
      g_autofree char *uri = g_str_has_prefix (uris[i], "sim:")
                                 ? g_strdup (uris[i])
                                 : g_strconcat ("sim:", uris[i], NULL);

      ek_target_list_add_simulated (self->targets, uri);
    }
}

static int
ek_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (line);
  g_auto (GStrv) words = g_application_command_line_get_arguments (line, NULL);

  add_simulated (EK_APPLICATION (application), options);
  if (words[0] != NULL && words[1] != NULL)
    {
      g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (line, words[1]);

      g_application_open (application, &file, 1, "");
    }
  else
    {
      g_application_activate (application);
    }
  return 0;
}

static void
ek_application_class_init (EkApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = ek_application_activate;
  application_class->open = ek_application_open;
  application_class->startup = ek_application_startup;
  application_class->shutdown = ek_application_shutdown;
  application_class->handle_local_options = ek_application_handle_local_options;
  application_class->command_line = ek_application_command_line;
}

static void
ek_application_init (EkApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FILE]"));
}

/**
 * ek_application_new:
 *
 * Returns: (transfer full): the application; a second one hands its command line to the first
 */
EkApplication *
ek_application_new (void)
{
  return g_object_new (EK_TYPE_APPLICATION, "application-id", APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE,
                       "resource-base-path", "/dev/echokit/Flasher", NULL);
}
