/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash settings: the Wi-Fi and the server of a device, or in a file. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-device.h"
#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-wifi.h"
#include "ek-cli.h"
#include "ek-flash-job.h"
#include "ek-settings-file.h"
#include "ek-settings-job.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static EkCliWifi wifi;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  EK_CLI_WIFI_ENTRIES (wifi),
  EK_CLI_DEVICE_ENTRIES (device),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, N_ ("print no progress"), NULL },
  { NULL },
};

/**
 * Call:
 * @path: (nullable): the file to work on instead of a device
 * @settings: (nullable): for "set"
 */
typedef struct
{
  const char *action;
  const char *path;
  EkSettings *settings;
} Call;

static gboolean
is_own_setting (const char *name_space, const char *key)
{
  static const char *const keys[] = { "ssid", "pass", "server_url", NULL };

  return g_str_equal (name_space, EK_SETTINGS_NAMESPACE) && g_strv_contains (keys, key);
}

/* (element-type utf8): what else is stored, by name only: values may be secrets of other firmware. */
static GStrv
list_others (EkNvs *nvs)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) spaces = ek_nvs_list_namespaces (nvs);

  for (guint i = 0; spaces[i] != NULL; i++)
    {
      g_auto (GStrv) keys = ek_nvs_list_keys (nvs, spaces[i]);

      for (guint j = 0; keys[j] != NULL; j++)
        if (!is_own_setting (spaces[i], keys[j]) && g_utf8_validate (spaces[i], -1, NULL) &&
            g_utf8_validate (keys[j], -1, NULL))
          {
            g_autofree char *name = g_strdup_printf ("%s/%s", spaces[i], keys[j]);

            g_strv_builder_add (names, name);
          }
    }

  return g_strv_builder_end (names);
}

static void
add_text_or_null (JsonBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    ek_cli_json_text (builder, name, text);
  else
    ek_cli_json_null (builder, name);
}

static void
add_settings (JsonBuilder *builder, EkNvs *nvs)
{
  g_autoptr (EkSettings) settings = ek_settings_new_from_nvs (nvs);
  g_auto (GStrv) others = list_others (nvs);

  add_text_or_null (builder, "ssid", settings->ssid);
  ek_cli_json_flag (builder, "password_set", settings->password != NULL);
  add_text_or_null (builder, "server_url", settings->server_url);
  ek_cli_json_flag (builder, "complete", ek_settings_is_complete (settings));
  json_builder_set_member_name (builder, "other_settings");
  json_builder_begin_array (builder);
  for (guint i = 0; others[i] != NULL; i++)
    json_builder_add_string_value (builder, others[i]);
  json_builder_end_array (builder);
}

static void
print_settings (EkNvs *nvs)
{
  g_autoptr (EkSettings) settings = ek_settings_new_from_nvs (nvs);
  g_auto (GStrv) others = list_others (nvs);
  g_autofree char *joined = g_strjoinv (", ", others);

  printf ("%-11s %s\n", _ ("Wi-Fi:"), settings->ssid != NULL ? settings->ssid : _ ("not set"));
  printf ("%-11s %s\n", _ ("Password:"),
          settings->password != NULL ? _ ("set, and not shown") : _ ("not set"));
  printf ("%-11s %s\n", _ ("Server:"),
          settings->server_url != NULL ? settings->server_url : _ ("not set"));
  if (others[0] != NULL)
    printf ("%-11s %s\n", _ ("Also there:"), joined);
  if (!ek_settings_is_complete (settings))
    puts (_ ("Something is missing, so this EchoKit asks for set-up when it starts."));
}

static int
show_on_device (void)
{
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkSettingsJob) job = NULL;
  g_autoptr (GError) error = NULL;
  EkDeviceJobOptions options = { 0 };
  gboolean interrupted = FALSE;

  if (!(port = ek_cli_device_open (&device, json || quiet, &options.loader, &error)))
    return ek_cli_fail (error, json, FALSE);
  job = ek_settings_job_new (port, &options);
  if (!ek_cli_run_job (EK_JOB (job), json || quiet, &interrupted, &error))
    return ek_cli_fail (error, json, interrupted);

  if (json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      ek_cli_json_flag (builder, "success", TRUE);
      ek_cli_json_text (builder, "port", ek_port_get_path (port));
      add_settings (builder, ek_settings_job_get_nvs (job));
      ek_cli_json_device_job (builder, EK_DEVICE_JOB (job));
      json_builder_end_object (builder);
      ek_cli_print_json (builder);
    }
  else
    {
      print_settings (ek_settings_job_get_nvs (job));
    }
  return EK_EXIT_OK;
}

