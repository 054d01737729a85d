/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host for the tests: speaks the protocol to a simulated chip on the chip's own clock, with nothing
 * but the public interface. */
#pragma once

#include "ek-bytes.h"
#include "ek-simulator.h"

#define SIM_SECOND G_USEC_PER_SEC

static inline EkSimulator *
sim_new (const char *options)
{
  g_autoptr (GError) error = NULL;
  EkSimulator *sim = ek_simulator_new (options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (sim);
  return sim;
}

static inline void
sim_take (EkSimulator *sim, GByteArray *bytes)
{
  guint8 buffer[8192];
  gsize n;

  while ((n = ek_simulator_read (sim, buffer, sizeof buffer)) > 0)
    g_byte_array_append (bytes, buffer, (guint) n);
}

/* Lets the model run until nothing happens for @quiet microseconds; all that was received. */
static inline GByteArray *
sim_listen (EkSimulator *sim, gint64 quiet)
{
  GByteArray *bytes = g_byte_array_new ();
  gint64 end = ek_simulator_get_now (sim) + 600 * SIM_SECOND;

  sim_take (sim, bytes);
  while (ek_simulator_get_now (sim) < end)
    {
      gint64 next = ek_simulator_get_next_event (sim);

      if (next < 0 || next > ek_simulator_get_now (sim) + quiet)
        break;
      ek_simulator_advance (sim, MAX (next, ek_simulator_get_now (sim)));
      sim_take (sim, bytes);
    }

  return bytes;
}

/* All that is received until @duration has passed, as text */
static inline char *
sim_listen_for (EkSimulator *sim, gint64 duration)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gint64 end = ek_simulator_get_now (sim) + duration;
  guint8 nul = 0;

  while (TRUE)
    {
      gint64 next = ek_simulator_get_next_event (sim);

      sim_take (sim, bytes);
      if (next < 0 || next > end)
        break;
      ek_simulator_advance (sim, MAX (next, ek_simulator_get_now (sim)));
    }
  ek_simulator_advance (sim, end);
  sim_take (sim, bytes);
  g_byte_array_append (bytes, &nul, 1);

  return (char *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}

static inline void
sim_write (EkSimulator *sim, const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ek_simulator_write (sim, data, size, &error));
  g_assert_no_error (error);
}

static inline GByteArray *
sim_encode (const guint8 *data, gsize size)
{
  GByteArray *wire = g_byte_array_new ();
  static const guint8 end[] = { 0xc0 }, escaped_end[] = { 0xdb, 0xdc },
                      escaped_esc[] = { 0xdb, 0xdd };

  g_byte_array_append (wire, end, 1);
  for (gsize i = 0; i < size; i++)
    if (data[i] == 0xc0)
      g_byte_array_append (wire, escaped_end, 2);
    else if (data[i] == 0xdb)
      g_byte_array_append (wire, escaped_esc, 2);
    else
      g_byte_array_append (wire, data + i, 1);
  g_byte_array_append (wire, end, 1);

  return wire;
}

/* The first whole frame of @wire, unescaped; %NULL if there is none. @used: bytes up to its end. */
static inline GByteArray *
sim_decode (const guint8 *wire, gsize size, gsize *used)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  gboolean inside = FALSE, escaped = FALSE;

  for (gsize i = 0; i < size; i++)
    {
      guint8 byte = wire[i];

      if (byte == 0xc0 && inside && frame->len > 0)
        {
          *used = i + 1;
          return g_steal_pointer (&frame);
        }
      if (byte == 0xc0)
        {
          inside = TRUE;
          continue;
        }
      if (!inside)
        continue;
      if (byte == 0xdb && !escaped)
        {
          escaped = TRUE;
          continue;
        }
      if (escaped)
        byte = byte == 0xdc ? 0xc0 : 0xdb;
      escaped = FALSE;
      g_byte_array_append (frame, &byte, 1);
    }

  return NULL;
}

static inline void
sim_send_command (EkSimulator *sim,
                  guint8 command,
                  const guint8 *data,
                  gsize size,
                  guint32 checksum)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GByteArray) wire = NULL;
  guint8 header[8] = { 0, command };

  ek_put_u16 (header + 2, (guint16) size);
  ek_put_u32 (header + 4, checksum);
  g_byte_array_append (frame, header, sizeof header);
  if (size > 0)
    g_byte_array_append (frame, data, (guint) size);
  wire = sim_encode (frame->data, frame->len);
  sim_write (sim, wire->data, wire->len);
}

/**
 * SimReply:
 * @answered: a frame came
 * @data: behind the eight bytes of header
 */
typedef struct
{
  gboolean answered;
  guint8 command;
  guint32 value;
  guint8 data[256];
  gsize size;
} SimReply;

/* Runs the model until @n frames have come, or for eight seconds: less than a watchdog waits. */
static inline GByteArray *
sim_wait_for_frames (EkSimulator *sim, guint n)
{
  GByteArray *wire = g_byte_array_new ();
  gint64 end = ek_simulator_get_now (sim) + 8 * SIM_SECOND;

  while (TRUE)
    {
      gint64 next;
      gsize position = 0, used = 0;
      guint found = 0;

      sim_take (sim, wire);
      while (found < n)
        {
          g_autoptr (GByteArray) frame =
              sim_decode (wire->data + position, wire->len - position, &used);

          if (frame == NULL)
            break;
          position += used;
          found++;
        }
      next = ek_simulator_get_next_event (sim);
      if (found >= n || next < 0 || next > end)
        return wire;
      ek_simulator_advance (sim, MAX (next, ek_simulator_get_now (sim)));
    }
}

