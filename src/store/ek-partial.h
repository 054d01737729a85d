/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A download that isn't complete yet, on disk, so that it can be taken up again, also by a later
 * process. Private to this folder. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

typedef struct _EkPartial EkPartial;

EkPartial *ek_partial_open (const char *folder, const char *url, GError **error);
void ek_partial_free (EkPartial *self);

guint64 ek_partial_get_size (EkPartial *self);
guint64 ek_partial_get_total (EkPartial *self);
const char *ek_partial_get_if_range (EkPartial *self);
const char *ek_partial_get_etag (EkPartial *self);
const char *ek_partial_get_path (EkPartial *self);

gboolean ek_partial_restart (EkPartial *self,
                             const char *etag,
                             const char *last_modified,
                             guint64 total,
                             GError **error);
gboolean ek_partial_append (EkPartial *self, const guint8 *data, gsize size, GError **error);
gsize ek_partial_read_head (EkPartial *self, guint8 *head, gsize size);
GBytes *ek_partial_map (EkPartial *self, GError **error);
gboolean ek_partial_complete (EkPartial *self, char **sha256, GError **error);
gboolean ek_partial_rename (EkPartial *self, const char *path, GError **error);
void ek_partial_discard (EkPartial *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkPartial, ek_partial_free)

G_END_DECLS
