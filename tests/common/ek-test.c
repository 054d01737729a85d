/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared makings of the tests. */
#include "config.h"

#include "ek-test.h"

#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-simulator-port.h"

#define CHIP_ID_ESP32S3 9
#define APP_OFFSET      0x210000

/**
 * ek_test_shared_path:
 *
 * Returns: (transfer full): a file of the folder with real firmware and recordings
 */
char *
ek_test_shared_path (const char *name)
{
  return g_build_filename (g_getenv ("EK_SHARED_DIR"), name, NULL);
}

/**
 * ek_test_read_file:
 *
 * Returns: (transfer full): a file that has to be there
 */
GBytes *
ek_test_read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *data;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, size);
}

static GBytes *
noise (guint32 size, guint32 seed)
{
  guint8 *bytes = g_malloc (size);
  guint32 state = seed;

  for (guint32 i = 0; i < size; i++)
    {
      state = state * 1664525 + 1013904223;
      bytes[i] = (guint8) (state >> 24);
    }

  return g_bytes_new_take (bytes, size);
}

static GBytes *
app_description (guint32 seed)
{
  guint8 *bytes = g_malloc0 (EK_APP_DESC_SIZE);

  ek_put_u32 (bytes, EK_APP_DESC_MAGIC);
  g_snprintf ((char *) bytes + 16, 32, "v%u", seed);
  g_snprintf ((char *) bytes + 48, 32, "ek_test");
  g_snprintf ((char *) bytes + 80, 16, "12:00:00");
  g_snprintf ((char *) bytes + 96, 16, "Jan  1 2026");
  g_snprintf ((char *) bytes + 112, 32, "v5.4.1");
  memset (bytes + 144, (int) seed, 32);
  return g_bytes_new_take (bytes, EK_APP_DESC_SIZE);
}

/**
 * ek_test_firmware_new:
 * @app_size: bytes of content that does not compress, about the size of the app
 * @seed: another one makes another version, "v@seed"
 *
 * Returns: (transfer full): a merged image of layout A with the demo's boot loader and table
 */
GBytes *
ek_test_firmware_new (guint32 app_size, guint32 seed)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autoptr (GBytes) description = app_description (seed);
  g_autoptr (GBytes) code = noise (app_size, seed);
  g_autoptr (GBytes) app = NULL;
  g_autoptr (GError) error = NULL;
  EkImageSection sections[] = { { 0x3c000020, description }, { 0x42000020, code } };
  EkImageOptions options = { .chip_id = CHIP_ID_ESP32S3,
                             .entry = 0x42000020,
                             .flash_mode = 2,
                             .flash_size = 16u << 20,
                             .max_revision = 99,
                             .mapped_start = 0x3c000000,
                             .mapped_end = 0x3e000000,
                             .mapped2_start = 0x42000000,
                             .mapped2_end = 0x44000000,
                             .mmu_page_size = 0x10000 };
  guint8 *merged;
  gsize size;

  app = ek_app_image_build (sections, G_N_ELEMENTS (sections), &options, &error);
  g_assert_no_error (error);
  size = APP_OFFSET + g_bytes_get_size (app);
  merged = g_malloc (size);
  memset (merged, 0xff, size);
  memcpy (merged, g_bytes_get_data (demo, NULL), 0x9000);
  memcpy (merged + APP_OFFSET, g_bytes_get_data (app, NULL), g_bytes_get_size (app));
  return g_bytes_new_take (merged, size);
}

/**
 * ek_test_port_new:
 * @options: of the simulated device, without "sim:"
 * @simulator: (out) (optional) (transfer none): the chip behind the port
 *
 * Returns: (transfer full): a port to a fresh device with the demo firmware on it
 */
EkPort *
ek_test_port_new (const char *options, EkSimulator **simulator)
{
  static gsize filled = 0;
  g_autofree char *uri = g_strconcat ("sim:", options, NULL);
  g_autoptr (GError) error = NULL;
  EkPort *port;

  if (g_once_init_enter (&filled))
    {
      g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.1.0", TRUE);

      ek_simulator_set_demo_contents (demo);
      g_once_init_leave (&filled, 1);
    }

  port = ek_port_new_for_uri (uri, &error);
  g_assert_no_error (error);
  if (simulator != NULL)
    *simulator = ek_simulator_port_get_simulator (port);
  return port;
}

/**
 * ek_test_is_quick:
 *
 * Returns: whether long sweeps take samples only, as under the sanitizers
 */
gboolean
ek_test_is_quick (void)
{
  return g_getenv ("EK_TEST_QUICK") != NULL;
}
