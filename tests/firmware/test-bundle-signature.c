/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed bundles: whose they are, and that no byte of them can be changed. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-archive-writer.h"
#include "ek-bundle-writer.h"
#include "ek-demo-firmware.h"
#include "test-files.h"

#include <string.h>

#include "archive-test.h"

#define MANIFEST  "manifest.json"
#define SIGNATURE "manifest.json.minisig"

static EkSecretKey *trusted_key;
static EkBundle *demo;

static GHashTable *
bundle_files (EkSecretKey *key)
{
  g_autoptr (GError) error = NULL;
  GHashTable *files = ek_bundle_write_files (demo, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (ek_bundle_get_signature (demo)->state, ==, EK_SIGNATURE_NONE);
  if (key != NULL)
    g_assert_true (ek_bundle_sign_files (files, key, "release 1", &error));
  g_assert_no_error (error);
  return files;
}

/* Uncompressed: there are many. */
static EkBundle *
open_files (GHashTable *files, GError **error)
{
  TestArchive archive = test_archive_open ("tar");
  g_autoptr (GBytes) packed = NULL;
  GHashTableIter iter;
  gpointer name, bytes;

  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &bytes))
    test_archive_add_bytes (&archive, name, g_bytes_get_data (bytes, NULL),
                            g_bytes_get_size (bytes));
  packed = test_archive_close (&archive);

  return ek_bundle_new_from_bytes (packed, "bundle.tar.gz", error);
}

static const EkBundleSignature *
signature_of (GHashTable *files, EkBundle **bundle)
{
  g_autoptr (GError) error = NULL;

  *bundle = open_files (files, &error);
  g_assert_no_error (error);
  return ek_bundle_get_signature (*bundle);
}

static void
assert_refused (GHashTable *files, EkError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (open_files (files, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
}

static void
change_byte (GHashTable *files, const char *name, gsize place, guint8 mask)
{
  GBytes *bytes = g_hash_table_lookup (files, name);
  gsize size = g_bytes_get_size (bytes);
  guint8 *changed = test_copy (bytes, 0, size);

  g_assert_cmpuint (place, <, size);
  changed[place] ^= mask;
  g_hash_table_insert (files, g_strdup (name), g_bytes_new_take (changed, size));
}

static void
test_says_who_signed (void)
{
  g_autoptr (GHashTable) files = bundle_files (trusted_key);
  g_autoptr (EkBundle) bundle = NULL;
  const EkBundleSignature *signature = signature_of (files, &bundle);
  g_autofree char *id = NULL;
  EkPublicKey key;

  ek_secret_key_get_public (trusted_key, &key);
  id = ek_minisign_id_to_text (key.id);
  g_assert_cmpint (signature->state, ==, EK_SIGNATURE_TRUSTED);
  g_assert_cmpstr (signature->signer, ==, id); /* a key without a file is called by its id */
  g_assert_cmpstr (signature->key_id, ==, id);
  g_assert_cmpstr (signature->comment, ==, "release 1");
}

static void
test_says_when_nobody_signed (void)
{
  g_autoptr (GHashTable) files = bundle_files (NULL);
  g_autoptr (EkBundle) bundle = NULL;
  const EkBundleSignature *signature = signature_of (files, &bundle);

  g_assert_cmpint (signature->state, ==, EK_SIGNATURE_NONE);
  g_assert_null (signature->key_id);
}

/* What an unknown key's owner says is not told: anybody can say it. */
static void
test_says_when_a_stranger_signed (void)
{
  g_autoptr (EkSecretKey) stranger = ek_secret_key_new ();
  g_autoptr (GHashTable) files = bundle_files (stranger);
  g_autoptr (EkBundle) bundle = NULL;
  const EkBundleSignature *signature = signature_of (files, &bundle);

  g_assert_cmpint (signature->state, ==, EK_SIGNATURE_UNKNOWN_KEY);
  g_assert_nonnull (signature->key_id);
  g_assert_null (signature->signer);
  g_assert_null (signature->comment);
}

static void
test_refuses_a_changed_segment (void)
{
  static const char *const names[] = { "files/bootloader.bin", "files/partition-table.bin",
                                       "files/factory.bin" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GHashTable) files = bundle_files (trusted_key);

      change_byte (files, names[i], i * 100, 1);
      assert_refused (files, EK_ERROR_FIRMWARE_DAMAGED);
    }
}

/* Bytes all over it, those between the words too. */
static void
test_refuses_a_changed_manifest (void)
{
  g_autoptr (GHashTable) original = bundle_files (trusted_key);
  gsize size = g_bytes_get_size (g_hash_table_lookup (original, MANIFEST));
  gsize step = g_getenv ("EK_TEST_QUICK") != NULL ? 97 : 29;

  for (gsize i = 0; i < size; i += step)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) files = bundle_files (NULL);

      g_hash_table_insert (files, g_strdup (SIGNATURE),
                           g_bytes_ref (g_hash_table_lookup (original, SIGNATURE)));
      change_byte (files, MANIFEST, i, 1);
      g_assert_null (open_files (files, &error));
      g_assert_true (g_error_matches (error, EK_ERROR, EK_ERROR_SIGNATURE_WRONG) ||
                     g_error_matches (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED) ||
                     g_error_matches (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE));
    }
}

