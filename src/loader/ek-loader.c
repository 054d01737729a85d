/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader object: its life, registers, the stub's start, and the way back to the firmware. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#include "ek-bytes.h"

/* Blocks of MEM_DATA. The USB-OTG ROM takes no more than 0x800, and where we don't know what the port
 * is (a socket, a bridge), it may be that. */
#define RAM_BLOCK       0x1800u
#define RAM_BLOCK_SMALL 0x800u
/* At a speed that is not proved yet a block that gets lost is told soon: the ROM answers in no time. */
#define UNPROVED_TIMEOUT (500 * 1000)
/* The ROM may jump to the program before its answer has left (esptool: mem_end_rom_timeout). */
#define MEM_END_TIMEOUT  (200 * 1000)
#define GREETING_TIMEOUT (3 * G_USEC_PER_SEC)

#define WDT_TIMEOUT_CYCLES 2000u
#define WDT_ANSWER_TIMEOUT (50 * 1000)
/* Enabled, stage 0 resets the system, reset pulse lengths as the ROM sets them (facts 1.7). */
#define WDT_CONFIG0_RESET ((1u << 31) | (5u << 28) | (1u << 8) | 2u)

G_DEFINE_FINAL_TYPE (EkLoader, ek_loader, G_TYPE_OBJECT)

static void
ek_loader_finalize (GObject *object)
{
  EkLoader *self = EK_LOADER (object);

  ek_link_free (self->link);
  g_clear_object (&self->port);

  G_OBJECT_CLASS (ek_loader_parent_class)->finalize (object);
}

static void
ek_loader_class_init (EkLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_loader_finalize;
}

static void
ek_loader_init (EkLoader *self)
{
  self->baud = EK_ROM_BAUD;
}

/**
 * ek_loader_new:
 * @port: (transfer none): the device, open or not
 * @options: (nullable)
 *
 * Returns: (transfer full): a loader that is not connected yet
 */
EkLoader *
ek_loader_new (EkPort *port, const EkLoaderOptions *options)
{
  EkLoader *self = g_object_new (EK_TYPE_LOADER, NULL);

  self->port = g_object_ref (port);
  self->link = ek_link_new (port);
  if (options != NULL)
    self->options = *options;
  return self;
}

/**
 * ek_loader_get_port:
 *
 * Returns: (transfer none)
 */
EkPort *
ek_loader_get_port (EkLoader *self)
{
  return self->port;
}

/**
 * ek_loader_get_chip_info:
 *
 * Returns: (transfer none): what ek_loader_connect() found
 */
const EkChipInfo *
ek_loader_get_chip_info (EkLoader *self)
{
  return &self->info;
}

/**
 * ek_loader_is_stub:
 *
 * Returns: whether the stub answers, or else the ROM
 */
gboolean
ek_loader_is_stub (EkLoader *self)
{
  return self->is_stub;
}

/**
 * ek_loader_get_baud:
 *
 * Returns: the speed in bits a second; it means nothing over the chip's own USB
 */
guint
ek_loader_get_baud (EkLoader *self)
{
  return self->baud;
}

/**
 * ek_loader_get_patience:
 *
 * Returns: seconds, of the options
 */
guint
ek_loader_get_patience (EkLoader *self)
{
  return self->options.patience;
}

/**
 * ek_loader_timeout:
 *
 * Source: esptool's timeout_per_mb; facts 1.3.
 *
 * Returns: microseconds, at least 3 s
 */
gint64
ek_loader_timeout (double seconds_per_mb, guint64 bytes)
{
  return MAX (EK_DEFAULT_TIMEOUT, (gint64) (seconds_per_mb * (double) bytes));
}

/**
 * ek_loader_read_reg:
 * @address: of a 32-bit word
 * @value: (out)
 */
gboolean
ek_loader_read_reg (EkLoader *self,
                    guint32 address,
                    guint32 *value,
                    GCancellable *cancellable,
                    GError **error)
{
  guint8 payload[4];
  EkReply reply;

  ek_put_u32 (payload, address);
  if (!ek_link_request (self->link, EK_COMMAND_READ_REG, payload, sizeof payload, 0,
                        EK_DEFAULT_TIMEOUT, &reply, cancellable, error))
    return FALSE;

  *value = reply.value;
  return TRUE;
}

/**
 * ek_loader_write_reg:
 * @mask: bits to change
 */
gboolean
ek_loader_write_reg (EkLoader *self,
                     guint32 address,
                     guint32 value,
                     guint32 mask,
                     GCancellable *cancellable,
                     GError **error)
{
  guint8 payload[16];

  ek_put_u32 (payload, address);
  ek_put_u32 (payload + 4, value);
  ek_put_u32 (payload + 8, mask);
  ek_put_u32 (payload + 12, 0);

  return ek_link_request (self->link, EK_COMMAND_WRITE_REG, payload, sizeof payload, 0,
                          EK_DEFAULT_TIMEOUT, NULL, cancellable, error);
}

