/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on a device: its partition table and the firmware that it starts. */
#pragma once

#include "ek-app-image.h"
#include "ek-flash-reader.h"
#include "ek-otadata.h"

G_BEGIN_DECLS

/**
 * EkInstalled:
 * @table: (nullable): the device's partition table, if there is a sound one
 * @otadata: which of several apps starts; zero where the table has none
 * @app_partition: (nullable): the one that starts; belongs to @table
 * @has_app: whether @app is valid: a description was found where the table has the app
 * @board: (nullable): of a published EchoKit build
 */
typedef struct
{
  EkPartitionTable *table;
  EkOtadata otadata;
  const EkPartition *app_partition;
  gboolean has_app;
  EkAppDescription app;
  const char *board;
} EkInstalled;

gboolean ek_installed_read (EkInstalled *self,
                            const EkFlashReader *reader,
                            guint32 flash_size,
                            GCancellable *cancellable,
                            GError **error);
void ek_installed_clear (EkInstalled *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkInstalled, ek_installed_clear)

G_END_DECLS
