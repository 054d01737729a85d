/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Installing firmware, in an owner's words. */
#pragma once

#include "ek-flash-job.h"
#include "ek-operation.h"

G_BEGIN_DECLS

/**
 * EkInstallKind:
 *
 * What the person thinks they do; the work is the same.
 */
typedef enum
{
  EK_INSTALL_FIRST,
  EK_INSTALL_UPDATE,
  EK_INSTALL_AGAIN,
} EkInstallKind;

/**
 * EkInstallOptions:
 * @fresh: forget Wi-Fi and settings
 * @board: (nullable): what the owner says the device is
 * @force_board: install although other firmware ran on it
 * @settings: (nullable): Wi-Fi and server for the device; copied
 * @backup_path: (nullable): save what is on the device there first; without that nothing is installed
 */
typedef struct
{
  EkInstallKind kind;
  gboolean fresh;
  const char *board;
  gboolean force_board;
  const EkSettings *settings;
  const char *backup_path;
} EkInstallOptions;

#define EK_TYPE_INSTALL_OPERATION (ek_install_operation_get_type ())
G_DECLARE_FINAL_TYPE (EkInstallOperation, ek_install_operation, EK, INSTALL_OPERATION, EkOperation)

EkOperation *
ek_install_operation_new (EkTarget *target, EkOffer *offer, const EkInstallOptions *options);
void ek_install_operation_set_force_board (EkInstallOperation *self, gboolean force);
void ek_install_operation_set_backup_path (EkInstallOperation *self, const char *path);
gboolean ek_install_operation_is_fresh (EkInstallOperation *self);

G_END_DECLS
