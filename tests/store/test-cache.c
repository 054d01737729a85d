/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays, what goes, what is noticed: the cache over time, without a network, on a bad disk. */
#include "config.h"

#include "store-test.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 100000

static EkDownload *
get_for (World *world, const char *path, const char *board)
{
  g_autofree char *url = world_url (world, path);
  const char *urls[] = { url, NULL };
  EkStoreRequest request = { .urls = urls, .board = board };
  g_autoptr (GError) error = NULL;
  EkDownload *download;

  world->now += SECONDS (1);
  download = world_fetch (world, &request, &error);
  g_assert_no_error (error);
  return download;
}

static gboolean
has (World *world, const char *path)
{
  g_autofree char *url = world_url (world, path);
  g_autoptr (EkDownload) download = ek_store_peek (world->store, url);

  return download != NULL;
}

static void
put_six (World *world)
{
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", i);

      world_put (world, path, test_firmware (SIZE, (guint8) (i + 1)), "\"v\"");
    }
}

/* Used longest ago goes first, but not what a board used last. */
static void
test_evicts (void)
{
  g_auto (World) world = { NULL };

  world_init (&world);
  put_six (&world);
  ek_store_set_max_size (world.store, 3 * SIZE + 10);
  g_object_unref (get_for (&world, "/0", "echokit-box"));
  g_object_unref (get_for (&world, "/1", "echokit-diy"));
  g_object_unref (get_for (&world, "/2", "echokit-diy"));
  g_assert_true (has (&world, "/0") && has (&world, "/1") && has (&world, "/2"));

  g_object_unref (get_for (&world, "/3", NULL));
  /* 0 is older, but the Box has nothing newer; of the DIY's two the older one goes */
  g_assert_true (has (&world, "/0") && has (&world, "/2") && has (&world, "/3"));
  g_assert_false (has (&world, "/1"));
  g_assert_cmpuint (world_count_files (&world, "blobs"), ==, 3);

  g_object_unref (get_for (&world, "/4", NULL));
  g_assert_false (has (&world, "/3"));
  g_object_unref (get_for (&world, "/5", "echokit-diy"));
  g_assert_true (has (&world, "/0") && has (&world, "/5"));
  g_assert_cmpuint (world_count_files (&world, "index"), ==, 3);
}

/* Using it again counts. */
static void
test_evicts_by_use (void)
{
  g_auto (World) world = { NULL };

  world_init (&world);
  put_six (&world);
  ek_store_set_max_size (world.store, 2 * SIZE);
  g_object_unref (get_for (&world, "/0", NULL));
  g_object_unref (get_for (&world, "/1", NULL));
  g_object_unref (get_for (&world, "/0", NULL));
  g_object_unref (get_for (&world, "/2", NULL));
  g_assert_true (has (&world, "/0") && has (&world, "/2"));
  g_assert_false (has (&world, "/1"));
}

static void
test_same_content_at_two_addresses (void)
{
  g_auto (World) world = { NULL };

  world_init (&world);
  put_six (&world);
  world_put (&world, "/copy", test_firmware (SIZE, 1), NULL);
  g_object_unref (get_for (&world, "/0", NULL));
  g_object_unref (get_for (&world, "/copy", NULL));
  g_assert_cmpuint (world_count_files (&world, "blobs"), ==, 1);
  ek_store_set_max_size (world.store, SIZE + SIZE / 2);
  g_object_unref (get_for (&world, "/copy", NULL));
  g_object_unref (get_for (&world, "/1", NULL));
  g_assert_false (has (&world, "/0") || has (&world, "/copy"));
}

/* A download in use stays readable when the cache lets go of it. */
static void
test_evicted_in_use (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkDownload) download = NULL;
  g_autofree char *hash = NULL;

  world_init (&world);
  put_six (&world);
  ek_store_set_max_size (world.store, SIZE);
  download = get_for (&world, "/0", NULL);
  g_object_unref (get_for (&world, "/1", NULL));
  g_assert_false (g_file_test (ek_download_get_path (download), G_FILE_TEST_EXISTS));
  hash = test_hash (ek_download_get_bytes (download));
  g_assert_cmpstr (hash, ==, ek_download_get_sha256 (download));
}

/* ---- without a network ---- */

static void
test_offline (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) first = NULL;
  g_autoptr (EkDownload) second = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  put_six (&world);
  first = get_for (&world, "/0", NULL);
  url = world_url (&world, "/0");
  soup_server_disconnect (world.server);

  world.now += SECONDS (3 * 86400);
  world_new_store (&world);
  second = world_get (&world, url, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ek_download_get_origin (second), ==, EK_DOWNLOAD_CACHED);
  g_assert_cmpint (ek_download_get_age (second), ==, 3 * 86400);
  g_assert_error ((GError *) ek_download_get_problem (second), EK_ERROR, EK_ERROR_OFFLINE);
  g_assert_true (g_bytes_equal (ek_download_get_bytes (first), ek_download_get_bytes (second)));
}

