/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file that somebody named, read with care; and the name of what is no firmware. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

GBytes *ek_firmware_file_read (const char *path, GCancellable *cancellable, GError **error);
const char *ek_firmware_name_format (const guint8 *data, gsize size);

G_END_DECLS
