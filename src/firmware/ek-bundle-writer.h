/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle as a file to give away: a flash bundle, as doc/bundle-format.md has it. */
#pragma once

#include "ek-bundle.h"
#include "ek-secret-key.h"

G_BEGIN_DECLS

/**
 * EkBundleDescription:
 * @name: (nullable): of the firmware
 * @board: (nullable): %NULL: what the bundle knows
 * @version: (nullable): %NULL: what the bundle knows
 * @created: (nullable): a time in ISO 8601
 *
 * What the bytes don't say.
 */
typedef struct
{
  const char *name;
  const char *board;
  const char *version;
  const char *created;
} EkBundleDescription;

GHashTable *
ek_bundle_write_files (EkBundle *self, const EkBundleDescription *description, GError **error);
gboolean
ek_bundle_sign_files (GHashTable *files, EkSecretKey *key, const char *comment, GError **error);

G_END_DECLS
