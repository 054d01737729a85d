/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware lists of the window, without a network. */
#include "config.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>

#include "ek-list-offer.h"
#include "ek-lists.h"

#define GOOD_LIST                                        \
  "esp_toml_version = 1.0\n"                             \
  "firmware_images_url = \"https://example.invalid/\"\n" \
  "supported_apps = [\"Clock\"]\n"                       \
  "[Clock]\nchipsets = [\"ESP32-S3\"]\nimage.esp32-s3 = \"clock.bin\"\n"

typedef struct
{
  char *folder;
  GSettings *settings;
  EkStore *store;
  EkLists *lists;
  gboolean done;
  GError *error;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  g_autoptr (GProxyResolver) proxy = NULL;

  self->folder = g_dir_make_tmp ("ek-lists-XXXXXX", NULL);
  self->settings = g_settings_new ("dev.echokit.Flasher");
  g_settings_reset (self->settings, "lists");
  self->store = ek_store_new (self->folder);
  /* nobody listens there: no test asks the web */
  proxy = g_simple_proxy_resolver_new ("http://127.0.0.1:9", (char *[]){ "127.0.0.1", NULL });
  ek_store_set_proxy_resolver (self->store, proxy);
  self->lists = ek_lists_new (self->store, self->settings);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_folder (child);
    }
  g_remove (path);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->lists);
  g_object_unref (self->store);
  g_object_unref (self->settings);
  remove_folder (self->folder);
  g_free (self->folder);
  g_clear_error (&self->error);
}

static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  ek_lists_add_finish (EK_LISTS (object), result, &self->error);
  self->done = TRUE;
}

static void
add (Fixture *self, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  ek_lists_add_async (self->lists, path, NULL, on_added, self);
  while (!self->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_built_in (Fixture *self, gconstpointer data)
{
  g_autoptr (EkOffer) box = ek_lists_find_offer (self->lists, "echokit-box");
  g_autoptr (EkOffer) diy = ek_lists_find_offer (self->lists, "echokit-diy");

  g_assert_cmpstr (ek_offer_get_facts (box)->title, ==, "EchoKit Box");
  g_assert_cmpstr (ek_offer_get_facts (diy)->title, ==, "EchoKit DIY");
  g_assert_true (ek_offer_downloads (box));
  g_assert_null (ek_lists_find_offer (self->lists, NULL));
}

static void
test_added (Fixture *self, gconstpointer data)
{
  g_auto (GStrv) kept = NULL;
  EkLibrary *library = ek_lists_get_library (self->lists);

  add (self, "clock.toml", GOOD_LIST);
  g_assert_no_error (self->error);
  g_assert_cmpuint (ek_library_get_n_lists (library), ==, 2);
  kept = g_settings_get_strv (self->settings, "lists");
  g_assert_cmpuint (g_strv_length (kept), ==, 1);

  ek_lists_remove (self->lists, ek_library_get_list (library, 1));
  g_assert_cmpuint (ek_library_get_n_lists (library), ==, 1);
  g_clear_pointer (&kept, g_strfreev);
  kept = g_settings_get_strv (self->settings, "lists");
  g_assert_cmpuint (g_strv_length (kept), ==, 0);
}

static void
test_broken (Fixture *self, gconstpointer data)
{
  g_auto (GStrv) kept = NULL;

  add (self, "broken.toml", "this is no list [");
  g_assert_error (self->error, EK_ERROR, EK_ERROR_CATALOG);
  g_assert_cmpuint (ek_library_get_n_lists (ek_lists_get_library (self->lists)), ==, 1);
  kept = g_settings_get_strv (self->settings, "lists");
  g_assert_cmpuint (g_strv_length (kept), ==, 0);
}

static void
on_releases_asked (SoupServer *server,
                   SoupServerMessage *message,
                   const char *path,
                   GHashTable *query,
                   gpointer user_data)
{
  static const char releases[] = "[ { \"tag_name\": \"v0.3.2\", \"draft\": false,"
                                 "    \"prerelease\": false, \"assets\": [] } ]";

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, releases,
                                    strlen (releases));
}

static void
on_changed (EkLists *lists, guint *n_changes)
{
  if (ek_lists_get_newest_release (lists) != NULL)
    (*n_changes)++;
}

/* The lists themselves can't be had: what GitHub says is news all the same. */
static void
test_newest_release (Fixture *self, gconstpointer data)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  GSList *uris;
  guint n_changes = 0;

  soup_server_add_handler (server, NULL, on_releases_asked, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_assert_null (ek_lists_get_newest_release (self->lists));
  ek_library_set_releases_url (ek_lists_get_library (self->lists), url);
  g_signal_connect (self->lists, "changed", G_CALLBACK (on_changed), &n_changes);
  ek_lists_refresh (self->lists);
  while (n_changes == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (ek_lists_get_newest_release (self->lists), ==, "v0.3.2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, setup, func, teardown)
  ADD ("/lists/built-in-without-a-network", test_built_in);
  ADD ("/lists/added-list-is-remembered", test_added);
  ADD ("/lists/broken-list-is-not-kept", test_broken);
  ADD ("/lists/newest-release-is-news", test_newest_release);
#undef ADD

  return g_test_run ();
}
