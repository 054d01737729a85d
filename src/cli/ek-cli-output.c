/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs run to their end, results as JSON, errors in the owner's words. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-output.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-wait.h"
#include "ek-cli.h"

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  ek_cli_wait_show (&info, user_data);
}

static void
on_problem (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  ek_cli_wait_show_problem (&info, user_data);
}

/**
 * ek_cli_run_job:
 * @quiet: print nothing meanwhile, but what hands can do if they are waited for
 * @interrupted: (out): whether the person pressed Ctrl-C
 *
 * Runs a job to its end; Ctrl-C and SIGTERM cancel it cleanly.
 */
gboolean
ek_cli_run_job (EkJob *job, gboolean quiet, gboolean *interrupted, GError **error)
{
  g_auto (EkCliWait) wait = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  gulong problem, handler = 0;
  gboolean ok;

  ek_cli_wait_begin (&wait, quiet);
  problem = g_signal_connect (job, "notify::problem", G_CALLBACK (on_problem), &wait);
  if (!quiet)
    handler = g_signal_connect (job, "notify", G_CALLBACK (on_notify), &wait);
  ek_job_run_async (job, wait.cancellable, ek_cli_wait_ready, &wait);
  result = ek_cli_wait_end (&wait);
  g_clear_signal_handler (&handler, job);
  ok = ek_job_run_finish (job, result, error);
  g_clear_signal_handler (&problem, job);

  *interrupted = wait.interrupted;
  return ok;
}

/**
 * ek_cli_print_json:
 * @builder: holding one whole value
 *
 * Prints it on standard output, for programs to read.
 */
void
ek_cli_print_json (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  ek_cli_print_node (root);
}

/**
 * ek_cli_print_node:
 *
 * The same for a value that is built already.
 */
void
ek_cli_print_node (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, TRUE);

  puts (text);
}

/**
 * ek_cli_print_json_line:
 * @builder: holding one whole value
 *
 * The same on one line, for programs that read a stream.
 */
void
ek_cli_print_json_line (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);

  puts (text);
}

/**
 * ek_cli_add_error:
 *
 * Adds `success`, `error`, `code` and `advice` to an object that is being built.
 */
void
ek_cli_add_error (JsonBuilder *builder, const GError *error)
{
  const EkAdvice *advice = ek_advice_for_error (error);

  json_builder_set_member_name (builder, "success");
  json_builder_add_boolean_value (builder, FALSE);
  json_builder_set_member_name (builder, "error");
  json_builder_add_string_value (builder, error->message);
  json_builder_set_member_name (builder, "code");
  json_builder_add_string_value (builder, ek_error_name ((EkError) error->code));
  json_builder_set_member_name (builder, "advice");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "title");
  json_builder_add_string_value (builder, _ (advice->title));
  json_builder_set_member_name (builder, "why");
  json_builder_add_string_value (builder, _ (advice->why));
  json_builder_set_member_name (builder, "steps");
  json_builder_begin_array (builder);
  for (guint i = 0; advice->steps[i] != NULL; i++)
    json_builder_add_string_value (builder, _ (advice->steps[i]));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/**
 * ek_cli_print_advice:
 *
 * What happened, why, what to do.
 */
void
ek_cli_print_advice (const EkAdvice *advice)
{
  fprintf (stderr, "%s\n%s\n", _ (advice->title), _ (advice->why));
  for (guint i = 0; advice->steps[i] != NULL; i++)
    fprintf (stderr, "  %u. %s\n", i + 1, _ (advice->steps[i]));
}

/**
 * ek_cli_print_error:
 *
 * The same, and the technical line below.
 */
void
ek_cli_print_error (const GError *error)
{
  ek_cli_print_advice (ek_advice_for_error (error));
  fprintf (stderr, "[%s] %s\n", ek_error_name ((EkError) error->code), error->message);
}

/**
 * ek_cli_fail:
 *
 * Reports an error for people or, as the only output, for programs.
 *
 * Returns: the exit code
 */
int
ek_cli_fail (const GError *error, gboolean json, gboolean interrupted)
{
  if (json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      ek_cli_add_error (builder, error);
      json_builder_end_object (builder);
      ek_cli_print_json (builder);
    }
  else
    {
      ek_cli_print_error (error);
    }

  return interrupted ? EK_EXIT_INTERRUPTED : EK_EXIT_FAILED;
}

/**
 * ek_cli_format_seconds:
 *
 * Returns: (transfer full): such as "8 s" or "2:05 min"
 */
char *
ek_cli_format_seconds (double seconds)
{
  guint whole = (guint) (seconds + 0.5);

  if (whole < 60)
    return g_strdup_printf (_ ("%u s"), whole);

  return g_strdup_printf (_ ("%u:%02u min"), whole / 60, whole % 60);
}
