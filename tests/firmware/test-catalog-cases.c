/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ESP Launchpad's lists do in practice: one test for each case that its code and the lists in
 * the field show. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "catalog-test.h"

#define BASE "firmware_images_url = \"https://example.org/fw/\"\n"
#define APP  "supported_apps = [\"a\"]\n[a]\n"

static void
test_01_text_that_does_not_parse (void)
{
  test_refused ("esp_toml_version = 1.0\nsupported_apps = [\"a\"]\n[a]\n"
                "console_baudrate = <SUPPORTED_CONSOLE_BAUDRATE>",
                "Line 4, column 20");
}

static void
test_02_same_name_other_schema (void)
{
  test_refused ("title = \"BTAudio\"\nschema = 1\n[[apps]]\nname = \"x\"",
                "This is not a firmware list");
}

static void
test_03_versions (void)
{
  static const char *const taken[] = { "1", "1.0", "\"1.0\"", "\"1\"", "\"1.0 beta\"" };
  static const char *const refused[] = { "2.0", "\"2.0\"", "1.1", "0", "true", "\"one\"", "[1.0]" };
  const char *rest = BASE APP "chipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"";

  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autofree char *text = g_strdup_printf ("esp_toml_version = %s\n%s", taken[i], rest);
      g_autoptr (EkCatalog) catalog = test_catalog (text);

      test_assert_works (catalog, 0);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *text = g_strdup_printf ("esp_toml_version = %s\n%s", refused[i], rest);

      test_refused (text, "esp_toml_version");
    }
  test_refused (rest, "no esp_toml_version");
}

static void
test_04_app_without_table (void)
{
  g_autoptr (EkCatalog) catalog = test_list (
      BASE "supported_apps = [\"ESP-AT-V3.0.0.0\", \"missing\", \"dotted.missing\", \"number\"]\n"
           "number = 1\n"
           "[ESP-AT-V3.0.0.0]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"at.bin\"\n");

  g_assert_cmpuint (ek_catalog_get_n_entries (catalog), ==, 4);
  test_assert_urls (catalog, 0, 0, "https://example.org/fw/at.bin");
  g_assert_cmpstr (ek_catalog_entry_get_title (ek_catalog_get_entry (catalog, 0)), ==,
                   "ESP-AT-V3.0.0.0");
  for (guint i = 1; i < 4; i++)
    test_assert_broken (catalog, i, "no part with its name");
}

static void
test_05_kit_without_image (void)
{
  g_autoptr (EkCatalog) without = test_list (BASE APP "chipsets = [\"ESP32-S3\"]\n"
                                                      "developKits.esp32-s3 = [\"one\", \"two\"]\n"
                                                      "image.one = \"one.bin\"\n");
  g_autoptr (EkCatalog) with = test_list (BASE APP "chipsets = [\"ESP32-S3\"]\n"
                                                   "developKits.esp32-s3 = [\"one\", \"two\"]\n"
                                                   "image.esp32-s3 = \"chip.bin\"\n"
                                                   "image.one = \"one.bin\"\n");

  g_assert_cmpuint (ek_catalog_get_n_entries (without), ==, 2);
  test_assert_urls (without, 0, 0, "https://example.org/fw/one.bin");
  test_assert_broken (without, 1, "there is no image for two");

  g_assert_cmpuint (ek_catalog_get_n_entries (with), ==, 2);
  test_assert_urls (with, 0, 0, "https://example.org/fw/one.bin");
  test_assert_urls (with, 1, 0, "https://example.org/fw/chip.bin");
}

static void
test_06_kit_in_another_case (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list (BASE APP "chipsets = [\"ESP32-S3\"]\n"
                          "developKits.esp32-s3 = [\"EchoKit-Box\", \"exact\"]\n"
                          "image.echokit-BOX = \"box.bin\"\n"
                          "image.EXACT = \"other.bin\"\nimage.exact = \"exact.bin\"\n");
  EkCatalogEntry *box = ek_catalog_get_entry (catalog, 0);

  test_assert_urls (catalog, 0, 0, "https://example.org/fw/box.bin");
  test_assert_urls (catalog, 1, 0, "https://example.org/fw/exact.bin");
  g_assert_cmpstr (ek_catalog_entry_get_kit (box), ==, "EchoKit-Box");
  g_assert_cmpstr (ek_catalog_entry_get_board (box)->id, ==, EK_BOARD_BOX);
  g_assert_cmpstr (ek_catalog_entry_get_title (box), ==, "EchoKit Box");
  g_assert_null (ek_catalog_entry_get_board (ek_catalog_get_entry (catalog, 1)));
}

