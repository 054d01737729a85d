/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures and keys in minisign's format: Ed25519, as the minisign program and signify's readers have
 * it. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_MINISIGN_ID_SIZE        8
#define EK_MINISIGN_KEY_SIZE       32
#define EK_MINISIGN_SIGNATURE_SIZE 64
#define EK_MINISIGN_MAX_FILE       16384 /* bytes of a key's or a signature's file */

/**
 * EkPublicKey:
 * @id: random; tells keys apart and proves nothing
 */
typedef struct
{
  guint8 id[EK_MINISIGN_ID_SIZE];
  guint8 key[EK_MINISIGN_KEY_SIZE];
} EkPublicKey;

/**
 * EkSignature:
 * @id: of the key that is said to have made it
 * @prehashed: whether the BLAKE2b-512 was signed, not the bytes themselves
 * @global: over @signature and @trusted_comment
 * @trusted_comment: what the signer said, in UTF-8
 */
typedef struct
{
  guint8 id[EK_MINISIGN_ID_SIZE];
  gboolean prehashed;
  guint8 signature[EK_MINISIGN_SIGNATURE_SIZE];
  guint8 global[EK_MINISIGN_SIGNATURE_SIZE];
  char *trusted_comment;
} EkSignature;

gboolean ek_public_key_parse (const char *text, gsize size, EkPublicKey *key, GError **error);
char *ek_public_key_to_text (const EkPublicKey *key);
char *ek_public_key_to_base64 (const EkPublicKey *key);
char *ek_minisign_id_to_text (const guint8 *id);

EkSignature *ek_signature_new_from_text (const char *text, gsize size, GError **error);
void ek_signature_free (EkSignature *self);
gboolean ek_signature_verify (const EkSignature *self,
                              const EkPublicKey *key,
                              const guint8 *data,
                              gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkSignature, ek_signature_free)

G_END_DECLS
