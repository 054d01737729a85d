/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be asked for, what is refused, files that keep the flash, and locked chips. */
#include "sim-driver.h"

#include <glib/gstdio.h>

typedef struct
{
  const char *options;
  const char *named; /* has to stand in the message */
} Refusal;

static const Refusal refusals[] = {
  { "esp33", "esp33" },
  { "esp32s3?colour=red", "colour" },
  { "esp32s3?size=3MB", "16MB" },
  { "esp32s3?usb=bluetooth", "jtag" },
  { "esp32s3?mac=12", "mac" },
  { "esp32s3?mac=zz:00:00:00:00:00", "mac" },
  { "esp32s3?revision=x", "revision" },
  { "esp32s3?flash-id=xyz", "flash-id" },
  { "esp32s3?security=none", "security" },
  { "esp32s3?start=later", "start" },
  { "esp32s3?page-us=-1", "page-us" },
  { "esp32s3?md5-rate=fast", "md5-rate" },
  { "esp32s3?fault=", "fault" },
  { "esp32s3?fault=gremlins", "fault" },
  { "esp32s3?fault=drop", "fault" },
  { "esp32s3?fault=drop:to", "fault" },
  { "esp32s3?fault=drop:sideways:3", "fault" },
  { "esp32s3?fault=drop:to:x", "fault" },
  { "esp32s3?fault=stall:to:3:soon", "fault" },
  { "esp32s3?hands=soon", "hands" },
  { "esp32s3?console=1", "console" },
};

static void
test_refuses (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EkSimulator) sim = ek_simulator_new (refusal->options, &error);

  g_assert_null (sim);
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, refusal->named));
}

static void
test_nothing_is_an_s3 (gconstpointer options)
{
  g_autoptr (EkSimulator) sim = sim_new (options);
  gsize size;

  ek_simulator_get_flash (sim, &size);
  g_assert_cmpuint (size, ==, 16u << 20);
  g_assert_cmphex (ek_simulator_get_usb_id (sim), ==, 0x303a1001);
}

static void
test_chip_identity (void)
{
  /* Facts 1.4: image chip ids; the ESP32 does not know the command, the S2 tells no id. */
  static const struct
  {
    const char *chip;
    guint8 id;
  } chips[] = { { "esp32s3", 9 },  { "esp32c2", 12 },  { "esp32c3", 5 },  { "esp32c5", 23 },
                { "esp32c6", 13 }, { "esp32c61", 20 }, { "esp32h2", 16 }, { "esp32p4", 18 } };

  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    {
      g_autofree char *options = g_strdup_printf ("%s?blank&start=download", chips[i].chip);
      g_autoptr (EkSimulator) sim = sim_new (options);
      SimReply reply;

      g_byte_array_unref (sim_listen (sim, SIM_SECOND));
      g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
      reply = sim_command (sim, 0x14, NULL, 0);
      g_assert_cmpuint (reply.size, ==, 24);
      g_assert_cmpuint (ek_get_u32 (reply.data + 12), ==, chips[i].id);
    }
}

static void
test_old_chips_have_a_magic (void)
{
  static const struct
  {
    const char *options;
    guint32 magic;
    gsize security_info_size; /* with the status */
  } chips[] = { { "esp32?blank&start=download&usb=uart", 0x00f01d83, 4 },
                { "esp32s2?blank&start=download&usb=uart", 0x000007c6, 16 } };

  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    {
      g_autoptr (EkSimulator) sim = sim_new (chips[i].options);
      SimReply reply;

      g_byte_array_unref (sim_listen (sim, SIM_SECOND));
      g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
      reply = SIM_WORDS (sim, 0x0a, 0x40001000);
      g_assert_cmphex (reply.value, ==, chips[i].magic);
      reply = sim_command (sim, 0x14, NULL, 0);
      g_assert_cmpuint (reply.size, ==, chips[i].security_info_size);
    }
}

