/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware, lists and programs from the web, and from the cache when there is no web. */
#pragma once

#include "ek-content.h"
#include "ek-download.h"
#include "ek-progress.h"

G_BEGIN_DECLS

/* All contents of the cache together, unless said otherwise. */
#define EK_STORE_MAX_SIZE (512ull * 1024 * 1024)

/**
 * EkStorePolicy:
 * @EK_STORE_ASK: the server is asked whether there is something newer; if it can't be, the cache does
 * @EK_STORE_REFRESH: fetched anew, whatever the cache has
 * @EK_STORE_OFFLINE: the cache only
 */
typedef enum
{
  EK_STORE_ASK,
  EK_STORE_REFRESH,
  EK_STORE_OFFLINE,
} EkStorePolicy;

/* Whether @bytes, from @url, are what is wanted; on the fetching thread. */
typedef gboolean (*EkStoreCheckFunc) (GBytes *bytes, const char *url, GError **error);

/**
 * EkStoreRequest:
 * @urls: (array zero-terminated=1): where it may be, in order; the next one is for when the server of
 *   the one before doesn't have it
 * @kind: what is expected, and how large it may be
 * @sha256: (nullable): what its hash has to be, in hex, also as "sha256:…"
 * @board: (nullable): the board that it is for; what was used last for a board stays in the cache
 * @policy: whether to ask the server
 * @check: (nullable): is asked before what came takes the place of what the cache has
 * @max_age: with %EK_STORE_ASK, the server isn't asked if it was within so many seconds
 */
typedef struct
{
  const char *const *urls;
  EkContentKind kind;
  const char *sha256;
  const char *board;
  EkStorePolicy policy;
  EkStoreCheckFunc check;
  gint64 max_age;
} EkStoreRequest;

/* Returns how many milliseconds to really wait. */
typedef guint (*EkStoreDelayFunc) (guint milliseconds, gpointer user_data);

#define EK_TYPE_STORE (ek_store_get_type ())
G_DECLARE_FINAL_TYPE (EkStore, ek_store, EK, STORE, GObject)

EkStore *ek_store_new (const char *folder);
void ek_store_set_max_size (EkStore *self, guint64 max_size);
void ek_store_set_stall_timeout (EkStore *self, guint milliseconds);
void ek_store_set_clock (EkStore *self, EkClockFunc clock, gpointer user_data);
void ek_store_set_delay_func (EkStore *self, EkStoreDelayFunc delay, gpointer user_data);
void ek_store_set_proxy_resolver (EkStore *self, GProxyResolver *resolver);
void ek_store_set_tls_database (EkStore *self, GTlsDatabase *database);
const char *ek_store_get_folder (EkStore *self);

EkDownload *ek_store_fetch (EkStore *self,
                            const EkStoreRequest *request,
                            EkProgressFunc progress,
                            gpointer progress_data,
                            GCancellable *cancellable,
                            GError **error);
void ek_store_fetch_async (EkStore *self,
                           const EkStoreRequest *request,
                           EkProgressFunc progress,
                           gpointer progress_data,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
EkDownload *ek_store_fetch_finish (EkStore *self, GAsyncResult *result, GError **error);

EkDownload *ek_store_peek (EkStore *self, const char *url);
char *ek_store_find_elf (EkStore *self, const char *prefix);

G_END_DECLS
