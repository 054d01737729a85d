/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device says in a given time, kept up to a given size. */
#pragma once

#include "ek-boot-verdict.h"
#include "ek-port.h"

G_BEGIN_DECLS

#define EK_CAPTURE_DEFAULT_SECONDS 30
#define EK_CAPTURE_MAX_SECONDS     600
#define EK_CAPTURE_MAX_BYTES       (512 * 1024)

/**
 * EkCaptureOptions:
 * @baud: bits a second; 0 for 115200
 * @seconds: how long to listen; 0 for %EK_CAPTURE_DEFAULT_SECONDS, at most %EK_CAPTURE_MAX_SECONDS
 * @filter: (nullable): keep only lines that contain it, to the letter
 * @reset: restart the device first
 * @no_reconnect: end when the device goes away
 */
typedef struct
{
  guint baud;
  guint seconds;
  const char *filter;
  gboolean reset;
  gboolean no_reconnect;
} EkCaptureOptions;

/**
 * EkCapture:
 * @duration: microseconds that it listened
 * @bytes_read: all that came, also what was not kept
 * @n_lines: kept
 * @output: the lines kept, each but the last with a line feed behind it
 * @truncated: there was more than %EK_CAPTURE_MAX_BYTES; the rest was dropped
 * @verdict: what all lines say about the start
 * @crashes: (element-type EkCrash)
 */
typedef struct
{
  gint64 duration;
  guint64 bytes_read;
  guint n_lines;
  GString *output;
  gboolean truncated;
  EkBootVerdict *verdict;
  GPtrArray *crashes;
} EkCapture;

gboolean ek_capture_run (EkCapture *self,
                         EkPort *port,
                         const EkCaptureOptions *options,
                         GCancellable *cancellable,
                         GError **error);
void ek_capture_clear (EkCapture *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkCapture, ek_capture_clear)

G_END_DECLS
