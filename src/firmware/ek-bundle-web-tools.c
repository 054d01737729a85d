/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle from a folder with ESP Web Tools' manifest: a build for each chip, each of parts at offsets.
 * Source: esp-web-tools, src/const.ts. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include <string.h>

#include "ek-bundle-private.h"
#include "ek-chip-name.h"
#include "ek-json.h"

#define MAX_BUILDS 64
#define MAX_PARTS  64
#define MAX_LABEL  256

/* The chip of a build, or NULL for one that nobody here knows. */
static const EkImageChip *
chip_of_build (JsonObject *build)
{
  const char *family = build != NULL ? ek_json_get_text (build, "chipFamily") : NULL;
  const char *name = family != NULL ? ek_chip_name_from_exact (family) : NULL;

  return name != NULL ? ek_image_chip_find_by_name (name) : NULL;
}

static JsonObject *
refuse_choice (EkBundle *self, const GString *names, GError **error)
{
  if (self->wanted_chip != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                 "%s has no build for the %s, but for %s", self->source, self->wanted_chip->name,
                 names->len > 0 ? names->str : "no chip that is known here");
  else if (names->len > 0)
    g_set_error (error, EK_ERROR, EK_ERROR_SEVERAL_CHIPS,
                 "%s has builds for %s: the chip has to be named", self->source, names->str);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                 "%s has no build for a chip that is known here", self->source);
  return NULL;
}

/* The first for the chip that is wanted, or that all builds are for; two for one chip differ in how it
 * is plugged in, which makes no difference to what they hold. */
static JsonObject *
choose_build (EkBundle *self, JsonArray *builds, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  const EkImageChip *found = NULL;
  JsonObject *chosen = NULL;
  gboolean several = FALSE;

  for (guint i = 0; i < MIN (json_array_get_length (builds), MAX_BUILDS); i++)
    {
      JsonObject *build = ek_json_array_get_object (builds, i);
      const EkImageChip *chip = chip_of_build (build);

      if (chip == NULL || chip == found)
        continue;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", chip->name);
      several |= found != NULL;
      found = chip;
      if (chosen == NULL && (self->wanted_chip == NULL || self->wanted_chip == chip))
        chosen = build;
    }

  if (chosen != NULL && (self->wanted_chip != NULL || !several))
    return chosen;

  return refuse_choice (self, names, error);
}

static gboolean
read_part (EkFileSet *set,
           JsonObject *part,
           guint index,
           GArray *files,
           GCancellable *cancellable,
           GError **error)
{
  const char *path = part != NULL ? ek_json_get_text (part, "path") : NULL;
  gint64 offset = -1;

  if (path == NULL || !ek_json_get_integer (part, "offset", &offset) || offset < 0 ||
      offset > G_MAXUINT32)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "part %u of the build has no path, or its offset is no address", index + 1);
      return FALSE;
    }
  if (strstr (path, "://") != NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND, "%.200s is on the web, not here",
                   path);
      return FALSE;
    }

  return ek_placed_files_read (files, set, (guint32) offset, path, cancellable, error);
}

static gboolean
read_parts (EkFileSet *set,
            JsonObject *build,
            GArray *files,
            GCancellable *cancellable,
            GError **error)
{
  JsonArray *parts = ek_json_get_array (build, "parts");
  guint n = parts != NULL ? json_array_get_length (parts) : 0;

  if (n == 0 || n > MAX_PARTS)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "the build has %u parts; 1 to %u make sense", n, MAX_PARTS);
      return FALSE;
    }

  for (guint i = 0; i < n; i++)
    if (!read_part (set, ek_json_array_get_object (parts, i), i, files, cancellable, error))
      return FALSE;

  return TRUE;
}

/* The usual case: one part, the merged image. */
static gboolean
add_parts (EkBundle *self, GArray *files, GError **error)
{
  const EkPlacedFile *first = &g_array_index (files, EkPlacedFile, 0);
  guint32 boot_offset;

  if (files->len == 1 && first->offset == 0 && ek_bundle_find_merged (first->bytes, &boot_offset))
    return ek_bundle_read_merged (self, first->bytes, boot_offset, error);

  if (!ek_bundle_add_placed_files (self, files, error))
    return FALSE;

  ek_bundle_note_completeness (self);
  return TRUE;
}

/* It ends up on terminals and in labels. */
static char *
take_label (JsonObject *root, const char *name)
{
  const char *text = ek_json_get_text (root, name);

  if (text == NULL || *text == '\0' || strlen (text) > MAX_LABEL)
    return NULL;
  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      return NULL;

  return g_strdup (text);
}

/**
 * ek_bundle_read_web_tools:
 * @set: that the manifest was in
 * @root: of the manifest
 *
 * Reads the build for the chip that is wanted.
 *
 * Returns: %FALSE with %EK_ERROR_SEVERAL_CHIPS, %EK_ERROR_FIRMWARE_WRONG_CHIP, %EK_ERROR_NOT_FIRMWARE,
 *   %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_FIRMWARE_OVERLAP, or what reading the files gives
 */
gboolean
ek_bundle_read_web_tools (EkBundle *self,
                          EkFileSet *set,
                          GBytes *text,
                          JsonObject *root,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (GArray) files = ek_placed_files_new ();
  JsonArray *builds = ek_json_get_array (root, "builds");
  const EkImageChip *chip;
  JsonObject *build;

  if (builds == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED, "%s: builds is no array",
                   self->source);
      return FALSE;
    }

  if (!(build = choose_build (self, builds, error)) ||
      !read_parts (set, build, files, cancellable, error) || !add_parts (self, files, error))
    return FALSE;

  chip = chip_of_build (build);
  if (chip != NULL && !ek_bundle_set_chip (self, chip->id, error))
    return FALSE;

  self->name = take_label (root, "name");
  self->version = take_label (root, "version");
  return TRUE;
}
