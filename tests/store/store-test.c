/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers on 127.0.0.1, and a store whose clock and waits belong to the test. */
#include "config.h"

#include "store-test.h"

#include <ftw.h>
#include <stdio.h>

#include "test-certificate.h"

/* ---- the proper server ---- */

static void
served_file_free (gpointer data)
{
  ServedFile *self = data;

  g_clear_pointer (&self->content, g_bytes_unref);
  g_free (self->etag);
  g_free (self->last_modified);
  g_free (self->type);
  g_free (self->location);
  g_free (self->encoding);
  g_free (self);
}

static void
note_request (World *self, const char *path, SoupMessageHeaders *headers)
{
  static const char *const names[] = { "Range", "If-Range", "If-None-Match", "If-Modified-Since" };
  GString *text = g_string_new (path);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (soup_message_headers_get_one (headers, names[i]) != NULL)
      g_string_append_printf (text, " %s=%s", names[i],
                              soup_message_headers_get_one (headers, names[i]));
  g_ptr_array_add (self->asked, g_string_free (text, FALSE));
}

static gboolean
is_current (ServedFile *file, SoupMessageHeaders *asked)
{
  const char *etag = soup_message_headers_get_one (asked, "If-None-Match");
  const char *since = soup_message_headers_get_one (asked, "If-Modified-Since");

  if (etag != NULL)
    return g_strcmp0 (etag, file->etag) == 0;
  return since != NULL && g_strcmp0 (since, file->last_modified) == 0;
}

/* RFC 9110, 13.1.5: the part if the version is the same, else the whole. */
static void
check_if_range (ServedFile *file, SoupMessageHeaders *asked)
{
  const char *version = soup_message_headers_get_one (asked, "If-Range");

  if (file->no_ranges || (version != NULL && g_strcmp0 (version, file->etag) != 0 &&
                          g_strcmp0 (version, file->last_modified) != 0))
    soup_message_headers_remove (asked, "Range");
}

static void
add_headers (ServedFile *file, SoupMessageHeaders *headers)
{
  if (file->etag != NULL)
    soup_message_headers_replace (headers, "ETag", file->etag);
  if (file->last_modified != NULL)
    soup_message_headers_replace (headers, "Last-Modified", file->last_modified);
  if (file->location != NULL)
    soup_message_headers_replace (headers, "Location", file->location);
  if (file->encoding != NULL)
    soup_message_headers_replace (headers, "Content-Encoding", file->encoding);
  if (file->chunked)
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  World *self = user_data;
  SoupMessageHeaders *asked = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  ServedFile *file = g_hash_table_lookup (self->files, path);

  note_request (self, path, asked);
  if (file == NULL)
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }
  if (file->failures > 0)
    {
      file->failures--;
      soup_server_message_set_status (message, 503, NULL);
      return;
    }

  add_headers (file, headers);
  if (is_current (file, asked))
    {
      soup_server_message_set_status (message, 304, NULL);
      return;
    }
  check_if_range (file, asked);
  soup_server_message_set_status (message, file->status != 0 ? file->status : 200, NULL);
  if (file->type != NULL)
    soup_message_headers_replace (headers, "Content-Type", file->type);
  if (file->content != NULL)
    {
      SoupMessageBody *body = soup_server_message_get_response_body (message);

      soup_message_body_append_bytes (body, file->content);
      soup_message_body_complete (body);
    }
}

static void
serve (World *self, SoupServer *server, SoupServerListenOptions options)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->server);
  self->server = server;
  soup_server_add_handler (server, NULL, on_request, self, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | options, &error);
  g_assert_no_error (error);
}

static GTlsCertificate *
test_certificate (void)
{
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate =
      g_tls_certificate_new_from_pem (TEST_CERTIFICATE TEST_KEY, -1, &error);

  g_assert_no_error (error);
  return certificate;
}

/**
 * world_serve_tls:
 *
 * From now on the server speaks https, with a certificate that nobody trusts.
 */
void
world_serve_tls (World *self)
{
  g_autoptr (GTlsCertificate) certificate = test_certificate ();

  serve (self, soup_server_new ("tls-certificate", certificate, NULL), SOUP_SERVER_LISTEN_HTTPS);
}

/**
 * test_tls_database:
 *
 * Returns: (transfer full): one that trusts the test's certificate
 */
GTlsDatabase *
test_tls_database (World *self)
{
  g_autofree char *path = g_build_filename (self->root, "trusted.pem", NULL);
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database;

  g_file_set_contents (path, TEST_CERTIFICATE, -1, &error);
  g_assert_no_error (error);
  database = g_tls_file_database_new (path, &error);
  g_assert_no_error (error);
  return database;
}

/* ---- the store ---- */

static gint64
world_clock (gpointer user_data)
{
  return ((World *) user_data)->now;
}

static guint
world_delay (guint milliseconds, gpointer user_data)
{
  g_array_append_val (((World *) user_data)->delays, milliseconds);
  return 0;
}

/**
 * world_new_store:
 *
 * As another process would open the same cache.
 */
void
world_new_store (World *self)
{
  g_autoptr (GProxyResolver) direct = g_simple_proxy_resolver_new ("direct://", NULL);

  g_clear_object (&self->store);
  self->store = ek_store_new (self->cache);
  ek_store_set_clock (self->store, world_clock, self);
  ek_store_set_delay_func (self->store, world_delay, self);
  ek_store_set_proxy_resolver (self->store, direct);
}

