/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secret keys in memory that is locked and wiped. Source of the format: the minisign manual, "Secret key
 * format". */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-secret-key.h"

#include <sodium.h>
#include <string.h>

#include "ek-bytes.h"
#include "ek-minisign-private.h"

/* What a file may ask of this computer, before anybody knows whether it is a key at all. */
#define MAX_OPERATIONS (4 * crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE)
#define MAX_MEMORY     crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE

/* The file's bytes: kind of key, of encryption and of checksum; salt and cost of the password; and,
 * encrypted together, id, key and checksum. */
#define AT_KEY_KIND    0
#define AT_CIPHER      2
#define AT_CHECK_KIND  4
#define AT_SALT        6
#define AT_OPERATIONS  38
#define AT_MEMORY      46
#define AT_ENCRYPTED   54
#define ENCRYPTED_SIZE (EK_MINISIGN_ID_SIZE + crypto_sign_SECRETKEYBYTES + CHECK_SIZE)
#define CHECK_SIZE     32
#define FILE_SIZE      (AT_ENCRYPTED + ENCRYPTED_SIZE)

#define CIPHER_SCRYPT "Sc"
#define CIPHER_NONE   "\0\0"
#define CHECK_BLAKE2B "B2"

struct _EkSecretKey
{
  guint8 id[EK_MINISIGN_ID_SIZE];
  guint8 secret[crypto_sign_SECRETKEYBYTES];
};

static const struct
{
  guint64 operations;
  guint64 memory;
} costs[] = {
  [EK_SECRET_KEY_COST_LOW] = { crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_MIN,
                               crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_MIN },
  [EK_SECRET_KEY_COST_HIGH] = { crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE,
                                crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE },
};

static EkSecretKey *
key_alloc (void)
{
  EkSecretKey *self;

  ek_minisign_init ();
  self = sodium_malloc (sizeof *self);
  if (self == NULL)
    g_error ("no memory for a key");

  return self;
}

static guint64
get_u64 (const guint8 *p)
{
  return ek_get_u32 (p) | (guint64) ek_get_u32 (p + 4) << 32;
}

static void
put_u64 (guint8 *p, guint64 value)
{
  ek_put_u32 (p, (guint32) value);
  ek_put_u32 (p + 4, (guint32) (value >> 32));
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, reason);
  return FALSE;
}

/* @bytes has room for FILE_SIZE. */
static gboolean
decode_file (const char *text, gsize size, guint8 *bytes, GError **error)
{
  g_auto (GStrv) lines = ek_minisign_split (text, size, 2);
  gboolean ok;

  ek_minisign_init ();
  ok = lines != NULL && g_str_has_prefix (lines[0], EK_MINISIGN_UNTRUSTED) &&
       ek_minisign_decode (lines[1], bytes, FILE_SIZE) &&
       memcmp (bytes + AT_KEY_KIND, EK_MINISIGN_LEGACY, 2) == 0 &&
       memcmp (bytes + AT_CHECK_KIND, CHECK_BLAKE2B, 2) == 0 &&
       (memcmp (bytes + AT_CIPHER, CIPHER_SCRYPT, 2) == 0 ||
        memcmp (bytes + AT_CIPHER, CIPHER_NONE, 2) == 0);
  if (lines != NULL && lines[0] != NULL && lines[1] != NULL)
    sodium_memzero (lines[1], strlen (lines[1]));

  return ok || refuse (error, "this is no minisign secret key");
}

static gboolean
is_encrypted (const guint8 *bytes)
{
  return memcmp (bytes + AT_CIPHER, CIPHER_SCRYPT, 2) == 0;
}

/* Encrypts or decrypts: the password becomes a stream that is laid over the bytes. */
static gboolean
apply_password (guint8 *bytes, const char *password, GError **error)
{
  guint64 operations = get_u64 (bytes + AT_OPERATIONS);
  guint64 memory = get_u64 (bytes + AT_MEMORY);
  guint8 stream[ENCRYPTED_SIZE];

  if (operations > MAX_OPERATIONS || memory > MAX_MEMORY)
    return refuse (error, "the key's password would cost more time or memory than is reasonable");
  if (crypto_pwhash_scryptsalsa208sha256 (stream, sizeof stream, password, strlen (password),
                                          bytes + AT_SALT, operations, (size_t) memory) != 0)
    return refuse (error, "there is not enough memory to check the key's password");

  for (gsize i = 0; i < sizeof stream; i++)
    bytes[AT_ENCRYPTED + i] ^= stream[i];
  sodium_memzero (stream, sizeof stream);
  return TRUE;
}

