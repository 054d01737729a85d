/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks, follows redirects, reads. Blocking for the caller; inside, libsoup's asynchronous calls on a main
 * context of our own, so that cancelling and a silent server end any wait at once. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-http.h"

#include "ek-http-error.h"
#include "ek-store-file.h"

#define MAX_REDIRECTS  10
#define MAX_URL_LENGTH 4096

struct _EkHttp
{
  GMainContext *context;
  SoupSession *session;
  guint stall_ms;

  SoupMessage *message;
  GInputStream *body;
  gboolean plain; /* some part of the way was not encrypted */

  /* one wait */
  GAsyncResult *result;
  GCancellable *inner;
  gboolean stalled;
};

/**
 * ek_http_new:
 *
 * Belongs to the calling thread.
 *
 * Returns: (transfer full)
 */
EkHttp *
ek_http_new (const EkHttpOptions *options)
{
  EkHttp *self = g_new0 (EkHttp, 1);

  self->stall_ms = options->stall_ms;
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->session = soup_session_new_with_options ("user-agent", "echokit-flasher/" EK_VERSION, NULL);
  if (options->proxy_resolver != NULL)
    soup_session_set_proxy_resolver (self->session, options->proxy_resolver);
  if (options->tls_database != NULL)
    soup_session_set_tls_database (self->session, options->tls_database);
  return self;
}

/**
 * ek_http_close:
 *
 * Done with this answer; what is left of it is not waited for.
 */
void
ek_http_close (EkHttp *self)
{
  /* Closing a body reads it to its end, which an endless one hasn't: cancelled, it doesn't. */
  if (self->body != NULL)
    {
      g_cancellable_cancel (self->inner);
      soup_session_abort (self->session);
      g_input_stream_close (self->body, self->inner, NULL);
    }
  g_clear_object (&self->body);
  g_clear_object (&self->message);
  g_clear_object (&self->inner);
  while (g_main_context_iteration (self->context, FALSE))
    ;
}

void
ek_http_free (EkHttp *self)
{
  ek_http_close (self);
  g_clear_object (&self->session);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_free (self);
}

/* ---- waiting ---- */

static gboolean
on_due (gpointer user_data)
{
  gboolean *due = user_data;

  *due = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_stalled (gpointer user_data)
{
  EkHttp *self = user_data;

  self->stalled = TRUE;
  g_cancellable_cancel (self->inner);
  return G_SOURCE_CONTINUE;
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EkHttp *self = user_data;

  self->result = g_object_ref (result);
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static GSource *
add_timer (EkHttp *self, guint ms, GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, self->context);
  return source;
}

static void
drop_timer (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

/* Until the call that is on its way has ended, by itself or because it was cancelled. */
static GAsyncResult *
wait_for_result (EkHttp *self, GCancellable *cancellable)
{
  GSource *timer = add_timer (self, self->stall_ms, on_stalled, self);
  gulong handler = 0;

  self->stalled = FALSE;
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                     g_object_ref (self->inner), g_object_unref);
  while (self->result == NULL)
    g_main_context_iteration (self->context, TRUE);
  g_cancellable_disconnect (cancellable, handler);
  drop_timer (timer);
  return g_steal_pointer (&self->result);
}

/* Whose cancelling it was. */
static void
explain_cancel (EkHttp *self, GCancellable *cancellable, GError **error)
{
  if (error == NULL || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_error (error);
  if (!ek_error_set_cancelled (cancellable, error))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "nothing came for %.3g s",
                 self->stall_ms / 1000.0);
}

static gboolean
on_wait_cancelled (GCancellable *cancellable, gpointer user_data)
{
  return on_due (user_data);
}

/**
 * ek_http_wait:
 * @ms: how long
 *
 * Returns: %FALSE with %EK_ERROR_CANCELLED
 */
gboolean
ek_http_wait (EkHttp *self, guint ms, GCancellable *cancellable, GError **error)
{
  gboolean due = FALSE;
  GSource *timer = add_timer (self, ms, on_due, &due);
  GSource *cancel = NULL;

  if (cancellable != NULL)
    {
      cancel = g_cancellable_source_new (cancellable);
      g_source_set_callback (cancel, G_SOURCE_FUNC (on_wait_cancelled), &due, NULL);
      g_source_attach (cancel, self->context);
    }
  while (!due)
    g_main_context_iteration (self->context, TRUE);
  drop_timer (timer);
  if (cancel != NULL)
    drop_timer (cancel);
  return !ek_error_set_cancelled (cancellable, error);
}

/* ---- asking ---- */

static gboolean
is_on_the_web (GUri *uri)
{
  const char *scheme = g_uri_get_scheme (uri);
  const char *host = g_uri_get_host (uri);

  return (g_str_equal (scheme, "http") || g_str_equal (scheme, "https")) && host != NULL &&
         *host != '\0';
}

/**
 * ek_http_check_url:
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT for what isn't an address on the web
 */
gboolean
ek_http_check_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree char *shown = ek_http_url_to_show (url);

  if (strlen (url) <= MAX_URL_LENGTH && g_utf8_validate (url, -1, NULL))
    uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri != NULL && is_on_the_web (uri))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "“%.200s” is no address on the web",
               shown);
  return FALSE;
}

