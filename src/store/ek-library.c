/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists side by side, and what is found in them. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-library.h"

#include "ek-entry-download.h"
#include "ek-library-private.h"

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
