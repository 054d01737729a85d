/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device's title and status. */
#pragma once

#include "ek-target.h"

G_BEGIN_DECLS

char *ek_target_make_title (EkTarget *self);
char *ek_target_make_status (EkTarget *self);

G_END_DECLS
