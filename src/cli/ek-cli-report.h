/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a flash job is told: the plan, the result, for people and for programs. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-flash-job.h"

G_BEGIN_DECLS

/**
 * EkCliFiles:
 * @n: how many
 * @listed: they were given as a list, so they are told as one, also if it is one only
 * @offsets: #EK_SEGMENT_OFFSET_AUTO for a file that says itself where it goes
 *
 * The files of the call, as the person named them.
 */
typedef struct
{
  guint n;
  gboolean listed;
  const guint32 *offsets;
  const char *const *paths;
} EkCliFiles;

void ek_cli_report_plan (EkFlashPlan *plan);
void ek_cli_json_plan (JsonBuilder *builder, EkFlashPlan *plan);
void ek_cli_report_result (EkFlashJob *job, EkBundle *bundle, EkPort *port, gboolean dry_run);
void ek_cli_report_state (EkFlashJob *job);
void ek_cli_json_flash (JsonBuilder *builder,
                        EkFlashJob *job,
                        EkBundle *bundle,
                        EkPort *port,
                        const EkCliFiles *files,
                        const EkFlashJobOptions *options);

G_END_DECLS
