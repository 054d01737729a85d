/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One of several devices: whether it takes part, how far it is, how it ended. */
#pragma once

#include <adwaita.h>

#include "ek-operation.h"

G_BEGIN_DECLS

/* Emits “changed” when it may take part in something else than before, and “why” when its failure is to
 * be explained. */
#define EK_TYPE_DEVICE_ROW (ek_device_row_get_type ())
G_DECLARE_FINAL_TYPE (EkDeviceRow, ek_device_row, EK, DEVICE_ROW, AdwActionRow)

GtkWidget *ek_device_row_new (EkTarget *target);
EkTarget *ek_device_row_get_target (EkDeviceRow *self);
void ek_device_row_set_offer (EkDeviceRow *self, EkOffer *offer);
EkOffer *ek_device_row_get_offer (EkDeviceRow *self);
gboolean ek_device_row_is_chosen (EkDeviceRow *self);
void ek_device_row_run (EkDeviceRow *self, EkOperation *operation);
EkOperation *ek_device_row_get_operation (EkDeviceRow *self);
gboolean ek_device_row_has_failed (EkDeviceRow *self);
gboolean ek_device_row_is_done (EkDeviceRow *self);
gboolean ek_device_row_is_at_work (EkDeviceRow *self);

G_END_DECLS
