/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cost model's figures for the parts that depend on sizes, and constants for those that don't. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-estimate.h"

/* Expected seconds of the phases that don't depend on sizes. A device on a real bus needs longer to come
 * back from a reset than a simulated one. EchoKit says its version half a second after a reset and is then
 * listened to for a second more. */
#define CONNECT_SECONDS 1.0
#define COMPARE_SECONDS 0.5
#define START_SECONDS   1.5

/**
 * ek_flash_estimate_phases:
 * @size: bytes of the firmware
 * @differing: bytes of it that will have to be written; all of them where nobody knows better: between
 *   two releases hardly a sector is the same
 * @seconds: (out caller-allocates) (array fixed-size=EK_N_PHASES): for each phase
 *
 * Returns: seconds of all phases
 */
double
ek_flash_estimate_phases (const EkCostModel *cost, guint64 size, guint64 differing, double *seconds)
{
  guint64 hashed = size - MIN (size, differing);
  double all = 0;

  for (guint phase = 0; phase < EK_N_PHASES; phase++)
    seconds[phase] = 0;
  seconds[EK_PHASE_CONNECT] = CONNECT_SECONDS;
  seconds[EK_PHASE_COMPARE] = COMPARE_SECONDS + ek_cost_model_hash (cost, hashed);
  if (differing > 0)
    {
      seconds[EK_PHASE_WRITE] = ek_cost_model_write (cost, 0, (guint32) differing);
      seconds[EK_PHASE_VERIFY] = ek_cost_model_hash (cost, differing);
    }
  seconds[EK_PHASE_START] = START_SECONDS;

  for (guint phase = 0; phase < EK_N_PHASES; phase++)
    all += seconds[phase];
  return all;
}

/**
 * ek_flash_estimate:
 *
 * As ek_flash_estimate_phases(), for whoever wants to know the sum.
 *
 * Returns: seconds
 */
double
ek_flash_estimate (const EkCostModel *cost, guint64 size, guint64 differing)
{
  double seconds[EK_N_PHASES];

  return ek_flash_estimate_phases (cost, size, differing, seconds);
}
