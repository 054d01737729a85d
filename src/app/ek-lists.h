/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware lists as the window has them: remembered in the settings, and turned into offers. */
#pragma once

#include "ek-library.h"
#include "ek-offer.h"

G_BEGIN_DECLS

/* Emits "changed" when a list has come, gone or been refreshed, or a newer release is out. */
#define EK_TYPE_LISTS (ek_lists_get_type ())
G_DECLARE_FINAL_TYPE (EkLists, ek_lists, EK, LISTS, GObject)

EkLists *ek_lists_new (EkStore *store, GSettings *settings);
EkLibrary *ek_lists_get_library (EkLists *self);
EkOffer *ek_lists_find_offer (EkLists *self, const char *board);
const char *ek_lists_get_newest_release (EkLists *self);

void ek_lists_refresh (EkLists *self);
void ek_lists_add_async (EkLists *self,
                         const char *address,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
gboolean ek_lists_add_finish (EkLists *self, GAsyncResult *result, GError **error);
void ek_lists_remove (EkLists *self, EkLibraryList *list);

G_END_DECLS
