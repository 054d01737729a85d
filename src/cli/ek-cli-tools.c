/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each tool makes the same operation as the command of the same purpose, and gives the same object. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-tools.h"

#include "ek-cli-capture.h"
#include "ek-cli-device.h"
#include "ek-cli-flash-operation.h"
#include "ek-cli-json.h"
#include "ek-cli-region.h"
#include "ek-cli-saving.h"
#include "ek-cli-web.h"

/* The defaults of flash.run. */
#define RUN_BAUD     460800
#define MIN_BAUD     9600
#define MAX_BAUD     12000000
#define CONSOLE_BAUD 115200
#define MAX_FILES    64

#define PORT_REQUIRED                                                                         \
  "\"port\":{\"type\":[\"string\",\"null\"],\"default\":null,\"description\":\"Serial port, " \
  "socket://HOST:PORT or sim: for a simulated device. Required.\"}"
#define PORT_OPTIONAL                                                                            \
  "\"port\":{\"type\":\"string\",\"description\":\"Serial port. Default: the only device there " \
  "is.\"}"
#define ADDRESS(name, words) \
  "\"" name "\":{\"type\":\"string\",\"default\":\"0x0\",\"description\":\"" words "\"}"
#define FLAG(name, value, words) \
  "\"" name "\":{\"type\":\"boolean\",\"default\":" value ",\"description\":\"" words "\"}"
#define PATH(name, words) "\"" name "\":{\"type\":\"string\",\"description\":\"" words "\"}"
#define SIZE(words) \
  "\"size\":{\"type\":[\"string\",\"null\"],\"default\":null,\"description\":\"" words "\"}"

#define LISTS                                                                                     \
  "\"lists\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"},\"description\":" \
  "\"Firmware "                                                                                   \
  "lists, by URL or file, instead of EchoKit's own.\"}," FLAG (                                   \
      "offline", "false", "Ask no server: use what was downloaded before.")

/* The tools of the flash manager want a port; the others find it themselves. */
static EkPort *
open_port (EkCliArguments *arguments, gboolean required, int baud, EkLoaderOptions *options)
{
  const char *port = required ? ek_cli_arguments_need (arguments, "port")
                              : ek_cli_arguments_text (arguments, "port", NULL);
  const char *devices[] = { port, NULL };
  EkCliDevice device = { .devices = port != NULL ? (char **) devices : NULL,
                         .baud = baud,
                         .wait = 0 };

  return arguments->error == NULL ? ek_cli_device_open (&device, TRUE, options, &arguments->error)
                                  : NULL;
}

static EkCliOperation *
start_flash (EkCliArguments *arguments,
             const EkCliFiles *files,
             EkCliFlashOptions *options,
             gboolean port_required,
             int baud)
{
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkBundle) bundle = NULL;

  if (!(port = open_port (arguments, port_required, baud, &options->job.loader)) ||
      !(bundle = ek_cli_open_bundle (files, NULL, options->board, &arguments->error)))
    return NULL;

  return ek_cli_flash_operation_new (port, bundle, files, options, &arguments->error);
}

static EkCliOperation *
start_flash_run (EkCliArguments *arguments)
{
  const char *path = ek_cli_arguments_need (arguments, "firmware_path");
  guint32 offset = EK_SEGMENT_OFFSET_AUTO;
  EkCliFiles files = { .n = 1, .offsets = &offset, .paths = &path };
  EkCliFlashOptions options = { .board = ek_cli_arguments_text (arguments, "board", NULL) };
  int baud = (int) ek_cli_arguments_number (arguments, "baud", RUN_BAUD, MIN_BAUD, MAX_BAUD);

  options.job.plan.fresh = ek_cli_arguments_flag (arguments, "fresh", FALSE);
  options.job.dry_run = ek_cli_arguments_flag (arguments, "dry_run", FALSE);
  return start_flash (arguments, &files, &options, FALSE, baud);
}

static EkCliOperation *
start_flash_firmware (EkCliArguments *arguments)
{
  const char *path = ek_cli_arguments_need (arguments, "firmware_path");
  guint32 offset = ek_cli_arguments_address (arguments, "address", 0);
  EkCliFiles files = { .n = 1, .offsets = &offset, .paths = &path };
  EkCliFlashOptions options = { .exact = TRUE };

  options.job.no_verify = !ek_cli_arguments_flag (arguments, "verify", TRUE);
  return start_flash (arguments, &files, &options, TRUE, 0);
}