/**
 * ek_http_url_to_show:
 *
 * Returns: (transfer full): the address without user, password and query, which may be secrets
 */
char *
ek_http_url_to_show (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

  if (uri == NULL)
    return g_utf8_make_valid (url, -1);

  return g_uri_to_string_partial (uri,
                                  G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT);
}

static SoupMessage *
new_message (const EkHttpQuestion *question, GUri *uri)
{
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
  /* Ranges count the bytes that travel, so these have to be the file's own. */
  soup_message_headers_replace (headers, "Accept-Encoding", "identity");
  if (question->etag != NULL)
    soup_message_headers_replace (headers, "If-None-Match", question->etag);
  else if (question->last_modified != NULL)
    soup_message_headers_replace (headers, "If-Modified-Since", question->last_modified);
  if (question->if_range != NULL)
    {
      soup_message_headers_set_range (headers, (goffset) question->offset, -1);
      soup_message_headers_replace (headers, "If-Range", question->if_range);
    }
  return message;
}

/* An answer to https without a certificate is the proxy's, which would not let us through. */
static gboolean
check_who_answers (EkHttp *self, GUri *uri, GError **error)
{
  if (g_str_equal (g_uri_get_scheme (uri), "http") ||
      soup_message_get_tls_peer_certificate (self->message) != NULL)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_PROXY, "the proxy answers %u", ek_http_get_status (self));
  return FALSE;
}

static gboolean
send_one (EkHttp *self,
          const EkHttpQuestion *question,
          GUri *uri,
          GCancellable *cancellable,
          GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ek_http_close (self);
  if (ek_error_set_cancelled (cancellable, error))
    return FALSE;

  self->message = new_message (question, uri);
  self->inner = g_cancellable_new ();
  self->plain |= g_str_equal (g_uri_get_scheme (uri), "http");
  soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, self->inner, on_ready,
                           self);
  result = wait_for_result (self, cancellable);
  self->body = soup_session_send_finish (self->session, result, error);
  explain_cancel (self, cancellable, error);
  return self->body != NULL && check_who_answers (self, uri, error);
}

/* Where an answer sends us, if it does. */
static gboolean
find_redirect (EkHttp *self, GUri *from, GUri **to, GError **error)
{
  guint status = ek_http_get_status (self);
  const char *location = ek_http_get_header (self, "Location");
  g_autoptr (GUri) uri = NULL;

  *to = NULL;
  if (status < 301 || status > 308 || status == 304 || status == 305 || status == 306)
    return TRUE;

  if (location != NULL)
    uri = g_uri_parse_relative (from, location, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri == NULL || !is_on_the_web (uri))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_SERVER, "redirected (%u) to nowhere on the web",
                   status);
      return FALSE;
    }
  if (g_str_equal (g_uri_get_scheme (from), "https") &&
      !g_str_equal (g_uri_get_scheme (uri), "https"))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_TLS,
                   "redirected from https to http, where anybody could change the file");
      return FALSE;
    }

  *to = g_steal_pointer (&uri);
  return TRUE;
}

