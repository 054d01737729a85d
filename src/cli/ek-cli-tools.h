/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools of ekflash mcp: names, schemas, and what starts each. */
#pragma once

#include "ek-cli-arguments.h"
#include "ek-cli-operation.h"

G_BEGIN_DECLS

/**
 * EkCliTool:
 * @description: for the client's model
 * @schema: of its arguments: a JSON Schema's "properties"
 * @required: comma-separated names of those that have to be there
 * @read_only: changes nothing on a device
 * @destructive: may take away what can't be had back
 * @start: makes the operation; %NULL if an argument is wrong or the device can't be named
 */
typedef struct
{
  const char *name;
  const char *title;
  const char *description;
  const char *schema;
  const char *required;
  gboolean read_only;
  gboolean destructive;
  EkCliOperation *(*start) (EkCliArguments *arguments);
} EkCliTool;

const EkCliTool *ek_cli_tool_find (const char *name);
EkCliOperation *ek_cli_tool_start (const EkCliTool *tool, EkCliArguments *arguments);
JsonNode *ek_cli_tools_describe (void);

G_END_DECLS
