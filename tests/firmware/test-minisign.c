/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of the minisign program, ours, and every way in which they can be wrong. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-keyring.h"
#include "ek-secret-key.h"
#include "test-files.h"

#include <glib/gstdio.h>
#include <string.h>

/* Made with Debian's minisign 0.11: "minisign -G -W", then -S and -S -l of the five bytes "hello". */
#define VECTOR_ID          "F9722F215C50724E"
#define VECTOR_COMMENT     "timestamp:1 für alle"
#define VECTOR_PUBLIC_LINE "RWROclBcIS9y+fMD8RftE4s7On4+WQJUtex8VaBrZWpI3+nBfXjslCM8"
/* clang-format off */
#define VECTOR_PUBLIC \
  "untrusted comment: minisign public key F9722F215C50724E\n" \
  "RWROclBcIS9y+fMD8RftE4s7On4+WQJUtex8VaBrZWpI3+nBfXjslCM8\n"
#define VECTOR_SECRET \
  "untrusted comment: minisign encrypted secret key\n" \
  "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAATnJQXCEvcvkIawRsAnO20Yk8l3tNpnfhFZ2PRZGPHQc3k8iFXl/28vMD8RftE4s7On4+WQJUtex8VaBrZWpI3+nBfXjslCM8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define VECTOR_PREHASHED \
  "untrusted comment: signature from minisign secret key\n" \
  "RUROclBcIS9y+XBBfRU9ouWN4Pa6DWgX+p0+WxAbQFvcUIdt3l90dSgfqEkFSm3BVMNptttly8jc6OwMQosD6XnjGsijffUsiQQ=\n" \
  "trusted comment: timestamp:1 für alle\n" \
  "NQlI4Ikzm4Oxg/K/9SdPC7REP+z2pwz6clpPnzCYDjCTaEbGpLiuLwc30Rt9w/SCy3I18wdPmS3sfTDWE9qgCA==\n"
#define VECTOR_LEGACY \
  "untrusted comment: signature from minisign secret key\n" \
  "RWROclBcIS9y+RnEFYb4zbU6RTwc4lveJ+ZmhqB0C1h/NjdmoZuvUQGK3XIL59liHEsEkZ/+9dfVOwu6khyKRDQub/Kb1F9acQw=\n" \
  "trusted comment: timestamp:1 für alle\n" \
  "Ct8UtDLGkzAhpz5X+EiQ8FGyTLaXAA0jMUoxvBQt2vK/xdqBTAw/n6Yan9wOUlJ+Gbp2jEk7RpgUG5h2DQI7AQ==\n"
/* clang-format on */

static const guint8 hello[] = { 'h', 'e', 'l', 'l', 'o' };

static char *folder;

static EkPublicKey
public_key (const char *text)
{
  g_autoptr (GError) error = NULL;
  EkPublicKey key;

  ek_public_key_parse (text, strlen (text), &key, &error);
  g_assert_no_error (error);
  return key;
}

static EkSignature *
signature (const char *text)
{
  g_autoptr (GError) error = NULL;
  EkSignature *parsed = ek_signature_new_from_text (text, strlen (text), &error);

  g_assert_no_error (error);
  return parsed;
}

static EkSecretKey *
secret_key (const char *text, const char *password)
{
  g_autoptr (GError) error = NULL;
  EkSecretKey *key = ek_secret_key_new_from_text (text, strlen (text), password, &error);

  g_assert_no_error (error);
  return key;
}

/* --- the program's own */

static void
test_verifies_the_programs_signatures (void)
{
  EkPublicKey key = public_key (VECTOR_PUBLIC);
  g_autoptr (EkSignature) prehashed = signature (VECTOR_PREHASHED);
  g_autoptr (EkSignature) legacy = signature (VECTOR_LEGACY);
  g_autofree char *id = ek_minisign_id_to_text (key.id);

  g_assert_true (prehashed->prehashed);
  g_assert_false (legacy->prehashed);
  g_assert_true (ek_signature_verify (prehashed, &key, hello, sizeof hello));
  g_assert_true (ek_signature_verify (legacy, &key, hello, sizeof hello));
  g_assert_false (ek_signature_verify (prehashed, &key, hello, 4));
  g_assert_false (ek_signature_verify (legacy, &key, hello, 4));
  g_assert_cmpstr (prehashed->trusted_comment, ==, VECTOR_COMMENT);
  g_assert_cmpstr (id, ==, VECTOR_ID);
}

