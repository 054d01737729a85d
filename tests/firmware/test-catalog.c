/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists in the field, with what has to come out of each; manifests; limits; the list as a
 * model. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "catalog-test.h"
#include "test-files.h"

#define COMMISSIONER \
  "https://raw.githubusercontent.com/Poshy163/cores3-epskc-commissioner/main/firmware/"
#define PREBUILT \
  "https://esp-agents-firmware-prebuilt.s3.ap-northeast-1.amazonaws.com/friend/m5stack_cores3/"
#define METER                                      \
  "https://cors-anywhere.ramrod.workers.dev/?url=" \
  "https://github.com/qingmeijiupiao/Wireless_power_meter_lite/releases/v0.2.0"

/* Read off the files by eye. @last is of the list's last entry, its first file. */
static const struct
{
  const char *name;
  const char *error; /* part of the message; NULL if it is a list */
  guint n_entries;
  guint n_broken;
  const char *last_title;
  const char *last_chip;
  guint last_n_files;
  guint32 last_offset;
  const char *last_urls;
} lists[] = {
  { "Poshy163_cores3-epskc-commissioner__launchpad.toml", NULL, 2, 0, "Update (keeps settings)",
    "ESP32-S3", 1, 0x10000, COMMISSIONER "epskc-commissioner-app.bin" },
  { "aihwmakers_echoear-images__launchpad.toml", NULL, 4, 0, "speaker_factory_echoear_release_v5_5",
    "ESP32-S3", 1, 0,
    "https://aihwmakers.github.io/echoear-images/speaker_factory_echoear_release_v5_5.bin" },
  { "espressif_esp-agents-firmware__friend_m5stack_cores3.toml", NULL, 1, 0,
    "M5Stack-CoreS3-AI-Voice-Agent", "ESP32-S3", 5, 0, PREBUILT "bootloader.bin" },
  { "espressif_esp-launchpad__config_config.toml", "Line 36, column 20", 0, 0, NULL, NULL, 0, 0,
    NULL },
  { "espressif_esp-launchpad__config_default_config.toml", NULL, 26, 0,
    "RainMaker-Temperature-Sensor", "ESP32-C3", 1, 0,
    "https://adwait-esp.github.io/flasher/images/"
    "esp32c3_rainmaker_temperature_sensor_merged.bin" },
  { "espressif_esp-launchpad__config_matter_config.toml", NULL, 5, 0, "Matter-LightingApp-TE9",
    "ESP32-C3", 1, 0,
    "https://adwait-esp.github.io/flasher/images/esp32c3_matter_lighting-app.bin" },
  { "espressif_esp-launchpad__config_minimal_launchpad_config.toml", NULL, 1, 1, "YOUR_APP_NAME",
    "ESP32", 0, 0, NULL },
  { "espressif_esp-usb-bridge__launchpad.toml", NULL, 1, 0, "esp-prog2", "ESP32-S3", 1, 0,
    "https://espressif.github.io/esp-usb-bridge/esp-prog2.bin" },
  { "nollstead_BTAudio__launchpad.toml", "not a firmware list", 0, 0, NULL, NULL, 0, 0, NULL },
  { "qingmeijiupiao_Wireless_power_meter_lite__config.toml", NULL, 1, 0,
    "Wireless_power_meter_lite", "ESP32-C3", 1, 0,
    METER "Wireless_power_meter_lite_merged.bin " METER "/Wireless_power_meter_lite_merged.bin" },
  { "second-state_echokit__firmware_echokit.toml", NULL, 2, 0, "EchoKit Box", "ESP32-S3", 1, 0,
    "https://echokit.dev/firmware/echokit_box.bin" },
  { "second-state_echokit__firmware_vibekeys.toml", NULL, 1, 0, "VibeKeys", "ESP32-S3", 1, 0,
    "https://echokit.dev/firmware/vibekeys.bin" },
};

static GBytes *
read_list (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), "launchpad", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

static guint
count_broken (EkCatalog *catalog)
{
  guint n = 0;

  for (guint i = 0; i < ek_catalog_get_n_entries (catalog); i++)
    n += ek_catalog_entry_get_problem (ek_catalog_get_entry (catalog, i)) != NULL;

  return n;
}

