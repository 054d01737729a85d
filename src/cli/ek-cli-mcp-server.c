/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON-RPC 2.0 as the Model Context Protocol uses it; source: its specification, 2025-06-18, base
 * protocol, lifecycle, tools, and the utilities cancellation, ping and progress. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-mcp-server.h"

#include <gio/gunixinputstream.h>

#include "ek-cli-json.h"
#include "ek-cli-rpc.h"
#include "ek-cli-tools.h"
#include "ek-cli-wait.h"
#include "ek-json.h"

/* One message. A list of files for esp_flash_multi has some hundred bytes. */
#define MAX_MESSAGE (1u << 20)
#define READ_SIZE   (1u << 16)

/* Newest first: what a client doesn't know it may refuse. */
static const char *const protocol_versions[] = { "2025-11-25", "2025-06-18", "2025-03-26",
                                                 "2024-11-05" };

struct _EkCliMcpServer
{
  GObject parent_instance;

  GInputStream *input;
  EkCliRpc rpc;
  GMainLoop *loop;
  GCancellable *reading;
  GByteArray *line;
  gboolean skipping; /* the rest of a line that is too long */
  gboolean initialized;
  gboolean ended;
  GPtrArray *calls; /* (element-type Call): under way */
};

/**
 * Call:
 *
 * A tool at work.
 */
typedef struct
{
  EkCliMcpServer *server;
  JsonNode *id;
  JsonNode *token; /* (nullable): of progress */
  EkCliOperation *operation;
  GCancellable *cancellable;
  gulong handler;
  double told;        /* progress, percent */
  gboolean withdrawn; /* the client wants no answer any more */
} Call;

typedef void (*Handler) (EkCliMcpServer *self, JsonNode *id, JsonObject *params);

G_DEFINE_FINAL_TYPE (EkCliMcpServer, ek_cli_mcp_server, G_TYPE_OBJECT)

static void
call_free (gpointer item)
{
  Call *call = item;

  g_clear_signal_handler (&call->handler, ek_cli_operation_get_job (call->operation));
  ek_cli_operation_free (call->operation);
  json_node_unref (call->id);
  g_clear_pointer (&call->token, json_node_unref);
  g_object_unref (call->cancellable);
  g_free (call);
}

/* The client's version if we know it, else our newest: the client decides whether it goes on. */
static const char *
choose_version (JsonObject *params)
{
  const char *wanted = params != NULL ? ek_json_get_text (params, "protocolVersion") : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (protocol_versions); i++)
    if (g_strcmp0 (wanted, protocol_versions[i]) == 0)
      return protocol_versions[i];

  return protocol_versions[0];
}

static void
on_initialize (EkCliMcpServer *self, JsonNode *id, JsonObject *params)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (params == NULL || ek_json_get_text (params, "protocolVersion") == NULL)
    {
      ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_INVALID_PARAMS,
                               "protocolVersion is required");
      return;
    }

  self->initialized = TRUE;
  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "protocolVersion", choose_version (params));
  json_builder_set_member_name (builder, "capabilities");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "tools");
  json_builder_begin_object (builder);
  ek_cli_json_flag (builder, "listChanged", FALSE);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "serverInfo");
  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "name", "ekflash");
  ek_cli_json_text (builder, "title", "EchoKit Flasher");
  ek_cli_json_text (builder, "version", EK_VERSION);
  json_builder_end_object (builder);
  ek_cli_json_text (
      builder, "instructions",
      "Installs firmware on EchoKit devices that are plugged into this computer, and saves, "
      "compares and erases what is on them. flash.run keeps the owner's Wi-Fi and "
      "settings; the esp_flash_* tools do exactly what they are told. Ask the owner before "
      "anything is erased. A port of sim: is a simulated device.");
  json_builder_end_object (builder);
  ek_cli_rpc_answer (&self->rpc, id, json_builder_get_root (builder));
}

static void
on_ping (EkCliMcpServer *self, JsonNode *id, JsonObject *params)
{
  ek_cli_rpc_answer (&self->rpc, id, ek_cli_rpc_empty_result ());
}

static void
on_list_tools (EkCliMcpServer *self, JsonNode *id, JsonObject *params)
{
  ek_cli_rpc_answer (&self->rpc, id, ek_cli_tools_describe ());
}

static void
on_call_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  EkCliMcpServer *self = call->server;
  g_autoptr (GError) error = NULL;

  (void) ek_job_run_finish (EK_JOB (source), result, &error);
  if (!call->withdrawn && !self->ended)
    ek_cli_rpc_answer (&self->rpc, call->id,
                       ek_cli_rpc_tool_result (ek_cli_operation_get_result (call->operation, error),
                                               error != NULL));
  g_ptr_array_remove (self->calls, call);
  if (self->ended && self->calls->len == 0)
    g_main_loop_quit (self->loop);
}

