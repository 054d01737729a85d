/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded capture of a device's log as an operation. */
#pragma once

#include "ek-capture.h"
#include "ek-cli-operation.h"

G_BEGIN_DECLS

EkCliOperation *ek_cli_capture_operation_new (EkPort *port, const EkCaptureOptions *options);

G_END_DECLS
