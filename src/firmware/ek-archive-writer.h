/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files into a tar.gz whose bytes depend on nothing but them. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

GBytes *ek_archive_pack (GHashTable *files, GError **error);

G_END_DECLS
