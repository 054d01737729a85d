/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The demo firmwares pass the checks that real ones pass, and are what their makers promise. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-bundle.h"
#include "ek-demo-firmware.h"
#include "ek-nvs.h"

#include <string.h>

static EkBundle *
demo (const char *version, gboolean with_settings)
{
  g_autoptr (GBytes) bytes = ek_demo_firmware_new (version, with_settings);
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (bytes, "demo", &error);

  g_assert_no_error (error);
  return bundle;
}

static void
test_is_a_firmware (void)
{
  static const char *const versions[] = { "0.1.0", "0.2.0" };

  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_autoptr (EkBundle) bundle = demo (versions[i], TRUE);
      const EkAppImage *app = ek_bundle_get_app (bundle);
      const EkAppImage *bootloader = ek_bundle_get_bootloader (bundle);

      g_assert_cmpstr (ek_bundle_get_version (bundle), ==, versions[i]);
      g_assert_cmpstr (app->description.project, ==, "echokit_demo");
      g_assert_cmpuint (app->chip_id, ==, 9);
      g_assert_true (app->has_hash);
      g_assert_cmpuint (app->size, >, 250 * 1024);
      g_assert_cmpuint (app->size, <, 350 * 1024);
      g_assert_cmpuint (bootloader->flash_mode, ==, 2);
      g_assert_cmpuint (bootloader->flash_frequency, ==, 0);
      g_assert_cmpuint (bootloader->flash_size, ==, 16 * 1024 * 1024);
      g_assert_cmpstr (ek_partition_table_get_layout (ek_bundle_get_table (bundle)), ==, "A");
    }
}

static void
test_has_settings (void)
{
  g_autoptr (EkBundle) bundle = demo ("0.1.0", TRUE);
  const EkSegment *segment = ek_bundle_find_kind (bundle, EK_SEGMENT_NVS);
  g_autoptr (EkNvs) nvs = NULL;
  guint8 page[EK_NVS_PAGE_SIZE];
  gsize size;
  gint64 state;

  memset (page, 0xff, sizeof page);
  memcpy (page, g_bytes_get_data (segment->data, &size), g_bytes_get_size (segment->data));
  nvs = ek_nvs_new_from_bytes (page, sizeof page, NULL);
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "ssid"), ==, "Demo garden");
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "pass"), ==, "not-a-secret");
  g_assert_cmpstr (ek_nvs_get_string (nvs, "setting", "server_url"), ==,
                   "ws://edge.echokit.dev/ws");
  g_assert_true (ek_nvs_get_int (nvs, "setting", "state", &state));
  g_assert_cmpint (state, ==, 0);
}

static void
test_has_none_without (void)
{
  g_autoptr (EkBundle) bundle = demo ("0.1.0", FALSE);

  g_assert_null (ek_bundle_find_kind (bundle, EK_SEGMENT_NVS));
}

static void
test_is_the_same_every_time (void)
{
  g_autoptr (GBytes) first = ek_demo_firmware_new ("0.1.0", TRUE);
  g_autoptr (GBytes) second = ek_demo_firmware_new ("0.1.0", TRUE);

  g_assert_true (g_bytes_equal (first, second));
}

/* As with real releases: not one 4 KiB sector of the app stays. */
static void
test_versions_differ_in_every_sector (void)
{
  g_autoptr (EkBundle) old = demo ("0.1.0", FALSE);
  g_autoptr (EkBundle) new = demo ("0.2.0", FALSE);
  GBytes *old_app = ek_bundle_find_kind (old, EK_SEGMENT_APP)->data;
  GBytes *new_app = ek_bundle_find_kind (new, EK_SEGMENT_APP)->data;
  gsize size = MIN (g_bytes_get_size (old_app), g_bytes_get_size (new_app));
  const guint8 *old_data = g_bytes_get_data (old_app, NULL);
  const guint8 *new_data = g_bytes_get_data (new_app, NULL);

  for (gsize i = 0; i + 4096 <= size; i += 4096)
    g_assert_cmpint (memcmp (old_data + i, new_data + i, 4096), !=, 0);

  g_assert_cmpint (memcmp (ek_bundle_get_app (old)->description.elf_sha256,
                           ek_bundle_get_app (new)->description.elf_sha256, 32),
                   !=, 0);
}

/* Real EchoKit apps shrink to 61% or so. */
static void
test_compresses_like_code (void)
{
  g_autoptr (EkBundle) bundle = demo ("0.1.0", FALSE);
  GBytes *app = ek_bundle_find_kind (bundle, EK_SEGMENT_APP)->data;
  gsize size = g_bytes_get_size (app);
  g_autofree guint8 *buffer = g_malloc (size * 2);
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
  gsize read;
  gsize written;

  g_converter_convert (G_CONVERTER (compressor), g_bytes_get_data (app, NULL), size, buffer,
                       size * 2, G_CONVERTER_INPUT_AT_END, &read, &written, NULL);
  g_assert_cmpuint (read, ==, size);
  g_assert_cmpfloat ((double) written / (double) size, >, 0.4);
  g_assert_cmpfloat ((double) written / (double) size, <, 0.8);
}

static void
test_knows_two_versions (void)
{
  g_assert_null (ek_demo_firmware_new ("0.3.0", FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demo-firmware/is-a-firmware", test_is_a_firmware);
  g_test_add_func ("/demo-firmware/has-settings", test_has_settings);
  g_test_add_func ("/demo-firmware/has-none-without", test_has_none_without);
  g_test_add_func ("/demo-firmware/is-the-same-every-time", test_is_the_same_every_time);
  g_test_add_func ("/demo-firmware/versions-differ-in-every-sector",
                   test_versions_differ_in_every_sector);
  g_test_add_func ("/demo-firmware/compresses-like-code", test_compresses_like_code);
  g_test_add_func ("/demo-firmware/knows-two-versions", test_knows_two_versions);
  return g_test_run ();
}
