/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several firmware lists side by side. */
#pragma once

#include "ek-catalog.h"

G_BEGIN_DECLS

/**
 * EkCatalogSet:
 *
 * A #GListModel of #EkCatalog in the order in which they were added, one for each location.
 */
#define EK_TYPE_CATALOG_SET (ek_catalog_set_get_type ())
G_DECLARE_FINAL_TYPE (EkCatalogSet, ek_catalog_set, EK, CATALOG_SET, GObject)

EkCatalogSet *ek_catalog_set_new (void);
void ek_catalog_set_put (EkCatalogSet *self, EkCatalog *catalog);
gboolean ek_catalog_set_remove (EkCatalogSet *self, const char *location);
EkCatalog *ek_catalog_set_lookup (EkCatalogSet *self, const char *location);
EkCatalogEntry *ek_catalog_set_find (EkCatalogSet *self, const char *key);
EkCatalogEntry *ek_catalog_set_find_board (EkCatalogSet *self, const char *board);

G_END_DECLS
