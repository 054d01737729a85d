/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real ESP32-S3's ROM and stub, recorded: each request gets the answer that the very same request
 * got in the recording. */
#pragma once

#include "fake-port.h"

G_BEGIN_DECLS

#define HEADER_SIZE 8
#define BLOCK_START (HEADER_SIZE + 16) /* of the bytes in a data block's frame */

/**
 * RecordedChip:
 * @recordings: the one at hand first
 * @stub: the stub runs
 * @n_exact: requests that were recorded
 * @n_own_words: requests that esptool had no reason to send in the same words
 * @own_requests: those, in hexadecimal
 */
typedef struct
{
  FakePort *port;
  GPtrArray *recordings;
  gboolean stub;
  guint n_exact;
  guint n_own_words;
  GPtrArray *own_requests;
} RecordedChip;

void recorded_chip_init (RecordedChip *chip, const char *name);
void recorded_chip_clear (RecordedChip *chip);
GBytes *recorded_chip_get_blocks (RecordedChip *chip, guint8 command);
void recorded_chip_get_words (RecordedChip *chip, guint8 command, guint32 *words, guint n_words);
GByteArray *recorded_chip_get_packets (RecordedChip *chip);
GByteArray *recorded_frame_unpack (const char *hex);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RecordedChip, recorded_chip_clear)

G_END_DECLS
