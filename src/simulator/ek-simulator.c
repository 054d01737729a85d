/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device around the chip: its clock, the wire, DTR and RTS, the power, and what goes wrong. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include "ek-bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLIP_END     0xc0
#define SLIP_ESC     0xdb
#define SLIP_ESC_END 0xdc
#define SLIP_ESC_ESC 0xdd

#define ROM_BAUD 115200u
/* EN rises over a capacitor: the straps are read some time after the line was let go. */
#define EN_RISE_US 1000
/* Speeds further apart than this don't understand each other. */
#define BAUD_TOLERANCE 0.03
/* The super watchdog in download mode over USB-Serial/JTAG (facts 1.7): "some seconds". */
#define USB_WATCHDOG_US (9 * G_USEC_PER_SEC)

static GBytes *demo_contents;

G_DEFINE_FINAL_TYPE (EkSimulator, ek_simulator, G_TYPE_OBJECT)

static void
output_free (gpointer item)
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
 * ek_sim_has_fault:
 *
 * Returns: whether a fault of this kind holds for the whole run
 */
gboolean
ek_sim_has_fault (EkSimulator *self, EkSimFaultKind kind)
{
  for (guint i = 0; i < self->options.faults->len; i++)
    if (g_array_index (self->options.faults, EkSimFault, i).kind == kind)
      return TRUE;

  return FALSE;
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
speeds_agree (EkSimulator *self)
{
  double ratio = (double) self->host_baud / self->chip_baud;

  return self->options.usb != EK_SIM_UART ||
         (ratio > 1 - BAUD_TOLERANCE && ratio < 1 + BAUD_TOLERANCE);
}

static void
queue_output (EkSimulator *self, gint64 time, const guint8 *data, gsize size)
{
  EkSimOutput *output;
  g_autofree guint8 *copy = g_memdup2 (data, size);

  if (!self->present || self->power_fails || size == 0 ||
      ek_sim_has_fault (self, EK_SIM_FAULT_MUTE))
    return;
  if (!speeds_agree (self))
    for (gsize i = 0; i < size; i++)
      copy[i] = (guint8) next_random (self);

  self->from_chip_free = MAX (self->from_chip_free, time) +
                         (gint64) (byte_time (self, self->chip_baud) * (double) size);
  output = g_new0 (EkSimOutput, 1);
  output->time = self->from_chip_free + self->options.latency_us;
  output->bytes = g_bytes_new_take (g_steal_pointer (&copy), size);
  g_queue_push_tail (&self->output, output);
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
    output_free (g_queue_pop_tail (&self->output));
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

/**
 * ek_sim_mem_is_valid:
 *
 * Returns: whether the ROM lets a program be put there
 */
gboolean
ek_sim_mem_is_valid (EkSimulator *self, guint32 address, guint32 size)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->options.chip->ram); i++)
    if (address >= self->options.chip->ram[i][0] &&
        (guint64) address + size <= self->options.chip->ram[i][1])
      return TRUE;

  return FALSE;
}

static void
forget_conversation (EkSimulator *self)
{
  self->in_frame = self->escaped = self->broken = FALSE;
  g_byte_array_set_size (self->frame, 0);
  g_array_set_size (self->queued_starts, 0);
  self->chip_baud = ROM_BAUD;
  self->busy_until = 0;
  self->flash_busy_until = 0;
  self->n_uploaded = 0;
  self->deferred_error = 0;
  self->reading = FALSE;
  self->attached = FALSE;
  self->known_flash_size = 0;
  self->last_value = 0;
  self->last_command = 0;
  ek_sim_write_clear (&self->write);
}

static void
send_noise (EkSimulator *self, gint64 time)
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

/**
 * ek_sim_reset:
 * @sample_straps: a reset of the whole system reads the strapping pins again; of the core alone not
 *
 * The chip starts anew.
 */
void
ek_sim_reset (EkSimulator *self, gint64 time, EkSimReset reason, gboolean sample_straps)
{
  self->stats.resets++;
  forget_conversation (self);
  self->reboot_at = -1;
  self->watchdog_at = -1;
  if (sample_straps)
    {
      self->strap_low = self->options.strap_download ||
                        (self->options.usb != EK_SIM_USB_JTAG && self->dtr && !self->rts &&
                         !ek_sim_has_fault (self, EK_SIM_FAULT_NO_AUTO_RESET));
      ek_sim_registers_reset (self);
    }
  send_noise (self, time);
  ek_sim_boot (self, time, reason);
  if (self->mode == EK_SIM_ROM && self->options.usb == EK_SIM_USB_JTAG)
    self->watchdog_at = time + USB_WATCHDOG_US;
}

