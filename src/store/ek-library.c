/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists side by side. Refreshing asks all servers at once; one that fails keeps what it had. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-library.h"

#include "ek-entry-download.h"
#include "ek-github-releases.h"
#include "ek-library-private.h"

/* Seconds; GitHub answers 60 questions an hour from one address. */
#define RELEASES_MAX_AGE 3600

struct _EkLibrary
{
  GObject parent_instance;

  EkStore *store;
  GPtrArray *lists; /* of EkLibraryList */
  GListStore *entries;
  char *releases_url;
  char *newest_release;
};

static void ek_library_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EkLibrary,
                               ek_library,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ek_library_list_model_init))

static GType
ek_library_get_item_type (GListModel *model)
{
  return EK_TYPE_LIBRARY_LIST;
}

static guint
ek_library_get_n_items (GListModel *model)
{
  return EK_LIBRARY (model)->lists->len;
}

static gpointer
ek_library_get_item (GListModel *model, guint position)
{
  EkLibrary *self = EK_LIBRARY (model);

  return position < self->lists->len ? g_object_ref (self->lists->pdata[position]) : NULL;
}

static void
ek_library_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = ek_library_get_item_type;
  interface->get_n_items = ek_library_get_n_items;
  interface->get_item = ek_library_get_item;
}

static void
ek_library_finalize (GObject *object)
{
  EkLibrary *self = EK_LIBRARY (object);

  g_clear_object (&self->store);
  g_ptr_array_unref (self->lists);
  g_object_unref (self->entries);
  g_free (self->releases_url);
  g_free (self->newest_release);

  G_OBJECT_CLASS (ek_library_parent_class)->finalize (object);
}

static void
ek_library_class_init (EkLibraryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_library_finalize;
}

static void
ek_library_init (EkLibrary *self)
{
  self->lists = g_ptr_array_new_with_free_func (g_object_unref);
  self->entries = g_list_store_new (EK_TYPE_CATALOG_ENTRY);
}

/* ---- the entries of all lists ---- */

static gboolean
is_same (GPtrArray *entries, GListModel *model)
{
  gboolean same = g_list_model_get_n_items (model) == entries->len;

  for (guint i = 0; same && i < entries->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      same = item == entries->pdata[i];
    }

  return same;
}

static void
update_entries (EkLibrary *self)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();

  for (guint i = 0; i < self->lists->len; i++)
    {
      EkCatalog *catalog = ek_library_list_get_catalog (self->lists->pdata[i]);

      for (guint j = 0; catalog != NULL && j < ek_catalog_get_n_entries (catalog); j++)
        g_ptr_array_add (entries, ek_catalog_get_entry (catalog, j));
    }

  if (!is_same (entries, G_LIST_MODEL (self->entries)))
    g_list_store_splice (self->entries, 0, g_list_model_get_n_items (G_LIST_MODEL (self->entries)),
                         entries->pdata, entries->len);
}

static void
on_catalog (EkLibraryList *list, GParamSpec *pspec, EkLibrary *self)
{
  update_entries (self);
}

static void
append (EkLibrary *self, EkLibraryList *list)
{
  g_ptr_array_add (self->lists, list);
  g_signal_connect_object (list, "notify::catalog", G_CALLBACK (on_catalog), self, 0);
  ek_library_list_load (list, self->store);
  g_list_model_items_changed (G_LIST_MODEL (self), self->lists->len - 1, 0, 1);
  update_entries (self);
}

static void
remove_at (EkLibrary *self, guint index)
{
  g_signal_handlers_disconnect_by_data (self->lists->pdata[index], self);
  g_ptr_array_remove_index (self->lists, index);
  g_list_model_items_changed (G_LIST_MODEL (self), index, 1, 0);
  update_entries (self);
}

/**
 * ek_library_new:
 * @store: what fetches and keeps the lists
 * @built_in: whether EchoKit's own list is in it
 *
 * Nothing is fetched before ek_library_refresh_async(): what the app brings along and what was
 * fetched earlier is there at once.
 *
 * Returns: (transfer full)
 */
EkLibrary *
ek_library_new (EkStore *store, gboolean built_in)
{
  EkLibrary *self = g_object_new (EK_TYPE_LIBRARY, NULL);

  self->store = g_object_ref (store);
  if (built_in)
    append (self, ek_library_list_new_built_in ());
  return self;
}

/**
 * ek_library_get_store:
 *
 * Returns: (transfer none)
 */
EkStore *
ek_library_get_store (EkLibrary *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  return self->store;
}

static gboolean
has_location (EkLibrary *self, const char *location)
{
  for (guint i = 0; i < self->lists->len; i++)
    if (g_str_equal (ek_library_list_get_location (self->lists->pdata[i]), location))
      return TRUE;

  return FALSE;
}

/**
 * ek_library_add:
 * @address: a URL, a file, or a link to a launchpad page
 *
 * Adds a list, with what is known of it; it is not fetched yet.
 *
 * Returns: (transfer none): %NULL with %EK_ERROR_INVALID_ARGUMENT if it is no address, or is here
 *   already
 */
EkLibraryList *
ek_library_add (EkLibrary *self, const char *address, GError **error)
{
  g_autoptr (EkLibraryList) list = NULL;

  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  list = ek_library_list_new (address, error);
  if (list == NULL)
    return NULL;
  if (has_location (self, ek_library_list_get_location (list)))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "%s is one of the lists already",
                   ek_library_list_get_location (list));
      return NULL;
    }

  append (self, g_object_ref (list));
  return list;
}

/**
 * ek_library_remove:
 *
 * Returns: %FALSE for a list that nobody added
 */
