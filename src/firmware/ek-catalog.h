/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A firmware list: what there is to install, as an ESP Launchpad list or an ESP Web Tools manifest
 * says it. */
#pragma once

#include "ek-catalog-address.h"
#include "ek-catalog-entry.h"

G_BEGIN_DECLS

#define EK_CATALOG_MAX_SIZE    (1024 * 1024)
#define EK_CATALOG_ECHOKIT_URL "https://echokit.dev/firmware/echokit.toml"

/**
 * EkCatalog:
 *
 * A #GListModel of #EkCatalogEntry that does not change. Broken entries are in it.
 */
#define EK_TYPE_CATALOG (ek_catalog_get_type ())
G_DECLARE_FINAL_TYPE (EkCatalog, ek_catalog, EK, CATALOG, GObject)

EkCatalog *ek_catalog_new_from_bytes (GBytes *bytes, const char *location, GError **error);
EkCatalog *ek_catalog_new_builtin (void);
EkCatalog *ek_catalog_filter (EkCatalog *self, const char *app, gboolean exact);

const char *ek_catalog_get_location (EkCatalog *self);
const char *ek_catalog_get_title (EkCatalog *self);
const char *ek_catalog_get_readme_url (EkCatalog *self);
guint ek_catalog_get_n_entries (EkCatalog *self);
EkCatalogEntry *ek_catalog_get_entry (EkCatalog *self, guint index);
EkCatalogEntry *ek_catalog_find (EkCatalog *self, const char *key);
EkCatalogEntry *ek_catalog_find_board (EkCatalog *self, const char *board);

G_END_DECLS