/* Facts 1.5 */
static void
test_mac_and_revision (void)
{
  g_autoptr (EkSimulator) sim =
      sim_new ("esp32s3?blank&start=download&mac=98:a3:16:01:02:03&revision=0.2");
  SimReply reply;

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x0a, 0x60007044);
  g_assert_cmphex (reply.value, ==, 0x16010203);
  reply = SIM_WORDS (sim, 0x0a, 0x60007048);
  g_assert_cmphex (reply.value & 0xffff, ==, 0x98a3);
  reply = SIM_WORDS (sim, 0x0a, 0x60007050);
  g_assert_cmpuint (reply.value >> 18 & 7, ==, 2);
}

static void
test_demo_contents (void)
{
  g_autoptr (GBytes) demo = g_bytes_new_static ("demo", 4);
  guint8 *flash;

  ek_simulator_set_demo_contents (demo);
  {
    g_autoptr (EkSimulator) with = sim_new (NULL);
    g_autoptr (EkSimulator) blank = sim_new ("esp32s3?blank");

    flash = ek_simulator_get_flash (with, NULL);
    g_assert_cmpmem (flash, 4, "demo", 4);
    g_assert_cmphex (flash[4], ==, 0xff);
    g_assert_true (ek_bytes_all (ek_simulator_get_flash (blank, NULL), 64, 0xff));
  }
  ek_simulator_set_demo_contents (NULL);
}

static char *
new_file (const char *contents, gsize size)
{
  g_autofree char *folder = g_dir_make_tmp ("ek-simulator-XXXXXX", NULL);
  char *path = g_build_filename (folder, "flash.bin", NULL);

  if (contents != NULL)
    g_assert_true (g_file_set_contents (path, contents, (gssize) size, NULL));
  return path;
}

static void
remove_file (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_unlink (path);
  g_rmdir (folder);
}

static void
test_file_persists (void)
{
  g_autofree char *path = new_file (NULL, 0);
  g_autofree char *options = g_strdup_printf ("esp32s3?blank&size=1MB&flash=%s", path);
  g_autofree char *contents = NULL;
  gsize size;

  {
    g_autoptr (EkSimulator) sim = sim_new (options);
    g_autoptr (GError) error = NULL;

    g_assert_true (ek_bytes_all (ek_simulator_get_flash (sim, NULL), 1 << 20, 0xff));
    ek_simulator_get_flash (sim, NULL)[0x1234] = 0x56;
    g_assert_true (ek_simulator_save (sim, &error));
    g_assert_no_error (error);
  }
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpuint (size, ==, 1 << 20);
  g_assert_cmphex ((guint8) contents[0x1234], ==, 0x56);
  {
    g_autoptr (EkSimulator) sim = sim_new (options);

    g_assert_cmphex (ek_simulator_get_flash (sim, NULL)[0x1234], ==, 0x56);
  }
  remove_file (path);
}

static void
test_short_file_is_padded (void)
{
  g_autofree char *path = new_file ("abc", 3);
  g_autofree char *options = g_strdup_printf ("esp32s3?size=1MB&flash=%s", path);
  g_autoptr (EkSimulator) sim = sim_new (options);
  guint8 *flash = ek_simulator_get_flash (sim, NULL);

  g_assert_cmpmem (flash, 3, "abc", 3);
  g_assert_true (ek_bytes_all (flash + 3, (1 << 20) - 3, 0xff));
  remove_file (path);
}

static void
test_file_larger_than_the_flash (gconstpointer key)
{
  g_autofree char *large = g_malloc0 ((1 << 20) + 1);
  g_autofree char *path = new_file (large, (1 << 20) + 1);
  g_autofree char *options = g_strdup_printf ("esp32s3?size=1MB&%s=%s", (const char *) key, path);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkSimulator) sim = ek_simulator_new (options, &error);

  g_assert_null (sim);
  g_assert_nonnull (error);
  g_assert_true (error->domain == EK_ERROR);
  remove_file (path);
}

static void
test_image_is_not_written_back (void)
{
  g_autofree char *path = new_file ("abc", 3);
  g_autofree char *options = g_strdup_printf ("esp32s3?image=%s", path);
  g_autofree char *contents = NULL;
  gsize size;

  {
    g_autoptr (EkSimulator) sim = sim_new (options);

    g_assert_cmpmem (ek_simulator_get_flash (sim, NULL), 3, "abc", 3);
    ek_simulator_get_flash (sim, NULL)[0] = 'x';
    g_assert_true (ek_simulator_save (sim, NULL));
  }
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpmem (contents, size, "abc", 3);
  remove_file (path);
}

