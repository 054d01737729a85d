/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads public keys and signatures, and verifies. Source of the format: the minisign manual, "Signature
 * format" and "Public key format". */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-minisign-private.h"

#include <sodium.h>
#include <string.h>

#include "ek-bytes.h"

#define ALGORITHM_SIZE 2
#define PUBLIC_SIZE    (ALGORITHM_SIZE + EK_MINISIGN_ID_SIZE + EK_MINISIGN_KEY_SIZE)
#define SIGNED_SIZE    (ALGORITHM_SIZE + EK_MINISIGN_ID_SIZE + EK_MINISIGN_SIGNATURE_SIZE)

/**
 * ek_minisign_init:
 *
 * To be called before libsodium is used; costs nothing the second time.
 */
void
ek_minisign_init (void)
{
  static gsize ready = 0;

  if (!g_once_init_enter (&ready))
    return;

  if (sodium_init () < 0)
    g_error ("libsodium does not start");
  g_once_init_leave (&ready, 1);
}

/**
 * ek_minisign_split:
 * @text: (array length=size): a whole file
 *
 * Returns: (nullable) (transfer full): its @n_lines lines without their ends, or %NULL if there are more
 *   or fewer, or if it is no text
 */
GStrv
ek_minisign_split (const char *text, gsize size, guint n_lines)
{
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (size > EK_MINISIGN_MAX_FILE || !g_utf8_validate_len (text, size, NULL))
    return NULL;

  copy = g_strndup (text, size);
  g_strchomp (copy);
  lines = g_strsplit (copy, "\n", -1);
  if (g_strv_length (lines) != n_lines)
    return NULL;

  for (guint i = 0; i < n_lines; i++)
    if (g_str_has_suffix (lines[i], "\r"))
      lines[i][strlen (lines[i]) - 1] = '\0';

  return g_steal_pointer (&lines);
}

/**
 * ek_minisign_decode:
 * @bytes: (out caller-allocates) (array length=size)
 *
 * Returns: %FALSE unless @line is the base64 of exactly @size bytes
 */
gboolean
ek_minisign_decode (const char *line, guint8 *bytes, gsize size)
{
  const char *end;
  gsize n;

  return sodium_base642bin (bytes, size, line, strlen (line), NULL, &n, &end,
                            sodium_base64_VARIANT_ORIGINAL) == 0 &&
         n == size && *end == '\0';
}

/**
 * ek_minisign_encode:
 *
 * Returns: (transfer full): base64
 */
char *
ek_minisign_encode (const guint8 *bytes, gsize size)
{
  gsize length = sodium_base64_encoded_len (size, sodium_base64_VARIANT_ORIGINAL);
  char *text = g_malloc (length);

  return sodium_bin2base64 (text, length, bytes, size, sodium_base64_VARIANT_ORIGINAL);
}

/* The line with the key: the second of a file, or the only one. */
static char *
find_key_line (const char *text, gsize size)
{
  g_auto (GStrv) one = ek_minisign_split (text, size, 1);
  g_auto (GStrv) two = ek_minisign_split (text, size, 2);

  if (one != NULL)
    return g_strdup (one[0]);
  if (two != NULL && g_str_has_prefix (two[0], EK_MINISIGN_UNTRUSTED))
    return g_strdup (two[1]);

  return NULL;
}

/**
 * ek_public_key_parse:
 * @text: (array length=size): a key's file, or only its line of base64
 * @key: (out caller-allocates):
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT
 */
gboolean
ek_public_key_parse (const char *text, gsize size, EkPublicKey *key, GError **error)
{
  g_autofree char *line = find_key_line (text, size);
  guint8 bytes[PUBLIC_SIZE];

  ek_minisign_init ();
  if (line == NULL || !ek_minisign_decode (line, bytes, sizeof bytes) ||
      memcmp (bytes, EK_MINISIGN_LEGACY, ALGORITHM_SIZE) != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "this is no minisign public key");
      return FALSE;
    }

  memcpy (key->id, bytes + ALGORITHM_SIZE, sizeof key->id);
  memcpy (key->key, bytes + ALGORITHM_SIZE + sizeof key->id, sizeof key->key);
  return TRUE;
}

/**
 * ek_public_key_to_base64:
 *
 * Returns: (transfer full): the key in one line
 */
