/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thing that a firmware list offers to install. */
#pragma once

#include "ek-board.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EkCatalogFile:
 * @offset: where on the flash its first byte goes
 * @urls: http, https, or, for a list in a file, file URLs: to be tried in this order, the next when
 *   the server doesn't have the one before
 */
typedef struct
{
  guint32 offset;
  char **urls;
} EkCatalogFile;

/**
 * EkCatalogLink:
 *
 * Pages and pictures that a list names for an entry: always http or https.
 */
typedef enum
{
  EK_CATALOG_LINK_README,
  EK_CATALOG_LINK_ICON,
  EK_CATALOG_LINK_ANDROID_APP,
  EK_CATALOG_LINK_IOS_APP,
  EK_CATALOG_LINK_SETUP_LOGO,
  EK_CATALOG_N_LINKS /*< skip >*/
} EkCatalogLink;

#define EK_TYPE_CATALOG_ENTRY (ek_catalog_entry_get_type ())
G_DECLARE_FINAL_TYPE (EkCatalogEntry, ek_catalog_entry, EK, CATALOG_ENTRY, GObject)

const char *ek_catalog_entry_get_key (EkCatalogEntry *self);
const char *ek_catalog_entry_get_app (EkCatalogEntry *self);
const char *ek_catalog_entry_get_title (EkCatalogEntry *self);
const char *ek_catalog_entry_get_description (EkCatalogEntry *self);
const char *ek_catalog_entry_get_version (EkCatalogEntry *self);
const char *ek_catalog_entry_get_chip (EkCatalogEntry *self);
const char *ek_catalog_entry_get_chip_label (EkCatalogEntry *self);
const char *ek_catalog_entry_get_kit (EkCatalogEntry *self);
const char *ek_catalog_entry_get_variant (EkCatalogEntry *self);
const EkBoard *ek_catalog_entry_get_board (EkCatalogEntry *self);
guint ek_catalog_entry_get_console_baud (EkCatalogEntry *self);
const char *ek_catalog_entry_get_link (EkCatalogEntry *self, EkCatalogLink link);
const char *ek_catalog_entry_get_readme_text (EkCatalogEntry *self);
const char *ek_catalog_entry_get_setup_payload (EkCatalogEntry *self);
guint ek_catalog_entry_get_n_files (EkCatalogEntry *self);
const EkCatalogFile *ek_catalog_entry_get_file (EkCatalogEntry *self, guint index);
const char *ek_catalog_entry_get_problem (EkCatalogEntry *self);
gboolean ek_catalog_entry_check (EkCatalogEntry *self, GError **error);

G_END_DECLS
