/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads manifests of flash bundles generously, ours and what others write where its meaning is plain,
 * and checks what can be checked without the files. Writes ours strictly: the same manifest, the
 * same bytes. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-manifest.h"

#include <string.h>

#include "ek-bytes.h"
#include "ek-json.h"

#define ALIGNMENT 0x1000u
#define HASH_SIZE 32

/* What the parts of an entry are called: first our word, then others'. */
static const char *const segment_lists[] = { "segments", "files", "parts", NULL };
static const char *const offset_keys[] = { "offset", "address", "addr", NULL };
static const char *const file_keys[] = { "file", "path", "filename", NULL };
static const char *const name_keys[] = { "name", "label", "type", NULL };
static const char *const size_keys[] = { "size", "length", NULL };
static const char *const hash_keys[] = { "sha256", "sha256sum", "hash", NULL };

static void
segment_free (gpointer data)
{
  EkManifestSegment *self = data;

  g_free (self->name);
  g_free (self->file);
  g_free (self);
}

static void
range_free (gpointer data)
{
  EkManifestRange *self = data;

  g_free (self->name);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED, "manifest: %s", reason);
  return FALSE;
}

static JsonNode *
find_member (JsonObject *object, const char *const *keys)
{
  for (guint i = 0; keys[i] != NULL; i++)
    if (json_object_has_member (object, keys[i]))
      return json_object_get_member (object, keys[i]);

  return NULL;
}

/* A number, or a text with one: 65536, "65536", "0x10000". */
static gboolean
get_number (JsonNode *node, guint32 *value)
{
  const char *text = ek_json_node_get_text (node);
  guint64 number;

  if (text != NULL)
    {
      gboolean hex = g_str_has_prefix (text, "0x") || g_str_has_prefix (text, "0X");

      if (!g_ascii_string_to_unsigned (hex ? text + 2 : text, hex ? 16 : 10, 0, G_MAXUINT32 - 1,
                                       &number, NULL))
        return FALSE;
      *value = (guint32) number;
      return TRUE;
    }

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0 ||
      json_node_get_int (node) >= (gint64) G_MAXUINT32)
    return FALSE;

  *value = (guint32) json_node_get_int (node);
  return TRUE;
}

static gboolean
get_hash (JsonNode *node, guint8 *hash)
{
  const char *text = ek_json_node_get_text (node);

  if (text == NULL || strlen (text) != HASH_SIZE * 2)
    return FALSE;

  for (guint i = 0; i < HASH_SIZE; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      hash[i] = (guint8) (high << 4 | low);
    }

  return TRUE;
}

static gboolean
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;

  return FALSE;
}

/* A text for people, if there is one. It ends up on terminals: no control characters. */
static gboolean
take_text (JsonObject *object, const char *key, char **text, GError **error)
{
  const char *value = ek_json_get_text (object, key);

  if (value == NULL || *value == '\0')
    return TRUE;
  if (strlen (value) > EK_MANIFEST_MAX_TEXT || has_control (value))
    return refuse (error, "\"%s\" is too long, or has control characters", key);

  *text = g_strdup (value);
  return TRUE;
}

static gboolean
take_texts (EkManifest *self, JsonObject *root, GError **error)
{
  JsonObject *flash = ek_json_get_object (root, "flash_settings");

  return take_text (root, "name", &self->name, error) &&
         take_text (root, "board", &self->board, error) &&
         take_text (root, "version", &self->version, error) &&
         take_text (root, "idf_version", &self->idf_version, error) &&
         take_text (root, "elf_sha256", &self->elf_sha256, error) &&
         take_text (root, "created", &self->created, error) &&
         take_text (root, "chip", &self->chip, error) &&
         (self->chip != NULL || take_text (root, "target", &self->chip, error)) &&
         take_text (flash, "flash_mode", &self->flash_mode, error) &&
         take_text (flash, "flash_freq", &self->flash_freq, error) &&
         take_text (flash, "flash_size", &self->flash_size, error);
}

/* Sets *ours. A manifest that doesn't say what it is belongs to somebody else. */
static gboolean
check_format (JsonObject *root, gboolean *ours, GError **error)
{
  const char *format = ek_json_get_text (root, "format");
  gint64 version;

  *ours = g_strcmp0 (format, EK_MANIFEST_FORMAT) == 0;
  if (!*ours)
    return TRUE;

  if (!ek_json_get_integer (root, "format_version", &version))
    return refuse (error, "it has no \"format_version\"");
  if (version == EK_MANIFEST_VERSION)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
               "manifest: its format is version %" G_GINT64_FORMAT "; this program knows %d",
               version, EK_MANIFEST_VERSION);
  return FALSE;
}

