/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stubs out of the program's resources, or out of a folder that EK_STUB_DIR names. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-stub.h"

#include <json-glib/json-glib.h>

#define RESOURCE_FOLDER "/dev/echokit/Flasher/stub/"
/* The whole internal RAM is smaller; a stub has about 9 kB. */
#define MAX_PART_SIZE (128 * 1024)

#if EK_HAVE_STUB
#include "ek-stub-resources.h"
#endif

/* The P4 changed its ROM between revision 1 and 3: its early chips have a stub of their own. */
static char *
stub_file_name (const EkChip *chip, guint16 revision)
{
  gboolean early_p4 = g_str_equal (chip->id, "esp32p4") && revision < 300;

  return g_strdup_printf ("%s%s.json", chip->id, early_p4 ? "-rev1" : "");
}

/* json-glib's own defaults are for missing members; one of another type is a programmer's error to it.
 */
static JsonNode *
find_value (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;

  return node;
}

static guint32
read_address (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name, G_TYPE_INT64);

  return node != NULL ? (guint32) json_node_get_int (node) : 0;
}

static GBytes *
read_part (JsonObject *object, const char *name, GError **error)
{
  JsonNode *node = find_value (object, name, G_TYPE_STRING);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;
  guchar *data;
  gsize size;

  if (text == NULL || strlen (text) > MAX_PART_SIZE * 4 / 3 + 4)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_STUB_FAILED, "stub: no usable “%s”", name);
      return NULL;
    }

  data = g_base64_decode (text, &size);
  return g_bytes_new_take (data, size);
}

/**
 * ek_stub_new_from_json:
 * @json: a stub's JSON text
 * @size: bytes, or -1 if it ends with NUL
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_STUB_FAILED
 */
EkStub *
ek_stub_new_from_json (const char *json, gssize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (EkStub) self = g_new0 (EkStub, 1);
  JsonNode *root = NULL;
  JsonObject *object;

  if (json_parser_load_from_data (parser, json, size, error))
    root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_clear_error (error);
      g_set_error (error, EK_ERROR, EK_ERROR_STUB_FAILED, "stub: not a JSON object");
      return NULL;
    }

  object = json_node_get_object (root);
  self->entry = read_address (object, "entry");
  self->text_start = read_address (object, "text_start");
  self->data_start = read_address (object, "data_start");
  if (!(self->text = read_part (object, "text", error)))
    return NULL;
  if (json_object_has_member (object, "data") && !(self->data = read_part (object, "data", error)))
    return NULL;
  if (self->text_start == 0 || (self->data != NULL && self->data_start == 0))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_STUB_FAILED, "stub: no address");
      return NULL;
    }
  if (self->entry < self->text_start ||
      self->entry - self->text_start >= g_bytes_get_size (self->text))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_STUB_FAILED, "stub: entry outside its code");
      return NULL;
    }

  return g_steal_pointer (&self);
}

#if EK_HAVE_STUB
/* GLib registers what is built in when it is first asked for, and a second thread that asks meanwhile
 * gets NULL (g_static_resource_get_resource(), GLib 2.74). Looking anything up waits for the lock that
 * the registration holds. */
static GResource *
get_resource (void)
{
  static gsize resource = 0;

  if (g_once_init_enter (&resource))
    {
      g_strfreev (
          g_resources_enumerate_children (RESOURCE_FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL));
      g_once_init_leave (&resource, (gsize) ek_stub_get_resource ());
    }

  return (GResource *) resource;
}
#endif

static GBytes *
load_file (const char *name)
{
  const char *folder = g_getenv ("EK_STUB_DIR");

  if (folder != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *text;
      gsize size;

      if (g_file_get_contents (path, &text, &size, NULL))
        return g_bytes_new_take (text, size);
    }
#if EK_HAVE_STUB
  {
    g_autofree char *path = g_strconcat (RESOURCE_FOLDER, name, NULL);

    return g_resource_lookup_data (get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  }
#else
  return NULL;
#endif
}

/**
 * ek_stub_load:
 * @revision: of the chip, major * 100 + minor
 *
 * Returns: (transfer full) (nullable): %NULL without an error if there is no stub for this chip, so
 *   that the ROM has to do; %NULL with %EK_ERROR_STUB_FAILED if the one there is broken
 */
EkStub *
ek_stub_load (const EkChip *chip, guint16 revision, GError **error)
{
  g_autofree char *name = stub_file_name (chip, revision);
  g_autoptr (GBytes) file = load_file (name);
  gsize size;
  const char *text;

  if (file == NULL)
    return NULL;

  text = g_bytes_get_data (file, &size);
  return ek_stub_new_from_json (text, (gssize) size, error);
}

/**
 * ek_stub_is_available:
 *
 * Returns: whether ek_stub_load() would find a stub for @chip
 */
gboolean
ek_stub_is_available (const EkChip *chip)
{
  g_autofree char *name = stub_file_name (chip, 0);
  g_autoptr (GBytes) file = load_file (name);

  return file != NULL;
}

void
ek_stub_free (EkStub *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_free (self);
}
