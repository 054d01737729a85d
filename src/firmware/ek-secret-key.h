/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A maker's key: signs, and is kept in minisign's file, usually under a password. */
#pragma once

#include "ek-minisign.h"

G_BEGIN_DECLS

/**
 * EkSecretKeyCost:
 *
 * What a password costs to try: fast for tests, as the minisign program for people.
 */
typedef enum
{
  EK_SECRET_KEY_COST_LOW,
  EK_SECRET_KEY_COST_HIGH,
} EkSecretKeyCost;

typedef struct _EkSecretKey EkSecretKey;

EkSecretKey *ek_secret_key_new (void);
EkSecretKey *
ek_secret_key_new_from_text (const char *text, gsize size, const char *password, GError **error);
void ek_secret_key_free (EkSecretKey *self);
gboolean
ek_secret_key_is_encrypted (const char *text, gsize size, gboolean *encrypted, GError **error);
char *ek_secret_key_to_text (EkSecretKey *self,
                             const char *password,
                             EkSecretKeyCost cost,
                             GError **error);
void ek_secret_key_get_public (EkSecretKey *self, EkPublicKey *key);
char *ek_secret_key_sign (EkSecretKey *self,
                          const guint8 *data,
                          gsize size,
                          const char *trusted_comment,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkSecretKey, ek_secret_key_free)

G_END_DECLS
