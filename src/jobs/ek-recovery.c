/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lost frames cost a resync, a lost device a wait; what keeps failing is given up. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-recovery.h"

#include "ek-guided-connect.h"

/* Recoveries without a step forward in between. */
#define MAX_VAIN_RECOVERIES 6

void
ek_recovery_init (EkRecovery *self, EkLoader *loader, EkProgress *progress)
{
  *self = (EkRecovery){ .loader = loader, .progress = progress };
}

/**
 * ek_recovery_step_forward:
 *
 * Something was got done: what comes next is a new problem.
 */
void
ek_recovery_step_forward (EkRecovery *self)
{
  self->n_vain = 0;
}

/**
 * ek_recovery_try:
 * @problem: (transfer full): what went wrong
 *
 * After lost or damaged frames the conversation goes on; after a lost device it is waited for, up to two
 * minutes, under whatever name, and connected to again, with a person's help if need be. Two losses without a step forward point to the
 * speed. If the link was made anew, @n_recoveries has grown: the firmware may have run meanwhile.
 *
 * Returns: %FALSE with @problem if there is no way back or the device stays away, or with an error of
 *   ek_guided_reconnect()
 */
gboolean
ek_recovery_try (EkRecovery *self, GError *problem, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) cause = problem;
  g_autoptr (GError) local_error = NULL;
  gboolean slower;

  if (ek_error_set_cancelled (cancellable, error))
    return FALSE;
  if (!ek_loader_error_is_recoverable (cause) || ++self->n_vain > MAX_VAIN_RECOVERIES)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }

  if (self->n_vain == 1 && !g_error_matches (cause, EK_ERROR, EK_ERROR_LINK_LOST) &&
      !g_error_matches (cause, EK_ERROR, EK_ERROR_POWER) &&
      ek_loader_resync (self->loader, cancellable, NULL))
    {
      g_info ("%s: going on", cause->message);
      return TRUE;
    }
  if (ek_error_set_cancelled (cancellable, error))
    return FALSE;

  g_info ("%s: connecting again", cause->message);
  self->n_recoveries++;
  if (self->progress != NULL)
    ek_progress_set_attempt (self->progress, self->n_recoveries + 1);
  slower = self->n_vain > 1 && !g_error_matches (cause, EK_ERROR, EK_ERROR_POWER);
  if (ek_guided_reconnect (self->loader, slower, self->progress, cancellable, &local_error))
    return TRUE;

  /* It was there before: that it stays away says less than how it went. */
  if (g_error_matches (local_error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&cause));
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
