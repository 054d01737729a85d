/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One progress line on a terminal, plain lines elsewhere; errors in the owner's words. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-output.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "ek-advice.h"
#include "ek-cli.h"

static const char *const phase_words[EK_N_PHASES] = {
  [EK_PHASE_WAITING] = N_ ("Waiting"),      [EK_PHASE_PREPARE] = N_ ("Preparing"),
  [EK_PHASE_DOWNLOAD] = N_ ("Downloading"), [EK_PHASE_CONNECT] = N_ ("Connecting"),
  [EK_PHASE_COMPARE] = N_ ("Comparing"),    [EK_PHASE_ERASE] = N_ ("Erasing"),
  [EK_PHASE_WRITE] = N_ ("Writing"),        [EK_PHASE_READ] = N_ ("Reading"),
  [EK_PHASE_VERIFY] = N_ ("Verifying"),     [EK_PHASE_START] = N_ ("Starting"),
};

/**
 * Watch:
 *
 * A job on its way, as the terminal shows it.
 */
typedef struct
{
  EkJob *job;
  GMainLoop *loop;
  GCancellable *cancellable;
  gboolean quiet;
  gboolean terminal;
  gboolean interrupted;
  gboolean line_open;
  int last_phase;
  gboolean ok;
  GError *error;
} Watch;

static void
close_line (Watch *watch)
{
  if (watch->line_open)
    fputs ("\r\033[K", stderr);
  watch->line_open = FALSE;
}

static void
show_line (Watch *watch, const EkProgressInfo *info)
{
  g_autofree char *done = g_format_size (info->bytes_done);
  g_autofree char *total = g_format_size (info->bytes_total);

  fprintf (stderr, "\r\033[K%3.0f %%  %s", info->fraction * 100, _ (phase_words[info->phase]));
  if (info->bytes_total > 0)
    fprintf (stderr, "  %s / %s", done, total);
  if (info->rate > 0)
    {
      g_autofree char *rate = g_format_size ((guint64) info->rate);

      fprintf (stderr, "  %s/s", rate);
    }
  if (info->seconds_left >= 1)
    {
      g_autofree char *left = ek_cli_format_seconds (info->seconds_left);

      fprintf (stderr, _ ("  %s left"), left);
    }
  if (info->attempt > 1)
    fprintf (stderr, _ ("  (attempt %u)"), info->attempt);
  fflush (stderr);
  watch->line_open = TRUE;
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  Watch *watch = user_data;
  EkProgressInfo info;

  ek_job_get_progress (watch->job, &info);
  if (info.phase == EK_PHASE_WAITING)
    return;
  if (watch->terminal)
    show_line (watch, &info);
  else if ((int) info.phase != watch->last_phase)
    fprintf (stderr, "%s…\n", _ (phase_words[info.phase]));
  watch->last_phase = (int) info.phase;
}

static gboolean
on_interrupt (gpointer user_data)
{
  Watch *watch = user_data;

  close_line (watch);
  watch->interrupted = TRUE;
  g_cancellable_cancel (watch->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;

  watch->ok = ek_job_run_finish (EK_JOB (source), result, &watch->error);
  g_main_loop_quit (watch->loop);
}

/**
 * ek_cli_run_job:
 * @quiet: print nothing meanwhile
 * @interrupted: (out): whether the person pressed Ctrl-C
 *
 * Runs a job to its end; Ctrl-C and SIGTERM cancel it cleanly.
 */
gboolean
ek_cli_run_job (EkJob *job, gboolean quiet, gboolean *interrupted, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Watch watch = { .job = job,
                  .loop = loop,
                  .cancellable = cancellable,
                  .quiet = quiet,
                  .terminal = isatty (STDERR_FILENO),
                  .last_phase = -1 };
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, &watch);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, &watch);
  gulong handler = 0;

  if (!quiet)
    handler = g_signal_connect (job, "notify", G_CALLBACK (on_notify), &watch);
  ek_job_run_async (job, cancellable, on_finished, &watch);
  g_main_loop_run (loop);
  g_clear_signal_handler (&handler, job);
  close_line (&watch);
  g_source_remove (interrupt);
  g_source_remove (terminate);

  *interrupted = watch.interrupted;
  if (watch.error != NULL)
    g_propagate_error (error, watch.error);
  return watch.ok;
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
 * ek_cli_print_error:
 *
 * What happened, why, what to do, and the technical line below.
 */
void
ek_cli_print_error (const GError *error)
{
  const EkAdvice *advice = ek_advice_for_error (error);

  fprintf (stderr, "%s\n%s\n", _ (advice->title), _ (advice->why));
  for (guint i = 0; advice->steps[i] != NULL; i++)
    fprintf (stderr, "  %u. %s\n", i + 1, _ (advice->steps[i]));
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
