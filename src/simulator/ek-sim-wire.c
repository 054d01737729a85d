/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire: SLIP in and out, when each byte arrives, and the faults that strike a frame. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include <string.h>

#define SLIP_END     0xc0
#define SLIP_ESC     0xdb
#define SLIP_ESC_END 0xdc
#define SLIP_ESC_ESC 0xdd

/* Speeds further apart than this don't understand each other. */
#define BAUD_TOLERANCE 0.03

void
ek_sim_output_free (gpointer item)
{
  EkSimOutput *output = item;

  g_bytes_unref (output->bytes);
  g_free (output);
}

static guint32
next_random (EkSimulator *self)
{
  self->random ^= self->random << 13;
  self->random ^= self->random >> 17;
  self->random ^= self->random << 5;
  return self->random;
}

/**
 * ek_sim_fault_for_frame:
 *
 * Returns: (nullable) (transfer none): the fault of this kind that strikes the frame under way; it
 *   strikes once
 */
EkSimFault *
ek_sim_fault_for_frame (EkSimulator *self, gboolean from_chip, EkSimFaultKind kind)
{
  guint64 frame = from_chip ? self->stats.frames_from_chip : self->stats.frames_to_chip;

  for (guint i = 0; i < self->options.faults->len; i++)
    {
      EkSimFault *fault = &g_array_index (self->options.faults, EkSimFault, i);

      if (fault->kind == kind && fault->from_chip == from_chip && fault->frame == frame &&
          frame != 0 && !fault->done)
        {
          fault->done = TRUE;
          return fault;
        }
    }

  return NULL;
}

static double
byte_time (EkSimulator *self, guint baud)
{
  return self->options.usb == EK_SIM_UART ? 10.0 * G_USEC_PER_SEC / baud
                                          : G_USEC_PER_SEC / self->options.usb_rate;
}

static gboolean
speeds_agree (EkSimulator *self, guint chip_baud)
{
  double ratio = (double) self->host_baud / chip_baud;

  return self->options.usb != EK_SIM_UART ||
         (ratio > 1 - BAUD_TOLERANCE && ratio < 1 + BAUD_TOLERANCE);
}

static void
queue_output (EkSimulator *self, gint64 time, const guint8 *data, gsize size)
{
  EkSimOutput *output;

  if (!self->present || self->power_fails || size == 0 ||
      ek_sim_has_fault (self, EK_SIM_FAULT_MUTE))
    return;

  self->from_chip_free = MAX (self->from_chip_free, time) +
                         (gint64) (byte_time (self, self->chip_baud) * (double) size);
  output = g_new0 (EkSimOutput, 1);
  output->time = self->from_chip_free + self->options.latency_us;
  output->bytes = g_bytes_new (data, size);
  output->baud = self->chip_baud;
  g_queue_push_tail (&self->output, output);
}

/* At another speed, or over a bad wire, the same number of bytes comes, and they mean nothing. */
static void
let_arrive (EkSimulator *self, EkSimOutput *output)
{
  gsize size = g_bytes_get_size (output->bytes);
  guint8 *noise;

  if (output->arrived)
    return;
  output->arrived = TRUE;
  if (speeds_agree (self, output->baud) && !ek_sim_has_fault (self, EK_SIM_FAULT_GARBLE))
    return;

  noise = g_malloc (size);
  for (gsize i = 0; i < size; i++)
    noise[i] = (guint8) next_random (self);
  g_bytes_unref (output->bytes);
  output->bytes = g_bytes_new_take (noise, size);
}

/**
 * ek_sim_drop_output:
 * @after: what would arrive later is lost
 */
void
ek_sim_drop_output (EkSimulator *self, gint64 after)
{
  EkSimOutput *output;

  while ((output = g_queue_peek_tail (&self->output)) != NULL && output->time > after)
    ek_sim_output_free (g_queue_pop_tail (&self->output));
  self->from_chip_free = MIN (self->from_chip_free, after);
}

/**
 * ek_sim_send_text:
 * @time: when the chip begins to print it
 */
