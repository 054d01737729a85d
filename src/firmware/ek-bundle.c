/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware in hand as checked segments: what its readers fill and everybody else asks. Which reader a
 * file is for is in ek-bundle-open.c. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-bytes.h"
#include "ek-image-format.h"
#include "ek-known-build.h"

G_DEFINE_FINAL_TYPE (EkBundle, ek_bundle, G_TYPE_OBJECT)

/* Where the ROM looks for the boot loader, by the chip id of images; 0x0 for all others.
 * Source: esptool targets, BOOTLOADER_FLASH_OFFSET. */
static const struct
{
  guint16 chip_id;
  guint32 offset;
} boot_offsets[] = {
  { 0, 0x1000 },  /* ESP32 */
  { 2, 0x1000 },  /* ESP32-S2 */
  { 18, 0x2000 }, /* ESP32-P4 */
  { 23, 0x2000 }, /* ESP32-C5 */
};

static void
segment_free (EkSegment *self)
{
  g_free (self->name);
  g_bytes_unref (self->data);
  g_free (self);
}

static void
ek_bundle_finalize (GObject *object)
{
  EkBundle *self = EK_BUNDLE (object);

  g_clear_object (&self->table);
  g_clear_pointer (&self->segments, g_ptr_array_unref);
  g_clear_pointer (&self->source, g_free);
  g_clear_pointer (&self->bootloader_source, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->signature.key_id, g_free);
  g_clear_pointer (&self->signature.signer, g_free);
  g_clear_pointer (&self->signature.comment, g_free);
  G_OBJECT_CLASS (ek_bundle_parent_class)->finalize (object);
}

static void
ek_bundle_class_init (EkBundleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_bundle_finalize;
}

static void
ek_bundle_init (EkBundle *self)
{
  self->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) segment_free);
}

/**
 * ek_is_boot_offset:
 *
 * Returns: %TRUE if some chip looks for its boot loader there
 */
gboolean
ek_is_boot_offset (guint32 offset)
{
  return offset == 0 || offset == 0x1000 || offset == 0x2000;
}

/**
 * ek_boot_offset_of_chip:
 * @chip_id: of an image
 *
 * Returns: where that chip looks for its boot loader
 */
guint32
ek_boot_offset_of_chip (guint16 chip_id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (boot_offsets); i++)
    if (boot_offsets[i].chip_id == chip_id)
      return boot_offsets[i].offset;

  return 0;
}

/**
 * ek_used_size:
 *
 * Returns: bytes up to the last that is not 0xFF; 0 if all are
 */
gsize
ek_used_size (const guint8 *data, gsize size)
{
  /* whole sectors first: merged images are mostly filling */
  while (size >= EK_SECTOR_SIZE &&
         ek_bytes_all (data + size - EK_SECTOR_SIZE, EK_SECTOR_SIZE, 0xff))
    size -= EK_SECTOR_SIZE;

  while (size > 0 && data[size - 1] == 0xff)
    size--;

  return size;
}

/**
 * ek_bundle_new_empty:
 *
 * Returns: (transfer full): a bundle for a reader to fill
 */
EkBundle *
ek_bundle_new_empty (const char *source)
{
  EkBundle *self = g_object_new (EK_TYPE_BUNDLE, NULL);

  self->source = g_strdup (source);
  return self;
}

/**
 * ek_bundle_new_without_firmware:
 *
 * Returns: (transfer full): nothing to install: for a job that changes settings only
 */
EkBundle *
ek_bundle_new_without_firmware (void)
{
  return ek_bundle_new_empty ("");
}

/**
 * ek_bundle_add_segment:
 * @data: (transfer full): best a slice of the file's bytes
 *
 * Returns: (transfer none): the segment, for its further fields
 */
