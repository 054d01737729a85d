/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list that keeps its last good content: what is broken or can't be reached never takes it away. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-library-private.h"

#include "ek-firmware-file.h"

struct _EkLibraryList
{
  GObject parent_instance;

  char *text;
  EkCatalogAddress *address;
  gboolean added;
  EkCatalog *catalog;
  EkLibraryState state;
  gint64 age;
  gboolean plain;
  GError *problem;
};

typedef enum
{
  PROP_TITLE = 1,
  PROP_CATALOG,
  PROP_STATE,
  PROP_AGE,
} EkLibraryListProperty;

static GParamSpec *properties[PROP_AGE + 1];

G_DEFINE_FINAL_TYPE (EkLibraryList, ek_library_list, G_TYPE_OBJECT)

static const char *const state_names[] = {
  [EK_LIBRARY_EMPTY] = "empty",
  [EK_LIBRARY_BUILT_IN] = "built-in",
  [EK_LIBRARY_CACHED] = "cached",
  [EK_LIBRARY_FRESH] = "fresh",
};

static void
ek_library_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EkLibraryList *self = EK_LIBRARY_LIST (object);

  switch ((EkLibraryListProperty) id)
    {
    case PROP_TITLE:
      g_value_set_string (value, ek_library_list_get_title (self));
      break;
    case PROP_CATALOG:
      g_value_set_object (value, self->catalog);
      break;
    case PROP_STATE:
      g_value_set_int (value, self->state);
      break;
    case PROP_AGE:
      g_value_set_int64 (value, self->age);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ek_library_list_finalize (GObject *object)
{
  EkLibraryList *self = EK_LIBRARY_LIST (object);

  g_free (self->text);
  g_clear_pointer (&self->address, ek_catalog_address_free);
  g_clear_object (&self->catalog);
  g_clear_error (&self->problem);

  G_OBJECT_CLASS (ek_library_list_parent_class)->finalize (object);
}

static void
ek_library_list_class_init (EkLibraryListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_library_list_get_property;
  object_class->finalize = ek_library_list_finalize;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_CATALOG] = g_param_spec_object ("catalog", NULL, NULL, EK_TYPE_CATALOG, flags);
  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, EK_LIBRARY_EMPTY,
                                             EK_LIBRARY_FRESH, EK_LIBRARY_EMPTY, flags);
  properties[PROP_AGE] = g_param_spec_int64 ("age", NULL, NULL, 0, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_library_list_init (EkLibraryList *self)
{
}

/**
 * ek_library_list_new:
 * @address: as a person wrote it: a URL, a file, or a link to a launchpad page
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT
 */
EkLibraryList *
ek_library_list_new (const char *address, GError **error)
{
  EkCatalogAddress *parsed = ek_catalog_address_new (address, error);
  EkLibraryList *self;

  if (parsed == NULL)
    return NULL;

  self = g_object_new (EK_TYPE_LIBRARY_LIST, NULL);
  self->text = g_strdup (address);
  self->address = parsed;
  self->added = TRUE;
  return self;
}

/**
 * ek_library_list_new_built_in:
 *
 * Returns: (transfer full): EchoKit's own list, as the app brings it along
 */
EkLibraryList *
ek_library_list_new_built_in (void)
{
  EkLibraryList *self = ek_library_list_new (EK_CATALOG_ECHOKIT_URL, NULL);

  self->added = FALSE;
  self->catalog = ek_catalog_new_builtin ();
  self->state = EK_LIBRARY_BUILT_IN;
  return self;
}

gboolean
ek_library_list_is_local (EkLibraryList *self)
{
  return g_str_has_prefix (self->address->location, "file:");
}

static void
set_content (EkLibraryList *self,
             EkCatalog *catalog,
             EkLibraryState state,
             gint64 age,
             const GError *problem)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (catalog != NULL)
    {
      g_set_object (&self->catalog, catalog);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CATALOG]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
    }
  self->state = state;
  self->age = age;
  g_clear_error (&self->problem);
  self->problem = problem != NULL ? g_error_copy (problem) : NULL;
  /* also when the state stays: its problem may be another one */
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGE]);
  g_object_thaw_notify (G_OBJECT (self));
}

static EkCatalog *
parse (EkLibraryList *self, GBytes *bytes, GError **error)
{
  g_autoptr (EkCatalog) whole = ek_catalog_new_from_bytes (bytes, self->address->location, error);

  if (whole == NULL || self->address->app == NULL)
    return g_steal_pointer (&whole);

  return ek_catalog_filter (whole, self->address->app, self->address->exact);
}

