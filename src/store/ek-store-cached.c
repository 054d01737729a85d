/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the store finds in its cache, without asking anybody. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-store-private.h"

#include <string.h>

#include "ek-download-private.h"

/* The boot log shows 9 digits; fewer than 8 would name the wrong one sooner or later. */
#define MIN_ELF_PREFIX 8

/**
 * ek_store_take_cached:
 *
 * Marks an entry as used. That this can't be written down is no reason not to use it.
 *
 * Returns: (transfer full) (nullable): %NULL if its content isn't sound
 */
EkDownload *
ek_store_take_cached (EkStore *self,
                      const EkStoreRequest *request,
                      EkCacheEntry *entry,
                      EkDownloadOrigin origin)
{
  g_autoptr (GBytes) bytes = ek_cache_read (self->cache, entry);
  g_autofree char *path = ek_cache_get_path (self->cache, entry);
  g_autoptr (GError) error = NULL;

  if (bytes == NULL)
    return NULL;

  ek_cache_entry_set_used (entry, request->board, ek_store_now (self));
  if (!ek_cache_update (self->cache, entry, &error))
    g_debug ("%s", error->message);
  return ek_download_new (entry, bytes, path, origin, ek_store_now (self));
}

/**
 * ek_store_fetch_cached:
 * @max_age: seconds since the server was last asked, or negative for any age
 *
 * Returns: (transfer full) (nullable): the file of the first address that the cache has, and has as
 *   it is wanted
 */
EkDownload *
ek_store_fetch_cached (EkStore *self, const EkStoreRequest *request, gint64 max_age)
{
  for (guint i = 0; request->urls[i] != NULL; i++)
    {
      g_autoptr (EkCacheEntry) entry = ek_cache_find (self->cache, request->urls[i]);
      gint64 age = entry != NULL ? ek_store_now (self) - entry->checked : 0;
      EkDownload *download;

      /* A clock that was set back makes nothing younger. */
      if (entry == NULL || (max_age >= 0 && (age < 0 || age >= max_age)) ||
          (request->sha256 != NULL && !g_str_equal (entry->sha256, request->sha256)))
        continue;
      download = ek_store_take_cached (self, request, entry, EK_DOWNLOAD_CACHED);
      if (download != NULL)
        return download;
    }

  return NULL;
}

/**
 * ek_store_fetch_by_hash:
 *
 * Returns: (transfer full) (nullable): the very bytes that are wanted, whatever their address
 */
EkDownload *
ek_store_fetch_by_hash (EkStore *self, const EkStoreRequest *request)
{
  g_autoptr (EkCacheEntry) entry = NULL;

  if (request->sha256 == NULL || request->policy == EK_STORE_REFRESH)
    return NULL;

  entry = ek_cache_find_sha256 (self->cache, request->sha256);
  return entry != NULL ? ek_store_take_cached (self, request, entry, EK_DOWNLOAD_CURRENT) : NULL;
}

/**
 * ek_store_fetch_offline:
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_OFFLINE if it isn't in the cache
 */
EkDownload *
ek_store_fetch_offline (EkStore *self, const EkStoreRequest *request, GError **error)
{
  EkDownload *download = ek_store_fetch_cached (self, request, -1);
  g_autofree char *shown = ek_http_url_to_show (request->urls[0]);

  if (download == NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_OFFLINE, "%s was not downloaded before", shown);
  return download;
}

/**
 * ek_store_peek:
 *
 * Returns: (transfer full) (nullable): what the cache has of an address, however old, without asking
 *   anybody and without counting as used
 */
EkDownload *
ek_store_peek (EkStore *self, const char *url)
{
  g_autoptr (EkCacheEntry) entry = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = NULL;

  g_return_val_if_fail (EK_IS_STORE (self), NULL);

  entry = ek_cache_find (self->cache, url);
  if (entry == NULL || (bytes = ek_cache_read (self->cache, entry)) == NULL)
    return NULL;

  path = ek_cache_get_path (self->cache, entry);
  return ek_download_new (entry, bytes, path, EK_DOWNLOAD_CACHED, ek_store_now (self));
}

static gboolean
is_sound_elf (EkStore *self, const EkCacheEntry *entry)
{
  g_autoptr (GBytes) bytes = ek_cache_read (self->cache, entry);
  gsize size;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  return data != NULL && ek_content_is_elf (data, size);
}

/**
 * ek_store_find_elf:
 * @prefix: the first 8 or more hex digits of an ELF file's SHA-256, as a crash prints them
 *
 * Returns: (transfer full) (nullable): the program that crashed, with its symbols, if it is here
 */
char *
ek_store_find_elf (EkStore *self, const char *prefix)
{
  g_autoptr (EkCacheEntry) entry = NULL;
  g_autofree char *lower = NULL;

  g_return_val_if_fail (EK_IS_STORE (self), NULL);

  lower = g_ascii_strdown (prefix, -1);
  if (strlen (lower) < MIN_ELF_PREFIX || strspn (lower, "0123456789abcdef") != strlen (lower))
    return NULL;

  entry = ek_cache_find_sha256 (self->cache, lower);
  return entry != NULL && is_sound_elf (self, entry) ? ek_cache_get_path (self->cache, entry)
                                                     : NULL;
}