static gboolean
read_segment (EkManifest *self, JsonObject *object, gboolean ours, guint index, GError **error)
{
  const char *file, *name;
  EkManifestSegment *segment;
  JsonNode *size;

  if (object == NULL)
    return refuse (error, "segment %u is no object", index);
  file = ek_json_node_get_text (find_member (object, file_keys));
  if (file == NULL || *file == '\0')
    return refuse (error, "segment %u has no \"file\"", index);
  name = ek_json_node_get_text (find_member (object, name_keys));
  if (name != NULL && (*name == '\0' || strlen (name) > EK_MANIFEST_MAX_TEXT || has_control (name)))
    return refuse (error, "the name of segment %u is no name", index);

  segment = ek_manifest_add_segment (self, name, file);
  if (!get_number (find_member (object, offset_keys), &segment->offset))
    return refuse (error, "segment %u has no \"offset\", such as \"0x10000\"", index);
  if (segment->offset % ALIGNMENT != 0)
    return refuse (error, "the offset 0x%x of segment %u is not a multiple of 0x%x",
                   segment->offset, index, ALIGNMENT);
  if (!get_hash (find_member (object, hash_keys), segment->sha256))
    return refuse (error, "segment %u has no \"sha256\" of 64 hex digits", index);

  size = find_member (object, size_keys);
  segment->has_size = get_number (size, &segment->size);
  if (!segment->has_size && (ours || size != NULL))
    return refuse (error, "segment %u has no \"size\" in bytes", index);

  return TRUE;
}

static gboolean
read_segments (EkManifest *self, JsonObject *root, gboolean ours, GError **error)
{
  JsonNode *node = find_member (root, segment_lists);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return refuse (error, "it has no list \"segments\"");

  array = json_node_get_array (node);
  if (json_array_get_length (array) == 0)
    return refuse (error, "its list \"segments\" is empty");
  if (json_array_get_length (array) > EK_MANIFEST_MAX_SEGMENTS)
    return refuse (error, "it has more than %u segments", EK_MANIFEST_MAX_SEGMENTS);

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!read_segment (self, ek_json_array_get_object (array, i), ours, i, error))
      return FALSE;

  return TRUE;
}

static gboolean
read_preserve (EkManifest *self, JsonObject *root, GError **error)
{
  JsonArray *array = ek_json_get_array (root, "preserve");
  guint n = array != NULL ? json_array_get_length (array) : 0;

  if (n > EK_MANIFEST_MAX_SEGMENTS)
    return refuse (error, "it has more than %u ranges to preserve", EK_MANIFEST_MAX_SEGMENTS);

  for (guint i = 0; i < n; i++)
    {
      JsonObject *object = ek_json_array_get_object (array, i);
      const char *name = ek_json_get_text (object, "name");
      guint32 offset, size;

      if (object == NULL || !get_number (find_member (object, offset_keys), &offset) ||
          !get_number (find_member (object, size_keys), &size) || size > G_MAXUINT32 - offset ||
          (name != NULL && (strlen (name) > EK_MANIFEST_MAX_TEXT || has_control (name))))
        return refuse (error, "range %u of \"preserve\" has no offset and size", i);

      ek_manifest_add_preserved (self, name, offset, size);
    }

  return TRUE;
}

/**
 * ek_manifest_new:
 *
 * Returns: (transfer full): an empty one, to be filled
 */
EkManifest *
ek_manifest_new (void)
{
  EkManifest *self = g_new0 (EkManifest, 1);

  self->min_chip_rev = -1;
  self->segments = g_ptr_array_new_with_free_func (segment_free);
  self->preserve = g_ptr_array_new_with_free_func (range_free);
  return self;
}

/**
 * ek_manifest_new_from_json:
 * @root: the manifest's object
 *
 * Takes unknown keys, numbers for texts and texts for numbers where an offset or a size is meant, and
 * other programs' words. Every segment has to have a file, an offset and a SHA-256; in our own
 * format a size too. The files are not looked at.
 *
 * Returns: (transfer full): the manifest, or %NULL with %EK_ERROR_FIRMWARE_DAMAGED or
 *   %EK_ERROR_NOT_FIRMWARE (a newer version of our format)
 */
EkManifest *
ek_manifest_new_from_json (JsonObject *root, GError **error)
{
  g_autoptr (EkManifest) self = ek_manifest_new ();
  gboolean ours;

  if (!check_format (root, &ours, error) || !take_texts (self, root, error) ||
      !read_segments (self, root, ours, error) || !read_preserve (self, root, error))
    return NULL;

  ek_json_get_integer (root, "min_chip_rev", &self->min_chip_rev);
  return g_steal_pointer (&self);
}

