/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked for, from the best place there is: the cache by its hash, the server, another server, the
 * cache however old. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-store-private.h"

#include <string.h>

#include "ek-download-private.h"
#include "ek-progress-relay.h"

#define STALL_TIMEOUT_MS 20000

G_DEFINE_FINAL_TYPE (EkStore, ek_store, G_TYPE_OBJECT)

/* With these, what was saved before is better than nothing. */
static const EkError passing_errors[] = {
  EK_ERROR_OFFLINE,
  EK_ERROR_SERVER,
  EK_ERROR_TLS,
  EK_ERROR_PROXY,
  EK_ERROR_DOWNLOAD_NO_FIRMWARE,
  EK_ERROR_DOWNLOAD_DAMAGED,
  EK_ERROR_CATALOG,
  EK_ERROR_DISK_FULL,
  EK_ERROR_FILE_WRITE,
};

static gint64
wall_clock (gpointer user_data)
{
  return g_get_real_time ();
}

static void
ek_store_finalize (GObject *object)
{
  EkStore *self = EK_STORE (object);

  g_free (self->folder);
  ek_cache_free (self->cache);
  g_clear_object (&self->http.proxy_resolver);
  g_clear_object (&self->http.tls_database);

  G_OBJECT_CLASS (ek_store_parent_class)->finalize (object);
}

static void
ek_store_class_init (EkStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_store_finalize;
}

static void
ek_store_init (EkStore *self)
{
  self->http.stall_ms = STALL_TIMEOUT_MS;
  self->clock = wall_clock;
}

/**
 * ek_store_new:
 * @folder: (nullable): where the cache is; %NULL for this user's, echokit-flasher in XDG_CACHE_HOME
 *
 * Nothing is read or made before the first fetch. What is set has to be set before that too; fetching
 * then works from any thread, and several stores may share a folder.
 *
 * Returns: (transfer full)
 */
EkStore *
ek_store_new (const char *folder)
{
  EkStore *self = g_object_new (EK_TYPE_STORE, NULL);

  self->folder = folder != NULL
                     ? g_strdup (folder)
                     : g_build_filename (g_get_user_cache_dir (), "echokit-flasher", NULL);
  self->cache = ek_cache_new (self->folder, EK_STORE_MAX_SIZE);
  return self;
}

/**
 * ek_store_set_max_size:
 * @max_size: bytes that all contents together may have; what a board used last stays even so
 */
void
ek_store_set_max_size (EkStore *self, guint64 max_size)
{
  g_return_if_fail (EK_IS_STORE (self));

  ek_cache_free (self->cache);
  self->cache = ek_cache_new (self->folder, max_size);
}

/**
 * ek_store_set_stall_timeout:
 * @milliseconds: how long nothing may come before a server counts as gone
 */
void
ek_store_set_stall_timeout (EkStore *self, guint milliseconds)
{
  g_return_if_fail (EK_IS_STORE (self));

  self->http.stall_ms = milliseconds;
}

/**
 * ek_store_set_clock:
 * @clock: (scope notified): microseconds since 1970, from any thread
 */
void
ek_store_set_clock (EkStore *self, EkClockFunc clock, gpointer user_data)
{
  g_return_if_fail (EK_IS_STORE (self));

  self->clock = clock;
  self->clock_data = user_data;
}

/**
 * ek_store_set_delay_func:
 * @delay: (scope notified): is asked before each wait between two tries, on the fetching thread
 */
void
ek_store_set_delay_func (EkStore *self, EkStoreDelayFunc delay, gpointer user_data)
{
  g_return_if_fail (EK_IS_STORE (self));

  self->delay = delay;
  self->delay_data = user_data;
}

/**
 * ek_store_set_proxy_resolver:
 * @resolver: (nullable): which proxy to use; %NULL for the system's
 */
