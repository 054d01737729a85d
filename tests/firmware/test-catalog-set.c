/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several lists side by side. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-catalog-set.h"

#include "catalog-test.h"

#define WORKING                                                                      \
  "esp_toml_version = 1\nsupported_apps = [\"a\"]\n[a]\nchipsets = [\"ESP32-S3\"]\n" \
  "developKits.esp32-s3 = [\"EchoKit-BOX\"]\nimage.EchoKit-BOX = \"x.bin\"\n"
#define BROKEN                                                                       \
  "esp_toml_version = 1\nsupported_apps = [\"a\"]\n[a]\nchipsets = [\"ESP32-S3\"]\n" \
  "developKits.esp32-s3 = [\"EchoKit-BOX\"]\nimage.none = \"x.bin\"\n"

typedef struct
{
  guint n;
  guint position;
  guint removed;
  guint added;
} Changes;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Changes *changes)
{
  *changes = (Changes){ changes->n + 1, position, removed, added };
}

static void
assert_change (Changes *changes, guint position, guint removed, guint added)
{
  g_assert_cmpuint (changes->n, ==, 1);
  g_assert_cmpuint (changes->position, ==, position);
  g_assert_cmpuint (changes->removed, ==, removed);
  g_assert_cmpuint (changes->added, ==, added);
  changes->n = 0;
}

static void
test_one_of_each_location (void)
{
  g_autoptr (EkCatalogSet) set = ek_catalog_set_new ();
  g_autoptr (EkCatalog) one = test_catalog_at ("https://one.org/l.toml", WORKING);
  g_autoptr (EkCatalog) two = test_catalog_at ("https://two.org/l.toml", WORKING);
  g_autoptr (EkCatalog) again = test_catalog_at ("https://one.org/l.toml", BROKEN);
  g_autoptr (EkCatalog) last = NULL;
  Changes changes = { 0 };

  g_signal_connect (set, "items-changed", G_CALLBACK (on_items_changed), &changes);
  ek_catalog_set_put (set, one);
  assert_change (&changes, 0, 0, 1);
  ek_catalog_set_put (set, two);
  assert_change (&changes, 1, 0, 1);
  ek_catalog_set_put (set, again);
  assert_change (&changes, 0, 1, 1);
  ek_catalog_set_put (set, again);
  assert_change (&changes, 0, 1, 1);

  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (set)) == EK_TYPE_CATALOG);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (set)), ==, 2);
  last = g_list_model_get_item (G_LIST_MODEL (set), 1);
  g_assert_true (last == two);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (set), 2));
  g_assert_true (ek_catalog_set_lookup (set, "https://one.org/l.toml") == again);
  g_assert_null (ek_catalog_set_lookup (set, "https://three.org/l.toml"));

  g_assert_true (ek_catalog_set_remove (set, "https://one.org/l.toml"));
  assert_change (&changes, 0, 1, 0);
  g_assert_false (ek_catalog_set_remove (set, "https://one.org/l.toml"));
  g_assert_cmpuint (changes.n, ==, 0);
}

static void
test_finds_entries_of_all_lists (void)
{
  g_autoptr (EkCatalogSet) set = ek_catalog_set_new ();
  g_autoptr (EkCatalog) one = test_catalog_at ("https://one.org/l.toml", BROKEN);
  g_autoptr (EkCatalog) two = test_catalog_at ("https://two.org/l.toml", WORKING);
  EkCatalogEntry *broken = ek_catalog_get_entry (one, 0);
  EkCatalogEntry *works = ek_catalog_get_entry (two, 0);

  g_assert_null (ek_catalog_set_find_board (set, EK_BOARD_BOX));
  ek_catalog_set_put (set, one);
  g_assert_true (ek_catalog_set_find_board (set, EK_BOARD_BOX) == broken);
  ek_catalog_set_put (set, two);
  g_assert_true (ek_catalog_set_find_board (set, EK_BOARD_BOX) == works);
  g_assert_null (ek_catalog_set_find_board (set, EK_BOARD_DIY));
  g_assert_true (ek_catalog_set_find (set, ek_catalog_entry_get_key (broken)) == broken);
  g_assert_true (ek_catalog_set_find (set, ek_catalog_entry_get_key (works)) == works);
  g_assert_null (ek_catalog_set_find (set, "https://two.org/l.toml#b"));
}

/* An entry that a person chose is the same one after the list was refreshed. */
static void
test_refresh_keeps_keys (void)
{
  g_autoptr (EkCatalogSet) set = ek_catalog_set_new ();
  g_autoptr (EkCatalog) builtin = ek_catalog_new_builtin ();
  g_autoptr (EkCatalog) fresh = test_catalog_at (
      EK_CATALOG_ECHOKIT_URL,
      "esp_toml_version = 1.0\nsupported_apps = [\"EchoKit\"]\n[EchoKit]\n"
      "chipsets = [\"ESP32-S3\"]\ndevelopKits.esp32-s3 = [\"EchoKit-DIY\", \"EchoKit-BOX\"]\n"
      "image.EchoKit-DIY = \"new-diy.bin\"\nimage.EchoKit-BOX = \"new-box.bin\"\n");
  const char *chosen = ek_catalog_entry_get_key (ek_catalog_find_board (builtin, EK_BOARD_DIY));

  ek_catalog_set_put (set, builtin);
  ek_catalog_set_put (set, fresh);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (set)), ==, 1);
  g_assert_cmpstr (ek_catalog_entry_get_file (ek_catalog_set_find (set, chosen), 0)->urls[0], ==,
                   "https://echokit.dev/firmware/new-diy.bin");
}

static void
test_lets_go (void)
{
  EkCatalogSet *set = ek_catalog_set_new ();
  EkCatalog *one = test_catalog_at ("https://one.org/l.toml", WORKING);
  EkCatalog *two = test_catalog_at ("https://one.org/l.toml", WORKING);

  ek_catalog_set_put (set, one);
  ek_catalog_set_put (set, two);
  g_assert_finalize_object (one);
  g_assert_finalize_object (set);
  g_assert_finalize_object (two);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalog-set/one-of-each-location", test_one_of_each_location);
  g_test_add_func ("/catalog-set/finds-entries-of-all-lists", test_finds_entries_of_all_lists);
  g_test_add_func ("/catalog-set/refresh-keeps-keys", test_refresh_keeps_keys);
  g_test_add_func ("/catalog-set/lets-go-of-everything", test_lets_go);
  return g_test_run ();
}