void
world_init (World *self)
{
  memset (self, 0, sizeof *self);
  self->root = g_dir_make_tmp ("ek-store-XXXXXX", NULL);
  self->cache = g_build_filename (self->root, "cache", NULL);
  self->now = SECONDS (1800000000);
  self->delays = g_array_new (FALSE, FALSE, sizeof (guint));
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, served_file_free);
  self->asked = g_ptr_array_new_with_free_func (g_free);
  serve (self, soup_server_new (NULL, NULL), 0);
  world_new_store (self);
}

static int
remove_entry (const char *path, const struct stat *status, int type, struct FTW *place)
{
  return remove (path);
}

void
world_clear (World *self)
{
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_object (&self->store);
  g_clear_pointer (&self->files, g_hash_table_unref);
  g_clear_pointer (&self->asked, g_ptr_array_unref);
  g_clear_pointer (&self->delays, g_array_unref);
  if (self->root != NULL)
    nftw (self->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_clear_pointer (&self->root, g_free);
  g_clear_pointer (&self->cache, g_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/**
 * world_put:
 * @content: (nullable) (transfer full)
 *
 * Returns: (transfer none): what is now served at @path
 */
ServedFile *
world_put (World *self, const char *path, GBytes *content, const char *etag)
{
  ServedFile *file = g_new0 (ServedFile, 1);

  file->content = content;
  file->etag = g_strdup (etag);
  g_hash_table_replace (self->files, g_strdup (path), file);
  return file;
}

char *
world_url (World *self, const char *path)
{
  GSList *uris = soup_server_get_uris (self->server);
  g_autofree char *base = g_uri_to_string (uris->data);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  if (g_str_has_suffix (base, "/"))
    base[strlen (base) - 1] = '\0';
  return g_strconcat (base, path, NULL);
}

typedef struct
{
  EkDownload *download;
  GError *error;
  gboolean done;
} Outcome;

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->download = ek_store_fetch_finish (EK_STORE (source), result, &outcome->error);
  outcome->done = TRUE;
}

EkDownload *
world_fetch (World *self, const EkStoreRequest *request, GError **error)
{
  Outcome outcome = { NULL };

  ek_store_fetch_async (self->store, request, NULL, NULL, NULL, on_fetched, &outcome);
  while (!outcome.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true ((outcome.download == NULL) == (outcome.error != NULL));
  if (outcome.error != NULL)
    g_propagate_error (error, outcome.error);
  return outcome.download;
}

EkDownload *
world_get_kind (World *self, const char *url, EkContentKind kind, GError **error)
{
  const char *urls[] = { url, NULL };
  EkStoreRequest request = { .urls = urls, .kind = kind };

  return world_fetch (self, &request, error);
}

EkDownload *
world_get (World *self, const char *url, GError **error)
{
  return world_get_kind (self, url, EK_CONTENT_FIRMWARE, error);
}

const char *
world_asked (World *self, guint index)
{
  g_assert_cmpuint (index, <, self->asked->len);
  return g_ptr_array_index (self->asked, index);
}

/**
 * world_count_files:
 *
 * Returns: how many files are in a folder of the cache
 */
guint
world_count_files (World *self, const char *folder)
{
  g_autofree char *path = g_build_filename (self->cache, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/**
 * test_firmware:
 *
 * Returns: (transfer full): bytes that begin as an image does and don't repeat
 */
GBytes *
test_firmware (gsize size, guint8 seed)
{
  guint8 *data = g_malloc (size);
  guint32 state = seed;

  for (gsize i = 0; i < size; i++)
    {
      state = state * 1664525 + 1013904223;
      data[i] = (guint8) (state >> 24);
    }
  data[0] = 0xe9;
  return g_bytes_new_take (data, size);
}

char *
test_hash (GBytes *bytes)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

/* ---- the server of bytes ---- */

static gboolean
on_connection (GThreadedSocketService *service,
               GSocketConnection *connection,
               GObject *source,
               gpointer user_data)
{
  RawServer *self = user_data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autoptr (GString) request = g_string_new (NULL);
  char byte;

  while (!self->speaks_first && strstr (request->str, "\r\n\r\n") == NULL && request->len < 65536 &&
         g_input_stream_read (input, &byte, 1, NULL, NULL) == 1)
    g_string_append_c (request, byte);
  g_atomic_int_inc (&self->n_requests);
  self->answer (request->str, output, self->user_data);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  return TRUE;
}

void
raw_server_start (RawServer *self, RawAnswer answer, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *self = (RawServer){ .answer = answer, .user_data = user_data };
  /* At its limit a service stops itself, and starts again after it was stopped for good. */
  self->service = g_threaded_socket_service_new (64);
  self->port =
      g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (self->service), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (self->service, "run", G_CALLBACK (on_connection), self);
  g_socket_service_start (self->service);
}

void
raw_server_stop (RawServer *self)
{
  if (self->service == NULL)
    return;

  /* The accept that is on its way has to end first: the service warns of a closed listener. */
  g_socket_service_stop (self->service);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_object (&self->service);
}

char *
raw_server_url (RawServer *self, const char *path)
{
  return g_strdup_printf ("http://127.0.0.1:%u%s", self->port, path);
}

/* FALSE when the client has gone. */
gboolean
raw_write (GOutputStream *output, const void *data, gsize size)
{
  return g_output_stream_write_all (output, data, size, NULL, NULL, NULL);
}

gboolean
raw_print (GOutputStream *output, const char *format, ...)
{
  va_list arguments;
  gboolean ok;

  va_start (arguments, format);
  ok = g_output_stream_vprintf (output, NULL, NULL, NULL, format, arguments);
  va_end (arguments);
  return ok;
}

/**
 * unused_port:
 *
 * Returns: a port of 127.0.0.1 that refuses connections
 */
guint16
unused_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  return port;
}
