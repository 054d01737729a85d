/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One address: asked for what is newer or missing, tried again where that helps, checked, put into the
 * cache. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-store-private.h"

#include "ek-download-private.h"

#define READ_SIZE (64 * 1024)
/* A try that brought bytes isn't fruitless: a line that breaks every second still ends up with the
 * whole. The other limit is for a server that gives a byte at a time. */
#define MAX_FRUITLESS   4
#define MAX_TRIES       2000
#define MAX_RETRY_AFTER 30000

static const guint delays_ms[MAX_FRUITLESS] = { 250, 1000, 2000, 4000 };

/**
 * Fetch:
 * @entry: (nullable): what the cache has of this address, and is sound
 * @resumed: whether the bytes in hand are of more than one answer
 */
typedef struct
{
  EkStore *store;
  EkHttp *http;
  const EkStoreRequest *request;
  const char *url;
  char *shown;
  EkProgress *progress;
  GCancellable *cancellable;
  EkCacheEntry *entry;
  EkPartial *partial;
  gboolean resumed;
  gboolean head_checked;
  guint8 *buffer;
} Fetch;

static void
fetch_clear (Fetch *self)
{
  g_clear_pointer (&self->shown, g_free);
  g_clear_pointer (&self->entry, ek_cache_entry_free);
  g_clear_pointer (&self->partial, ek_partial_free);
  g_clear_pointer (&self->buffer, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fetch, fetch_clear)

static gboolean
is_through_proxy (Fetch *self)
{
  GProxyResolver *resolver = self->store->http.proxy_resolver;
  g_auto (GStrv) proxies = NULL;

  if (resolver == NULL)
    resolver = g_proxy_resolver_get_default ();
  proxies = g_proxy_resolver_lookup (resolver, self->url, self->cancellable, NULL);
  return proxies != NULL && proxies[0] != NULL && !g_str_has_prefix (proxies[0], "direct:");
}

static EkHttpReaction
convert (Fetch *self, const GError *from, gboolean answered, GError **error)
{
  gboolean proxy = from->domain != EK_ERROR && !answered && is_through_proxy (self);

  return ek_http_convert_error (from, self->shown, answered, proxy, error);
}

static gboolean
ask (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  g_autoptr (GError) local = NULL;
  EkHttpQuestion question = { .url = self->url,
                              .offset = ek_partial_get_size (self->partial),
                              .if_range = ek_partial_get_if_range (self->partial) };

  if (self->entry != NULL)
    {
      question.etag = self->entry->etag;
      question.last_modified = self->entry->last_modified;
    }
  if (ek_http_send (self->http, &question, self->cancellable, &local))
    return TRUE;

  *reaction = convert (self, local, FALSE, error);
  return FALSE;
}

/* ---- what is about to come ---- */

static gboolean
fail_damaged (Fetch *self, EkHttpReaction *reaction, GError **error, const char *message)
{
  *reaction = EK_HTTP_RETRY;
  g_set_error (error, EK_ERROR, EK_ERROR_DOWNLOAD_DAMAGED, "%s: %s", self->shown, message);
  return FALSE;
}

static gboolean
fail_too_large (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  ek_partial_discard (self->partial);
  *reaction = EK_HTTP_FAIL;
  g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE,
               "%s: more than %" G_GUINT64_FORMAT " bytes", self->shown,
               ek_content_max_size (self->request->kind));
  return FALSE;
}

static gboolean
restart (Fetch *self,
         const char *etag,
         const char *last_modified,
         guint64 total,
         EkHttpReaction *reaction,
         GError **error)
{
  *reaction = EK_HTTP_FAIL;
  self->resumed = FALSE;
  self->head_checked = FALSE;
  return ek_partial_restart (self->partial, etag, last_modified, total, error);
}

static gboolean
begin_whole (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  guint64 length = ek_http_get_length (self->http);
  gboolean encoded = ek_http_is_encoded (self->http);

  if (length > ek_content_max_size (self->request->kind))
    return fail_too_large (self, reaction, error);

  /* Ranges of a compressed answer are not ranges of the file. */
  return restart (self, encoded ? NULL : ek_http_get_header (self->http, "ETag"),
                  encoded ? NULL : ek_http_get_header (self->http, "Last-Modified"), length,
                  reaction, error);
}

/* The rest has to be the rest, and of the same version; servers and caches on the way get it wrong. */
static gboolean
is_our_rest (Fetch *self)
{
  const char *etag = ek_http_get_header (self->http, "ETag");
  guint64 total = ek_partial_get_total (self->partial);
  guint64 start, whole;

  return !ek_http_is_encoded (self->http) && ek_http_get_range (self->http, &start, &whole) &&
         start == ek_partial_get_size (self->partial) &&
         (whole == 0 || total == 0 || whole == total) &&
         (etag == NULL || ek_partial_get_etag (self->partial) == NULL ||
          g_str_equal (etag, ek_partial_get_etag (self->partial)));
}