/**
 * ek_sim_vanish:
 * @seconds: until it is plugged in again
 */
void
ek_sim_vanish (EkSimulator *self, gint64 time, double seconds)
{
  ek_sim_drop_output (self, self->now);
  self->present = FALSE;
  self->mode = EK_SIM_HELD;
  self->reboot_at = self->strap_at = self->watchdog_at = -1;
  self->download_flag = FALSE;
  self->appear_at = time + (gint64) (seconds * G_USEC_PER_SEC);
}

static void
appear (EkSimulator *self)
{
  self->present = TRUE;
  self->dtr = self->rts = FALSE;
  g_free (self->name);
  self->name = g_strdup_printf ("%s#%u", self->options.chip->id, ++self->n_appearances + 1);
  self->host_baud = ROM_BAUD;
  ek_sim_reset (self, self->now, EK_SIM_RESET_POWERON, TRUE);
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
      if (self->mode == EK_SIM_HELD || self->mode == EK_SIM_FIRMWARE || adapter_loses_byte (self))
        continue;
      if (!speeds_agree (self))
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
      gsize left;
      const guint8 *bytes = g_bytes_get_data (output->bytes, &left);
      gsize n = MIN (left - output->taken, size - done);

      memcpy (buffer + done, bytes + output->taken, n);
      output->taken += n;
      done += n;
      if (output->taken == left)
        output_free (g_queue_pop_head (&self->output));
    }

  return done;
}

static gint64
earlier (gint64 a, gint64 b)
{
  return a < 0 ? b : (b < 0 ? a : MIN (a, b));
}

static gint64
next_timer (EkSimulator *self)
{
  gint64 next = earlier (self->reboot_at, self->appear_at);

  next = earlier (next, self->strap_at);
  return earlier (next, self->watchdog_at);
}

/**
 * ek_simulator_get_next_event:
 *
 * Returns: when something happens next by itself, in microseconds of the model; -1 for never
 */
