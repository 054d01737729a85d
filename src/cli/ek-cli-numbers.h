/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and sizes as people and scripts write them. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

gboolean ek_cli_parse_address (const char *text, guint32 *value, GError **error);
gboolean ek_cli_parse_size (const char *text, guint32 *value, GError **error);

G_END_DECLS
