/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash firmware: what there is to install, and fetching it. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-library.h"
#include "ek-cli-output.h"
#include "ek-cli-web.h"
#include "ek-cli.h"
#include "ek-elf-download.h"

static EkCliLibrary options;
static char *board;
static char *output_dir;
static gboolean json;

static const GOptionEntry entries[] = {
  { "board", 0, 0, G_OPTION_ARG_STRING, &board, N_ ("the firmware for this EchoKit: diy or box"),
    N_ ("BOARD") },
  { "output-dir", 'o', 0, G_OPTION_ARG_FILENAME, &output_dir,
    N_ ("where the files go (default: here)"), N_ ("DIR") },
  { "releases", 0, 0, G_OPTION_ARG_STRING, &options.releases_url,
    N_ ("where EchoKit's releases are told, as GitHub does"), N_ ("URL") },
  EK_CLI_LIBRARY_ENTRIES (options),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet, N_ ("print no progress"), NULL },
  { NULL },
};

/* ---- list ---- */

static void
print_json (EkLibrary *library)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_json_builds (builder, library, NULL);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static void
print_state (EkLibraryList *list)
{
  const GError *problem = ek_library_list_get_problem (list);
  g_autofree char *age = ek_cli_format_age (ek_library_list_get_age (list));

  switch (ek_library_list_get_state (list))
    {
    case EK_LIBRARY_BUILT_IN:
      puts (_ ("  (built in; the list itself was not fetched yet)"));
      break;
    case EK_LIBRARY_CACHED:
      printf (_ ("  (saved; it was current %s ago)\n"), age);
      break;
    case EK_LIBRARY_FRESH:
    case EK_LIBRARY_EMPTY:
    default:
      break;
    }
  if (problem != NULL)
    printf ("  [%s] %s\n", ek_error_name ((EkError) problem->code), problem->message);
}

static void
print_entry (EkLibrary *library, EkCatalogEntry *entry)
{
  const char *problem = ek_catalog_entry_get_problem (entry);
  g_autofree char *id = ek_cli_entry_id (entry);
  gboolean saved;
  g_autofree char *version = ek_cli_entry_version (library, entry, &saved);

  printf ("  %-28s %-22s %s%s\n", id, ek_catalog_entry_get_title (entry),
          version != NULL ? version : "", saved ? _ (" (saved)") : "");
  if (problem != NULL)
    printf (_ ("    can't be installed: %s\n"), problem);
}

static void
print_people (EkLibrary *library)
{
  for (guint i = 0; i < ek_library_get_n_lists (library); i++)
    {
      EkLibraryList *list = ek_library_get_list (library, i);
      EkCatalog *catalog = ek_library_list_get_catalog (list);

      printf ("%s\n", ek_library_list_get_location (list));
      print_state (list);
      for (guint j = 0; catalog != NULL && j < ek_catalog_get_n_entries (catalog); j++)
        print_entry (library, ek_catalog_get_entry (catalog, j));
    }
  if (ek_library_get_newest_release (library) != NULL)
    printf (_ ("EchoKit's newest release is %s.\n"), ek_library_get_newest_release (library));
}

static int
run_list (EkLibrary *library)
{
  if (json)
    print_json (library);
  else
    print_people (library);

  return EK_EXIT_OK;
}

/* ---- download ---- */

static void
print_download_json (EkCatalogEntry *entry, EkEntryDownload *download, const char *folder)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_json_download (builder, entry, download, folder);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static void
print_download (EkCatalogEntry *entry, EkEntryDownload *download, const char *folder)
{
  const char *version = ek_bundle_get_version (ek_entry_download_get_bundle (download));

  ek_cli_tell_origin (ek_entry_download_get_problem (download),
                      ek_entry_download_get_age (download), ek_entry_download_get_plain (download));
  printf ("%s %s\n", ek_catalog_entry_get_title (entry), version != NULL ? version : "");
  for (guint i = 0; i < ek_entry_download_get_n_files (download); i++)
    {
      g_autofree char *path =
          g_build_filename (folder, ek_entry_download_get_name (download, i), NULL);

      printf ("  %s  (SHA-256 %s)\n", path, ek_entry_download_get_sha256 (download, i));
    }
}

static int
run_download (EkLibrary *library, const char *word)
{
  g_autoptr (EkEntryDownload) download = NULL;
  g_autoptr (GError) error = NULL;
  const char *folder = output_dir != NULL ? output_dir : ".";
  EkCatalogEntry *entry = ek_cli_library_choose (library, word, board, NULL, &error);

  if (entry == NULL || !(download = ek_cli_library_fetch (&options, library, entry, &error)) ||
      !ek_cli_save_download (download, folder, &error))
    return ek_cli_fail (error, json, options.interrupted);

  if (json)
    print_download_json (entry, download, folder);
  else
    print_download (entry, download, folder);
  return EK_EXIT_OK;
}

/**
 * ek_cli_catalog:
 *
 * Lists firmware, or fetches some.
 */
int
ek_cli_catalog (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("list | download [ENTRY]"),
                          _ ("Lists the firmware that can be installed, or downloads some. What "
                             "was downloaded before "
                             "is there without a network too."),
                          entries);
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  const char *action;
  const char *word;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  action = line->argc > 1 ? line->argv[1] : "";
  word = line->argc > 2 ? line->argv[2] : NULL;
  if (line->argc > 3 || (!g_str_equal (action, "list") && !g_str_equal (action, "download")))
    return ek_cli_usage_error (line, _ ("list or download?"));
  if (ek_cli_library_check (&options) != NULL)
    return ek_cli_usage_error (line, ek_cli_library_check (&options));
  if (g_str_equal (action, "list") && (word != NULL || board != NULL || output_dir != NULL))
    return ek_cli_usage_error (line, _ ("takes no further words"));
  if (g_str_equal (action, "download") && (word == NULL) == (board == NULL))
    return ek_cli_usage_error (line, _ ("which firmware? Name an entry of the list, or a board."));

  options.quiet |= json;
  /* Other people's lists have other releases, if any. */
  if (g_str_equal (action, "list") && options.releases_url == NULL && options.lists == NULL)
    options.releases_url = g_strdup (EK_RELEASES_URL);
  if (!(library = ek_cli_library_open (&options, &error)))
    return ek_cli_fail (error, json, options.interrupted);

  return g_str_equal (action, "list") ? run_list (library) : run_download (library, word);
}
