/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single keys from the terminal, as long as a command wants them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_KEY_LEAVE   0x1d /* Ctrl-], as telnet and idf.py monitor have it */
#define EK_KEY_RESTART 0x12 /* Ctrl-R */

typedef void (*EkCliKeyFunc) (int key, gpointer user_data);

typedef struct _EkCliKeys EkCliKeys;

EkCliKeys *ek_cli_keys_new (EkCliKeyFunc func, gpointer user_data);
void ek_cli_keys_free (EkCliKeys *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCliKeys, ek_cli_keys_free)

G_END_DECLS
