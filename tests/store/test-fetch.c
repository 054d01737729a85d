/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fetching from a server that behaves: what is asked, what comes, what is kept. */
#include "config.h"

#include "store-test.h"

#define SIZE 200000

static void
test_fetches (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) firmware = test_firmware (SIZE, 1);
  g_autofree char *hash = test_hash (firmware);
  g_autofree char *url = NULL;
  g_autofree char *kept = NULL;
  gsize size;

  world_init (&world);
  world_put (&world, "/a.bin", g_bytes_ref (firmware), "\"one\"")->last_modified =
      g_strdup ("Tue, 05 May 2026 10:00:00 GMT");
  url = world_url (&world, "/a.bin");

  download = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (ek_download_get_bytes (download), firmware));
  g_assert_cmpstr (ek_download_get_sha256 (download), ==, hash);
  g_assert_cmpstr (ek_download_get_url (download), ==, url);
  g_assert_cmpstr (ek_download_get_last_modified (download), ==, "Tue, 05 May 2026 10:00:00 GMT");
  g_assert_cmpint (ek_download_get_origin (download), ==, EK_DOWNLOAD_FRESH);
  g_assert_cmpint (ek_download_get_fetched (download), ==, 1800000000);
  g_assert_cmpint (ek_download_get_age (download), ==, 0);
  g_assert_true (ek_download_get_plain (download));
  g_assert_null (ek_download_get_problem (download));
  g_assert_true (g_file_get_contents (ek_download_get_path (download), &kept, &size, NULL));
  g_assert_cmpmem (kept, size, g_bytes_get_data (firmware, NULL), SIZE);
  g_assert_cmpuint (world_count_files (&world, "partial"), ==, 0);
  g_assert_cmpuint (world.delays->len, ==, 0);
}

/* The second time, the server only says that nothing changed. */
static void
test_revalidates (void)
{
  static const struct
  {
    const char *etag, *modified, *asked;
  } rows[] = {
    { "\"one\"", NULL, "/a.bin If-None-Match=\"one\"" },
    { "W/\"weak\"", NULL, "/a.bin If-None-Match=W/\"weak\"" },
    { NULL, "Tue, 05 May 2026 10:00:00 GMT",
      "/a.bin If-Modified-Since=Tue, 05 May 2026 10:00:00 GMT" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (EkDownload) first = NULL;
      g_autoptr (EkDownload) second = NULL;
      g_autofree char *url = NULL;

      world_init (&world);
      world_put (&world, "/a.bin", test_firmware (SIZE, 1), rows[i].etag)->last_modified =
          g_strdup (rows[i].modified);
      url = world_url (&world, "/a.bin");
      first = world_get (&world, url, &error);
      g_assert_no_error (error);

      world.now += SECONDS (86400);
      world_new_store (&world);
      second = world_get (&world, url, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (world_asked (&world, 1), ==, rows[i].asked);
      g_assert_cmpint (ek_download_get_origin (second), ==, EK_DOWNLOAD_CURRENT);
      g_assert_cmpint (ek_download_get_age (second), ==, 0);
      g_assert_cmpint (ek_download_get_fetched (second), ==, 1800000000);
      g_assert_true (g_bytes_equal (ek_download_get_bytes (first), ek_download_get_bytes (second)));
    }
}

static void
test_takes_what_is_newer (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) first = NULL;
  g_autoptr (EkDownload) second = NULL;
  g_autoptr (GBytes) newer = test_firmware (SIZE, 2);
  g_autofree char *url = NULL;

  world_init (&world);
  world_put (&world, "/a.bin", test_firmware (SIZE, 1), "\"one\"");
  url = world_url (&world, "/a.bin");
  first = world_get (&world, url, &error);
  world_put (&world, "/a.bin", g_bytes_ref (newer), "\"two\"");
  second = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ek_download_get_origin (second), ==, EK_DOWNLOAD_FRESH);
  g_assert_true (g_bytes_equal (ek_download_get_bytes (second), newer));
  /* the old content has no address any more */
  g_assert_cmpuint (world_count_files (&world, "blobs"), ==, 1);
}

