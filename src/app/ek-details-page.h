/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the curious and for workshops: what a device is, and what else can be done with it. */
#pragma once

#include <adwaita.h>

#include "ek-target.h"

G_BEGIN_DECLS

#define EK_TYPE_DETAILS_PAGE (ek_details_page_get_type ())
G_DECLARE_FINAL_TYPE (EkDetailsPage, ek_details_page, EK, DETAILS_PAGE, AdwBin)

void ek_details_page_set_target (EkDetailsPage *self, EkTarget *target);

G_END_DECLS
