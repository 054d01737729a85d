/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A firmware list as a value. Its two formats are in ek-catalog-launchpad.c and
 * ek-catalog-manifest.c. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-private.h"
#include "ek-catalog-resources.h"
#include "ek-toml.h"

#include <string.h>

#define BUILTIN "/dev/echokit/Flasher/catalogs/echokit.toml"

struct _EkCatalog
{
  GObject parent_instance;

  char *location;
  char *title;
  char *readme_url;
  GPtrArray *entries; /* of EkCatalogEntry */
  GHashTable *keys;   /* of the entries, which own them */
  guint n_taken;      /* with those left out, which cost time as well */
};

static void ek_catalog_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EkCatalog,
                               ek_catalog,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ek_catalog_list_model_init))

static GType
ek_catalog_get_item_type (GListModel *model)
{
  return EK_TYPE_CATALOG_ENTRY;
}

static guint
ek_catalog_get_n_items (GListModel *model)
{
  return EK_CATALOG (model)->entries->len;
}

static gpointer
ek_catalog_get_item (GListModel *model, guint position)
{
  EkCatalog *self = EK_CATALOG (model);

  return position < self->entries->len ? g_object_ref (self->entries->pdata[position]) : NULL;
}

static void
ek_catalog_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ek_catalog_get_item_type;
  iface->get_n_items = ek_catalog_get_n_items;
  iface->get_item = ek_catalog_get_item;
}

static void
ek_catalog_finalize (GObject *object)
{
  EkCatalog *self = EK_CATALOG (object);

  g_clear_pointer (&self->keys, g_hash_table_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->location, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->readme_url, g_free);
  G_OBJECT_CLASS (ek_catalog_parent_class)->finalize (object);
}

static void
ek_catalog_class_init (EkCatalogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_catalog_finalize;
}

static void
ek_catalog_init (EkCatalog *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->keys = g_hash_table_new (g_str_hash, g_str_equal);
}

/* Host, or the file's name: what a person recognizes an address by. */
static char *
title_from_location (const char *location)
{
  g_autoptr (GUri) uri = g_uri_parse (location, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host != NULL && *host != '\0')
    return g_strdup (host);
  return g_path_get_basename (uri != NULL ? g_uri_get_path (uri) : location);
}

/**
 * ek_catalog_new_empty:
 * @location: a URL
 *
 * Returns: (transfer full): a list for a reader to fill
 */
EkCatalog *
ek_catalog_new_empty (const char *location)
{
  EkCatalog *self = g_object_new (EK_TYPE_CATALOG, NULL);

  self->location = g_strdup (location);
  self->title = title_from_location (location);
  return self;
}

/**
 * ek_catalog_set_title:
 * @title: (nullable): %NULL leaves what the address says
 */
void
ek_catalog_set_title (EkCatalog *self, const char *title)
{
  if (title != NULL && *title != '\0')
    {
      g_free (self->title);
      self->title = g_strdup (title);
    }
}

/**
 * ek_catalog_set_readme:
 * @url: (nullable): as the list has it
 */
void
ek_catalog_set_readme (EkCatalog *self, const char *url)
{
  self->readme_url = ek_catalog_url_web (self->location, url);
}

/**
 * ek_catalog_take_entry:
 * @entry: (transfer full): filled in, not yet closed
 *
 * A second entry with the same app, chip and kit says the same again and is left out.
 *
 * Returns: %FALSE with %EK_ERROR_CATALOG if there are too many
 */
gboolean
ek_catalog_take_entry (EkCatalog *self, EkCatalogEntry *entry, GError **error)
{
  g_autoptr (EkCatalogEntry) owned = entry;

  if (++self->n_taken > EK_CATALOG_MAX_ENTRIES)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "The list has more than %d entries",
                   EK_CATALOG_MAX_ENTRIES);
      return FALSE;
    }

  ek_catalog_entry_close (owned, self->location);
  if (!g_hash_table_contains (self->keys, owned->key))
    {
      g_hash_table_add (self->keys, owned->key);
      g_ptr_array_add (self->entries, g_steal_pointer (&owned));
    }

  return TRUE;
}

/* Behind a byte order mark and blanks; 0 if there is nothing. */
static char
first_character (const char *text, gsize size)
{
  gsize start = size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  while (start < size && g_ascii_isspace (text[start]))
    start++;

  return start < size ? text[start] : '\0';
}

static JsonNode *
parse (const char *text, gsize size, char first, GError **error)
{
  if (first == '{')
    return ek_json_parse (text, size, EK_CATALOG_MAX_SIZE, EK_ERROR_CATALOG, error);
  if (first != '<' && first != '\0')
    return ek_toml_parse (text, size, error);

  g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "%s",
               first == '<' ? "This is a web page, not a firmware list" : "The list is empty");
  return NULL;
}

/**
 * ek_catalog_new_from_bytes:
 * @bytes: an ESP Launchpad list (TOML 1.0), or an ESP Web Tools manifest (JSON)
 * @location: where it came from: a URL or the path of a file. What the list names is relative to it.
 *
 * Which of the formats it is, is found in the bytes. Keys that nobody knows are ignored; an entry that
 * lacks something is in the list with the reason, see ek_catalog_entry_get_problem().
 *
 * Source: esp-launchpad, js/index.js, js/utils.js, js/minimal_launchpad.js; esp-web-tools,
 * src/const.ts.
 *
 * Returns: (transfer full): the list, or %NULL with %EK_ERROR_CATALOG, or %EK_ERROR_INVALID_ARGUMENT
 *   for an impossible @location
 */
