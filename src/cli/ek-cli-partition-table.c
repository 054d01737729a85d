/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash partition-table: what a table says, and from one form into the other. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "ek-cli-firmware.h"
#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-write.h"
#include "ek-cli.h"

static char *form;
static char *output;
static gboolean to_csv;
static gboolean to_binary;
static gboolean json;

static const GOptionEntry entries[] = {
  { "to", 0, 0, G_OPTION_ARG_STRING, &form, N_ ("write it as csv or bin"), N_ ("FORM") },
  { "to-csv", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &to_csv, NULL, NULL },
  { "to-binary", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &to_binary, NULL, NULL },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
    N_ ("where to (default for csv: standard output)"), N_ ("FILE") },
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { NULL },
};

static const char *
type_name (const EkPartition *partition)
{
  return partition->type == EK_PARTITION_TYPE_APP    ? "app"
         : partition->type == EK_PARTITION_TYPE_DATA ? "data"
                                                     : "other";
}

static void
print_table (EkPartitionTable *table)
{
  const char *layout = ek_partition_table_get_layout (table);

  printf ("%-16s %-6s %-7s %-10s %s\n", _ ("NAME"), _ ("TYPE"), _ ("SUBTYPE"), _ ("OFFSET"),
          _ ("SIZE"));
  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);

      printf ("%-16s %-6s 0x%02x    0x%-8x 0x%x\n", partition->label, type_name (partition),
              partition->subtype, partition->offset, partition->size);
    }
  if (layout != NULL)
    printf (_ ("This is EchoKit's layout %s.\n"), layout);
}

static void
print_json (EkPartitionTable *table, gboolean is_csv)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_json_flag (builder, "success", TRUE);
  ek_cli_json_text (builder, "form", is_csv ? "csv" : "bin");
  ek_cli_json_text (builder, "layout", ek_partition_table_get_layout (table));
  ek_cli_json_partitions (builder, table);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

/* CSV goes to the terminal as well; bytes only into a file. */
static gboolean
convert (EkPartitionTable *table, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  char *csv;

  if (g_str_equal (form, "bin"))
    {
      bytes = ek_partition_table_to_binary (table);
    }
  else
    {
      csv = ek_partition_table_to_csv (table);
      bytes = g_bytes_new_take (csv, strlen (csv));
    }

  if (output != NULL)
    return ek_cli_write_file (output, bytes, G_FILE_SET_CONTENTS_NONE, 0644, error);

  fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), stdout);
  return TRUE;
}

static int
run (const char *path)
{
  g_autoptr (EkPartitionTable) table = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_csv;

  if (!(table = ek_cli_read_table (path, &is_csv, &error)) ||
      (form != NULL && !convert (table, &error)))
    return ek_cli_fail (error, json, FALSE);

  if (json)
    print_json (table, is_csv);
  else if (form == NULL)
    print_table (table);
  return EK_EXIT_OK;
}

/**
 * ek_cli_partition_table:
 *
 * Shows or converts a partition table.
 */
int
ek_cli_partition_table (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new ("FILE",
                          _ ("Shows a partition table (CSV, binary, or that of a merged image), or "
                             "converts it."),
                          entries);
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc != 2)
    return ek_cli_usage_error (line, _ ("which file?"));
  if (to_csv || to_binary)
    form = to_csv ? "csv" : "bin";
  if (form != NULL && !g_str_equal (form, "csv") && !g_str_equal (form, "bin"))
    return ek_cli_usage_error (line, _ ("the form is csv or bin"));
  if (form != NULL && g_str_equal (form, "bin") && output == NULL)
    return ek_cli_usage_error (line, _ ("into which file? Say it with --output."));
  if (form != NULL && output == NULL && json)
    return ek_cli_usage_error (line, _ ("CSV and JSON can't both go to the standard output"));

  return run (line->argv[1]);
}
