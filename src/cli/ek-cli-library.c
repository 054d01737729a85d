/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the lists of a call, finds the entry that a word means, and fetches it. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-library.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-wait.h"

/**
 * ek_cli_library_check:
 *
 * Returns: (nullable): what is wrong with the options
 */
const char *
ek_cli_library_check (const EkCliLibrary *options)
{
  return options->offline && options->refresh ? _ ("--offline or --refresh") : NULL;
}

EkStorePolicy
ek_cli_library_policy (const EkCliLibrary *options)
{
  if (options->offline)
    return EK_STORE_OFFLINE;

  return options->refresh ? EK_STORE_REFRESH : EK_STORE_ASK;
}

static gboolean
add_lists (EkLibrary *library, char **lists, GError **error)
{
  for (guint i = 0; lists != NULL && lists[i] != NULL; i++)
    if (ek_library_add (library, lists[i], error) == NULL)
      return FALSE;

  return TRUE;
}

/* One list that works is enough; what the others lack is told with them. */
static gboolean
check_any (EkLibrary *library, GError **error)
{
  const GError *problem = NULL;

  for (guint i = 0; i < ek_library_get_n_lists (library); i++)
    {
      EkLibraryList *list = ek_library_get_list (library, i);

      if (ek_library_list_get_catalog (list) != NULL)
        return TRUE;
      if (problem == NULL)
        problem = ek_library_list_get_problem (list);
    }

  if (problem != NULL)
    g_propagate_error (error, g_error_copy (problem));
  else
    g_set_error_literal (error, EK_ERROR, EK_ERROR_CATALOG, "there is no list");
  return FALSE;
}

/**
 * ek_cli_library_open:
 *
 * Opens and refreshes the lists that the options name.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_CANCELLED, or what is
 *   wrong with the only list
 */
EkLibrary *
ek_cli_library_open (EkCliLibrary *options, GError **error)
{
  g_auto (EkCliWait) wait = { NULL };
  g_autoptr (EkStore) store = ek_store_new (NULL);
  g_autoptr (EkLibrary) library = ek_library_new (store, options->lists == NULL);
  g_autoptr (GAsyncResult) result = NULL;

  if (!add_lists (library, options->lists, error))
    return NULL;
  ek_library_set_releases_url (library, options->releases_url);

  ek_cli_wait_begin (&wait, TRUE);
  ek_library_refresh_async (library, ek_cli_library_policy (options), wait.cancellable,
                            ek_cli_wait_ready, &wait);
  result = ek_cli_wait_end (&wait);
  options->interrupted = wait.interrupted;
  if (!ek_library_refresh_finish (library, result, error) || !check_any (library, error))
    return NULL;

  return g_steal_pointer (&library);
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/**
 * ek_cli_library_open_here:
 *
 * As ek_cli_library_open(), on a thread that has no main loop and no person before it.
 *
 * Returns: (transfer full): as ek_cli_library_open()
 */
EkLibrary *
ek_cli_library_open_here (const EkCliLibrary *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (EkStore) store = NULL;
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  gboolean ok;

  g_main_context_push_thread_default (context);
  store = ek_store_new (NULL);
  library = ek_library_new (store, options->lists == NULL);
  ok = add_lists (library, options->lists, error);
  if (ok)
    {
      ek_library_refresh_async (library, ek_cli_library_policy (options), cancellable, on_ready,
                                &result);
      while (result == NULL)
        g_main_context_iteration (context, TRUE);
      ok = ek_library_refresh_finish (library, result, error) && check_any (library, error);
    }
  g_main_context_pop_thread_default (context);

  return ok ? g_steal_pointer (&library) : NULL;
}

/**
 * ek_cli_entry_id:
 *
 * Returns: (transfer full): what to type for an entry, such as "EchoKit/EchoKit-BOX"
 */
char *
ek_cli_entry_id (EkCatalogEntry *entry)
{
  const char *kit = ek_catalog_entry_get_kit (entry);
  const char *part = kit != NULL ? kit : ek_catalog_entry_get_chip_label (entry);

  return part != NULL ? g_strdup_printf ("%s/%s", ek_catalog_entry_get_app (entry), part)
                      : g_strdup (ek_catalog_entry_get_app (entry));
}

/**
 * ek_cli_entry_version:
 * @saved: (out): whether the cache has all of it
 *
 * Returns: (transfer full) (nullable): what its image says, if it is here; else what its list says
 */
char *
ek_cli_entry_version (EkLibrary *library, EkCatalogEntry *entry, gboolean *saved)
{
  g_autoptr (EkEntryDownload) download =
      ek_entry_download_peek (ek_library_get_store (library), entry);
  const char *version = ek_catalog_entry_get_version (entry);

  *saved = download != NULL;
  if (download != NULL && ek_bundle_get_version (ek_entry_download_get_bundle (download)) != NULL)
    version = ek_bundle_get_version (ek_entry_download_get_bundle (download));

  return g_strdup (version);
}

/**
 * ek_cli_entry_target:
 *
 * Returns: (transfer full) (nullable): the chip as build tools write it, such as "esp32s3"
 */
char *
ek_cli_entry_target (EkCatalogEntry *entry)
{
  const char *chip = ek_catalog_entry_get_chip (entry);
  g_autofree char *lower = chip != NULL ? g_ascii_strdown (chip, -1) : NULL;
  g_auto (GStrv) words = lower != NULL ? g_strsplit (lower, "-", -1) : NULL;

  return words != NULL ? g_strjoinv (NULL, words) : NULL;
}

static gboolean
is_meant (EkCatalogEntry *entry, const char *word)
{
  const EkBoard *board = ek_catalog_entry_get_board (entry);
  g_autofree char *id = ek_cli_entry_id (entry);

  return g_str_equal (ek_catalog_entry_get_key (entry), word) ||
         g_ascii_strcasecmp (id, word) == 0 ||
         g_ascii_strcasecmp (ek_catalog_entry_get_app (entry), word) == 0 ||
         (board != NULL && g_strcmp0 (ek_board_from_alias (word), board->id) == 0);
}

/* Several entries may go by one word; one list's entry by its key never does. */
static EkCatalogEntry *
find_word (EkLibrary *library, const char *word, GError **error)
{
  GListModel *entries = ek_library_get_entries (library);
  EkCatalogEntry *found = ek_library_find (library, word, NULL);
  guint n = found != NULL;

  for (guint i = 0; n == 0 && i < g_list_model_get_n_items (entries); i++)
    {
      g_autoptr (EkCatalogEntry) entry = g_list_model_get_item (entries, i);

      if (!is_meant (entry, word))
        continue;
      if (found != NULL)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                       "“%s” could be several; see “ekflash firmware list”", word);
          return NULL;
        }
      found = entry;
    }

  if (found == NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                 "there is no firmware “%s”; see “ekflash firmware list”", word);
  return found;
}

