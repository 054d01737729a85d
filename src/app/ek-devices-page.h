/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several devices at once: one row of progress each. */
#pragma once

#include <adwaita.h>

#include "ek-device-row.h"
#include "ek-target-list.h"

G_BEGIN_DECLS

/* Returns: (transfer full) (nullable): what would be installed on @target */
typedef EkOffer *(*EkOfferForTarget) (EkTarget *target, gpointer user_data);

/* Emits “at-work-changed”, “picked” (EkTarget), and “why” (EkOperation) of one that has failed. */
#define EK_TYPE_DEVICES_PAGE (ek_devices_page_get_type ())
G_DECLARE_FINAL_TYPE (EkDevicesPage, ek_devices_page, EK, DEVICES_PAGE, AdwBin)

void ek_devices_page_set_targets (EkDevicesPage *self,
                                  EkTargetList *targets,
                                  EkOfferForTarget find_offer,
                                  gpointer user_data);
void ek_devices_page_refresh (EkDevicesPage *self);
gboolean ek_devices_page_is_at_work (EkDevicesPage *self);
void ek_devices_page_cancel (EkDevicesPage *self);

G_END_DECLS
