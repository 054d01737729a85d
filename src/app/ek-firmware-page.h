/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What could be installed: the firmware lists, and more of them. */
#pragma once

#include <adwaita.h>

#include "ek-lists.h"

G_BEGIN_DECLS

/* Emits “chosen” (EkOffer). */
#define EK_TYPE_FIRMWARE_PAGE (ek_firmware_page_get_type ())
G_DECLARE_FINAL_TYPE (EkFirmwarePage, ek_firmware_page, EK, FIRMWARE_PAGE, AdwBin)

void ek_firmware_page_set_library (EkFirmwarePage *self, EkLists *library);
void ek_firmware_page_add_list (EkFirmwarePage *self, const char *location);

G_END_DECLS
