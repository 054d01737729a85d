/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of esp-protocol facts 7.2 and 7.3 as arithmetic. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-cost-model.h"

#define SECTOR 0x1000u
#define BLOCK  0x10000u
#define PAGE   0x100u

/* Typical figures of a W25Q128 (facts 7.2). The hash rate is an assumption: nobody has measured it. */
#define ERASE_SECTOR_S 0.045
#define ERASE_BLOCK_S  0.150
#define PROGRAM_PAGE_S 0.0004
#define HASH_RATE      6e6
#define USB_WIRE_RATE  1e6
#define USB_ROUND_TRIP 0.002
#define UART_LATENCY   0.001
#define BITS_PER_BYTE  10.0
/* Firmware compresses to about this (the EchoKit app: 1.70 of 2.77 MB). */
#define COMPRESSED_SHARE 0.62
/* A request and its answer, with headers. */
#define COMMAND_BYTES 50.0
/* BEGIN, END and the pause while the first block is on its way. */
#define RANGE_ROUND_TRIPS 3.0

/**
 * ek_cost_model_init:
 * @uses_baud: %FALSE over the chip's own USB or a socket
 * @baud: bits a second
 * @stub: %FALSE for the ROM
 */
void
ek_cost_model_init (EkCostModel *self, gboolean uses_baud, guint baud, gboolean stub)
{
  *self = (EkCostModel){
    .wire_rate = uses_baud ? baud / BITS_PER_BYTE : USB_WIRE_RATE,
    .erase_sector = ERASE_SECTOR_S,
    .erase_block = ERASE_BLOCK_S,
    .program_page = PROGRAM_PAGE_S,
    .hash_rate = HASH_RATE,
    .overlap = stub,
  };
  self->round_trip = uses_baud ? UART_LATENCY + COMMAND_BYTES / self->wire_rate : USB_ROUND_TRIP;
}

/**
 * ek_cost_model_erase:
 * @offset: multiple of 4096
 * @size: bytes, multiple of 4096
 *
 * Returns: seconds, with 64 KiB erases where the range is aligned to them
 */
double
ek_cost_model_erase (const EkCostModel *self, guint32 offset, guint32 size)
{
  double seconds = 0;

  while (size > 0)
    {
      gboolean block = offset % BLOCK == 0 && size >= BLOCK;
      guint32 step = block ? BLOCK : MIN (SECTOR, size);

      seconds += block ? self->erase_block : self->erase_sector;
      offset += step;
      size -= step;
    }

  return seconds;
}

/**
 * ek_cost_model_write:
 *
 * Returns: seconds to send, erase and program a range
 */
double
ek_cost_model_write (const EkCostModel *self, guint32 offset, guint32 size)
{
  double wire = size * COMPRESSED_SHARE / self->wire_rate;
  double flash = ek_cost_model_erase (self, offset, (size + SECTOR - 1) & ~(SECTOR - 1)) +
                 (size + PAGE - 1) / PAGE * self->program_page;
  double overhead = RANGE_ROUND_TRIPS * self->round_trip;

  return overhead + (self->overlap ? MAX (wire, flash) : wire + flash);
}

/**
 * ek_cost_model_hash:
 *
 * Returns: seconds for the MD5 of @size bytes, as one command
 */
double
ek_cost_model_hash (const EkCostModel *self, guint64 size)
{
  return self->round_trip + (double) size / self->hash_rate;
}