/* Progress has to grow with each notification. */
static void
on_call_progress (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (JsonBuilder) builder = NULL;
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  if (call->withdrawn || call->server->ended || info.phase == EK_PHASE_WAITING ||
      info.fraction * 100 <= call->told)
    return;

  call->told = info.fraction * 100;
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "progressToken");
  json_builder_add_value (builder, json_node_copy (call->token));
  ek_cli_json_seconds (builder, "progress", call->told);
  ek_cli_json_number (builder, "total", 100);
  ek_cli_json_text (builder, "message", ek_cli_phase_words (info.phase));
  json_builder_end_object (builder);
  ek_cli_rpc_notify (&call->server->rpc, "notifications/progress", json_builder_get_root (builder));
}

static gboolean
is_token (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         (json_node_get_value_type (node) == G_TYPE_STRING ||
          json_node_get_value_type (node) == G_TYPE_INT64);
}

static void
start_call (EkCliMcpServer *self, JsonNode *id, JsonObject *params, EkCliOperation *operation)
{
  JsonObject *meta = ek_json_get_object (params, "_meta");
  JsonNode *token = meta != NULL ? json_object_get_member (meta, "progressToken") : NULL;
  Call *call = g_new0 (Call, 1);
  EkJob *job = ek_cli_operation_get_job (operation);

  call->server = self;
  call->id = json_node_copy (id);
  call->operation = operation;
  call->cancellable = g_cancellable_new ();
  if (is_token (token))
    {
      call->token = json_node_copy (token);
      call->handler = g_signal_connect (job, "notify", G_CALLBACK (on_call_progress), call);
    }
  g_ptr_array_add (self->calls, call);
  ek_job_run_async (job, call->cancellable, on_call_finished, call);
}

static void
on_call_tool (EkCliMcpServer *self, JsonNode *id, JsonObject *params)
{
  const char *name = params != NULL ? ek_json_get_text (params, "name") : NULL;
  const EkCliTool *tool = ek_cli_tool_find (name);
  JsonNode *node = params != NULL ? json_object_get_member (params, "arguments") : NULL;
  EkCliArguments arguments = { 0 };
  EkCliOperation *operation;

  if (tool == NULL)
    {
      g_autofree char *message =
          g_strdup_printf ("there is no tool “%s”", name != NULL ? name : "");

      ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_INVALID_PARAMS, message);
      return;
    }
  if (node != NULL && !JSON_NODE_HOLDS_OBJECT (node) && !JSON_NODE_HOLDS_NULL (node))
    {
      ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_INVALID_PARAMS,
                               "arguments have to be an object");
      return;
    }

  /* What is wrong with an argument is a result: whoever called can call again with a better one. */
  arguments.object =
      node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  operation = ek_cli_tool_start (tool, &arguments);
  if (operation != NULL)
    start_call (self, id, params, operation);
  else
    ek_cli_rpc_answer (&self->rpc, id, ek_cli_rpc_tool_error (arguments.error));
  g_clear_error (&arguments.error);
}

static Call *
find_call (EkCliMcpServer *self, JsonNode *id)
{
  for (guint i = 0; id != NULL && i < self->calls->len; i++)
    {
      Call *call = self->calls->pdata[i];

      if (json_node_equal (call->id, id))
        return call;
    }

  return NULL;
}

/* The job ends by itself, and leaves the device as well as it can; nothing is answered then. */
static void
on_cancelled (EkCliMcpServer *self, JsonObject *params)
{
  JsonNode *id = params != NULL ? json_object_get_member (params, "requestId") : NULL;
  Call *call = find_call (self, id);

  if (call == NULL)
    return;
  call->withdrawn = TRUE;
  g_cancellable_cancel (call->cancellable);
}

static const struct
{
  const char *method;
  gboolean early; /* may come before initialize */
  Handler handle;
} methods[] = {
  { "initialize", TRUE, on_initialize },
  { "ping", TRUE, on_ping },
  { "tools/list", FALSE, on_list_tools },
  { "tools/call", FALSE, on_call_tool },
};

static void
handle_request (EkCliMcpServer *self, JsonNode *id, const char *method, JsonObject *params)
{
  if (find_call (self, id) != NULL)
    {
      ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_INVALID_REQUEST, "this id is in use");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (!g_str_equal (method, methods[i].method))
        continue;
      if (self->initialized || methods[i].early)
        methods[i].handle (self, id, params);
      else
        ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_INVALID_REQUEST,
                                 "initialize comes first");
      return;
    }

  ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_METHOD_NOT_FOUND, "there is no such method");
}

static gboolean
read_params (JsonObject *object, JsonObject **params)
{
  JsonNode *node = json_object_get_member (object, "params");

  *params = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  return node == NULL || *params != NULL;
}