static gboolean
begin_rest (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  if (is_our_rest (self))
    {
      self->resumed = TRUE;
      return TRUE;
    }

  return restart (self, NULL, NULL, 0, reaction, error) &&
         fail_damaged (self, reaction, error, "the server sent another part than asked for");
}

static gboolean
begin_body (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  gboolean asked_for_rest = ek_partial_get_if_range (self->partial) != NULL;
  guint status = ek_http_get_status (self->http);

  if (status == SOUP_STATUS_OK)
    return begin_whole (self, reaction, error);
  if (status == SOUP_STATUS_PARTIAL_CONTENT && asked_for_rest)
    return begin_rest (self, reaction, error);
  if (status == SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE && asked_for_rest)
    return restart (self, NULL, NULL, 0, reaction, error) &&
           fail_damaged (self, reaction, error, "the file became shorter");

  *reaction = ek_http_status_error (status, self->shown, error);
  return FALSE;
}

/* ---- the bytes ---- */

static gboolean
check_head (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  guint8 head[EK_CONTENT_HEAD_SIZE];
  gsize size = ek_partial_read_head (self->partial, head, sizeof head);

  self->head_checked = TRUE;
  if (ek_content_check (self->request->kind, head, size, self->shown, error))
    return TRUE;

  ek_partial_discard (self->partial);
  *reaction = EK_HTTP_NEXT;
  return FALSE;
}

static gboolean
take (Fetch *self, gsize size, EkHttpReaction *reaction, GError **error)
{
  guint64 total = ek_partial_get_total (self->partial);
  guint64 after = ek_partial_get_size (self->partial) + size;

  if (after > ek_content_max_size (self->request->kind))
    return fail_too_large (self, reaction, error);
  if (total > 0 && after > total)
    return restart (self, NULL, NULL, 0, reaction, error) &&
           fail_damaged (self, reaction, error, "more came than was promised");

  *reaction = EK_HTTP_FAIL;
  if (!ek_partial_append (self->partial, self->buffer, size, error))
    return FALSE;

  ek_progress_advance (self->progress, after);
  return self->head_checked || after < EK_CONTENT_HEAD_SIZE || check_head (self, reaction, error);
}

static gboolean
read_body (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  guint64 total = ek_partial_get_total (self->partial);

  ek_progress_begin (self->progress, EK_PHASE_DOWNLOAD, total);
  ek_progress_resume (self->progress, ek_partial_get_size (self->partial));
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      gssize n = ek_http_read (self->http, self->buffer, READ_SIZE, self->cancellable, &local);

      if (n < 0)
        {
          *reaction = convert (self, local, TRUE, error);
          return FALSE;
        }
      if (n == 0)
        break;
      if (!take (self, (gsize) n, reaction, error))
        return FALSE;
    }

  if (ek_partial_get_size (self->partial) < total)
    return fail_damaged (self, reaction, error, "it ended before the length that was promised");

  return check_head (self, reaction, error);
}

/* ---- the whole ---- */

static EkCacheEntry *
new_entry (Fetch *self, const char *sha256)
{
  EkCacheEntry *entry = ek_cache_entry_new (self->url, self->request->kind);
  gint64 now = ek_store_now (self->store);

  entry->etag = g_strdup (ek_http_get_header (self->http, "ETag"));
  entry->last_modified = g_strdup (ek_http_get_header (self->http, "Last-Modified"));
  entry->sha256 = g_strdup (sha256);
  entry->size = ek_partial_get_size (self->partial);
  entry->fetched = entry->checked = now;
  entry->plain = ek_http_was_plain (self->http);
  ek_cache_entry_set_used (entry, self->request->board, now);
  return entry;
}

static gboolean
check_hash (Fetch *self, const char *sha256, EkHttpReaction *reaction, GError **error)
{
  gboolean again = self->resumed;

  if (self->request->sha256 == NULL || g_str_equal (self->request->sha256, sha256))
    return TRUE;

  /* Two halves that don't fit may be our fault or a cache's; a whole with a wrong hash is the
   * server's. */
  if (!restart (self, NULL, NULL, 0, reaction, error))
    return FALSE;
  fail_damaged (self, reaction, error, "its SHA-256 is not the one that was published");
  *reaction = again ? EK_HTTP_RETRY : EK_HTTP_FAIL;
  return FALSE;
}

/* What is broken must not displace what is good. */
static gboolean
check_content (Fetch *self, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  if (self->request->check == NULL)
    return TRUE;
  if ((bytes = ek_partial_map (self->partial, error)) == NULL)
    return FALSE;
  if (self->request->check (bytes, self->url, error))
    return TRUE;

  ek_partial_discard (self->partial);
  return FALSE;
}