/* An entry of "files": exactly an address and a path. */
static gboolean
read_file (EkCliArguments *arguments, JsonNode *node, guint32 *offset, const char **path)
{
  EkCliArguments entry = { 0 };

  if (!JSON_NODE_HOLDS_OBJECT (node) || json_object_get_size (json_node_get_object (node)) != 2)
    {
      g_set_error (&arguments->error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "files: each is an object with address and path");
      return FALSE;
    }

  entry.object = json_node_get_object (node);
  (void) ek_cli_arguments_need (&entry, "address");
  *path = ek_cli_arguments_need (&entry, "path");
  *offset = ek_cli_arguments_address (&entry, "address", 0);
  if (entry.error == NULL)
    return TRUE;

  g_prefix_error (&entry.error, "files: ");
  g_propagate_error (&arguments->error, entry.error);
  return FALSE;
}

static EkCliOperation *
start_flash_multi (EkCliArguments *arguments)
{
  JsonArray *list = ek_cli_arguments_list (arguments, "files");
  guint n = list != NULL ? json_array_get_length (list) : 0;
  guint32 offsets[MAX_FILES];
  const char *paths[MAX_FILES];
  EkCliFiles files = { .n = n, .listed = TRUE, .offsets = offsets, .paths = paths };
  EkCliFlashOptions options = { .exact = TRUE };

  options.job.no_verify = !ek_cli_arguments_flag (arguments, "verify", TRUE);
  options.job.no_compress = !ek_cli_arguments_flag (arguments, "compress", TRUE);
  if (arguments->error == NULL && n > MAX_FILES)
    g_set_error (&arguments->error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "files: more than %d",
                 MAX_FILES);
  for (guint i = 0; i < n && arguments->error == NULL; i++)
    (void) read_file (arguments, json_array_get_element (list, i), &offsets[i], &paths[i]);
  if (arguments->error != NULL)
    return NULL;

  return start_flash (arguments, &files, &options, TRUE, 0);
}

static EkCliOperation *
start_flash_read (EkCliArguments *arguments)
{
  EkReadJobOptions options = {
    .path = ek_cli_arguments_need (arguments, "output_path"),
    .offset = ek_cli_arguments_address (arguments, "start_address", 0),
    .size = ek_cli_arguments_size (arguments, "size"),
  };
  g_autoptr (EkPort) port = open_port (arguments, TRUE, 0, &options.device.loader);

  return port != NULL ? ek_cli_read_operation_new (port, &options) : NULL;
}

static EkCliOperation *
start_flash_erase (EkCliArguments *arguments)
{
  EkEraseJobOptions options = {
    .offset = ek_cli_arguments_address (arguments, "start_address", 0),
    .size = ek_cli_arguments_size (arguments, "size"),
  };
  g_autoptr (EkPort) port = open_port (arguments, TRUE, 0, &options.device.loader);

  return port != NULL ? ek_cli_erase_operation_new (port, &options) : NULL;
}

static EkCliOperation *
start_flash_backup (EkCliArguments *arguments)
{
  EkReadJobOptions options = {
    .path = ek_cli_arguments_need (arguments, "backup_path"),
    .offset = ek_cli_arguments_flag (arguments, "include_bootloader", TRUE)
                  ? 0
                  : EK_CLI_BEHIND_BOOTLOADER,
  };
  g_autoptr (EkPort) port = open_port (arguments, TRUE, 0, &options.device.loader);

  return port != NULL ? ek_cli_backup_operation_new (port, &options) : NULL;
}

static EkCliOperation *
start_verify_flash (EkCliArguments *arguments)
{
  EkVerifyJobOptions options = {
    .path = ek_cli_arguments_need (arguments, "firmware_path"),
    .offset = ek_cli_arguments_address (arguments, "address", 0),
  };
  g_autoptr (EkPort) port = open_port (arguments, TRUE, 0, &options.device.loader);

  return port != NULL ? ek_cli_verify_operation_new (port, &options) : NULL;
}

static EkCliOperation *
start_monitor_run (EkCliArguments *arguments)
{
  EkLoaderOptions unused;
  int baud = (int) ek_cli_arguments_number (arguments, "baud", CONSOLE_BAUD, MIN_BAUD, MAX_BAUD);
  gint64 seconds =
      ek_cli_arguments_number (arguments, "duration_sec", EK_CAPTURE_DEFAULT_SECONDS, 1, G_MAXINT);
  EkCaptureOptions options = {
    .baud = (guint) baud,
    .seconds = (guint) MIN (seconds, EK_CAPTURE_MAX_SECONDS),
    .filter = ek_cli_arguments_text (arguments, "filter", NULL),
    .reset = ek_cli_arguments_flag (arguments, "reset_on_connect", TRUE),
  };
  g_autoptr (EkPort) port = open_port (arguments, FALSE, baud, &unused);

  return port != NULL ? ek_cli_capture_operation_new (port, &options) : NULL;
}

