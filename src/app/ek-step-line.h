/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of an operation, with check marks as they pass. */
#pragma once

#include <adwaita.h>

#include "ek-operation.h"

G_BEGIN_DECLS

#define EK_TYPE_STEP_LINE (ek_step_line_get_type ())
G_DECLARE_FINAL_TYPE (EkStepLine, ek_step_line, EK, STEP_LINE, GtkWidget)

void ek_step_line_set_steps (EkStepLine *self, guint steps);
void ek_step_line_set_current (EkStepLine *self, EkStep step);
G_END_DECLS
