/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Broken off and taken up again: by the same call, by a later process, from servers that know ranges and
 * from those that don't. */
#include "config.h"

#include "store-test.h"

#include <glib/gstdio.h>

#define KIB64 65536

/**
 * Line:
 * @cut: bytes of a body after which the connection ends; 0 for never
 * @etag: (nullable): of the version that is served
 * @lie: added to the first byte that a part is said to begin with
 */
typedef struct
{
  GBytes *content;
  const char *etag;
  const char *modified;
  gsize cut;
  gint cuts_left;
  goffset lie;
  gboolean no_ranges;
  gboolean reset;
  guint64 sent;
} Line;

static char *
header_of (const char *request, const char *name)
{
  g_autofree char *start = g_strdup_printf ("\r\n%s: ", name);
  const char *found = strstr (request, start);

  if (found == NULL)
    return NULL;

  found += strlen (start);
  return g_strndup (found, (gsize) (strstr (found, "\r\n") - found));
}

static guint64
asked_from (Line *line, const char *request)
{
  g_autofree char *range = header_of (request, "Range");
  g_autofree char *version = header_of (request, "If-Range");

  if (range == NULL || line->no_ranges)
    return 0;
  if (version != NULL && g_strcmp0 (version, line->etag) != 0 &&
      g_strcmp0 (version, line->modified) != 0)
    return 0;

  return g_ascii_strtoull (range + strlen ("bytes="), NULL, 10);
}

static void
serve_line (const char *request, GOutputStream *output, gpointer user_data)
{
  Line *line = user_data;
  gsize size;
  const guint8 *data = g_bytes_get_data (line->content, &size);
  guint64 from = asked_from (line, request);
  gsize n = size - from;

  if (from > 0)
    raw_print (output,
               "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %" G_GUINT64_FORMAT
               "-%zu/%zu\r\n",
               from + (guint64) line->lie, size - 1 + (gsize) line->lie, size);
  else
    raw_print (output, "HTTP/1.1 200 OK\r\n");
  if (line->etag != NULL)
    raw_print (output, "ETag: %s\r\n", line->etag);
  if (line->modified != NULL)
    raw_print (output, "Last-Modified: %s\r\n", line->modified);
  raw_print (output, "Content-Length: %zu\r\n\r\n", n);

  if (line->cut > 0 && line->cut < n && line->cuts_left-- > 0)
    n = line->cut;
  raw_write (output, data + from, n);
  line->sent += n;
}

static void
check_whole (EkDownload *download, Line *line, GError *error)
{
  g_autofree char *hash = test_hash (line->content);

  g_assert_no_error (error);
  g_assert_cmpstr (ek_download_get_sha256 (download), ==, hash);
}

/* The line breaks every 64 KiB; one call goes on by itself, and nothing is sent twice. */
static void
test_goes_on_by_itself (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) content = test_firmware (44 * KIB64 + 1234, 1);
  Line line = { .content = content, .etag = "\"v1\"", .cut = KIB64, .cuts_left = G_MAXINT };
  g_autofree char *url = NULL;

  world_init (&world);
  raw_server_start (&server, serve_line, &line);
  url = raw_server_url (&server, "/a.bin");
  download = world_get (&world, url, &error);
  check_whole (download, &line, error);
  g_assert_cmpint (g_atomic_int_get (&server.n_requests), ==, 45);
  g_assert_cmpuint (line.sent, ==, g_bytes_get_size (content));
}

