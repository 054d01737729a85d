/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ESP Launchpad's list, version 1.0, in its two forms: one merged image for each chip or kit, or parts
 * at addresses. Source: esp-launchpad, js/index.js, js/utils.js, js/minimal_launchpad.js. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-private.h"
#include "ek-chip-name.h"

#include <math.h>
#include <string.h>

#define MIN_BAUD 300
#define MAX_BAUD 12000000

typedef struct
{
  EkCatalog *catalog;
  JsonObject *root;
  const char *location;
  const char *base;
  guint baud;
} Reader;

/* One app of the list, as its entries share it. */
typedef struct
{
  const char *name;
  JsonObject *table;
  JsonObject *images;
} App;

/* A name, and how two spellings of it are made alike. */
typedef char *(*Normalize) (const char *name);

static char *
ignore_case (const char *name)
{
  return g_ascii_strdown (name, -1);
}

/* First as it is spelled, then in any spelling. */
static JsonNode *
find_spelled (JsonObject *object, const char *name, Normalize normalize)
{
  g_autofree char *wanted = NULL;
  g_autoptr (GList) members = NULL;

  if (object == NULL)
    return NULL;
  if (json_object_has_member (object, name))
    return json_object_get_member (object, name);

  wanted = normalize (name);
  if (json_object_has_member (object, wanted))
    return json_object_get_member (object, wanted);

  members = json_object_get_members (object);
  for (GList *i = members; i != NULL; i = i->next)
    {
      g_autofree char *spelled = normalize (i->data);

      if (g_str_equal (spelled, wanted))
        return json_object_get_member (object, i->data);
    }

  return NULL;
}

/* Launchpad wants the chip's label in lower case. Lists have "esp32c3" for "ESP32-C3" and the other
 * way round, and "ESP32-C2-2MB" where the image is for "esp32-c2". */
static JsonNode *
find_for_chip (JsonObject *object, const char *label)
{
  g_autofree char *lower = g_ascii_strdown (label, -1);
  const char *chip = ek_chip_name_from_label (label);
  JsonNode *found = NULL;

  if (object != NULL && json_object_has_member (object, lower))
    found = json_object_get_member (object, lower);
  if (found == NULL)
    found = find_spelled (object, label, ek_chip_name_normalize);
  if (found == NULL && chip != NULL)
    found = find_spelled (object, chip, ek_chip_name_normalize);

  return found;
}

/* A number as TOML has it, or a text as JavaScript reads it: decimal, or hexadecimal with "0x". */
static gboolean
node_get_number (JsonNode *node, guint64 max, guint64 *number)
{
  const char *text = ek_json_node_get_text (node);
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node)
                                                            : G_TYPE_INVALID;

  if (text != NULL)
    {
      gboolean hex = g_ascii_strncasecmp (text, "0x", 2) == 0;

      return g_ascii_string_to_unsigned (hex ? text + 2 : text, hex ? 16 : 10, 0, max, number,
                                         NULL);
    }

  if (type == G_TYPE_INT64)
    *number = (guint64) json_node_get_int (node);
  else if (type == G_TYPE_DOUBLE && json_node_get_double (node) >= 0 &&
           json_node_get_double (node) <= (double) max &&
           floor (json_node_get_double (node)) == json_node_get_double (node))
    *number = (guint64) json_node_get_double (node);
  else
    return FALSE;

  return *number <= max;
}

static guint
read_baud (JsonObject *table, guint otherwise)
{
  guint64 baud;

  if (table != NULL && json_object_has_member (table, "console_baudrate") &&
      node_get_number (json_object_get_member (table, "console_baudrate"), MAX_BAUD, &baud) &&
      baud >= MIN_BAUD)
    return (guint) baud;

  return otherwise;
}