static void
handle_message (EkCliMcpServer *self, JsonNode *root)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *id = object != NULL ? json_object_get_member (object, "id") : NULL;
  const char *method = object != NULL ? ek_json_get_text (object, "method") : NULL;
  JsonObject *params;

  if (object == NULL || g_strcmp0 (ek_json_get_text (object, "jsonrpc"), "2.0") != 0 ||
      (id != NULL && !is_token (id)))
    {
      ek_cli_rpc_answer_error (&self->rpc, is_token (id) ? id : NULL, EK_CLI_RPC_INVALID_REQUEST,
                               "no request of JSON-RPC 2.0");
      return;
    }
  /* We ask the client nothing, so an answer is to nothing. */
  if (method == NULL &&
      (json_object_has_member (object, "result") || json_object_has_member (object, "error")))
    return;
  if (method == NULL || !read_params (object, &params))
    {
      ek_cli_rpc_answer_error (&self->rpc, id, EK_CLI_RPC_INVALID_REQUEST,
                               "method has to be a text, and params an object");
      return;
    }

  if (id != NULL)
    handle_request (self, id, method, params);
  else if (g_str_equal (method, "notifications/cancelled"))
    on_cancelled (self, params);
}

static void
handle_line (EkCliMcpServer *self, const char *text, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;

  if (size > 0 && text[size - 1] == '\r')
    size--;
  if (size == 0)
    return;

  root = ek_json_parse (text, size, MAX_MESSAGE, EK_ERROR_INVALID_ARGUMENT, &error);
  if (root == NULL)
    ek_cli_rpc_answer_error (&self->rpc, NULL, EK_CLI_RPC_PARSE_ERROR, error->message);
  else
    handle_message (self, root);
}

static void
take_line (EkCliMcpServer *self)
{
  if (!self->skipping)
    handle_line (self, (const char *) self->line->data, self->line->len);
  self->skipping = FALSE;
  g_byte_array_set_size (self->line, 0);
}

static void
take_bytes (EkCliMcpServer *self, const guint8 *data, gsize size)
{
  while (size > 0 && !self->ended)
    {
      const guint8 *end = memchr (data, '\n', size);
      gsize n = end != NULL ? (gsize) (end - data) : size;

      if (!self->skipping)
        g_byte_array_append (self->line, data, (guint) n);
      if (self->line->len > MAX_MESSAGE)
        {
          self->skipping = TRUE;
          g_byte_array_set_size (self->line, 0);
          ek_cli_rpc_answer_error (&self->rpc, NULL, EK_CLI_RPC_PARSE_ERROR,
                                   "the message is too long");
        }
      if (end != NULL)
        {
          take_line (self);
          n++;
        }
      data += n;
      size -= n;
    }
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkCliMcpServer) self = user_data;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  gsize size = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  if (size == 0)
    {
      ek_cli_mcp_server_stop (self);
      return;
    }
  take_bytes (self, data, size);
  if (!self->ended)
    g_input_stream_read_bytes_async (self->input, READ_SIZE, G_PRIORITY_DEFAULT, self->reading,
                                     on_read, g_object_ref (self));
}

static void
on_client_gone (gpointer user_data)
{
  ek_cli_mcp_server_stop (user_data);
}

static void
ek_cli_mcp_server_finalize (GObject *object)
{
  EkCliMcpServer *self = EK_CLI_MCP_SERVER (object);

  g_clear_object (&self->input);
  g_clear_object (&self->reading);
  g_main_loop_unref (self->loop);
  g_byte_array_unref (self->line);
  g_ptr_array_unref (self->calls);

  G_OBJECT_CLASS (ek_cli_mcp_server_parent_class)->finalize (object);
}

static void
ek_cli_mcp_server_class_init (EkCliMcpServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_cli_mcp_server_finalize;
}

static void
ek_cli_mcp_server_init (EkCliMcpServer *self)
{
  self->loop = g_main_loop_new (NULL, FALSE);
  self->reading = g_cancellable_new ();
  self->line = g_byte_array_new ();
  self->calls = g_ptr_array_new_with_free_func (call_free);
}

/**
 * ek_cli_mcp_server_new:
 * @input: the client's messages
 * @output: answers; nothing else may write there
 *
 * Returns: (transfer full)
 */
EkCliMcpServer *
ek_cli_mcp_server_new (int input, int output)
{
  EkCliMcpServer *self = g_object_new (EK_TYPE_CLI_MCP_SERVER, NULL);

  self->input = g_unix_input_stream_new (input, FALSE);
  self->rpc = (EkCliRpc){ output, on_client_gone, self };
  return self;
}

/**
 * ek_cli_mcp_server_run:
 *
 * Serves until the input ends or ek_cli_mcp_server_stop(). Tools that are at work then are cancelled,
 * and waited for.
 */
void
ek_cli_mcp_server_run (EkCliMcpServer *self)
{
  g_input_stream_read_bytes_async (self->input, READ_SIZE, G_PRIORITY_DEFAULT, self->reading,
                                   on_read, g_object_ref (self));
  g_main_loop_run (self->loop);
}

/**
 * ek_cli_mcp_server_stop:
 *
 * The client has gone: whatever is under way is cancelled.
 */
void
ek_cli_mcp_server_stop (EkCliMcpServer *self)
{
  if (self->ended)
    return;

  self->ended = TRUE;
  g_cancellable_cancel (self->reading);
  for (guint i = 0; i < self->calls->len; i++)
    g_cancellable_cancel (((Call *) self->calls->pdata[i])->cancellable);
  if (self->calls->len == 0)
    g_main_loop_quit (self->loop);
}