static guint
give_up (guint milliseconds, gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return 0;
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

/* One try, as of a process that ends when the line breaks. */
static EkDownload *
fetch_once (World *world, const char *url, GError **error)
{
  const char *urls[] = { url, NULL };
  EkStoreRequest request = { .urls = urls };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;

  world_new_store (world);
  ek_store_set_delay_func (world->store, give_up, cancellable);
  ek_store_fetch_async (world->store, &request, NULL, NULL, cancellable, on_fetched, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ek_store_fetch_finish (world->store, result, error);
}

/* The same, each part by another process; for several lengths of the parts. */
static void
test_goes_on_later (void)
{
  static const gsize cuts[] = { 1, 511, 512, 513, KIB64 - 1, KIB64, KIB64 + 1, 1 << 20, 3 << 20 };

  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_auto (World) world = { NULL };
      g_auto (RawServer) server = { NULL };
      g_autoptr (EkDownload) download = NULL;
      g_autoptr (GBytes) content =
          test_firmware (cuts[i] < 1024 ? 7 * cuts[i] + 1000 : 4 * MAX (cuts[i], KIB64) / 3, 1);
      Line line = { .content = content, .etag = "\"v1\"", .cut = cuts[i], .cuts_left = 10 };
      g_autofree char *url = NULL;
      guint n = 0;

      world_init (&world);
      raw_server_start (&server, serve_line, &line);
      url = raw_server_url (&server, "/a.bin");
      while (download == NULL)
        {
          g_autoptr (GError) error = NULL;

          g_assert_cmpuint (n++, <, 12);
          download = fetch_once (&world, url, &error);
          if (download == NULL)
            g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
        }
      check_whole (download, &line, NULL);
      g_assert_cmpuint (line.sent, ==, g_bytes_get_size (content));
      g_assert_cmpuint (world_count_files (&world, "partial"), ==, 0);
    }
}

typedef struct
{
  const char *path;
  Line line;
  gboolean change;    /* another version is served after the break */
  gboolean sent_once; /* nothing was sent in vain */
} Case;

static const Case cases[] = {
  { "by-date", { .modified = "Tue, 05 May 2026 10:00:00 GMT" }, FALSE, TRUE },
  { "weak-tag-with-date",
    { .etag = "W/\"1\"", .modified = "Tue, 05 May 2026 10:00:00 GMT" },
    FALSE,
    TRUE },
  { "no-version", { .etag = NULL }, FALSE, FALSE },
  { "weak-tag-alone", { .etag = "W/\"1\"" }, FALSE, FALSE },
  { "server-ignores-ranges", { .etag = "\"v1\"", .no_ranges = TRUE }, FALSE, FALSE },
  { "server-sends-another-part", { .etag = "\"v1\"", .lie = 1 }, FALSE, FALSE },
  { "file-changed-meanwhile", { .etag = "\"v1\"" }, TRUE, FALSE },
};

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) content = test_firmware (3 * KIB64, 1);
  g_autoptr (GBytes) other = test_firmware (3 * KIB64 + 5, 2);
  Line line = row->line;
  g_autofree char *url = NULL;

  world_init (&world);
  line.content = content;
  line.cut = 100000;
  line.cuts_left = 1;
  raw_server_start (&server, serve_line, &line);
  url = raw_server_url (&server, "/a.bin");
  g_assert_null (fetch_once (&world, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_clear_error (&error);
  if (row->change)
    {
      line.content = other;
      line.etag = "\"v2\"";
    }

  world_new_store (&world);
  download = world_get (&world, url, &error);
  check_whole (download, &line, error);
  if (row->sent_once)
    g_assert_cmpuint (line.sent, ==, 3 * KIB64);
  else
    g_assert_cmpuint (line.sent, >, 3 * KIB64);
}

/* What was left on disk is not believed. */
static void
test_spoilt_parts (void)
{
  static const char *const rows[] = { "flip", "shorter", "garbage", "no-meta", "longer", "folder" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_auto (RawServer) server = { NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (EkDownload) download = NULL;
      g_autoptr (GBytes) content = test_firmware (3 * KIB64, 1);
      Line line = { .content = content, .etag = "\"v1\"", .cut = 100000, .cuts_left = 1 };
      g_autofree char *url = NULL;
      g_autofree char *key = NULL;
      g_autofree char *part = NULL;
      g_autofree char *meta = NULL;
      g_autofree char *data = NULL;
      gsize size;

      world_init (&world);
      raw_server_start (&server, serve_line, &line);
      url = raw_server_url (&server, "/a.bin");
      g_assert_null (fetch_once (&world, url, NULL));

      key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);
      part = g_build_filename (world.cache, "partial", key, NULL);
      meta = g_strconcat (part, ".json", NULL);
      g_assert_true (g_file_get_contents (part, &data, &size, NULL));
      g_assert_cmpuint (size, ==, 100000);
      if (g_str_equal (rows[i], "flip"))
        {
          data[5000] ^= 1;
          g_assert_true (g_file_set_contents (part, data, (gssize) size, NULL));
        }
      else if (g_str_equal (rows[i], "shorter"))
        g_assert_true (g_file_set_contents (part, data, 70000, NULL));
      else if (g_str_equal (rows[i], "garbage"))
        g_assert_true (g_file_set_contents (meta, "{\"size\": [[[[", -1, NULL));
      else if (g_str_equal (rows[i], "no-meta"))
        g_assert_cmpint (g_remove (meta), ==, 0);
      else if (g_str_equal (rows[i], "longer"))
        {
          g_autofree char *more = g_malloc0 (size + 4096);

          memcpy (more, data, size);
          g_assert_true (g_file_set_contents (part, more, (gssize) size + 4096, NULL));
        }
      else
        {
          g_assert_cmpint (g_remove (meta), ==, 0);
          g_assert_cmpint (g_mkdir (meta, 0700), ==, 0);
        }

      world_new_store (&world);
      download = world_get (&world, url, &error);
      if (g_str_equal (rows[i], "folder") && error != NULL)
        {
          g_assert_error (error, EK_ERROR, EK_ERROR_FILE_WRITE);
          continue;
        }
      check_whole (download, &line, error);
      /* more than what the record knows of is only the tail of a lost process */
      if (g_str_equal (rows[i], "longer"))
        g_assert_cmpuint (line.sent, ==, 3 * KIB64);
    }
}

/* Two halves of different files that a broken server sent as one: the published hash notices. */
static void
test_halves_that_do_not_fit (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) old = test_firmware (3 * KIB64, 1);
  g_autoptr (GBytes) new = test_firmware (3 * KIB64, 2);
  Line line = { .content = old, .etag = "\"same\"", .cut = 100000, .cuts_left = 1 };
  g_autofree char *url = NULL;
  g_autofree char *hash = test_hash (new);
  const char *urls[] = { NULL, NULL };
  EkStoreRequest request = { .urls = urls, .sha256 = hash };

  world_init (&world);
  raw_server_start (&server, serve_line, &line);
  urls[0] = url = raw_server_url (&server, "/a.bin");
  g_assert_null (fetch_once (&world, url, NULL));
  line.content = new;
  world_new_store (&world);
  download = world_fetch (&world, &request, &error);
  check_whole (download, &line, error);
}