static void
check_list (gsize i, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkCatalog) catalog = ek_catalog_new_from_bytes (bytes, LIST_URL, &error);
  guint n = lists[i].n_entries;
  EkCatalogEntry *last;

  if (lists[i].error != NULL)
    {
      g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
      g_assert_nonnull (strstr (error->message, lists[i].error));
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpuint (ek_catalog_get_n_entries (catalog), ==, n);
  g_assert_cmpuint (count_broken (catalog), ==, lists[i].n_broken);

  last = ek_catalog_get_entry (catalog, n - 1);
  g_assert_cmpstr (ek_catalog_entry_get_title (last), ==, lists[i].last_title);
  g_assert_cmpstr (ek_catalog_entry_get_chip (last), ==, lists[i].last_chip);
  g_assert_cmpuint (ek_catalog_entry_get_n_files (last), ==, lists[i].last_n_files);
  if (lists[i].last_urls != NULL)
    {
      test_assert_urls (catalog, n - 1, 0, lists[i].last_urls);
      g_assert_cmphex (ek_catalog_entry_get_file (last, 0)->offset, ==, lists[i].last_offset);
    }
}

static void
test_lists_in_the_field (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (GBytes) bytes = read_list (lists[i].name);

      g_test_message ("%s", lists[i].name);
      if (bytes == NULL)
        {
          g_test_skip ("the lists are not here");
          return;
        }
      check_list (i, bytes);
    }
}

/* A list that is new in the folder needs a row. */
static void
test_every_list_has_a_row (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("EK_SHARED_DIR"), "launchpad", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  if (dir == NULL)
    {
      g_test_skip ("the lists are not here");
      return;
    }
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    n += g_str_has_suffix (name, ".toml");
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (lists));
}

static void
test_echokits_own_list (void)
{
  g_autoptr (GBytes) bytes = read_list ("second-state_echokit__firmware_echokit.toml");
  g_autoptr (EkCatalog) catalog = NULL;
  EkCatalogEntry *diy, *box;

  if (bytes == NULL)
    {
      g_test_skip ("the lists are not here");
      return;
    }

  catalog = ek_catalog_new_from_bytes (bytes, EK_CATALOG_ECHOKIT_URL, NULL);
  diy = ek_catalog_find_board (catalog, EK_BOARD_DIY);
  box = ek_catalog_find_board (catalog, EK_BOARD_BOX);
  test_assert_urls (catalog, 0, 0, "https://echokit.dev/firmware/echokit_boards.bin");
  g_assert_true (diy == ek_catalog_get_entry (catalog, 0));
  g_assert_true (box == ek_catalog_get_entry (catalog, 1));
  g_assert_cmpstr (ek_catalog_entry_get_title (diy), ==, "EchoKit DIY");
  g_assert_cmpstr (ek_catalog_entry_get_kit (diy), ==, "EchoKit-DIY");
  g_assert_cmpstr (ek_catalog_entry_get_app (box), ==, "EchoKit");
  g_assert_cmpstr (ek_catalog_entry_get_description (box), ==, "EchoKit firmware");
  g_assert_cmpstr (ek_catalog_entry_get_key (box), ==,
                   "https://echokit.dev/firmware/echokit.toml#EchoKit/ESP32-S3/EchoKit-BOX");
  g_assert_cmpstr (ek_catalog_get_readme_url (catalog), ==,
                   "https://raw.githubusercontent.com/second-state/echokit_box/refs/heads/main/"
                   "README.md");
  g_assert_null (ek_catalog_find_board (catalog, "echokit-cube"));
}