EkCatalog *
ek_catalog_new_from_bytes (GBytes *bytes, const char *location, GError **error)
{
  g_autoptr (EkCatalogAddress) address = NULL;
  g_autoptr (EkCatalog) self = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize size;
  const char *text;
  char first;
  gboolean read;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (location != NULL, NULL);

  if (!(address = ek_catalog_address_new (location, error)))
    return NULL;

  text = g_bytes_get_data (bytes, &size);
  first = first_character (text, size);
  if (!(root = parse (text, size, first, error)))
    return NULL;

  self = ek_catalog_new_empty (address->location);
  if (first == '{')
    read = ek_catalog_read_manifest (self, json_node_get_object (root), error);
  else
    read = ek_catalog_read_launchpad (self, json_node_get_object (root), error);

  return read ? g_steal_pointer (&self) : NULL;
}

/* Of two threads that ask for a resource at once the second gets NULL (GLib 2.74): a search through all
 * of them first waits for the lock. */
static GResource *
get_resource (void)
{
  static gsize resource = 0;

  if (g_once_init_enter (&resource))
    {
      g_strfreev (g_resources_enumerate_children ("/", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL));
      g_once_init_leave (&resource, (gsize) ek_catalogs_get_resource ());
    }

  return (GResource *) resource;
}

/**
 * ek_catalog_new_builtin:
 *
 * Returns: (transfer full): EchoKit's list as it was when this program was built. Its location is
 *   %EK_CATALOG_ECHOKIT_URL, so that the list from there takes its place and keys stay the same.
 */
EkCatalog *
ek_catalog_new_builtin (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      g_resource_lookup_data (get_resource (), BUILTIN, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  EkCatalog *self = NULL;

  if (bytes != NULL)
    self = ek_catalog_new_from_bytes (bytes, EK_CATALOG_ECHOKIT_URL, &error);
  if (self == NULL)
    g_error ("built-in list: %s", error->message);

  return self;
}

/**
 * ek_catalog_filter:
 * @app: (nullable): of #EkCatalogAddress: what the names of apps have to start with
 * @exact: %TRUE if the whole name has to be @app
 *
 * Returns: (transfer full): a list with those entries, perhaps none
 */
EkCatalog *
ek_catalog_filter (EkCatalog *self, const char *app, gboolean exact)
{
  EkCatalog *filtered;

  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);

  filtered = ek_catalog_new_empty (self->location);
  ek_catalog_set_title (filtered, self->title);
  ek_catalog_set_readme (filtered, self->readme_url);
  for (guint i = 0; i < self->entries->len; i++)
    {
      EkCatalogEntry *entry = g_ptr_array_index (self->entries, i);

      if (app != NULL &&
          !(exact ? g_str_equal (entry->app, app) : g_str_has_prefix (entry->app, app)))
        continue;

      g_hash_table_add (filtered->keys, entry->key);
      g_ptr_array_add (filtered->entries, g_object_ref (entry));
    }

  return filtered;
}

/**
 * ek_catalog_get_location:
 *
 * Returns: (transfer none): the list's URL, as of ek_catalog_address_new()
 */
const char *
ek_catalog_get_location (EkCatalog *self)
{
  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);
  return self->location;
}

/**
 * ek_catalog_get_title:
 *
 * Returns: (transfer none): the name that the list has, or its server or file
 */
const char *
ek_catalog_get_title (EkCatalog *self)
{
  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);
  return self->title;
}

/**
 * ek_catalog_get_readme_url:
 *
 * Returns: (nullable) (transfer none): a page about all of the list
 */
const char *
ek_catalog_get_readme_url (EkCatalog *self)
{
  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);
  return self->readme_url;
}

/**
 * ek_catalog_get_n_entries:
 */
guint
ek_catalog_get_n_entries (EkCatalog *self)
{
  g_return_val_if_fail (EK_IS_CATALOG (self), 0);
  return self->entries->len;
}

/**
 * ek_catalog_get_entry:
 *
 * Returns: (transfer none): in the list's order
 */
EkCatalogEntry *
ek_catalog_get_entry (EkCatalog *self, guint index)
{
  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);
  g_return_val_if_fail (index < self->entries->len, NULL);
  return g_ptr_array_index (self->entries, index);
}

/**
 * ek_catalog_find:
 * @key: of ek_catalog_entry_get_key()
 *
 * Returns: (nullable) (transfer none): the entry
 */
EkCatalogEntry *
ek_catalog_find (EkCatalog *self, const char *key)
{
  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  for (guint i = 0; i < self->entries->len; i++)
    {
      EkCatalogEntry *entry = g_ptr_array_index (self->entries, i);

      if (g_str_equal (entry->key, key))
        return entry;
    }

  return NULL;
}

/**
 * ek_catalog_find_board:
 * @board: of an #EkBoard
 *
 * Returns: (nullable) (transfer none): the first entry for that EchoKit that can be installed, or, if
 *   none can, the first
 */
EkCatalogEntry *
ek_catalog_find_board (EkCatalog *self, const char *board)
{
  EkCatalogEntry *broken = NULL;

  g_return_val_if_fail (EK_IS_CATALOG (self), NULL);
  g_return_val_if_fail (board != NULL, NULL);

  for (guint i = 0; i < self->entries->len; i++)
    {
      EkCatalogEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->board == NULL || !g_str_equal (entry->board->id, board))
        continue;
      if (entry->problem == NULL)
        return entry;
      if (broken == NULL)
        broken = entry;
    }

  return broken;
}
