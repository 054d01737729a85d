/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is plugged in: which cable goes where. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EK_TYPE_EMPTY_PAGE (ek_empty_page_get_type ())
G_DECLARE_FINAL_TYPE (EkEmptyPage, ek_empty_page, EK, EMPTY_PAGE, AdwBin)

G_END_DECLS