/* The built-in list is the one in the field in other words: same keys, same files, same boards. */
static void
test_builtin_is_echokits_own (void)
{
  g_autoptr (GBytes) bytes = read_list ("second-state_echokit__firmware_echokit.toml");
  g_autoptr (EkCatalog) builtin = ek_catalog_new_builtin ();
  g_autoptr (EkCatalog) real = NULL;

  g_assert_cmpstr (ek_catalog_get_location (builtin), ==,
                   "https://echokit.dev/firmware/echokit.toml");
  g_assert_cmpuint (ek_catalog_get_n_entries (builtin), ==, 2);
  g_assert_cmpuint (count_broken (builtin), ==, 0);
  if (bytes == NULL)
    {
      g_test_skip ("the lists are not here");
      return;
    }

  real = ek_catalog_new_from_bytes (bytes, EK_CATALOG_ECHOKIT_URL, NULL);
  g_assert_cmpuint (ek_catalog_get_n_entries (real), ==, 2);
  g_assert_cmpstr (ek_catalog_get_readme_url (builtin), ==, ek_catalog_get_readme_url (real));
  for (guint i = 0; i < 2; i++)
    {
      EkCatalogEntry *ours = ek_catalog_get_entry (builtin, i);
      EkCatalogEntry *theirs = ek_catalog_find (real, ek_catalog_entry_get_key (ours));

      g_assert_nonnull (theirs);
      g_assert_nonnull (ek_catalog_entry_get_board (ours));
      g_assert_true (ek_catalog_entry_get_board (ours) == ek_catalog_entry_get_board (theirs));
      g_assert_cmpstr (ek_catalog_entry_get_file (ours, 0)->urls[0], ==,
                       ek_catalog_entry_get_file (theirs, 0)->urls[0]);
    }
}

static void
test_parts_in_the_field (void)
{
  static const guint32 places[] = { 0x0, 0x8000, 0x1c000, 0x30000, 0xe2c000 };
  g_autoptr (GBytes) bytes =
      read_list ("espressif_esp-agents-firmware__friend_m5stack_cores3.toml");
  g_autoptr (EkCatalog) catalog = NULL;
  EkCatalogEntry *entry;

  if (bytes == NULL)
    {
      g_test_skip ("the lists are not here");
      return;
    }

  catalog = ek_catalog_new_from_bytes (bytes, LIST_URL, NULL);
  entry = ek_catalog_get_entry (catalog, 0);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    g_assert_cmphex (ek_catalog_entry_get_file (entry, i)->offset, ==, places[i]);
  test_assert_urls (catalog, 0, 4, PREBUILT "srmodels.bin");
  g_assert_cmpstr (ek_catalog_entry_get_link (entry, EK_CATALOG_LINK_ICON), ==,
                   "https://github.com/espressif/esp-agents-firmware/wiki/images/"
                   "M5StackCoreS3Listening.png");
}

static void
test_links (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list ("supported_apps = [\"a\"]\n[a]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n"
                 "description = \"  \"\nandroid_app_url = \"https://play.example/a\"\n"
                 "ios_app_url = \"\"\nsetup_payload = \"MT:1\"\n"
                 "setup_payload_logo = \"file:///etc/logo.png\"\nicon = \"icon.png\"\n");
  EkCatalogEntry *entry = ek_catalog_get_entry (catalog, 0);

  g_assert_null (ek_catalog_entry_get_description (entry));
  g_assert_cmpstr (ek_catalog_entry_get_setup_payload (entry), ==, "MT:1");
  g_assert_cmpstr (ek_catalog_entry_get_link (entry, EK_CATALOG_LINK_ANDROID_APP), ==,
                   "https://play.example/a");
  g_assert_null (ek_catalog_entry_get_link (entry, EK_CATALOG_LINK_IOS_APP));
  g_assert_null (ek_catalog_entry_get_link (entry, EK_CATALOG_LINK_SETUP_LOGO));
  g_assert_cmpstr (ek_catalog_entry_get_link (entry, EK_CATALOG_LINK_ICON), ==,
                   "https://example.org/fw/icon.png");
}

static const char local_list[] = "esp_toml_version = 1.0\n"
                                 "supported_apps = [\"near\", \"far\", \"other\"]\n"
                                 "[near]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"a b.bin\"\n"
                                 "[far]\nchipsets = [\"ESP32\"]\n"
                                 "image.esp32 = \"https://h.org/x.bin\"\n"
                                 "[other]\nchipsets = [\"ESP32\"]\n"
                                 "image.esp32 = \"file:///tmp/x.bin\"\n";