static void
print_change_json (EkFlashJob *job, EkPort *port, const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  EkFlashPlan *plan = ek_flash_job_get_plan (job);
  EkFlashOutcome outcome = ek_flash_job_get_outcome (job);

  json_builder_begin_object (builder);
  ek_cli_json_outcome (builder, error);
  ek_cli_json_text (builder, "port", ek_port_get_path (port));
  ek_cli_json_flag (builder, "simulated", ek_port_is_simulated (port));
  ek_cli_json_flag (builder, "changed",
                    plan != NULL && outcome != EK_FLASH_UNTOUCHED &&
                        ek_flash_plan_has_changes (plan));
  ek_cli_json_flag (builder, "verified", ek_flash_job_get_checked (job));
  ek_cli_json_text (builder, "outcome", ek_flash_outcome_name (outcome));
  ek_cli_json_flag (builder, "started", outcome == EK_FLASH_STARTED);
  ek_cli_json_seconds (builder, "elapsed_seconds", ek_flash_job_get_seconds (job));
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static void
print_change (EkFlashJob *job, EkPort *port)
{
  puts (ek_flash_plan_has_changes (ek_flash_job_get_plan (job))
            ? _ ("The settings are on the device, checked byte for byte.")
            : _ ("Nothing to do: the device has these settings already."));
  if (ek_flash_job_get_outcome (job) == EK_FLASH_STARTED)
    puts (_ ("It has started again."));
  else if (ek_flash_job_get_boot_error (job) != NULL)
    printf (_ ("Its start could not be seen over this port (%s). Look at its screen, or press "
               "RST.\n"),
            ek_flash_job_get_boot_error (job)->message);
  if (ek_port_is_simulated (port))
    puts (_ ("(This was a simulated device.)"));
}

static int
change_on_device (const Call *call)
{
  g_autoptr (EkBundle) nothing = ek_bundle_new_without_firmware ();
  EkFlashJobOptions options = { .plan = { .settings = call->settings,
                                          .clear_settings = call->settings == NULL } };
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkFlashJob) job = NULL;
  g_autoptr (GError) error = NULL;
  gboolean interrupted = FALSE;
  gboolean ok;

  if (!(port = ek_cli_device_open (&device, json || quiet, &options.loader, &error)))
    return ek_cli_fail (error, json, FALSE);
  job = ek_flash_job_new (port, nothing, &options);
  ok = ek_cli_run_job (EK_JOB (job), json || quiet, &interrupted, &error);

  if (json)
    print_change_json (job, port, error);
  else if (ok)
    print_change (job, port);
  else
    ek_cli_print_error (error);
  if (ok)
    return EK_EXIT_OK;
  return interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_FAILED;
}

static gboolean
change_file (const Call *call, EkSettingsFile *file, GError **error)
{
  EkNvs *nvs = ek_settings_file_get_nvs (file);

  if (call->settings == NULL)
    ek_settings_clear_in (nvs);
  else if (!ek_settings_apply (call->settings, nvs, error))
    return FALSE;

  return ek_settings_file_save (file, error);
}

static int
run_on_file (const Call *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkSettingsFile) file = ek_settings_file_open (call->path, NULL, &error);

  if (file == NULL || (!g_str_equal (call->action, "show") && !change_file (call, file, &error)))
    return ek_cli_fail (error, json, FALSE);

  if (json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      ek_cli_json_flag (builder, "success", TRUE);
      ek_cli_json_text (builder, "path", call->path);
      add_settings (builder, ek_settings_file_get_nvs (file));
      json_builder_end_object (builder);
      ek_cli_print_json (builder);
    }
  else
    {
      print_settings (ek_settings_file_get_nvs (file));
    }
  return EK_EXIT_OK;
}

static int
run (Call *call)
{
  if (call->path != NULL)
    return run_on_file (call);

  return g_str_equal (call->action, "show") ? show_on_device () : change_on_device (call);
}

/**
 * ek_cli_settings:
 *
 * Shows, sets or clears Wi-Fi and server.
 */
int
ek_cli_settings (EkCommandLine *line)
{
  static const char *const actions[] = { "show", "set", "clear", NULL };
  g_autoptr (GOptionContext) context = ek_cli_context_new (
      _ ("show|set|clear [FILE]"),
      _ ("Shows, sets or takes away the Wi-Fi and the server of a device, or of a file with its "
         "settings. Everything else that is stored stays. The password is never shown."),
      entries);
  g_autoptr (EkSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  Call call;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc < 2 || line->argc > 3 || !g_strv_contains (actions, line->argv[1]))
    return ek_cli_usage_error (line, _ ("show, set or clear?"));

  call = (Call){ line->argv[1], line->argc == 3 ? line->argv[2] : NULL, NULL };
  if (g_str_equal (call.action, "set") != ek_cli_wifi_is_set (&wifi))
    return ek_cli_usage_error (line, g_str_equal (call.action, "set")
                                         ? _ ("which Wi-Fi, or which server?")
                                         : _ ("a Wi-Fi or a server is for “set”"));
  if (g_str_equal (call.action, "set"))
    {
      settings = ek_cli_wifi_read (&wifi, json || quiet, &error);
      if (settings == NULL)
        return ek_cli_fail (error, json, g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED));
      call.settings = settings;
    }

  return run (&call);
}