void
ek_sim_send_text (EkSimulator *self, gint64 time, const char *text)
{
  gsize size = strlen (text);

  self->stats.bytes_from_chip += size;
  queue_output (self, time, (const guint8 *) text, size);
}

void
ek_sim_send_noise (EkSimulator *self, gint64 time)
{
  for (guint i = 0; i < self->options.faults->len; i++)
    {
      const EkSimFault *fault = &g_array_index (self->options.faults, EkSimFault, i);
      g_autofree guint8 *noise = NULL;

      if (fault->kind != EK_SIM_FAULT_NOISE)
        continue;
      noise = g_malloc ((gsize) fault->argument + 1);
      for (gsize j = 0; j < (gsize) fault->argument; j++)
        noise[j] = (guint8) next_random (self);
      queue_output (self, time, noise, (gsize) fault->argument);
    }
}

static GByteArray *
encode (const guint8 *data, gsize size)
{
  GByteArray *wire = g_byte_array_sized_new ((guint) size + 16);
  guint8 byte = SLIP_END;

  g_byte_array_append (wire, &byte, 1);
  for (gsize i = 0; i < size; i++)
    {
      static const guint8 end[] = { SLIP_ESC, SLIP_ESC_END };
      static const guint8 esc[] = { SLIP_ESC, SLIP_ESC_ESC };

      if (data[i] == SLIP_END)
        g_byte_array_append (wire, end, 2);
      else if (data[i] == SLIP_ESC)
        g_byte_array_append (wire, esc, 2);
      else
        g_byte_array_append (wire, data + i, 1);
    }
  g_byte_array_append (wire, &byte, 1);

  return wire;
}

/* The faults that damage a frame on the wire, either way. */
static void
damage (EkSimulator *self, GByteArray *wire, gboolean from_chip)
{
  guint at = 1 + next_random (self) % MAX (1, wire->len - 1);
  guint8 byte;

  if (wire->len == 0)
    return;
  at = MIN (at, wire->len - 1);
  if (ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_DROP) != NULL)
    {
      g_byte_array_remove_index (wire, at);
    }
  else if (ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_FLIP) != NULL)
    {
      wire->data[at] ^= (guint8) (1u << next_random (self) % 8);
    }
  else if (ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_REPEAT) != NULL)
    {
      byte = wire->data[at];
      g_byte_array_append (wire, &byte, 1);
      memmove (wire->data + at + 1, wire->data + at, wire->len - at - 1);
    }
}

/* Power fails in the middle of the frame's work: the first thing done to the flash is half done, and
 * nothing is answered. */
static void
work_without_power (EkSimulator *self, gint64 time)
{
  self->power_fails = TRUE;
  self->power_lost = FALSE;
  if (self->mode == EK_SIM_ROM)
    ek_sim_rom_handle (self, time, self->frame->data, self->frame->len);
  else if (self->mode == EK_SIM_STUB)
    ek_sim_stub_handle (self, time, self->frame->data, self->frame->len);
  self->power_fails = FALSE;
}

/* Power fails, the program crashes, or the cable comes out. TRUE if the chip is elsewhere now. */
static gboolean
strike (EkSimulator *self, gint64 time, gboolean from_chip)
{
  EkSimFault *fault;

  if ((fault = ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_VANISH)) != NULL)
    {
      ek_sim_vanish (self, time, fault->argument);
      return TRUE;
    }
  if (ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_BROWNOUT) != NULL)
    {
      if (!from_chip)
        work_without_power (self, time);
      ek_sim_send_text (self, time, "\r\nBrownout detector was triggered\r\n\r\n");
      self->download_flag = FALSE;
      ek_sim_reset (self, time, EK_SIM_RESET_BROWN_OUT, TRUE);
      return TRUE;
    }
  if (ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_CRASH) != NULL)
    {
      ek_sim_send_text (self, time, "Guru Meditation Error: Core 0 panic'ed (LoadProhibited)\r\n");
      self->mode = EK_SIM_HUNG;
      return TRUE;
    }
  if (ek_sim_fault_for_frame (self, from_chip, EK_SIM_FAULT_WRONG_MD5) != NULL)
    self->md5_wrong = TRUE;

  return FALSE;
}

