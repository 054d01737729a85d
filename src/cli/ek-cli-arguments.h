/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arguments of a tool call: read by name and type, with the first problem kept. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkCliArguments:
 * @object: (nullable): as the client sent them
 * @error: (nullable): what was wrong with the first that was wrong
 */
typedef struct
{
  JsonObject *object;
  GError *error;
} EkCliArguments;

const char *ek_cli_arguments_text (EkCliArguments *self, const char *name, const char *fallback);
const char *ek_cli_arguments_need (EkCliArguments *self, const char *name);
gboolean ek_cli_arguments_flag (EkCliArguments *self, const char *name, gboolean fallback);
gint64 ek_cli_arguments_number (EkCliArguments *self,
                                const char *name,
                                gint64 fallback,
                                gint64 min,
                                gint64 max);
guint32 ek_cli_arguments_address (EkCliArguments *self, const char *name, guint32 fallback);
guint32 ek_cli_arguments_size (EkCliArguments *self, const char *name);
JsonArray *ek_cli_arguments_list (EkCliArguments *self, const char *name);

char **ek_cli_arguments_texts (EkCliArguments *self, const char *name);

G_END_DECLS
