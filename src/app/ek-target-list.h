/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The devices that the window shows: what is plugged in, and what is simulated. */
#pragma once

#include "ek-device-monitor.h"
#include "ek-target.h"

G_BEGIN_DECLS

/* A GListModel of EkTarget; rows come and go one by one. */
#define EK_TYPE_TARGET_LIST (ek_target_list_get_type ())
G_DECLARE_FINAL_TYPE (EkTargetList, ek_target_list, EK, TARGET_LIST, GObject)

EkTargetList *ek_target_list_new (EkDeviceMonitor *monitor);
EkTarget *ek_target_list_add_simulated (EkTargetList *self, const char *uri);
void ek_target_list_remove_simulated (EkTargetList *self);
EkTarget *ek_target_list_get (EkTargetList *self, guint position);
EkTarget *ek_target_list_get_simulated (EkTargetList *self);

G_END_DECLS
