/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers, networks and proxies that lie, stall, swamp or refuse. Each gets its name; none gets a file
 * into the cache. */
#include "config.h"

#include "store-test.h"

#define HEAD "HTTP/1.1 200 OK\r\n"

typedef enum
{
  THEN_CLOSE,
  THEN_ENDLESS,
  THEN_SILENT,
  THEN_ENDLESS_HEADERS,
  THEN_ENDLESS_CHUNKS,
} Then;

/**
 * Liar:
 * @text: what it answers
 * @then: what it does after that
 * @kind: what was asked for
 * @tries: how often it is asked
 */
typedef struct
{
  const char *path;
  const char *text;
  Then then;
  EkContentKind kind;
  EkError code;
  int tries;
} Liar;

static const Liar liars[] = {
  { "no-answer", "", THEN_CLOSE, EK_CONTENT_FIRMWARE, EK_ERROR_OFFLINE, 4 },
  { "silent", "", THEN_SILENT, EK_CONTENT_FIRMWARE, EK_ERROR_OFFLINE, 4 },
  { "silent-in-the-body", HEAD "Content-Length: 100000\r\n\r\n\xe9", THEN_SILENT,
    EK_CONTENT_FIRMWARE, EK_ERROR_OFFLINE, 4 },
  { "no-http", "220 smtp.example.org ESMTP\r\n\r\n", THEN_CLOSE, EK_CONTENT_FIRMWARE,
    EK_ERROR_SERVER, 1 },
  { "body-too-short", HEAD "Content-Length: 100\r\n\r\n\xe9short", THEN_CLOSE, EK_CONTENT_FIRMWARE,
    EK_ERROR_DOWNLOAD_DAMAGED, 4 },
  { "empty", HEAD "Content-Length: 0\r\n\r\n", THEN_CLOSE, EK_CONTENT_FIRMWARE,
    EK_ERROR_DOWNLOAD_DAMAGED, 1 },
  { "too-large-by-its-word", HEAD "Content-Length: 67108865\r\n\r\n\xe9", THEN_SILENT,
    EK_CONTENT_FIRMWARE, EK_ERROR_FILE_TOO_LARGE, 1 },
  { "length-of-nonsense", HEAD "Content-Length: 18446744073709551616\r\n\r\n\xe9", THEN_CLOSE,
    EK_CONTENT_FIRMWARE, EK_ERROR_DOWNLOAD_DAMAGED, 4 },
  { "endless-list", HEAD "\r\n", THEN_ENDLESS, EK_CONTENT_LIST, EK_ERROR_FILE_TOO_LARGE, 1 },
  { "endless-chunks", HEAD "Transfer-Encoding: chunked\r\n\r\n", THEN_ENDLESS_CHUNKS,
    EK_CONTENT_LIST, EK_ERROR_FILE_TOO_LARGE, 1 },
  /* libsoup gives up at 100 KiB, and says it as if the line had broken */
  { "endless-headers", HEAD, THEN_ENDLESS_HEADERS, EK_CONTENT_FIRMWARE, EK_ERROR_OFFLINE, 4 },
  { "login-page", HEAD "Content-Type: text/html\r\n\r\n<!DOCTYPE html><title>Welcome</title>",
    THEN_CLOSE, EK_CONTENT_FIRMWARE, EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  { "login-page-as-octets",
    HEAD "Content-Type: application/octet-stream\r\n\r\n\xef\xbb\xbf\n\n  <HTML>", THEN_CLOSE,
    EK_CONTENT_FIRMWARE, EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  { "login-page-without-end", HEAD "\r\n<!-- hotel --><html>", THEN_ENDLESS, EK_CONTENT_FIRMWARE,
    EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  { "login-page-for-a-list", HEAD "\r\n<?xml version='1.0'?><html/>", THEN_CLOSE, EK_CONTENT_LIST,
    EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  { "plain-text", HEAD "\r\nPlease log in first.\n", THEN_CLOSE, EK_CONTENT_FIRMWARE,
    EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  { "no-elf", HEAD "\r\n\xe9\x01\x02\x03\x04\x05", THEN_CLOSE, EK_CONTENT_ELF,
    EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  /* libsoup hands on as it is what it can't unpack */
  { "broken-gzip", HEAD "Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot any gzip",
    THEN_CLOSE, EK_CONTENT_FIRMWARE, EK_ERROR_DOWNLOAD_NO_FIRMWARE, 1 },
  { "bad-chunks", HEAD "Transfer-Encoding: chunked\r\n\r\nzzz\r\n\xe9", THEN_CLOSE,
    EK_CONTENT_FIRMWARE, EK_ERROR_DOWNLOAD_DAMAGED, 1 },
};

typedef struct
{
  const Liar *liar;
  GMutex lock;
  GCond cond;
  gboolean over; /* (lock) */
} Act;

static void
wait_until_over (Act *act)
{
  g_mutex_lock (&act->lock);
  while (!act->over)
    g_cond_wait (&act->cond, &act->lock);
  g_mutex_unlock (&act->lock);
}

static void
lie (const char *request, GOutputStream *output, gpointer user_data)
{
  Act *act = user_data;
  g_autofree char *filler = g_strnfill (4000, 'x');

  raw_write (output, act->liar->text, strlen (act->liar->text));
  switch (act->liar->then)
    {
    case THEN_ENDLESS:
      while (raw_write (output, filler, 4000))
        ;
      break;
    case THEN_ENDLESS_CHUNKS:
      while (raw_print (output, "fa0\r\n%s\r\n", filler))
        ;
      break;
    case THEN_ENDLESS_HEADERS:
      while (raw_print (output, "X-Filler: %s\r\n", filler))
        ;
      break;
    case THEN_SILENT:
      wait_until_over (act);
      break;
    case THEN_CLOSE:
    default:
      break;
    }
}

static void
test_liar (gconstpointer data)
{
  g_auto (World) world = { NULL };
  RawServer server;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  Act act = { .liar = data };

  g_mutex_init (&act.lock);
  g_cond_init (&act.cond);
  world_init (&world);
  /* short only where it has to run out: a computer with much to do must not make it run out */
  ek_store_set_stall_timeout (world.store,
                              act.liar->then == THEN_SILENT && act.liar->tries > 1 ? 50 : 20000);
  raw_server_start (&server, lie, &act);
  url = raw_server_url (&server, "/a.bin");

  g_assert_null (world_get_kind (&world, url, act.liar->kind, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, EK_ERROR, (int) act.liar->code);
  g_assert_cmpint ((int) world.delays->len + 1, ==, act.liar->tries);
  g_assert_cmpuint (world_count_files (&world, "blobs"), ==, 0);
  g_assert_cmpuint (world_count_files (&world, "index"), ==, 0);
  g_assert_cmpuint (world_count_files (&world, "partial"), ==, 0);

  g_mutex_lock (&act.lock);
  act.over = TRUE;
  g_cond_broadcast (&act.cond);
  g_mutex_unlock (&act.lock);
  raw_server_stop (&server);
}

static GBytes *
gzip (GBytes *bytes)
{
  g_autoptr (GConverter) converter =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, converter);
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  g_assert_true (g_output_stream_write_all (stream, data, size, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* Ways to send a file that are unusual, and right. */
static void
test_unusual_but_right (void)
{
  static const struct
  {
    gboolean chunked, gzip;
  } rows[] = { { TRUE, FALSE }, { FALSE, TRUE }, { TRUE, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (EkDownload) download = NULL;
      g_autoptr (EkDownload) again = NULL;
      g_autoptr (GBytes) firmware = test_firmware (100000, 1);
      g_autoptr (GBytes) packed = gzip (firmware);
      g_autofree char *url = NULL;
      ServedFile *file;

      world_init (&world);
      file = world_put (&world, "/a.bin", g_bytes_ref (rows[i].gzip ? packed : firmware), "\"g\"");
      file->chunked = rows[i].chunked;
      file->encoding = rows[i].gzip ? g_strdup ("gzip") : NULL;
      url = world_url (&world, "/a.bin");
      download = world_get (&world, url, &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (ek_download_get_bytes (download), firmware));
      again = world_get (&world, url, &error);
      g_assert_no_error (error);
      g_assert_cmpint (ek_download_get_origin (again), ==, EK_DOWNLOAD_CURRENT);
    }
}

static void
test_until_the_end (const char *request, GOutputStream *output, gpointer user_data)
{
  gsize size;
  const void *data = g_bytes_get_data (user_data, &size);

  raw_print (output, "HTTP/1.0 200 OK\r\n\r\n");
  raw_write (output, data, size);
}

static void
test_without_a_length (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) firmware = test_firmware (100000, 1);
  g_autofree char *url = NULL;

  world_init (&world);
  raw_server_start (&server, test_until_the_end, firmware);
  url = raw_server_url (&server, "/a.bin");
  download = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (ek_download_get_bytes (download), firmware));
}

/* ---- TLS ---- */

static void
test_untrusted_certificate (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  world_serve_tls (&world);
  world_put (&world, "/a.bin", test_firmware (1000, 1), NULL);
  url = world_url (&world, "/a.bin");
  g_assert_null (world_get (&world, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TLS);
  g_assert_cmpuint (world.asked->len, ==, 0);
  g_assert_cmpuint (world.delays->len, ==, 0);
}

static void
test_trusted_certificate (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  world_serve_tls (&world);
  database = test_tls_database (&world);
  ek_store_set_tls_database (world.store, database);
  world_put (&world, "/a.bin", test_firmware (1000, 1), NULL);
  url = world_url (&world, "/a.bin");
  download = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (url, "https:"));
  g_assert_false (ek_download_get_plain (download));
}

static void
test_no_way_down (void)
{
  g_auto (World) world = { NULL };
  g_auto (World) plain = { NULL };
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  ServedFile *file;

  world_init (&plain);
  world_put (&plain, "/a.bin", test_firmware (1000, 1), NULL);
  world_init (&world);
  world_serve_tls (&world);
  database = test_tls_database (&world);
  ek_store_set_tls_database (world.store, database);
  file = world_put (&world, "/a.bin", NULL, NULL);
  file->status = 302;
  file->location = world_url (&plain, "/a.bin");
  url = world_url (&world, "/a.bin");
  g_assert_null (world_get (&world, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TLS);
  g_assert_cmpuint (plain.asked->len, ==, 0);
}

static void
answer_plainly (const char *request, GOutputStream *output, gpointer user_data)
{
  raw_print (output, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
}

static void
test_https_to_a_plain_server (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) server = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  raw_server_start (&server, answer_plainly, NULL);
  server.speaks_first = TRUE;
  url = g_strdup_printf ("https://127.0.0.1:%u/a.bin", server.port);
  g_assert_null (world_get (&world, url, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, EK_ERROR, EK_ERROR_TLS);
}

/* ---- no network ---- */

static void
test_offline (void)
{
  g_auto (World) world = { NULL };
  /* RFC 6761: .invalid never resolves */
  g_autofree char *refused = g_strdup_printf ("http://127.0.0.1:%u/a.bin", unused_port ());
  const char *const urls[] = { refused, "http://echokit.invalid/a.bin" };

  world_init (&world);
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (world_get (&world, urls[i], &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_OFFLINE);
      g_assert_cmpuint (world.delays->len, ==, 0);
    }
}

/* ---- proxies ---- */

static void
use_proxy (World *world, guint16 port)
{
  g_autofree char *proxy = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (proxy, NULL);

  ek_store_set_proxy_resolver (world->store, resolver);
}

static void
demand_password (const char *request, GOutputStream *output, gpointer user_data)
{
  raw_print (output, "HTTP/1.1 407 Proxy Authentication Required\r\n"
                     "Proxy-Authenticate: Basic realm=\"office\"\r\nContent-Length: 0\r\n\r\n");
}

static void
refuse (const char *request, GOutputStream *output, gpointer user_data)
{
  raw_print (output, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
}

static void
test_proxies (void)
{
  static const struct
  {
    const char *url;
    RawAnswer answer;
    EkError code;
  } rows[] = {
    { "http://echokit.invalid/a.bin", demand_password, EK_ERROR_PROXY },
    { "https://echokit.invalid/a.bin", demand_password, EK_ERROR_PROXY },
    { "https://echokit.invalid/a.bin", refuse, EK_ERROR_PROXY },
    { "http://echokit.invalid/a.bin", NULL, EK_ERROR_PROXY },
    { "https://echokit.invalid/a.bin", NULL, EK_ERROR_PROXY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_auto (RawServer) server = { NULL };
      g_autoptr (GError) error = NULL;

      world_init (&world);
      if (rows[i].answer != NULL)
        raw_server_start (&server, rows[i].answer, NULL);
      use_proxy (&world, rows[i].answer != NULL ? server.port : unused_port ());
      g_assert_null (world_get (&world, rows[i].url, &error));
      g_test_message ("%u: %s", i, error->message);
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
    }
}

static void
test_through_a_proxy (void)
{
  g_auto (World) world = { NULL };
  g_auto (RawServer) proxy = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autoptr (GBytes) firmware = test_firmware (1000, 1);

  world_init (&world);
  raw_server_start (&proxy, test_until_the_end, firmware);
  use_proxy (&world, proxy.port);
  download = world_get (&world, "http://echokit.invalid/a.bin", &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (liars); i++)
    {
      g_autofree char *path = g_strconcat ("/store/servers/", liars[i].path, NULL);

      g_test_add_data_func (path, &liars[i], test_liar);
    }
  g_test_add_func ("/store/servers/unusual-but-right", test_unusual_but_right);
  g_test_add_func ("/store/servers/no-length", test_without_a_length);
  g_test_add_func ("/store/tls/untrusted-certificate", test_untrusted_certificate);
  g_test_add_func ("/store/tls/trusted-certificate", test_trusted_certificate);
  g_test_add_func ("/store/tls/never-down-to-http", test_no_way_down);
  g_test_add_func ("/store/tls/a-server-without", test_https_to_a_plain_server);
  g_test_add_func ("/store/network/offline", test_offline);
  g_test_add_func ("/store/proxy/refuses", test_proxies);
  g_test_add_func ("/store/proxy/is-used", test_through_a_proxy);
  return g_test_run ();
}
