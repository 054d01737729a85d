/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going on by itself when the cause of a problem is gone: plugged in again, permitted, released. */
#pragma once

#include "ek-operation.h"

G_BEGIN_DECLS

/**
 * EkRetryKind:
 *
 * What has to happen first.
 */
typedef enum
{
  EK_RETRY_NEVER,
  EK_RETRY_WHEN_BACK,   /* it is plugged in again */
  EK_RETRY_WHEN_READY,  /* it may be used */
  EK_RETRY_LISTEN,      /* its buttons were pressed: it answers */
  EK_RETRY_WHEN_ONLINE, /* the firmware can be fetched */
} EkRetryKind;

EkRetryKind ek_retry_kind_for_code (EkError code);
const char *ek_retry_words (EkRetryKind kind);
const char *ek_retry_picture (EkError code);

#define EK_TYPE_RETRY (ek_retry_get_type ())
G_DECLARE_FINAL_TYPE (EkRetry, ek_retry, EK, RETRY, GObject)

EkRetry *ek_retry_new (EkOperation *operation);
void ek_retry_check (EkRetry *self);
void ek_retry_stop (EkRetry *self);

G_END_DECLS
