/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long an installation will take, in an owner's words. */
#pragma once

#include "ek-offer.h"
#include "ek-target.h"

G_BEGIN_DECLS

/**
 * EkEstimateOptions:
 * @same_version: what is installed has the same version: hardly anything will be written
 * @backup: a backup is saved before
 */
typedef struct
{
  gboolean same_version;
  gboolean backup;
} EkEstimateOptions;

double ek_estimate_seconds (EkTarget *target, EkOffer *offer, gboolean same_version);
char *ek_estimate_words (EkTarget *target, EkOffer *offer, const EkEstimateOptions *options);

G_END_DECLS
