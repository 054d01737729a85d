/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware lists that the app knows: EchoKit's own, and those that a person has added. */
#pragma once

#include "ek-catalog-set.h"
#include "ek-offer.h"
#include "ek-store.h"

G_BEGIN_DECLS

/* Emits "changed" when a list has come, gone or been refreshed. */
#define EK_TYPE_LISTS (ek_lists_get_type ())
G_DECLARE_FINAL_TYPE (EkLists, ek_lists, EK, LISTS, GObject)

EkLists *ek_lists_new (EkStore *store, GSettings *settings);
EkCatalogSet *ek_lists_get_catalogs (EkLists *self);
EkStore *ek_lists_get_store (EkLists *self);
EkOffer *ek_lists_find_offer (EkLists *self, const char *board);

void ek_lists_refresh (EkLists *self);
void ek_lists_add_async (EkLists *self,
                         const char *location,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
EkCatalog *ek_lists_add_finish (EkLists *self, GAsyncResult *result, GError **error);
gboolean ek_lists_can_remove (EkLists *self, EkCatalog *catalog);
void ek_lists_remove (EkLists *self, EkCatalog *catalog);

G_END_DECLS
