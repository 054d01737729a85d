/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a failed talk with a server means. Private to this folder. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkHttpReaction:
 * @EK_HTTP_FAIL: it won't get better by asking again
 * @EK_HTTP_RETRY: it may be over in a moment
 * @EK_HTTP_NEXT: it may be at another address
 */
typedef enum
{
  EK_HTTP_FAIL,
  EK_HTTP_RETRY,
  EK_HTTP_NEXT,
} EkHttpReaction;

EkHttpReaction ek_http_status_error (guint status, const char *url, GError **error);
EkHttpReaction ek_http_convert_error (const GError *from,
                                      const char *url,
                                      gboolean answered,
                                      gboolean through_proxy,
                                      GError **error);

G_END_DECLS
