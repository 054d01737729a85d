/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device's log on a terminal or as one JSON object, for the commands that show it. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-capture.h"
#include "ek-crash-symbols.h"

G_BEGIN_DECLS

/**
 * EkCliColour:
 * @EK_CLI_COLOUR_AUTO: on a terminal, unless NO_COLOR is set or TERM is dumb
 *
 * When to colour what is printed; a file that is saved to never has colours.
 */
typedef enum
{
  EK_CLI_COLOUR_AUTO,
  EK_CLI_COLOUR_ALWAYS,
  EK_CLI_COLOUR_NEVER,
} EkCliColour;

/**
 * EkCliStream:
 * @baud: bits a second; 0 for 115200
 * @seconds: 0 for until the person ends it
 * @filter: (nullable): show only lines with this text
 * @reset: restart the device first
 * @no_reconnect: end when the device goes away
 * @times: put the time before each line
 * @colour: when the output has colours: the device's own, or those of the lines' levels
 * @save: (nullable): a file that gets the lines too
 * @symbols: (nullable): to explain crashes
 *
 * A log as it comes.
 */
typedef struct
{
  guint baud;
  guint seconds;
  const char *filter;
  gboolean reset;
  gboolean no_reconnect;
  gboolean times;
  EkCliColour colour;
  const char *save;
  EkCrashSymbols *symbols;
} EkCliStream;

int ek_cli_stream (const EkCliStream *stream, EkPort *port);
void ek_cli_add_capture (JsonBuilder *builder, const EkCapture *capture, EkPort *port, guint baud);
void ek_cli_add_crashes (JsonBuilder *builder, GPtrArray *crashes);

G_END_DECLS
