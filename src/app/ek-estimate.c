/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cost model asked with what is known before the button is pressed. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-estimate.h"

#include <glib/gi18n.h>

#include "ek-flash-estimate.h"
#include "ek-progress-words.h"

/* Bytes of EchoKit's firmware v0.3.1, the parts of both boards' images that are not blank: what comes
 * from a list is about as large, and not here yet. */
#define TYPICAL_SIZE 2775000

static guint64
guess_size (EkOffer *offer)
{
  const EkOfferFacts *facts = ek_offer_get_facts (offer);

  if (facts->size > 0)
    return facts->size;

  return facts->board != NULL && ek_offer_downloads (offer) ? TYPICAL_SIZE : 0;
}

/**
 * ek_estimate_seconds:
 * @same_version: what is installed has the same version as @offer
 *
 * Returns: how long installing @offer on @target will take, without fetching it; negative if nobody knows
 */
double
ek_estimate_seconds (EkTarget *target, EkOffer *offer, gboolean same_version)
{
  g_autoptr (EkPort) port = ek_target_new_port (target, NULL);
  guint64 size = guess_size (offer);
  EkCostModel cost;

  if (port == NULL || size == 0)
    return -1;

  ek_cost_model_init (&cost, ek_port_has_baud (port), ek_port_get_max_baud (port), EK_HAVE_STUB);
  return ek_flash_estimate (&cost, size, same_version ? 0 : size);
}

/**
 * ek_estimate_words:
 *
 * How fast the network is, and how full a device that is saved, nobody knows before: no figure is given
 * for these.
 *
 * Returns: (transfer full) (nullable): such as "takes about 20 seconds"; %NULL if nobody knows
 */
char *
ek_estimate_words (EkTarget *target, EkOffer *offer, const EkEstimateOptions *options)
{
  double seconds = ek_estimate_seconds (target, offer, options->same_version);
  gboolean downloads = ek_offer_downloads (offer);
  g_autofree char *time = NULL;

  if (seconds < 0)
    return NULL;

  time = ek_seconds_words (seconds);
  /* Translators: in all four, %s is a time, such as “about 20 seconds” */
  if (downloads && options->backup)
    return g_strdup_printf (_ ("takes %s, plus the download and the backup"), time);
  if (downloads)
    return g_strdup_printf (_ ("takes %s, plus the download"), time);
  if (options->backup)
    return g_strdup_printf (_ ("takes %s, plus the backup"), time);

  return g_strdup_printf (_ ("takes %s"), time);
}