void
ek_store_set_proxy_resolver (EkStore *self, GProxyResolver *resolver)
{
  g_return_if_fail (EK_IS_STORE (self));

  g_set_object (&self->http.proxy_resolver, resolver);
}

/**
 * ek_store_set_tls_database:
 * @database: (nullable): whose certificates to trust; %NULL for the system's
 */
void
ek_store_set_tls_database (EkStore *self, GTlsDatabase *database)
{
  g_return_if_fail (EK_IS_STORE (self));

  g_set_object (&self->http.tls_database, database);
}

/**
 * ek_store_get_folder:
 *
 * Returns: (transfer none): where the cache is
 */
const char *
ek_store_get_folder (EkStore *self)
{
  g_return_val_if_fail (EK_IS_STORE (self), NULL);

  return self->folder;
}

gint64
ek_store_now (EkStore *self)
{
  return self->clock (self->clock_data) / G_USEC_PER_SEC;
}

/* ---- from the web ---- */

static gboolean
is_passing (const GError *error)
{
  for (guint i = 0; i < G_N_ELEMENTS (passing_errors); i++)
    if (g_error_matches (error, EK_ERROR, (int) passing_errors[i]))
      return TRUE;

  return FALSE;
}

static EkDownload *
fetch_from_web (EkStore *self,
                const EkStoreRequest *request,
                EkProgress *progress,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (EkHttp) http = ek_http_new (&self->http);
  EkHttpReaction reaction = EK_HTTP_NEXT;

  for (guint i = 0; request->urls[i] != NULL && reaction == EK_HTTP_NEXT; i++)
    {
      g_autoptr (GError) local = NULL;
      EkDownload *download = ek_store_fetch_url (self, http, request, request->urls[i], progress,
                                                 cancellable, &reaction, &local);

      if (download != NULL)
        {
          g_clear_error (error);
          return download;
        }
      /* What the first address says is what a person asked for; a network that is gone says more. */
      if (error != NULL && (*error == NULL || reaction != EK_HTTP_NEXT))
        {
          g_clear_error (error);
          *error = g_steal_pointer (&local);
        }
    }

  return NULL;
}

static EkDownload *
fetch (EkStore *self,
       const EkStoreRequest *request,
       EkProgress *progress,
       GCancellable *cancellable,
       GError **error)
{
  g_autoptr (GError) local = NULL;
  EkDownload *download;

  if (ek_error_set_cancelled (cancellable, error))
    return NULL;
  if ((download = ek_store_fetch_by_hash (self, request)) != NULL)
    return download;
  if (request->policy == EK_STORE_OFFLINE)
    return ek_store_fetch_offline (self, request, error);
  if (request->policy == EK_STORE_ASK && request->max_age > 0 &&
      (download = ek_store_fetch_cached (self, request, request->max_age)) != NULL)
    return download;
  if ((download = fetch_from_web (self, request, progress, cancellable, &local)) != NULL)
    return download;

  if (request->policy == EK_STORE_ASK && is_passing (local) &&
      (download = ek_store_fetch_cached (self, request, -1)) != NULL)
    {
      ek_download_set_problem (download, local);
      return download;
    }

  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* ---- the public calls ---- */

/**
 * OwnRequest:
 *
 * A request whose texts are its own.
 */
typedef struct
{
  EkStoreRequest request;
  GStrv urls;
  char *sha256;
  char *board;
  EkProgressRelay *relay;
} OwnRequest;

static char *
normalise_hash (const char *text)
{
  return g_ascii_strdown (g_str_has_prefix (text, "sha256:") ? text + strlen ("sha256:") : text,
                          -1);
}

static OwnRequest *
own_request_new (const EkStoreRequest *request)
{
  OwnRequest *own = g_new0 (OwnRequest, 1);

  own->urls = g_strdupv ((char **) request->urls);
  own->sha256 = request->sha256 != NULL ? normalise_hash (request->sha256) : NULL;
  own->board = g_strdup (request->board);
  own->request = *request;
  own->request.urls = (const char *const *) own->urls;
  own->request.sha256 = own->sha256;
  own->request.board = own->board;
  return own;
}

static void
own_request_free (OwnRequest *own)
{
  g_strfreev (own->urls);
  g_free (own->sha256);
  g_free (own->board);
  g_clear_pointer (&own->relay, ek_progress_relay_unref);
  g_free (own);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OwnRequest, own_request_free)

static EkDownload *
run (EkStore *self,
     const OwnRequest *own,
     EkProgressFunc func,
     gpointer func_data,
     GCancellable *cancellable,
     GError **error)
{
  g_autoptr (EkProgress) progress = ek_progress_new (func, func_data);
  EkDownload *download;

  if (own->urls[0] == NULL)
    {
      g_set_error_literal (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "no address to fetch from");
      return NULL;
    }
  if (own->sha256 != NULL && !ek_is_sha256 (own->sha256))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "“%s” is no SHA-256", own->sha256);
      return NULL;
    }

  ek_progress_set_weight (progress, EK_PHASE_DOWNLOAD, 1);
  download = fetch (self, &own->request, progress, cancellable, error);
  if (download != NULL)
    ek_progress_finish (progress);
  return download;
}