gboolean
ek_library_remove (EkLibrary *self, EkLibraryList *list)
{
  guint index;

  g_return_val_if_fail (EK_IS_LIBRARY (self), FALSE);

  if (!ek_library_list_get_added (list) || !g_ptr_array_find (self->lists, list, &index))
    return FALSE;

  remove_at (self, index);
  return TRUE;
}

/**
 * ek_library_set_added:
 * @addresses: (array zero-terminated=1): as ek_library_dup_added() gives them
 *
 * Replaces the lists that were added. What is no address any more is left out.
 */
void
ek_library_set_added (EkLibrary *self, const char *const *addresses)
{
  g_return_if_fail (EK_IS_LIBRARY (self));

  for (guint i = self->lists->len; i-- > 0;)
    if (ek_library_list_get_added (self->lists->pdata[i]))
      remove_at (self, i);
  for (guint i = 0; addresses[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (ek_library_add (self, addresses[i], &error) == NULL)
        g_debug ("%s", error->message);
    }
}

/**
 * ek_library_dup_added:
 *
 * Returns: (transfer full) (array zero-terminated=1): the addresses of the lists that were added, for
 *   the settings
 */
char **
ek_library_dup_added (EkLibrary *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  for (guint i = 0; i < self->lists->len; i++)
    if (ek_library_list_get_added (self->lists->pdata[i]))
      g_strv_builder_add (builder, ek_library_list_get_address (self->lists->pdata[i]));

  return g_strv_builder_end (builder);
}

guint
ek_library_get_n_lists (EkLibrary *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), 0);

  return self->lists->len;
}

/**
 * ek_library_get_list:
 *
 * Returns: (transfer none)
 */
EkLibraryList *
ek_library_get_list (EkLibrary *self, guint index)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);
  g_return_val_if_fail (index < self->lists->len, NULL);

  return self->lists->pdata[index];
}

/**
 * ek_library_get_entries:
 *
 * Returns: (transfer none): a #GListModel of #EkCatalogEntry, of all lists, that follows them
 */
GListModel *
ek_library_get_entries (EkLibrary *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  return G_LIST_MODEL (self->entries);
}

/* ---- finding ---- */

static EkCatalogEntry *
find (EkLibrary *self,
      const char *name,
      EkCatalogEntry *(*find_in) (EkCatalog *, const char *),
      EkLibraryList **list)
{
  EkCatalogEntry *broken = NULL;

  for (guint i = 0; i < self->lists->len; i++)
    {
      EkCatalog *catalog = ek_library_list_get_catalog (self->lists->pdata[i]);
      EkCatalogEntry *entry = catalog != NULL ? find_in (catalog, name) : NULL;
      gboolean sound = entry != NULL && ek_catalog_entry_get_problem (entry) == NULL;

      if (entry == NULL || (!sound && broken != NULL))
        continue;
      if (list != NULL)
        *list = self->lists->pdata[i];
      if (sound)
        return entry;
      broken = entry;
    }

  return broken;
}

/**
 * ek_library_find:
 * @key: as of ek_catalog_entry_get_key()
 * @list: (out) (optional) (transfer none): the list that it is in
 *
 * Returns: (transfer none) (nullable)
 */
EkCatalogEntry *
ek_library_find (EkLibrary *self, const char *key, EkLibraryList **list)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  return find (self, key, ek_catalog_find, list);
}

/**
 * ek_library_find_board:
 * @board: of an #EkBoard
 * @list: (out) (optional) (transfer none): the list that it is in
 *
 * Returns: (transfer none) (nullable): of the first list that has firmware for it that can be
 *   installed
 */
EkCatalogEntry *
ek_library_find_board (EkLibrary *self, const char *board, EkLibraryList **list)
{
  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  return find (self, board, ek_catalog_find_board, list);
}

/* ---- refreshing ---- */

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

static gboolean
check_releases (GBytes *bytes, const char *url, GError **error)
{
  g_autoptr (GPtrArray) releases = ek_github_releases_parse (bytes, error);

  return releases != NULL;
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
                             .check = check_releases,
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

static GBytes *
bootloader_of (EkStore *store, EkCatalogEntry *entry, guint16 chip_id)
{
  g_autoptr (EkEntryDownload) download = ek_entry_download_peek (store, entry);
  EkBundle *bundle = download != NULL ? ek_entry_download_get_bundle (download) : NULL;
  const EkAppImage *image = bundle != NULL ? ek_bundle_get_bootloader (bundle) : NULL;

  if (image == NULL || image->chip_id != chip_id)
    return NULL;

  return g_bytes_ref (ek_bundle_find_kind (bundle, EK_SEGMENT_BOOTLOADER)->data);
}

/**
 * ek_library_find_bootloader:
 * @chip_id: of an image
 *
 * Looks through the firmware of the lists that the cache has, and asks nobody.
 *
 * Returns: (transfer full) (nullable): the boot loader that one of them brings for that chip
 */
GBytes *
ek_library_find_bootloader (EkLibrary *self, guint16 chip_id)
{
  GListModel *entries;
  GBytes *bootloader = NULL;

  g_return_val_if_fail (EK_IS_LIBRARY (self), NULL);

  entries = ek_library_get_entries (self);
  for (guint i = 0; bootloader == NULL && i < g_list_model_get_n_items (entries); i++)
    {
      g_autoptr (EkCatalogEntry) entry = g_list_model_get_item (entries, i);

      if (ek_catalog_entry_get_problem (entry) == NULL)
        bootloader = bootloader_of (self->store, entry, chip_id);
    }

  return bootloader;
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