EkSegment *
ek_bundle_add_segment (EkBundle *self,
                       const char *name,
                       EkSegmentKind kind,
                       guint32 offset,
                       GBytes *data,
                       gboolean padded)
{
  EkSegment *segment = g_new0 (EkSegment, 1);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);

  segment->name = g_strdup (name);
  segment->kind = kind;
  segment->offset = offset;
  segment->data = data;
  segment->padded = padded;
  ek_image_sha256 (bytes, size, segment->sha256);
  g_ptr_array_add (self->segments, segment);
  return segment;
}

void
ek_bundle_set_app (EkBundle *self, const EkAppImage *app)
{
  self->has_app = TRUE;
  self->app = *app;
}

void
ek_bundle_set_bootloader (EkBundle *self, const EkAppImage *bootloader)
{
  self->has_bootloader = TRUE;
  self->bootloader = *bootloader;
}

static gint
compare_segments (gconstpointer a, gconstpointer b)
{
  guint32 first = (*(const EkSegment *const *) a)->offset;
  guint32 second = (*(const EkSegment *const *) b)->offset;

  return first < second ? -1 : first > second;
}

static void
recognise_board (EkBundle *self)
{
  const EkKnownBuild *build = NULL;

  if (self->has_app && self->app.has_description)
    build = ek_known_build_find (self->app.description.elf_sha256,
                                 sizeof self->app.description.elf_sha256);
  if (build != NULL)
    self->board = build->board;
}

/**
 * ek_bundle_finish:
 *
 * Puts the segments in order, recognises the board, and checks what concerns several segments.
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_WRONG_CHIP if app and boot loader are for different chips
 */
gboolean
ek_bundle_finish (EkBundle *self, GError **error)
{
  g_ptr_array_sort (self->segments, compare_segments);
  recognise_board (self);

  if (self->has_app && self->has_bootloader && self->app.chip_id != self->bootloader.chip_id)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                   "%s: the app is for the chip with id %u, the boot loader for %u", self->source,
                   self->app.chip_id, self->bootloader.chip_id);
      return FALSE;
    }

  return TRUE;
}

/**
 * ek_bundle_get_source:
 *
 * Returns: (transfer none): the file's name, or several separated by ", "
 */
const char *
ek_bundle_get_source (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->source;
}

/**
 * ek_bundle_get_board:
 *
 * Returns: (nullable) (transfer none): "echokit-diy" or "echokit-box": what was set, or what the
 *   app's hash tells; %NULL if nobody knows
 */
const char *
ek_bundle_get_board (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->board;
}

/**
 * ek_bundle_set_board:
 * @board: (nullable): what somebody who knows says, such as a catalogue
 */
void
ek_bundle_set_board (EkBundle *self, const char *board)
{
  g_return_if_fail (EK_IS_BUNDLE (self));

  self->board = g_intern_string (board);
}

/**
 * ek_bundle_get_console_baud:
 *
 * Returns: bits a second at which the firmware talks once it runs; 0 if nobody has said
 */
guint
ek_bundle_get_console_baud (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), 0);

  return self->console_baud;
}

/**
 * ek_bundle_set_console_baud:
 * @baud: what somebody who knows says, such as a catalogue
 */
void
ek_bundle_set_console_baud (EkBundle *self, guint baud)
{
  g_return_if_fail (EK_IS_BUNDLE (self));

  self->console_baud = baud;
}

/**
 * ek_bundle_get_name:
 *
 * Returns: (nullable) (transfer none): what its manifest calls it
 */
const char *
ek_bundle_get_name (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->name;
}

/**
 * ek_bundle_get_version:
 *
 * Returns: (nullable) (transfer none): as the app description has it, else as its manifest says
 */
const char *
ek_bundle_get_version (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->has_app && self->app.has_description ? self->app.description.version : self->version;
}

/**
 * ek_bundle_get_chip_id:
 * @chip_id: (out): of the images, else of the manifest; 9 is the ESP32-S3
 *
 * Returns: %FALSE if there is nothing that would say
 */
