/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What erasing, programming, hashing and sending cost in time: it chooses ranges and tells people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EkCostModel:
 * @wire_rate: bytes a second towards the chip
 * @round_trip: seconds of a command without data
 * @erase_sector: seconds for 4 KiB
 * @erase_block: seconds for 64 KiB
 * @program_page: seconds for 256 bytes that are not all 0xFF
 * @hash_rate: bytes a second of the chip's MD5
 * @overlap: whether the chip works while the next block arrives (stub) or not (ROM)
 */
typedef struct
{
  double wire_rate;
  double round_trip;
  double erase_sector;
  double erase_block;
  double program_page;
  double hash_rate;
  gboolean overlap;
} EkCostModel;

void ek_cost_model_init (EkCostModel *self, gboolean uses_baud, guint baud, gboolean stub);
double ek_cost_model_erase (const EkCostModel *self, guint32 offset, guint32 size);
double ek_cost_model_write (const EkCostModel *self, guint32 offset, guint32 size);
double ek_cost_model_hash (const EkCostModel *self, guint64 size);

G_END_DECLS
