/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that name a device and how to talk to it, shared by the commands that need one. */
#pragma once

#include "ek-loader.h"

G_BEGIN_DECLS

/**
 * EkCliDevice:
 *
 * @wait: seconds; negative if nobody said
 *
 * What --device, --baud and the like say; begins as %EK_CLI_DEVICE_INIT.
 */
typedef struct
{
  char **devices;
  int baud;
  char *chip;
  gboolean no_stub;
  gboolean no_reset;
  int wait;
} EkCliDevice;

#define EK_CLI_DEVICE_INIT \
  {                        \
    .wait = -1             \
  }

/* Rows for a GOptionEntry table; @self is a static EkCliDevice. */
#define EK_CLI_DEVICE_ENTRIES(self)                                                                   \
  { "device",                                                                                         \
    'd',                                                                                              \
    0,                                                                                                \
    G_OPTION_ARG_STRING_ARRAY,                                                                        \
    &(self).devices,                                                                                  \
    N_ ("tty, socket://HOST:PORT or sim: (default: the only device there is)"),                       \
    N_ ("DEVICE") },                                                                                  \
      { "port", 'p', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &(self).devices, NULL, NULL },  \
      { "baud",                                                                                       \
        'b',                                                                                          \
        0,                                                                                            \
        G_OPTION_ARG_INT,                                                                             \
        &(self).baud,                                                                                 \
        N_ ("fastest speed to use (default: what the adapter can do)"),                               \
        N_ ("BAUD") },                                                                                \
      { "chip", 0, 0, G_OPTION_ARG_STRING, &(self).chip, N_ ("accept only this chip"), N_ ("CHIP") }, \
      { "no-stub",                                                                                    \
        0,                                                                                            \
        0,                                                                                            \
        G_OPTION_ARG_NONE,                                                                            \
        &(self).no_stub,                                                                              \
        N_ ("use the chip's own loader only (slower)"),                                               \
        NULL },                                                                                       \
      { "no-reset",                                                                                   \
        0,                                                                                            \
        0,                                                                                            \
        G_OPTION_ARG_NONE,                                                                            \
        &(self).no_reset,                                                                             \
        N_ ("the device is in download mode already"),                                                \
        NULL },                                                                                       \
  {                                                                                                   \
    "wait", 'w', 0, G_OPTION_ARG_INT, &(self).wait,                                                   \
        N_ ("wait so long for hands that help a chip to answer (default: 120 at a terminal, else "    \
            "0)"),                                                                                    \
        N_ ("SECONDS")                                                                                \
  }

/* Rows that end the table of each command that runs a job on a device. */
#define EK_CLI_JOB_ENTRIES(self, no_restart, json, quiet)                                           \
  { "no-restart", 0, 0, G_OPTION_ARG_NONE, &(no_restart), N_ ("leave the device in download mode"), \
    NULL },                                                                                         \
      EK_CLI_DEVICE_ENTRIES (self), { "json",  0,                                                   \
                                      0,       G_OPTION_ARG_NONE,                                   \
                                      &(json), N_ ("print one object, and nothing else"),           \
                                      NULL },                                                       \
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &(quiet), N_ ("print no progress"), NULL },             \
  {                                                                                                 \
    NULL                                                                                            \
  }

EkPort *ek_cli_device_open (const EkCliDevice *self,
                            gboolean unattended,
                            EkLoaderOptions *options,
                            GError **error);
GPtrArray *ek_cli_device_list (const EkCliDevice *self, gboolean all, GError **error);
EkPort *ek_cli_device_open_uri (const EkCliDevice *self,
                                const char *uri,
                                gboolean unattended,
                                EkLoaderOptions *options,
                                GError **error);

G_END_DECLS
