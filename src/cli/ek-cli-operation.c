/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same object for --json and for the tools of ekflash mcp. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-operation.h"

#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli.h"

struct _EkCliOperation
{
  const EkCliOperationClass *klass;
  EkJob *job;
  gpointer data;
  GDestroyNotify destroy;
};

/**
 * ek_cli_operation_new:
 * @klass: static
 * @job: (transfer full)
 * @data: (nullable) (transfer full): what the functions of @klass get
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_operation_new (const EkCliOperationClass *klass,
                      EkJob *job,
                      gpointer data,
                      GDestroyNotify destroy)
{
  EkCliOperation *self = g_new0 (EkCliOperation, 1);

  *self = (EkCliOperation){ klass, job, data, destroy };
  return self;
}

void
ek_cli_operation_free (EkCliOperation *self)
{
  if (self == NULL)
    return;

  g_object_unref (self->job);
  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

/**
 * ek_cli_operation_get_job:
 *
 * Returns: (transfer none): to be run
 */
EkJob *
ek_cli_operation_get_job (EkCliOperation *self)
{
  return self->job;
}

/**
 * ek_cli_operation_get_result:
 * @error: (nullable): why the job failed
 *
 * Returns: (transfer full): one object with `success` and what the operation has to say
 */
JsonNode *
ek_cli_operation_get_result (EkCliOperation *self, const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  if (error != NULL || !self->klass->says_success)
    ek_cli_json_outcome (builder, error);
  self->klass->add_result (self->job, self->data, builder, error);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

/**
 * ek_cli_operation_tell:
 * @error: (nullable): why the job failed
 *
 * Prints the same for people.
 */
void
ek_cli_operation_tell (EkCliOperation *self, const GError *error)
{
  if (error != NULL)
    {
      ek_cli_print_error (error);
      if (self->klass->tell_failure != NULL)
        self->klass->tell_failure (self->job, self->data);
    }
  else if (self->klass->tell != NULL)
    {
      self->klass->tell (self->job, self->data);
    }
}

/**
 * ek_cli_operation_is_good:
 *
 * Returns: %FALSE if a job that succeeded found, say, a difference
 */
gboolean
ek_cli_operation_is_good (EkCliOperation *self)
{
  return self->klass->is_good == NULL || self->klass->is_good (self->job, self->data);
}

/**
 * ek_cli_operation_run:
 *
 * Runs it as the whole of a command.
 *
 * Returns: the exit code
 */
int
ek_cli_operation_run (EkCliOperation *self, gboolean json, gboolean quiet)
{
  g_autoptr (GError) error = NULL;
  gboolean interrupted;
  gboolean ok = ek_cli_run_job (self->job, json || quiet, &interrupted, &error);

  if (json)
    {
      g_autoptr (JsonNode) result = ek_cli_operation_get_result (self, error);

      ek_cli_print_node (result);
    }
  else
    {
      ek_cli_operation_tell (self, error);
    }

  if (!ok)
    return interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_FAILED;
  return ek_cli_operation_is_good (self) ? EK_EXIT_OK : EK_EXIT_FAILED;
}
