/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of JSON-RPC 2.0 to a client, one a line. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* JSON-RPC 2.0, section 5.1. */
#define EK_CLI_RPC_PARSE_ERROR      (-32700)
#define EK_CLI_RPC_INVALID_REQUEST  (-32600)
#define EK_CLI_RPC_METHOD_NOT_FOUND (-32601)
#define EK_CLI_RPC_INVALID_PARAMS   (-32602)

/**
 * EkCliRpc:
 * @output: where messages go
 * @on_gone: is told when nobody reads them any more
 */
typedef struct
{
  int output;
  void (*on_gone) (gpointer user_data);
  gpointer user_data;
} EkCliRpc;

void ek_cli_rpc_answer (EkCliRpc *self, JsonNode *id, JsonNode *result);
void ek_cli_rpc_answer_error (EkCliRpc *self, JsonNode *id, int code, const char *message);
void ek_cli_rpc_notify (EkCliRpc *self, const char *method, JsonNode *params);

JsonNode *ek_cli_rpc_empty_result (void);
JsonNode *ek_cli_rpc_tool_result (JsonNode *object, gboolean failed);
JsonNode *ek_cli_rpc_tool_error (const GError *error);

G_END_DECLS
