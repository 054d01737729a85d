/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file from the web, as it lies in the cache: its bytes, where they came from, and how old they are. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkDownloadOrigin:
 * @EK_DOWNLOAD_FRESH: it has just come
 * @EK_DOWNLOAD_CURRENT: it was there, and the server says that it is current
 * @EK_DOWNLOAD_CACHED: it was there, and the server was not asked or gave no answer
 */
typedef enum
{
  EK_DOWNLOAD_FRESH,
  EK_DOWNLOAD_CURRENT,
  EK_DOWNLOAD_CACHED,
} EkDownloadOrigin;

#define EK_TYPE_DOWNLOAD (ek_download_get_type ())
G_DECLARE_FINAL_TYPE (EkDownload, ek_download, EK, DOWNLOAD, GObject)

GBytes *ek_download_get_bytes (EkDownload *self);
const char *ek_download_get_path (EkDownload *self);
const char *ek_download_get_url (EkDownload *self);
const char *ek_download_get_sha256 (EkDownload *self);
const char *ek_download_get_last_modified (EkDownload *self);
EkDownloadOrigin ek_download_get_origin (EkDownload *self);
gint64 ek_download_get_fetched (EkDownload *self);
gint64 ek_download_get_age (EkDownload *self);
gboolean ek_download_get_plain (EkDownload *self);
const GError *ek_download_get_problem (EkDownload *self);
const char *ek_download_origin_name (EkDownloadOrigin origin);

G_END_DECLS
