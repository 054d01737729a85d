/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash flash: firmware onto a device. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-device.h"
#include "ek-cli-files.h"
#include "ek-cli-firmware.h"
#include "ek-cli-flash-operation.h"
#include "ek-cli-library.h"
#include "ek-cli-monitor.h"
#include "ek-cli-output.h"
#include "ek-cli-several.h"
#include "ek-cli-symbols.h"
#include "ek-cli-trust.h"
#include "ek-cli-wifi.h"
#include "ek-cli.h"
#include "ek-probe-job.h"

static EkCliDevice device = EK_CLI_DEVICE_INIT;
static EkCliWifi wifi;
static EkCliFirmware firmware;
static EkCliTrust trust;
static EkCliLibrary library_options;
static EkFlashJobOptions job_options;
static char *board;
static char *address;
static gboolean all;
static gboolean exact;
static gboolean json;
static gboolean quiet;
static gboolean show_log;
static gboolean go_on;

static const GOptionEntry entries[] = {
  { "board", 0, 0, G_OPTION_ARG_STRING, &board,
    N_ ("what the firmware is for: diy or box; without a FILE the newest in the list is installed"),
    N_ ("BOARD") },
  { "address", 'a', 0, G_OPTION_ARG_STRING, &address,
    N_ ("where a single file goes (default: it says so itself)"), N_ ("ADDRESS") },
  { "fresh", 0, 0, G_OPTION_ARG_NONE, &job_options.plan.fresh,
    N_ ("start fresh: forget Wi-Fi and settings"), NULL },
  EK_CLI_WIFI_ENTRIES (wifi),
  { "erase-all", 0, 0, G_OPTION_ARG_NONE, &job_options.plan.erase_all,
    N_ ("erase everything first, settings too"), NULL },
  { "no-skip", 0, 0, G_OPTION_ARG_NONE, &job_options.plan.no_skip,
    N_ ("write also what is there already"), NULL },
  { "any-board", 0, 0, G_OPTION_ARG_NONE, &job_options.plan.force_board,
    N_ ("install even if the device runs another EchoKit's firmware"), NULL },
  { "any-place", 0, 0, G_OPTION_ARG_NONE, &job_options.plan.force_place,
    N_ ("put an app also where the device's table has none"), NULL },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &job_options.dry_run,
    N_ ("say what would be done, and do nothing"), NULL },
  { "no-compress", 0, 0, G_OPTION_ARG_NONE, &job_options.no_compress,
    N_ ("send the bytes as they are"), NULL },
  { "no-verify", 0, 0, G_OPTION_ARG_NONE, &job_options.no_verify,
    N_ ("don't have the chip check what it got"), NULL },
  { "no-restart", 0, 0, G_OPTION_ARG_NONE, &job_options.no_restart,
    N_ ("leave the device in download mode"), NULL },
  { "no-start-check", 0, 0, G_OPTION_ARG_NONE, &job_options.no_boot_check,
    N_ ("don't listen to the device's start"), NULL },
  { "log", 'l', 0, G_OPTION_ARG_NONE, &show_log, N_ ("print what the device says as it starts"),
    NULL },
  { "monitor", 'M', 0, G_OPTION_ARG_NONE, &go_on,
    N_ ("go on and show what the device says, until Ctrl-] or Ctrl-C"), NULL },
  EK_CLI_FIRMWARE_ENTRIES (firmware),
  EK_CLI_TRUST_ENTRIES (trust),
  EK_CLI_LIBRARY_ENTRIES (library_options),
  { "exact", 0, 0, G_OPTION_ARG_NONE, &exact, N_ ("every byte of the file, over the settings too"),
    NULL },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("every device that is plugged in, at once"), NULL },
  EK_CLI_DEVICE_ENTRIES (device),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, N_ ("print no progress"), NULL },
  { NULL },
};