/* A blank more, which no JSON reader minds. */
static void
test_refuses_a_reformatted_manifest (void)
{
  g_autoptr (GHashTable) files = bundle_files (trusted_key);
  GBytes *bytes = g_hash_table_lookup (files, MANIFEST);
  g_autofree char *longer = g_strdup_printf (" %.*s", (int) g_bytes_get_size (bytes),
                                             (const char *) g_bytes_get_data (bytes, NULL));

  g_hash_table_insert (files, g_strdup (MANIFEST), g_bytes_new (longer, strlen (longer)));
  assert_refused (files, EK_ERROR_SIGNATURE_WRONG);
}

static gsize
find_place (GHashTable *files, const char *word)
{
  gsize size;
  const char *text = g_bytes_get_data (g_hash_table_lookup (files, SIGNATURE), &size);
  const char *found = g_strstr_len (text, (gssize) size, word);

  g_assert_nonnull (found);
  return (gsize) (found - text);
}

static void
test_refuses_a_changed_signature (void)
{
  g_autoptr (GHashTable) files = bundle_files (trusted_key);
  g_autoptr (GHashTable) comment = bundle_files (trusted_key);
  g_autoptr (GHashTable) global = bundle_files (trusted_key);
  g_autoptr (GHashTable) garbage = bundle_files (trusted_key);

  change_byte (files, SIGNATURE, find_place (files, "\ntrusted") - 20, 3);
  assert_refused (files, EK_ERROR_SIGNATURE_WRONG);
  change_byte (comment, SIGNATURE, find_place (comment, "release 1") + 8, 3);
  assert_refused (comment, EK_ERROR_SIGNATURE_WRONG);
  change_byte (global, SIGNATURE, find_place (global, "release 1") + 30, 3);
  assert_refused (global, EK_ERROR_SIGNATURE_WRONG);
  g_hash_table_insert (garbage, g_strdup (SIGNATURE), g_bytes_new ("signed!", 7));
  assert_refused (garbage, EK_ERROR_SIGNATURE_WRONG);
}

/* Another bundle's good signature doesn't help. */
static void
test_refuses_a_borrowed_signature (void)
{
  g_autoptr (GHashTable) files = bundle_files (NULL);
  g_autoptr (GHashTable) others = bundle_files (NULL);
  g_autoptr (GError) error = NULL;

  g_hash_table_insert (others, g_strdup (MANIFEST), g_bytes_new ("{}", 2));
  g_assert_true (ek_bundle_sign_files (others, trusted_key, "release 1", &error));
  g_hash_table_insert (files, g_strdup (SIGNATURE),
                       g_bytes_ref (g_hash_table_lookup (others, SIGNATURE)));
  assert_refused (files, EK_ERROR_SIGNATURE_WRONG);
}

/* The packed bytes themselves: what comes out is refused, or what was signed. */
static void
test_survives_a_changed_archive (void)
{
  g_autoptr (GHashTable) files = bundle_files (trusted_key);
  g_autoptr (GBytes) packed = ek_archive_pack (files, NULL);
  g_autoptr (EkBundle) original = ek_bundle_new_from_bytes (packed, "x", NULL);
  gsize size = g_bytes_get_size (packed);
  gsize step = 1 + size / (g_getenv ("EK_TEST_QUICK") != NULL ? 10 : 40);

  for (gsize i = 0; i < size; i += step)
    {
      guint8 *changed = test_copy (packed, 0, size);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (EkBundle) bundle = NULL;

      changed[i] ^= 0x10;
      bytes = g_bytes_new_take (changed, size);
      bundle = ek_bundle_new_from_bytes (bytes, "x", NULL);
      if (bundle == NULL)
        continue;

      g_assert_cmpint (ek_bundle_get_signature (bundle)->state, ==, EK_SIGNATURE_TRUSTED);
      g_assert_cmpuint (ek_bundle_get_n_segments (bundle), ==, 3);
      for (guint k = 0; k < 3; k++)
        g_assert_true (g_bytes_equal (ek_bundle_get_segment (bundle, k)->data,
                                      ek_bundle_get_segment (original, k)->data));
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GBytes) bytes = ek_demo_firmware_new ("0.1.0", FALSE);
  g_autofree char *line = NULL;
  EkPublicKey key;
  int result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CONFIG_HOME", "/nonexistent", TRUE);
  demo = ek_bundle_new_from_bytes (bytes, "demo.bin", NULL);
  trusted_key = ek_secret_key_new ();
  ek_secret_key_get_public (trusted_key, &key);
  line = ek_public_key_to_base64 (&key);
  g_assert_true (ek_keyring_add (ek_keyring_get_default (), line, NULL));

  g_test_add_func ("/bundle-signature/says-who-signed", test_says_who_signed);
  g_test_add_func ("/bundle-signature/says-when-nobody-signed", test_says_when_nobody_signed);
  g_test_add_func ("/bundle-signature/says-when-a-stranger-signed",
                   test_says_when_a_stranger_signed);
  g_test_add_func ("/bundle-signature/refuses/segment", test_refuses_a_changed_segment);
  g_test_add_func ("/bundle-signature/refuses/manifest", test_refuses_a_changed_manifest);
  g_test_add_func ("/bundle-signature/refuses/reformatted", test_refuses_a_reformatted_manifest);
  g_test_add_func ("/bundle-signature/refuses/signature", test_refuses_a_changed_signature);
  g_test_add_func ("/bundle-signature/refuses/borrowed", test_refuses_a_borrowed_signature);
  g_test_add_func ("/bundle-signature/survives/archive", test_survives_a_changed_archive);

  result = g_test_run ();
  ek_secret_key_free (trusted_key);
  g_clear_object (&demo);
  return result;
}
