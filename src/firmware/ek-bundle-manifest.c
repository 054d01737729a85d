/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle from a flash bundle: its manifest, and the files that the manifest vouches for, each by
 * size and SHA-256. Nothing else in it is used. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include <string.h>

#include "ek-archive.h"
#include "ek-board.h"
#include "ek-bytes.h"
#include "ek-image-format.h"
#include "ek-manifest.h"

/* Where the files of some bundles are though their manifest doesn't say so. */
#define FILES_PREFIX "files/"

typedef struct
{
  EkBundle *bundle;
  EkFileSet *set;
  EkManifest *manifest;
  GHashTable *used; /* names of files */
  GArray *files;    /* of EkPlacedFile */
} ManifestReader;

/* The name under which the set has it. */
static char *
find_file (EkFileSet *set, const char *file, GError **error)
{
  g_autofree char *clean = ek_archive_clean_name (file, ek_file_set_get_source (set), error);
  g_autofree char *below = NULL;

  if (clean == NULL)
    return NULL;

  below = g_strconcat (FILES_PREFIX, clean, NULL);
  return g_strdup (!ek_file_set_has (set, clean) && ek_file_set_has (set, below) ? below : clean);
}

static gboolean
check_segment (const EkManifestSegment *segment, GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint8 hash[EK_IMAGE_HASH_SIZE];

  if (segment->has_size && size != segment->size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "%s has %zu bytes; its manifest says %u", segment->file, size, segment->size);
      return FALSE;
    }
  if (size == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED, "%s is empty", segment->file);
      return FALSE;
    }

  ek_image_sha256 (data, size, hash);
  if (memcmp (hash, segment->sha256, sizeof hash) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
               "%s has not the SHA-256 that its manifest says", segment->file);
  return FALSE;
}

/* Whatever is wrong with a file that the manifest names, the bundle is not what it should be. */
static GBytes *
read_file (ManifestReader *self, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GBytes *bytes = ek_file_set_read (self->set, name, cancellable, &problem);

  if (bytes != NULL)
    return bytes;

  if (problem->code == EK_ERROR_FILE_NOT_FOUND || problem->code == EK_ERROR_NOT_FIRMWARE)
    problem->code = EK_ERROR_FIRMWARE_DAMAGED;
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static gboolean
read_segment (ManifestReader *self,
              const EkManifestSegment *segment,
              GCancellable *cancellable,
              GError **error)
{
  g_autofree char *name = find_file (self->set, segment->file, error);
  EkPlacedFile file = {
    .offset = segment->offset, .path = segment->file, .name = segment->name, .padded = TRUE
  };

  if (name == NULL || !(file.bytes = read_file (self, name, cancellable, error)))
    return FALSE;

  g_array_append_val (self->files, file);
  if (!g_hash_table_add (self->used, g_steal_pointer (&name)))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED, "%s is in the manifest twice",
                   segment->file);
      return FALSE;
    }

  return check_segment (segment, file.bytes, error);
}

static gboolean
read_segments (ManifestReader *self, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < self->manifest->segments->len; i++)
    if (!read_segment (self, g_ptr_array_index (self->manifest->segments, i), cancellable, error))
      return FALSE;

  return TRUE;
}

/* An archive was made for this one purpose; a folder may be anybody's, and what else is in it doesn't
 * concern us. */
static gboolean
check_unlisted (ManifestReader *self, GError **error)
{
  g_auto (GStrv) names = NULL;

  if (ek_file_set_is_folder (self->set))
    return TRUE;
  if (!(names = ek_file_set_list_names (self->set, NULL, error)))
    return FALSE;

  for (guint i = 0; names[i] != NULL; i++)
    if (!g_hash_table_contains (self->used, names[i]) &&
        !g_str_equal (names[i], EK_BUNDLE_MANIFEST) && !g_str_equal (names[i], EK_BUNDLE_SIGNATURE))
      {
        g_set_error (error, EK_ERROR, EK_ERROR_ARCHIVE_UNSAFE, "%s: \"%s\" is not in its manifest",
                     self->bundle->source, names[i]);
        return FALSE;
      }

  return TRUE;
}

static gboolean
check_preserved (ManifestReader *self, GError **error)
{
  for (guint i = 0; i < self->manifest->preserve->len; i++)
    {
      const EkManifestRange *range = g_ptr_array_index (self->manifest->preserve, i);

      for (guint j = 0; j < self->files->len; j++)
        {
          const EkPlacedFile *file = &g_array_index (self->files, EkPlacedFile, j);

          if (file->offset < (guint64) range->offset + range->size &&
              (guint64) file->offset + g_bytes_get_size (file->bytes) > range->offset)
            {
              g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_OVERLAP,
                           "%s at 0x%x overlaps 0x%x to 0x%x, which the bundle says it preserves",
                           file->path, file->offset, range->offset, range->offset + range->size);
              return FALSE;
            }
        }
    }

  return TRUE;
}

static gboolean
check_elf_hash (ManifestReader *self, GError **error)
{
  const EkAppImage *app = ek_bundle_get_app (self->bundle);
  g_autofree char *hash = NULL;

  if (self->manifest->elf_sha256 == NULL || app == NULL || !app->has_description)
    return TRUE;

  hash = ek_bytes_hex (app->description.elf_sha256, sizeof app->description.elf_sha256);
  if (g_ascii_strcasecmp (hash, self->manifest->elf_sha256) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
               "the app was made from the ELF %s, not from %s as the manifest says", hash,
               self->manifest->elf_sha256);
  return FALSE;
}

/* What the manifest says of the whole. A board that we know goes by our name for it. */
static void
take_description (ManifestReader *self)
{
  EkBundle *bundle = self->bundle;
  const char *board = ek_board_from_alias (self->manifest->board);

  bundle->name = g_strdup (self->manifest->name);
  bundle->version = g_strdup (self->manifest->version);
  if (board != NULL)
    ek_bundle_set_board (bundle, board);
  ek_bundle_note_completeness (bundle);
}

/**
 * ek_bundle_read_manifest:
 * @set: that the manifest was in
 * @root: the manifest's object
 *
 * Reads the segments that a manifest of ek-manifest.h lists. Settings among them give way to the
 * owner's, as those in a merged image do.
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_ARCHIVE_UNSAFE (a file of an archive is
 *   not in the manifest), %EK_ERROR_SIGNATURE_WRONG, %EK_ERROR_FIRMWARE_OVERLAP, %EK_ERROR_FIRMWARE_WRONG_CHIP,
 *   %EK_ERROR_NOT_FIRMWARE (a newer format), or what reading the files gives
 */
gboolean
ek_bundle_read_manifest (EkBundle *self,
                         EkFileSet *set,
                         GBytes *text,
                         JsonObject *root,
                         GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (EkManifest) manifest = NULL;
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) files = ek_placed_files_new ();
  ManifestReader reader = { self, set, NULL, used, files };

  /* before anything in it is believed */
  if (!ek_bundle_check_signature (self, set, text, cancellable, error) ||
      !(manifest = reader.manifest = ek_manifest_new_from_json (root, error)))
    return FALSE;

  if (!read_segments (&reader, cancellable, error) || !check_unlisted (&reader, error) ||
      !check_preserved (&reader, error) || !ek_bundle_add_placed_files (self, files, error) ||
      (manifest->chip != NULL && !ek_bundle_set_chip (self, manifest->chip, error)) ||
      !check_elf_hash (&reader, error))
    return FALSE;

  take_description (&reader);
  return TRUE;
}
