/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was saved of a device: the bytes, and a manifest beside them that says whose they are. */
#pragma once

#include "ek-chip-info.h"
#include "ek-partition-table.h"

G_BEGIN_DECLS

#define EK_TYPE_BACKUP (ek_backup_get_type ())
G_DECLARE_FINAL_TYPE (EkBackup, ek_backup, EK, BACKUP, GObject)

EkBackup *
ek_backup_new (GBytes *contents, guint32 offset, const char *partition, const EkChipInfo *chip);
EkBackup *ek_backup_load (const char *path, GCancellable *cancellable, GError **error);
char *ek_backup_manifest_path (const char *path);
char *ek_backup_to_json (EkBackup *self);

GBytes *ek_backup_get_contents (EkBackup *self);
gboolean ek_backup_has_manifest (EkBackup *self);
guint32 ek_backup_get_offset (EkBackup *self);
const char *ek_backup_get_partition (EkBackup *self);
EkPartitionTable *ek_backup_get_table (EkBackup *self);
const char *ek_backup_get_chip (EkBackup *self);
const char *ek_backup_get_mac (EkBackup *self);
guint32 ek_backup_get_flash_size (EkBackup *self);

G_END_DECLS
