/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The official stub flasher for a chip: code and data to put into its RAM. */
#pragma once

#include "ek-chip.h"
#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkStub:
 * @entry: address to start at
 *
 * Source: espressif/esp-flasher-stub, JSON files (Apache-2.0 or MIT).
 */
typedef struct
{
  guint32 entry;
  guint32 text_start;
  GBytes *text;
  guint32 data_start;
  GBytes *data; /* (nullable) */
} EkStub;

EkStub *ek_stub_load (const EkChip *chip, guint16 revision, GError **error);
EkStub *ek_stub_new_from_json (const char *json, gssize size, GError **error);
void ek_stub_free (EkStub *self);
gboolean ek_stub_is_available (const EkChip *chip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkStub, ek_stub_free)

G_END_DECLS
