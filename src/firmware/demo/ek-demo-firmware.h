/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two small firmwares that are valid in every respect and do nothing, to try the flasher with. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GBytes *ek_demo_firmware_new (const char *version, gboolean with_settings);

G_END_DECLS