void
ek_manifest_free (EkManifest *self)
{
  g_free (self->name);
  g_free (self->board);
  g_free (self->version);
  g_free (self->idf_version);
  g_free (self->elf_sha256);
  g_free (self->created);
  g_free (self->chip);
  g_free (self->flash_mode);
  g_free (self->flash_freq);
  g_free (self->flash_size);
  g_ptr_array_unref (self->segments);
  g_ptr_array_unref (self->preserve);
  g_free (self);
}

/**
 * ek_manifest_add_segment:
 * @name: (nullable):
 * @file: relative to the manifest
 *
 * Returns: (transfer none): the new segment, for its other fields
 */
EkManifestSegment *
ek_manifest_add_segment (EkManifest *self, const char *name, const char *file)
{
  EkManifestSegment *segment = g_new0 (EkManifestSegment, 1);

  segment->name = g_strdup (name);
  segment->file = g_strdup (file);
  g_ptr_array_add (self->segments, segment);
  return segment;
}

/**
 * ek_manifest_add_preserved:
 * @name: (nullable):
 */
void
ek_manifest_add_preserved (EkManifest *self, const char *name, guint32 offset, guint32 size)
{
  EkManifestRange *range = g_new0 (EkManifestRange, 1);

  range->name = g_strdup (name);
  range->offset = offset;
  range->size = size;
  g_ptr_array_add (self->preserve, range);
}

static void
put_text (JsonBuilder *builder, const char *key, const char *text)
{
  if (text == NULL)
    return;

  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, text);
}

static void
put_number (JsonBuilder *builder, const char *key, gint64 number)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, number);
}

static void
put_hex (JsonBuilder *builder, const char *key, guint32 number)
{
  g_autofree char *text = g_strdup_printf ("0x%x", number);

  put_text (builder, key, text);
}

static void
put_segment (JsonBuilder *builder, const EkManifestSegment *segment)
{
  g_autofree char *hash = ek_bytes_hex (segment->sha256, HASH_SIZE);

  json_builder_begin_object (builder);
  put_text (builder, "name", segment->name);
  put_hex (builder, "offset", segment->offset);
  put_text (builder, "file", segment->file);
  put_number (builder, "size", segment->size);
  put_text (builder, "sha256", hash);
  json_builder_end_object (builder);
}

static void
put_range (JsonBuilder *builder, const EkManifestRange *range)
{
  json_builder_begin_object (builder);
  put_text (builder, "name", range->name);
  put_hex (builder, "offset", range->offset);
  put_hex (builder, "size", range->size);
  json_builder_end_object (builder);
}

static void
put_flash_settings (JsonBuilder *builder, const EkManifest *self)
{
  if (self->flash_mode == NULL && self->flash_freq == NULL && self->flash_size == NULL)
    return;

  json_builder_set_member_name (builder, "flash_settings");
  json_builder_begin_object (builder);
  put_text (builder, "flash_mode", self->flash_mode);
  put_text (builder, "flash_freq", self->flash_freq);
  put_text (builder, "flash_size", self->flash_size);
  json_builder_end_object (builder);
}

static GBytes *
builder_to_bytes (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, TRUE);
  char *line = g_strconcat (text, "\n", NULL);

  return g_bytes_new_take (line, strlen (line));
}

/**
 * ek_manifest_write:
 *
 * Returns: (transfer full): the manifest as JSON, every key in its place
 */
GBytes *
ek_manifest_write (EkManifest *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  put_text (builder, "format", EK_MANIFEST_FORMAT);
  put_number (builder, "format_version", EK_MANIFEST_VERSION);
  put_text (builder, "name", self->name);
  put_text (builder, "board", self->board);
  put_text (builder, "version", self->version);
  put_text (builder, "idf_version", self->idf_version);
  put_text (builder, "elf_sha256", self->elf_sha256);
  put_text (builder, "created", self->created);
  put_text (builder, "chip", self->chip);
  if (self->min_chip_rev >= 0)
    put_number (builder, "min_chip_rev", self->min_chip_rev);
  put_flash_settings (builder, self);
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->segments->len; i++)
    put_segment (builder, g_ptr_array_index (self->segments, i));
  json_builder_end_array (builder);
  if (self->preserve->len > 0)
    {
      json_builder_set_member_name (builder, "preserve");
      json_builder_begin_array (builder);
      for (guint i = 0; i < self->preserve->len; i++)
        put_range (builder, g_ptr_array_index (self->preserve, i));
      json_builder_end_array (builder);
    }
  json_builder_end_object (builder);
  return builder_to_bytes (builder);
}
