/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts with what is built in and in the cache, so that the first frame is complete without a
 * network; the web follows. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-lists.h"

#include "ek-catalog-address.h"
#include "ek-list-offer.h"

#define LISTS_KEY "lists"

struct _EkLists
{
  GObject parent_instance;

  EkStore *store;
  GSettings *settings;
  EkCatalogSet *catalogs;
  GHashTable *offers; /* board to EkOffer: what was fetched stays fetched */
  GCancellable *cancellable;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (EkLists, ek_lists, G_TYPE_OBJECT)

static void
put (EkLists *self, EkCatalog *catalog)
{
  g_hash_table_remove_all (self->offers);
  ek_catalog_set_put (self->catalogs, catalog);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
is_remote (const char *location)
{
  return g_str_has_prefix (location, "http:") || g_str_has_prefix (location, "https:");
}

/* Reading a list. */

static GBytes *
read_file (const char *location, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_uri (location);
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);

  if (stream == NULL)
    return NULL;
  /* One byte too many is told by the reader of the list. */
  return g_input_stream_read_bytes (G_INPUT_STREAM (stream), EK_CATALOG_MAX_SIZE + 1, cancellable,
                                    error);
}

static void
read_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  EkLists *self = source_object;
  const char *location = task_data;
  const char *urls[] = { location, NULL };
  EkStoreRequest request = { .urls = urls, .kind = EK_CONTENT_LIST };
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkCatalog) catalog = NULL;
  GError *error = NULL;

  if (is_remote (location))
    {
      download = ek_store_fetch (self->store, &request, NULL, NULL, cancellable, &error);
      if (download != NULL)
        bytes = g_bytes_ref (ek_download_get_bytes (download));
    }
  else
    {
      bytes = read_file (location, cancellable, &error);
    }
  if (bytes != NULL)
    catalog = ek_catalog_new_from_bytes (bytes, location, &error);

  if (catalog != NULL)
    {
      g_task_return_pointer (task, g_steal_pointer (&catalog), g_object_unref);
      return;
    }
  ek_error_convert (&error);
  g_task_return_error (task, error);
}

static void
read_async (EkLists *self,
            const char *location,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, read_async);
  g_task_set_task_data (task, g_strdup (location), g_free);
  g_task_run_in_thread (task, read_in_thread);
}

static void
on_refreshed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkCatalog) catalog = g_task_propagate_pointer (G_TASK (result), &error);

  if (catalog != NULL)
    put (EK_LISTS (object), catalog);
  else
    g_debug ("list: %s", error->message);
}

static void
ek_lists_dispose (GObject *object)
{
  EkLists *self = EK_LISTS (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->offers, g_hash_table_unref);
  g_clear_object (&self->catalogs);
  g_clear_object (&self->settings);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ek_lists_parent_class)->dispose (object);
}

