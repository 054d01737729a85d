/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the cache knows about one address: a small JSON file each. Private to this folder. */
#pragma once

#include "ek-content.h"

G_BEGIN_DECLS

/**
 * EkCacheEntry:
 * @url: the address that was asked for
 * @etag: (nullable): as the server gave it, quotes included
 * @last_modified: (nullable): as the server gave it
 * @sha256: of the content, 64 lower-case hex digits; also its file's name
 * @size: bytes of the content
 * @fetched: when it came, in seconds since 1970
 * @checked: when the server last said that it is current
 * @used: when it was last asked for
 * @boards: (element-type utf8 gint64): when it was last used for which board
 * @plain: whether it came over http without encryption
 */
typedef struct
{
  char *url;
  EkContentKind kind;
  char *etag;
  char *last_modified;
  char *sha256;
  guint64 size;
  gint64 fetched;
  gint64 checked;
  gint64 used;
  GHashTable *boards;
  gboolean plain;
} EkCacheEntry;

EkCacheEntry *ek_cache_entry_new (const char *url, EkContentKind kind);
EkCacheEntry *ek_cache_entry_read (const char *path);
gboolean ek_cache_entry_write (const EkCacheEntry *self, const char *path, GError **error);
void ek_cache_entry_set_used (EkCacheEntry *self, const char *board, gint64 now);
gint64 ek_cache_entry_get_board_used (const EkCacheEntry *self, const char *board);
void ek_cache_entry_free (EkCacheEntry *self);

gboolean ek_is_sha256 (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCacheEntry, ek_cache_entry_free)

G_END_DECLS