static void
test_reads_a_bare_key (void)
{
  EkPublicKey key = public_key (VECTOR_PUBLIC);
  EkPublicKey bare = public_key (VECTOR_PUBLIC_LINE);
  g_autofree char *line = ek_public_key_to_base64 (&key);
  g_autofree char *text = ek_public_key_to_text (&key);
  EkPublicKey again = public_key (text);

  g_assert_cmpmem (&key, sizeof key, &bare, sizeof bare);
  g_assert_cmpmem (&key, sizeof key, &again, sizeof again);
  g_assert_cmpstr (line, ==, VECTOR_PUBLIC_LINE);
}

/* The same key and bytes: Ed25519 is deterministic, so that ours must be the program's. */
static void
test_signs_as_the_program (void)
{
  g_autoptr (EkSecretKey) key = secret_key (VECTOR_SECRET, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = ek_secret_key_sign (key, hello, sizeof hello, VECTOR_COMMENT, &error);
  g_autoptr (EkSignature) ours = NULL;
  g_autoptr (EkSignature) theirs = signature (VECTOR_PREHASHED);

  g_assert_no_error (error);
  ours = signature (text);
  g_assert_cmpmem (ours->signature, sizeof ours->signature, theirs->signature,
                   sizeof theirs->signature);
  g_assert_cmpmem (ours->global, sizeof ours->global, theirs->global, sizeof theirs->global);
  g_assert_cmpmem (ours->id, sizeof ours->id, theirs->id, sizeof theirs->id);
}

/* --- secret keys */

static void
test_keeps_a_key_under_a_password (void)
{
  g_autoptr (EkSecretKey) key = ek_secret_key_new ();
  g_autoptr (EkSecretKey) again = NULL;
  g_autoptr (EkSecretKey) wrong = NULL;
  g_autoptr (EkSecretKey) none = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = ek_secret_key_to_text (key, "päss", EK_SECRET_KEY_COST_LOW, &error);
  EkPublicKey before, after;
  gboolean encrypted;

  g_assert_no_error (error);
  g_assert_true (ek_secret_key_is_encrypted (text, strlen (text), &encrypted, &error));
  g_assert_true (encrypted);
  again = secret_key (text, "päss");
  ek_secret_key_get_public (key, &before);
  ek_secret_key_get_public (again, &after);
  g_assert_cmpmem (&before, sizeof before, &after, sizeof after);

  wrong = ek_secret_key_new_from_text (text, strlen (text), "pass", &error);
  g_assert_null (wrong);
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "password"));
  g_clear_error (&error);
  none = ek_secret_key_new_from_text (text, strlen (text), NULL, &error);
  g_assert_null (none);
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

static void
test_keeps_a_key_without_a_password (void)
{
  g_autoptr (EkSecretKey) key = ek_secret_key_new ();
  g_autoptr (EkSecretKey) again = NULL;
  g_autofree char *text = ek_secret_key_to_text (key, NULL, EK_SECRET_KEY_COST_HIGH, NULL);
  gboolean encrypted;

  g_assert_true (ek_secret_key_is_encrypted (text, strlen (text), &encrypted, NULL));
  g_assert_false (encrypted);
  again = secret_key (text, NULL);
}

