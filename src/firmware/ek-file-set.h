/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a folder or an archive by their relative names, such as "files/app.bin". */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_FILE_SET_MAX_SIZE   (64u * 1024 * 1024) /* of all files together, unpacked */
#define EK_FILE_SET_MAX_FILES  64                  /* in an archive */
#define EK_FILE_SET_MAX_LISTED 4096                /* names of a folder in one list */
#define EK_FILE_SET_MAX_DEPTH  16                  /* parts of a name */
#define EK_FILE_SET_MAX_NAME   1024                /* bytes of a name */

#define EK_TYPE_FILE_SET (ek_file_set_get_type ())
G_DECLARE_FINAL_TYPE (EkFileSet, ek_file_set, EK, FILE_SET, GObject)

gboolean ek_file_set_is_archive (const guint8 *data, gsize size);

EkFileSet *ek_file_set_new_from_path (const char *path, GCancellable *cancellable, GError **error);
EkFileSet *ek_file_set_new_from_bytes (GBytes *bytes,
                                       const char *source,
                                       GCancellable *cancellable,
                                       GError **error);

const char *ek_file_set_get_source (EkFileSet *self);
gboolean ek_file_set_is_folder (EkFileSet *self);
GStrv ek_file_set_list_names (EkFileSet *self, GCancellable *cancellable, GError **error);
gboolean ek_file_set_has (EkFileSet *self, const char *name);
GBytes *
ek_file_set_read (EkFileSet *self, const char *name, GCancellable *cancellable, GError **error);

G_END_DECLS