static guint32
ram_block_size (EkLoader *self)
{
  EkPortKind kind = ek_port_get_kind (self->port);

  return kind == EK_PORT_KIND_UART || kind == EK_PORT_KIND_USB_SERIAL_JTAG ? RAM_BLOCK
                                                                           : RAM_BLOCK_SMALL;
}

/**
 * ek_loader_upload:
 * @address: in the chip's RAM
 *
 * Puts bytes into RAM; the ROM checks each block's checksum.
 */
gboolean
ek_loader_upload (EkLoader *self,
                  guint32 address,
                  GBytes *data,
                  GCancellable *cancellable,
                  GError **error)
{
  guint32 block = ram_block_size (self);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);
  guint32 n_blocks = (guint32) ((size + block - 1) / block);
  gint64 timeout = self->baud > EK_ROM_BAUD ? UNPROVED_TIMEOUT : EK_DEFAULT_TIMEOUT;
  guint8 begin[16];

  ek_put_u32 (begin, (guint32) size);
  ek_put_u32 (begin + 4, n_blocks);
  ek_put_u32 (begin + 8, block);
  ek_put_u32 (begin + 12, address);
  if (!ek_link_request (self->link, EK_COMMAND_MEM_BEGIN, begin, sizeof begin, 0, timeout, NULL,
                        cancellable, error))
    return FALSE;

  for (guint32 i = 0; i < n_blocks; i++)
    {
      gsize start = (gsize) i * block;
      EkReply reply;

      if (!ek_link_request_block (self->link, EK_COMMAND_MEM_DATA, i, bytes + start,
                                  MIN (block, size - start), timeout, &reply, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
wait_for_greeting (EkLoader *self, GCancellable *cancellable, GError **error)
{
  gint64 deadline = ek_port_now (self->port) + GREETING_TIMEOUT;
  GByteArray *frame;

  while ((frame = ek_link_receive_frame (self->link, deadline, cancellable, error)) != NULL)
    if (frame->len == 4 && memcmp (frame->data, "OHAI", 4) == 0)
      return TRUE;

  if (error != NULL && g_error_matches (*error, EK_ERROR, EK_ERROR_TIMEOUT))
    {
      g_clear_error (error);
      g_set_error (error, EK_ERROR, EK_ERROR_STUB_FAILED, "the stub was sent but did not start");
    }
  return FALSE;
}

/**
 * ek_loader_start_stub:
 *
 * Uploads the stub, starts it, and waits for its greeting.
 *
 * Source: ESP serial protocol, "Software Loader"; facts 1.8.
 *
 * Returns: %FALSE with %EK_ERROR_STUB_FAILED if it does not start, or an error of the link
 */
gboolean
ek_loader_start_stub (EkLoader *self, EkStub *stub, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) end_error = NULL;
  guint8 end[8];
  EkReply reply;

  if (!ek_loader_upload (self, stub->text_start, stub->text, cancellable, error) ||
      (stub->data != NULL &&
       !ek_loader_upload (self, stub->data_start, stub->data, cancellable, error)))
    return FALSE;

  ek_put_u32 (end, 0);
  ek_put_u32 (end + 4, stub->entry);
  if (!ek_link_send (self->link, EK_COMMAND_MEM_END, end, sizeof end, 0, cancellable, error))
    return FALSE;
  if (!ek_link_receive (self->link, EK_COMMAND_MEM_END, 0, MEM_END_TIMEOUT, &reply, cancellable,
                        &end_error) &&
      reply.reason != EK_REASON_NONE)
    {
      g_propagate_error (error, g_steal_pointer (&end_error));
      return FALSE;
    }
  if (!wait_for_greeting (self, cancellable, error))
    return FALSE;

  self->is_stub = TRUE;
  g_debug ("stub runs");
  return TRUE;
}

static gboolean
watchdog_reset (EkLoader *self, GCancellable *cancellable, GError **error)
{
  const EkChip *chip = self->info.chip;
  guint8 last[16];
  EkReply reply;

  if (!ek_loader_write_reg (self, chip->wdt_protect, chip->wdt_key, G_MAXUINT32, cancellable,
                            error) ||
      !ek_loader_write_reg (self, chip->wdt_config1, WDT_TIMEOUT_CYCLES, G_MAXUINT32, cancellable,
                            error))
    return FALSE;

  /* Some milliseconds later the chip starts anew: its answer may come before that or never, and what
   * comes behind it is the boot log. */
  ek_put_u32 (last, chip->wdt_config0);
  ek_put_u32 (last + 4, WDT_CONFIG0_RESET);
  ek_put_u32 (last + 8, G_MAXUINT32);
  ek_put_u32 (last + 12, 0);
  if (!ek_link_send (self->link, EK_COMMAND_WRITE_REG, last, sizeof last, 0, cancellable, error))
    return FALSE;
  (void) ek_link_receive (self->link, EK_COMMAND_WRITE_REG, 0, WDT_ANSWER_TIMEOUT, &reply,
                          cancellable, NULL);
  return TRUE;
}

/* Only a reset of the whole system looks at the strapping pins again: a reset through RTS keeps a
 * chip in download mode that was put there by hand (esptool troubleshooting; facts 1.7). */
static gboolean
needs_watchdog (EkLoader *self)
{
  if (!self->info.chip->watchdog_reset || self->info.secure_download)
    return FALSE;
  if (!ek_port_has_lines (self->port))
    return TRUE;

  switch (ek_port_get_kind (self->port))
    {
    case EK_PORT_KIND_USB_SERIAL_JTAG:
      return self->info.entered_by_hand;
    case EK_PORT_KIND_USB_OTG:
      return TRUE;
    case EK_PORT_KIND_UART:
    case EK_PORT_KIND_UNKNOWN:
    default:
      /* Lines that lead nowhere would leave the stub running at a speed that nobody expects. */
      return !self->lines_work;
    }
}

/* A chip whose download mode was forced by software would come back to it (arduino-esp32#6762). */
static void
clear_force_download (EkLoader *self, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  const EkChip *chip = self->info.chip;

  if (chip->force_download_reg != 0 && !self->info.secure_download &&
      !ek_loader_write_reg (self, chip->force_download_reg, 0, chip->force_download_mask,
                            cancellable, &error))
    g_debug ("force-download flag not cleared: %s", error->message);
}

/**
 * ek_loader_leave:
 *
 * Restarts the chip into its firmware, by the way that fits how it came into download mode, and puts
 * the port to the console's 115200. What the chip prints from then on is the caller's to read.
 *
 * Returns: %FALSE with %EK_ERROR_BOOT_STILL_DOWNLOAD if nothing here can restart it, or an error of
 *   the link
 */
gboolean
ek_loader_leave (EkLoader *self, GCancellable *cancellable, GError **error)
{
  gboolean by_watchdog;

  if (self->info.chip == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_BOOT_STILL_DOWNLOAD, "not connected");
      return FALSE;
    }

  by_watchdog = needs_watchdog (self);
  clear_force_download (self, cancellable);
  ek_link_reset (self->link);
  ek_link_set_watching (self->link, FALSE);
  self->is_stub = FALSE;
  self->attached = FALSE;

  if (!by_watchdog && ek_port_has_lines (self->port))
    {
      EkReset reset = ek_port_get_kind (self->port) == EK_PORT_KIND_USB_SERIAL_JTAG
                          ? EK_RESET_HARD_USB
                          : EK_RESET_HARD;

      if (!ek_reset_run (reset, self->port, cancellable, error))
        return FALSE;
      /* Some ports tell only now that they have none. */
      by_watchdog = !ek_port_has_lines (self->port) && needs_watchdog (self);
    }
  if (by_watchdog)
    {
      g_autoptr (GError) local_error = NULL;

      /* The last answers may not come any more: what happened shows in what it prints. */
      if (!watchdog_reset (self, cancellable, &local_error))
        g_debug ("watchdog reset: %s", local_error->message);
    }
  if (!by_watchdog && !ek_port_has_lines (self->port))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_BOOT_STILL_DOWNLOAD,
                   "this port has no reset lines, and the %s cannot restart itself",
                   self->info.chip->name);
      return FALSE;
    }

  self->baud = EK_ROM_BAUD;
  if (ek_port_is_open (self->port) && ek_port_has_baud (self->port))
    return ek_port_set_baud (self->port, EK_ROM_BAUD, error);

  return TRUE;
}

/**
 * ek_loader_take_output:
 *
 * Returns: (transfer full): what of the boot log was read while leaving
 */
GBytes *
ek_loader_take_output (EkLoader *self)
{
  return ek_link_take_output (self->link);
}

/**
 * ek_loader_error_is_recoverable:
 *
 * Returns: whether talking to the device anew may cure @error
 */
gboolean
ek_loader_error_is_recoverable (const GError *error)
{
  static const EkError codes[] = { EK_ERROR_LINK_LOST, EK_ERROR_TIMEOUT,      EK_ERROR_NOISE,
                                   EK_ERROR_POWER,     EK_ERROR_CHIP_REFUSED, EK_ERROR_NO_SYNC,
                                   EK_ERROR_NO_ANSWER, EK_ERROR_WRITE_FAILED };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, EK_ERROR, (int) codes[i]))
      return TRUE;

  return FALSE;
}
