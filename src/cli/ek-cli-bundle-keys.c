/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A maker's keys in files: made, and read with their password. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-bundle.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ek-cli-secret.h"
#include "ek-cli-write.h"

static char *
read_key_file (const char *path, gsize *size, GError **error)
{
  char *text;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND, "%s is no file", path);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, size, error))
    {
      ek_error_convert (error);
      return NULL;
    }

  return text;
}

/**
 * ek_cli_key_read:
 *
 * Reads the secret key, and asks for its password if it has one.
 *
 * Returns: (transfer full): the key, or %NULL with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_FILE_NOT_FOUND,
 *   %EK_ERROR_FILE_UNREADABLE or %EK_ERROR_CANCELLED
 */
EkSecretKey *
ek_cli_key_read (const EkCliKey *key, GError **error)
{
  EkSecretKey *secret = NULL;
  char *password = NULL;
  gboolean encrypted;
  gsize size;
  char *text = read_key_file (key->path, &size, error);

  if (text == NULL)
    return NULL;

  if (ek_secret_key_is_encrypted (text, size, &encrypted, error) &&
      (!encrypted ||
       (password = ek_cli_read_secret (_ ("Password of the key:"), key->from_input, error))))
    secret = ek_secret_key_new_from_text (text, size, password, error);

  if (secret == NULL)
    g_prefix_error (error, "%s: ", key->path);
  ek_cli_free_secret (password);
  ek_cli_free_secret (text);
  return secret;
}

static char *
ask_new_password (const EkCliKey *key, GError **error)
{
  char *password = ek_cli_read_secret (_ ("New password for the key:"), key->from_input, error);
  char *again;

  if (password == NULL || key->from_input)
    return password;

  again = ek_cli_read_secret (_ ("Once more:"), FALSE, error);
  if (again != NULL && g_str_equal (password, again))
    {
      ek_cli_free_secret (again);
      return password;
    }

  if (again != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "the two passwords differ");
  ek_cli_free_secret (password);
  ek_cli_free_secret (again);
  return NULL;
}

static gboolean
check_new (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "%s exists: a key is not written over",
               path);
  return FALSE;
}

static gboolean
write_keys (const EkCliKey *key,
            const char *public_path,
            EkSecretKey *secret,
            const char *password,
            GError **error)
{
  EkPublicKey public_key;
  char *public_text;
  g_autoptr (GBytes) public_bytes = NULL;
  g_autoptr (GBytes) secret_bytes = NULL;
  char *text = ek_secret_key_to_text (secret, password, EK_SECRET_KEY_COST_HIGH, error);
  gboolean ok;

  if (text == NULL)
    return FALSE;

  ek_secret_key_get_public (secret, &public_key);
  public_text = ek_public_key_to_text (&public_key);
  public_bytes = g_bytes_new_take (public_text, strlen (public_text));
  secret_bytes = g_bytes_new_static (text, strlen (text));
  ok = ek_cli_write_file (key->path, secret_bytes, G_FILE_SET_CONTENTS_DURABLE, 0600, error) &&
       ek_cli_write_file (public_path, public_bytes, G_FILE_SET_CONTENTS_DURABLE, 0644, error);
  ek_cli_free_secret (text);
  return ok;
}

/**
 * ek_cli_key_create:
 * @public_path: where the part goes that others get
 *
 * Makes a new pair of keys. Writes over nothing.
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT, %EK_ERROR_FILE_WRITE, %EK_ERROR_DISK_FULL or
 *   %EK_ERROR_CANCELLED
 */
gboolean
ek_cli_key_create (const EkCliKey *key, const char *public_path, GError **error)
{
  g_autoptr (EkSecretKey) secret = NULL;
  char *password = NULL;
  gboolean ok;

  if (!check_new (key->path, error) || !check_new (public_path, error))
    return FALSE;
  if (!key->unprotected && !(password = ask_new_password (key, error)))
    return FALSE;

  secret = ek_secret_key_new ();
  ok = write_keys (key, public_path, secret, password, error);
  ek_cli_free_secret (password);
  return ok;
}
