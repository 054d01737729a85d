/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device around the chip: power, EN and GPIO0, USB-Serial/JTAG's lines, resets and their timers. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

/* EN rises over a capacitor: the straps are read some time after the line was let go. */
#define EN_RISE_US 1000
/* How long a tap on RST of a device with its own USB keeps it away, and K0 stays down. */
#define TAP_SECONDS 0.3
#define K0_US       400000
/* The super watchdog in download mode over USB-Serial/JTAG (facts 1.7): "some seconds". */
#define USB_WATCHDOG_US (9 * G_USEC_PER_SEC)

static void
forget_conversation (EkSimulator *self)
{
  self->in_frame = self->escaped = self->broken = FALSE;
  g_byte_array_set_size (self->frame, 0);
  g_array_set_size (self->queued_starts, 0);
  self->chip_baud = EK_SIM_ROM_BAUD;
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
      self->strap_low = self->options.strap_download || self->k0_held ||
                        (self->options.usb != EK_SIM_USB_JTAG && self->dtr && !self->rts &&
                         !ek_sim_has_fault (self, EK_SIM_FAULT_NO_AUTO_RESET));
      ek_sim_registers_reset (self);
    }
  ek_sim_send_noise (self, time);
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
  self->host_baud = EK_SIM_ROM_BAUD;
  ek_sim_reset (self, self->now, EK_SIM_RESET_POWERON, TRUE);
}

/* Hold K0, tap RST, let go of K0: what a person does who was asked to. */
static void
use_hands (EkSimulator *self)
{
  if (self->k0_held)
    {
      self->k0_held = FALSE;
      return;
    }

  self->helped = TRUE;
  self->k0_held = TRUE;
  self->hands_at = self->now + K0_US;
  if (self->options.usb == EK_SIM_UART)
    {
      ek_sim_drop_output (self, self->now);
      ek_sim_reset (self, self->now, EK_SIM_RESET_POWERON, TRUE);
    }
  else
    {
      ek_sim_vanish (self, self->now, TAP_SECONDS);
    }
}

gint64
ek_sim_next_timer (EkSimulator *self)
{
  gint64 next = ek_sim_earlier (self->reboot_at, self->appear_at);

  next = ek_sim_earlier (next, self->hands_at);
  next = ek_sim_earlier (next, self->strap_at);
  return ek_sim_earlier (next, self->watchdog_at);
}

static gboolean
usb_arms_download (EkSimulator *self)
{
  return self->options.usb == EK_SIM_USB_JTAG && self->dtr && !self->rts;
}

void
ek_sim_run_timer (EkSimulator *self)
{
  if (self->appear_at >= 0 && self->appear_at <= self->now)
    {
      self->appear_at = -1;
      appear (self);
    }
  else if (self->hands_at >= 0 && self->hands_at <= self->now)
    {
      self->hands_at = -1;
      use_hands (self);
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