/* parseFloat() of JavaScript takes "1.0" and 1 as well. */
static gboolean
check_version (JsonObject *root, GError **error)
{
  JsonNode *node = json_object_get_member (root, "esp_toml_version");
  const char *text = ek_json_node_get_text (node);
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node)
                                                            : G_TYPE_INVALID;
  double version = 0;

  if (text != NULL)
    version = g_ascii_strtod (text, NULL);
  else if (type == G_TYPE_DOUBLE || type == G_TYPE_INT64)
    version = json_node_get_double (node);

  if (version == 1.0)
    return TRUE;

  if (node == NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_CATALOG,
                 "This is not a firmware list: it has no esp_toml_version");
  else if (version > 0)
    g_set_error (error, EK_ERROR, EK_ERROR_CATALOG,
                 "The list is of esp_toml_version %g; 1.0 is what we read", version);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "esp_toml_version is not a number");
  return FALSE;
}

/* "[ESP-AT-V3.0.0.0]" without quotes is a table in a table in a table. */
static JsonObject *
find_nested_app (JsonObject *root, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", EK_CATALOG_MAX_FILES);
  JsonObject *table = root;

  for (guint i = 0; parts[i] != NULL && table != NULL; i++)
    table = ek_json_get_object (table, parts[i]);

  return table;
}

static JsonObject *
find_app (JsonObject *root, const char *name)
{
  JsonObject *table = ek_json_get_object (root, name);

  return table != NULL ? table : find_nested_app (root, name);
}

/* Launchpad wants readme.text; some write readme = "…". It is an address or the text itself. */
static void
read_readme (EkCatalogEntry *entry, JsonObject *table, const char *location)
{
  const char *text = ek_json_get_text (table, "readme");

  if (text == NULL)
    text = ek_json_get_text (ek_json_get_object (table, "readme"), "text");

  entry->links[EK_CATALOG_LINK_README] = ek_catalog_url_web (location, text);
  if (text != NULL && (strpbrk (text, " \n") != NULL || *text == '#') &&
      !ek_catalog_is_template (text))
    entry->readme_text = g_strdup (text);
}

static void
read_links (EkCatalogEntry *entry, JsonObject *table, const char *location)
{
  static const struct
  {
    EkCatalogLink link;
    const char *key;
  } keys[] = {
    { EK_CATALOG_LINK_ICON, "icon" },
    { EK_CATALOG_LINK_ANDROID_APP, "android_app_url" },
    { EK_CATALOG_LINK_IOS_APP, "ios_app_url" },
    { EK_CATALOG_LINK_SETUP_LOGO, "setup_payload_logo" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    entry->links[keys[i].link] =
        ek_catalog_url_web (location, ek_json_get_text (table, keys[i].key));
}

static char *
dup_if_not_empty (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));

  return *stripped != '\0' ? g_steal_pointer (&stripped) : NULL;
}

static EkCatalogEntry *
new_entry (const Reader *self, const App *app)
{
  EkCatalogEntry *entry = ek_catalog_entry_new (app->name);

  entry->baud = self->baud;
  if (ek_catalog_is_template (app->name))
    ek_catalog_entry_set_problem (entry, "it is a template that nobody filled in");
  if (app->table == NULL)
    return entry;

  entry->description = dup_if_not_empty (ek_json_get_text (app->table, "description"));
  entry->setup_payload = dup_if_not_empty (ek_json_get_text (app->table, "setup_payload"));
  entry->baud = read_baud (app->table, self->baud);
  read_readme (entry, app->table, self->location);
  read_links (entry, app->table, self->location);
  return entry;
}

static void
add_file (const Reader *self,
          EkCatalogEntry *entry,
          guint64 offset,
          const char *base,
          const char *name)
{
  const char *problem;
  char **urls = ek_catalog_url_candidates (self->location, base, name, &problem);

  if (urls != NULL)
    ek_catalog_entry_take_file (entry, (guint32) offset, urls);
  else
    ek_catalog_entry_set_problem (entry, "the file \"%.100s\" %s", name, problem);
}

static void
read_single (const Reader *self, const App *app, EkCatalogEntry *entry, const char *name)
{
  JsonNode *node = json_object_get_member (app->table, "offset");
  guint64 offset = 0;

  if (node != NULL && !node_get_number (node, G_MAXUINT32, &offset))
    ek_catalog_entry_set_problem (entry, "its offset is no address");
  else
    add_file (self, entry, offset, self->base, name);
}

