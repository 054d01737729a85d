/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ESP Web Tools' manifest: one firmware, with a build for each chip. Source: esp-web-tools,
 * src/const.ts. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-private.h"

typedef struct
{
  EkCatalog *catalog;
  const char *name;
  const char *version;
  const char *location;
} Reader;

static void
read_part (const Reader *self, EkCatalogEntry *entry, JsonObject *part, guint index)
{
  const char *path = ek_json_get_text (part, "path");
  const char *problem = NULL;
  gint64 offset = -1;
  char **urls;

  if (path == NULL)
    {
      ek_catalog_entry_set_problem (entry, "part %u has no path", index + 1);
      return;
    }
  if (!ek_json_get_integer (part, "offset", &offset) || offset < 0 || offset > G_MAXUINT32)
    {
      ek_catalog_entry_set_problem (entry, "the offset of part %u is no address", index + 1);
      return;
    }

  urls = ek_catalog_url_candidates (self->location, NULL, path, &problem);
  if (urls != NULL)
    ek_catalog_entry_take_file (entry, (guint32) offset, urls);
  else
    ek_catalog_entry_set_problem (entry, "the file \"%.100s\" %s", path, problem);
}

static void
read_parts (const Reader *self, EkCatalogEntry *entry, JsonObject *build)
{
  JsonArray *parts = ek_json_get_array (build, "parts");
  guint n_parts = parts != NULL ? json_array_get_length (parts) : 0;

  if (n_parts == 0 || n_parts > EK_CATALOG_MAX_FILES)
    ek_catalog_entry_set_problem (entry, "it has %u parts; 1 to %d make sense", n_parts,
                                  EK_CATALOG_MAX_FILES);

  for (guint i = 0; i < n_parts && entry->problem == NULL; i++)
    read_part (self, entry, ek_json_array_get_object (parts, i), i);
}

static gboolean
add_build (const Reader *self, JsonObject *build, GError **error)
{
  EkCatalogEntry *entry = ek_catalog_entry_new (self->name);
  const char *chip = ek_json_get_text (build, "chipFamily");

  entry->version = g_strdup (self->version);
  entry->variant = g_strdup (ek_json_get_text (build, "serialType"));
  if (chip != NULL)
    ek_catalog_entry_set_chip (entry, chip);
  else
    ek_catalog_entry_set_problem (entry, "a build has no chipFamily");

  read_parts (self, entry, build);
  return ek_catalog_take_entry (self->catalog, entry, error);
}

/**
 * ek_catalog_read_manifest:
 * @self: without entries yet
 * @root: the manifest
 *
 * The first of several builds for the same chip and serial type counts, as in ESP Web Tools.
 *
 * Returns: %FALSE with %EK_ERROR_CATALOG
 */
gboolean
ek_catalog_read_manifest (EkCatalog *self, JsonObject *root, GError **error)
{
  JsonArray *builds = ek_json_get_array (root, "builds");
  Reader reader = {
    .catalog = self,
    .name = ek_json_get_text (root, "name"),
    .version = ek_json_get_text (root, "version"),
    .location = ek_catalog_get_location (self),
  };

  if (builds == NULL || json_array_get_length (builds) == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CATALOG,
                   "This is not a firmware list: JSON without builds");
      return FALSE;
    }

  ek_catalog_set_title (self, reader.name);
  if (reader.name == NULL || *reader.name == '\0')
    reader.name = ek_catalog_get_title (self);
  for (guint i = 0; i < json_array_get_length (builds); i++)
    if (!add_build (&reader, ek_json_array_get_object (builds, i), error))
      return FALSE;

  return TRUE;
}