static void
test_list_in_a_file (void)
{
  g_autoptr (EkCatalog) catalog = test_catalog_at ("/home/me/lists/l.toml", local_list);

  g_assert_cmpstr (ek_catalog_get_location (catalog), ==, "file:///home/me/lists/l.toml");
  g_assert_cmpstr (ek_catalog_get_title (catalog), ==, "l.toml");
  test_assert_urls (catalog, 0, 0, "file:///home/me/lists/a%20b.bin");
  test_assert_urls (catalog, 1, 0, "https://h.org/x.bin");
  test_assert_urls (catalog, 2, 0, "file:///tmp/x.bin");
}

static void
test_list_on_the_web_names_no_files_here (void)
{
  g_autoptr (EkCatalog) catalog = test_catalog (local_list);
  static const char *const others[] = { "ftp://h.org/", "file:///tmp/", "FILE:///tmp/",
                                        "https://" };

  g_assert_cmpstr (ek_catalog_get_title (catalog), ==, "example.org");
  test_assert_works (catalog, 0);
  test_assert_broken (catalog, 2, "not http or https");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("firmware_images_url = \"%s\"\nsupported_apps = [\"a\"]\n"
                           "[a]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"/x.bin\"\n",
                           others[i]);
      g_autoptr (EkCatalog) other = test_list (text);

      test_assert_broken (other, 0, "not http or https");
    }
}

static void
test_filter (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list ("chip = \"esp32\"\nsupported_apps = [\"Fan\", \"Fan-2\", \"Light\"]\n"
                 "[Fan]\nimage.esp32 = \"f.bin\"\n[Fan-2]\nimage.esp32 = \"f2.bin\"\n");
  g_autoptr (EkCatalog) prefix = ek_catalog_filter (catalog, "Fan", FALSE);
  g_autoptr (EkCatalog) exact = ek_catalog_filter (catalog, "Fan", TRUE);
  g_autoptr (EkCatalog) none = ek_catalog_filter (catalog, "fan", TRUE);
  g_autoptr (EkCatalog) all = ek_catalog_filter (catalog, NULL, FALSE);

  g_assert_cmpuint (ek_catalog_get_n_entries (prefix), ==, 2);
  g_assert_cmpuint (ek_catalog_get_n_entries (exact), ==, 1);
  g_assert_cmpuint (ek_catalog_get_n_entries (none), ==, 0);
  g_assert_cmpuint (ek_catalog_get_n_entries (all), ==, 3);
  g_assert_true (ek_catalog_get_entry (exact, 0) == ek_catalog_get_entry (catalog, 0));
}

static void
test_model (void)
{
  g_autoptr (EkCatalog) catalog = test_list ("chip = \"esp32\"\nsupported_apps = [\"a\", \"b\"]\n"
                                             "[a]\nimage.esp32 = \"f.bin\"\n");
  GListModel *model = G_LIST_MODEL (catalog);
  g_autoptr (EkCatalogEntry) broken = g_list_model_get_item (model, 1);
  g_autofree char *title = NULL;
  g_autofree char *problem = NULL;

  g_assert_true (g_list_model_get_item_type (model) == EK_TYPE_CATALOG_ENTRY);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 2);
  g_assert_null (g_list_model_get_item (model, 2));
  g_object_get (broken, "title", &title, "problem", &problem, NULL);
  g_assert_cmpstr (title, ==, "b");
  g_assert_nonnull (problem);
}

static void
test_lets_go (void)
{
  EkCatalog *catalog = test_list ("chip = \"esp32\"\nsupported_apps = [\"a\"]\n"
                                  "[a]\nimage.esp32 = \"f.bin\"\n");
  EkCatalogEntry *entry = ek_catalog_get_entry (catalog, 0);

  g_object_add_weak_pointer (G_OBJECT (entry), (gpointer *) &entry);
  g_assert_finalize_object (catalog);
  g_assert_null (entry);
}

