/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One progress line on a terminal, plain lines elsewhere, and Ctrl-C that cancels. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-wait.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "ek-advice.h"
#include "ek-cli-output.h"

static const char *const phase_words[EK_N_PHASES] = {
  [EK_PHASE_WAITING] = N_ ("Waiting"),      [EK_PHASE_PREPARE] = N_ ("Preparing"),
  [EK_PHASE_DOWNLOAD] = N_ ("Downloading"), [EK_PHASE_CONNECT] = N_ ("Connecting"),
  [EK_PHASE_COMPARE] = N_ ("Comparing"),    [EK_PHASE_ERASE] = N_ ("Erasing"),
  [EK_PHASE_WRITE] = N_ ("Writing"),        [EK_PHASE_READ] = N_ ("Reading"),
  [EK_PHASE_VERIFY] = N_ ("Verifying"),     [EK_PHASE_START] = N_ ("Starting"),
};

static void
close_line (EkCliWait *self)
{
  if (self->line_open)
    fputs ("\r\033[K", stderr);
  self->line_open = FALSE;
}

/**
 * ek_cli_phase_words:
 *
 * Returns: (transfer none): translated, such as "Writing"
 */
const char *
ek_cli_phase_words (EkPhase phase)
{
  return _ (phase_words[phase]);
}

/**
 * ek_cli_format_progress:
 *
 * Returns: (transfer full): one line, such as " 45 %  Writing  1.2 MB / 2.8 MB  200 kB/s  8 s left"
 */
char *
ek_cli_format_progress (const EkProgressInfo *info)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *done = g_format_size (info->bytes_done);
  g_autofree char *total = g_format_size (info->bytes_total);

  if (info->problem != EK_ERROR_INTERNAL)
    {
      /* Translators: %s is what is the matter with the device */
      g_string_append_printf (line, _ ("Waiting: %s"),
                              _ (ek_advice_for_code (info->problem)->title));
      return g_string_free (g_steal_pointer (&line), FALSE);
    }

  g_string_append_printf (line, "%3.0f %%  %s", info->fraction * 100,
                          ek_cli_phase_words (info->phase));
  if (info->bytes_total > 0)
    g_string_append_printf (line, "  %s / %s", done, total);
  if (info->rate > 0)
    {
      g_autofree char *rate = g_format_size ((guint64) info->rate);

      g_string_append_printf (line, "  %s/s", rate);
    }
  if (info->seconds_left >= 1)
    {
      g_autofree char *left = ek_cli_format_seconds (info->seconds_left);

      g_string_append_printf (line, _ ("  %s left"), left);
    }
  if (info->attempt > 1)
    g_string_append_printf (line, _ ("  (attempt %u)"), info->attempt);

  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
show_line (EkCliWait *self, const EkProgressInfo *info)
{
  g_autofree char *line = ek_cli_format_progress (info);

  fprintf (stderr, "\r\033[K%s", line);
  fflush (stderr);
  self->line_open = TRUE;
}

static gboolean
on_interrupt (gpointer user_data)
{
  EkCliWait *self = user_data;

  close_line (self);
  self->interrupted = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

/**
 * ek_cli_wait_begin:
 * @quiet: show nothing
 *
 * From here to ek_cli_wait_end() Ctrl-C and SIGTERM cancel @self's cancellable.
 */
void
ek_cli_wait_begin (EkCliWait *self, gboolean quiet)
{
  *self = (EkCliWait){ .loop = g_main_loop_new (NULL, FALSE),
                       .cancellable = g_cancellable_new (),
                       .quiet = quiet,
                       .terminal = isatty (STDERR_FILENO),
                       .last_phase = -1 };
  self->signals[0] = g_unix_signal_add (SIGINT, on_interrupt, self);
  self->signals[1] = g_unix_signal_add (SIGTERM, on_interrupt, self);
}

/**
 * ek_cli_wait_show:
 * @wait: an #EkCliWait; this is an #EkProgressFunc
 */
void
ek_cli_wait_show (const EkProgressInfo *info, gpointer wait)
{
  EkCliWait *self = wait;

  if (self->quiet || info->phase == EK_PHASE_WAITING || info->problem != EK_ERROR_INTERNAL)
    return;
  if (self->terminal)
    show_line (self, info);
  else if ((int) info->phase != self->last_phase)
    fprintf (stderr, "%s…\n", ek_cli_phase_words (info->phase));
  self->last_phase = (int) info->phase;
}

/**
 * ek_cli_wait_show_problem:
 *
 * Says what hands can do while the operation waits for them, or that it goes on.
 */
void
ek_cli_wait_show_problem (const EkProgressInfo *info, EkCliWait *self)
{
  close_line (self);
  if (info->problem == EK_ERROR_INTERNAL)
    {
      if (self->waits)
        fprintf (stderr, "%s\n", _ ("The device answers."));
      return;
    }

  self->waits = TRUE;
  ek_cli_print_advice (ek_advice_for_code (info->problem));
  fprintf (stderr, "%s\n", _ ("Waiting for the device; it goes on by itself…"));
}

/**
 * ek_cli_wait_ready:
 * @wait: an #EkCliWait; this is a #GAsyncReadyCallback
 */
void
ek_cli_wait_ready (GObject *source, GAsyncResult *result, gpointer wait)
{
  EkCliWait *self = wait;

  g_set_object (&self->result, result);
  g_main_loop_quit (self->loop);
}

/**
 * ek_cli_wait_end:
 *
 * Waits for what was begun with ek_cli_wait_ready() as its callback.
 *
 * Returns: (transfer full): its result
 */
GAsyncResult *
ek_cli_wait_end (EkCliWait *self)
{
  if (self->result == NULL)
    g_main_loop_run (self->loop);
  close_line (self);
  return g_steal_pointer (&self->result);
}

void
ek_cli_wait_clear (EkCliWait *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->signals); i++)
    if (self->signals[i] != 0)
      g_source_remove (self->signals[i]);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->result);
}
