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

/* TRUE with @loader set, or FALSE with an error. */
static gboolean
try_connect (EkPort *port,
             const EkLoaderOptions *options,
             EkLoader **loader,
             GCancellable *cancellable,
             GError **error)
{
  *loader = ek_loader_new (port, options);
  if (ek_loader_connect (*loader, cancellable, error))
    return TRUE;

  g_clear_object (loader);
  return FALSE;
}

/**
 * ek_guided_connect:
 * @guide: how long to wait, and whom to tell
 *
 * Connects as ek_loader_connect() does. If that fails for a reason that a person's hands can change,
 * tells so and goes on asking, until the chip answers or patience is over. The port stays open in the
 * first case.
 *
 * Returns: (transfer full) (nullable): the connected loader; %NULL with the error that the chip was in
 *   last, or an error of ek_loader_connect() that no hands can change
 */
EkLoader *
ek_guided_connect (const EkGuide *guide,
                   EkPort *port,
                   const EkLoaderOptions *options,
                   GCancellable *cancellable,
                   GError **error)
{
  EkLoaderOptions patient = *options;
  g_autoptr (GError) problem = NULL;
  EkLoader *loader;
  gint64 end;

  if (try_connect (port, options, &loader, cancellable, &problem))
    return loader;

  patient.no_reset = TRUE;
  patient.attempts = 1;
  end = ek_port_now (port) + guide->patience;
  while (is_one_of (problem, for_hands, G_N_ELEMENTS (for_hands)) && ek_port_now (port) < end)
    {
      g_autoptr (GError) local_error = NULL;

      if (guide->func != NULL)
        guide->func ((EkError) problem->code, guide->user_data);
      if (!ek_port_sleep (port, PAUSE, cancellable, &local_error))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      if (try_connect (port, &patient, &loader, cancellable, &local_error))
        return loader;
      if (!is_one_of (local_error, away, G_N_ELEMENTS (away)))
        {
          g_clear_error (&problem);
          problem = g_steal_pointer (&local_error);
        }
    }

  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}