gboolean
ek_bundle_get_chip_id (EkBundle *self, guint16 *chip_id)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), FALSE);
  g_return_val_if_fail (chip_id != NULL, FALSE);

  if (self->has_app)
    *chip_id = self->app.chip_id;
  else if (self->has_bootloader)
    *chip_id = self->bootloader.chip_id;
  else if (self->has_chip_id)
    *chip_id = self->chip_id;

  return self->has_app || self->has_bootloader || self->has_chip_id;
}

/**
 * ek_bundle_is_merged:
 *
 * Returns: %TRUE if it came as one, with all that a device needs to start in its place
 */
gboolean
ek_bundle_is_merged (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), FALSE);

  return self->merged;
}

/**
 * ek_bundle_is_converted:
 *
 * Returns: %TRUE if its app was made of a linked program
 */
gboolean
ek_bundle_is_converted (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), FALSE);

  return self->converted;
}

/**
 * ek_bundle_brings_layout:
 *
 * Returns: %TRUE if its partition table says what is where on the whole flash, so that nothing of an
 *   older layout stays
 */
gboolean
ek_bundle_brings_layout (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), FALSE);

  return self->merged || self->brings_layout;
}

/**
 * ek_bundle_get_n_segments:
 *
 * Returns: 1 or more
 */
guint
ek_bundle_get_n_segments (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), 0);

  return self->segments->len;
}

/**
 * ek_bundle_get_segment:
 * @index: less than the number of segments
 *
 * Returns: (transfer none): a segment, in the order of offsets; lives as long as @self
 */
const EkSegment *
ek_bundle_get_segment (EkBundle *self, guint index)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);
  g_return_val_if_fail (index < self->segments->len, NULL);

  return g_ptr_array_index (self->segments, index);
}

/**
 * ek_bundle_find_kind:
 *
 * Returns: (nullable) (transfer none): the first segment of that kind
 */
const EkSegment *
ek_bundle_find_kind (EkBundle *self, EkSegmentKind kind)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  for (guint i = 0; i < self->segments->len; i++)
    {
      const EkSegment *segment = g_ptr_array_index (self->segments, i);

      if (segment->kind == kind)
        return segment;
    }

  return NULL;
}

/**
 * ek_bundle_get_signature:
 *
 * Returns: (transfer none): who signed it; lives as long as @self
 */
const EkBundleSignature *
ek_bundle_get_signature (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return &self->signature;
}

/**
 * ek_bundle_get_app:
 *
 * Returns: (nullable) (transfer none): what the app says of itself; lives as long as @self
 */
const EkAppImage *
ek_bundle_get_app (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->has_app ? &self->app : NULL;
}

/**
 * ek_bundle_get_bootloader:
 *
 * Returns: (nullable) (transfer none): what the boot loader says of itself; lives as long as @self
 */
const EkAppImage *
ek_bundle_get_bootloader (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->has_bootloader ? &self->bootloader : NULL;
}

/**
 * ek_bundle_get_bootloader_source:
 *
 * Returns: (nullable) (transfer none): where the boot loader comes from, if a person has put it to the
 *   firmware
 */
const char *
ek_bundle_get_bootloader_source (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->bootloader_source;
}

/**
 * ek_bundle_get_table:
 *
 * Returns: (nullable) (transfer none): the partition table that it brings
 */
EkPartitionTable *
ek_bundle_get_table (EkBundle *self)
{
  g_return_val_if_fail (EK_IS_BUNDLE (self), NULL);

  return self->table;
}

/**
 * ek_bundle_get_total_size:
 *
 * Returns: bytes of all segments together
 */
guint64
ek_bundle_get_total_size (EkBundle *self)
{
  guint64 total = 0;

  g_return_val_if_fail (EK_IS_BUNDLE (self), 0);

  for (guint i = 0; i < self->segments->len; i++)
    total += g_bytes_get_size (((const EkSegment *) g_ptr_array_index (self->segments, i))->data);

  return total;
}