/* A file for several chips: the device says which it is; of several devices, the first. */
static gboolean
ask_device (const EkImageChip **chip, GError **error)
{
  g_autoptr (GPtrArray) uris = NULL;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkProbeJob) job = NULL;
  EkLoaderOptions options;
  gboolean interrupted;
  const EkChip *found;

  if (!(uris = ek_cli_device_list (&device, all, error)) ||
      !(port = ek_cli_device_open_uri (&device, uris->pdata[0], json || quiet, &options, error)))
    return FALSE;

  job = ek_probe_job_new (port, &options);
  if (!ek_cli_run_job (EK_JOB (job), TRUE, &interrupted, error))
    return FALSE;

  found = ek_probe_job_get_chip_info (job)->chip;
  *chip = ek_image_chip_find_by_image_id (found->image_chip_id);
  return TRUE;
}

static EkBundle *
read_bundle (const EkCliFiles *files, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  EkBundleOptions options;
  EkBundle *bundle;

  if (!ek_cli_firmware_read (&firmware, device.chip, &options, error))
    return NULL;

  bundle = ek_cli_open_bundle (files, &options, board, &local_error);
  if (g_error_matches (local_error, EK_ERROR, EK_ERROR_SEVERAL_CHIPS))
    return ask_device (&options.image.chip, error)
               ? ek_cli_open_bundle (files, &options, board, error)
               : NULL;

  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return bundle;
}

static void
on_log_line (const char *line, gpointer user_data)
{
  FILE *file = json ? stderr : stdout;

  fprintf (file, "  %s\n", line);
}

static gboolean
read_wifi (EkSettings **settings, GError **error)
{
  if (!ek_cli_wifi_is_set (&wifi))
    return TRUE;

  *settings = ek_cli_wifi_read (&wifi, json || quiet, error);
  job_options.plan.settings = *settings;
  return *settings != NULL;
}

/* For an app that comes alone, in case the device has no sound boot loader: that of an official image
 * in the cache. There being none is no error yet. */
static GBytes *
find_spare_bootloader (EkBundle *bundle)
{
  EkCliLibrary cached = { .lists = library_options.lists, .offline = TRUE, .quiet = TRUE };
  g_autoptr (EkLibrary) lists = NULL;
  guint16 chip_id;

  if (ek_bundle_get_app (bundle) == NULL || ek_bundle_get_bootloader (bundle) != NULL ||
      !ek_bundle_get_chip_id (bundle, &chip_id) || !(lists = ek_cli_library_open (&cached, NULL)))
    return NULL;

  return ek_library_find_bootloader (lists, chip_id);
}

static EkCliOperation *
new_operation (const char *uri,
               EkBundle *bundle,
               const EkCliFiles *files,
               EkPort **port,
               GError **error)
{
  EkCliFlashOptions options = { .job = job_options, .board = board, .exact = exact };

  if (!(*port = ek_cli_device_open_uri (&device, uri, json || quiet, &options.job.loader, error)))
    return NULL;

  if (show_log || go_on)
    options.on_line = on_log_line;
  return ek_cli_flash_operation_new (*port, bundle, files, &options, error);
}

/* A device that can't be opened fails alone. */
static int
run_several (GPtrArray *uris, EkBundle *bundle, const EkCliFiles *files)
{
  g_autoptr (EkCliSeveral) several = ek_cli_several_new ();

  for (guint i = 0; i < uris->len; i++)
    {
      g_autoptr (EkPort) port = NULL;
      g_autoptr (GError) error = NULL;
      EkCliOperation *operation = new_operation (uris->pdata[i], bundle, files, &port, &error);

      ek_cli_several_add (several, uris->pdata[i], operation, error);
    }

  return ek_cli_several_run (several, json, quiet || show_log);
}

static int
listen_on (const EkCliFiles *files, EkBundle *bundle, EkPort *port)
{
  g_auto (EkCliSymbols) symbols = { 0 };

  ek_cli_symbols_init (&symbols);
  /* What was installed explains its own crashes, where it is a program with names in it. */
  for (guint i = 0; i < files->n; i++)
    ek_crash_symbols_add (symbols.symbols, files->paths[i], NULL);

  return ek_cli_stream (&(EkCliStream){ .baud = ek_bundle_get_console_baud (bundle),
                                        .symbols = symbols.symbols },
                        port);
}