/* Cancelled at any time: what came is kept, and the next one goes on. */
typedef struct
{
  GCancellable *cancellable;
  guint64 after;
} Stop;

static void
stop_after (const EkProgressInfo *info, gpointer user_data)
{
  Stop *stop = user_data;

  if (info->bytes_done >= stop->after)
    g_cancellable_cancel (stop->cancellable);
}

typedef struct
{
  EkStore *store;
  const EkStoreRequest *request;
  Stop stop;
  gint done; /* (atomic) */
  EkDownload *download;
  GError *error;
} Attempt;

static gpointer
run_attempt (gpointer user_data)
{
  Attempt *attempt = user_data;

  attempt->download = ek_store_fetch (attempt->store, attempt->request, stop_after, &attempt->stop,
                                      attempt->stop.cancellable, &attempt->error);
  g_atomic_int_set (&attempt->done, 1);
  g_main_context_wakeup (NULL);
  return NULL;
}

/* Blocking, on a thread: so progress comes at every step, and the cancel hits exactly there. */
static EkDownload *
fetch_until (World *world, const EkStoreRequest *request, guint64 after, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Attempt attempt = { world->store, request, { cancellable, after }, 0, NULL, NULL };
  GThread *thread = g_thread_new ("fetch", run_attempt, &attempt);

  while (g_atomic_int_get (&attempt.done) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  if (attempt.error != NULL)
    g_propagate_error (error, attempt.error);
  return attempt.download;
}

static void
test_cancelled (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) content = test_firmware (16 * KIB64, 1);
  Line line = { .content = content, .etag = "\"v1\"" };
  g_autofree char *url = NULL;
  const char *urls[] = { NULL, NULL };
  EkStoreRequest request = { .urls = urls };
  g_autoptr (GCancellable) before = g_cancellable_new ();

  world_init (&world);
  raw_server_start (&server, serve_line, &line);
  urls[0] = url = raw_server_url (&server, "/a.bin");
  g_cancellable_cancel (before);
  g_assert_null (ek_store_fetch (world.store, &request, NULL, NULL, before, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpint (g_atomic_int_get (&server.n_requests), ==, 0);

  for (guint64 after = 0; after < 14 * KIB64; after += 2 * KIB64)
    {
      g_assert_null (fetch_until (&world, &request, after, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
      g_clear_error (&error);
    }
  download = fetch_until (&world, &request, G_MAXUINT64, &error);
  check_whole (download, &line, error);
}

/* Two processes at the same file: both get it whole. */
static void
test_two_at_once (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GBytes) content = test_firmware (20 * KIB64, 1);
  Line line = { .content = content, .etag = "\"v1\"" };
  g_autofree char *url = NULL;
  const char *urls[] = { NULL, NULL };
  EkStoreRequest request = { .urls = urls };
  EkStore *stores[4];
  GAsyncResult *results[4] = { NULL };

  world_init (&world);
  raw_server_start (&server, serve_line, &line);
  urls[0] = url = raw_server_url (&server, "/a.bin");
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    {
      stores[i] = ek_store_new (world.cache);
      ek_store_fetch_async (stores[i], &request, NULL, NULL, NULL, on_fetched, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkDownload) download = NULL;

      while (results[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      download = ek_store_fetch_finish (stores[i], results[i], &error);
      check_whole (download, &line, error);
      g_object_unref (results[i]);
      g_object_unref (stores[i]);
    }
  g_assert_cmpuint (world_count_files (&world, "partial"), ==, 0);
  g_assert_cmpuint (world_count_files (&world, "blobs"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/resume/goes-on-by-itself", test_goes_on_by_itself);
  g_test_add_func ("/store/resume/goes-on-in-a-later-process", test_goes_on_later);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/store/resume/", cases[i].path, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/store/resume/believes-no-spoilt-part", test_spoilt_parts);
  g_test_add_func ("/store/resume/notices-halves-that-do-not-fit", test_halves_that_do_not_fit);
  g_test_add_func ("/store/resume/keeps-what-came-before-a-cancel", test_cancelled);
  g_test_add_func ("/store/resume/two-at-once", test_two_at_once);
  return g_test_run ();
}
