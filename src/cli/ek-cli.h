/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line's frame: commands, their options, and how they end. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-error.h"

G_BEGIN_DECLS

/* Exit codes, as the manual has them. */
#define EK_EXIT_OK          0
#define EK_EXIT_FAILED      1
#define EK_EXIT_USAGE       2
#define EK_EXIT_INTERRUPTED 130

/**
 * EkCommandLine:
 * @program: how the program was called
 * @argc: words after the command's name, the name itself included as the first
 * @argv: (array length=argc)
 */
typedef struct
{
  const char *program;
  int argc;
  char **argv;
} EkCommandLine;

/**
 * EkCliCommand:
 * @run: returns an exit code
 */
typedef struct
{
  const char *name;
  const char *summary;
  int (*run) (EkCommandLine *line);
} EkCliCommand;

int ek_cli_flash (EkCommandLine *line);
int ek_cli_catalog (EkCommandLine *line);
int ek_cli_elf (EkCommandLine *line);
int ek_cli_backup (EkCommandLine *line);
int ek_cli_restore (EkCommandLine *line);
int ek_cli_read (EkCommandLine *line);
int ek_cli_erase (EkCommandLine *line);
int ek_cli_verify (EkCommandLine *line);
int ek_cli_image (EkCommandLine *line);
int ek_cli_partition_table (EkCommandLine *line);
int ek_cli_probe (EkCommandLine *line);
int ek_cli_ports (EkCommandLine *line);
int ek_cli_settings (EkCommandLine *line);
int ek_cli_save_image (EkCommandLine *line);
int ek_cli_monitor (EkCommandLine *line);
int ek_cli_decode (EkCommandLine *line);
int ek_cli_mcp (EkCommandLine *line);
int ek_cli_simulate (EkCommandLine *line);
int ek_cli_bundle (EkCommandLine *line);
int ek_cli_demo (EkCommandLine *line);

GOptionContext *
ek_cli_context_new (const char *parameters, const char *summary, const GOptionEntry *entries);
int ek_cli_parse (EkCommandLine *line, GOptionContext *context, gboolean json);
int ek_cli_usage_error (EkCommandLine *line, const char *message);
int ek_cli_run (int argc, char **argv);

G_END_DECLS
