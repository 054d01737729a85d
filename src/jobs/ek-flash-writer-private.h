/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What writing and proving share. Private to the two. */
#pragma once

#include "ek-flash-writer.h"
#include "ek-recovery.h"

G_BEGIN_DECLS

struct _EkFlashWriter
{
  EkLoader *loader;
  EkFlashPlan *plan;
  EkProgress *progress;
  gboolean compress;

  GPtrArray *streams; /* (element-type EkFlashStream) */
  guint64 done;       /* bytes of the phase that are safely over */
  guint64 written;
  gboolean started;
  EkRecovery recovery;
};

gboolean ek_flash_writer_compare (EkFlashWriter *self,
                                  guint32 offset,
                                  const guint8 *data,
                                  gsize size,
                                  gboolean *same,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean ek_flash_writer_write_stream (EkFlashWriter *self,
                                       EkFlashStream *whole,
                                       GCancellable *cancellable,
                                       GError **error);

G_END_DECLS