/**
 * ek_store_fetch:
 * @progress: (nullable) (scope call): is told of every step, on this thread
 *
 * Gets a file, on this thread. It is checked by what it was said to be: length, hash where one was
 * published, what @request's check says, and that it isn't a web page. If it breaks off, it goes on where it broke, now or at the
 * next call, also of another process. If the server can't be asked, the cache's copy is taken and
 * ek_download_get_problem() says so.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_OFFLINE,
 *   %EK_ERROR_SERVER, %EK_ERROR_NOT_ON_SERVER, %EK_ERROR_TLS, %EK_ERROR_PROXY,
 *   %EK_ERROR_DOWNLOAD_NO_FIRMWARE, %EK_ERROR_DOWNLOAD_DAMAGED, %EK_ERROR_FILE_TOO_LARGE,
 *   %EK_ERROR_DISK_FULL, %EK_ERROR_FILE_WRITE, %EK_ERROR_CANCELLED, or what the check says
 */
EkDownload *
ek_store_fetch (EkStore *self,
                const EkStoreRequest *request,
                EkProgressFunc progress,
                gpointer progress_data,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (OwnRequest) own = NULL;

  g_return_val_if_fail (EK_IS_STORE (self), NULL);

  own = own_request_new (request);
  return run (self, own, progress, progress_data, cancellable, error);
}

static void
run_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  OwnRequest *own = task_data;
  GError *error = NULL;
  EkDownload *download =
      run (EK_STORE (source_object), own, ek_progress_relay_tell, own->relay, cancellable, &error);

  ek_progress_relay_close (own->relay);
  if (download != NULL)
    g_task_return_pointer (task, download, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * ek_store_fetch_async:
 * @progress: (nullable) (scope async): is told at most 20 times a second, and never after @callback
 *
 * As ek_store_fetch(), on a thread of its own; @progress and @callback belong to the thread-default
 * main context of the caller.
 */
void
ek_store_fetch_async (EkStore *self,
                      const EkStoreRequest *request,
                      EkProgressFunc progress,
                      gpointer progress_data,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OwnRequest *own;

  g_return_if_fail (EK_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  own = own_request_new (request);
  own->relay = ek_progress_relay_new (progress, progress_data);
  g_task_set_source_tag (task, ek_store_fetch_async);
  /* What was fetched stays in the cache; its error says itself that it was cancelled. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, own, (GDestroyNotify) own_request_free);
  g_task_run_in_thread (task, run_in_thread);
}

/**
 * ek_store_fetch_finish:
 *
 * Returns: (transfer full): as ek_store_fetch()
 */
EkDownload *
ek_store_fetch_finish (EkStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