gint64
ek_simulator_get_next_event (EkSimulator *self)
{
  EkSimOutput *output = g_queue_peek_head (&self->output);

  return earlier (next_timer (self), output != NULL ? output->time : -1);
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

static gboolean
usb_arms_download (EkSimulator *self)
{
  return self->options.usb == EK_SIM_USB_JTAG && self->dtr && !self->rts;
}

static void
run_timer (EkSimulator *self)
{
  if (self->appear_at >= 0 && self->appear_at <= self->now)
    {
      self->appear_at = -1;
      appear (self);
    }
  else if (self->strap_at >= 0 && self->strap_at <= self->now)
    {
      self->strap_at = -1;
      self->download_flag = FALSE;
      ek_sim_reset (self, self->now, EK_SIM_RESET_POWERON, TRUE);
    }
  else if (self->reboot_at >= 0 && self->reboot_at <= self->now)
    {
      EkSimReset reason = self->reboot_reason;

      self->reboot_at = -1;
      /* A reset of the whole system looks at the straps again and starts the USB's own flag anew, which
       * follows the lines; one of the processor leaves both as they are. */
      if (reason == EK_SIM_RESET_RTC_WDT)
        self->download_flag = usb_arms_download (self);
      ek_sim_reset (self, self->now, reason, reason == EK_SIM_RESET_RTC_WDT);
    }
  else if (self->watchdog_at >= 0 && self->watchdog_at <= self->now)
    {
      self->watchdog_at = -1;
      self->download_flag = usb_arms_download (self);
      ek_sim_reset (self, self->now, EK_SIM_RESET_RTC_WDT, TRUE);
    }
}

/**
 * ek_simulator_advance:
 * @time: microseconds of the model; the clock does not go back
 */
void
ek_simulator_advance (EkSimulator *self, gint64 time)
{
  gint64 next;

  while ((next = next_timer (self)) >= 0 && next <= time)
    {
      self->now = MAX (self->now, next);
      run_timer (self);
    }
  self->now = MAX (self->now, time);
}

gint64
ek_simulator_get_now (EkSimulator *self)
{
  return self->now;
}

/**
 * ek_simulator_set_baud:
 * @baud: of the host's side
 */
void
ek_simulator_set_baud (EkSimulator *self, guint baud)
{
  self->host_baud = baud;
}

/* DTR pulls GPIO0 and RTS pulls EN, unless both are asserted (facts 1.7). */
static void
set_lines_of_bridge (EkSimulator *self, gboolean dtr, gboolean rts)
{
  gboolean was_held = self->mode == EK_SIM_HELD;
  gboolean held = rts && !dtr;

  self->dtr = dtr;
  self->rts = rts;
  if (held && !was_held)
    {
      ek_sim_drop_output (self, self->now);
      self->mode = EK_SIM_HELD;
      self->strap_at = self->reboot_at = -1;
    }
  else if (!held && was_held && self->strap_at < 0)
    {
      self->strap_at = self->now + EN_RISE_US;
    }
  else if (held)
    {
      self->strap_at = -1;
    }
}

/* USB-Serial/JTAG: DTR alone arms download mode, both let go disarm it, RTS alone resets the core
 * (ESP32-S3 technical reference manual, "Reset by USB-Serial/JTAG"). */
static void
set_lines_of_usb (EkSimulator *self, gboolean dtr, gboolean rts)
{
  gboolean was_reset = self->rts && !self->dtr;

  self->dtr = dtr;
  self->rts = rts;
  if (!rts)
    self->download_flag = dtr;
  if (rts && !dtr && !was_reset)
    {
      ek_sim_drop_output (self, self->now);
      ek_sim_reset (self, self->now, EK_SIM_RESET_USB_UART, FALSE);
    }
}

/**
 * ek_simulator_set_lines:
 * @dtr: asserted
 * @rts: asserted
 */
void
ek_simulator_set_lines (EkSimulator *self, gboolean dtr, gboolean rts)
{
  if (ek_sim_has_fault (self, EK_SIM_FAULT_NO_AUTO_RESET) || !self->present)
    return;

  if (self->options.usb == EK_SIM_UART || self->options.usb == EK_SIM_USB_OTG)
    set_lines_of_bridge (self, dtr, rts);
  else
    set_lines_of_usb (self, dtr, rts);
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
    output_free (g_queue_pop_head (&self->output));
}

gboolean
ek_simulator_is_present (EkSimulator *self)
{
  return self->present;
}

/**
 * ek_simulator_get_name:
 *
 * Returns: (transfer none): changes when the device comes back after it was unplugged
 */
const char *
ek_simulator_get_name (EkSimulator *self)
{
  return self->name;
}

/**
 * ek_simulator_get_usb_id:
 *
 * Returns: vendor << 16 | product
 */
guint
ek_simulator_get_usb_id (EkSimulator *self)
{
  return self->options.usb_id;
}

/**
 * ek_simulator_get_flash:
 * @size: (out): bytes
 *
 * Returns: (transfer none): the flash's contents, to look at and to change
 */
guint8 *
ek_simulator_get_flash (EkSimulator *self, gsize *size)
{
  if (size != NULL)
    *size = self->options.flash_size;
  return self->flash;
}

void
ek_simulator_get_stats (EkSimulator *self, EkSimulatorStats *stats)
{
  *stats = self->stats;
  stats->now_us = self->now;
}

/**
 * ek_simulator_save:
 *
 * Makes sure that the contents are in their file, where there is one.
 */
gboolean
ek_simulator_save (EkSimulator *self, GError **error)
{
  if (self->flash_mapped == 0 || msync (self->flash, self->flash_mapped, MS_SYNC) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "%s: %s", self->options.flash_path,
               g_strerror (errno));
  return FALSE;
}

/**
 * ek_simulator_set_demo_contents:
 * @contents: (nullable): what a fresh device holds from offset 0 on, in this process
 */
void
ek_simulator_set_demo_contents (GBytes *contents)
{
  g_clear_pointer (&demo_contents, g_bytes_unref);
  if (contents != NULL)
    demo_contents = g_bytes_ref (contents);
}

static gboolean
set_file_error (const char *path, GError **error)
{
  int number = errno;

  g_set_error (error, EK_ERROR,
               number == ENOSPC   ? EK_ERROR_DISK_FULL
               : number == ENOENT ? EK_ERROR_FILE_NOT_FOUND
                                  : EK_ERROR_FILE_UNREADABLE,
               "%s: %s", path, g_strerror (number));
  return FALSE;
}

/* The file is the flash: shorter ones are filled up with 0xFF. */
static gboolean
map_file (EkSimulator *self, GError **error)
{
  const char *path = self->options.flash_path;
  gsize size = self->options.flash_size;
  struct stat status;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  gsize old_size;
  void *mapped;

  if (fd < 0)
    return set_file_error (path, error);
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || (gsize) status.st_size > size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_UNREADABLE,
                   "%s: not a file of at most %" G_GSIZE_FORMAT " bytes", path, size);
      close (fd);
      return FALSE;
    }

  old_size = (gsize) status.st_size;
  errno = old_size < size ? posix_fallocate (fd, 0, (off_t) size) : 0;
  mapped = errno == 0 ? mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (mapped == MAP_FAILED)
    {
      set_file_error (path, error);
      close (fd);
      return FALSE;
    }
  close (fd);

  self->flash = mapped;
  self->flash_mapped = size;
  memset (self->flash + old_size, 0xff, size - old_size);
  if (old_size == 0 && demo_contents != NULL && !self->options.blank)
    memcpy (self->flash, g_bytes_get_data (demo_contents, NULL),
            MIN (size, g_bytes_get_size (demo_contents)));
  return TRUE;
}

