/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chip that isn't there: boot ROM, stub, flash, boot log and faults, on a clock of its own. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkSimulatorStats:
 *
 * What a run cost, in the units of the timing model.
 */
typedef struct
{
  gint64 now_us;         /* the model's clock */
  guint64 bytes_to_chip; /* on the wire, delimiters and escapes included */
  guint64 bytes_from_chip;
  guint64 frames_to_chip; /* complete SLIP frames */
  guint64 frames_from_chip;
  gint64 erase_us;   /* the flash chip was busy erasing */
  gint64 program_us; /* programming */
  gint64 hash_us;    /* the chip hashed */
  guint64 sectors_erased;
  guint64 blocks_erased;    /* of 64 KiB */
  guint64 pages_programmed; /* of 256 bytes */
  guint resets;
} EkSimulatorStats;

#define EK_TYPE_SIMULATOR (ek_simulator_get_type ())
G_DECLARE_FINAL_TYPE (EkSimulator, ek_simulator, EK, SIMULATOR, GObject)

EkSimulator *ek_simulator_new (const char *options, GError **error);

void ek_simulator_restart (EkSimulator *self);

gint64 ek_simulator_get_now (EkSimulator *self);
void ek_simulator_advance (EkSimulator *self, gint64 time);
gint64 ek_simulator_get_next_event (EkSimulator *self);
gboolean ek_simulator_has_output (EkSimulator *self);

gboolean ek_simulator_write (EkSimulator *self, const guint8 *data, gsize size, GError **error);
gsize ek_simulator_read (EkSimulator *self, guint8 *buffer, gsize size);
void ek_simulator_set_baud (EkSimulator *self, guint baud);
void ek_simulator_set_lines (EkSimulator *self, gboolean dtr, gboolean rts);
void ek_simulator_discard_input (EkSimulator *self);

gboolean ek_simulator_is_present (EkSimulator *self);
const char *ek_simulator_get_name (EkSimulator *self);
guint ek_simulator_get_usb_id (EkSimulator *self);

guint8 *ek_simulator_get_flash (EkSimulator *self, gsize *size);
void ek_simulator_get_stats (EkSimulator *self, EkSimulatorStats *stats);
char *ek_simulator_get_option_docs (void);
void ek_simulator_set_demo_contents (GBytes *contents);
gboolean ek_simulator_save (EkSimulator *self, GError **error);

G_END_DECLS
