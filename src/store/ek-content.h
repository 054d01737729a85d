/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is expected at an address, and whether what came can be that. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/* Largest download of each kind. No EchoKit firmware is larger than 16 MiB, no list than some KiB. */
#define EK_CONTENT_MAX_FIRMWARE (64u * 1024 * 1024)
#define EK_CONTENT_MAX_LIST     (1024u * 1024)

/* Bytes from the start that ek_content_check() wants to see. */
#define EK_CONTENT_HEAD_SIZE 512

/**
 * EkContentKind:
 * @EK_CONTENT_FIRMWARE: an image, a bundle or a program: anything that can be installed
 * @EK_CONTENT_ELF: a program with its symbols
 * @EK_CONTENT_LIST: a text for programs, such as a firmware list
 */
typedef enum
{
  EK_CONTENT_FIRMWARE,
  EK_CONTENT_ELF,
  EK_CONTENT_LIST,

  EK_N_CONTENTS /*< skip >*/
} EkContentKind;

const char *ek_content_name (EkContentKind kind);
EkContentKind ek_content_from_name (const char *name);
guint64 ek_content_max_size (EkContentKind kind);
gboolean ek_content_check (EkContentKind kind,
                           const guint8 *head,
                           gsize size,
                           const char *source,
                           GError **error);
gboolean ek_content_is_elf (const guint8 *head, gsize size);

G_END_DECLS