static void
test_07_chips_in_all_spellings (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list (BASE APP "chipsets = [\"ESP32C3\", \"esp32-s2\", \"ESP32-C2-2MB\", "
                          "\"ESP32-C2-4MB\", \"ESP32-X9\", \"ESP8266\"]\n"
                          "image.esp32c3 = \"c3.bin\"\nimage.esp32-s2 = \"s2.bin\"\n"
                          "image.esp32-c2-2mb = \"c2-2.bin\"\nimage.esp32-c2 = \"c2.bin\"\n"
                          "image.esp32-x9 = \"x9.bin\"\nimage.esp8266 = \"8266.bin\"\n");

  g_assert_cmpuint (ek_catalog_get_n_entries (catalog), ==, 6);
  test_assert_urls (catalog, 0, 0, "https://example.org/fw/c3.bin");
  test_assert_urls (catalog, 1, 0, "https://example.org/fw/s2.bin");
  test_assert_urls (catalog, 2, 0, "https://example.org/fw/c2-2.bin");
  test_assert_urls (catalog, 3, 0, "https://example.org/fw/c2.bin");
  test_assert_broken (catalog, 4, "no chip that we know");
  test_assert_broken (catalog, 5, "ESP8266 is not supported");
  g_assert_cmpstr (ek_catalog_entry_get_chip (ek_catalog_get_entry (catalog, 0)), ==, "ESP32-C3");
  g_assert_cmpstr (ek_catalog_entry_get_chip_label (ek_catalog_get_entry (catalog, 0)), ==,
                   "ESP32C3");
  g_assert_cmpstr (ek_catalog_entry_get_chip (ek_catalog_get_entry (catalog, 2)), ==, "ESP32-C2");
  g_assert_cmpstr (ek_catalog_entry_get_chip_label (ek_catalog_get_entry (catalog, 2)), ==,
                   "ESP32-C2-2MB");
}

static void
test_08_image_spelled_otherwise (void)
{
  g_autoptr (EkCatalog) catalog = test_list (
      BASE
      "supported_apps = [\"a\", \"b\"]\n"
      "[a]\nchipsets = [\"ESP32-S3\"]\nimage.esp32s3 = \"a.bin\"\n"
      "[b]\nchipsets = [\"ESP32-S3\"]\nimage.esp32s3 = \"no.bin\"\nimage.esp32-s3 = \"b.bin\"\n");

  test_assert_urls (catalog, 0, 0, "https://example.org/fw/a.bin");
  test_assert_urls (catalog, 1, 0, "https://example.org/fw/b.bin");
}

static const struct
{
  const char *base;
  const char *urls;
} bases[] = {
  { "https://h.org/fw/", "https://h.org/fw/x.bin" },
  { "https://h.org/fw", "https://h.org/fwx.bin https://h.org/fw/x.bin" },
  { "https://p.org/?url=https://h.org/v1",
    "https://p.org/?url=https://h.org/v1x.bin https://p.org/?url=https://h.org/v1/x.bin" },
  { "https://p.org/?file=", "https://p.org/?file=x.bin" },
  { " https://h.org/fw/ ", "https://h.org/fw/x.bin" },
  { "HTTP://h.org/", "http://h.org/x.bin" },
  /* relative to the list */
  { "", "https://example.org/fw/x.bin" },
  { "./", "https://example.org/fw/x.bin" },
  { "images/", "https://example.org/fw/images/x.bin" },
  { "images", "https://example.org/fw/imagesx.bin https://example.org/fw/images/x.bin" },
  { "../", "https://example.org/x.bin" },
  { "/", "https://example.org/x.bin" },
  { "//cdn.org/", "https://cdn.org/x.bin" },
};

static void
test_09_bases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      g_autofree char *text = g_strdup_printf ("firmware_images_url = \"%s\"\n" APP
                                               "chipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n",
                                               bases[i].base);
      g_autoptr (EkCatalog) catalog = test_list (text);

      test_assert_urls (catalog, 0, 0, bases[i].urls);
    }
}

