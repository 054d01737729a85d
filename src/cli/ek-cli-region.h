/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on ranges of the flash: read, erase, verify. */
#pragma once

#include "ek-cli-operation.h"
#include "ek-erase-job.h"
#include "ek-read-job.h"
#include "ek-verify-job.h"

G_BEGIN_DECLS

EkCliOperation *ek_cli_read_operation_new (EkPort *port, const EkReadJobOptions *options);
EkCliOperation *ek_cli_erase_operation_new (EkPort *port, const EkEraseJobOptions *options);
EkCliOperation *ek_cli_verify_operation_new (EkPort *port, const EkVerifyJobOptions *options);

void ek_cli_json_read_job (JsonBuilder *builder, EkReadJob *job);
void ek_cli_tell_partial_read (EkJob *job, gpointer data);
void ek_cli_tell_losses (EkEraseJob *job);

G_END_DECLS
