/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of Espressif's chips, in all the ways that lists spell them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *ek_chip_name_normalize (const char *label);
const char *ek_chip_name_from_label (const char *label);
const char *ek_chip_name_from_exact (const char *label);
gboolean ek_chip_name_is_supported (const char *name);

G_END_DECLS
