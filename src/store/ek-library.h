/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All firmware lists that a person has: the one that the app brings along, and those that were added. */
#pragma once

#include "ek-library-list.h"
#include "ek-store.h"

G_BEGIN_DECLS

/**
 * EkLibrary:
 *
 * A #GListModel of #EkLibraryList, the built-in one first. Belongs to one thread, with its main
 * context.
 */
#define EK_TYPE_LIBRARY (ek_library_get_type ())
G_DECLARE_FINAL_TYPE (EkLibrary, ek_library, EK, LIBRARY, GObject)

EkLibrary *ek_library_new (EkStore *store, gboolean built_in);
EkStore *ek_library_get_store (EkLibrary *self);
void ek_library_set_releases_url (EkLibrary *self, const char *url);
const char *ek_library_get_newest_release (EkLibrary *self);

void ek_library_set_added (EkLibrary *self, const char *const *addresses);
char **ek_library_dup_added (EkLibrary *self);
EkLibraryList *ek_library_add (EkLibrary *self, const char *address, GError **error);
gboolean ek_library_remove (EkLibrary *self, EkLibraryList *list);

guint ek_library_get_n_lists (EkLibrary *self);
EkLibraryList *ek_library_get_list (EkLibrary *self, guint index);
GListModel *ek_library_get_entries (EkLibrary *self);
EkCatalogEntry *ek_library_find (EkLibrary *self, const char *key, EkLibraryList **list);
EkCatalogEntry *ek_library_find_board (EkLibrary *self, const char *board, EkLibraryList **list);

GBytes *ek_library_find_bootloader (EkLibrary *self, guint16 chip_id);

void ek_library_refresh_async (EkLibrary *self,
                               EkStorePolicy policy,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ek_library_refresh_finish (EkLibrary *self, GAsyncResult *result, GError **error);

G_END_DECLS
