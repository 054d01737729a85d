/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One device, and the one thing to do with it. */
#pragma once

#include <adwaita.h>

#include "ek-install-operation.h"
#include "ek-memory.h"

G_BEGIN_DECLS

#define EK_TYPE_HOME_PAGE (ek_home_page_get_type ())
G_DECLARE_FINAL_TYPE (EkHomePage, ek_home_page, EK, HOME_PAGE, AdwBin)

void ek_home_page_set_target (EkHomePage *self, EkTarget *target);
void ek_home_page_set_offer (EkHomePage *self, EkOffer *offer);
void ek_home_page_set_newest_release (EkHomePage *self, const char *version);
void ek_home_page_set_has_lists (EkHomePage *self, gboolean has_lists);
void ek_home_page_set_memory (EkHomePage *self, EkMemory *memory);
EkInstallKind ek_home_page_get_kind (EkHomePage *self);
gboolean ek_home_page_get_keep_settings (EkHomePage *self);
gboolean ek_home_page_get_backup_first (EkHomePage *self);
gboolean ek_home_page_check (EkHomePage *self);
EkSettings *ek_home_page_dup_settings (EkHomePage *self);
void ek_home_page_forget_settings (EkHomePage *self);

G_END_DECLS
