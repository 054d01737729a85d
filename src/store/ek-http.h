/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP with libsoup on the calling thread: one answer at a time, redirects followed with care, nothing
 * waited for longer than allowed. Private to this folder. */
#pragma once

#include <libsoup/soup.h>

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkHttpOptions:
 * @proxy_resolver: (nullable): instead of the system's
 * @tls_database: (nullable): instead of the system's
 * @stall_ms: how long nothing may come
 */
typedef struct
{
  GProxyResolver *proxy_resolver;
  GTlsDatabase *tls_database;
  guint stall_ms;
} EkHttpOptions;

/**
 * EkHttpQuestion:
 * @url: http or https
 * @etag: (nullable): of the version in hand
 * @last_modified: (nullable): of the version in hand
 * @offset: how many bytes are there already
 * @if_range: (nullable): the version that those bytes are of
 */
typedef struct
{
  const char *url;
  const char *etag;
  const char *last_modified;
  guint64 offset;
  const char *if_range;
} EkHttpQuestion;

typedef struct _EkHttp EkHttp;

EkHttp *ek_http_new (const EkHttpOptions *options);
void ek_http_free (EkHttp *self);

gboolean ek_http_send (EkHttp *self,
                       const EkHttpQuestion *question,
                       GCancellable *cancellable,
                       GError **error);
gssize
ek_http_read (EkHttp *self, guint8 *buffer, gsize size, GCancellable *cancellable, GError **error);
void ek_http_close (EkHttp *self);
gboolean ek_http_wait (EkHttp *self, guint ms, GCancellable *cancellable, GError **error);

guint ek_http_get_status (EkHttp *self);
const char *ek_http_get_header (EkHttp *self, const char *name);
gboolean ek_http_is_encoded (EkHttp *self);
guint64 ek_http_get_length (EkHttp *self);
gboolean ek_http_get_range (EkHttp *self, guint64 *start, guint64 *total);
gboolean ek_http_was_plain (EkHttp *self);

gboolean ek_http_check_url (const char *url, GError **error);
char *ek_http_url_to_show (const char *url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkHttp, ek_http_free)

G_END_DECLS
