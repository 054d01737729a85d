/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a call: one, or pairs of address and file. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

gboolean ek_cli_parse_files (char **words,
                             guint n_words,
                             const char *address,
                             GArray *offsets,
                             GPtrArray *paths,
                             GError **error);

G_END_DECLS