static const struct
{
  const char *name;
  const char *urls;
} names[] = {
  { "my app.bin", "https://example.org/fw/my%20app.bin" },
  { "my%20app.bin", "https://example.org/fw/my%20app.bin" },
  { "100%.bin", "https://example.org/fw/100%25.bin" },
  { "a#1.bin", "https://example.org/fw/a%231.bin" },
  { "v1/sub/x.bin", "https://example.org/fw/v1/sub/x.bin" },
  { "x.bin?raw=true", "https://example.org/fw/x.bin?raw=true" },
  { "\xe7\x89\x88.bin", "https://example.org/fw/%E7%89%88.bin" },
  { "https://h.org/x y.bin", "https://h.org/x%20y.bin" },
  { " x.bin ", "https://example.org/fw/x.bin" },
};

static void
test_10_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text =
          g_strdup_printf (BASE APP "chipsets = [\"ESP32\"]\nimage.esp32 = \"%s\"\n",
                           names[i].name);
      g_autoptr (EkCatalog) catalog = test_list (text);

      test_assert_urls (catalog, 0, 0, names[i].urls);
    }
}

/* Redirects and stale caches are the download's work: the URL has to arrive there as it is. */
static void
test_11_redirecting_url (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list ("firmware_images_url = \"https://github.com/o/r/releases/latest/download/\"\n" APP
                 "chipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n");

  test_assert_urls (catalog, 0, 0, "https://github.com/o/r/releases/latest/download/x.bin");
}

static void
test_12_page_instead_of_a_list (void)
{
  test_refused ("<!DOCTYPE html><html><title>404</title>", "web page");
  test_refused ("\n <html>", "web page");
  test_refused ("404: Not Found", "Line 1");
  test_refused ("", "empty");
  test_refused ("\xef\xbb\xbf \n", "empty");
}

static const struct
{
  const char *readme;
  const char *url;
  const char *text;
} readmes[] = {
  { "\"https://h.org/README.md\"", "https://h.org/README.md", NULL },
  { "\"<README_FILE_URL>\"", NULL, NULL },
  { "\"\"", NULL, NULL },
  { "\"# Title\\nText\"", NULL, "# Title\nText" },
  { "\"Just plug it in.\"", NULL, "Just plug it in." },
  { "\"docs/README.md\"", "https://example.org/fw/docs/README.md", NULL },
  { "\"file:///etc/passwd\"", NULL, NULL },
  { "\"javascript:alert(1)\"", NULL, NULL },
  { "\"$README\"", NULL, NULL },
  { "7", NULL, NULL },
};

static void
test_13_readmes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (readmes); i++)
    for (guint form = 0; form < 2; form++)
      {
        g_autofree char *text =
            g_strdup_printf (BASE APP
                             "chipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\nreadme%s = %s\n",
                             form == 0 ? ".text" : "", readmes[i].readme);
        g_autoptr (EkCatalog) catalog = test_list (text);
        EkCatalogEntry *entry = ek_catalog_get_entry (catalog, 0);

        g_assert_cmpstr (ek_catalog_entry_get_link (entry, EK_CATALOG_LINK_README), ==,
                         readmes[i].url);
        g_assert_cmpstr (ek_catalog_entry_get_readme_text (entry), ==, readmes[i].text);
        test_assert_works (catalog, 0);
      }
}

static void
test_14_templates (void)
{
  static const char *const bases_of_templates[] = { "$BASE/", "<URL to your images>",
                                                    "https://h.org/${VERSION}/" };
  g_autoptr (EkCatalog) catalog =
      test_list (BASE "supported_apps = [\"$APP\", \"b\"]\n"
                      "[\"$APP\"]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n"
                      "[b]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"app_$VERSION.bin\"\n");

  test_assert_broken (catalog, 0, "template");
  test_assert_broken (catalog, 1, "template");

  for (gsize i = 0; i < G_N_ELEMENTS (bases_of_templates); i++)
    {
      g_autofree char *text = g_strdup_printf ("firmware_images_url = \"%s\"\n" APP
                                               "chipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n",
                                               bases_of_templates[i]);
      g_autoptr (EkCatalog) other = test_list (text);

      test_assert_broken (other, 0, "template");
    }
}

static const struct
{
  const char *offset;
  gint64 value; /* -1 for broken */
} offsets[] = {
  { "\"0x0\"", 0 },
  { "\"0x0000\"", 0 },
  { "\"0x10000\"", 0x10000 },
  { "\"0X1F000\"", 0x1f000 },
  { "\"65536\"", 65536 },
  { "65536", 65536 },
  { "0x10000", 0x10000 },
  { "65536.0", 65536 },
  { "4294963200", 0xfffff000 },
  { "\"\"", -1 },
  { "\"0x\"", -1 },
  { "\"10000h\"", -1 },
  { "\"-1\"", -1 },
  { "-4096", -1 },
  { "0.5", -1 },
  { "nan", -1 },
  { "inf", -1 },
  { "\"0x100000000\"", -1 },
  { "4294967296", -1 },
  { "true", -1 },
  { "[0]", -1 },
};

