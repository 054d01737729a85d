/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the causes of a crash mean, in words that say what to do. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-crash-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Where a message or a cause says more than the kind. Source: facts/echokit.md 5.4; ESP-IDF
 * panic_arch.c. */
static const struct
{
  const char *phrase;
  const char *explanation;
} causes[] = {
  { "Could not parse the given SSID",
    N_ ("The stored Wi-Fi name is too long for the firmware. Install it as a fresh start.") },
  { "Could not parse the given password",
    N_ ("The stored Wi-Fi password is too long for the firmware. Install it as a fresh start.") },
  { "NotEnoughSpace",
    N_ ("The settings have no room left on this device. Install the official image anew.") },
  { "NOT_ENOUGH_SPACE",
    N_ ("The settings have no room left on this device. Install the official image anew.") },
  { "LoadProhibited", N_ ("The firmware read from memory that isn't there. "
                          "That is a fault of the firmware.") },
  { "StoreProhibited", N_ ("The firmware wrote to memory that isn't there. "
                           "That is a fault of the firmware.") },
  { "LoadStoreAlignment", N_ ("The firmware used a crooked address. "
                              "That is a fault of the firmware.") },
  { "LoadStoreError", N_ ("The firmware used memory in a way that it doesn't allow. "
                          "That is a fault of the firmware.") },
  { "IllegalInstruction",
    N_ ("The processor met something that is no instruction. The firmware is damaged, is for "
        "another device, or lost its way.") },
  { "InstrFetchProhibited", N_ ("The firmware jumped to where no program is. "
                                "That is a fault of the firmware.") },
  { "IntegerDivideByZero", N_ ("The firmware divided by zero. "
                               "That is a fault of the firmware.") },
  { "DoubleException",
    N_ ("The firmware crashed while it crashed. Often its stack was too small.") },
};

static const char *const explanations[EK_N_CRASH_KINDS] = {
  [EK_CRASH_EXCEPTION] = N_ ("The processor stopped the firmware. "
                             "That is a fault of the firmware."),
  [EK_CRASH_ABORT] = N_ ("The firmware gave up on something that it couldn't do."),
  [EK_CRASH_ASSERT] = N_ ("Something was not as the firmware takes for granted."),
  [EK_CRASH_RUST_PANIC] = N_ ("The firmware gave up on something that it couldn't do."),
  [EK_CRASH_TASK_WATCHDOG] = N_ ("A part of the firmware hung. Often it waits for something that "
                                 "doesn't come."),
  [EK_CRASH_INTERRUPT_WATCHDOG] = N_ ("The firmware hung. "
                                      "That is a fault of the firmware."),
  [EK_CRASH_STACK_OVERFLOW] = N_ ("A part of the firmware needed more memory than it was given. "
                                  "That is a fault of the firmware."),
  [EK_CRASH_HEAP] = N_ ("The firmware overwrote its own memory. "
                        "That is a fault of the firmware."),
  [EK_CRASH_CACHE] = N_ ("The firmware used its flash memory while that was busy. "
                         "That is a fault of the firmware."),
};

static gboolean
has (const char *text, const char *phrase)
{
  return text != NULL && strstr (text, phrase) != NULL;
}

/**
 * ek_crash_explain:
 *
 * Returns: (transfer none): a translated sentence or two
 */
const char *
ek_crash_explain (EkCrash *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    if (has (self->cause, causes[i].phrase) || has (self->message, causes[i].phrase))
      return _ (causes[i].explanation);

  return _ (explanations[self->kind]);
}
