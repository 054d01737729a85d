/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store from inside, and the fetching of one address. Private to this folder. */
#pragma once

#include "ek-cache.h"
#include "ek-http-error.h"
#include "ek-http.h"
#include "ek-store.h"

G_BEGIN_DECLS

struct _EkStore
{
  GObject parent_instance;

  char *folder;
  EkCache *cache;
  EkHttpOptions http;
  EkClockFunc clock;
  gpointer clock_data;
  EkStoreDelayFunc delay;
  gpointer delay_data;
};

gint64 ek_store_now (EkStore *self);
EkDownload *ek_store_take_cached (EkStore *self,
                                  const EkStoreRequest *request,
                                  EkCacheEntry *entry,
                                  EkDownloadOrigin origin);

EkDownload *ek_store_fetch_cached (EkStore *self, const EkStoreRequest *request, gint64 max_age);
EkDownload *ek_store_fetch_by_hash (EkStore *self, const EkStoreRequest *request);
EkDownload *ek_store_fetch_offline (EkStore *self, const EkStoreRequest *request, GError **error);

EkDownload *ek_store_fetch_url (EkStore *self,
                                EkHttp *http,
                                const EkStoreRequest *request,
                                const char *url,
                                EkProgress *progress,
                                GCancellable *cancellable,
                                EkHttpReaction *reaction,
                                GError **error);

G_END_DECLS
