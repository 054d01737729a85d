/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long an installation will take, before anything of the device is known but what it hangs on. */
#pragma once

#include "ek-cost-model.h"
#include "ek-progress.h"

G_BEGIN_DECLS

double ek_flash_estimate_phases (const EkCostModel *cost,
                                 guint64 size,
                                 guint64 differing,
                                 double *seconds);
double ek_flash_estimate (const EkCostModel *cost, guint64 size, guint64 differing);

G_END_DECLS
