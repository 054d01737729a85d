/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a job does when the talk with the device breaks off: go on, or wait for it and connect again. */
#pragma once

#include "ek-loader.h"
#include "ek-progress.h"

G_BEGIN_DECLS

/**
 * EkRecovery:
 * @loader: (transfer none): connected
 * @progress: (nullable) (transfer none): is told which attempt this is
 * @n_recoveries: how often the link had to be made anew
 * @n_vain: recoveries since the last step forward
 */
typedef struct
{
  EkLoader *loader;
  EkProgress *progress;
  guint n_recoveries;
  guint n_vain;
} EkRecovery;

void ek_recovery_init (EkRecovery *self, EkLoader *loader, EkProgress *progress);
void ek_recovery_step_forward (EkRecovery *self);
gboolean
ek_recovery_try (EkRecovery *self, GError *problem, GCancellable *cancellable, GError **error);

G_END_DECLS