static void
compute_check (const guint8 *bytes, guint8 *check)
{
  crypto_generichash_state state;

  crypto_generichash_init (&state, NULL, 0, CHECK_SIZE);
  crypto_generichash_update (&state, bytes + AT_KEY_KIND, 2);
  crypto_generichash_update (&state, bytes + AT_ENCRYPTED,
                             EK_MINISIGN_ID_SIZE + crypto_sign_SECRETKEYBYTES);
  crypto_generichash_final (&state, check, CHECK_SIZE);
}

/* Keys without a password have no checksum; but the public half is in them too. */
static gboolean
is_consistent (const guint8 *bytes)
{
  const guint8 *secret = bytes + AT_ENCRYPTED + EK_MINISIGN_ID_SIZE;
  guint8 again[crypto_sign_SECRETKEYBYTES];
  guint8 public_key[crypto_sign_PUBLICKEYBYTES];
  gboolean same;

  crypto_sign_seed_keypair (public_key, again, secret);
  same = sodium_memcmp (again, secret, sizeof again) == 0;
  sodium_memzero (again, sizeof again);
  return same;
}

static gboolean
decrypt (guint8 *bytes, const char *password, GError **error)
{
  guint8 check[CHECK_SIZE];

  if (!is_encrypted (bytes))
    return is_consistent (bytes) || refuse (error, "the key is damaged");

  if (password == NULL)
    return refuse (error, "the key needs its password");
  if (!apply_password (bytes, password, error))
    return FALSE;

  compute_check (bytes, check);
  return sodium_memcmp (check, bytes + FILE_SIZE - CHECK_SIZE, CHECK_SIZE) == 0 ||
         refuse (error, "this is not the key's password");
}

/**
 * ek_secret_key_new:
 *
 * Returns: (transfer full): a new key
 */
EkSecretKey *
ek_secret_key_new (void)
{
  EkSecretKey *self = key_alloc ();
  guint8 public_key[crypto_sign_PUBLICKEYBYTES];

  crypto_sign_keypair (public_key, self->secret);
  randombytes_buf (self->id, sizeof self->id);
  return self;
}

/**
 * ek_secret_key_is_encrypted:
 * @text: (array length=size): a key's file
 * @encrypted: (out): whether a password is needed
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if it is no key
 */
gboolean
ek_secret_key_is_encrypted (const char *text, gsize size, gboolean *encrypted, GError **error)
{
  guint8 bytes[FILE_SIZE];
  gboolean ok = decode_file (text, size, bytes, error);

  if (ok)
    *encrypted = is_encrypted (bytes);
  sodium_memzero (bytes, sizeof bytes);
  return ok;
}

/**
 * ek_secret_key_new_from_text:
 * @text: (array length=size): a key's file
 * @password: (nullable): if it is under one
 *
 * Takes seconds and up to 1 GiB where there is a password: that is its protection.
 *
 * Returns: (transfer full): the key, or %NULL with %EK_ERROR_INVALID_ARGUMENT (no key, a wrong password,
 *   damaged)
 */
EkSecretKey *
ek_secret_key_new_from_text (const char *text, gsize size, const char *password, GError **error)
{
  guint8 bytes[FILE_SIZE];
  EkSecretKey *self = NULL;

  if (decode_file (text, size, bytes, error) && decrypt (bytes, password, error))
    {
      self = key_alloc ();
      memcpy (self->id, bytes + AT_ENCRYPTED, sizeof self->id);
      memcpy (self->secret, bytes + AT_ENCRYPTED + sizeof self->id, sizeof self->secret);
    }

  sodium_memzero (bytes, sizeof bytes);
  return self;
}

void
ek_secret_key_free (EkSecretKey *self)
{
  sodium_free (self);
}

/**
 * ek_secret_key_to_text:
 * @password: (nullable): %NULL leaves the key unprotected
 *
 * Returns: (transfer full): a key's file, or %NULL with %EK_ERROR_INVALID_ARGUMENT for want of memory
 */
