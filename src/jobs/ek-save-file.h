/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that what is read off a device is saved to: whole or not at all, and only its owner's. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

typedef struct _EkSaveFile EkSaveFile;

gboolean ek_save_file_check (const char *path, GError **error);
EkSaveFile *ek_save_file_open (const char *path, guint64 size, GError **error);
void ek_save_file_free (EkSaveFile *self);

const char *ek_save_file_get_part_path (EkSaveFile *self);
gboolean ek_save_file_was_resumed (EkSaveFile *self);
gboolean
ek_save_file_md5 (EkSaveFile *self, guint64 offset, gsize size, guint8 *digest, GError **error);
gboolean ek_save_file_write (EkSaveFile *self,
                             guint64 offset,
                             const guint8 *data,
                             gsize size,
                             GError **error);
GBytes *ek_save_file_map (EkSaveFile *self, GError **error);
gboolean ek_save_file_commit (EkSaveFile *self, GError **error);
gboolean ek_save_text (const char *path, const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkSaveFile, ek_save_file_free)

G_END_DECLS
