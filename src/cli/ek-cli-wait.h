/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting for something asynchronous on the command line, and what is shown meanwhile. */
#pragma once

#include <gio/gio.h>

#include "ek-progress.h"

G_BEGIN_DECLS

/**
 * EkCliWait:
 * @cancellable: for what is waited for
 * @interrupted: whether the person pressed Ctrl-C
 */
typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  GAsyncResult *result;
  gboolean quiet;
  gboolean terminal;
  gboolean interrupted;
  gboolean line_open;
  gboolean waits; /* for a person's hands */
  int last_phase;
  guint signals[2];
} EkCliWait;

void ek_cli_wait_begin (EkCliWait *self, gboolean quiet);
void ek_cli_wait_show (const EkProgressInfo *info, gpointer wait);
void ek_cli_wait_show_problem (const EkProgressInfo *info, EkCliWait *self);
void ek_cli_wait_ready (GObject *source, GAsyncResult *result, gpointer wait);
GAsyncResult *ek_cli_wait_end (EkCliWait *self);
void ek_cli_wait_clear (EkCliWait *self);

const char *ek_cli_phase_words (EkPhase phase);
char *ek_cli_format_progress (const EkProgressInfo *info);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EkCliWait, ek_cli_wait_clear)

G_END_DECLS
