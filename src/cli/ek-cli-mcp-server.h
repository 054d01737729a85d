/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Model Context Protocol over two file descriptors: a line is a message. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_TYPE_CLI_MCP_SERVER (ek_cli_mcp_server_get_type ())
G_DECLARE_FINAL_TYPE (EkCliMcpServer, ek_cli_mcp_server, EK, CLI_MCP_SERVER, GObject)

EkCliMcpServer *ek_cli_mcp_server_new (int input, int output);
void ek_cli_mcp_server_run (EkCliMcpServer *self);
void ek_cli_mcp_server_stop (EkCliMcpServer *self);

G_END_DECLS
