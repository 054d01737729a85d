/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was downloaded, on disk, by address and by content. Private to this folder. */
#pragma once

#include "ek-cache-entry.h"
#include "ek-partial.h"

G_BEGIN_DECLS

typedef struct _EkCache EkCache;

EkCache *ek_cache_new (const char *root, guint64 max_size);
void ek_cache_free (EkCache *self);

EkCacheEntry *ek_cache_find (EkCache *self, const char *url);
EkCacheEntry *ek_cache_find_sha256 (EkCache *self, const char *sha256);
GPtrArray *ek_cache_list (EkCache *self);
char *ek_cache_get_path (EkCache *self, const EkCacheEntry *entry);
GBytes *ek_cache_read (EkCache *self, const EkCacheEntry *entry);
EkPartial *ek_cache_open_partial (EkCache *self, const char *url, GError **error);
gboolean ek_cache_commit (EkCache *self,
                          EkCacheEntry *entry,
                          EkPartial *partial,
                          GCancellable *cancellable,
                          GError **error);
gboolean ek_cache_update (EkCache *self, const EkCacheEntry *entry, GError **error);
void ek_cache_forget (EkCache *self, const EkCacheEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCache, ek_cache_free)

G_END_DECLS