/**
 * ek_sim_send_frame:
 * @time: when the answer is ready
 * @data: (array length=size): unescaped
 */
void
ek_sim_send_frame (EkSimulator *self, gint64 time, const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) wire = NULL;
  EkSimFault *fault;

  if (!self->present || self->power_fails)
    return;

  self->stats.frames_from_chip++;
  if (strike (self, time, TRUE))
    return;
  if ((fault = ek_sim_fault_for_frame (self, TRUE, EK_SIM_FAULT_STALL)) != NULL)
    {
      time += (gint64) (fault->argument * G_USEC_PER_SEC);
      self->busy_until = MAX (self->busy_until, time);
    }

  wire = encode (data, size);
  damage (self, wire, TRUE);
  self->stats.bytes_from_chip += wire->len;
  queue_output (self, time, wire->data, wire->len);
}

static void
work_on_frame (EkSimulator *self, gint64 arrival)
{
  gint64 start = MAX (arrival, self->busy_until);
  guint waiting = 0;

  self->stats.frames_to_chip++;
  if (strike (self, arrival, FALSE))
    return;
  if (self->mode == EK_SIM_ROM)
    {
      EkSimFault *fault = ek_sim_fault_for_frame (self, FALSE, EK_SIM_FAULT_STALL);

      if (fault != NULL)
        start += (gint64) (fault->argument * G_USEC_PER_SEC);
      ek_sim_rom_handle (self, start, self->frame->data, self->frame->len);
      return;
    }
  if (self->mode != EK_SIM_STUB)
    return;

  /* Two buffers: one frame is worked on, one may wait; a third has no place. */
  for (guint i = self->queued_starts->len; i > 0; i--)
    {
      if (g_array_index (self->queued_starts, gint64, i - 1) <= arrival)
        g_array_remove_index_fast (self->queued_starts, i - 1);
      else
        waiting++;
    }
  if (waiting >= 1)
    return;
  if (start > arrival)
    g_array_append_val (self->queued_starts, start);
  {
    EkSimFault *fault = ek_sim_fault_for_frame (self, FALSE, EK_SIM_FAULT_STALL);

    if (fault != NULL)
      start += (gint64) (fault->argument * G_USEC_PER_SEC);
  }
  ek_sim_stub_handle (self, start, self->frame->data, self->frame->len);
}

static void
take_byte (EkSimulator *self, guint8 byte, gint64 arrival)
{
  if (byte == SLIP_END)
    {
      if (self->in_frame && self->frame->len > 0)
        {
          self->in_frame = FALSE;
          if (!self->broken && !self->escaped)
            work_on_frame (self, arrival);
        }
      else
        {
          /* To the stub two delimiters in a row are an empty frame, not the beginning of one: half a
           * frame leaves it out of step (esp-flasher-stub, slip.c). */
          self->in_frame = !(self->in_frame && self->mode == EK_SIM_STUB);
        }
      g_byte_array_set_size (self->frame, 0);
      self->escaped = self->broken = FALSE;
      return;
    }
  if (!self->in_frame)
    return;
  if (self->escaped)
    {
      self->escaped = FALSE;
      if (byte != SLIP_ESC_END && byte != SLIP_ESC_ESC && self->mode == EK_SIM_STUB)
        {
          /* The stub forgets the frame at once. */
          self->in_frame = FALSE;
          return;
        }
      self->broken = self->broken || (byte != SLIP_ESC_END && byte != SLIP_ESC_ESC);
      byte = byte == SLIP_ESC_END ? SLIP_END : SLIP_ESC;
    }
  else if (byte == SLIP_ESC)
    {
      self->escaped = TRUE;
      return;
    }

  if (self->frame->len >= EK_SIM_MAX_FRAME)
    self->broken = TRUE;
  else
    g_byte_array_append (self->frame, &byte, 1);
}

static gboolean
adapter_loses_byte (EkSimulator *self)
{
  return self->options.baud_limit != 0 && self->host_baud > self->options.baud_limit &&
         next_random (self) % 200 == 0;
}

