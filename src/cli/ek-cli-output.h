/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command line prints while a job runs, and how an error reads. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-advice.h"
#include "ek-job.h"

G_BEGIN_DECLS

gboolean ek_cli_run_job (EkJob *job, gboolean quiet, gboolean *interrupted, GError **error);

void ek_cli_print_json (JsonBuilder *builder);
void ek_cli_print_json_line (JsonBuilder *builder);
void ek_cli_print_node (JsonNode *node);
void ek_cli_add_error (JsonBuilder *builder, const GError *error);
void ek_cli_print_advice (const EkAdvice *advice);
void ek_cli_print_error (const GError *error);
int ek_cli_fail (const GError *error, gboolean json, gboolean interrupted);
char *ek_cli_format_seconds (double seconds);

G_END_DECLS