static inline SimReply
sim_reply (EkSimulator *sim)
{
  g_autoptr (GByteArray) wire = sim_wait_for_frames (sim, 1);
  gsize used = 0;
  g_autoptr (GByteArray) frame = sim_decode (wire->data, wire->len, &used);
  SimReply reply = { 0 };

  if (frame == NULL || frame->len < 8)
    return reply;
  reply.answered = TRUE;
  reply.command = frame->data[1];
  reply.value = ek_get_u32 (frame->data + 4);
  reply.size = MIN (frame->len - 8, sizeof reply.data);
  memcpy (reply.data, frame->data + 8, reply.size);
  return reply;
}

static inline SimReply
sim_command (EkSimulator *sim, guint8 command, const guint8 *data, gsize size)
{
  sim_send_command (sim, command, data, size, 0);
  return sim_reply (sim);
}

/* A command made of words; end with no more than @n. */
static inline SimReply
sim_words (EkSimulator *sim, guint8 command, guint n, const guint32 *words)
{
  guint8 data[64];

  for (guint i = 0; i < n; i++)
    ek_put_u32 (data + 4 * i, words[i]);
  return sim_command (sim, command, data, 4 * n);
}

#define SIM_WORDS(sim, command, ...) \
  sim_words (sim, command, sizeof ((guint32[]){ __VA_ARGS__ }) / 4, (guint32[]){ __VA_ARGS__ })

/* The two status bytes at @offset of the answer's data, as one number */
static inline guint
sim_status (const SimReply *reply, gsize offset)
{
  g_assert_true (reply->answered);
  g_assert_cmpuint (reply->size, >=, offset + 2);
  return (guint) reply->data[offset] << 8 | reply->data[offset + 1];
}

static inline guint32
sim_checksum (const guint8 *data, gsize size)
{
  guint8 sum = 0xef;

  for (gsize i = 0; i < size; i++)
    sum ^= data[i];
  return sum;
}

static inline void
sim_send_block (EkSimulator *sim, guint8 command, guint32 sequence, const guint8 *data, gsize size)
{
  g_autofree guint8 *payload = g_malloc0 (16 + size);

  ek_put_u32 (payload, (guint32) size);
  ek_put_u32 (payload + 4, sequence);
  memcpy (payload + 16, data, size);
  sim_send_command (sim, command, payload, 16 + size, sim_checksum (data, size));
}

static inline SimReply
sim_block (EkSimulator *sim, guint8 command, guint32 sequence, const guint8 *data, gsize size)
{
  sim_send_block (sim, command, sequence, data, size);
  return sim_reply (sim);
}

static inline guint
sim_sync (EkSimulator *sim, SimReply *first)
{
  guint8 data[36] = { 0x07, 0x07, 0x12, 0x20 };
  g_autoptr (GByteArray) wire = NULL;
  gsize position = 0, used = 0;
  guint n = 0;

  memset (data + 4, 0x55, 32);
  sim_send_command (sim, 0x08, data, sizeof data, 0);
  wire = sim_wait_for_frames (sim, 8);
  while (position < wire->len)
    {
      g_autoptr (GByteArray) frame =
          sim_decode (wire->data + position, wire->len - position, &used);

      if (frame == NULL)
        break;
      position += used;
      if (frame->len < 10 || frame->data[1] != 0x08)
        continue;
      if (n++ == 0 && first != NULL)
        first->value = ek_get_u32 (frame->data + 4);
    }

  return n;
}

/* Uploads some bytes as a program and starts it: for the model every program is the stub. */
static inline void
sim_start_stub (EkSimulator *sim)
{
  static const guint8 program[64] = { 0x36, 0x41 };
  g_autoptr (GByteArray) wire = NULL;
  SimReply reply;
  guint8 end[8];
  gboolean greeted = FALSE;

  g_assert_cmpuint (sim_sync (sim, NULL), ==, 8);
  reply = SIM_WORDS (sim, 0x0d, 0, 0);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = SIM_WORDS (sim, 0x05, sizeof program, 1, 0x1800, 0x40378000);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);
  reply = sim_block (sim, 0x07, 0, program, sizeof program);
  g_assert_cmphex (sim_status (&reply, 0), ==, 0);

  ek_put_u32 (end, 0);
  ek_put_u32 (end + 4, 0x40378000);
  sim_send_command (sim, 0x06, end, sizeof end, 0);
  wire = sim_listen (sim, SIM_SECOND);
  for (guint i = 0; i + 6 <= wire->len; i++)
    greeted = greeted || memcmp (wire->data + i, "\xc0OHAI\xc0", 6) == 0;
  g_assert_true (greeted);
}

static inline EkSimulatorStats
sim_stats (EkSimulator *sim)
{
  EkSimulatorStats stats;

  ek_simulator_get_stats (sim, &stats);
  return stats;
}