/* Facts 1.11: what is allowed, and nothing else */
static void
test_secure_download (void)
{
  static const guint8 refused[] = { 0x05, 0x06, 0x07, 0x09, 0x0a, 0x0e, 0x10, 0x11, 0x12, 0x13 };
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?blank&start=download&security=download");
  guint8 zeros[24] = { 0 };
  guint8 data[0x400];
  SimReply reply;

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = sim_command (sim, 0x14, NULL, 0);
  g_assert_cmphex (ek_get_u32 (reply.data) & 4, ==, 4);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      reply = sim_command (sim, refused[i], zeros, sizeof zeros);
      g_assert_cmphex (sim_status (&reply, 0), ==, 0x0105);
    }

  reply = SIM_WORDS (sim, 0x0d, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = SIM_WORDS (sim, 0x0b, 0, 16u << 20, 0x10000, 0x1000, 0x100, 0xffff);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = SIM_WORDS (sim, 0x02, sizeof data, 1, sizeof data, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  memset (data, 0x42, sizeof data);
  reply = sim_block (sim, 0x03, 0, data, sizeof data);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  g_assert_true (ek_bytes_all (ek_simulator_get_flash (sim, NULL), sizeof data, 0x42));
}

/* Facts 1.2 and 1.5: flags, the count whose odd number of ones means encryption, and the eFuses. */
static void
test_locks_show (void)
{
  g_autoptr (EkSimulator) sim = sim_new ("esp32s3?blank&start=download&security=boot,encryption");
  SimReply reply;

  g_byte_array_unref (sim_listen (sim, SIM_SECOND));
  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = sim_command (sim, 0x14, NULL, 0);
  g_assert_cmphex (ek_get_u32 (reply.data) & 1, ==, 1);
  g_assert_cmpint (reply.data[4] % 2, ==, 1);
  reply = SIM_WORDS (sim, 0x0a, 0x60007038);
  g_assert_cmphex (reply.value >> 20 & 1, ==, 1);
  reply = SIM_WORDS (sim, 0x0a, 0x60007034);
  g_assert_cmphex (reply.value >> 18 & 7, !=, 0);
}

static void
test_docs_name_each_option (void)
{
  static const char *const keys[] = { "flash=", "image=", "blank",  "size=",  "usb=",
                                      "mac=",   "strap=", "start=", "fault=", "md5-rate=" };
  g_autofree char *docs = ek_simulator_get_option_docs ();

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_nonnull (strstr (docs, keys[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/simulator/options/refuses/%s", refusals[i].options);

      g_test_add_data_func (path, &refusals[i], test_refuses);
    }
  g_test_add_data_func ("/simulator/options/null-is-an-esp32s3", NULL, test_nothing_is_an_s3);
  g_test_add_data_func ("/simulator/options/empty-is-an-esp32s3", "", test_nothing_is_an_s3);
  g_test_add_func ("/simulator/options/each-chip-tells-its-id", test_chip_identity);
  g_test_add_func ("/simulator/options/old-chips-have-a-magic-number", test_old_chips_have_a_magic);
  g_test_add_func ("/simulator/options/mac-and-revision-are-in-efuses", test_mac_and_revision);
  g_test_add_func ("/simulator/options/demo-contents", test_demo_contents);
  g_test_add_func ("/simulator/options/flash-file-persists", test_file_persists);
  g_test_add_func ("/simulator/options/short-flash-file-is-padded", test_short_file_is_padded);
  g_test_add_data_func ("/simulator/options/refuses-a-flash-file-that-is-too-large", "flash",
                        test_file_larger_than_the_flash);
  g_test_add_data_func ("/simulator/options/refuses-an-image-that-is-too-large", "image",
                        test_file_larger_than_the_flash);
  g_test_add_func ("/simulator/options/image-is-not-written-back", test_image_is_not_written_back);
  g_test_add_func ("/simulator/options/secure-download-mode-allows-little", test_secure_download);
  g_test_add_func ("/simulator/options/locks-show-in-info-and-efuses", test_locks_show);
  g_test_add_func ("/simulator/options/docs-name-each-option", test_docs_name_each_option);

  return g_test_run ();
}
