/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware lists that the app knows: EchoKit's own, and those that a person has added. */
#pragma once

#include "ek-catalog-set.h"
#include "ek-offer.h"
#include "ek-store.h"

G_BEGIN_DECLS

/* Emits "changed" when a list has come, gone or been refreshed. */
#define EK_TYPE_LIBRARY (ek_library_get_type ())
G_DECLARE_FINAL_TYPE (EkLibrary, ek_library, EK, LIBRARY, GObject)

EkLibrary *ek_library_new (EkStore *store, GSettings *settings);
EkCatalogSet *ek_library_get_catalogs (EkLibrary *self);
EkStore *ek_library_get_store (EkLibrary *self);
EkOffer *ek_library_find_offer (EkLibrary *self, const char *board);

void ek_library_refresh (EkLibrary *self);
void ek_library_add_async (EkLibrary *self,
                           const char *location,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
EkCatalog *ek_library_add_finish (EkLibrary *self, GAsyncResult *result, GError **error);
gboolean ek_library_can_remove (EkLibrary *self, EkCatalog *catalog);
void ek_library_remove (EkLibrary *self, EkCatalog *catalog);

G_END_DECLS
