/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle while its readers fill it. Private to this folder. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-bundle.h"
#include "ek-firmware-file.h"
#include "ek-file-set.h"

G_BEGIN_DECLS

#define EK_BUNDLE_MANIFEST  "manifest.json"
#define EK_BUNDLE_SIGNATURE "manifest.json.minisig"

#define EK_SECTOR_SIZE 0x1000u

struct _EkBundle
{
  GObject parent_instance;

  char *source;
  char *name;           /* of a manifest */
  char *version;        /* of a manifest */
  const char *board;    /* interned */
  guint console_baud;   /* 0: nobody said */
  gboolean has_chip_id; /* of a manifest */
  guint16 chip_id;
  EkBundleSignature signature;
  const EkImageChip *wanted_chip; /* (nullable): of several, this one */
  gboolean merged;
  gboolean converted;
  gboolean brings_layout;
  GPtrArray *segments; /* of EkSegment, by offset */
  EkPartitionTable *table;
  gboolean has_app;
  EkAppImage app;
  gboolean has_bootloader;
  EkAppImage bootloader;
  char *bootloader_source;
};

/**
 * EkPlacedFile:
 * @offset: where it goes on the flash
 * @path: of the file, for messages
 * @name: (nullable): of the segment; %NULL for what the content or the partition table says
 * @padded: as in #EkSegment
 *
 * A file with its place on the flash. All texts belong to somebody else.
 */
typedef struct
{
  guint32 offset;
  const char *path;
  const char *name;
  GBytes *bytes; /* owned */
  gboolean padded;
} EkPlacedFile;

EkBundle *ek_bundle_new_empty (const char *source);
gboolean ek_bundle_finish (EkBundle *self, GError **error);
EkSegment *ek_bundle_add_segment (EkBundle *self,
                                  const char *name,
                                  EkSegmentKind kind,
                                  guint32 offset,
                                  GBytes *data,
                                  gboolean padded);
void ek_bundle_set_app (EkBundle *self, const EkAppImage *app);
void ek_bundle_set_bootloader (EkBundle *self, const EkAppImage *bootloader);

GArray *ek_placed_files_new (void);
gboolean ek_placed_files_read (GArray *files,
                               EkFileSet *set,
                               guint32 offset,
                               const char *path,
                               GCancellable *cancellable,
                               GError **error);
gboolean ek_bundle_set_chip (EkBundle *self, const char *name, GError **error);
void ek_bundle_note_completeness (EkBundle *self);
gboolean ek_bundle_read_flasher_args (EkBundle *self,
                                      EkFileSet *set,
                                      GBytes *text,
                                      JsonObject *root,
                                      GCancellable *cancellable,
                                      GError **error);
gboolean ek_bundle_read_web_tools (EkBundle *self,
                                   EkFileSet *set,
                                   GBytes *text,
                                   JsonObject *root,
                                   GCancellable *cancellable,
                                   GError **error);
gboolean ek_bundle_add_placed_files (EkBundle *self, GArray *files, GError **error);

gboolean ek_bundle_read_file_set (EkBundle *self,
                                  EkFileSet *set,
                                  const char *picked,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean ek_bundle_read_manifest (EkBundle *self,
                                  EkFileSet *set,
                                  GBytes *text,
                                  JsonObject *root,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean ek_bundle_check_signature (EkBundle *self,
                                    EkFileSet *set,
                                    GBytes *manifest,
                                    GCancellable *cancellable,
                                    GError **error);
gboolean ek_file_set_is_description (const char *path);

gboolean ek_bundle_find_merged (GBytes *bytes, guint32 *boot_offset);
gboolean ek_bundle_read_merged (EkBundle *self, GBytes *bytes, guint32 boot_offset, GError **error);

gboolean
ek_bundle_read_app (EkBundle *self, GBytes *bytes, const EkBundleOptions *options, GError **error);
gboolean
ek_bundle_read_elf (EkBundle *self, GBytes *bytes, const EkBundleOptions *options, GError **error);
gboolean ek_bundle_complete (EkBundle *self, const EkBundleOptions *options, GError **error);
gboolean ek_bundle_set_flash_size (EkBundle *self, guint32 flash_size, GError **error);

gboolean ek_firmware_file_check_size (gsize size, const char *source, GError **error);
GBytes *ek_firmware_file_read_at (int folder,
                                  const char *name,
                                  gboolean follow,
                                  const char *path,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean ek_is_boot_offset (guint32 offset);
guint32 ek_boot_offset_of_chip (guint16 chip_id);
gsize ek_used_size (const guint8 *data, gsize size);

G_END_DECLS
