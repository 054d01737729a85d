/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device as the window shows it: in an owner's words, plugged in or simulated. */
#pragma once

#include "ek-chip-info.h"
#include "ek-device.h"
#include "ek-installed.h"
#include "ek-port.h"

G_BEGIN_DECLS

/**
 * EkTargetLook:
 *
 * What is known of what runs on it.
 */
typedef enum
{
  EK_LOOK_NONE,    /* nobody has looked */
  EK_LOOK_RUNNING, /* somebody looks just now */
  EK_LOOK_DONE,    /* ek_target_get_board() and ek_target_get_version() tell */
  EK_LOOK_FAILED,  /* it does not answer; ek_target_get_look_error() tells */
} EkTargetLook;

#define EK_TYPE_TARGET (ek_target_get_type ())
G_DECLARE_FINAL_TYPE (EkTarget, ek_target, EK, TARGET, GObject)

EkTarget *ek_target_new (EkDevice *device);

const char *ek_target_get_id (EkTarget *self);
gboolean ek_target_is_simulated (EkTarget *self);
EkDevice *ek_target_get_device (EkTarget *self);
EkPort *ek_target_new_port (EkTarget *self, GError **error);

const char *ek_target_get_title (EkTarget *self);
const char *ek_target_get_status (EkTarget *self);
const char *ek_target_get_picture (EkTarget *self);
EkDeviceState ek_target_get_state (EkTarget *self);
guint ek_target_get_arrivals (EkTarget *self);

EkTargetLook ek_target_get_look (EkTarget *self);
const GError *ek_target_get_look_error (EkTarget *self);
gboolean ek_target_looks_by_itself (EkTarget *self);
void ek_target_look (EkTarget *self);
void ek_target_forget_look (EkTarget *self);
void ek_target_set_busy (EkTarget *self, gboolean busy);
gboolean ek_target_get_busy (EkTarget *self);

const char *ek_target_get_board (EkTarget *self);
void ek_target_set_board (EkTarget *self, const char *board);
const char *ek_target_get_installed_board (EkTarget *self);
const char *ek_target_get_version (EkTarget *self);
void ek_target_set_installed (EkTarget *self, const char *board, const char *version);
guint ek_target_get_console_baud (EkTarget *self);
void ek_target_set_console_baud (EkTarget *self, guint baud);
const EkInstalled *ek_target_get_installed (EkTarget *self);
const EkChipInfo *ek_target_get_chip_info (EkTarget *self);

G_END_DECLS