static EkDownload *
keep (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  g_autoptr (EkCacheEntry) entry = NULL;
  g_autofree char *sha256 = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GBytes) bytes = NULL;

  *reaction = EK_HTTP_FAIL;
  if (!ek_partial_complete (self->partial, &sha256, error) ||
      !check_hash (self, sha256, reaction, error) || !check_content (self, error))
    return NULL;

  entry = new_entry (self, sha256);
  if (!ek_cache_commit (self->store->cache, entry, self->partial, self->cancellable, error))
    return NULL;
  bytes = ek_cache_read (self->store->cache, entry);
  if (bytes == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE,
                   "%s: what was saved can't be read back from the cache", self->shown);
      return NULL;
    }

  path = ek_cache_get_path (self->store->cache, entry);
  return ek_download_new (entry, bytes, path, EK_DOWNLOAD_FRESH, entry->checked);
}

static EkDownload *
keep_current (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  EkDownload *download;

  *reaction = EK_HTTP_RETRY;
  self->entry->checked = ek_store_now (self->store);
  download = ek_store_take_cached (self->store, self->request, self->entry, EK_DOWNLOAD_CURRENT);
  if (download == NULL)
    {
      g_clear_pointer (&self->entry, ek_cache_entry_free);
      fail_damaged (self, reaction, error, "the cache lost it meanwhile");
    }
  return download;
}

static EkDownload *
try_once (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  if (!ask (self, reaction, error))
    return NULL;
  if (self->entry != NULL && ek_http_get_status (self->http) == SOUP_STATUS_NOT_MODIFIED)
    return keep_current (self, reaction, error);
  if (!begin_body (self, reaction, error) || !read_body (self, reaction, error))
    return NULL;

  return keep (self, reaction, error);
}

/* ---- again ---- */

/* A busy server may say how long to stay away. */
static guint
get_delay (Fetch *self, guint fruitless, gboolean answered)
{
  const char *text = answered ? ek_http_get_header (self->http, "Retry-After") : NULL;
  guint64 seconds = text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;

  return (guint) MAX (delays_ms[fruitless],
                      seconds > MAX_RETRY_AFTER / 1000 ? MAX_RETRY_AFTER : seconds * 1000);
}

static gboolean
wait_a_while (Fetch *self, guint fruitless, const GError *why, GError **error)
{
  gboolean answered = g_error_matches (why, EK_ERROR, EK_ERROR_SERVER);
  guint ms = get_delay (self, fruitless, answered);

  g_debug ("%s; trying again in %u ms", why->message, ms);
  ek_http_close (self->http);
  if (self->store->delay != NULL)
    ms = self->store->delay (ms, self->store->delay_data);
  return ek_http_wait (self->http, ms, self->cancellable, error);
}

static EkDownload *
try_until_done (Fetch *self, EkHttpReaction *reaction, GError **error)
{
  guint fruitless = 0;

  for (guint i = 1;; i++)
    {
      g_autoptr (GError) local = NULL;
      guint64 before = ek_partial_get_size (self->partial);
      EkDownload *download = try_once (self, reaction, &local);

      if (download != NULL)
        return download;
      if (ek_partial_get_size (self->partial) > before)
        fruitless = 0;
      if (*reaction != EK_HTTP_RETRY || fruitless + 1 == MAX_FRUITLESS || i == MAX_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      if (!wait_a_while (self, fruitless, local, error))
        return NULL;
      fruitless++;
      ek_progress_set_attempt (self->progress, i + 1);
    }
}

/**
 * ek_store_fetch_url:
 * @request: with its hash, if any, in plain lower-case hex
 * @url: one of the request's addresses
 * @reaction: (out): on failure, whether another address may help
 *
 * Returns: (transfer full): the file, fresh or current; %NULL with the errors of ek_store_fetch()
 */
EkDownload *
ek_store_fetch_url (EkStore *self,
                    EkHttp *http,
                    const EkStoreRequest *request,
                    const char *url,
                    EkProgress *progress,
                    GCancellable *cancellable,
                    EkHttpReaction *reaction,
                    GError **error)
{
  g_auto (Fetch) fetch = { .store = self,
                           .http = http,
                           .request = request,
                           .url = url,
                           .progress = progress,
                           .cancellable = cancellable };

  *reaction = EK_HTTP_FAIL;
  if (!ek_http_check_url (url, error))
    return NULL;

  fetch.shown = ek_http_url_to_show (url);
  fetch.buffer = g_malloc (READ_SIZE);
  if (request->policy != EK_STORE_REFRESH)
    fetch.entry = ek_cache_find (self->cache, url);
  /* What the cache has is of no use if it isn't what is wanted. */
  if (fetch.entry != NULL && request->sha256 != NULL &&
      !g_str_equal (fetch.entry->sha256, request->sha256))
    g_clear_pointer (&fetch.entry, ek_cache_entry_free);
  if (fetch.entry != NULL)
    {
      g_autoptr (GBytes) bytes = ek_cache_read (self->cache, fetch.entry);

      if (bytes == NULL)
        {
          ek_cache_forget (self->cache, fetch.entry);
          g_clear_pointer (&fetch.entry, ek_cache_entry_free);
        }
    }
  if (!(fetch.partial = ek_cache_open_partial (self->cache, url, error)))
    return NULL;

  return try_until_done (&fetch, reaction, error);
}