static void
test_asks_no_more_than_needed (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) first = NULL;
  g_autofree char *url = NULL;
  const char *urls[2] = { NULL };
  EkStoreRequest request = { .urls = urls, .kind = EK_CONTENT_FIRMWARE, .max_age = 3600 };
  static const struct
  {
    int seconds;
    guint asked;
  } rows[] = { { 3599, 1 }, { 1, 2 }, { -10, 3 } };

  world_init (&world);
  world_put (&world, "/a.bin", test_firmware (SIZE, 1), "\"one\"");
  urls[0] = url = world_url (&world, "/a.bin");
  first = world_fetch (&world, &request, &error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (EkDownload) download = NULL;

      world.now += SECONDS (rows[i].seconds);
      download = world_fetch (&world, &request, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (world.asked->len, ==, rows[i].asked);
    }
}

static void
test_refresh_fetches_anew (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) first = NULL;
  g_autoptr (EkDownload) second = NULL;
  g_autofree char *url = NULL;
  const char *urls[2] = { NULL };
  EkStoreRequest request = { .urls = urls, .policy = EK_STORE_REFRESH };

  world_init (&world);
  world_put (&world, "/a.bin", test_firmware (SIZE, 1), "\"one\"");
  urls[0] = url = world_url (&world, "/a.bin");
  first = world_get (&world, url, &error);
  second = world_fetch (&world, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (world_asked (&world, 1), ==, "/a.bin");
  g_assert_cmpint (ek_download_get_origin (second), ==, EK_DOWNLOAD_FRESH);
}

static void
test_next_address (void)
{
  static const guint statuses[] = { 403, 404, 410 };

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (EkDownload) download = NULL;
      g_autofree char *first = NULL;
      g_autofree char *second = NULL;
      const char *urls[3] = { NULL };
      EkStoreRequest request = { .urls = urls };

      world_init (&world);
      world_put (&world, "/firmwarea.bin", NULL, NULL)->status = statuses[i];
      world_put (&world, "/firmware/a.bin", test_firmware (SIZE, 1), NULL);
      urls[0] = first = world_url (&world, "/firmwarea.bin");
      urls[1] = second = world_url (&world, "/firmware/a.bin");
      download = world_fetch (&world, &request, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (ek_download_get_url (download), ==, second);
      g_assert_cmpuint (world.delays->len, ==, 0);
    }
}

