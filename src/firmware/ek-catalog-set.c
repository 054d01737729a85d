/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists by where they are from: one that is read again takes the place of what it was before. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-set.h"

struct _EkCatalogSet
{
  GObject parent_instance;

  GPtrArray *catalogs; /* of EkCatalog */
};

static void ek_catalog_set_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EkCatalogSet,
                               ek_catalog_set,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ek_catalog_set_list_model_init))

static GType
ek_catalog_set_get_item_type (GListModel *model)
{
  return EK_TYPE_CATALOG;
}

static guint
ek_catalog_set_get_n_items (GListModel *model)
{
  return EK_CATALOG_SET (model)->catalogs->len;
}

static gpointer
ek_catalog_set_get_item (GListModel *model, guint position)
{
  EkCatalogSet *self = EK_CATALOG_SET (model);

  return position < self->catalogs->len ? g_object_ref (self->catalogs->pdata[position]) : NULL;
}

static void
ek_catalog_set_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ek_catalog_set_get_item_type;
  iface->get_n_items = ek_catalog_set_get_n_items;
  iface->get_item = ek_catalog_set_get_item;
}

static void
ek_catalog_set_finalize (GObject *object)
{
  EkCatalogSet *self = EK_CATALOG_SET (object);

  g_clear_pointer (&self->catalogs, g_ptr_array_unref);
  G_OBJECT_CLASS (ek_catalog_set_parent_class)->finalize (object);
}

static void
ek_catalog_set_class_init (EkCatalogSetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_catalog_set_finalize;
}

static void
ek_catalog_set_init (EkCatalogSet *self)
{
  self->catalogs = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ek_catalog_set_new:
 *
 * Returns: (transfer full): no lists yet
 */
EkCatalogSet *
ek_catalog_set_new (void)
{
  return g_object_new (EK_TYPE_CATALOG_SET, NULL);
}

static gboolean
find_location (EkCatalogSet *self, const char *location, guint *position)
{
  for (guint i = 0; i < self->catalogs->len; i++)
    if (g_str_equal (ek_catalog_get_location (self->catalogs->pdata[i]), location))
      {
        *position = i;
        return TRUE;
      }

  return FALSE;
}

/**
 * ek_catalog_set_put:
 * @catalog: takes the place of the one from the same location, or comes last
 */
void
ek_catalog_set_put (EkCatalogSet *self, EkCatalog *catalog)
{
  guint position;

  g_return_if_fail (EK_IS_CATALOG_SET (self));
  g_return_if_fail (EK_IS_CATALOG (catalog));

  if (find_location (self, ek_catalog_get_location (catalog), &position))
    {
      g_object_unref (self->catalogs->pdata[position]);
      self->catalogs->pdata[position] = g_object_ref (catalog);
      g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
    }
  else
    {
      g_ptr_array_add (self->catalogs, g_object_ref (catalog));
      g_list_model_items_changed (G_LIST_MODEL (self), self->catalogs->len - 1, 0, 1);
    }
}

/**
 * ek_catalog_set_remove:
 *
 * Returns: %FALSE if there is no list from @location
 */
gboolean
ek_catalog_set_remove (EkCatalogSet *self, const char *location)
{
  guint position;

  g_return_val_if_fail (EK_IS_CATALOG_SET (self), FALSE);
  g_return_val_if_fail (location != NULL, FALSE);

  if (!find_location (self, location, &position))
    return FALSE;

  g_ptr_array_remove_index (self->catalogs, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  return TRUE;
}

/**
 * ek_catalog_set_lookup:
 * @location: as of ek_catalog_get_location()
 *
 * Returns: (nullable) (transfer none): the list from there
 */
EkCatalog *
ek_catalog_set_lookup (EkCatalogSet *self, const char *location)
{
  guint position;

  g_return_val_if_fail (EK_IS_CATALOG_SET (self), NULL);
  g_return_val_if_fail (location != NULL, NULL);
  return find_location (self, location, &position) ? self->catalogs->pdata[position] : NULL;
}

/**
 * ek_catalog_set_find:
 * @key: as of ek_catalog_entry_get_key()
 *
 * Returns: (nullable) (transfer none): the entry, in whichever list it is
 */
EkCatalogEntry *
ek_catalog_set_find (EkCatalogSet *self, const char *key)
{
  EkCatalogEntry *entry = NULL;

  g_return_val_if_fail (EK_IS_CATALOG_SET (self), NULL);

  for (guint i = 0; i < self->catalogs->len && entry == NULL; i++)
    entry = ek_catalog_find (self->catalogs->pdata[i], key);

  return entry;
}

/**
 * ek_catalog_set_find_board:
 * @board: of an #EkBoard
 *
 * Returns: (nullable) (transfer none): the entry for that EchoKit in the first list that has one that
 *   can be installed
 */
EkCatalogEntry *
ek_catalog_set_find_board (EkCatalogSet *self, const char *board)
{
  EkCatalogEntry *broken = NULL;

  g_return_val_if_fail (EK_IS_CATALOG_SET (self), NULL);

  for (guint i = 0; i < self->catalogs->len; i++)
    {
      EkCatalogEntry *entry = ek_catalog_find_board (self->catalogs->pdata[i], board);

      if (entry != NULL && ek_catalog_entry_get_problem (entry) == NULL)
        return entry;
      if (broken == NULL)
        broken = entry;
    }

  return broken;
}