/* The example of ESP Web Tools' page, and what can be wrong in one. */
static const char manifest[] =
    "{ \"name\": \"ESPHome\", \"version\": \"2021.11.0\", \"home_assistant_domain\": \"esphome\",\n"
    "  \"builds\": [\n"
    "    { \"chipFamily\": \"ESP32\", \"parts\": [\n"
    "      { \"path\": \"bootloader.bin\", \"offset\": 4096 },\n"
    "      { \"path\": \"../app v2.bin\", \"offset\": 65536 } ] },\n"
    "    { \"chipFamily\": \"ESP32-S3\", \"serialType\": \"cdc\", \"parts\": [\n"
    "      { \"path\": \"https://h.org/s3.bin\", \"offset\": 0 } ] },\n"
    "    { \"chipFamily\": \"ESP32-S3\", \"serialType\": \"uart\", \"parts\": [\n"
    "      { \"path\": \"s3-uart.bin\", \"offset\": 0 } ] },\n"
    "    { \"chipFamily\": \"ESP32-S3\", \"serialType\": \"uart\", \"parts\": [\n"
    "      { \"path\": \"never.bin\", \"offset\": 0 } ] },\n"
    "    { \"chipFamily\": \"ESP8266\", \"parts\": [ { \"path\": \"e.bin\", \"offset\": 0 } ] },\n"
    "    { \"chipFamily\": \"ESP32-C3\", \"parts\": [ { \"path\": \"c3.bin\" } ] },\n"
    "    { \"chipFamily\": \"ESP32-C6\", \"parts\": [ { \"offset\": 0 } ] },\n"
    "    { \"chipFamily\": \"ESP32-H2\", \"parts\": [] },\n"
    "    { \"chipFamily\": \"ESP32-C2\", \"parts\": [ { \"path\": \"x\", \"offset\": -1 } ] },\n"
    "    { \"parts\": [ { \"path\": \"x.bin\", \"offset\": 0 } ] },\n"
    "    7 ] }";

static void
test_manifest (void)
{
  g_autoptr (EkCatalog) catalog = test_catalog_at ("https://h.org/fw/manifest.json", manifest);
  EkCatalogEntry *first = ek_catalog_get_entry (catalog, 0);

  g_assert_cmpuint (ek_catalog_get_n_entries (catalog), ==, 9);
  g_assert_cmpstr (ek_catalog_get_title (catalog), ==, "ESPHome");
  g_assert_cmpstr (ek_catalog_entry_get_title (first), ==, "ESPHome");
  g_assert_cmpstr (ek_catalog_entry_get_version (first), ==, "2021.11.0");
  test_assert_urls (catalog, 0, 0, "https://h.org/fw/bootloader.bin");
  test_assert_urls (catalog, 0, 1, "https://h.org/app%20v2.bin");
  g_assert_cmphex (ek_catalog_entry_get_file (first, 1)->offset, ==, 0x10000);
  test_assert_urls (catalog, 1, 0, "https://h.org/s3.bin");
  test_assert_urls (catalog, 2, 0, "https://h.org/fw/s3-uart.bin");
  g_assert_cmpstr (ek_catalog_entry_get_variant (ek_catalog_get_entry (catalog, 2)), ==, "uart");
  test_assert_broken (catalog, 3, "ESP8266 is not supported");
  test_assert_broken (catalog, 4, "offset of part 1");
  test_assert_broken (catalog, 5, "part 1 has no path");
  test_assert_broken (catalog, 6, "0 parts");
  test_assert_broken (catalog, 7, "offset of part 1");
  test_assert_broken (catalog, 8, "no chipFamily");
}

static void
test_json_that_is_no_manifest (void)
{
  test_refused ("{}", "without builds");
  test_refused ("{ \"builds\": [] }", "without builds");
  test_refused ("{ \"builds\": 7 }", "without builds");
  test_refused ("{ \"name\": \"x\", \"files\": [] }", "without builds");
  test_refused ("{ \"builds\": [", "JSON");
  test_refused ("{ \"a\": 1 } x", "no JSON");
}

static void
test_lists_of_nothing (void)
{
  test_refused ("esp_toml_version = 1.0", "no supported_apps");
  test_refused ("esp_toml_version = 1.0\nsupported_apps = []", "no supported_apps");
  test_refused ("esp_toml_version = 1.0\nsupported_apps = \"a\"", "no supported_apps");
}