static void
test_nowhere (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  const char *urls[3] = { NULL };
  EkStoreRequest request = { .urls = urls };

  world_init (&world);
  world_put (&world, "/b.bin", NULL, NULL)->status = 410;
  urls[0] = first = world_url (&world, "/a.bin");
  urls[1] = second = world_url (&world, "/b.bin");
  g_assert_null (world_fetch (&world, &request, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NOT_ON_SERVER);
  g_assert_nonnull (strstr (error->message, "/a.bin"));
  g_assert_cmpuint (world.asked->len, ==, 2);
}

static void
test_published_hash (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (EkDownload) again = NULL;
  g_autoptr (GBytes) firmware = test_firmware (SIZE, 1);
  g_autofree char *hash = test_hash (firmware);
  g_autofree char *upper = g_ascii_strup (hash, -1);
  g_autofree char *digest = g_strconcat ("sha256:", upper, NULL);
  g_autofree char *wrong = g_strnfill (64, '0');
  g_autofree char *url = NULL;
  const char *urls[] = { NULL, NULL };
  EkStoreRequest request = { .urls = urls, .sha256 = wrong };

  world_init (&world);
  world_put (&world, "/a.bin", g_bytes_ref (firmware), "\"one\"");
  urls[0] = url = world_url (&world, "/a.bin");

  g_assert_null (world_fetch (&world, &request, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_DOWNLOAD_DAMAGED);
  g_clear_error (&error);
  g_assert_cmpuint (world.asked->len, ==, 1);
  g_assert_cmpuint (world_count_files (&world, "blobs") + world_count_files (&world, "partial"), ==,
                    0);

  request.sha256 = "not a hash";
  g_assert_null (world_fetch (&world, &request, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  request.sha256 = digest;
  download = world_fetch (&world, &request, &error);
  g_assert_no_error (error);
  /* By its hash it is found whatever the address, and nobody is asked. */
  urls[0] = "http://127.0.0.1:1/elsewhere.bin";
  again = world_fetch (&world, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (world.asked->len, ==, 2);
  g_assert_cmpint (ek_download_get_origin (again), ==, EK_DOWNLOAD_CURRENT);
}

static void
test_redirects (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autofree char *url = NULL;
  static const guint statuses[] = { 301, 302, 303, 307, 308 };

  world_init (&world);
  world_put (&world, "/d/5", test_firmware (SIZE, 1), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *path = g_strdup_printf ("/d/%u", i);
      ServedFile *file = world_put (&world, path, NULL, NULL);

      file->status = statuses[i];
      file->location =
          i % 2 == 0 ? g_strdup_printf ("%u", i + 1) : g_strdup_printf ("/d/%u", i + 1);
    }
  url = world_url (&world, "/d/0");
  download = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ek_download_get_url (download), ==, url);
  g_assert_cmpuint (world.asked->len, ==, 6);
}

static void
test_bad_redirects (void)
{
  static const struct
  {
    const char *location;
    EkError code;
  } rows[] = {
    { "/a.bin", EK_ERROR_SERVER }, /* round and round */
    { NULL, EK_ERROR_SERVER },
    { "file:///etc/passwd", EK_ERROR_SERVER },
    { "ftp://127.0.0.1/a.bin", EK_ERROR_SERVER },
    { "http://", EK_ERROR_SERVER },
    { "http://[::1", EK_ERROR_SERVER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (GError) error = NULL;
      g_autofree char *url = NULL;
      ServedFile *file;

      world_init (&world);
      file = world_put (&world, "/a.bin", NULL, NULL);
      file->status = 302;
      file->location = g_strdup (rows[i].location);
      url = world_url (&world, "/a.bin");
      g_assert_null (world_get (&world, url, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_cmpuint (world.asked->len, <=, 11);
    }
}

static void
test_busy_server (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  world_put (&world, "/a.bin", test_firmware (SIZE, 1), NULL)->failures = 3;
  url = world_url (&world, "/a.bin");
  download = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (world.delays->len, ==, 3);
  /* longer each time */
  for (guint i = 1; i < 3; i++)
    g_assert_cmpuint (g_array_index (world.delays, guint, i), >,
                      g_array_index (world.delays, guint, i - 1));

  world_put (&world, "/b.bin", NULL, NULL)->failures = 100;
  g_free (url);
  url = world_url (&world, "/b.bin");
  g_assert_null (world_get (&world, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_SERVER);
  g_assert_cmpuint (world.asked->len, ==, 8);
}

static void
test_statuses (void)
{
  static const struct
  {
    guint status, times;
    EkError code;
  } rows[] = {
    { 400, 1, EK_ERROR_SERVER },
    { 401, 1, EK_ERROR_SERVER },
    { 403, 1, EK_ERROR_SERVER },
    { 404, 1, EK_ERROR_NOT_ON_SERVER },
    { 407, 1, EK_ERROR_PROXY },
    { 410, 1, EK_ERROR_NOT_ON_SERVER },
    { 416, 1, EK_ERROR_SERVER },
    { 429, 4, EK_ERROR_SERVER },
    { 500, 4, EK_ERROR_SERVER },
    { 502, 4, EK_ERROR_SERVER },
    { 504, 4, EK_ERROR_SERVER },
    { 505, 1, EK_ERROR_SERVER },
    { 511, 1, EK_ERROR_DOWNLOAD_NO_FIRMWARE },
    { 204, 1, EK_ERROR_SERVER },
    { 206, 1, EK_ERROR_SERVER },
    { 300, 1, EK_ERROR_SERVER },
    { 304, 1, EK_ERROR_SERVER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (GError) error = NULL;
      g_autofree char *url = NULL;

      world_init (&world);
      world_put (&world, "/a.bin", test_firmware (600, 1), NULL)->status = rows[i].status;
      url = world_url (&world, "/a.bin");
      g_assert_null (world_get (&world, url, &error));
      g_test_message ("%u: %s", rows[i].status, error->message);
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_cmpuint (world.asked->len, ==, rows[i].times);
    }
}

static void
test_bad_addresses (void)
{
  static const char *const urls[] = {
    "",       "firmware.bin",      "file:///etc/passwd", "ftp://127.0.0.1/a.bin", "http://",
    "http:/", "https://\xff\xfe/", "http://[::1",        "javascript:alert(1)",   "http:///a.bin",
  };
  g_auto (World) world = { NULL };
  g_autofree char *long_path = g_strnfill (5000, 'a');
  g_autofree char *long_url = g_strconcat ("http://127.0.0.1/", long_path, NULL);
  g_autoptr (GError) error = NULL;

  world_init (&world);
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_assert_null (world_get (&world, urls[i], &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }
  g_assert_null (world_get (&world, long_url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

/* What identifies a person or opens a door stays out of messages. */
static void
test_secrets_stay_out_of_messages (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  plain = world_url (&world, "/a.bin");
  url = g_strdup_printf ("http://anna:secret@%s?token=hidden", plain + strlen ("http://"));
  g_assert_null (world_get (&world, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NOT_ON_SERVER);
  g_assert_null (strstr (error->message, "secret"));
  g_assert_null (strstr (error->message, "hidden"));
  g_assert_nonnull (strstr (error->message, "/a.bin"));
}

static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  EkProgressInfo *last = user_data;

  g_assert_cmpint (info->phase, ==, EK_PHASE_DOWNLOAD);
  g_assert_cmpuint (info->bytes_done, >=, last->bytes_done);
  g_assert_cmpuint (info->bytes_total, ==, SIZE);
  *last = *info;
}

static gpointer
fetch_in_thread (gpointer user_data)
{
  World *world = user_data;
  g_autofree char *url = world_url (world, "/a.bin");
  const char *urls[] = { url, NULL };
  EkStoreRequest request = { .urls = urls };
  EkProgressInfo last = { .bytes_done = 0 };
  g_autoptr (GError) error = NULL;
  EkDownload *download = ek_store_fetch (world->store, &request, on_progress, &last, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (last.bytes_done, ==, SIZE);
  g_assert_cmpfloat (last.fraction, ==, 1);
  g_main_context_wakeup (NULL);
  return download;
}

static void
test_blocking_with_progress (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkDownload) download = NULL;
  GThread *thread;

  world_init (&world);
  world_put (&world, "/a.bin", test_firmware (SIZE, 1), NULL);
  thread = g_thread_new ("fetch", fetch_in_thread, &world);
  while (world_count_files (&world, "index") == 0)
    g_main_context_iteration (NULL, FALSE);
  download = g_thread_join (thread);
  g_assert_nonnull (download);
}

/* The thread that worked holds its task a moment longer than the answer takes. */
static void
assert_finalized_soon (gpointer object)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  g_object_add_weak_pointer (object, &object);
  g_object_unref (object);
  while (g_atomic_pointer_get (&object) != NULL && g_get_monotonic_time () < end)
    g_thread_yield ();
  g_assert_null (object);
}

static void
test_finalized (void)
{
  g_auto (World) world = { NULL };
  g_autofree char *url = NULL;
  EkDownload *download;

  world_init (&world);
  world_put (&world, "/a.bin", test_firmware (SIZE, 1), NULL);
  url = world_url (&world, "/a.bin");
  download = world_get (&world, url, NULL);
  assert_finalized_soon (download);
  assert_finalized_soon (g_steal_pointer (&world.store));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/fetch/gets-a-file", test_fetches);
  g_test_add_func ("/store/fetch/revalidates", test_revalidates);
  g_test_add_func ("/store/fetch/takes-what-is-newer", test_takes_what_is_newer);
  g_test_add_func ("/store/fetch/asks-no-more-than-needed", test_asks_no_more_than_needed);
  g_test_add_func ("/store/fetch/refresh-fetches-anew", test_refresh_fetches_anew);
  g_test_add_func ("/store/fetch/tries-the-next-address", test_next_address);
  g_test_add_func ("/store/fetch/says-that-it-is-nowhere", test_nowhere);
  g_test_add_func ("/store/fetch/checks-a-published-hash", test_published_hash);
  g_test_add_func ("/store/fetch/follows-redirects", test_redirects);
  g_test_add_func ("/store/fetch/refuses-bad-redirects", test_bad_redirects);
  g_test_add_func ("/store/fetch/waits-for-a-busy-server", test_busy_server);
  g_test_add_func ("/store/fetch/names-each-status", test_statuses);
  g_test_add_func ("/store/fetch/refuses-bad-addresses", test_bad_addresses);
  g_test_add_func ("/store/fetch/keeps-secrets-out-of-messages", test_secrets_stay_out_of_messages);
  g_test_add_func ("/store/fetch/blocks-and-tells-progress", test_blocking_with_progress);
  g_test_add_func ("/store/fetch/is-finalized", test_finalized);
  return g_test_run ();
}
