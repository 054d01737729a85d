/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file that somebody named, read with care. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

GBytes *ek_firmware_file_read (const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