/**
 * ek_library_list_fail:
 *
 * Remembers why it couldn't be refreshed, and keeps what it had.
 */
void
ek_library_list_fail (EkLibraryList *self, const GError *problem)
{
  EkLibraryState state = self->state == EK_LIBRARY_FRESH ? EK_LIBRARY_CACHED : self->state;

  set_content (self, NULL, state, self->age, problem);
}

/**
 * ek_library_list_take:
 * @download: of its location
 */
void
ek_library_list_take (EkLibraryList *self, EkDownload *download)
{
  gboolean cached = ek_download_get_origin (download) == EK_DOWNLOAD_CACHED;
  g_autoptr (GError) error = NULL;
  g_autoptr (EkCatalog) catalog = parse (self, ek_download_get_bytes (download), &error);

  if (catalog == NULL)
    {
      ek_library_list_fail (self, error);
      return;
    }

  self->plain = ek_download_get_plain (download);
  set_content (self, catalog, cached ? EK_LIBRARY_CACHED : EK_LIBRARY_FRESH,
               ek_download_get_age (download), ek_download_get_problem (download));
}

/**
 * ek_library_list_read_file:
 *
 * For a list that is a file of this computer.
 */
void
ek_library_list_read_file (EkLibraryList *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_filename_from_uri (self->address->location, NULL, &error);
  g_autoptr (GBytes) bytes = path != NULL ? ek_firmware_file_read (path, NULL, &error) : NULL;
  g_autoptr (EkCatalog) catalog = bytes != NULL ? parse (self, bytes, &error) : NULL;

  if (catalog != NULL)
    {
      set_content (self, catalog, EK_LIBRARY_FRESH, 0, NULL);
      return;
    }

  ek_error_convert (&error);
  ek_library_list_fail (self, error);
}

/**
 * ek_library_list_load:
 *
 * Takes what is at hand, without a network.
 */
void
ek_library_list_load (EkLibraryList *self, EkStore *store)
{
  g_autoptr (EkDownload) download = NULL;

  if (ek_library_list_is_local (self))
    ek_library_list_read_file (self);
  else if ((download = ek_store_peek (store, self->address->location)) != NULL)
    ek_library_list_take (self, download);
}

/**
 * ek_library_list_get_address:
 *
 * Returns: (transfer none): as it was added, to be kept in the settings
 */
const char *
ek_library_list_get_address (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), NULL);

  return self->text;
}

/**
 * ek_library_list_get_location:
 *
 * Returns: (transfer none): the URL of the list itself
 */
const char *
ek_library_list_get_location (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), NULL);

  return self->address->location;
}

/**
 * ek_library_list_get_title:
 *
 * Returns: (transfer none): what the list calls itself, or where it is
 */
const char *
ek_library_list_get_title (EkLibraryList *self)
{
  const char *title;

  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), NULL);

  title = self->catalog != NULL ? ek_catalog_get_title (self->catalog) : NULL;
  return title != NULL ? title : self->address->location;
}

/**
 * ek_library_list_get_added:
 *
 * Returns: whether a person added it, and so may remove it
 */
gboolean
ek_library_list_get_added (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), FALSE);

  return self->added;
}

/**
 * ek_library_list_get_catalog:
 *
 * Returns: (transfer none) (nullable): its last good content
 */
EkCatalog *
ek_library_list_get_catalog (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), NULL);

  return self->catalog;
}

EkLibraryState
ek_library_list_get_state (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), EK_LIBRARY_EMPTY);

  return self->state;
}

/**
 * ek_library_list_get_age:
 *
 * Returns: seconds since its server last said that this is current; 0 for one that is built in
 */
gint64
ek_library_list_get_age (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), 0);

  return self->age;
}

/**
 * ek_library_list_get_problem:
 *
 * Returns: (transfer none) (nullable): why it could not be refreshed
 */
const GError *
ek_library_list_get_problem (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), NULL);

  return self->problem;
}

/**
 * ek_library_list_get_plain:
 *
 * Returns: whether it came over http, where others could have changed it on its way
 */
gboolean
ek_library_list_get_plain (EkLibraryList *self)
{
  g_return_val_if_fail (EK_IS_LIBRARY_LIST (self), FALSE);

  return self->plain;
}

/**
 * ek_library_state_name:
 *
 * Returns: (transfer none): a name for scripts, such as "built-in"
 */
const char *
ek_library_state_name (EkLibraryState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);

  return state_names[state];
}
