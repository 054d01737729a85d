/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the servers of all lists at once, and which release is the newest. A list that fails keeps what it
 * had. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-elf-download.h"
#include "ek-github-releases.h"
#include "ek-library-private.h"

/* Seconds; GitHub answers 60 questions an hour from one address. */
#define RELEASES_MAX_AGE 3600

typedef struct
{
  guint pending;
  GError *cancelled;
} Refresh;

static void
refresh_free (gpointer data)
{
  Refresh *refresh = data;

  g_clear_error (&refresh->cancelled);
  g_free (refresh);
}

typedef struct
{
  GTask *task;
  EkLibraryList *list;
} Part;

static gboolean
check_list (GBytes *bytes, const char *url, GError **error)
{
  g_autoptr (EkCatalog) catalog = ek_catalog_new_from_bytes (bytes, url, error);

  return catalog != NULL;
}

static void
part_done (GTask *task)
{
  Refresh *refresh = g_task_get_task_data (task);

  if (--refresh->pending > 0)
    return;
  if (refresh->cancelled != NULL)
    g_task_return_error (task, g_steal_pointer (&refresh->cancelled));
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Part *part = user_data;
  Refresh *refresh = g_task_get_task_data (part->task);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = ek_store_fetch_finish (EK_STORE (source), result, &error);

  if (download != NULL)
    ek_library_list_take (part->list, download);
  else if (!g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED))
    ek_library_list_fail (part->list, error);
  else if (refresh->cancelled == NULL)
    refresh->cancelled = g_steal_pointer (&error);

  part_done (part->task);
  g_object_unref (part->task);
  g_object_unref (part->list);
  g_free (part);
}

static void
refresh_list (EkLibrary *self, EkLibraryList *list, EkStorePolicy policy, GTask *task)
{
  const char *const urls[] = { ek_library_list_get_location (list), NULL };
  EkStoreRequest request = {
    .urls = urls, .kind = EK_CONTENT_LIST, .policy = policy, .check = check_list
  };
  Refresh *refresh = g_task_get_task_data (task);
  Part *part;

  if (ek_library_list_is_local (list))
    {
      ek_library_list_read_file (list);
      return;
    }

  part = g_new0 (Part, 1);
  part->task = g_object_ref (task);
  part->list = g_object_ref (list);
  refresh->pending++;
  ek_store_fetch_async (self->store, &request, NULL, NULL, g_task_get_cancellable (task),
                        on_fetched, part);
}

static void
take_releases (EkLibrary *self, EkDownload *download)
{
  g_autoptr (GPtrArray) releases =
      ek_github_releases_parse (ek_download_get_bytes (download), NULL);
  const EkRelease *newest = releases != NULL ? ek_github_releases_find_newest (releases) : NULL;

  if (newest == NULL)
    return;

  g_free (self->newest_release);
  self->newest_release = g_strdup (newest->version);
}

/* That GitHub can't be asked is no reason to do without the lists. */
static void
on_releases (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Refresh *refresh = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = ek_store_fetch_finish (EK_STORE (source), result, &error);

  if (download != NULL)
    take_releases (g_task_get_source_object (task), download);
  else if (!g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED))
    g_debug ("releases: %s", error->message);
  else if (refresh->cancelled == NULL)
    refresh->cancelled = g_steal_pointer (&error);

  part_done (task);
}

static void
refresh_releases (EkLibrary *self, EkStorePolicy policy, GTask *task)
{
  const char *const urls[] = { self->releases_url, NULL };
  EkStoreRequest request = { .urls = urls,
                             .kind = EK_CONTENT_LIST,
                             .policy = policy,
                             .check = ek_releases_check,
                             .max_age = RELEASES_MAX_AGE };
  Refresh *refresh = g_task_get_task_data (task);

  if (self->releases_url == NULL)
    return;

  refresh->pending++;
  ek_store_fetch_async (self->store, &request, NULL, NULL, g_task_get_cancellable (task),
                        on_releases, g_object_ref (task));
}

/**
 * ek_library_set_releases_url:
 * @url: (nullable): where EchoKit's releases are told, such as %EK_RELEASES_URL; %NULL not to ask
 *
 * A refresh then also learns which release is the newest: lists follow releases with a delay.
 */
void
ek_library_set_releases_url (EkLibrary *self, const char *url)
{
  g_return_if_fail (EK_IS_LIBRARY (self));

  g_free (self->releases_url);
  self->releases_url = g_strdup (url);
}

/**
 * ek_library_get_newest_release:
 *
 * Returns: (transfer none) (nullable): version of EchoKit's newest release, as far as it is known
 */
const char *
ek_library_get_newest_release (EkLibrary *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  return self->newest_release;
}

/**
 * ek_library_refresh_async:
 * @policy: whether the servers are asked
 *
 * Fetches all lists. That a list failed is said by the list.
 */
void
ek_library_refresh_async (EkLibrary *self,
                          EkStorePolicy policy,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Refresh *refresh = g_new0 (Refresh, 1);

  g_return_if_fail (EK_IS_LIBRARY (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ek_library_refresh_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, refresh, refresh_free);
  refresh->pending = 1;
  for (guint i = 0; i < self->lists->len; i++)
    refresh_list (self, self->lists->pdata[i], policy, task);
  refresh_releases (self, policy, task);
  part_done (task);
}

/**
 * ek_library_refresh_finish:
 *
 * Returns: %FALSE with %EK_ERROR_CANCELLED only
 */
gboolean
ek_library_refresh_finish (EkLibrary *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