char *
ek_public_key_to_base64 (const EkPublicKey *key)
{
  guint8 bytes[PUBLIC_SIZE];

  memcpy (bytes, EK_MINISIGN_LEGACY, ALGORITHM_SIZE);
  memcpy (bytes + ALGORITHM_SIZE, key->id, sizeof key->id);
  memcpy (bytes + ALGORITHM_SIZE + sizeof key->id, key->key, sizeof key->key);
  return ek_minisign_encode (bytes, sizeof bytes);
}

/**
 * ek_public_key_to_text:
 *
 * Returns: (transfer full): a key's file
 */
char *
ek_public_key_to_text (const EkPublicKey *key)
{
  g_autofree char *id = ek_minisign_id_to_text (key->id);
  g_autofree char *line = ek_public_key_to_base64 (key);

  return g_strdup_printf (EK_MINISIGN_UNTRUSTED "minisign public key %s\n%s\n", id, line);
}

/**
 * ek_minisign_id_to_text:
 * @id: (array fixed-size=8): as in the files: least significant byte first
 *
 * Returns: (transfer full): 16 hex digits, as the minisign program prints them
 */
char *
ek_minisign_id_to_text (const guint8 *id)
{
  return g_strdup_printf ("%08X%08X", ek_get_u32 (id + 4), ek_get_u32 (id));
}

static gboolean
read_lines (EkSignature *self, const GStrv lines)
{
  guint8 bytes[SIGNED_SIZE];

  if (!g_str_has_prefix (lines[0], EK_MINISIGN_UNTRUSTED) ||
      !ek_minisign_decode (lines[1], bytes, sizeof bytes) ||
      !g_str_has_prefix (lines[2], EK_MINISIGN_TRUSTED) ||
      !ek_minisign_decode (lines[3], self->global, sizeof self->global))
    return FALSE;

  self->prehashed = memcmp (bytes, EK_MINISIGN_PREHASHED, ALGORITHM_SIZE) == 0;
  if (!self->prehashed && memcmp (bytes, EK_MINISIGN_LEGACY, ALGORITHM_SIZE) != 0)
    return FALSE;

  memcpy (self->id, bytes + ALGORITHM_SIZE, sizeof self->id);
  memcpy (self->signature, bytes + ALGORITHM_SIZE + sizeof self->id, sizeof self->signature);
  self->trusted_comment = g_strdup (lines[2] + strlen (EK_MINISIGN_TRUSTED));
  return TRUE;
}

/**
 * ek_signature_new_from_text:
 * @text: (array length=size): a whole .minisig file
 *
 * Returns: (transfer full): the signature, not verified; or %NULL with %EK_ERROR_SIGNATURE_WRONG
 */
EkSignature *
ek_signature_new_from_text (const char *text, gsize size, GError **error)
{
  g_autoptr (EkSignature) self = g_new0 (EkSignature, 1);
  g_auto (GStrv) lines = ek_minisign_split (text, size, 4);

  ek_minisign_init ();
  if (lines != NULL && read_lines (self, lines))
    return g_steal_pointer (&self);

  g_set_error (error, EK_ERROR, EK_ERROR_SIGNATURE_WRONG, "the signature is no minisign signature");
  return NULL;
}

void
ek_signature_free (EkSignature *self)
{
  g_free (self->trusted_comment);
  g_free (self);
}

static gboolean
verify_data (const EkSignature *self, const EkPublicKey *key, const guint8 *data, gsize size)
{
  guint8 hash[crypto_generichash_BYTES_MAX];

  if (!self->prehashed)
    return crypto_sign_verify_detached (self->signature, data, size, key->key) == 0;

  return crypto_generichash (hash, sizeof hash, data, size, NULL, 0) == 0 &&
         crypto_sign_verify_detached (self->signature, hash, sizeof hash, key->key) == 0;
}

static gboolean
verify_comment (const EkSignature *self, const EkPublicKey *key)
{
  gsize length = strlen (self->trusted_comment);
  gsize size = sizeof self->signature + length;
  g_autofree guint8 *signed_bytes = g_malloc (size);

  memcpy (signed_bytes, self->signature, sizeof self->signature);
  memcpy (signed_bytes + sizeof self->signature, self->trusted_comment, length);
  return crypto_sign_verify_detached (self->global, signed_bytes, size, key->key) == 0;
}

/**
 * ek_signature_verify:
 * @data: (array length=size): what is said to be signed
 *
 * Does not compare the key's id.
 *
 * Returns: %TRUE if @key signed both the bytes and the trusted comment
 */
gboolean
ek_signature_verify (const EkSignature *self,
                     const EkPublicKey *key,
                     const guint8 *data,
                     gsize size)
{
  return verify_data (self, key, data, size) && verify_comment (self, key);
}
