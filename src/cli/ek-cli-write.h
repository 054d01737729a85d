/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a command makes. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

gboolean ek_cli_write_file (const char *path,
                            GBytes *bytes,
                            GFileSetContentsFlags flags,
                            int mode,
                            GError **error);

G_END_DECLS
