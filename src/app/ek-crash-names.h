/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a crash's functions, found without holding up the window. */
#pragma once

#include "ek-crash.h"
#include "ek-store.h"

G_BEGIN_DECLS

void ek_crash_names_find_async (EkStore *store,
                                EkCrash *crash,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ek_crash_names_find_finish (EkCrash *crash, GAsyncResult *result);

G_END_DECLS
