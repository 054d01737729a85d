/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device's log says about its start: how far it came, which firmware it is, what is wrong. */
#pragma once

#include "ek-boot-problem.h"

G_BEGIN_DECLS

/**
 * EkBootState:
 * @EK_BOOT_NOTHING: nothing was said yet
 * @EK_BOOT_ROM: the chip has just been reset
 * @EK_BOOT_BOOTLOADER: the boot loader runs
 * @EK_BOOT_APP_LOADED: it found an app and starts it
 * @EK_BOOT_APP_STARTED: the app runs and has said what it is
 * @EK_BOOT_SETUP: it waits to be set up over Bluetooth; the QR code is on the screen
 * @EK_BOOT_ONLINE: it is in the Wi-Fi
 * @EK_BOOT_PROBLEM: see ek_boot_verdict_get_problem()
 *
 * How far the latest start came.
 */
typedef enum
{
  EK_BOOT_NOTHING,
  EK_BOOT_ROM,
  EK_BOOT_BOOTLOADER,
  EK_BOOT_APP_LOADED,
  EK_BOOT_APP_STARTED,
  EK_BOOT_SETUP,
  EK_BOOT_ONLINE,
  EK_BOOT_PROBLEM,
} EkBootState;

#define EK_TYPE_BOOT_VERDICT (ek_boot_verdict_get_type ())
G_DECLARE_FINAL_TYPE (EkBootVerdict, ek_boot_verdict, EK, BOOT_VERDICT, GObject)

EkBootVerdict *ek_boot_verdict_new (void);
void ek_boot_verdict_reset (EkBootVerdict *self);
void ek_boot_verdict_feed (EkBootVerdict *self, const char *line, gint64 time_us);

EkBootState ek_boot_verdict_get_state (EkBootVerdict *self);
gboolean ek_boot_verdict_get_problem (EkBootVerdict *self, EkError *code, const char **line);
const EkBootProblem *ek_boot_verdict_get_cause (EkBootVerdict *self);
const char *ek_boot_verdict_get_version (EkBootVerdict *self);
const char *ek_boot_verdict_get_elf_prefix (EkBootVerdict *self);
const char *ek_boot_verdict_get_project (EkBootVerdict *self);
gboolean ek_boot_verdict_get_load_offset (EkBootVerdict *self, guint32 *offset);
gboolean ek_boot_verdict_get_reset_reason (EkBootVerdict *self, guint *number, const char **name);
gboolean ek_boot_verdict_get_server_failed (EkBootVerdict *self);
gboolean ek_boot_verdict_check (EkBootVerdict *self,
                                const char *expected_version,
                                const guint8 *expected_elf_sha256,
                                GError **error);
const char *ek_boot_state_name (EkBootState state);

G_END_DECLS
