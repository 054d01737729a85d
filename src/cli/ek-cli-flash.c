/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash flash: firmware onto a device. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-device.h"
#include "ek-cli-files.h"
#include "ek-cli-firmware.h"
#include "ek-cli-library.h"
#include "ek-cli-monitor.h"
#include "ek-cli-output.h"
#include "ek-cli-report.h"
#include "ek-cli-trust.h"
#include "ek-cli-wifi.h"
#include "ek-cli.h"
#include "ek-flash-job.h"
#include "ek-known-build.h"
#include "ek-probe-job.h"

static EkCliDevice device;
static EkCliWifi wifi;
static EkCliFirmware firmware;
static EkCliTrust trust;
static EkCliLibrary library_options;
static EkFlashJobOptions job_options;
static char *board;
static char *address;
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
  EK_CLI_DEVICE_ENTRIES (device),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, N_ ("print no progress"), NULL },
  { NULL },
};

/* A file for several chips: the device says which it is. */
static gboolean
ask_device (EkPort **port, const EkImageChip **chip, GError **error)
{
  g_autoptr (EkProbeJob) job = NULL;
  gboolean interrupted;
  const EkChip *found;

  if (!(*port = ek_cli_device_open (&device, &job_options.loader, error)))
    return FALSE;

  job = ek_probe_job_new (*port, &job_options.loader);
  if (!ek_cli_run_job (EK_JOB (job), TRUE, &interrupted, error))
    return FALSE;

  found = ek_probe_job_get_chip_info (job)->chip;
  *chip = ek_image_chip_find_by_image_id (found->image_chip_id);
  return TRUE;
}

static EkBundle *
read_bundle (const EkCliFiles *files, EkPort **port, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  EkBundleOptions options;
  EkBundle *bundle;

  if (files->n > 1 || files->offsets[0] != EK_SEGMENT_OFFSET_AUTO)
    return ek_bundle_new_from_files (files->offsets, files->paths, files->n, NULL, error);

  if (!ek_cli_firmware_read (&firmware, device.chip, &options, error))
    return NULL;

  bundle = ek_bundle_new_from_file_with (files->paths[0], &options, NULL, &local_error);
  if (g_error_matches (local_error, EK_ERROR, EK_ERROR_SEVERAL_CHIPS))
    return ask_device (port, &options.image.chip, error)
               ? ek_bundle_new_from_file_with (files->paths[0], &options, NULL, error)
               : NULL;

  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return bundle;
}

static gboolean
apply_board (EkBundle *bundle, GError **error)
{
  const char *canonical;

  if (board == NULL)
    return TRUE;

  canonical = ek_board_from_alias (board);
  if (canonical == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "there is no board “%s”: diy or box",
                   board);
      return FALSE;
    }
  if (ek_bundle_get_board (bundle) != NULL &&
      !g_str_equal (ek_bundle_get_board (bundle), canonical))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD,
                   "the firmware is for %s, not for %s",
                   ek_board_title (ek_bundle_get_board (bundle)), ek_board_title (canonical));
      return FALSE;
    }

  ek_bundle_set_board (bundle, canonical);
  return TRUE;
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

/* @from_list: (nullable) (transfer full): what a list had, instead of reading @files */
static int
run (const EkCliFiles *files, EkBundle *from_list)
{
  g_autoptr (EkBundle) bundle = from_list;
  g_autoptr (EkSettings) settings = NULL;
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkFlashJob) job = NULL;
  g_autoptr (GError) error = NULL;
  gboolean interrupted, ok;

  if (!ek_cli_trust_apply (&trust, &error) ||
      (bundle == NULL && !(bundle = read_bundle (files, &port, &error))) ||
      !ek_cli_trust_check (&trust, bundle, &error) || !apply_board (bundle, &error) ||
      !read_wifi (&settings, &error) ||
      (port == NULL && !(port = ek_cli_device_open (&device, &job_options.loader, &error))))
    return ek_cli_fail (error, json, FALSE);

  job = ek_flash_job_new (port, bundle, &job_options);
  if (show_log || go_on)
    ek_flash_job_set_line_func (job, on_log_line, NULL);
  ok = ek_cli_run_job (EK_JOB (job), json || quiet, &interrupted, &error);

  if (json)
    ek_cli_report_json (job, bundle, port, files, &job_options, error);
  else if (ok)
    ek_cli_report_result (job, bundle, port, job_options.dry_run);
  else
    {
      ek_cli_print_error (error);
      ek_cli_report_state (job);
    }

  if (ok && go_on && !json && !job_options.dry_run && !job_options.no_restart)
    return ek_cli_stream (&(EkCliStream){ 0 }, port);
  if (ok)
    return EK_EXIT_OK;
  return interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_FAILED;
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
  files = (EkCliFiles){ 1, &offset, &url };
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

  files = (EkCliFiles){ paths->len, (const guint32 *) (void *) offsets->data,
                        (const char *const *) paths->pdata };
  return run (&files, NULL);
}
