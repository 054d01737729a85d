/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trusted keys: those built in, those in the person's folder of keys, and those of this one call. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-keyring.h"

#include <string.h>

#define SUFFIX ".pub"

/* Keys that everybody's copy of this program trusts: name, and the key in base64. There is none yet: as
 * of today nobody publishes signed EchoKit firmware. */
static const struct
{
  const char *name;
  const char *key;
} built_in[] = {
  { NULL, NULL },
};

typedef struct
{
  char *name;
  EkPublicKey key;
} TrustedKey;

struct _EkKeyring
{
  GObject parent_instance;

  GMutex lock; /* readers of firmware run on threads of their own */
  GArray *keys;
};

G_DEFINE_FINAL_TYPE (EkKeyring, ek_keyring, G_TYPE_OBJECT)

static const char *const state_names[] = {
  [EK_SIGNATURE_NONE] = "none",
  [EK_SIGNATURE_UNKNOWN_KEY] = "unknown-key",
  [EK_SIGNATURE_TRUSTED] = "trusted",
};

static void
trusted_key_clear (gpointer data)
{
  g_free (((TrustedKey *) data)->name);
}

static void
ek_keyring_finalize (GObject *object)
{
  EkKeyring *self = EK_KEYRING (object);

  g_array_unref (self->keys);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (ek_keyring_parent_class)->finalize (object);
}

static void
ek_keyring_class_init (EkKeyringClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_keyring_finalize;
}

static void
ek_keyring_init (EkKeyring *self)
{
  g_mutex_init (&self->lock);
  self->keys = g_array_new (FALSE, FALSE, sizeof (TrustedKey));
  g_array_set_clear_func (self->keys, trusted_key_clear);
}

static gboolean
add_text (EkKeyring *self, const char *name, const char *text, gsize size, GError **error)
{
  TrustedKey trusted;

  if (!ek_public_key_parse (text, size, &trusted.key, error))
    return FALSE;

  trusted.name = name != NULL ? g_strdup (name) : ek_minisign_id_to_text (trusted.key.id);
  g_mutex_lock (&self->lock);
  g_array_append_val (self->keys, trusted);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* A person's key is called as its file is: "Anna.pub" is Anna's. */
static char *
name_from_path (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_str_has_suffix (base, SUFFIX)
                              ? g_strndup (base, strlen (base) - strlen (SUFFIX))
                              : g_strdup (base);

  return g_utf8_make_valid (name, -1);
}

static gboolean
add_file (EkKeyring *self, const char *path, GError **error)
{
  g_autofree char *name = name_from_path (path);
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND, "%s is no file", path);
      return FALSE;
    }
  if (!g_file_get_contents (path, &text, &size, error))
    {
      ek_error_convert (error);
      return FALSE;
    }
  if (!add_text (self, name, text, size, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  return TRUE;
}

static EkKeyring *
new_default (void)
{
  EkKeyring *self = ek_keyring_new ();
  g_autofree char *folder =
      g_build_filename (g_get_user_config_dir (), "echokit-flasher", "trusted-keys", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++)
    if (built_in[i].key != NULL)
      add_text (self, built_in[i].name, built_in[i].key, strlen (built_in[i].key), NULL);
  ek_keyring_add_folder (self, folder);
  return self;
}

/**
 * ek_keyring_new:
 *
 * Returns: (transfer full): one that trusts nobody
 */
EkKeyring *
ek_keyring_new (void)
{
  return g_object_new (EK_TYPE_KEYRING, NULL);
}

/**
 * ek_keyring_get_default:
 *
 * The keys that count in this process: those built in, and those in the folder
 * echokit-flasher/trusted-keys of the person's settings, as they are at the first call.
 *
 * Returns: (transfer none): may be used from any thread
 */
EkKeyring *
ek_keyring_get_default (void)
{
  static gsize keyring = 0;

  if (g_once_init_enter (&keyring))
    g_once_init_leave (&keyring, (gsize) new_default ());

  return (EkKeyring *) keyring;
}

/**
 * ek_keyring_add:
 * @file_or_key: a file with a public key, or the key itself in base64
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_FILE_NOT_FOUND or
 *   %EK_ERROR_FILE_UNREADABLE
 */
gboolean
ek_keyring_add (EkKeyring *self, const char *file_or_key, GError **error)
{
  EkPublicKey key;

  g_return_val_if_fail (EK_IS_KEYRING (self), FALSE);

  if (ek_public_key_parse (file_or_key, strlen (file_or_key), &key, NULL))
    return add_text (self, NULL, file_or_key, strlen (file_or_key), error);

  return add_file (self, file_or_key, error);
}

/**
 * ek_keyring_add_folder:
 * @path: may be missing
 *
 * Adds every key in the files NAME.pub. One that can't be read trusts nobody, which is safe: it is noted
 * in the log.
 */
void
ek_keyring_add_folder (EkKeyring *self, const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  g_return_if_fail (EK_IS_KEYRING (self));

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autoptr (GError) error = NULL;

      if (g_str_has_suffix (name, SUFFIX) && !add_file (self, file, &error))
        g_warning ("a trusted key can't be read: %s", error->message);
    }
}

