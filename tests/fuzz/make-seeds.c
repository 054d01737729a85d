/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes what fuzzing begins with: small valid inputs, made by our own writers, so that no foreign bytes
 * are kept here. usage: make-seeds FOLDER */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include <string.h>

#include "ek-app-image.h"
#include "ek-archive-writer.h"
#include "ek-bundle-writer.h"
#include "ek-bytes.h"
#include "ek-demo-firmware.h"
#include "ek-nvs.h"
#include "ek-secret-key.h"
#include "ek-slip.h"

#define SMALL_APP 0x10000 /* so that a whole image is small enough to be changed often */

static const char *folder;

static void
put (const char *target, const char *name, gconstpointer data, gsize size)
{
  g_autofree char *parent = g_build_filename (folder, target, NULL);
  g_autofree char *path = g_build_filename (parent, name, NULL);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (parent, 0755);
  if (!g_file_set_contents (path, data, (gssize) size, &error))
    g_error ("%s", error->message);
}

static void
put_bytes (const char *target, const char *name, GBytes *bytes)
{
  put (target, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
put_text (const char *target, const char *name, const char *text)
{
  put (target, name, text, strlen (text));
}

static EkPartitionTable *
small_table (void)
{
  static const char csv[] = "# Name, Type, SubType, Offset, Size, Flags\n"
                            "nvs, data, nvs, 0x9000, 0x6000,\n"
                            "factory, app, factory, 0x10000, 1M,\n";

  put_text ("partition-csv", "small", csv);
  return ek_partition_table_new_from_csv (csv, strlen (csv), NULL);
}

/* The demo's parts closer together. */
static GBytes *
small_image (EkBundle *demo)
{
  g_autoptr (EkPartitionTable) table = small_table ();
  g_autoptr (GBytes) binary = ek_partition_table_to_binary (table);
  GBytes *boot = ek_bundle_find_kind (demo, EK_SEGMENT_BOOTLOADER)->data;
  GBytes *app = ek_bundle_find_kind (demo, EK_SEGMENT_APP)->data;
  gsize size = SMALL_APP + g_bytes_get_size (app);
  guint8 *image = g_malloc (size);

  memset (image, 0xff, size);
  memcpy (image, g_bytes_get_data (boot, NULL), g_bytes_get_size (boot));
  memcpy (image + EK_PARTITION_TABLE_OFFSET, g_bytes_get_data (binary, NULL),
          g_bytes_get_size (binary));
  memcpy (image + SMALL_APP, g_bytes_get_data (app, NULL), g_bytes_get_size (app));
  put_bytes ("app-image", "boot-loader", boot);
  put_bytes ("app-image", "app", app);
  put_bytes ("bundle", "app", app);
  put_bytes ("partition-binary", "small", binary);
  return g_bytes_new_take (image, size);
}

static void
put_bundles (void)
{
  g_autoptr (GBytes) bytes = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autoptr (EkBundle) demo = ek_bundle_new_from_bytes (bytes, "demo", NULL);
  g_autoptr (GBytes) image = small_image (demo);
  g_autoptr (EkBundle) small = ek_bundle_new_from_bytes (image, "small", NULL);
  g_autoptr (GHashTable) files = ek_bundle_write_files (small, NULL, NULL);
  g_autoptr (EkSecretKey) key = ek_secret_key_new ();
  g_autoptr (GBytes) packed = NULL;
  g_autofree char *secret = ek_secret_key_to_text (key, NULL, EK_SECRET_KEY_COST_LOW, NULL);
  g_autofree char *public_text = NULL;
  EkPublicKey public_key;

  ek_bundle_sign_files (files, key, "seed", NULL);
  packed = ek_archive_pack (files, NULL);
  ek_secret_key_get_public (key, &public_key);
  public_text = ek_public_key_to_text (&public_key);
  put_bytes ("bundle", "merged", image);
  put_bytes ("bundle", "packed", packed);
  put_bytes ("file-set", "packed", packed);
  put_bytes ("manifest", "ours", g_hash_table_lookup (files, "manifest.json"));
  put_bytes ("minisign", "signature", g_hash_table_lookup (files, "manifest.json.minisig"));
  put_text ("minisign", "public", public_text);
  put_text ("minisign", "secret", secret);
}

/* An empty zip's end, and a tar's first block, which compression hides from the fuzzer. */
static void
put_archives (void)
{
  guint8 tar[1536] = "manifest.json";
  guint sum = 0;

  memcpy (tar + 100, "0000644\0000000000\0000000000\00000000000002\00000000000000", 48);
  memcpy (tar + 156, "0", 1);
  memcpy (tar + 257, "ustar\00000", 8);
  memcpy (tar + 512, "{}", 2);
  memset (tar + 148, ' ', 8);
  for (guint i = 0; i < 512; i++)
    sum += tar[i];
  g_snprintf ((char *) tar + 148, 8, "%06o", sum);
  put ("file-set", "tar", tar, sizeof tar);
  put ("file-set", "zip", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
}

static void
put_described (const char *name, const char *description, const char *text)
{
  g_autoptr (GHashTable) files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_autoptr (GBytes) packed = NULL;

  g_hash_table_insert (files, g_strdup (description), g_bytes_new (text, strlen (text)));
  g_hash_table_insert (files, g_strdup ("data.bin"), g_bytes_new ("x", 1));
  packed = ek_archive_pack (files, NULL);
  put_bytes ("bundle", name, packed);
}

static void
put_descriptions (void)
{
  put_described ("idf", "flasher_args.json",
                 "{ \"flash_settings\": { \"flash_mode\": \"dio\" }, \"flash_files\": {"
                 " \"0x10000\": \"data.bin\" }, \"extra_esptool_args\": { \"chip\": \"esp32s3\" } "
                 "}");
  put_described ("web", "manifest.json",
                 "{ \"name\": \"x\", \"builds\": [ { \"chipFamily\": \"ESP32-S3\", \"parts\": ["
                 " { \"path\": \"data.bin\", \"offset\": 65536 } ] } ] }");
}

static void
put_nvs (void)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) blob = g_bytes_new_static ("GIF89a", 6);

  ek_nvs_set_string (nvs, "setting", "ssid", "home", NULL);
  ek_nvs_set_int (nvs, "setting", "state", EK_NVS_U8, 1, NULL);
  ek_nvs_set_blob (nvs, "setting", "gif", blob, NULL);
  bytes = ek_nvs_to_bytes (nvs, 0x3000, NULL);
  put_bytes ("nvs", "settings", bytes);
}

/* A header with two sections: nothing, and the names. */
static void
put_elf (void)
{
  guint8 elf[256] = "\177ELF\1\1\1";

  ek_put_u16 (elf + 16, 2);  /* a program */
  ek_put_u16 (elf + 18, 94); /* Xtensa */
  ek_put_u32 (elf + 20, 1);
  ek_put_u32 (elf + 32, 64); /* sections */
  ek_put_u16 (elf + 40, 52);
  ek_put_u16 (elf + 46, 40); /* size of a section's header */
  ek_put_u16 (elf + 48, 3);
  ek_put_u16 (elf + 50, 2);
  ek_put_u32 (elf + 104, 1); /* code: name, kind, flags, address, place, size */
  ek_put_u32 (elf + 108, 1);
  ek_put_u32 (elf + 112, 6);
  ek_put_u32 (elf + 116, 0x42000020);
  ek_put_u32 (elf + 120, 200);
  ek_put_u32 (elf + 124, 16);
  ek_put_u32 (elf + 144, 7); /* names */
  ek_put_u32 (elf + 148, 3);
  ek_put_u32 (elf + 160, 184);
  ek_put_u32 (elf + 164, 16);
  memcpy (elf + 185, ".text\0.names", 12);
  put ("elf", "small", elf, sizeof elf);
}

static void
put_lists (void)
{
  static const char toml[] =
      "esp_toml_version = 1.0\n"
      "firmware_images_url = \"https://example.com/firmware/\"\n"
      "supported_apps = [\"EchoKit\"]\n"
      "[EchoKit]\nchipsets = [\"ESP32-S3\"]\ndevelopKits.esp32-s3 = [\"EchoKit-BOX\"]\n"
      "image.echokit-box = \"box.bin\"\ndescription = '''A\nB'''\nwhen = 2026-01-01T00:00:00Z\n";
  static const char json[] =
      "{ \"name\": \"EchoKit\", \"version\": \"1.0\", \"builds\": [ { \"chipFamily\": \"ESP32-S3\","
      " \"parts\": [ { \"path\": \"app.bin\", \"offset\": 65536 } ] } ] }";

  static const char releases[] =
      "[ { \"tag_name\": \"v0.3.1\", \"name\": \"EchoKit\", \"draft\": false, \"prerelease\": "
      "false,"
      " \"published_at\": \"2026-01-01T00:00:00Z\", \"html_url\": \"https://example.com/\","
      " \"body\": \"notes\", \"assets\": [ { \"name\": \"echokit_boards.bin\", \"size\": 1,"
      " \"browser_download_url\": \"https://example.com/a\", \"digest\": \"sha256:00\" } ] } ]";

  put_text ("toml", "list", toml);
  put_text ("releases", "one", releases);
  put_text ("catalog", "toml", toml);
  put_text ("catalog", "json", json);
  put_text ("manifest", "web", json);
}

static void
put_serial (void)
{
  static const char log[] = "ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON),boot:0x8 (SPI_FAST)\r\n"
                            "I (27) boot: ESP-IDF v5.4.1 2nd stage bootloader\r\n"
                            "I (89) boot: Loaded app from partition at offset 0x210000\r\n"
                            "I (310) cpu_start: App version: v0.3.1\r\nPASS: \"secret\"\r\n"
                            "Guru Meditation Error: Core  0 panic'ed (LoadProhibited)\r\n"
                            "Backtrace: 0x42001234:0x3fc90000\r\n\033[0;31mE (1) x\033[0m\r\n";
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  put_text ("boot-log", "start", log);
  ek_slip_encode (frame, (const guint8 *) "\1\10\4\0\0\0\0\0\300\333\0\0", 12);
  put ("slip", "frame", frame->data, frame->len);
}

int
main (int argc, char **argv)
{
  if (argc != 2)
    {
      g_printerr ("usage: make-seeds FOLDER\n");
      return 2;
    }

  folder = argv[1];
  put_bundles ();
  put_archives ();
  put_descriptions ();
  put_nvs ();
  put_elf ();
  put_lists ();
  put_serial ();
  return 0;
}