/* @from_list: (nullable) (transfer full): what a list had, instead of reading @files */
static int
run (const EkCliFiles *files, EkBundle *from_list)
{
  g_autoptr (EkBundle) bundle = from_list;
  g_autoptr (EkSettings) settings = NULL;
  g_autoptr (GBytes) spare = NULL;
  g_autoptr (GPtrArray) uris = NULL;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkCliOperation) operation = NULL;
  g_autoptr (GError) error = NULL;
  int code;

  if (!ek_cli_trust_apply (&trust, &error) ||
      (bundle == NULL && !(bundle = read_bundle (files, &error))) ||
      !ek_cli_trust_check (&trust, bundle, &error) || !ek_cli_set_board (bundle, board, &error) ||
      !read_wifi (&settings, &error) || !(uris = ek_cli_device_list (&device, all, &error)))
    return ek_cli_fail (error, json, FALSE);
  spare = find_spare_bootloader (bundle);
  job_options.plan.spare_bootloader = spare;
  if (all || uris->len > 1)
    return run_several (uris, bundle, files);

  if (!(operation = new_operation (uris->pdata[0], bundle, files, &port, &error)))
    return ek_cli_fail (error, json, FALSE);
  code = ek_cli_operation_run (operation, json, quiet);
  if (code == EK_EXIT_OK && go_on && !json && !job_options.dry_run && !job_options.no_restart)
    return listen_on (files, bundle, port);
  return code;
}

/* No file was named: what the list has for the board, from the web or from the cache. */
static int
run_from_list (void)
{
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (EkEntryDownload) download = NULL;
  g_autoptr (GError) error = NULL;
  guint32 offset = EK_SEGMENT_OFFSET_AUTO;
  const char *url;
  EkCatalogEntry *entry;
  EkCliFiles files;

  library_options.quiet = json || quiet;
  if (!(library = ek_cli_library_open (&library_options, &error)) ||
      !(entry = ek_cli_library_choose (library, NULL, board, NULL, &error)) ||
      !(download = ek_cli_library_fetch (&library_options, library, entry, &error)))
    return ek_cli_fail (error, json, library_options.interrupted);

  if (!json && !quiet)
    ek_cli_tell_origin (ek_entry_download_get_problem (download),
                        ek_entry_download_get_age (download),
                        ek_entry_download_get_plain (download));
  url = ek_entry_download_get_url (download, 0);
  files = (EkCliFiles){ .n = 1, .offsets = &offset, .paths = &url };
  return run (&files, g_object_ref (ek_entry_download_get_bundle (download)));
}

/**
 * ek_cli_flash:
 *
 * Installs firmware.
 */
int
ek_cli_flash (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("[FILE | ADDRESS FILE [ADDRESS FILE…]]"),
                          _ ("Installs firmware, keeps Wi-Fi and settings, has the chip check what "
                             "it got, and sees the "
                             "device start."),
                          entries);
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  EkCliFiles files;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (all && device.devices != NULL)
    return ek_cli_usage_error (line, _ ("all devices, or those that are named"));
  if (go_on && (all || (device.devices != NULL && device.devices[1] != NULL &&
                        !g_str_equal (device.devices[0], device.devices[1]))))
    return ek_cli_usage_error (line, _ ("a monitor shows one device"));
  if (exact && (line->argc < 2 || job_options.plan.fresh || job_options.plan.erase_all ||
                ek_cli_wifi_is_set (&wifi)))
    return ek_cli_usage_error (line, _ ("exactly the file, or something else as well"));
  if (ek_cli_library_check (&library_options) != NULL)
    return ek_cli_usage_error (line, ek_cli_library_check (&library_options));
  if (line->argc < 2 && (board == NULL || address != NULL))
    return ek_cli_usage_error (line, _ ("which file? Or name a board with --board."));
  if (line->argc < 2)
    return run_from_list ();
  if ((line->argc > 2 || address != NULL) && ek_cli_firmware_is_set (&firmware))
    return ek_cli_usage_error (line, _ ("files with addresses are written as they are: there is "
                                        "nothing to say about them"));
  if (!ek_cli_parse_files (line->argv + 1, (guint) line->argc - 1, address, offsets, paths, &error))
    return ek_cli_usage_error (line, error->message);

  files = (EkCliFiles){ paths->len, paths->len > 1, (const guint32 *) (void *) offsets->data,
                        (const char *const *) paths->pdata };
  return run (&files, NULL);
}