/* With what it takes for the cache to step in, and what it doesn't. */
static void
test_steps_in (void)
{
  static const struct
  {
    guint status;
    const char *content;
    EkError code;
    gboolean cached;
  } rows[] = {
    { 500, NULL, EK_ERROR_SERVER, TRUE },
    { 403, NULL, EK_ERROR_SERVER, TRUE },
    { 511, NULL, EK_ERROR_DOWNLOAD_NO_FIRMWARE, TRUE },
    { 200, "<html>log in", EK_ERROR_DOWNLOAD_NO_FIRMWARE, TRUE },
    { 404, NULL, EK_ERROR_NOT_ON_SERVER, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (EkDownload) download = NULL;
      g_autofree char *url = NULL;
      GBytes *content = rows[i].content != NULL
                            ? g_bytes_new_static (rows[i].content, strlen (rows[i].content))
                            : NULL;

      world_init (&world);
      put_six (&world);
      g_object_unref (get_for (&world, "/0", NULL));
      world_put (&world, "/0", content, NULL)->status = rows[i].status;
      url = world_url (&world, "/0");
      download = world_get (&world, url, &error);
      if (rows[i].cached)
        g_assert_error ((GError *) ek_download_get_problem (download), EK_ERROR,
                        (int) rows[i].code);
      else
        g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_true (has (&world, "/0"));
    }
}

static void
test_offline_by_wish (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) download = NULL;
  g_autofree char *url = NULL;
  const char *urls[] = { NULL, NULL };
  EkStoreRequest request = { .urls = urls, .policy = EK_STORE_OFFLINE };

  world_init (&world);
  put_six (&world);
  urls[0] = url = world_url (&world, "/0");
  g_assert_null (world_fetch (&world, &request, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_OFFLINE);
  g_clear_error (&error);
  g_object_unref (get_for (&world, "/0", NULL));
  download = world_fetch (&world, &request, &error);
  g_assert_no_error (error);
  g_assert_null (ek_download_get_problem (download));
  g_assert_cmpuint (world.asked->len, ==, 1);
}

/* ---- damage ---- */

static void
spoil (World *world, const char *what)
{
  g_autofree char *url = world_url (world, "/0");
  g_autofree char *key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);
  g_autofree char *index = g_strdup_printf ("%s/index/%s.json", world->cache, key);
  g_autoptr (EkDownload) download = ek_store_peek (world->store, url);
  const char *blob = ek_download_get_path (download);
  g_autofree char *deep = g_strnfill (60000, '[');
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (blob, &data, &size, NULL));
  data[size / 2] ^= 1;
  if (g_str_equal (what, "flipped"))
    g_assert_true (g_file_set_contents (blob, data, (gssize) size, NULL));
  else if (g_str_equal (what, "shorter"))
    g_assert_true (g_file_set_contents (blob, data, (gssize) size / 2, NULL));
  else if (g_str_equal (what, "missing"))
    g_assert_cmpint (g_unlink (blob), ==, 0);
  else if (g_str_equal (what, "index-garbage"))
    g_assert_true (g_file_set_contents (index, "\x01\x02{{{", -1, NULL));
  else if (g_str_equal (what, "index-empty"))
    g_assert_true (g_file_set_contents (index, "", 0, NULL));
  else if (g_str_equal (what, "index-deep"))
    g_assert_true (g_file_set_contents (index, deep, -1, NULL));
  else if (g_str_equal (what, "index-types"))
    g_assert_true (
        g_file_set_contents (index,
                             "{\"version\":1,\"url\":[],\"kind\":7,\"sha256\":{},\"size\":\"x\"}",
                             -1, NULL));
  else
    {
      /* a hash that is a path */
      g_autofree char *text = NULL;
      char *found;

      g_assert_true (g_file_get_contents (index, &text, NULL, NULL));
      found = strstr (text, ek_download_get_sha256 (download));
      memcpy (found, "../../../../../../etc/passwd", 28);
      g_assert_true (g_file_set_contents (index, text, -1, NULL));
    }
}

static void
test_damage (void)
{
  static const char *const rows[] = { "flipped",     "shorter",    "missing",     "index-garbage",
                                      "index-empty", "index-deep", "index-types", "index-path" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (EkDownload) download = NULL;

      world_init (&world);
      put_six (&world);
      g_object_unref (get_for (&world, "/0", NULL));
      spoil (&world, rows[i]);
      g_assert_false (has (&world, "/0"));
      download = get_for (&world, "/0", NULL);
      g_assert_cmpint (ek_download_get_origin (download), ==, EK_DOWNLOAD_FRESH);
      g_assert_cmpstr (world_asked (&world, 1), ==, "/0");
    }
}

/* ---- a bad disk ---- */

