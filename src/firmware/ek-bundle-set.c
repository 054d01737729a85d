/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which reader a folder or an archive is for: by the description in it, and by what that says. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-json.h"

#define MAX_DESCRIPTION (256u * 1024)

/**
 * Reader:
 * @file: the description, at the top of the folder or archive
 * @key: what the description must have for it to be this kind
 * @read: fills a bundle
 */
typedef struct
{
  const char *file;
  const char *key;
  gboolean (*read) (EkBundle *self,
                    EkFileSet *set,
                    GBytes *text,
                    JsonObject *root,
                    GCancellable *cancellable,
                    GError **error);
} Reader;

/* In this order: the first that fits is it. */
static const Reader readers[] = {
  { "manifest.json", "segments", ek_bundle_read_manifest },
  { "manifest.json", "files", ek_bundle_read_manifest },
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
    if (g_str_equal (readers[i].file, file) && json_object_has_member (root, readers[i].key))
      return &readers[i];

  return NULL;
}

/* The first description that the set has. */
static const char *
find_description (EkFileSet *set)
{
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    if (ek_file_set_has (set, readers[i].file))
      return readers[i].file;

  return NULL;
}

/**
 * ek_file_set_is_description:
 * @path: of a file that a person picked
 *
 * Returns: %TRUE if by its name it describes the firmware in its folder
 */
gboolean
ek_file_set_is_description (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    if (g_str_equal (readers[i].file, name))
      return TRUE;

  return FALSE;
}

/**
 * ek_bundle_read_file_set:
 *
 * Finds the description in @set and lets its reader fill the bundle.
 *
 * Returns: %FALSE with %EK_ERROR_NOT_FIRMWARE if there is none that is known, %EK_ERROR_FIRMWARE_DAMAGED
 *   if it can't be read, or an error of its reader
 */
gboolean
ek_bundle_read_file_set (EkBundle *self, EkFileSet *set, GCancellable *cancellable, GError **error)
{
  const char *file = find_description (set);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (JsonNode) root = NULL;
  const Reader *reader;

  if (file == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "%s: there is no manifest.json that would say what is what", self->source);
      return FALSE;
    }

  if (!(text = ek_file_set_read (set, file, cancellable, error)) ||
      !(root = parse_description (text, file, error)))
    return FALSE;

  reader = find_reader (file, json_node_get_object (root));
  if (reader == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "%s: %s is of no kind that this program knows", self->source, file);
      return FALSE;
    }

  return reader->read (self, set, text, json_node_get_object (root), cancellable, error);
}
