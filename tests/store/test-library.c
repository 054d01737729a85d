/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists side by side over time: what is there at once, what a refresh brings, what a broken one leaves,
 * and what an entry turns into. */
#include "config.h"

#include "store-test.h"

#include <glib/gstdio.h>

#include "ek-demo-firmware.h"
#include "ek-elf-download.h"
#include "ek-entry-download.h"
#include "ek-library.h"

#define TWO_APPS                                                                                 \
  "esp_toml_version = 1.0\nfirmware_images_url = \"%s/\"\nsupported_apps = [\"One\", \"Two\"]\n" \
  "[One]\nchipsets = [\"ESP32-S3\"]\nimage.esp32-s3 = \"one.bin\"\n"                             \
  "[Two]\nchipsets = [\"ESP32-S3\"]\nimage.esp32-s3 = \"two.bin\"\n"

static void
put_list (World *world, const char *path, const char *etag)
{
  g_autofree char *base = world_url (world, "");
  char *text = g_strdup_printf (TWO_APPS, base);

  world_put (world, path, g_bytes_new_take (text, strlen (text)), etag);
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static gboolean
refresh (EkLibrary *library, EkStorePolicy policy, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ek_library_refresh_async (library, policy, cancellable, on_ready, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ek_library_refresh_finish (library, result, error);
}

static void
assert_state (EkLibraryList *list, EkLibraryState state, guint n_entries, int problem)
{
  EkCatalog *catalog = ek_library_list_get_catalog (list);
  const GError *error = ek_library_list_get_problem (list);

  g_assert_cmpint (ek_library_list_get_state (list), ==, state);
  g_assert_cmpuint (catalog != NULL ? ek_catalog_get_n_entries (catalog) : 0, ==, n_entries);
  g_assert_cmpint (error != NULL ? error->code : -1, ==, problem);
}

static void
test_built_in (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  EkLibraryList *list;

  world_init (&world);
  library = ek_library_new (world.store, TRUE);
  g_assert_cmpuint (ek_library_get_n_lists (library), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (ek_library_get_entries (library)), ==, 2);
  g_assert_nonnull (ek_library_find_board (library, EK_BOARD_BOX, &list));
  g_assert_true (list == ek_library_get_list (library, 0));
  assert_state (list, EK_LIBRARY_BUILT_IN, 2, -1);

  g_assert_true (refresh (library, EK_STORE_OFFLINE, NULL, &error));
  assert_state (list, EK_LIBRARY_BUILT_IN, 2, EK_ERROR_OFFLINE);
  g_assert_false (ek_library_remove (library, list));
}

static void
test_life_of_a_list (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (EkLibrary) later = NULL;
  g_autofree char *url = NULL;
  EkLibraryList *list;

  world_init (&world);
  put_list (&world, "/list.toml", "\"1\"");
  url = world_url (&world, "/list.toml");
  library = ek_library_new (world.store, FALSE);
  list = ek_library_add (library, url, NULL);
  assert_state (list, EK_LIBRARY_EMPTY, 0, -1);

  g_assert_true (refresh (library, EK_STORE_ASK, NULL, NULL));
  assert_state (list, EK_LIBRARY_FRESH, 2, -1);
  g_assert_cmpuint (g_list_model_get_n_items (ek_library_get_entries (library)), ==, 2);

  /* a broken one comes: what was good stays, here and for the next process */
  world_put (&world, "/list.toml", g_bytes_new_static ("[[[", 3), "\"2\"");
  world.now += SECONDS (2 * 86400);
  g_assert_true (refresh (library, EK_STORE_ASK, NULL, NULL));
  assert_state (list, EK_LIBRARY_CACHED, 2, EK_ERROR_CATALOG);
  g_assert_cmpint (ek_library_list_get_age (list), ==, 2 * 86400);

  world_new_store (&world);
  later = ek_library_new (world.store, FALSE);
  list = ek_library_add (later, url, NULL);
  assert_state (list, EK_LIBRARY_CACHED, 2, -1);
  g_assert_cmpint (ek_library_list_get_age (list), ==, 2 * 86400);

  /* it vanishes: the same */
  world_put (&world, "/list.toml", NULL, NULL)->status = 404;
  g_assert_true (refresh (later, EK_STORE_ASK, NULL, NULL));
  assert_state (list, EK_LIBRARY_CACHED, 2, EK_ERROR_NOT_ON_SERVER);

  /* and it is well again */
  put_list (&world, "/list.toml", "\"3\"");
  g_assert_true (refresh (later, EK_STORE_ASK, NULL, NULL));
  assert_state (list, EK_LIBRARY_FRESH, 2, -1);
}

static void
test_added_lists (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  g_autofree char *link = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = g_strdup_printf (TWO_APPS, "https://example.org");
  g_auto (GStrv) kept = NULL;
  EkLibraryList *list;

  world_init (&world);
  put_list (&world, "/list.toml", NULL);
  url = world_url (&world, "/list.toml");
  link =
      g_strdup_printf ("https://espressif.github.io/esp-launchpad/?flashConfigURL=%s&app=Two", url);
  path = g_build_filename (world.root, "mine.toml", NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));

  library = ek_library_new (world.store, TRUE);
  list = ek_library_add (library, path, &error);
  g_assert_no_error (error);
  assert_state (list, EK_LIBRARY_FRESH, 2, -1);
  g_assert_nonnull (ek_library_add (library, link, &error));
  g_assert_no_error (error);
  g_assert_null (ek_library_add (library, url, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (ek_library_add (library, "", &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  g_assert_true (refresh (library, EK_STORE_REFRESH, NULL, NULL));
  /* the link names one app of the list */
  assert_state (ek_library_get_list (library, 2), EK_LIBRARY_FRESH, 1, -1);
  g_assert_cmpuint (g_list_model_get_n_items (ek_library_get_entries (library)), ==, 5);

  kept = ek_library_dup_added (library);
  g_assert_cmpuint (g_strv_length (kept), ==, 2);
  g_assert_cmpstr (kept[0], ==, path);
  g_assert_cmpstr (kept[1], ==, link);
  ek_library_set_added (library, (const char *const[]){ NULL });
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (library)), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (ek_library_get_entries (library)), ==, 2);
  ek_library_set_added (library, (const char *const *) kept);
  g_assert_cmpuint (ek_library_get_n_lists (library), ==, 3);

  /* the file goes away: its content stays for now */
  list = ek_library_get_list (library, 1);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (refresh (library, EK_STORE_OFFLINE, NULL, NULL));
  assert_state (list, EK_LIBRARY_CACHED, 2, EK_ERROR_FILE_NOT_FOUND);
  g_assert_true (ek_library_remove (library, list));
  g_assert_cmpuint (ek_library_get_n_lists (library), ==, 2);
}

static void
test_cancelled (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  world_init (&world);
  url = world_url (&world, "/list.toml");
  library = ek_library_new (world.store, FALSE);
  ek_library_add (library, url, NULL);
  g_cancellable_cancel (cancellable);
  g_assert_false (refresh (library, EK_STORE_ASK, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
}

/* An entry becomes a bundle; what was fetched is there again without asking. */
static void
test_entry (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (EkLibrary) library = NULL;
  g_autoptr (EkEntryDownload) download = NULL;
  g_autoptr (EkEntryDownload) peeked = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autofree char *url = NULL;
  EkCatalog *catalog;

  world_init (&world);
  put_list (&world, "/list.toml", NULL);
  world_put (&world, "/one.bin", g_bytes_ref (demo), "\"1\"");
  world_put (&world, "/two.bin", test_firmware (5000, 1), "\"1\"");
  url = world_url (&world, "/list.toml");
  library = ek_library_new (world.store, FALSE);
  ek_library_add (library, url, NULL);
  g_assert_true (refresh (library, EK_STORE_ASK, NULL, NULL));
  catalog = ek_library_list_get_catalog (ek_library_get_list (library, 0));

  g_assert_null (ek_entry_download_peek (world.store, ek_catalog_get_entry (catalog, 0)));
  ek_entry_download_async (world.store, ek_catalog_get_entry (catalog, 0), EK_STORE_ASK, NULL, NULL,
                           NULL, on_ready, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  download = ek_entry_download_finish (world.store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ek_bundle_get_version (ek_entry_download_get_bundle (download)), ==, "0.1.0");
  g_assert_cmpuint (ek_entry_download_get_n_files (download), ==, 1);
  g_assert_cmpstr (ek_entry_download_get_name (download, 0), ==, "one.bin");
  g_assert_cmpint (ek_entry_download_get_origin (download), ==, EK_DOWNLOAD_FRESH);
  peeked = ek_entry_download_peek (world.store, ek_catalog_get_entry (catalog, 0));
  g_assert_nonnull (peeked);

  /* bytes that are no firmware */
  g_clear_object (&result);
  ek_entry_download_async (world.store, ek_catalog_get_entry (catalog, 1), EK_STORE_ASK, NULL, NULL,
                           NULL, on_ready, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (ek_entry_download_finish (world.store, result, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == EK_ERROR);
}

static void
test_file_names (void)
{
  static const struct
  {
    const char *url, *name;
  } rows[] = {
    { "https://example.org/a/echokit_box.bin", "echokit_box.bin" },
    { "https://example.org/a/my%20box.bin?x=/etc/passwd#/b", "my_box.bin" },
    { "https://example.org/a/", "firmware.bin" },
    { "https://example.org", "firmware.bin" },
    { "https://example.org/.bashrc", "firmware.bin" },
    { "https://example.org/-rf", "firmware.bin" },
    { "https://example.org/..%2f..%2fetc", "etc" },
    { "https://example.org/a%2f..%2fb.bin", "b.bin" },
    { "https://example.org/..", "firmware.bin" },
    { "https://example.org/a%0ab.bin", "a_b.bin" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = ek_url_file_name (rows[i].url);

      g_test_message ("%s", rows[i].url);
      g_assert_cmpint (strchr (name, '/') == NULL, ==, TRUE);
      g_assert_cmpint (name[0] != '.' && name[0] != '-', ==, TRUE);
      g_assert_cmpstr (name, ==, rows[i].name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/built-in-list-is-there-at-once", test_built_in);
  g_test_add_func ("/library/keeps-the-last-good-list", test_life_of_a_list);
  g_test_add_func ("/library/lists-that-were-added", test_added_lists);
  g_test_add_func ("/library/cancelled", test_cancelled);
  g_test_add_func ("/library/entry-becomes-a-bundle", test_entry);
  g_test_add_func ("/library/names-are-no-paths", test_file_names);
  return g_test_run ();
}
