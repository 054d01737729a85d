/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an owner reads below the bar. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-progress-words.h"

#include <glib/gi18n.h>
#include <math.h>

/* Where bytes say nothing. */
static const char *const phase_words[EK_N_PHASES] = {
  [EK_PHASE_WAITING] = N_ ("Waiting for the device…"),
  [EK_PHASE_PREPARE] = N_ ("Getting ready…"),
  [EK_PHASE_DOWNLOAD] = N_ ("Downloading…"),
  [EK_PHASE_CONNECT] = N_ ("Talking to the device…"),
  [EK_PHASE_COMPARE] = N_ ("Looking at what is on the device…"),
  [EK_PHASE_ERASE] = N_ ("Making room…"),
  [EK_PHASE_WRITE] = N_ ("Writing…"),
  [EK_PHASE_READ] = N_ ("Reading…"),
  [EK_PHASE_VERIFY] = N_ ("The device checks what it got…"),
  [EK_PHASE_START] = N_ ("Starting your EchoKit and listening to it…"),
};

/**
 * ek_seconds_words:
 * @seconds: 0 or more
 *
 * Returns: (transfer full): such as "about 8 seconds"; a guess is not given to the second above ten
 */
char *
ek_seconds_words (double seconds)
{
  guint n = (guint) ceil (MIN (seconds, 86400));

  if (n >= 90)
    {
      n = (n + 30) / 60;
      return g_strdup_printf (ngettext ("about %u minute", "about %u minutes", n), n);
    }

  n = MAX (n, 1);
  if (n > 10)
    n = (n + 4) / 5 * 5;
  return g_strdup_printf (ngettext ("about %u second", "about %u seconds", n), n);
}

/**
 * ek_bytes_words:
 * @total: 0 if unknown
 *
 * Returns: (transfer full): such as "1.1 MB of 1.7 MB"
 */
char *
ek_bytes_words (guint64 done, guint64 total)
{
  g_autofree char *first = g_format_size (done);
  g_autofree char *second = g_format_size (total);

  if (total == 0)
    return g_steal_pointer (&first);

  /* Translators: sizes, such as 1.1 MB of 1.7 MB */
  return g_strdup_printf (_ ("%s of %s"), first, second);
}

/**
 * ek_progress_words:
 *
 * Returns: (transfer full): such as "1.1 MB of 1.7 MB · 96 kB/s · about 8 seconds left"
 */
char *
ek_progress_words (const EkProgressInfo *info)
{
  g_autofree char *bytes = ek_bytes_words (info->bytes_done, info->bytes_total);
  GString *text;

  if (info->bytes_total == 0 || (info->phase != EK_PHASE_WRITE && info->phase != EK_PHASE_READ))
    return g_strdup (_ (phase_words[info->phase]));

  text = g_string_new (bytes);
  if (info->rate > 0)
    {
      g_autofree char *rate = g_format_size ((guint64) info->rate);

      /* Translators: %s is a size, such as 96 kB; per second */
      g_string_append_printf (text, _ (" · %s/s"), rate);
    }
  if (info->seconds_left >= 0)
    {
      g_autofree char *left = ek_seconds_words (info->seconds_left);

      /* Translators: %s is a time, such as “about 8 seconds” */
      g_string_append_printf (text, _ (" · %s left"), left);
    }

  return g_string_free (text, FALSE);
}

/**
 * ek_stall_words:
 *
 * Returns: (transfer full): what to say when nothing has moved for a while
 */
char *
ek_stall_words (const EkProgressInfo *info)
{
  if (info->phase == EK_PHASE_VERIFY)
    return g_strdup (_ ("The device still checks what it got. This can take a moment."));
  if (info->attempt > 1)
    /* Translators: %u is which try this is */
    return g_strdup_printf (_ ("Waiting for the device… trying again (%u)"), info->attempt);

  return g_strdup (_ ("Waiting for the device…"));
}
