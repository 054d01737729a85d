/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware of a list's entry, in hand: fetched, checked, ready to be installed or saved. */
#pragma once

#include "ek-bundle.h"
#include "ek-catalog-entry.h"
#include "ek-store.h"

G_BEGIN_DECLS

#define EK_TYPE_ENTRY_DOWNLOAD (ek_entry_download_get_type ())
G_DECLARE_FINAL_TYPE (EkEntryDownload, ek_entry_download, EK, ENTRY_DOWNLOAD, GObject)

EkEntryDownload *ek_entry_download_run (EkStore *store,
                                        EkCatalogEntry *entry,
                                        EkStorePolicy policy,
                                        EkProgressFunc progress,
                                        gpointer progress_data,
                                        GCancellable *cancellable,
                                        GError **error);
void ek_entry_download_async (EkStore *store,
                              EkCatalogEntry *entry,
                              EkStorePolicy policy,
                              EkProgressFunc progress,
                              gpointer progress_data,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
EkEntryDownload *ek_entry_download_finish (EkStore *store, GAsyncResult *result, GError **error);
EkEntryDownload *ek_entry_download_peek (EkStore *store, EkCatalogEntry *entry);

EkBundle *ek_entry_download_get_bundle (EkEntryDownload *self);
guint ek_entry_download_get_n_files (EkEntryDownload *self);
GBytes *ek_entry_download_get_bytes (EkEntryDownload *self, guint index);
const char *ek_entry_download_get_url (EkEntryDownload *self, guint index);
const char *ek_entry_download_get_sha256 (EkEntryDownload *self, guint index);
const char *ek_entry_download_get_name (EkEntryDownload *self, guint index);
EkDownloadOrigin ek_entry_download_get_origin (EkEntryDownload *self);
gint64 ek_entry_download_get_age (EkEntryDownload *self);
gboolean ek_entry_download_get_plain (EkEntryDownload *self);
const GError *ek_entry_download_get_problem (EkEntryDownload *self);

char *ek_url_file_name (const char *url);

G_END_DECLS
