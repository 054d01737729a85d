/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trusted keys of a call, and how a signature is told. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-trust.h"

#include <glib/gi18n.h>

#include "ek-cli-json.h"

/**
 * ek_cli_trust_apply:
 *
 * To be called before firmware is opened.
 *
 * Returns: %FALSE with an error as of ek_keyring_add()
 */
gboolean
ek_cli_trust_apply (const EkCliTrust *trust, GError **error)
{
  for (guint i = 0; trust->keys != NULL && trust->keys[i] != NULL; i++)
    if (!ek_keyring_add (ek_keyring_get_default (), trust->keys[i], error))
      return FALSE;

  return TRUE;
}

/**
 * ek_cli_trust_check:
 *
 * Returns: %FALSE with %EK_ERROR_SIGNATURE_MISSING if a signature is needed and there is none that counts
 */
gboolean
ek_cli_trust_check (const EkCliTrust *trust, EkBundle *bundle, GError **error)
{
  const EkBundleSignature *signature = ek_bundle_get_signature (bundle);

  if (!trust->required || signature->state == EK_SIGNATURE_TRUSTED)
    return TRUE;

  if (signature->state == EK_SIGNATURE_NONE)
    g_set_error (error, EK_ERROR, EK_ERROR_SIGNATURE_MISSING, "%s is not signed",
                 ek_bundle_get_source (bundle));
  else
    g_set_error (error, EK_ERROR, EK_ERROR_SIGNATURE_MISSING,
                 "%s is signed with the key %s, which is not trusted",
                 ek_bundle_get_source (bundle), signature->key_id);
  return FALSE;
}

/**
 * ek_cli_trust_describe:
 *
 * Returns: (transfer full): who signed it, for people
 */
char *
ek_cli_trust_describe (EkBundle *bundle)
{
  const EkBundleSignature *signature = ek_bundle_get_signature (bundle);

  switch (signature->state)
    {
    case EK_SIGNATURE_TRUSTED:
      return g_strdup_printf (_ ("signed by %s (%s)"), signature->signer, signature->comment);
    case EK_SIGNATURE_UNKNOWN_KEY:
      return g_strdup_printf (_ ("signed with a key that is not trusted (%s)"), signature->key_id);
    case EK_SIGNATURE_NONE:
    default:
      return g_strdup (_ ("not signed"));
    }
}

/**
 * ek_cli_trust_add_json:
 *
 * Adds `signature`: `state`, and where they are known `key_id`, `signer` and `comment`.
 */
void
ek_cli_trust_add_json (JsonBuilder *builder, EkBundle *bundle)
{
  const EkBundleSignature *signature = ek_bundle_get_signature (bundle);

  json_builder_set_member_name (builder, "signature");
  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "state", ek_signature_state_name (signature->state));
  if (signature->key_id != NULL)
    ek_cli_json_text (builder, "key_id", signature->key_id);
  if (signature->signer != NULL)
    ek_cli_json_text (builder, "signer", signature->signer);
  if (signature->comment != NULL)
    ek_cli_json_text (builder, "comment", signature->comment);
  json_builder_end_object (builder);
}
