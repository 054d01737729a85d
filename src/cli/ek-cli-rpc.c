/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers, errors, notifications, and how the result of a tool is wrapped. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-rpc.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ek-cli-json.h"
#include "ek-cli-output.h"

static void
send_message (EkCliRpc *self, JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  const char *rest = line;
  gsize left = strlen (line);

  while (left > 0)
    {
      gssize n = write (self->output, rest, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_debug ("client: %s", g_strerror (errno));
          self->on_gone (self->user_data);
          return;
        }
      rest += n;
      left -= (gsize) n;
    }
}

static JsonBuilder *
begin_message (void)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "jsonrpc", "2.0");
  return builder;
}

static void
end_message (EkCliRpc *self, JsonBuilder *builder)
{
  json_builder_end_object (builder);
  send_message (self, builder);
}

/**
 * ek_cli_rpc_answer:
 * @id: (transfer none): of the request
 * @result: (transfer full)
 */
void
ek_cli_rpc_answer (EkCliRpc *self, JsonNode *id, JsonNode *result)
{
  g_autoptr (JsonBuilder) builder = begin_message ();

  json_builder_set_member_name (builder, "id");
  json_builder_add_value (builder, json_node_copy (id));
  json_builder_set_member_name (builder, "result");
  json_builder_add_value (builder, result);
  end_message (self, builder);
}

/**
 * ek_cli_rpc_answer_error:
 * @id: (nullable) (transfer none): %NULL where it can't be told what is answered
 * @code: of JSON-RPC
 */
void
ek_cli_rpc_answer_error (EkCliRpc *self, JsonNode *id, int code, const char *message)
{
  g_autoptr (JsonBuilder) builder = begin_message ();

  json_builder_set_member_name (builder, "id");
  if (id != NULL)
    json_builder_add_value (builder, json_node_copy (id));
  else
    json_builder_add_null_value (builder);
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "code");
  json_builder_add_int_value (builder, code);
  ek_cli_json_text (builder, "message", message);
  json_builder_end_object (builder);
  end_message (self, builder);
}

/**
 * ek_cli_rpc_notify:
 * @params: (transfer full)
 */
void
ek_cli_rpc_notify (EkCliRpc *self, const char *method, JsonNode *params)
{
  g_autoptr (JsonBuilder) builder = begin_message ();

  ek_cli_json_text (builder, "method", method);
  json_builder_set_member_name (builder, "params");
  json_builder_add_value (builder, params);
  end_message (self, builder);
}

/**
 * ek_cli_rpc_empty_result:
 *
 * Returns: (transfer full): {}
 */
JsonNode *
ek_cli_rpc_empty_result (void)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, json_object_new ());
  return node;
}

/**
 * ek_cli_rpc_tool_result:
 * @object: (transfer full): what the tool has to say
 * @failed: whether it failed
 *
 * Returns: (transfer full): the same, structured and, for clients that don't look there, as text
 */
JsonNode *
ek_cli_rpc_tool_result (JsonNode *object, gboolean failed)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *text = json_to_string (object, TRUE);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "content");
  json_builder_begin_array (builder);
  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "type", "text");
  ek_cli_json_text (builder, "text", text);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "structuredContent");
  json_builder_add_value (builder, object);
  ek_cli_json_flag (builder, "isError", failed);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

/**
 * ek_cli_rpc_tool_error:
 *
 * Returns: (transfer full): the result of a tool that could not begin
 */
JsonNode *
ek_cli_rpc_tool_error (const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_add_error (builder, error);
  json_builder_end_object (builder);
  return ek_cli_rpc_tool_result (json_builder_get_root (builder), TRUE);
}
