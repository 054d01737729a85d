/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One firmware list of a library: where it is, what it last said, and how fresh that is. */
#pragma once

#include "ek-catalog.h"
#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkLibraryState:
 * @EK_LIBRARY_EMPTY: nothing is known of it yet
 * @EK_LIBRARY_BUILT_IN: what the app brings along
 * @EK_LIBRARY_CACHED: as it was when it was last fetched
 * @EK_LIBRARY_FRESH: as its server or its file has it now
 */
typedef enum
{
  EK_LIBRARY_EMPTY,
  EK_LIBRARY_BUILT_IN,
  EK_LIBRARY_CACHED,
  EK_LIBRARY_FRESH,
} EkLibraryState;

#define EK_TYPE_LIBRARY_LIST (ek_library_list_get_type ())
G_DECLARE_FINAL_TYPE (EkLibraryList, ek_library_list, EK, LIBRARY_LIST, GObject)

const char *ek_library_list_get_address (EkLibraryList *self);
const char *ek_library_list_get_location (EkLibraryList *self);
const char *ek_library_list_get_title (EkLibraryList *self);
gboolean ek_library_list_get_added (EkLibraryList *self);
EkCatalog *ek_library_list_get_catalog (EkLibraryList *self);
EkLibraryState ek_library_list_get_state (EkLibraryList *self);
gint64 ek_library_list_get_age (EkLibraryList *self);
const GError *ek_library_list_get_problem (EkLibraryList *self);
gboolean ek_library_list_get_plain (EkLibraryList *self);
const char *ek_library_state_name (EkLibraryState state);

G_END_DECLS