/* Without a password there is no checksum: the public half inside tells. */
static void
test_notices_a_damaged_key (void)
{
  g_auto (GStrv) lines = g_strsplit (VECTOR_SECRET, "\n", -1);
  gsize size;
  g_autofree guchar *bytes = g_base64_decode (lines[1], &size);
  g_autofree char *encoded = NULL;
  g_autofree char *changed = NULL;
  g_autoptr (GError) error = NULL;

  bytes[70] ^= 1;
  encoded = g_base64_encode (bytes, size);
  changed = g_strconcat (lines[0], "\n", encoded, "\n", NULL);
  g_assert_null (ek_secret_key_new_from_text (changed, strlen (changed), NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

/* A file must not make us spend an hour or all memory before its password is wrong. */
static void
test_limits_what_a_password_costs (void)
{
  static const struct
  {
    gsize place;
    guint8 value;
  } cases[] = { { 38 + 4, 1 }, { 46 + 4, 1 }, { 38 + 7, 0xff }, { 46 + 7, 0xff } };
  g_autoptr (EkSecretKey) key = ek_secret_key_new ();
  g_autofree char *text = ek_secret_key_to_text (key, "x", EK_SECRET_KEY_COST_LOW, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
      g_autoptr (GError) error = NULL;
      g_autofree char *encoded = NULL;
      g_autofree char *changed = NULL;
      gsize size;
      g_autofree guchar *bytes = g_base64_decode (lines[1], &size);

      bytes[cases[i].place] = cases[i].value;
      encoded = g_base64_encode (bytes, size);
      changed = g_strconcat (lines[0], "\n", encoded, "\n", NULL);
      g_assert_null (ek_secret_key_new_from_text (changed, strlen (changed), "x", &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "reasonable"));
    }
}

static void
test_refuses_a_comment_of_two_lines (void)
{
  g_autoptr (EkSecretKey) key = ek_secret_key_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_secret_key_sign (key, hello, sizeof hello, "one\ntwo", &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
}

/* --- damage */

static void
test_refuses_what_is_no_key (void)
{
  static const char *const texts[] = {
    "",
    "hello",
    "untrusted comment: x\n",
    "untrusted comment: x\n\n",
    "comment: x\n" VECTOR_PUBLIC_LINE,
    VECTOR_PUBLIC_LINE "AA==",
    VECTOR_PUBLIC "\nmore",
    VECTOR_SECRET,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      EkPublicKey key;

      g_assert_false (ek_public_key_parse (texts[i], strlen (texts[i]), &key, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
    }
}

static EkSignatureState
check_text (const char *text, gsize size, GError **error)
{
  g_autoptr (EkKeyring) keyring = ek_keyring_new ();
  g_autoptr (GBytes) data = g_bytes_new_static (hello, sizeof hello);
  g_autoptr (EkSignature) parsed = NULL;
  g_autofree char *signer = NULL;

  g_assert_true (ek_keyring_add (keyring, VECTOR_PUBLIC_LINE, NULL));
  parsed = ek_signature_new_from_text (text, size, error);
  return parsed != NULL ? ek_keyring_check (keyring, parsed, data, &signer, error)
                        : EK_SIGNATURE_NONE;
}

/* Every bit that the lines of base64 stand for: algorithm, id, both signatures. */
static void
test_notices_every_changed_bit (gconstpointer text)
{
  static const guint coded[] = { 1, 3 };

  for (gsize k = 0; k < G_N_ELEMENTS (coded); k++)
    {
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
      gsize size;
      g_autofree guchar *bytes = g_base64_decode (lines[coded[k]], &size);

      for (gsize i = 0; i < size * 8; i++)
        {
          g_autoptr (GError) error = NULL;
          g_autofree char *changed = NULL;

          bytes[i / 8] ^= (guchar) (1u << i % 8);
          g_free (lines[coded[k]]);
          lines[coded[k]] = g_base64_encode (bytes, size);
          bytes[i / 8] ^= (guchar) (1u << i % 8);
          changed = g_strjoinv ("\n", lines);
          g_assert_cmpint (check_text (changed, strlen (changed), &error), ==, EK_SIGNATURE_NONE);
          g_assert_error (error, EK_ERROR, EK_ERROR_SIGNATURE_WRONG);
        }
    }
}

/* Every bit of the file itself, but its first line, which nobody signs, and its last line's end. A letter
 * of base64 can stand for parts of id and signature at once: then it looks like another's. */
static void
test_trusts_no_changed_file (gconstpointer text)
{
  gsize size = strlen (text);
  gsize start = (gsize) (strchr (text, '\n') - (const char *) text) + 1;

  for (gsize i = start * 8; i < (size - 1) * 8; i++)
    {
      g_autofree char *changed = g_strdup (text);

      changed[i / 8] = (char) (changed[i / 8] ^ 1 << i % 8);
      g_assert_cmpint (check_text (changed, size, NULL), !=, EK_SIGNATURE_TRUSTED);
    }
  g_assert_cmpint (check_text (text, size, NULL), ==, EK_SIGNATURE_TRUSTED);
}

static void
test_survives_damage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  EkPublicKey key = public_key (VECTOR_PUBLIC);

  for (guint i = 0; i < test_mutations () * 10; i++)
    {
      g_autofree char *changed = g_strdup (VECTOR_PREHASHED);
      gsize size = strlen (changed);
      g_autoptr (EkSignature) parsed = NULL;
      EkPublicKey other;

      test_damage (rand, (guint8 *) changed, size);
      parsed = ek_signature_new_from_text (changed, size, NULL);
      if (parsed != NULL)
        ek_signature_verify (parsed, &key, hello, sizeof hello);
      ek_public_key_parse (changed, size, &other, NULL);
    }
}

/* --- trust */

static void
test_tells_whose_key_it_was (void)
{
  g_autoptr (EkKeyring) keyring = ek_keyring_new ();
  g_autofree char *path = g_build_filename (folder, "Anna.pub", NULL);
  g_autofree char *broken = g_build_filename (folder, "broken.pub", NULL);
  g_autofree char *other = g_build_filename (folder, "notes.txt", NULL);
  g_autoptr (GBytes) data = g_bytes_new_static (hello, sizeof hello);
  g_autoptr (EkSignature) parsed = signature (VECTOR_PREHASHED);
  g_autoptr (GError) error = NULL;
  g_autofree char *nobody = NULL;
  g_autofree char *signer = NULL;
  GLogLevelFlags fatal;

  g_assert_cmpint (ek_keyring_check (keyring, parsed, data, &nobody, &error), ==,
                   EK_SIGNATURE_UNKNOWN_KEY);
  g_assert_no_error (error);
  g_assert_null (nobody);

  g_file_set_contents (path, VECTOR_PUBLIC, -1, NULL);
  g_file_set_contents (broken, "nothing", -1, NULL);
  g_file_set_contents (other, VECTOR_PUBLIC, -1, NULL);
  fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK); /* the broken one is warned of */
  ek_keyring_add_folder (keyring, folder);
  g_log_set_always_fatal (fatal);
  g_assert_cmpuint (ek_keyring_get_n_keys (keyring), ==, 1);
  g_assert_cmpint (ek_keyring_check (keyring, parsed, data, &signer, &error), ==,
                   EK_SIGNATURE_TRUSTED);
  g_assert_no_error (error);
  g_assert_cmpstr (signer, ==, "Anna");
}

static void
test_adds_a_file_or_a_key (void)
{
  g_autoptr (EkKeyring) keyring = ek_keyring_new ();
  g_autofree char *path = g_build_filename (folder, "Berta.pub", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, VECTOR_PUBLIC, -1, NULL);
  g_assert_true (ek_keyring_add (keyring, path, &error));
  g_assert_true (ek_keyring_add (keyring, VECTOR_PUBLIC_LINE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ek_keyring_get_n_keys (keyring), ==, 2);
  g_unlink (path);
  g_assert_false (ek_keyring_add (keyring, path, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (ek_keyring_add (keyring, folder, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND);
}

static void
test_keyring_is_finalized (void)
{
  EkKeyring *keyring = ek_keyring_new ();

  g_object_add_weak_pointer (G_OBJECT (keyring), (gpointer *) &keyring);
  g_object_unref (keyring);
  g_assert_null (keyring);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("ek-minisign-XXXXXX", NULL);
  g_assert_nonnull (folder);

  g_test_add_func ("/minisign/program/verifies", test_verifies_the_programs_signatures);
  g_test_add_func ("/minisign/program/bare-key", test_reads_a_bare_key);
  g_test_add_func ("/minisign/program/signs-the-same", test_signs_as_the_program);
  g_test_add_func ("/minisign/secret/password", test_keeps_a_key_under_a_password);
  g_test_add_func ("/minisign/secret/no-password", test_keeps_a_key_without_a_password);
  g_test_add_func ("/minisign/secret/damaged", test_notices_a_damaged_key);
  g_test_add_func ("/minisign/secret/limits-the-cost", test_limits_what_a_password_costs);
  g_test_add_func ("/minisign/secret/one-line", test_refuses_a_comment_of_two_lines);
  g_test_add_func ("/minisign/damage/no-key", test_refuses_what_is_no_key);
  g_test_add_data_func ("/minisign/damage/every-bit/prehashed", VECTOR_PREHASHED,
                        test_notices_every_changed_bit);
  g_test_add_data_func ("/minisign/damage/every-bit/legacy", VECTOR_LEGACY,
                        test_notices_every_changed_bit);
  g_test_add_data_func ("/minisign/damage/whole-file/prehashed", VECTOR_PREHASHED,
                        test_trusts_no_changed_file);
  g_test_add_data_func ("/minisign/damage/whole-file/legacy", VECTOR_LEGACY,
                        test_trusts_no_changed_file);
  g_test_add_func ("/minisign/damage/survives", test_survives_damage);
  g_test_add_func ("/minisign/trust/tells-whose", test_tells_whose_key_it_was);
  g_test_add_func ("/minisign/trust/file-or-key", test_adds_a_file_or_a_key);
  g_test_add_func ("/minisign/trust/finalized", test_keyring_is_finalized);

  result = g_test_run ();
  g_autofree char *anna = g_build_filename (folder, "Anna.pub", NULL);
  g_autofree char *broken = g_build_filename (folder, "broken.pub", NULL);
  g_autofree char *notes = g_build_filename (folder, "notes.txt", NULL);

  g_unlink (anna);
  g_unlink (broken);
  g_unlink (notes);
  g_rmdir (folder);
  g_free (folder);
  return result;
}
