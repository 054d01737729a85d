/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash elf: the program with its symbols, for a debugger. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-library.h"
#include "ek-cli-output.h"
#include "ek-cli-wait.h"
#include "ek-cli-web.h"
#include "ek-cli.h"

static EkCliLibrary options;
static char *board;
static char *output;
static char *release;
static char *releases_url;
static gboolean json;

static const GOptionEntry entries[] = {
  { "board", 0, 0, G_OPTION_ARG_STRING, &board,
    N_ ("the program of the firmware for this EchoKit: diy or box"), N_ ("BOARD") },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
    N_ ("where it goes (default: here, under its own name)"), N_ ("FILE") },
  { "release", 0, 0, G_OPTION_ARG_STRING, &release,
    N_ ("of this release, such as v0.3.1 (default: of the firmware in the list)"), N_ ("VERSION") },
  { "releases", 0, 0, G_OPTION_ARG_STRING, &releases_url,
    N_ ("where releases are told, as GitHub does"), N_ ("URL") },
  EK_CLI_LIBRARY_ENTRIES (options),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet, N_ ("print no progress"), NULL },
  { NULL },
};

static void
fetch_in_thread (GTask *task, gpointer source, gpointer request, GCancellable *cancellable)
{
  GError *error = NULL;
  EkDownload *download =
      ek_elf_download_run (EK_STORE (source), request, NULL, NULL, cancellable, &error);

  if (download != NULL)
    g_task_return_pointer (task, download, g_object_unref);
  else
    g_task_return_error (task, error);
}

static EkDownload *
fetch (EkStore *store, EkElfRequest *request, GError **error)
{
  g_auto (EkCliWait) wait = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GTask) task = NULL;

  ek_cli_wait_begin (&wait, TRUE);
  task = g_task_new (store, wait.cancellable, ek_cli_wait_ready, &wait);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, request, NULL);
  g_task_run_in_thread (task, fetch_in_thread);
  result = ek_cli_wait_end (&wait);
  options.interrupted = wait.interrupted;
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
print_json (EkCatalogEntry *entry, EkDownload *download, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_json_elf (builder, entry, download, path);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static int
run (EkLibrary *library, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autofree char *path = NULL;
  EkElfRequest request = { .entry = ek_cli_library_choose (library, word, board, NULL, &error),
                           .release = release,
                           .releases_url = releases_url,
                           .policy = ek_cli_library_policy (&options) };

  if (request.entry == NULL ||
      !(download = fetch (ek_library_get_store (library), &request, &error)))
    return ek_cli_fail (error, json, options.interrupted);

  path = output != NULL ? g_strdup (output) : ek_url_file_name (ek_download_get_url (download));
  if (!ek_cli_save_elf (download, path, &error))
    return ek_cli_fail (error, json, FALSE);

  if (json)
    {
      print_json (request.entry, download, path);
    }
  else
    {
      ek_cli_tell_origin (ek_download_get_problem (download), ek_download_get_age (download),
                          ek_download_get_plain (download));
      printf ("%s  (SHA-256 %s)\n%s\n", path, ek_download_get_sha256 (download),
              _ (EK_CLI_ELF_NEXT_STEPS));
    }
  return EK_EXIT_OK;
}

/**
 * ek_cli_elf:
 *
 * Fetches a program.
 */
int
ek_cli_elf (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("download [ENTRY]"),
                          _ ("Downloads the program with its symbols that a firmware was made "
                             "from. It is what a "
                             "debugger wants, and it stays at hand for explaining crashes."),
                          entries);
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  const char *word;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  word = line->argc > 2 ? line->argv[2] : NULL;
  if (line->argc < 2 || line->argc > 3 || !g_str_equal (line->argv[1], "download"))
    return ek_cli_usage_error (line, _ ("download?"));
  if (ek_cli_library_check (&options) != NULL)
    return ek_cli_usage_error (line, ek_cli_library_check (&options));
  if ((word == NULL) == (board == NULL))
    return ek_cli_usage_error (line, _ ("which firmware? Name an entry of the list, or a board."));

  if (!(library = ek_cli_library_open (&options, &error)))
    return ek_cli_fail (error, json, options.interrupted);

  return run (library, word);
}