/* clang-format off */
static const EkCliTool tools[] = {
  { .name = "firmware.list",
    .title = "List firmware",
    .description = "Lists the firmware that can be downloaded and installed.",
    .schema = PATH ("job_id", "Only the entry with this task_id.") "," LISTS,
    .required = "",
    .read_only = TRUE,
    .start = ek_cli_start_firmware_list },
  { .name = "firmware.download",
    .title = "Download firmware",
    .description = "Downloads the firmware of an entry of the list, checks it and saves it.",
    .schema = PATH ("job_id", "The entry's task_id, its id, or a board: diy or box.") ","
              PATH ("output_dir", "Where the files go. Default: where the server was started.") ","
              LISTS,
    .required = "job_id",
    .read_only = TRUE,
    .start = ek_cli_start_firmware_download },
  { .name = "elf.download",
    .title = "Download a program with its symbols",
    .description = "Downloads the ELF file that a firmware was made of, for a debugger.",
    .schema = PATH ("build_id", "The entry's task_id, its id, or a board: diy or box.") ","
              PATH ("output_path", "The file to make; folders above it are made.") ","
              PATH ("control_url", "Where releases are told, as GitHub does. Default: the environment "
                                   "variable CONTROL_PLANE_URL, else EchoKit's own.") "," LISTS,
    .required = "build_id,output_path",
    .read_only = TRUE,
    .start = ek_cli_start_elf_download },
  { .name = "flash.run",
    .title = "Install firmware",
    .description = "Installs firmware on a device that is plugged into this computer. Keeps Wi-Fi and "
                   "settings, writes only what differs, has the chip check every byte, and sees the "
                   "device start.",
    .schema = PATH ("firmware_path", "The firmware: an image, an app, or a bundle.") ","
              PORT_OPTIONAL ","
              "\"baud\":{\"type\":\"integer\",\"default\":460800,\"minimum\":9600,"
              "\"maximum\":12000000,\"description\":\"Fastest speed to use.\"},"
              "\"board\":{\"type\":\"string\",\"enum\":[\"diy\",\"box\"],"
              "\"description\":\"What the firmware is for.\"},"
              FLAG ("fresh", "false", "Forget Wi-Fi and settings.") ","
              FLAG ("dry_run", "false", "Say what would be done, and do nothing."),
    .required = "firmware_path",
    .start = start_flash_run },
  { .name = "monitor.run",
    .title = "Listen to a device",
    .description = "Captures what a device says for a time, without its secrets. The first 512 KiB are "
                   "kept.",
    .schema = PORT_OPTIONAL ","
              "\"baud\":{\"type\":\"integer\",\"default\":115200,\"minimum\":9600,"
              "\"maximum\":12000000,\"description\":\"Speed of the console.\"},"
              "\"duration_sec\":{\"type\":\"integer\",\"default\":30,\"minimum\":1,"
              "\"description\":\"How long, 600 at most.\"},"
              PATH ("filter", "Keep only lines that have this text.") ","
              FLAG ("reset_on_connect", "true", "Restart the device first."),
    .required = "",
    .read_only = TRUE,
    .start = start_monitor_run },
  { .name = "esp_flash_firmware",
    .title = "Write one file",
    .description = "Writes one file to an address of the flash, byte for byte, over settings too.",
    .schema = PATH ("firmware_path", "The file.") "," PORT_REQUIRED ","
              ADDRESS ("address", "Where it goes, such as 0x10000.") ","
              FLAG ("verify", "true", "Have the chip check what it got."),
    .required = "firmware_path",
    .destructive = TRUE,
    .start = start_flash_firmware },
  { .name = "esp_flash_multi",
    .title = "Write several files",
    .description = "Writes several files to addresses of the flash within one connection.",
    .schema = "\"files\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
              "\"properties\":{\"address\":{\"type\":\"string\"},\"path\":{\"type\":\"string\"}},"
              "\"required\":[\"address\",\"path\"],\"additionalProperties\":false},"
              "\"description\":\"What goes where.\"},"
              PORT_REQUIRED ","
              FLAG ("verify", "true", "Have the chip check what it got.") ","
              FLAG ("compress", "true", "Send the bytes compressed."),
    .required = "files",
    .destructive = TRUE,
    .start = start_flash_multi },
  { .name = "esp_flash_read",
    .title = "Read flash",
    .description = "Reads a range of the flash, or all of it, into a file. The file may hold the "
                   "device's Wi-Fi password.",
    .schema = PATH ("output_path", "The file to make; folders above it are made.") ","
              PORT_REQUIRED ","
              ADDRESS ("start_address", "Where to begin.") ","
              SIZE ("How many bytes, hexadecimal or decimal. Default: to the end."),
    .required = "output_path",
    .read_only = TRUE,
    .start = start_flash_read },
  { .name = "esp_flash_erase",
    .title = "Erase flash",
    .description = "Erases the whole flash, or a range of it, without asking. Wi-Fi, settings and "
                   "firmware in it are lost.",
    .schema = PORT_REQUIRED ","
              ADDRESS ("start_address", "Where to begin, a multiple of 0x1000.") ","
              SIZE ("How many bytes, a multiple of 0x1000. Default: to the end."),
    .required = "",
    .destructive = TRUE,
    .start = start_flash_erase },
  { .name = "esp_flash_backup",
    .title = "Save a device",
    .description = "Saves the whole flash into a file, and beside it a manifest. The file holds the "
                   "device's Wi-Fi password.",
    .schema = PATH ("backup_path", "The file to make.") "," PORT_REQUIRED ","
              FLAG ("include_bootloader", "true", "False begins at 0x1000, which on an ESP32-S3 cuts "
                    "the boot loader in two: such a backup can't bring back an erased device."),
    .required = "backup_path",
    .read_only = TRUE,
    .start = start_flash_backup },
  { .name = "esp_verify_flash",
    .title = "Compare flash with a file",
    .description = "Says whether the flash holds the bytes of a file, and where they begin to differ.",
    .schema = PATH ("firmware_path", "The file.") "," PORT_REQUIRED ","
              ADDRESS ("address", "Where its first byte has to be."),
    .required = "firmware_path",
    .read_only = TRUE,
    .start = start_verify_flash },
};
/* clang-format on */

