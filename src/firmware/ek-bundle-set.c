/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which reader a folder or an archive is for: by the description in it, and by what that says. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include <string.h>

#include "ek-json.h"

#define MAX_DESCRIPTION (256u * 1024)

/**
 * Reader:
 * @file: the description, at the top of the folder or archive
 * @key: what the description must have for it to be this kind
 * @any_name: a person may pick it under another name too
 * @read: fills a bundle
 */
typedef struct
{
  const char *file;
  const char *key;
  gboolean any_name;
  gboolean (*read) (EkBundle *self,
                    EkFileSet *set,
                    GBytes *text,
                    JsonObject *root,
                    GCancellable *cancellable,
                    GError **error);
} Reader;

/* In this order: the first that fits is it. */
static const Reader readers[] = {
  { "manifest.json", "segments", FALSE, ek_bundle_read_manifest },
  { "manifest.json", "files", FALSE, ek_bundle_read_manifest },
  { "manifest.json", "builds", TRUE, ek_bundle_read_web_tools },
  { "flasher_args.json", "flash_files", TRUE, ek_bundle_read_flasher_args },
};

static JsonNode *
parse_description (GBytes *text, const char *file, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autoptr (JsonNode) root =
      ek_json_parse (data, size, MAX_DESCRIPTION, EK_ERROR_FIRMWARE_DAMAGED, error);

  if (root == NULL)
    {
      g_prefix_error (error, "%s: ", file);
      return NULL;
    }
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED, "%s holds no JSON object", file);
      return NULL;
    }

  return g_steal_pointer (&root);
}

static const Reader *
find_reader (const char *file, JsonObject *root)
{
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    if ((readers[i].any_name || g_str_equal (readers[i].file, file)) &&
        json_object_has_member (root, readers[i].key))
      return &readers[i];

  return NULL;
}

/**
 * ek_file_set_is_description:
 * @path: of a file that a person picked
 *
 * Returns: %TRUE if by its name it describes the firmware in its folder: no firmware is JSON itself
 */
gboolean
ek_file_set_is_description (const char *path)
{
  gsize length = strlen (path);

  return length > 5 && g_ascii_strcasecmp (path + length - 5, ".json") == 0;
}

/* Reads one description. @found: (out): whether it is of a kind that is known */
static gboolean
try_description (EkBundle *self,
                 EkFileSet *set,
                 const char *file,
                 gboolean *found,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (GBytes) text = ek_file_set_read (set, file, cancellable, error);
  g_autoptr (JsonNode) root = NULL;
  const Reader *reader;

  *found = FALSE;
  if (text == NULL || !(root = parse_description (text, file, error)))
    return FALSE;

  reader = find_reader (file, json_node_get_object (root));
  *found = reader != NULL;
  return reader == NULL ||
         reader->read (self, set, text, json_node_get_object (root), cancellable, error);
}

static gboolean
refuse_set (EkBundle *self, const char *last, GError **error)
{
  if (last == NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                 "%s: there is no manifest.json or flasher_args.json that would say what is what",
                 self->source);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                 "%s: %s is of no kind that this program knows", self->source, last);

  return FALSE;
}

/**
 * ek_bundle_read_file_set:
 * @picked: (nullable): the description, if a person has said which
 *
 * Finds the description in @set and lets its reader fill the bundle.
 *
 * Returns: %FALSE with %EK_ERROR_NOT_FIRMWARE if there is none that is known, %EK_ERROR_FIRMWARE_DAMAGED
 *   if it can't be read, or an error of its reader
 */
gboolean
ek_bundle_read_file_set (EkBundle *self,
                         EkFileSet *set,
                         const char *picked,
                         GCancellable *cancellable,
                         GError **error)
{
  const char *last = picked;
  gboolean found;

  if (picked != NULL)
    {
      if (!try_description (self, set, picked, &found, cancellable, error))
        return FALSE;
      return found || refuse_set (self, picked, error);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      if (g_strcmp0 (last, readers[i].file) == 0 || !ek_file_set_has (set, readers[i].file))
        continue;

      last = readers[i].file;
      if (!try_description (self, set, last, &found, cancellable, error))
        return FALSE;
      if (found)
        return TRUE;
    }

  return refuse_set (self, last, error);
}

/**
 * ek_bundle_set_chip:
 * @name: such as "esp32s3", as the description says
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_WRONG_CHIP if nobody knows that chip, or the images are for
 *   another
 */
gboolean
ek_bundle_set_chip (EkBundle *self, const char *name, GError **error)
{
  const EkImageChip *chip = ek_image_chip_find_by_name (name);
  guint16 chip_id;

  if (chip == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                   "%s: \"%.40s\" is no chip that this program knows", self->source, name);
      return FALSE;
    }
  if (ek_bundle_get_chip_id (self, &chip_id) && chip_id != chip->image_chip_id)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                   "%s says %s, but its images are for the chip with id %u", self->source,
                   chip->name, chip_id);
      return FALSE;
    }

  self->has_chip_id = TRUE;
  self->chip_id = chip->image_chip_id;
  return TRUE;
}

/**
 * ek_bundle_note_completeness:
 *
 * With all that a device needs to start, it is like a merged image.
 */
void
ek_bundle_note_completeness (EkBundle *self)
{
  self->merged = self->has_app && self->has_bootloader && self->table != NULL;
}