/**
 * ek_http_send:
 *
 * Asks for a file, and again wherever the server points to, up to ten times; never from https to
 * http.
 *
 * Returns: %FALSE with an error of libsoup or GIO, or with %EK_ERROR_SERVER, %EK_ERROR_TLS or
 *   %EK_ERROR_CANCELLED; see ek_http_convert_error()
 */
gboolean
ek_http_send (EkHttp *self,
              const EkHttpQuestion *question,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (GUri) uri = NULL;

  if (!ek_http_check_url (question->url, error))
    return FALSE;

  self->plain = FALSE;
  uri = g_uri_parse (question->url, SOUP_HTTP_URI_FLAGS, NULL);
  for (guint i = 0; i <= MAX_REDIRECTS; i++)
    {
      g_autoptr (GUri) next = NULL;

      if (!send_one (self, question, uri, cancellable, error) ||
          !find_redirect (self, uri, &next, error))
        return FALSE;
      if (next == NULL)
        return TRUE;
      g_uri_unref (uri);
      uri = g_steal_pointer (&next);
    }

  g_set_error (error, EK_ERROR, EK_ERROR_SERVER, "redirected more than %u times", MAX_REDIRECTS);
  return FALSE;
}

/**
 * ek_http_read:
 *
 * Returns: bytes read, 0 at the end, -1 with an error as ek_http_send()
 */
gssize
ek_http_read (EkHttp *self, guint8 *buffer, gsize size, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  gssize n;

  g_input_stream_read_async (self->body, buffer, size, G_PRIORITY_DEFAULT, self->inner, on_ready,
                             self);
  result = wait_for_result (self, cancellable);
  n = g_input_stream_read_finish (self->body, result, error);
  if (n < 0)
    explain_cancel (self, cancellable, error);
  return n;
}

/* ---- the answer ---- */

guint
ek_http_get_status (EkHttp *self)
{
  return soup_message_get_status (self->message);
}

/**
 * ek_http_get_header:
 *
 * Returns: (nullable) (transfer none): a header of the answer, if it is one that can be used again
 */
const char *
ek_http_get_header (EkHttp *self, const char *name)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char *value = soup_message_headers_get_one (headers, name);

  return ek_is_header_value (value) ? value : NULL;
}

/**
 * ek_http_is_encoded:
 *
 * Returns: whether the server compressed the file although it was asked not to
 */
gboolean
ek_http_is_encoded (EkHttp *self)
{
  const char *encoding = ek_http_get_header (self, "Content-Encoding");

  return encoding != NULL && g_ascii_strcasecmp (encoding, "identity") != 0;
}

/**
 * ek_http_get_length:
 *
 * Returns: bytes of this answer's body, or 0 if the server doesn't say
 */
guint64
ek_http_get_length (EkHttp *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  goffset length;

  if (ek_http_is_encoded (self) ||
      soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH)
    return 0;

  length = soup_message_headers_get_content_length (headers);
  return length > 0 ? (guint64) length : 0;
}

/**
 * ek_http_get_range:
 * @start: (out): the first byte that comes
 * @total: (out): bytes of the whole file, or 0 if the server doesn't say
 *
 * Returns: %FALSE if the answer doesn't say which part it is
 */
gboolean
ek_http_get_range (EkHttp *self, guint64 *start, guint64 *total)
{
  goffset first, last, length;

  if (!soup_message_headers_get_content_range (soup_message_get_response_headers (self->message),
                                               &first, &last, &length) ||
      first < 0 || last < first)
    return FALSE;

  *start = (guint64) first;
  *total = length > 0 ? (guint64) length : 0;
  return TRUE;
}

/**
 * ek_http_was_plain:
 *
 * Returns: whether any part of the way went over http, where others can read and change it
 */
gboolean
ek_http_was_plain (EkHttp *self)
{
  return self->plain;
}
