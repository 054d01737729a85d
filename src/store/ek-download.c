/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of a fetch. It holds the bytes: the cache may drop the file meanwhile. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-download-private.h"

struct _EkDownload
{
  GObject parent_instance;

  GBytes *bytes;
  char *path;
  char *url;
  char *sha256;
  char *last_modified;
  EkDownloadOrigin origin;
  gint64 fetched;
  gint64 age;
  gboolean plain;
  GError *problem;
};

G_DEFINE_FINAL_TYPE (EkDownload, ek_download, G_TYPE_OBJECT)

static const char *const origin_names[] = {
  [EK_DOWNLOAD_FRESH] = "fresh",
  [EK_DOWNLOAD_CURRENT] = "current",
  [EK_DOWNLOAD_CACHED] = "cached",
};

static void
ek_download_finalize (GObject *object)
{
  EkDownload *self = EK_DOWNLOAD (object);

  g_bytes_unref (self->bytes);
  g_free (self->path);
  g_free (self->url);
  g_free (self->sha256);
  g_free (self->last_modified);
  g_clear_error (&self->problem);

  G_OBJECT_CLASS (ek_download_parent_class)->finalize (object);
}

static void
ek_download_class_init (EkDownloadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_download_finalize;
}

static void
ek_download_init (EkDownload *self)
{
}

/**
 * ek_download_new:
 * @now: seconds since 1970
 *
 * Returns: (transfer full)
 */
EkDownload *
ek_download_new (const EkCacheEntry *entry,
                 GBytes *bytes,
                 const char *path,
                 EkDownloadOrigin origin,
                 gint64 now)
{
  EkDownload *self = g_object_new (EK_TYPE_DOWNLOAD, NULL);

  self->bytes = g_bytes_ref (bytes);
  self->path = g_strdup (path);
  self->url = g_strdup (entry->url);
  self->sha256 = g_strdup (entry->sha256);
  self->last_modified = g_strdup (entry->last_modified);
  self->origin = origin;
  self->fetched = entry->fetched;
  self->age = MAX (0, now - entry->checked);
  self->plain = entry->plain;
  return self;
}

void
ek_download_set_problem (EkDownload *self, const GError *problem)
{
  g_clear_error (&self->problem);
  self->problem = g_error_copy (problem);
}

/**
 * ek_download_get_bytes:
 *
 * Returns: (transfer none): the content, checked against its hash
 */
GBytes *
ek_download_get_bytes (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), NULL);

  return self->bytes;
}

/**
 * ek_download_get_path:
 *
 * Returns: (transfer none): its file in the cache, which a later download may displace
 */
const char *
ek_download_get_path (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), NULL);

  return self->path;
}

/**
 * ek_download_get_url:
 *
 * Returns: (transfer none): which of the addresses it is from
 */
const char *
ek_download_get_url (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), NULL);

  return self->url;
}

/**
 * ek_download_get_sha256:
 *
 * Returns: (transfer none): of the content, 64 hex digits
 */
const char *
ek_download_get_sha256 (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), NULL);

  return self->sha256;
}

/**
 * ek_download_get_last_modified:
 *
 * Returns: (transfer none) (nullable): when the file was changed on the server, in the server's words
 */
const char *
ek_download_get_last_modified (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), NULL);

  return self->last_modified;
}

EkDownloadOrigin
ek_download_get_origin (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), EK_DOWNLOAD_CACHED);

  return self->origin;
}

/**
 * ek_download_get_fetched:
 *
 * Returns: when the content came, in seconds since 1970
 */
gint64
ek_download_get_fetched (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), 0);

  return self->fetched;
}

/**
 * ek_download_get_age:
 *
 * Returns: seconds since the server last said that this is current
 */
gint64
ek_download_get_age (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), 0);

  return self->age;
}

/**
 * ek_download_get_plain:
 *
 * Returns: whether it came over http, where others could have changed it on its way
 */
gboolean
ek_download_get_plain (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), FALSE);

  return self->plain;
}

/**
 * ek_download_get_problem:
 *
 * Returns: (transfer none) (nullable): why the server could not be asked, if it could not
 */
const GError *
ek_download_get_problem (EkDownload *self)
{
  g_return_val_if_fail (EK_IS_DOWNLOAD (self), NULL);

  return self->problem;
}

/**
 * ek_download_origin_name:
 *
 * Returns: (transfer none): a name for scripts, such as "fresh"
 */
const char *
ek_download_origin_name (EkDownloadOrigin origin)
{
  g_return_val_if_fail (origin < G_N_ELEMENTS (origin_names), NULL);

  return origin_names[origin];
}
