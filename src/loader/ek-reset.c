/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reset strategies as tables of line states and pauses. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-reset.h"

/**
 * Step:
 * @pause_ms: after the lines were set; -1 ends the list
 */
typedef struct
{
  gboolean dtr;
  gboolean rts;
  int pause_ms;
} Step;

#define MAX_STEPS 8
#define END          \
  {                  \
    FALSE, FALSE, -1 \
  }

/* DTR drives GPIO0 and RTS drives EN, each inverted; both asserted do nothing (esptool's boot mode
 * document). The slow ones suit boards with a large capacitor at EN. On USB-Serial/JTAG the lines
 * must pass through (1,1) instead of (0,0). Times: esp-protocol facts 1.7. */
static const struct
{
  const char *name;
  Step steps[MAX_STEPS + 1];
} resets[EK_N_RESETS] = {
  [EK_RESET_NONE] = { "no reset", { END } },
  [EK_RESET_UNIX_TIGHT] = { "tight",
                            { { FALSE, FALSE, 0 },
                              { TRUE, TRUE, 0 },
                              { FALSE, TRUE, 100 },
                              { TRUE, FALSE, 50 },
                              { FALSE, FALSE, 0 },
                              END } },
  [EK_RESET_UNIX_TIGHT_SLOW] = { "tight, slow",
                                 { { FALSE, FALSE, 0 },
                                   { TRUE, TRUE, 0 },
                                   { FALSE, TRUE, 100 },
                                   { TRUE, FALSE, 550 },
                                   { FALSE, FALSE, 0 },
                                   END } },
  [EK_RESET_CLASSIC] = { "classic",
                         { { FALSE, FALSE, 0 },
                           { FALSE, TRUE, 100 },
                           { TRUE, TRUE, 0 },
                           { TRUE, FALSE, 50 },
                           { FALSE, FALSE, 0 },
                           END } },
  [EK_RESET_CLASSIC_SLOW] = { "classic, slow",
                              { { FALSE, FALSE, 0 },
                                { FALSE, TRUE, 100 },
                                { TRUE, TRUE, 0 },
                                { TRUE, FALSE, 550 },
                                { FALSE, FALSE, 0 },
                                END } },
  [EK_RESET_USB_SERIAL_JTAG] = { "USB-Serial/JTAG",
                                 { { FALSE, FALSE, 100 },
                                   { TRUE, FALSE, 100 },
                                   { TRUE, TRUE, 0 },
                                   { FALSE, TRUE, 100 },
                                   { FALSE, FALSE, 0 },
                                   END } },
  [EK_RESET_HARD] = { "hard", { { FALSE, TRUE, 100 }, { FALSE, FALSE, 0 }, END } },
  [EK_RESET_HARD_USB] = { "hard over USB", { { FALSE, TRUE, 200 }, { FALSE, FALSE, 200 }, END } },
};

static const EkReset uart_rotation[] = { EK_RESET_UNIX_TIGHT, EK_RESET_UNIX_TIGHT_SLOW,
                                         EK_RESET_CLASSIC, EK_RESET_CLASSIC_SLOW };
/* An adapter that we don't know may be the chip's own USB behind a hub or bridge that hides it. */
static const EkReset unknown_rotation[] = { EK_RESET_UNIX_TIGHT, EK_RESET_USB_SERIAL_JTAG,
                                            EK_RESET_UNIX_TIGHT_SLOW, EK_RESET_CLASSIC,
                                            EK_RESET_CLASSIC_SLOW };

/**
 * ek_reset_run:
 *
 * Moves the lines. A port without lines does nothing, and ek_port_has_lines() says so afterwards.
 */
gboolean
ek_reset_run (EkReset reset, EkPort *port, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (reset < EK_N_RESETS, FALSE);

  g_debug ("reset: %s", resets[reset].name);
  for (const Step *step = resets[reset].steps; step->pause_ms >= 0; step++)
    {
      if (!ek_port_has_lines (port))
        return TRUE;
      if (!ek_port_set_lines (port, step->dtr, step->rts, error) ||
          !ek_port_sleep (port, step->pause_ms * 1000, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * ek_reset_for_attempt:
 * @attempt: from 0
 *
 * Returns: the strategy to try at the @attempt: some boards need one, some the other
 */
EkReset
ek_reset_for_attempt (EkPort *port, guint attempt)
{
  if (!ek_port_has_lines (port))
    return EK_RESET_NONE;

  switch (ek_port_get_kind (port))
    {
    case EK_PORT_KIND_USB_SERIAL_JTAG:
      return EK_RESET_USB_SERIAL_JTAG;
    case EK_PORT_KIND_UART:
    case EK_PORT_KIND_USB_OTG:
      return uart_rotation[attempt % G_N_ELEMENTS (uart_rotation)];
    case EK_PORT_KIND_UNKNOWN:
    default:
      return unknown_rotation[attempt % G_N_ELEMENTS (unknown_rotation)];
    }
}

/**
 * ek_reset_name:
 *
 * Returns: (transfer none): for logs
 */
const char *
ek_reset_name (EkReset reset)
{
  g_return_val_if_fail (reset < EK_N_RESETS, NULL);

  return resets[reset].name;
}
