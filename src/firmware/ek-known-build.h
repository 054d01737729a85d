/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published EchoKit builds, told by the SHA-256 of their ELF. */
#pragma once

#include "ek-board.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * EkKnownBuild:
 * @sha256_prefix: first 8 bytes of the ELF's SHA-256
 * @board: "echokit-diy" or "echokit-box"
 * @version: as the app description has it
 */
typedef struct
{
  guint8 sha256_prefix[8];
  const char *board;
  const char *version;
} EkKnownBuild;

const EkKnownBuild *ek_known_build_find (const guint8 *elf_sha256, gsize n_bytes);

G_END_DECLS
