/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Installing firmware as an operation: from named files to a job and its result. */
#pragma once

#include "ek-cli-operation.h"
#include "ek-cli-report.h"

G_BEGIN_DECLS

/**
 * EkCliFlashOptions:
 * @job: how to install
 * @board: (nullable): what the person says it is for
 * @exact: put the files there byte for byte, settings or not
 * @on_line: (nullable): is told what the device says as it starts, on the working thread
 */
typedef struct
{
  EkFlashJobOptions job;
  const char *board;
  gboolean exact;
  EkBootLineFunc on_line;
  gpointer line_data;
} EkCliFlashOptions;

EkBundle *ek_cli_open_bundle (const EkCliFiles *files,
                              const EkBundleOptions *options,
                              const char *board,
                              GError **error);
gboolean ek_cli_set_board (EkBundle *bundle, const char *board, GError **error);
EkCliOperation *ek_cli_flash_operation_new (EkPort *port,
                                            EkBundle *bundle,
                                            const EkCliFiles *files,
                                            const EkCliFlashOptions *options,
                                            GError **error);

G_END_DECLS
