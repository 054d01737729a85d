/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What workshops do beside installing: save, bring back, compare, erase. */
#pragma once

#include "ek-operation.h"

G_BEGIN_DECLS

/**
 * EkTool:
 *
 * What is done.
 */
typedef enum
{
  EK_TOOL_BACKUP,
  EK_TOOL_RESTORE,
  EK_TOOL_VERIFY,
  EK_TOOL_ERASE,

  EK_N_TOOLS /*< skip >*/
} EkTool;

#define EK_TYPE_TOOL_OPERATION (ek_tool_operation_get_type ())
G_DECLARE_FINAL_TYPE (EkToolOperation, ek_tool_operation, EK, TOOL_OPERATION, EkOperation)

EkOperation *ek_tool_operation_new (EkTarget *target, EkTool tool, const char *path);

G_END_DECLS