char *
ek_secret_key_to_text (EkSecretKey *self,
                       const char *password,
                       EkSecretKeyCost cost,
                       GError **error)
{
  guint8 bytes[FILE_SIZE] = { 0 };
  g_autofree char *line = NULL;
  gboolean ok;

  memcpy (bytes + AT_KEY_KIND, EK_MINISIGN_LEGACY, 2);
  memcpy (bytes + AT_CIPHER, password != NULL ? CIPHER_SCRYPT : CIPHER_NONE, 2);
  memcpy (bytes + AT_CHECK_KIND, CHECK_BLAKE2B, 2);
  memcpy (bytes + AT_ENCRYPTED, self->id, sizeof self->id);
  memcpy (bytes + AT_ENCRYPTED + sizeof self->id, self->secret, sizeof self->secret);
  if (password != NULL)
    {
      compute_check (bytes, bytes + FILE_SIZE - CHECK_SIZE);
      randombytes_buf (bytes + AT_SALT, AT_OPERATIONS - AT_SALT);
      put_u64 (bytes + AT_OPERATIONS, costs[cost].operations);
      put_u64 (bytes + AT_MEMORY, costs[cost].memory);
    }
  ok = password == NULL || apply_password (bytes, password, error);
  if (ok)
    line = ek_minisign_encode (bytes, sizeof bytes);
  sodium_memzero (bytes, sizeof bytes);

  return ok ? g_strdup_printf (EK_MINISIGN_UNTRUSTED "minisign %s secret key\n%s\n",
                               password != NULL ? "encrypted" : "unencrypted", line)
            : NULL;
}

/**
 * ek_secret_key_get_public:
 * @key: (out caller-allocates): what others need to verify
 */
void
ek_secret_key_get_public (EkSecretKey *self, EkPublicKey *key)
{
  memcpy (key->id, self->id, sizeof key->id);
  crypto_sign_ed25519_sk_to_pk (key->key, self->secret);
}

static char *
format_signature (EkSecretKey *self, const guint8 *signature, const char *comment)
{
  gsize length = strlen (comment);
  g_autofree guint8 *signed_bytes = g_malloc (EK_MINISIGN_SIGNATURE_SIZE + length);
  guint8 bytes[2 + EK_MINISIGN_ID_SIZE + EK_MINISIGN_SIGNATURE_SIZE];
  guint8 global[EK_MINISIGN_SIGNATURE_SIZE];
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  memcpy (bytes, EK_MINISIGN_PREHASHED, 2);
  memcpy (bytes + 2, self->id, sizeof self->id);
  memcpy (bytes + 2 + sizeof self->id, signature, EK_MINISIGN_SIGNATURE_SIZE);
  memcpy (signed_bytes, signature, EK_MINISIGN_SIGNATURE_SIZE);
  memcpy (signed_bytes + EK_MINISIGN_SIGNATURE_SIZE, comment, length);
  crypto_sign_detached (global, NULL, signed_bytes, EK_MINISIGN_SIGNATURE_SIZE + length,
                        self->secret);
  first = ek_minisign_encode (bytes, sizeof bytes);
  second = ek_minisign_encode (global, sizeof global);
  return g_strdup_printf (EK_MINISIGN_UNTRUSTED
                          "signature from EchoKit Flasher\n%s\n" EK_MINISIGN_TRUSTED "%s\n%s\n",
                          first, comment, second);
}

/**
 * ek_secret_key_sign:
 * @data: (array length=size): what to sign
 * @trusted_comment: one line of UTF-8, signed too
 *
 * Returns: (transfer full): a .minisig file, prehashed, or %NULL with %EK_ERROR_INVALID_ARGUMENT for a
 *   comment that is no line
 */
char *
ek_secret_key_sign (EkSecretKey *self,
                    const guint8 *data,
                    gsize size,
                    const char *trusted_comment,
                    GError **error)
{
  guint8 hash[crypto_generichash_BYTES_MAX];
  guint8 signature[EK_MINISIGN_SIGNATURE_SIZE];

  if (strlen (trusted_comment) > 4096 || !g_utf8_validate (trusted_comment, -1, NULL) ||
      strpbrk (trusted_comment, "\r\n") != NULL)
    {
      refuse (error, "the comment of a signature is one line of text");
      return NULL;
    }

  crypto_generichash (hash, sizeof hash, data, size, NULL, 0);
  crypto_sign_detached (signature, NULL, hash, sizeof hash, self->secret);
  return format_signature (self, signature, trusted_comment);
}
