/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on whole devices: backup and restore. */
#pragma once

#include "ek-backup-job.h"
#include "ek-cli-operation.h"
#include "ek-restore-job.h"

G_BEGIN_DECLS

/* Where a backup without the boot loader begins, by the flash manager's tools. */
#define EK_CLI_BEHIND_BOOTLOADER 0x1000u

EkCliOperation *ek_cli_backup_operation_new (EkPort *port, const EkReadJobOptions *options);
EkCliOperation *ek_cli_restore_operation_new (EkPort *port, const EkRestoreJobOptions *options);

G_END_DECLS