/**
 * ek_cli_tool_find:
 *
 * Returns: (nullable) (transfer none)
 */
const EkCliTool *
ek_cli_tool_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    if (g_strcmp0 (name, tools[i].name) == 0)
      return &tools[i];

  return NULL;
}

static JsonNode *
describe_arguments (const EkCliTool *tool)
{
  g_auto (GStrv) required = g_strsplit (tool->required, ",", -1);
  g_autoptr (GString) text = g_string_new ("{\"type\":\"object\",\"properties\":{");
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  g_string_append_printf (text, "%s},\"required\":[", tool->schema);
  for (guint i = 0; required[i] != NULL && *required[i] != '\0'; i++)
    g_string_append_printf (text, "%s\"%s\"", i > 0 ? "," : "", required[i]);
  g_string_append (text, "],\"additionalProperties\":false}");

  node = json_from_string (text->str, &error);
  g_assert_no_error (error);
  return node;
}

/* A misspelt argument must not be one that was left out: size, say, would be all of it. */
static gboolean
check_names (const EkCliTool *tool, EkCliArguments *arguments)
{
  g_autoptr (JsonNode) schema = describe_arguments (tool);
  JsonObject *known = json_object_get_object_member (json_node_get_object (schema), "properties");
  g_autoptr (GList) names = NULL;

  if (arguments->object == NULL)
    return TRUE;

  names = json_object_get_members (arguments->object);
  for (GList *item = names; item != NULL; item = item->next)
    if (!json_object_has_member (known, item->data))
      {
        g_set_error (&arguments->error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                     "%s: %s has no such argument", (char *) item->data, tool->name);
        return FALSE;
      }

  return TRUE;
}

/**
 * ek_cli_tool_start:
 *
 * Returns: (transfer full): an operation to be run; %NULL, and the arguments have an error, if one of
 *   them is wrong or the device or file can't be had
 */
EkCliOperation *
ek_cli_tool_start (const EkCliTool *tool, EkCliArguments *arguments)
{
  EkCliOperation *operation = check_names (tool, arguments) ? tool->start (arguments) : NULL;

  /* What was wrong may have been found by looking at the last argument. */
  if (arguments->error != NULL)
    g_clear_pointer (&operation, ek_cli_operation_free);
  return operation;
}

/**
 * ek_cli_tools_describe:
 *
 * Returns: (transfer full): the result of tools/list
 */
JsonNode *
ek_cli_tools_describe (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "tools");
  json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      json_builder_begin_object (builder);
      ek_cli_json_text (builder, "name", tools[i].name);
      ek_cli_json_text (builder, "title", tools[i].title);
      ek_cli_json_text (builder, "description", tools[i].description);
      json_builder_set_member_name (builder, "inputSchema");
      json_builder_add_value (builder, describe_arguments (&tools[i]));
      json_builder_set_member_name (builder, "annotations");
      json_builder_begin_object (builder);
      ek_cli_json_flag (builder, "readOnlyHint", tools[i].read_only);
      ek_cli_json_flag (builder, "destructiveHint", tools[i].destructive);
      json_builder_end_object (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