static gboolean
has_file_at (EkCatalogEntry *entry, guint64 offset)
{
  for (guint i = 0; i < entry->files->len; i++)
    if (((EkCatalogFile *) g_ptr_array_index (entry->files, i))->offset == offset)
      return TRUE;

  return FALSE;
}

static void
read_part (const Reader *self,
           EkCatalogEntry *entry,
           JsonArray *parts,
           JsonArray *addresses,
           guint index)
{
  const char *name = ek_json_array_get_text (parts, index);
  guint64 offset;

  if (name == NULL)
    ek_catalog_entry_set_problem (entry, "part %u is no text", index + 1);
  else if (!node_get_number (json_array_get_element (addresses, index), G_MAXUINT32, &offset))
    ek_catalog_entry_set_problem (entry, "the address of part %u is none", index + 1);
  else if (has_file_at (entry, offset))
    ek_catalog_entry_set_problem (entry, "two parts are at 0x%x", (guint) offset);
  else
    add_file (self, entry, offset, NULL, name);
}

static void
read_parts (const Reader *self, EkCatalogEntry *entry, JsonObject *image)
{
  JsonArray *parts = ek_json_get_array (image, "parts");
  JsonArray *addresses = ek_json_get_array (image, "addresses");
  guint n_parts = parts != NULL ? json_array_get_length (parts) : 0;
  guint n_addresses = addresses != NULL ? json_array_get_length (addresses) : 0;

  if (n_parts != n_addresses)
    ek_catalog_entry_set_problem (entry, "it has %u parts, but %u addresses", n_parts, n_addresses);
  else if (n_parts == 0 || n_parts > EK_CATALOG_MAX_FILES)
    ek_catalog_entry_set_problem (entry, "it has %u parts; 1 to %d make sense", n_parts,
                                  EK_CATALOG_MAX_FILES);
  else
    for (guint i = 0; i < n_parts && entry->problem == NULL; i++)
      read_part (self, entry, parts, addresses, i);
}

static void
read_image (const Reader *self, const App *app, EkCatalogEntry *entry, JsonNode *image)
{
  if (image != NULL && ek_json_node_get_text (image) != NULL)
    read_single (self, app, entry, ek_json_node_get_text (image));
  else if (image != NULL && JSON_NODE_HOLDS_OBJECT (image))
    read_parts (self, entry, json_node_get_object (image));
  else if (image != NULL)
    ek_catalog_entry_set_problem (entry, "its image is neither a file nor parts");
  else
    ek_catalog_entry_set_problem (entry, "there is no image for %s",
                                  entry->kit != NULL ? entry->kit : entry->chip_label);
}

/* The chip's own image counts for a kit only where the kit has none. */
static gboolean
add_kit (Reader *self, const App *app, const char *label, const char *kit, GError **error)
{
  EkCatalogEntry *entry = new_entry (self, app);
  JsonNode *image = NULL;

  ek_catalog_entry_set_chip (entry, label);
  ek_catalog_entry_set_kit (entry, kit);
  if (kit == NULL)
    ek_catalog_entry_set_problem (entry, "the name of a kit is no text");
  else if (ek_catalog_is_template (kit))
    ek_catalog_entry_set_problem (entry, "it is a template that nobody filled in");
  else
    image = find_spelled (app->images, kit, ignore_case);

  read_image (self, app, entry, image != NULL ? image : find_for_chip (app->images, label));
  return ek_catalog_take_entry (self->catalog, entry, error);
}

static gboolean
add_chip (Reader *self, const App *app, const char *label, GError **error)
{
  JsonNode *node = find_for_chip (ek_json_get_object (app->table, "developKits"), label);
  JsonArray *kits =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n_kits = kits != NULL ? json_array_get_length (kits) : 0;
  EkCatalogEntry *entry;

  for (guint i = 0; i < n_kits; i++)
    if (!add_kit (self, app, label, ek_json_array_get_text (kits, i), error))
      return FALSE;
  if (n_kits > 0)
    return TRUE;

  entry = new_entry (self, app);
  ek_catalog_entry_set_chip (entry, label);
  read_image (self, app, entry, find_for_chip (app->images, label));
  return ek_catalog_take_entry (self->catalog, entry, error);
}

