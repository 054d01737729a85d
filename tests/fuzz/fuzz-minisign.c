/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and signatures. Nobody has signed what is checked here. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-minisign.h"
#include "ek-secret-key.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EkSignature) signature = ek_signature_new_from_text ((const char *) data, size, NULL);
  EkPublicKey key = { { 0 }, { 0 } };
  gboolean encrypted;

  if (ek_public_key_parse ((const char *) data, size, &key, NULL))
    {
      g_autofree char *line = ek_public_key_to_base64 (&key);
      EkPublicKey again;

      fuzz_check (ek_public_key_parse (line, strlen (line), &again, NULL));
      fuzz_check (memcmp (&key, &again, sizeof key) == 0);
    }
  if (signature != NULL)
    ek_signature_verify (signature, &key, data, size);
  if (ek_secret_key_is_encrypted ((const char *) data, size, &encrypted, NULL) && !encrypted)
    {
      g_autoptr (EkSecretKey) secret =
          ek_secret_key_new_from_text ((const char *) data, size, NULL, NULL);

      if (secret != NULL)
        ek_secret_key_get_public (secret, &key);
    }
  return 0;
}
