/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dances of DTR and RTS that put a chip into download mode or restart it. */
#pragma once

#include "ek-port.h"

G_BEGIN_DECLS

/**
 * EkReset:
 *
 * Ways to move the two lines.
 */
typedef enum
{
  EK_RESET_NONE,
  EK_RESET_UNIX_TIGHT,
  EK_RESET_UNIX_TIGHT_SLOW,
  EK_RESET_CLASSIC,
  EK_RESET_CLASSIC_SLOW,
  EK_RESET_USB_SERIAL_JTAG,
  EK_RESET_HARD,
  EK_RESET_HARD_USB,

  EK_N_RESETS /*< skip >*/
} EkReset;

gboolean ek_reset_run (EkReset reset, EkPort *port, GCancellable *cancellable, GError **error);
EkReset ek_reset_for_attempt (EkPort *port, guint attempt);
const char *ek_reset_name (EkReset reset);

G_END_DECLS
