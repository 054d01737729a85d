/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connecting with a person's help, where the chip can't be put into download mode from here. */
#pragma once

#include "ek-loader.h"

G_BEGIN_DECLS

/* @problem: what is the matter, told by what was received; its advice says what hands can do. Called on
 * the working thread, each time it has tried. */
typedef void (*EkGuideFunc) (EkError problem, gpointer user_data);

/**
 * EkGuide:
 * @patience: microseconds of the port's clock to wait for the person; 0 not to wait
 * @func: (nullable)
 */
typedef struct
{
  gint64 patience;
  EkGuideFunc func;
  gpointer user_data;
} EkGuide;

EkLoader *ek_guided_connect (const EkGuide *guide,
                             EkPort *port,
                             const EkLoaderOptions *options,
                             GCancellable *cancellable,
                             GError **error);

G_END_DECLS
