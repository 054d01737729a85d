/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A desktop's notifications, as far as the tests need them: the last title is kept. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void notification_service_start (void);
const char *notification_service_last (void);
guint notification_service_count (void);

G_END_DECLS
