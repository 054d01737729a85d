/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Box or DIY: asked once for each device. */
#pragma once

#include <adwaita.h>

#include "ek-target.h"

G_BEGIN_DECLS

#define EK_TYPE_BOARD_PAGE (ek_board_page_get_type ())
G_DECLARE_FINAL_TYPE (EkBoardPage, ek_board_page, EK, BOARD_PAGE, AdwBin)

void ek_board_page_set_target (EkBoardPage *self, EkTarget *target);
const char *ek_board_page_get_board (EkBoardPage *self);
G_END_DECLS
