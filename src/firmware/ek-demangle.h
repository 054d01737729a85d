/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readable names of functions, from the ones that compilers give them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_DEMANGLE_MAX 4096 /* bytes of a name that is looked at */

char *ek_demangle (const char *name);

G_END_DECLS