guint
ek_keyring_get_n_keys (EkKeyring *self)
{
  guint n;

  g_return_val_if_fail (EK_IS_KEYRING (self), 0);

  g_mutex_lock (&self->lock);
  n = self->keys->len;
  g_mutex_unlock (&self->lock);
  return n;
}

/**
 * EkCheck:
 *
 * What came of trying the keys.
 */
typedef struct
{
  gboolean is_named;    /* the signature says it is by a trusted key */
  gboolean is_verified; /* a trusted key did sign this */
  gboolean is_both;     /* and it is the one that the signature names */
  char *signer;
} Check;

/* All are tried, whichever id the signature bears: so an id that was changed is noticed. */
static void
try_keys (EkKeyring *self, const EkSignature *signature, GBytes *bytes, Check *check)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (guint i = 0; i < self->keys->len && !check->is_both; i++)
    {
      const TrustedKey *trusted = &g_array_index (self->keys, TrustedKey, i);
      gboolean named = memcmp (trusted->key.id, signature->id, sizeof signature->id) == 0;
      gboolean verified = ek_signature_verify (signature, &trusted->key, data, size);

      check->is_named = check->is_named || named;
      check->is_verified = check->is_verified || verified;
      check->is_both = named && verified;
      if (check->is_both)
        check->signer = g_strdup (trusted->name);
    }
}

/**
 * ek_keyring_check:
 * @bytes: what is said to be signed
 * @signer: (out) (nullable) (transfer full): whose key it was, if it is trusted
 *
 * Returns: %EK_SIGNATURE_TRUSTED, %EK_SIGNATURE_UNKNOWN_KEY, or %EK_SIGNATURE_NONE with
 *   %EK_ERROR_SIGNATURE_WRONG if the signature, its comment or its key's id was changed, or the bytes
 */
EkSignatureState
ek_keyring_check (EkKeyring *self,
                  const EkSignature *signature,
                  GBytes *bytes,
                  char **signer,
                  GError **error)
{
  Check check = { 0 };

  g_return_val_if_fail (EK_IS_KEYRING (self), EK_SIGNATURE_NONE);

  g_mutex_lock (&self->lock);
  try_keys (self, signature, bytes, &check);
  g_mutex_unlock (&self->lock);

  *signer = check.signer;
  if (check.is_both)
    return EK_SIGNATURE_TRUSTED;
  if (!check.is_named && !check.is_verified)
    return EK_SIGNATURE_UNKNOWN_KEY;

  g_set_error (error, EK_ERROR, EK_ERROR_SIGNATURE_WRONG,
               check.is_named ? "these are not the bytes that were signed"
                              : "the signature bears another key's id than the one that made it");
  return EK_SIGNATURE_NONE;
}

/**
 * ek_signature_state_name:
 *
 * Returns: (transfer none): for scripts: "none", "unknown-key" or "trusted"
 */
const char *
ek_signature_state_name (EkSignatureState state)
{
  return state_names[state];
}
