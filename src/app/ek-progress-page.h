/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation on its way. */
#pragma once

#include <adwaita.h>

#include "ek-operation.h"

G_BEGIN_DECLS

#define EK_TYPE_PROGRESS_PAGE (ek_progress_page_get_type ())
G_DECLARE_FINAL_TYPE (EkProgressPage, ek_progress_page, EK, PROGRESS_PAGE, AdwBin)

void ek_progress_page_set_operation (EkProgressPage *self, EkOperation *operation);
G_END_DECLS
