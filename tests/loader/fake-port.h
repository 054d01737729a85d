/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A port with nothing behind it but the test: it plays bytes, keeps what was written, notes the lines,
 * and its clock moves only by waiting. */
#pragma once

#include "ek-port.h"

G_BEGIN_DECLS

#define FAKE_TYPE_PORT (fake_port_get_type ())
G_DECLARE_FINAL_TYPE (FakePort, fake_port, FAKE, PORT, EkPort)

/* Told each write, to answer it with fake_port_play(). */
typedef void (*FakePortFunc) (FakePort *self, const guint8 *data, gsize size, gpointer user_data);

FakePort *fake_port_new (EkPortKind kind, guint max_baud, gboolean has_lines);
void fake_port_set_func (FakePort *self, FakePortFunc func, gpointer user_data);
void fake_port_play (FakePort *self, gint64 delay, const void *data, gsize size);
void fake_port_play_hex (FakePort *self, gint64 delay, const char *hex);
void fake_port_fail_writes (FakePort *self, EkError code);
void fake_port_fail_lines (FakePort *self, EkError code);
void fake_port_cancel_at (FakePort *self, GCancellable *cancellable, gint64 time);
void fake_port_unplug (FakePort *self, gint64 from, gint64 until);
GByteArray *fake_port_get_written (FakePort *self);
const char *fake_port_get_log (FakePort *self);
guint8 *fake_bytes_from_hex (const char *hex, gsize *size);

G_END_DECLS
