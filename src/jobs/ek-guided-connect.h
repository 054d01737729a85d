/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connecting with a person's help, where the chip can't be put into download mode from here. */
#pragma once

#include "ek-loader.h"
#include "ek-progress.h"

G_BEGIN_DECLS

gboolean ek_guided_connect (EkLoader *loader,
                            EkProgress *progress,
                            GCancellable *cancellable,
                            GError **error);
gboolean ek_guided_reconnect (EkLoader *loader,
                              gboolean slower,
                              EkProgress *progress,
                              GCancellable *cancellable,
                              GError **error);

G_END_DECLS