static void
test_15_offsets (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (offsets); i++)
    {
      g_autofree char *text =
          g_strdup_printf (BASE APP
                           "chipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\noffset = %s\n",
                           offsets[i].offset);
      g_autoptr (EkCatalog) catalog = test_list (text);

      if (offsets[i].value < 0)
        {
          test_assert_broken (catalog, 0, "offset");
          continue;
        }
      test_assert_works (catalog, 0);
      g_assert_cmphex (ek_catalog_entry_get_file (ek_catalog_get_entry (catalog, 0), 0)->offset, ==,
                       (guint64) offsets[i].value);
    }
}

static const struct
{
  const char *parts;
  const char *addresses;
  const char *problem;
} part_lists[] = {
  { "[\"a.bin\", \"b.bin\"]", "[\"0x0\"]", "2 parts, but 1 addresses" },
  { "[\"a.bin\"]", "[0, 4096]", "1 parts, but 2 addresses" },
  { "[\"a.bin\"]", "[\"what\"]", "address of part 1" },
  { "[\"a.bin\", \"b.bin\"]", "[\"0x0\", nan]", "address of part 2" },
  { "[]", "[]", "0 parts" },
  { "[\"a.bin\", \"b.bin\"]", "[\"0x1000\", 4096]", "two parts are at 0x1000" },
  { "[1]", "[0]", "part 1 is no text" },
  { "[\"\"]", "[0]", "names no file" },
  { "\"a.bin\"", "[0]", "0 parts, but 1 addresses" },
  { "[\"<URL>\"]", "[0]", "template" },
};

static void
test_15_parts (void)
{
  g_autoptr (EkCatalog) catalog =
      test_list ("multipart = true\nchip = \"ESP32-C3\"\n" APP
                 "image.esp32-c3.parts = [\"https://h.org/a.bin\", \"b c.bin\"]\n"
                 "image.esp32-c3.addresses = [\"0x1000\", 65536]\n");

  test_assert_urls (catalog, 0, 0, "https://h.org/a.bin");
  test_assert_urls (catalog, 0, 1, "https://example.org/fw/b%20c.bin");
  g_assert_cmphex (ek_catalog_entry_get_file (ek_catalog_get_entry (catalog, 0), 1)->offset, ==,
                   0x10000);

  for (gsize i = 0; i < G_N_ELEMENTS (part_lists); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("multipart = true\nchip = \"esp32\"\n" APP
                           "image.esp32.parts = %s\nimage.esp32.addresses = %s\n",
                           part_lists[i].parts, part_lists[i].addresses);
      g_autoptr (EkCatalog) broken = test_list (text);

      test_assert_broken (broken, 0, part_lists[i].problem);
    }
}

/* Names with what separates a key's parts must not make one key out of two. */
static void
test_16_same_name_in_two_lists (void)
{
  const char *text =
      "esp_toml_version = 1.0\n" BASE "supported_apps = [\"a\", \"a/b\", \"a\", \"a/b/ESP32\"]\n"
      "[\"a/b/ESP32\"]\nchipsets = [\"k\"]\nimage.k = \"x.bin\"\n"
      "[a]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n"
      "[\"a/b\"]\nchipsets = [\"ESP32\", \"ESP32-S3\"]\ndevelopKits.esp32 = [\"k\"]\n"
      "image.esp32 = \"x.bin\"\nimage.k = \"y.bin\"\n"
      "developKits.esp32-s3 = [\"k\", \"k/2\"]\n";
  g_autoptr (EkCatalog) one = test_catalog_at ("https://one.org/list.toml", text);
  g_autoptr (EkCatalog) again = test_catalog_at ("https://one.org/list.toml#top", text);
  g_autoptr (EkCatalog) two = test_catalog_at ("https://two.org/list.toml", text);
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (ek_catalog_get_n_entries (one), ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      const char *key = ek_catalog_entry_get_key (ek_catalog_get_entry (one, i));

      g_assert_cmpstr (key, ==, ek_catalog_entry_get_key (ek_catalog_get_entry (again, i)));
      g_assert_true (g_hash_table_add (keys, (gpointer) key));
      g_assert_true (ek_catalog_find (one, key) == ek_catalog_get_entry (one, i));
      g_assert_null (ek_catalog_find (two, key));
    }
}

