/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes secrets out of a line of a device's log, before anybody sees it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *ek_redact_line (const char *line);

G_END_DECLS