/* One frame at a time, so that a fault of the Nth frame strikes the Nth frame. */
static void
take_wire (EkSimulator *self, GByteArray *wire)
{
  double step = byte_time (self, self->host_baud);
  double arrival = (double) MAX (self->to_chip_free, self->now);

  /* The ROM measures the speed of what comes first. */
  if (self->mode == EK_SIM_ROM && self->last_command == 0)
    self->chip_baud = self->host_baud;

  for (guint i = 0; i < wire->len && self->present; i++)
    {
      guint8 byte = wire->data[i];

      arrival += step;
      self->stats.bytes_to_chip++;
      if (self->mode == EK_SIM_HELD || self->mode == EK_SIM_FIRMWARE || adapter_loses_byte (self) ||
          ek_sim_has_fault (self, EK_SIM_FAULT_DEAF))
        continue;
      if (!speeds_agree (self, self->chip_baud))
        byte = (guint8) next_random (self);
      take_byte (self, byte, (gint64) (arrival + 0.5));
    }
  self->to_chip_free = (gint64) (arrival + 0.5);
}

/**
 * ek_simulator_write:
 * @data: (array length=size): what the host sends now
 *
 * Returns: %FALSE with %EK_ERROR_LINK_LOST if the device is not there
 */
gboolean
ek_simulator_write (EkSimulator *self, const guint8 *data, gsize size, GError **error)
{
  gsize start = 0;

  if (!self->present)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "the simulated device is unplugged");
      return FALSE;
    }

  /* Cut behind each closing delimiter: damage is done to whole frames. */
  while (start < size)
    {
      g_autoptr (GByteArray) wire = g_byte_array_new ();
      gsize end = start + 1;

      while (end < size && data[end - 1] == SLIP_END)
        end++;
      while (end < size && data[end] != SLIP_END)
        end++;
      end = MIN (end + 1, size);
      g_byte_array_append (wire, data + start, (guint) (end - start));
      /* The counter moves when the frame is whole: damage belongs to the one that is being sent. */
      self->stats.frames_to_chip++;
      damage (self, wire, FALSE);
      self->stats.frames_to_chip--;
      take_wire (self, wire);
      start = end;
    }

  return TRUE;
}

/**
 * ek_simulator_read:
 * @buffer: (out caller-allocates) (array length=size)
 *
 * Returns: bytes that have arrived by now; 0 if there are none
 */
gsize
ek_simulator_read (EkSimulator *self, guint8 *buffer, gsize size)
{
  gsize done = 0;
  EkSimOutput *output;

  while (done < size && (output = g_queue_peek_head (&self->output)) != NULL &&
         output->time <= self->now)
    {
      const guint8 *bytes;
      gsize left, n;

      let_arrive (self, output);
      bytes = g_bytes_get_data (output->bytes, &left);
      n = MIN (left - output->taken, size - done);
      memcpy (buffer + done, bytes + output->taken, n);
      output->taken += n;
      done += n;
      if (output->taken == left)
        ek_sim_output_free (g_queue_pop_head (&self->output));
    }

  return done;
}

/**
 * ek_simulator_has_output:
 *
 * Returns: whether bytes are on their way to the host
 */
gboolean
ek_simulator_has_output (EkSimulator *self)
{
  return !g_queue_is_empty (&self->output);
}

/**
 * ek_simulator_discard_input:
 *
 * The host drops what has arrived.
 */
void
ek_simulator_discard_input (EkSimulator *self)
{
  EkSimOutput *output;

  while ((output = g_queue_peek_head (&self->output)) != NULL && output->time <= self->now)
    ek_sim_output_free (g_queue_pop_head (&self->output));
}

/**
 * ek_simulator_set_baud:
 * @baud: of the host's side, for what arrives from now on
 */
void
ek_simulator_set_baud (EkSimulator *self, guint baud)
{
  for (GList *link = self->output.head; link != NULL; link = link->next)
    if (((EkSimOutput *) link->data)->time <= self->now)
      let_arrive (self, link->data);
  self->host_baud = baud;
}
