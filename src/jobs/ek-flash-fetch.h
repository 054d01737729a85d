/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A range of the flash into a file: only what the file doesn't hold yet crosses the wire. */
#pragma once

#include "ek-progress.h"
#include "ek-recovery.h"
#include "ek-save-file.h"

G_BEGIN_DECLS

/**
 * EkFlashFetch:
 * @loader: connected
 * @file: of @size bytes; what it holds is taken for a guess at what the flash holds
 * @offset: first byte on the flash
 * @size: bytes
 * @transferred: (out): bytes that were read; the rest was proved by the chip's MD5
 * @n_recoveries: (out): how often the link had to be made anew
 */
typedef struct
{
  EkLoader *loader;
  EkSaveFile *file;
  EkProgress *progress;
  guint32 offset;
  guint32 size;

  guint64 transferred;
  guint n_recoveries;
} EkFlashFetch;

double ek_flash_fetch_estimate (EkLoader *loader, guint32 size);
gboolean ek_flash_fetch_run (EkFlashFetch *self, GCancellable *cancellable, GError **error);

G_END_DECLS
