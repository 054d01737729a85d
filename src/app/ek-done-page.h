/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation that has succeeded, and what comes next. */
#pragma once

#include <adwaita.h>

#include "ek-operation.h"

G_BEGIN_DECLS

#define EK_TYPE_DONE_PAGE (ek_done_page_get_type ())
G_DECLARE_FINAL_TYPE (EkDonePage, ek_done_page, EK, DONE_PAGE, AdwBin)

void ek_done_page_set_operation (EkDonePage *self, EkOperation *operation);
G_END_DECLS
