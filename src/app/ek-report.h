/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person sends to whoever makes this app: what was done, to what, and how it failed. */
#pragma once

#include "ek-operation.h"

G_BEGIN_DECLS

char *ek_report_new (EkOperation *operation, const GError *error);
char *ek_report_details (EkOperation *operation, const GError *error);

G_END_DECLS