static void
ek_lists_class_init (EkListsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ek_lists_dispose;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
ek_lists_init (EkLists *self)
{
  self->catalogs = ek_catalog_set_new ();
  self->offers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->cancellable = g_cancellable_new ();
}

static void
put_cached (EkLists *self, const char *location)
{
  g_autoptr (EkDownload) download = ek_store_peek (self->store, location);
  g_autoptr (EkCatalog) catalog = NULL;

  if (download == NULL)
    return;
  catalog = ek_catalog_new_from_bytes (ek_download_get_bytes (download), location, NULL);
  if (catalog != NULL)
    ek_catalog_set_put (self->catalogs, catalog);
}

/**
 * ek_lists_new:
 * @settings: (transfer none): has the lists that a person has added
 *
 * Returns: (transfer full): what is built in and in the cache; ek_lists_refresh() asks the web
 */
EkLists *
ek_lists_new (EkStore *store, GSettings *settings)
{
  EkLists *self = g_object_new (EK_TYPE_LISTS, NULL);
  g_autoptr (EkCatalog) builtin = ek_catalog_new_builtin ();
  g_auto (GStrv) lists = g_settings_get_strv (settings, LISTS_KEY);

  self->store = g_object_ref (store);
  self->settings = g_object_ref (settings);
  ek_catalog_set_put (self->catalogs, builtin);
  put_cached (self, ek_catalog_get_location (builtin));
  for (guint i = 0; lists[i] != NULL; i++)
    if (is_remote (lists[i]))
      put_cached (self, lists[i]);
  return self;
}

/**
 * ek_lists_get_catalogs:
 *
 * Returns: (transfer none): EkCatalog after EkCatalog
 */
EkCatalogSet *
ek_lists_get_catalogs (EkLists *self)
{
  return self->catalogs;
}

EkStore *
ek_lists_get_store (EkLists *self)
{
  return self->store;
}

/**
 * ek_lists_find_offer:
 * @board: (nullable)
 *
 * Returns: (transfer full) (nullable): what the lists have for @board
 */
EkOffer *
ek_lists_find_offer (EkLists *self, const char *board)
{
  EkCatalogEntry *entry;
  EkOffer *offer;

  if (board == NULL)
    return NULL;
  if ((offer = g_hash_table_lookup (self->offers, board)) != NULL)
    return g_object_ref (offer);

  entry = ek_catalog_set_find_board (self->catalogs, board);
  if (entry == NULL)
    return NULL;
  offer = ek_list_offer_new (self->store, entry);
  g_hash_table_insert (self->offers, g_strdup (board), g_object_ref (offer));
  return offer;
}

/**
 * ek_lists_refresh:
 *
 * Asks the web for all lists anew; what can't be had stays as it was.
 */
void
ek_lists_refresh (EkLists *self)
{
  g_auto (GStrv) lists = g_settings_get_strv (self->settings, LISTS_KEY);

  read_async (self, EK_CATALOG_ECHOKIT_URL, self->cancellable, on_refreshed, NULL);
  for (guint i = 0; lists[i] != NULL; i++)
    read_async (self, lists[i], self->cancellable, on_refreshed, NULL);
}

static void
remember (EkLists *self, const char *location)
{
  g_auto (GStrv) lists = g_settings_get_strv (self->settings, LISTS_KEY);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) longer = NULL;

  if (g_strv_contains ((const char *const *) lists, location))
    return;
  g_strv_builder_addv (builder, (const char **) lists);
  g_strv_builder_add (builder, location);
  longer = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, LISTS_KEY, (const char *const *) longer);
}

static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  EkLists *self = EK_LISTS (object);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  EkCatalog *catalog = g_task_propagate_pointer (G_TASK (result), &error);

  if (catalog == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  remember (self, ek_catalog_get_location (catalog));
  put (self, catalog);
  g_task_return_pointer (task, catalog, g_object_unref);
}

/**
 * ek_lists_add_async:
 * @location: what a person has typed: a URL, a file, or the link of an ESP Launchpad page
 *
 * Reads a list and keeps it.
 */
void
ek_lists_add_async (EkLists *self,
                    const char *location,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (EkCatalogAddress) address = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, ek_lists_add_async);
  if (!(address = ek_catalog_address_new (location, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  read_async (self, address->location, cancellable, on_added, g_steal_pointer (&task));
}

/**
 * ek_lists_add_finish:
 *
 * Returns: (transfer full): the list; %NULL with an error of #EK_ERROR
 */
EkCatalog *
ek_lists_add_finish (EkLists *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * ek_lists_can_remove:
 *
 * Returns: whether a person has added @catalog
 */
gboolean
ek_lists_can_remove (EkLists *self, EkCatalog *catalog)
{
  g_auto (GStrv) lists = g_settings_get_strv (self->settings, LISTS_KEY);

  return g_strv_contains ((const char *const *) lists, ek_catalog_get_location (catalog));
}

/**
 * ek_lists_remove:
 *
 * Forgets a list that a person has added.
 */
void
ek_lists_remove (EkLists *self, EkCatalog *catalog)
{
  g_auto (GStrv) lists = g_settings_get_strv (self->settings, LISTS_KEY);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) shorter = NULL;

  for (guint i = 0; lists[i] != NULL; i++)
    if (!g_str_equal (lists[i], ek_catalog_get_location (catalog)))
      g_strv_builder_add (builder, lists[i]);
  shorter = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, LISTS_KEY, (const char *const *) shorter);
  g_hash_table_remove_all (self->offers);
  ek_catalog_set_remove (self->catalogs, ek_catalog_get_location (catalog));
  g_signal_emit (self, signals[CHANGED], 0);
}
