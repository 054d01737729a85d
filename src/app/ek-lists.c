/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A library whose added lists survive the end of the app. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-lists.h"

#include "ek-list-offer.h"

#define LISTS_KEY "lists"

struct _EkLists
{
  GObject parent_instance;

  EkLibrary *library;
  GSettings *settings;
  GHashTable *offers;   /* board to EkOffer: what was fetched stays fetched */
  char *newest_release; /* as it was told */
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
on_changed (EkLists *self)
{
  g_hash_table_remove_all (self->offers);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
ek_lists_dispose (GObject *object)
{
  EkLists *self = EK_LISTS (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->offers, g_hash_table_unref);
  g_clear_object (&self->settings);
  g_clear_object (&self->library);
  g_clear_pointer (&self->newest_release, g_free);

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
  self->offers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->cancellable = g_cancellable_new ();
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
  g_auto (GStrv) added = g_settings_get_strv (settings, LISTS_KEY);

  self->settings = g_object_ref (settings);
  self->library = ek_library_new (store, TRUE);
  ek_library_set_added (self->library, (const char *const *) added);
  g_signal_connect_object (self->library, "items-changed", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ek_library_get_entries (self->library), "items-changed",
                           G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * ek_lists_get_library:
 *
 * Returns: (transfer none): EkLibraryList after EkLibraryList
 */
EkLibrary *
ek_lists_get_library (EkLists *self)
{
  return self->library;
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

  entry = ek_library_find_board (self->library, board, NULL);
  if (entry == NULL)
    return NULL;
  offer = ek_list_offer_new (ek_library_get_store (self->library), entry);
  g_hash_table_insert (self->offers, g_strdup (board), g_object_ref (offer));
  return offer;
}

/**
 * ek_lists_get_newest_release:
 *
 * Returns: (transfer none) (nullable): version of EchoKit's newest release, as far as it is known; a list
 *   may be behind it
 */
const char *
ek_lists_get_newest_release (EkLists *self)
{
  return ek_library_get_newest_release (self->library);
}

static void
tell_newest_release (EkLists *self)
{
  const char *newest = ek_lists_get_newest_release (self);

  if (g_strcmp0 (newest, self->newest_release) == 0)
    return;

  g_free (self->newest_release);
  self->newest_release = g_strdup (newest);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_refreshed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkLists) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ek_library_refresh_finish (EK_LIBRARY (object), result, &error))
    g_debug ("lists: %s", error->message);
  else
    tell_newest_release (self);
}

/**
 * ek_lists_refresh:
 *
 * Asks the web for all lists anew; what can't be had stays as it was.
 */
void
ek_lists_refresh (EkLists *self)
{
  ek_library_refresh_async (self->library, EK_STORE_ASK, self->cancellable, on_refreshed,
                            g_object_ref (self));
}

static void
remember (EkLists *self)
{
  g_auto (GStrv) added = ek_library_dup_added (self->library);

  g_settings_set_strv (self->settings, LISTS_KEY, (const char *const *) added);
}

/* A list that can't be read is not kept; the others have nothing to do with it. */
static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EkLists *self = g_task_get_source_object (task);
  EkLibraryList *list = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  const GError *problem;

  (void) ek_library_refresh_finish (EK_LIBRARY (object), result, &error);
  problem = ek_library_list_get_problem (list);
  if (ek_library_list_get_catalog (list) != NULL)
    {
      remember (self);
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (problem != NULL)
    g_task_return_error (task, g_error_copy (problem));
  else
    g_task_return_new_error (task, EK_ERROR, EK_ERROR_CATALOG, "the list is empty");
  ek_library_remove (self->library, list);
}

/**
 * ek_lists_add_async:
 * @address: what a person has typed: a URL, a file, or the link of an ESP Launchpad page
 *
 * Reads a list and keeps it.
 */
void
ek_lists_add_async (EkLists *self,
                    const char *address,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  EkLibraryList *list;
  GError *error = NULL;

  g_task_set_source_tag (task, ek_lists_add_async);
  if (!(list = ek_library_add (self->library, address, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, g_object_ref (list), g_object_unref);
  ek_library_refresh_async (self->library, EK_STORE_ASK, cancellable, on_added,
                            g_steal_pointer (&task));
}

/**
 * ek_lists_add_finish:
 *
 * Returns: %FALSE with an error of #EK_ERROR
 */
gboolean
ek_lists_add_finish (EkLists *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ek_lists_remove:
 *
 * Forgets a list that a person has added.
 */
void
ek_lists_remove (EkLists *self, EkLibraryList *list)
{
  if (ek_library_remove (self->library, list))
    remember (self);
}