static const struct
{
  const char *line;
  guint baud;
} bauds[] = {
  { "", 115200 },
  { "console_baudrate = 74880", 74880 },
  { "console_baudrate = \"921600\"", 921600 },
  { "console_baudrate = 0", 115200 },
  { "console_baudrate = -9600", 115200 },
  { "console_baudrate = \"fast\"", 115200 },
  { "console_baudrate = 99999999999", 115200 },
};

static void
test_17_console_speed (void)
{
  g_autoptr (EkCatalog) minimal = test_list (
      "chip = \"esp32\"\nsupported_apps = [\"a\", \"b\"]\n"
      "[[portConnectionOptions]]\nconsole_baudrate = 230400\n"
      "[a]\nimage.esp32 = \"x.bin\"\n[b]\nimage.esp32 = \"x.bin\"\nconsole_baudrate = 9600\n");

  for (gsize i = 0; i < G_N_ELEMENTS (bauds); i++)
    {
      g_autofree char *text =
          g_strdup_printf (BASE "supported_apps = [\"a\", \"b\"]\n"
                                "[a]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n%s\n"
                                "[b]\nchipsets = [\"ESP32\"]\nimage.esp32 = \"x.bin\"\n",
                           bauds[i].line);
      g_autoptr (EkCatalog) catalog = test_list (text);

      g_assert_cmpuint (ek_catalog_entry_get_console_baud (ek_catalog_get_entry (catalog, 0)), ==,
                        bauds[i].baud);
      g_assert_cmpuint (ek_catalog_entry_get_console_baud (ek_catalog_get_entry (catalog, 1)), ==,
                        115200);
    }

  g_assert_cmpuint (ek_catalog_entry_get_console_baud (ek_catalog_get_entry (minimal, 0)), ==,
                    230400);
  g_assert_cmpuint (ek_catalog_entry_get_console_baud (ek_catalog_get_entry (minimal, 1)), ==,
                    9600);
}

static void
test_18_ways_to_write_text (void)
{
  g_autoptr (EkCatalog) catalog =
      test_catalog ("\xef\xbb\xbf"
                    "esp_toml_version = 1.0\r\n"
                    "firmware_images_url = 'https://example.org/fw/'\r\n"
                    "supported_apps = [\r\n  '\xe7\x89\x88',\r\n]\r\n"
                    "['\xe7\x89\x88']\r\nchipsets = [ 'ESP32', ]\r\n"
                    "description = 'lite\xe7\x89\x88\xe6\x9c\xac'\r\nimage.esp32 = 'x.bin'");
  EkCatalogEntry *entry = ek_catalog_get_entry (catalog, 0);

  test_assert_urls (catalog, 0, 0, "https://example.org/fw/x.bin");
  g_assert_cmpstr (ek_catalog_entry_get_title (entry), ==, "\xe7\x89\x88");
  g_assert_cmpstr (ek_catalog_entry_get_description (entry), ==, "lite\xe7\x89\x88\xe6\x9c\xac");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/catalog-cases/" name, function)
  ADD ("01-text-that-does-not-parse", test_01_text_that_does_not_parse);
  ADD ("02-same-name-other-schema", test_02_same_name_other_schema);
  ADD ("03-versions", test_03_versions);
  ADD ("04-app-without-table", test_04_app_without_table);
  ADD ("05-kit-without-image", test_05_kit_without_image);
  ADD ("06-kit-in-another-case", test_06_kit_in_another_case);
  ADD ("07-chips-in-all-spellings", test_07_chips_in_all_spellings);
  ADD ("08-image-spelled-otherwise", test_08_image_spelled_otherwise);
  ADD ("09-bases", test_09_bases);
  ADD ("10-names", test_10_names);
  ADD ("11-redirecting-url", test_11_redirecting_url);
  ADD ("12-page-instead-of-a-list", test_12_page_instead_of_a_list);
  ADD ("13-readmes", test_13_readmes);
  ADD ("14-templates", test_14_templates);
  ADD ("15-offsets", test_15_offsets);
  ADD ("15-parts", test_15_parts);
  ADD ("16-same-name-in-two-lists", test_16_same_name_in_two_lists);
  ADD ("17-console-speed", test_17_console_speed);
  ADD ("18-ways-to-write-text", test_18_ways_to_write_text);
#undef ADD
  return g_test_run ();
}
