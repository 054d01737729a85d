/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thing that was asked for, by a command or by a tool call: a job, and how its end is told. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-job.h"

G_BEGIN_DECLS

typedef struct _EkCliOperation EkCliOperation;

/**
 * EkCliOperationClass:
 * @add_result: adds the members of the result object; @error is %NULL after a success
 * @tell: (nullable): prints the result for people, after a success
 * @tell_failure: (nullable): prints what a failure left, below the error
 * @says_success: the members of @add_result include `success`, or the contract has none
 * @is_good: (nullable): whether a job that succeeded found what was hoped for
 *
 * How a kind of operation speaks. @data is the operation's own.
 */
typedef struct
{
  void (*add_result) (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error);
  void (*tell) (EkJob *job, gpointer data);
  void (*tell_failure) (EkJob *job, gpointer data);
  gboolean says_success;
  gboolean (*is_good) (EkJob *job, gpointer data);
} EkCliOperationClass;

EkCliOperation *ek_cli_operation_new (const EkCliOperationClass *klass,
                                      EkJob *job,
                                      gpointer data,
                                      GDestroyNotify destroy);
void ek_cli_operation_free (EkCliOperation *self);

EkJob *ek_cli_operation_get_job (EkCliOperation *self);
JsonNode *ek_cli_operation_get_result (EkCliOperation *self, const GError *error);
void ek_cli_operation_tell (EkCliOperation *self, const GError *error);
gboolean ek_cli_operation_is_good (EkCliOperation *self);
int ek_cli_operation_run (EkCliOperation *self, gboolean json, gboolean quiet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCliOperation, ek_cli_operation_free)

G_END_DECLS
