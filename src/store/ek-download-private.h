/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the store makes a download. Private to this folder. */
#pragma once

#include "ek-cache-entry.h"
#include "ek-download.h"

G_BEGIN_DECLS

EkDownload *ek_download_new (const EkCacheEntry *entry,
                             GBytes *bytes,
                             const char *path,
                             EkDownloadOrigin origin,
                             gint64 now);
void ek_download_set_problem (EkDownload *self, const GError *problem);

G_END_DECLS
