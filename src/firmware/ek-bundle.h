/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware in hand, whatever file it came from: named, checked segments at flash addresses. */
#pragma once

#include "ek-app-image-elf.h"
#include "ek-keyring.h"
#include "ek-partition-table.h"

G_BEGIN_DECLS

#define EK_BUNDLE_MAX_SIZE (64u * 1024 * 1024)

/**
 * EkSegmentKind:
 *
 * What a segment is for, found in the bytes themselves.
 */
typedef enum
{
  EK_SEGMENT_DATA,
  EK_SEGMENT_BOOTLOADER,
  EK_SEGMENT_PARTITION_TABLE,
  EK_SEGMENT_APP,
  EK_SEGMENT_NVS,
} EkSegmentKind;

#define EK_SEGMENT_OFFSET_AUTO G_MAXUINT32 /* where the device's table has its app */

/**
 * EkSegment:
 * @name: such as "bootloader", or the label of its partition
 * @offset: first byte on the flash, or %EK_SEGMENT_OFFSET_AUTO
 * @data: the bytes
 * @sha256: of @data
 * @padded: %TRUE if runs of 0xFF in it are filling of a merged image and mean "nothing here";
 *   %FALSE if the owner handed these very bytes over for this very place
 * @any_flash_size: %TRUE for an image whose header gets the size of the flash that it is written to
 */
typedef struct
{
  char *name;
  EkSegmentKind kind;
  guint32 offset;
  GBytes *data;
  guint8 sha256[32];
  gboolean padded;
  gboolean any_flash_size;
} EkSegment;

/**
 * EkBundleOptions:
 * @image: how an image is made of a linked program; its chip also chooses where a file has firmware
 *   for several, its flash size goes into the headers of boot loader and app
 * @table: (nullable): the partition table to go with an app that is alone
 * @bootloader: (nullable): an image to go in front of an app that is alone
 * @bootloader_source: (nullable): where that comes from
 *
 * What a person may say about a file. All zeros: nothing.
 */
typedef struct
{
  EkElfImageOptions image;
  EkPartitionTable *table;
  GBytes *bootloader;
  const char *bootloader_source;
} EkBundleOptions;

/**
 * EkBundleSignature:
 * @signable: whether it is of a format that can be signed
 * @key_id: (nullable): of the key that is said to have signed it
 * @signer: (nullable): whose key that is, if it is trusted
 * @comment: (nullable): what the signer said, if the key is trusted
 */
typedef struct
{
  gboolean signable;
  EkSignatureState state;
  char *key_id;
  char *signer;
  char *comment;
} EkBundleSignature;

#define EK_TYPE_BUNDLE (ek_bundle_get_type ())
G_DECLARE_FINAL_TYPE (EkBundle, ek_bundle, EK, BUNDLE, GObject)

EkBundle *ek_bundle_new_from_file (const char *path, GCancellable *cancellable, GError **error);
EkBundle *ek_bundle_new_from_bytes (GBytes *bytes, const char *source, GError **error);
EkBundle *ek_bundle_new_from_file_with (const char *path,
                                        const EkBundleOptions *options,
                                        GCancellable *cancellable,
                                        GError **error);
EkBundle *ek_bundle_new_from_bytes_with (GBytes *bytes,
                                         const char *source,
                                         const EkBundleOptions *options,
                                         GError **error);
EkBundle *ek_bundle_new_from_files (const guint32 *offsets,
                                    const char *const *paths,
                                    guint n_files,
                                    GCancellable *cancellable,
                                    GError **error);

EkBundle *ek_bundle_new_without_firmware (void);

GBytes *ek_bundle_to_image (EkBundle *self, guint32 size, GError **error);

const char *ek_bundle_get_source (EkBundle *self);
const char *ek_bundle_get_name (EkBundle *self);
const char *ek_bundle_get_board (EkBundle *self);
void ek_bundle_set_board (EkBundle *self, const char *board);
guint ek_bundle_get_console_baud (EkBundle *self);
void ek_bundle_set_console_baud (EkBundle *self, guint baud);
const char *ek_bundle_get_version (EkBundle *self);
gboolean ek_bundle_get_chip_id (EkBundle *self, guint16 *chip_id);
gboolean ek_bundle_is_merged (EkBundle *self);
gboolean ek_bundle_is_converted (EkBundle *self);
gboolean ek_bundle_brings_layout (EkBundle *self);
guint ek_bundle_get_n_segments (EkBundle *self);
const EkSegment *ek_bundle_get_segment (EkBundle *self, guint index);
const EkSegment *ek_bundle_find_kind (EkBundle *self, EkSegmentKind kind);
const EkBundleSignature *ek_bundle_get_signature (EkBundle *self);
const EkAppImage *ek_bundle_get_app (EkBundle *self);
const EkAppImage *ek_bundle_get_bootloader (EkBundle *self);
const char *ek_bundle_get_bootloader_source (EkBundle *self);
EkPartitionTable *ek_bundle_get_table (EkBundle *self);
guint64 ek_bundle_get_total_size (EkBundle *self);

G_END_DECLS
