/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys that are trusted to sign firmware, by the names of those they belong to. */
#pragma once

#include "ek-minisign.h"

G_BEGIN_DECLS

/**
 * EkSignatureState:
 *
 * What is known about who made something. A signature that is wrong is not here: it is an error.
 */
typedef enum
{
  EK_SIGNATURE_NONE,        /* not signed */
  EK_SIGNATURE_UNKNOWN_KEY, /* signed by a key that is not trusted: as good as not signed */
  EK_SIGNATURE_TRUSTED,     /* signed by a trusted key, and nothing was changed since */
} EkSignatureState;

#define EK_TYPE_KEYRING (ek_keyring_get_type ())
G_DECLARE_FINAL_TYPE (EkKeyring, ek_keyring, EK, KEYRING, GObject)

EkKeyring *ek_keyring_new (void);
EkKeyring *ek_keyring_get_default (void);
gboolean ek_keyring_add (EkKeyring *self, const char *file_or_key, GError **error);
void ek_keyring_add_folder (EkKeyring *self, const char *path);
guint ek_keyring_get_n_keys (EkKeyring *self);
EkSignatureState ek_keyring_check (EkKeyring *self,
                                   const EkSignature *signature,
                                   GBytes *bytes,
                                   char **signer,
                                   GError **error);
const char *ek_signature_state_name (EkSignatureState state);

G_END_DECLS
