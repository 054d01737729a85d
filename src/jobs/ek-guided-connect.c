/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hold K0, tap RST, let go: meanwhile the chip is asked again and again, without moving its lines, and
 * the work goes on the moment it answers. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-guided-connect.h"

#define PAUSE (250 * 1000)

/* What a person's hands can change. */
static const EkError for_hands[] = {
  EK_ERROR_NO_ANSWER, EK_ERROR_WRONG_BOOT_MODE, EK_ERROR_NOISE,
  EK_ERROR_NO_SYNC,   EK_ERROR_CHIP_REFUSED,    EK_ERROR_TIMEOUT,
};

/* Pressing RST on a device that has its own USB takes it away for a moment. */
static const EkError away[] = { EK_ERROR_PORT_NOT_FOUND, EK_ERROR_LINK_LOST, EK_ERROR_PORT_BUSY,
                                EK_ERROR_PORT_NO_PERMISSION };

static gboolean
is_one_of (const GError *error, const EkError *codes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (g_error_matches (error, EK_ERROR, (int) codes[i]))
      return TRUE;

  return FALSE;
}

/* Firmware that has said all it had to say is quiet: what was heard before tells more. */
static gboolean
tells_more (const GError *error, const GError *before)
{
  return !g_error_matches (error, EK_ERROR, EK_ERROR_NO_ANSWER) ||
         g_error_matches (before, EK_ERROR, EK_ERROR_TIMEOUT);
}

static void
set_problem (EkProgress *progress, EkError problem)
{
  if (progress != NULL)
    ek_progress_set_problem (progress, problem);
}

/* Takes over @problem; says the same as ek_guided_connect(). */
static gboolean
wait_for_hands (EkLoader *loader,
                GError *problem,
                EkProgress *progress,
                GCancellable *cancellable,
                GError **error)
{
  EkPort *port = ek_loader_get_port (loader);
  gint64 end = ek_port_now (port) + ek_loader_get_patience (loader) * G_USEC_PER_SEC;
  g_autoptr (GError) latest = problem;

  while (is_one_of (latest, for_hands, G_N_ELEMENTS (for_hands)) && ek_port_now (port) < end)
    {
      g_autoptr (GError) local_error = NULL;

      set_problem (progress, (EkError) latest->code);
      if (!ek_port_sleep (port, PAUSE, cancellable, error))
        return FALSE;
      if (ek_loader_listen (loader, cancellable, &local_error))
        return TRUE;
      if (!is_one_of (local_error, away, G_N_ELEMENTS (away)) && tells_more (local_error, latest))
        {
          g_clear_error (&latest);
          latest = g_steal_pointer (&local_error);
        }
    }

  g_propagate_error (error, g_steal_pointer (&latest));
  return FALSE;
}

static gboolean
guide (EkLoader *loader,
       GError *problem,
       EkProgress *progress,
       GCancellable *cancellable,
       GError **error)
{
  gboolean ok = wait_for_hands (loader, problem, progress, cancellable, error);

  set_problem (progress, EK_ERROR_INTERNAL);
  return ok;
}

/**
 * ek_guided_connect:
 * @loader: whose options say how patient to be
 * @progress: (nullable): is told what is the matter while a person is waited for
 *
 * Connects as ek_loader_connect() does. If that fails for a reason that a person's hands can change,
 * says so and goes on asking, without moving the chip's lines, until it answers or patience is over.
 *
 * Returns: %FALSE with what was the matter, told by what was received, or with an error of
 *   ek_loader_connect() that no hands can change
 */
gboolean
ek_guided_connect (EkLoader *loader,
                   EkProgress *progress,
                   GCancellable *cancellable,
                   GError **error)
{
  GError *problem = NULL;

  return ek_loader_connect (loader, cancellable, &problem) ||
         guide (loader, problem, progress, cancellable, error);
}

/**
 * ek_guided_reconnect:
 * @slower: see ek_loader_reconnect()
 *
 * The same after a lost link.
 *
 * Returns: %FALSE with an error of ek_guided_connect() or ek_loader_reconnect()
 */
gboolean
ek_guided_reconnect (EkLoader *loader,
                     gboolean slower,
                     EkProgress *progress,
                     GCancellable *cancellable,
                     GError **error)
{
  GError *problem = NULL;

  return ek_loader_reconnect (loader, slower, cancellable, &problem) ||
         guide (loader, problem, progress, cancellable, error);
}
