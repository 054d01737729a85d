/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A desktop's session, as far as the tests need it: what keeps the computer awake. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Of org.gnome.SessionManager.Inhibit. */
#define SESSION_LOGOUT  1
#define SESSION_SUSPEND 4

void session_service_start (void);
guint session_service_get_inhibited (char **reason);

G_END_DECLS
