/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries out a plan through a loader, across lost links and replugged cables, and proves it. */
#pragma once

#include "ek-flash-plan.h"
#include "ek-loader.h"
#include "ek-progress.h"

G_BEGIN_DECLS

typedef struct _EkFlashWriter EkFlashWriter;

EkFlashWriter *
ek_flash_writer_new (EkLoader *loader, EkFlashPlan *plan, EkProgress *progress, gboolean compress);
void ek_flash_writer_free (EkFlashWriter *self);
gboolean ek_flash_writer_write (EkFlashWriter *self, GCancellable *cancellable, GError **error);
gboolean ek_flash_writer_verify (EkFlashWriter *self, GCancellable *cancellable, GError **error);
gboolean ek_flash_writer_has_started (EkFlashWriter *self);
guint64 ek_flash_writer_get_bytes_written (EkFlashWriter *self);
guint ek_flash_writer_get_n_recoveries (EkFlashWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkFlashWriter, ek_flash_writer_free)

G_END_DECLS