/**
 * ek_cli_library_choose:
 * @word: (nullable): an entry's key, id, app, or board
 * @board: (nullable): what --board says
 * @list: (out) (optional) (transfer none): the list that it is in
 *
 * Returns: (transfer none): the entry, broken or not; %NULL with %EK_ERROR_INVALID_ARGUMENT
 */
EkCatalogEntry *
ek_cli_library_choose (EkLibrary *library,
                       const char *word,
                       const char *board,
                       EkLibraryList **list,
                       GError **error)
{
  EkCatalogEntry *entry;
  const char *id;

  if (word != NULL)
    {
      entry = find_word (library, word, error);
      if (entry != NULL && list != NULL)
        ek_library_find (library, ek_catalog_entry_get_key (entry), list);
      return entry;
    }

  id = ek_board_from_alias (board);
  if (id == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "there is no board “%s”: diy or box",
                   board);
      return NULL;
    }

  entry = ek_library_find_board (library, id, list);
  if (entry == NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "no list has firmware for %s",
                 ek_board_title (id));
  return entry;
}

/**
 * ek_cli_library_fetch:
 *
 * Fetches an entry, showing how far it is.
 *
 * Returns: (transfer full): as ek_entry_download_run()
 */
EkEntryDownload *
ek_cli_library_fetch (EkCliLibrary *options,
                      EkLibrary *library,
                      EkCatalogEntry *entry,
                      GError **error)
{
  g_auto (EkCliWait) wait = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  EkStore *store = ek_library_get_store (library);

  ek_cli_wait_begin (&wait, options->quiet);
  ek_entry_download_async (store, entry, ek_cli_library_policy (options), ek_cli_wait_show, &wait,
                           wait.cancellable, ek_cli_wait_ready, &wait);
  result = ek_cli_wait_end (&wait);
  options->interrupted = wait.interrupted;
  return ek_entry_download_finish (store, result, error);
}

/**
 * ek_cli_format_age:
 *
 * Returns: (transfer full): such as "3 days"
 */
char *
ek_cli_format_age (gint64 seconds)
{
  gulong minutes = (gulong) (seconds / 60);
  gulong hours = minutes / 60;
  gulong days = hours / 24;

  if (days > 0)
    return g_strdup_printf (ngettext ("%lu day", "%lu days", days), days);
  if (hours > 0)
    return g_strdup_printf (ngettext ("%lu hour", "%lu hours", hours), hours);

  return g_strdup_printf (ngettext ("%lu minute", "%lu minutes", minutes), minutes);
}

/**
 * ek_cli_tell_origin:
 * @problem: (nullable): why a server could not be asked
 *
 * Says what a person should know about a download before using it.
 */
void
ek_cli_tell_origin (const GError *problem, gint64 age, gboolean plain)
{
  g_autofree char *ago = ek_cli_format_age (age);

  if (problem != NULL)
    fprintf (stderr, _ ("The server could not be asked (%s). This was current %s ago.\n"),
             problem->message, ago);
  if (plain)
    fputs (_ ("This came over http: others on the way could have changed it.\n"), stderr);
}
