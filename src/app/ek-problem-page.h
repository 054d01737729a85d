/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Something is in the way: what happened, what to do, and what the app does meanwhile. */
#pragma once

#include <adwaita.h>

#include "ek-operation.h"

G_BEGIN_DECLS

#define EK_TYPE_PROBLEM_PAGE (ek_problem_page_get_type ())
G_DECLARE_FINAL_TYPE (EkProblemPage, ek_problem_page, EK, PROBLEM_PAGE, AdwBin)

void ek_problem_page_show_error (EkProblemPage *self, const GError *error, EkTarget *target);
void ek_problem_page_set_operation (EkProblemPage *self, EkOperation *operation);
void ek_problem_page_set_other (EkProblemPage *self, const char *label, const char *action);
EkOperation *ek_problem_page_get_operation (EkProblemPage *self);
const GError *ek_problem_page_get_error (EkProblemPage *self);
G_END_DECLS
