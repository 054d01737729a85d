/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who signed a bundle's manifest, and with it every file that the manifest has the hash of. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

/**
 * ek_bundle_check_signature:
 * @set: that the manifest was in
 * @manifest: its bytes
 *
 * Sets what is known of the signer, by the keys of ek_keyring_get_default().
 *
 * Returns: %FALSE with %EK_ERROR_SIGNATURE_WRONG if there is a signature and it is wrong or can't be
 *   read, or what reading it gives
 */
gboolean
ek_bundle_check_signature (EkBundle *self,
                           EkFileSet *set,
                           GBytes *manifest,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (EkSignature) signature = NULL;

  self->signature.signable = TRUE;
  if (!ek_file_set_has (set, EK_BUNDLE_SIGNATURE))
    return TRUE;

  if (!(text = ek_file_set_read (set, EK_BUNDLE_SIGNATURE, cancellable, error)) ||
      !(signature = ek_signature_new_from_text (g_bytes_get_data (text, NULL),
                                                g_bytes_get_size (text), error)))
    return FALSE;

  self->signature.state = ek_keyring_check (ek_keyring_get_default (), signature, manifest,
                                            &self->signature.signer, &problem);
  if (problem != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&problem), "%s: ", self->source);
      return FALSE;
    }

  self->signature.key_id = ek_minisign_id_to_text (signature->id);
  if (self->signature.state == EK_SIGNATURE_TRUSTED)
    self->signature.comment = g_strdup (signature->trusted_comment);
  return TRUE;
}
