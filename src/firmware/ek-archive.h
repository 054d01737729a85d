/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An archive from elsewhere, unpacked into memory under the rules for untrusted archives. Private to
 * this folder. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

gboolean ek_archive_is_known (const guint8 *data, gsize size);
GHashTable *
ek_archive_unpack (GBytes *bytes, const char *source, GCancellable *cancellable, GError **error);
char *ek_archive_clean_name (const char *name, const char *source, GError **error);
gboolean ek_archive_is_clutter (const char *name);

G_END_DECLS