static gboolean
fill_flash (EkSimulator *self, GError **error)
{
  gsize size = self->options.flash_size;
  g_autofree char *image = NULL;
  gsize image_size;

  if (self->options.flash_path != NULL)
    return map_file (self, error);

  self->flash = g_malloc (size);
  memset (self->flash, 0xff, size);
  if (self->options.image_path != NULL)
    {
      if (!g_file_get_contents (self->options.image_path, &image, &image_size, error))
        {
          ek_error_convert (error);
          return FALSE;
        }
      if (image_size > size)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE,
                       "%s: larger than a flash of %" G_GSIZE_FORMAT " bytes",
                       self->options.image_path, size);
          return FALSE;
        }
      memcpy (self->flash, image, image_size);
    }
  else if (!self->options.blank && demo_contents != NULL)
    {
      memcpy (self->flash, g_bytes_get_data (demo_contents, NULL),
              MIN (size, g_bytes_get_size (demo_contents)));
    }

  return TRUE;
}

static void
ek_simulator_finalize (GObject *object)
{
  EkSimulator *self = EK_SIMULATOR (object);

  if (self->flash_mapped != 0)
    munmap (self->flash, self->flash_mapped);
  else
    g_free (self->flash);
  ek_sim_write_clear (&self->write);
  g_queue_clear_full (&self->output, output_free);
  g_clear_pointer (&self->read_checksum, g_checksum_free);
  g_clear_pointer (&self->registers, g_hash_table_unref);
  g_clear_pointer (&self->frame, g_byte_array_unref);
  g_clear_pointer (&self->queued_starts, g_array_unref);
  g_free (self->name);
  ek_sim_options_clear (&self->options);

  G_OBJECT_CLASS (ek_simulator_parent_class)->finalize (object);
}

static void
ek_simulator_class_init (EkSimulatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_simulator_finalize;
}

static void
ek_simulator_init (EkSimulator *self)
{
  g_queue_init (&self->output);
  self->registers = g_hash_table_new (NULL, NULL);
  self->frame = g_byte_array_new ();
  self->queued_starts = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->random = 0x9e3779b9;
  self->host_baud = self->chip_baud = ROM_BAUD;
  self->appear_at = self->strap_at = self->reboot_at = self->watchdog_at = -1;
}

/**
 * ek_simulator_restart:
 *
 * Switches the device off and on; what it prints then, nobody hears. The costs start from zero.
 */
void
ek_simulator_restart (EkSimulator *self)
{
  self->now = 0;
  self->to_chip_free = self->from_chip_free = 0;
  self->download_flag = self->options.start_download;
  ek_sim_reset (self, 0, EK_SIM_RESET_POWERON, TRUE);
  ek_sim_drop_output (self, -1);
  self->watchdog_at = -1;
  self->from_chip_free = 0;
  self->stats = (EkSimulatorStats){ 0 };
}

/**
 * ek_simulator_new:
 * @options: (nullable): `CHIP?key=value&…`; see ek_simulator_get_option_docs()
 *
 * Returns: (transfer full): a device that was plugged in before the clock's zero; %NULL with
 *   %EK_ERROR_INVALID_ARGUMENT or a file's error
 */
EkSimulator *
ek_simulator_new (const char *options, GError **error)
{
  g_autoptr (EkSimulator) self = g_object_new (EK_TYPE_SIMULATOR, NULL);

  if (!ek_sim_options_parse (&self->options, options, error) || !fill_flash (self, error))
    return NULL;

  self->present = TRUE;
  self->name = g_strdup (self->options.chip->id);
  ek_simulator_restart (self);
  return g_steal_pointer (&self);
}
