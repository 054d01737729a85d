/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords, which never come from the command line: it can be seen by everybody on the computer. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_CLI_MAX_SECRET 1024 /* bytes */

char *ek_cli_read_secret (const char *prompt, gboolean from_input, GError **error);
void ek_cli_free_secret (char *secret);

G_END_DECLS
