/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the files of a flash bundle: every segment, and the manifest with their places and hashes. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-writer.h"

#include <string.h>

#include "ek-bundle-private.h"
#include "ek-bytes.h"
#include "ek-image-chip.h"
#include "ek-manifest.h"

static const char *const flash_modes[] = { "qio", "qout", "dio", "dout" };

/* A name that is harmless in every file system, and unlike those before it. */
static char *
name_file (GHashTable *files, const char *segment)
{
  g_autofree char *plain = g_ascii_strdown (segment, -1);
  char *name;

  g_strcanon (plain, "abcdefghijklmnopqrstuvwxyz0123456789-_.", '-');
  while (*plain == '.')
    *plain = '-';
  name = g_strdup_printf ("files/%.64s.bin", plain);
  for (guint n = 2; g_hash_table_contains (files, name); n++)
    {
      g_free (name);
      name = g_strdup_printf ("files/%.64s-%u.bin", plain, n);
    }

  return name;
}

static gboolean
add_segment (GHashTable *files, EkManifest *manifest, const EkSegment *segment, GError **error)
{
  EkManifestSegment *entry;
  char *file;

  if (segment->offset == EK_SEGMENT_OFFSET_AUTO)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "\"%s\" has no address: a bundle says of every part where it goes; give it as "
                   "ADDRESS FILE",
                   segment->name);
      return FALSE;
    }

  file = name_file (files, segment->name);
  entry = ek_manifest_add_segment (manifest, segment->name, file);
  entry->offset = segment->offset;
  entry->size = (guint32) g_bytes_get_size (segment->data);
  entry->has_size = TRUE;
  memcpy (entry->sha256, segment->sha256, sizeof entry->sha256);
  g_hash_table_insert (files, file, g_bytes_ref (segment->data));
  return TRUE;
}

static gboolean
is_written (EkBundle *bundle, const EkPartition *partition)
{
  for (guint i = 0; i < bundle->segments->len; i++)
    {
      const EkSegment *segment = g_ptr_array_index (bundle->segments, i);

      if (segment->offset < (guint64) partition->offset + partition->size &&
          (guint64) segment->offset + g_bytes_get_size (segment->data) > partition->offset)
        return TRUE;
    }

  return FALSE;
}

/* The owner's settings, where the bundle brings none. */
static void
add_preserved (EkManifest *manifest, EkBundle *bundle)
{
  for (guint i = 0;
       bundle->table != NULL && i < ek_partition_table_get_n_partitions (bundle->table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (bundle->table, i);

      if (partition->type == EK_PARTITION_TYPE_DATA &&
          partition->subtype == EK_PARTITION_SUBTYPE_NVS && !is_written (bundle, partition))
        ek_manifest_add_preserved (manifest, partition->label, partition->offset, partition->size);
    }
}

static guint
flash_megahertz (const EkImageChip *chip, guint8 nibble)
{
  guint index = nibble == 0xf ? 3 : nibble;

  return chip != NULL && index < G_N_ELEMENTS (chip->frequencies) ? chip->frequencies[index] : 0;
}

static void
add_flash_settings (EkManifest *manifest, const EkAppImage *image, const EkImageChip *chip)
{
  guint megahertz = flash_megahertz (chip, image->flash_frequency);

  if (image->flash_mode < G_N_ELEMENTS (flash_modes))
    manifest->flash_mode = g_strdup (flash_modes[image->flash_mode]);
  if (megahertz != 0)
    manifest->flash_freq = g_strdup_printf ("%um", megahertz);
  if (image->flash_size != 0)
    manifest->flash_size = g_strdup_printf ("%uMB", image->flash_size >> 20);
}

static void
add_images (EkManifest *manifest, EkBundle *bundle)
{
  const EkAppImage *settings = ek_bundle_get_bootloader (bundle);
  const EkImageChip *chip = NULL;
  guint16 chip_id;

  if (ek_bundle_get_chip_id (bundle, &chip_id) &&
      (chip = ek_image_chip_find_by_image_id (chip_id)) != NULL)
    manifest->chip = g_strdup (chip->id);
  if (settings == NULL)
    settings = ek_bundle_get_app (bundle);
  if (settings != NULL)
    add_flash_settings (manifest, settings, chip);

  if (bundle->has_app)
    manifest->min_chip_rev = bundle->app.min_revision;
  if (bundle->has_app && bundle->app.has_description)
    {
      manifest->idf_version = g_strdup (bundle->app.description.idf_version);
      manifest->elf_sha256 = ek_bytes_hex (bundle->app.description.elf_sha256,
                                           sizeof bundle->app.description.elf_sha256);
    }
}

static const char *
first_of (const char *a, const char *b)
{
  return a != NULL ? a : b;
}

/**
 * ek_bundle_write_files:
 * @description: (nullable): what the bytes don't say
 *
 * Makes the files of a flash bundle, for a folder or for ek_archive_pack().
 *
 * Returns: (transfer full) (element-type utf8 GBytes): the files by their names, or %NULL with
 *   %EK_ERROR_INVALID_ARGUMENT for an app that goes where the device has its own
 */
GHashTable *
ek_bundle_write_files (EkBundle *self, const EkBundleDescription *description, GError **error)
{
  static const EkBundleDescription nothing = { 0 };
  g_autoptr (EkManifest) manifest = ek_manifest_new ();
  g_autoptr (GHashTable) files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  const EkBundleDescription *said = description != NULL ? description : &nothing;

  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  manifest->name = g_strdup (first_of (said->name, ek_bundle_get_name (self)));
  manifest->board = g_strdup (first_of (said->board, ek_bundle_get_board (self)));
  manifest->version = g_strdup (first_of (said->version, ek_bundle_get_version (self)));
  manifest->created = g_strdup (said->created);
  add_images (manifest, self);
  for (guint i = 0; i < self->segments->len; i++)
    if (!add_segment (files, manifest, g_ptr_array_index (self->segments, i), error))
      return NULL;
  add_preserved (manifest, self);

  g_hash_table_insert (files, g_strdup (EK_BUNDLE_MANIFEST), ek_manifest_write (manifest));
  return g_steal_pointer (&files);
}

/**
 * ek_bundle_sign_files:
 * @files: (element-type utf8 GBytes): of a flash bundle
 * @comment: one line, which is signed too
 *
 * Adds a signature of the manifest, or puts it in the old one's place.
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if there is no manifest, or for a comment of several
 *   lines
 */
gboolean
ek_bundle_sign_files (GHashTable *files, EkSecretKey *key, const char *comment, GError **error)
{
  GBytes *manifest = g_hash_table_lookup (files, EK_BUNDLE_MANIFEST);
  char *text;

  if (manifest == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "there is no manifest to sign");
      return FALSE;
    }

  text = ek_secret_key_sign (key, g_bytes_get_data (manifest, NULL), g_bytes_get_size (manifest),
                             comment, error);
  if (text == NULL)
    return FALSE;

  g_hash_table_insert (files, g_strdup (EK_BUNDLE_SIGNATURE),
                       g_bytes_new_take (text, strlen (text)));
  return TRUE;
}