static void
test_members_of_other_types (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list ("firmware_images_url = 7\nconfig_readme_url = []\nportConnectionOptions = 1\n"
                 "supported_apps = [1, \"\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]\n"
                 "[a]\nchipsets = [1]\nimage.esp32 = \"x.bin\"\n"
                 "[b]\nchipsets = [\"ESP32\"]\nimage = \"x.bin\"\n"
                 "[c]\nchipsets = [\"ESP32\"]\nimage.esp32 = 1\n"
                 "[d]\nchipsets = 1\nimage.what = \"x.bin\"\n"
                 "[e]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\ndevelopKits.esp32 = [1]\n"
                 "[f]\nchipsets = \"ESP32\"\nimage.esp32 = \"x.bin\"\ndevelopKits.esp32 = 1\n"
                 "description = 1\nicon = []\n");

  g_assert_cmpuint (ek_catalog_get_n_entries (catalog), ==, 8);
  test_assert_broken (catalog, 0, "no text");
  test_assert_broken (catalog, 1, "no text");
  test_assert_broken (catalog, 2, "chip is no text");
  test_assert_broken (catalog, 3, "no image");
  test_assert_broken (catalog, 4, "neither a file nor parts");
  test_assert_broken (catalog, 5, "for no chip");
  test_assert_broken (catalog, 6, "kit is no text");
  test_assert_works (catalog, 7);
}

/* 100 kB that would become a hundred million entries. */
static void
test_limits (void)
{
  GString *text = g_string_new ("esp_toml_version = 1.0\nsupported_apps = [\"a\"]\n"
                                "[a]\nimage.esp32 = \"x.bin\"\nchipsets = [");

  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (text, "\"ESP32-%u\",", i);
  g_string_append (text, "]\ndevelopKits.esp32 = [");
  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (text, "\"k%u\",", i);
  g_string_append (text, "]\n");
  test_refused (text->str, "more than 2048 entries");

  g_string_assign (text, "esp_toml_version = 1.0\nsupported_apps = [");
  for (guint i = 0; i < 200000; i++)
    g_string_append (text, "\"a\",");
  g_string_append (text, "]\n");
  test_refused (text->str, "more than 2048 entries");
  g_string_free (text, TRUE);
}

static void
test_survives_damage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20250411);

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (GBytes) bytes = read_list (lists[i].name);
      gsize size = bytes != NULL ? g_bytes_get_size (bytes) : 0;

      for (guint n = 0; n < test_mutations () && bytes != NULL; n++)
        {
          guint8 *data = test_copy (bytes, 0, size);
          g_autoptr (GBytes) damaged = NULL;
          g_autoptr (GError) error = NULL;
          g_autoptr (EkCatalog) catalog = NULL;

          test_damage (rand, data, size);
          damaged = g_bytes_new_take (data, size);
          catalog = ek_catalog_new_from_bytes (damaged, LIST_URL, &error);
          if (catalog == NULL)
            g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalog/lists-in-the-field", test_lists_in_the_field);
  g_test_add_func ("/catalog/every-list-in-the-field-has-a-row", test_every_list_has_a_row);
  g_test_add_func ("/catalog/echokits-own-list", test_echokits_own_list);
  g_test_add_func ("/catalog/builtin-is-echokits-own", test_builtin_is_echokits_own);
  g_test_add_func ("/catalog/parts-in-the-field", test_parts_in_the_field);
  g_test_add_func ("/catalog/links", test_links);
  g_test_add_func ("/catalog/list-in-a-file", test_list_in_a_file);
  g_test_add_func ("/catalog/list-on-the-web-names-no-files-here",
                   test_list_on_the_web_names_no_files_here);
  g_test_add_func ("/catalog/filter", test_filter);
  g_test_add_func ("/catalog/is-a-model", test_model);
  g_test_add_func ("/catalog/lets-go-of-everything", test_lets_go);
  g_test_add_func ("/catalog/manifest", test_manifest);
  g_test_add_func ("/catalog/json-that-is-no-manifest", test_json_that_is_no_manifest);
  g_test_add_func ("/catalog/lists-of-nothing", test_lists_of_nothing);
  g_test_add_func ("/catalog/members-of-other-types", test_members_of_other_types);
  g_test_add_func ("/catalog/limits", test_limits);
  g_test_add_func ("/catalog/survives-damage", test_survives_damage);
  return g_test_run ();
}
