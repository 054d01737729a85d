/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tool monitor.run: the same object as ekflash monitor --json. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-capture.h"

#include "ek-cli-monitor.h"
#include "ek-function-job.h"

typedef struct
{
  EkPort *port;
  EkCaptureOptions options;
  char *filter;
  EkCapture capture;
} Request;

static void
request_free (gpointer item)
{
  Request *self = item;

  ek_capture_clear (&self->capture);
  g_object_unref (self->port);
  g_free (self->filter);
  g_free (self);
}

static gboolean
run (gpointer data, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  Request *self = data;

  ek_progress_set_weight (progress, EK_PHASE_READ, self->options.seconds);
  ek_progress_begin (progress, EK_PHASE_READ, 0);
  return ek_capture_run (&self->capture, self->port, &self->options, cancellable, error);
}

static void
add_result (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  Request *self = data;

  if (error == NULL)
    ek_cli_add_capture (builder, &self->capture, self->port, self->options.baud);
}

/**
 * ek_cli_capture_operation_new:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_capture_operation_new (EkPort *port, const EkCaptureOptions *options)
{
  static const EkCliOperationClass klass = { .add_result = add_result, .says_success = TRUE };
  Request *self = g_new0 (Request, 1);

  self->port = g_object_ref (port);
  self->options = *options;
  self->filter = g_strdup (options->filter);
  self->options.filter = self->filter;
  return ek_cli_operation_new (&klass, ek_function_job_new (run, self), self, request_free);
}