static void
test_full_disk (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  struct rlimit old, small;
  EkDownload *download;

  world_init (&world);
  put_six (&world);
  url = world_url (&world, "/0");
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = (struct rlimit){ SIZE / 2, old.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  download = world_get (&world, url, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);

  g_assert_null (download);
  g_assert_error (error, EK_ERROR, EK_ERROR_DISK_FULL);
  /* nothing that keeps the disk full */
  g_assert_cmpuint (world_count_files (&world, "partial"), ==, 0);
  g_assert_cmpuint (world_count_files (&world, "blobs"), ==, 0);
  /* and with room it works again */
  g_object_unref (get_for (&world, "/0", NULL));
}

/* The cache's folder can't be made: there is a file of that name. */
static void
test_no_folder (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  put_six (&world);
  g_assert_true (g_file_set_contents (world.cache, "x", 1, NULL));
  url = world_url (&world, "/0");
  g_assert_null (world_get (&world, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_WRITE);
  g_assert_nonnull (strstr (error->message, world.cache));
}

/* Root may write everywhere, so the lock is a folder, and new files can't be added. */
static void
test_unwritable (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) kept = NULL;
  g_autofree char *lock = NULL;
  g_autofree char *other = NULL;
  g_autofree char *partial = NULL;

  world_init (&world);
  put_six (&world);
  g_object_unref (get_for (&world, "/0", NULL));
  lock = g_build_filename (world.cache, "lock", NULL);
  g_assert_cmpint (g_unlink (lock), ==, 0);
  g_assert_cmpint (g_mkdir (lock, 0700), ==, 0);

  /* what is there can be used */
  kept = get_for (&world, "/0", NULL);
  g_assert_cmpint (ek_download_get_origin (kept), ==, EK_DOWNLOAD_CURRENT);
  other = world_url (&world, "/1");
  g_assert_null (world_get (&world, other, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_WRITE);
  g_clear_error (&error);

  /* not even a part can be begun: what is there still can be used, and the reason is told */
  partial = g_build_filename (world.cache, "partial", NULL);
  if (world_count_files (&world, "partial") > 0)
    return;
  g_assert_cmpint (g_rmdir (partial), ==, 0);
  g_assert_true (g_file_set_contents (partial, "x", 1, NULL));
  g_clear_object (&kept);
  kept = get_for (&world, "/0", NULL);
  g_assert_error ((GError *) ek_download_get_problem (kept), EK_ERROR, EK_ERROR_FILE_WRITE);
}

/* ---- programs by their hash ---- */

static void
test_finds_programs (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkDownload) elf = NULL;
  g_autoptr (EkDownload) image = NULL;
  g_autofree char *url = NULL;
  g_autofree char *path = NULL;
  g_autofree char *short_hash = NULL;
  g_autofree char *nine = NULL;
  g_autofree char *upper = NULL;
  g_autofree char *again = NULL;
  g_autofree char *other = NULL;
  g_autofree char *image_hash = NULL;

  world_init (&world);
  world_put (&world, "/echokit_box", g_bytes_new_static ("\177ELF and the rest", 16), NULL);
  put_six (&world);
  url = world_url (&world, "/echokit_box");
  elf = world_get_kind (&world, url, EK_CONTENT_ELF, &error);
  g_assert_no_error (error);
  image = get_for (&world, "/0", NULL);

  nine = g_strndup (ek_download_get_sha256 (elf), 9);
  path = ek_store_find_elf (world.store, nine);
  g_assert_cmpstr (path, ==, ek_download_get_path (elf));
  upper = g_ascii_strup (ek_download_get_sha256 (elf), -1);
  again = ek_store_find_elf (world.store, upper);
  g_assert_cmpstr (again, ==, path);

  short_hash = g_strndup (ek_download_get_sha256 (elf), 7);
  g_assert_null (ek_store_find_elf (world.store, short_hash));
  g_assert_null (ek_store_find_elf (world.store, "../../../../etc"));
  g_assert_null (ek_store_find_elf (world.store, "000000000"));
  image_hash = g_strndup (ek_download_get_sha256 (image), 9);
  g_assert_null (ek_store_find_elf (world.store, image_hash));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cache/evicts/oldest-but-not-a-boards-last", test_evicts);
  g_test_add_func ("/cache/evicts/by-last-use", test_evicts_by_use);
  g_test_add_func ("/cache/evicts/shared-content-once", test_same_content_at_two_addresses);
  g_test_add_func ("/cache/evicts/under-a-reader", test_evicted_in_use);
  g_test_add_func ("/cache/offline/says-how-old", test_offline);
  g_test_add_func ("/cache/offline/steps-in", test_steps_in);
  g_test_add_func ("/cache/offline/by-wish", test_offline_by_wish);
  g_test_add_func ("/cache/damage/is-fetched-anew", test_damage);
  g_test_add_func ("/cache/disk/full", test_full_disk);
  g_test_add_func ("/cache/disk/no-folder", test_no_folder);
  g_test_add_func ("/cache/disk/unwritable", test_unwritable);
  g_test_add_func ("/cache/elf/found-by-its-hash", test_finds_programs);
  return g_test_run ();
}
