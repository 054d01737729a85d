/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest of a flash bundle: what is in it, where it goes, and the hash of every file. The format
 * is written down in doc/bundle-format.md. Private to this folder and its tests. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_MANIFEST_FORMAT       "echokit-flash-bundle"
#define EK_MANIFEST_VERSION      1
#define EK_MANIFEST_MAX_SIZE     (256u * 1024)
#define EK_MANIFEST_MAX_SEGMENTS 64
#define EK_MANIFEST_MAX_TEXT     256 /* bytes of a text */

/**
 * EkManifestSegment:
 * @name: (nullable): such as "bootloader"
 * @offset: first byte on the flash, a multiple of 4096
 * @file: relative to the manifest
 * @has_size: whether @size is known
 * @sha256: of the file, raw
 */
typedef struct
{
  char *name;
  guint32 offset;
  char *file;
  gboolean has_size;
  guint32 size;
  guint8 sha256[32];
} EkManifestSegment;

/**
 * EkManifestRange:
 *
 * A place on the flash that the bundle leaves alone.
 */
typedef struct
{
  char *name;
  guint32 offset;
  guint32 size;
} EkManifestRange;

/**
 * EkManifest:
 *
 * Texts are %NULL where the manifest doesn't say.
 */
typedef struct
{
  char *name;
  char *board;
  char *version;
  char *idf_version;
  char *elf_sha256;
  char *created;
  char *chip;
  gint64 min_chip_rev; /* major * 100 + minor; -1: not said */
  char *flash_mode;
  char *flash_freq;
  char *flash_size;
  GPtrArray *segments; /* of EkManifestSegment */
  GPtrArray *preserve; /* of EkManifestRange */
} EkManifest;

EkManifest *ek_manifest_new (void);
EkManifest *ek_manifest_new_from_json (JsonObject *root, GError **error);
void ek_manifest_free (EkManifest *self);
EkManifestSegment *ek_manifest_add_segment (EkManifest *self, const char *name, const char *file);
void ek_manifest_add_preserved (EkManifest *self, const char *name, guint32 offset, guint32 size);
GBytes *ek_manifest_write (EkManifest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkManifest, ek_manifest_free)

G_END_DECLS
