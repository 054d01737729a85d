/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listens to a device that was just restarted until it is seen to start, or seen not to. */
#pragma once

#include "ek-boot-verdict.h"
#include "ek-port.h"
#include "ek-progress.h"

G_BEGIN_DECLS

/* Lines as they come, secrets already taken out; on the working thread. */
typedef void (*EkBootLineFunc) (const char *line, gpointer user_data);

/**
 * EkBootCheck:
 * @version: (nullable): version the app has to report
 * @elf_sha256: (nullable) (array fixed-size=32): hash the app has to report the beginning of
 * @baud: of the app's console, bits a second; 0 for what the port is at, which is the usual speed
 * @timeout: microseconds to listen at most
 * @heard: (nullable): what came before the check and belongs to it
 * @on_line: (nullable)
 */
typedef struct
{
  const char *version;
  const guint8 *elf_sha256;
  guint baud;
  gint64 timeout;
  GBytes *heard;
  EkBootLineFunc on_line;
  gpointer user_data;
} EkBootCheck;

EkBootVerdict *ek_boot_check_run (const EkBootCheck *check,
                                  EkPort *port,
                                  GCancellable *cancellable,
                                  GError **error);

G_END_DECLS