static gboolean
add_broken (Reader *self, const App *app, const char *problem, GError **error)
{
  EkCatalogEntry *entry = new_entry (self, app);

  ek_catalog_entry_set_problem (entry, "%s", problem);
  return ek_catalog_take_entry (self->catalog, entry, error);
}

static gboolean
add_chip_of_array (Reader *self, const App *app, JsonArray *labels, guint index, GError **error)
{
  const char *label = ek_json_array_get_text (labels, index);

  if (label == NULL)
    return add_broken (self, app, "the name of a chip is no text", error);
  return add_chip (self, app, label, error);
}

/* A list without chipsets, where the images' names are chips. */
static gboolean
add_chips_of_images (Reader *self, const App *app, GError **error)
{
  g_autoptr (GList) names = app->images != NULL ? json_object_get_members (app->images) : NULL;
  gboolean found = FALSE;

  for (GList *i = names; i != NULL; i = i->next)
    if (ek_chip_name_from_exact (i->data) != NULL)
      {
        found = TRUE;
        if (!add_chip (self, app, i->data, error))
          return FALSE;
      }

  return found || add_broken (self, app, "it says for no chip", error);
}

/* Either the app names its chips, or, in the form with parts, the whole list names one. */
static gboolean
add_chips (Reader *self, const App *app, GError **error)
{
  JsonArray *labels = ek_json_get_array (app->table, "chipsets");
  const char *label = ek_json_get_text (app->table, "chipsets");

  if (label == NULL)
    label = ek_json_get_text (self->root, "chip");

  if (labels != NULL && json_array_get_length (labels) > 0)
    {
      for (guint i = 0; i < json_array_get_length (labels); i++)
        if (!add_chip_of_array (self, app, labels, i, error))
          return FALSE;
      return TRUE;
    }

  return label != NULL ? add_chip (self, app, label, error)
                       : add_chips_of_images (self, app, error);
}

static gboolean
add_app (Reader *self, const char *name, GError **error)
{
  App app = { name, find_app (self->root, name), NULL };

  app.images = ek_json_get_object (app.table, "image");
  if (app.table == NULL)
    return add_broken (self, &app, "the list has no part with its name", error);
  if (app.images == NULL)
    return add_broken (self, &app, "it has no image", error);
  if (json_object_get_size (app.images) > EK_CATALOG_MAX_IMAGES)
    return add_broken (self, &app, "it has too many images", error);

  return add_chips (self, &app, error);
}

static gboolean
add_apps (Reader *self, JsonArray *names, GError **error)
{
  for (guint i = 0; i < json_array_get_length (names); i++)
    {
      const char *name = ek_json_array_get_text (names, i);
      g_autofree char *number = g_strdup_printf ("#%u", i + 1);
      App nameless = { number, NULL, NULL };
      gboolean added = name != NULL && *name != '\0'
                           ? add_app (self, name, error)
                           : add_broken (self, &nameless, "its name is no text", error);

      if (!added)
        return FALSE;
    }

  return TRUE;
}

/**
 * ek_catalog_read_launchpad:
 * @self: without entries yet
 * @root: the list
 *
 * Returns: %FALSE with %EK_ERROR_CATALOG
 */
gboolean
ek_catalog_read_launchpad (EkCatalog *self, JsonObject *root, GError **error)
{
  JsonArray *names = ek_json_get_array (root, "supported_apps");
  JsonArray *connections = ek_json_get_array (root, "portConnectionOptions");
  Reader reader = {
    .catalog = self,
    .root = root,
    .location = ek_catalog_get_location (self),
    .base = ek_json_get_text (root, "firmware_images_url"),
    .baud = read_baud (ek_json_array_get_object (connections, 0), EK_CATALOG_CONSOLE_BAUD),
  };

  if (!check_version (root, error))
    return FALSE;

  if (names == NULL || json_array_get_length (names) == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "The list offers nothing: no supported_apps");
      return FALSE;
    }

  ek_catalog_set_readme (self, ek_json_get_text (root, "config_readme_url"));
  return add_apps (&reader, names, error);
}
