/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of firmware lists share. Private to this folder. */
#pragma once

#include "ek-catalog.h"
#include "ek-json.h"

G_BEGIN_DECLS

#define EK_CATALOG_MAX_ENTRIES  2048
#define EK_CATALOG_MAX_FILES    64
#define EK_CATALOG_MAX_IMAGES   256
#define EK_CATALOG_CONSOLE_BAUD 115200

struct _EkCatalogEntry
{
  GObject parent_instance;

  char *key;
  char *app;
  char *title;
  char *description;
  char *version;
  char *chip_label;
  char *kit;
  char *variant;
  char *problem;
  char *links[EK_CATALOG_N_LINKS];
  char *readme_text;
  char *setup_payload;
  const char *chip;
  const EkBoard *board;
  guint baud;
  GPtrArray *files; /* of EkCatalogFile */
};

EkCatalogEntry *ek_catalog_entry_new (const char *app);
void ek_catalog_entry_set_chip (EkCatalogEntry *self, const char *label);
void ek_catalog_entry_set_kit (EkCatalogEntry *self, const char *kit);
void ek_catalog_entry_take_file (EkCatalogEntry *self, guint32 offset, char **urls);
void ek_catalog_entry_set_problem (EkCatalogEntry *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
void ek_catalog_entry_close (EkCatalogEntry *self, const char *location);

EkCatalog *ek_catalog_new_empty (const char *location);
gboolean ek_catalog_take_entry (EkCatalog *self, EkCatalogEntry *entry, GError **error);
void ek_catalog_set_title (EkCatalog *self, const char *title);
void ek_catalog_set_readme (EkCatalog *self, const char *url);

gboolean ek_catalog_read_launchpad (EkCatalog *self, JsonObject *root, GError **error);
gboolean ek_catalog_read_manifest (EkCatalog *self, JsonObject *root, GError **error);

gboolean ek_catalog_url_is_web (const char *text);
gboolean ek_catalog_url_is_file (const char *text);
gboolean ek_catalog_is_template (const char *text);
char *ek_catalog_url_escape (const char *text, gboolean whole);
char *ek_catalog_url_web (const char *location, const char *text);
char **ek_catalog_url_candidates (const char *location,
                                  const char *base,
                                  const char *name,
                                  const char **problem);

G_END_DECLS
