/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keys and signatures share: their file is lines of comment and of base64. Private to this folder. */
#pragma once

#include "ek-minisign.h"

G_BEGIN_DECLS

#define EK_MINISIGN_UNTRUSTED "untrusted comment: "
#define EK_MINISIGN_TRUSTED   "trusted comment: "
#define EK_MINISIGN_LEGACY    "Ed" /* the bytes themselves are signed */
#define EK_MINISIGN_PREHASHED "ED" /* their BLAKE2b-512 is signed */

void ek_minisign_init (void);
GStrv ek_minisign_split (const char *text, gsize size, guint n_lines);
gboolean ek_minisign_decode (const char *line, guint8 *bytes, gsize size);
char *ek_minisign_encode (const guint8 *bytes, gsize size);

G_END_DECLS
