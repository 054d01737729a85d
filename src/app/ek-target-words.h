/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device's title, its status, and the name of its backup. */
#pragma once

#include "ek-target.h"

G_BEGIN_DECLS

char *ek_target_make_title (EkTarget *self);
char *ek_target_make_status (EkTarget *self);
char *ek_target_propose_backup_name (EkTarget *self);

G_END_DECLS
