/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of named values. How they lie on the flash is the business of ek-nvs-reader.c and
 * ek-nvs-writer.c. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-nvs-private.h"

#include <libdeflate.h>

struct _EkNvs
{
  GObject parent_instance;

  GPtrArray *items;   /* of EkNvsItem, in the order they were first set */
  GHashTable *by_key; /* EkNvsItem → itself, equal by namespace and key */
};

G_DEFINE_FINAL_TYPE (EkNvs, ek_nvs, G_TYPE_OBJECT)

static guint
item_hash (gconstpointer key)
{
  const EkNvsItem *item = key;

  return g_str_hash (item->name_space) * 33 + g_str_hash (item->key);
}

static gboolean
item_equal (gconstpointer a, gconstpointer b)
{
  const EkNvsItem *first = a;
  const EkNvsItem *second = b;

  return strcmp (first->key, second->key) == 0 &&
         strcmp (first->name_space, second->name_space) == 0;
}

static void
item_free (EkNvsItem *item)
{
  g_free (item->name_space);
  g_free (item->key);
  g_bytes_unref (item->data);
  g_free (item);
}

static EkNvsItem *
find_item (EkNvs *self, const char *name_space, const char *key)
{
  EkNvsItem wanted = { .name_space = (char *) name_space, .key = (char *) key };

  return g_hash_table_lookup (self->by_key, &wanted);
}

static void
ek_nvs_finalize (GObject *object)
{
  EkNvs *self = EK_NVS (object);

  g_clear_pointer (&self->by_key, g_hash_table_unref);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  G_OBJECT_CLASS (ek_nvs_parent_class)->finalize (object);
}

static void
ek_nvs_class_init (EkNvsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_nvs_finalize;
}

static void
ek_nvs_init (EkNvs *self)
{
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  self->by_key = g_hash_table_new (item_hash, item_equal);
}

/**
 * ek_nvs_crc:
 *
 * Source: ESP-IDF's esp_rom_crc32_le (0xffffffff, …): zlib's CRC-32 continued from all ones, which
 * is not the same as started afresh.
 */
guint32
ek_nvs_crc (const guint8 *data, gsize size)
{
  /* libdeflate takes no bytes at NULL as the wish for a start value */
  return size > 0 ? libdeflate_crc32 (0xffffffff, data, size) : 0xffffffff;
}

/**
 * ek_nvs_entry_crc:
 * @entry: 32 bytes
 *
 * Returns: the CRC over all of an entry but the CRC itself
 */
guint32
ek_nvs_entry_crc (const guint8 *entry)
{
  return libdeflate_crc32 (ek_nvs_crc (entry, 4), entry + 8, EK_NVS_ENTRY_SIZE - 8);
}

/**
 * ek_nvs_int_size:
 *
 * Returns: bytes of an integer of that type; 0 for other types
 */
guint
ek_nvs_int_size (EkNvsType type)
{
  guint size = type & 0x0f;
  gboolean is_int = (type & 0xf0) == 0 || (type & 0xf0) == 0x10;

  return is_int && (size == 1 || size == 2 || size == 4 || size == 8) ? size : 0;
}

/**
 * ek_nvs_take_item:
 * @data: (transfer full): as in EkNvsItem
 *
 * Sets a value that was checked already; replaces what had that name.
 */
void
ek_nvs_take_item (EkNvs *self,
                  const char *name_space,
                  const char *key,
                  EkNvsType type,
                  GBytes *data)
{
  EkNvsItem *item = find_item (self, name_space, key);

  if (item == NULL)
    {
      item = g_new0 (EkNvsItem, 1);
      item->name_space = g_strdup (name_space);
      item->key = g_strdup (key);
      g_ptr_array_add (self->items, item);
      g_hash_table_add (self->by_key, item);
    }

  g_clear_pointer (&item->data, g_bytes_unref);
  item->type = type;
  item->data = data;
}

/**
 * ek_nvs_get_items:
 *
 * Returns: (transfer none) (element-type EkNvsItem): all values, in the order they were first set
 */
GPtrArray *
ek_nvs_get_items (EkNvs *self)
{
  return self->items;
}

/**
 * ek_nvs_new:
 *
 * Returns: (transfer full): no settings
 */
EkNvs *
ek_nvs_new (void)
{
  return g_object_new (EK_TYPE_NVS, NULL);
}

/**
 * ek_nvs_is_empty:
 *
 * Returns: %TRUE if there is no value at all
 */
gboolean
ek_nvs_is_empty (EkNvs *self)
{
  g_return_val_if_fail (EK_IS_NVS (self), TRUE);

  return self->items->len == 0;
}

/**
 * ek_nvs_list_namespaces:
 *
 * Returns: (transfer full) (array zero-terminated=1): namespaces that have values
 */
char **
ek_nvs_list_namespaces (EkNvs *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (EK_IS_NVS (self), NULL);

  for (guint i = 0; i < self->items->len; i++)
    {
      const EkNvsItem *item = g_ptr_array_index (self->items, i);

      if (!g_ptr_array_find_with_equal_func (names, item->name_space, g_str_equal, NULL))
        g_ptr_array_add (names, g_strdup (item->name_space));
    }

  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/**
 * ek_nvs_list_keys:
 *
 * Returns: (transfer full) (array zero-terminated=1): keys in @name_space
 */
char **
ek_nvs_list_keys (EkNvs *self, const char *name_space)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (EK_IS_NVS (self), NULL);

  for (guint i = 0; i < self->items->len; i++)
    {
      const EkNvsItem *item = g_ptr_array_index (self->items, i);

      if (g_strcmp0 (item->name_space, name_space) == 0)
        g_ptr_array_add (keys, g_strdup (item->key));
    }

  g_ptr_array_add (keys, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&keys), FALSE);
}

/**
 * ek_nvs_get_value_type:
 * @type: (out) (optional): of the value
 *
 * Returns: %FALSE if there is no such value
 */
gboolean
ek_nvs_get_value_type (EkNvs *self, const char *name_space, const char *key, EkNvsType *type)
{
  const EkNvsItem *item;

  g_return_val_if_fail (EK_IS_NVS (self), FALSE);
  g_return_val_if_fail (name_space != NULL && key != NULL, FALSE);

  item = find_item (self, name_space, key);
  if (item != NULL && type != NULL)
    *type = item->type;

  return item != NULL;
}

/**
 * ek_nvs_get_string:
 *
 * Returns: (nullable) (transfer none): the string as it is stored, up to its first NUL, which need
 *   not be UTF-8; %NULL if there is no string of that name. Lives until the value is changed.
 */
const char *
ek_nvs_get_string (EkNvs *self, const char *name_space, const char *key)
{
  const EkNvsItem *item;

  g_return_val_if_fail (EK_IS_NVS (self), NULL);
  g_return_val_if_fail (name_space != NULL && key != NULL, NULL);

  item = find_item (self, name_space, key);
  return item != NULL && item->type == EK_NVS_STRING ? g_bytes_get_data (item->data, NULL) : NULL;
}

/**
 * ek_nvs_get_int:
 * @value: (out): the number; one of type %EK_NVS_U64 above %G_MAXINT64 comes out negative
 *
 * Returns: %FALSE if there is no integer of that name
 */
gboolean
ek_nvs_get_int (EkNvs *self, const char *name_space, const char *key, gint64 *value)
{
  const EkNvsItem *item;
  const guint8 *bytes;
  guint size;
  gboolean negative;

  g_return_val_if_fail (EK_IS_NVS (self), FALSE);
  g_return_val_if_fail (name_space != NULL && key != NULL && value != NULL, FALSE);

  item = find_item (self, name_space, key);
  size = item != NULL ? ek_nvs_int_size (item->type) : 0;
  if (size == 0)
    return FALSE;

  bytes = g_bytes_get_data (item->data, NULL);
  negative = (item->type & 0x10) != 0 && (bytes[size - 1] & 0x80) != 0;
  *value = negative ? -1 : 0;
  for (guint i = size; i > 0; i--)
    *value = (gint64) ((guint64) *value << 8 | bytes[i - 1]);

  return TRUE;
}

/**
 * ek_nvs_get_blob:
 *
 * Returns: (nullable) (transfer none): the bytes, or %NULL if there is no blob of that name. Lives
 *   until the value is changed.
 */
GBytes *
ek_nvs_get_blob (EkNvs *self, const char *name_space, const char *key)
{
  const EkNvsItem *item;

  g_return_val_if_fail (EK_IS_NVS (self), NULL);
  g_return_val_if_fail (name_space != NULL && key != NULL, NULL);

  item = find_item (self, name_space, key);
  return item != NULL && item->type == EK_NVS_BLOB ? item->data : NULL;
}

static gboolean
check_name (const char *what, const char *name, GError **error)
{
  gsize length = strlen (name);

  if (length >= 1 && length <= EK_NVS_MAX_KEY)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "The %s \"%s\" has %zu bytes; 1 to %d are possible", what, name, length,
               EK_NVS_MAX_KEY);
  return FALSE;
}

static gboolean
check_names (const char *name_space, const char *key, GError **error)
{
  return check_name ("namespace", name_space, error) && check_name ("key", key, error);
}

/**
 * ek_nvs_set_string:
 * @value: at most %EK_NVS_MAX_STRING bytes
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if a name or the value is too long
 */
gboolean
ek_nvs_set_string (EkNvs *self,
                   const char *name_space,
                   const char *key,
                   const char *value,
                   GError **error)
{
  gsize length;

  g_return_val_if_fail (EK_IS_NVS (self), FALSE);
  g_return_val_if_fail (name_space != NULL && key != NULL && value != NULL, FALSE);

  if (!check_names (name_space, key, error))
    return FALSE;

  length = strlen (value);
  if (length > EK_NVS_MAX_STRING)
    {
      /* the value may be a secret: its length only */
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "The value of \"%s\" has %zu bytes; %d are possible", key, length,
                   EK_NVS_MAX_STRING);
      return FALSE;
    }

  ek_nvs_take_item (self, name_space, key, EK_NVS_STRING, g_bytes_new (value, length + 1));
  return TRUE;
}

static gboolean
fits (EkNvsType type, gint64 value)
{
  guint bits = ek_nvs_int_size (type) * 8;

  if (bits == 64)
    return TRUE;

  if (type & 0x10)
    return value >= -(G_GINT64_CONSTANT (1) << (bits - 1)) && value < G_GINT64_CONSTANT (1)
                                                                          << (bits - 1);

  return value >= 0 && value < G_GINT64_CONSTANT (1) << bits;
}

/**
 * ek_nvs_set_int:
 * @type: one of the integer types; the firmware finds the value only under the type that it expects
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if a name is too long or @value does not fit @type
 */
gboolean
ek_nvs_set_int (EkNvs *self,
                const char *name_space,
                const char *key,
                EkNvsType type,
                gint64 value,
                GError **error)
{
  guint8 bytes[8];

  g_return_val_if_fail (EK_IS_NVS (self), FALSE);
  g_return_val_if_fail (name_space != NULL && key != NULL, FALSE);
  g_return_val_if_fail (ek_nvs_int_size (type) > 0, FALSE);

  if (!check_names (name_space, key, error))
    return FALSE;

  if (!fits (type, value))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "%" G_GINT64_FORMAT " for \"%s\" does not fit %u bytes", value, key,
                   ek_nvs_int_size (type));
      return FALSE;
    }

  ek_put_u32 (bytes, (guint32) value);
  ek_put_u32 (bytes + 4, (guint32) ((guint64) value >> 32));
  ek_nvs_take_item (self, name_space, key, type, g_bytes_new (bytes, ek_nvs_int_size (type)));
  return TRUE;
}

/**
 * ek_nvs_set_blob:
 * @value: (transfer none): the bytes; their limit is the partition's, see ek_nvs_to_bytes()
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT if a name is too long
 */
gboolean
ek_nvs_set_blob (EkNvs *self,
                 const char *name_space,
                 const char *key,
                 GBytes *value,
                 GError **error)
{
  g_return_val_if_fail (EK_IS_NVS (self), FALSE);
  g_return_val_if_fail (name_space != NULL && key != NULL && value != NULL, FALSE);

  if (!check_names (name_space, key, error))
    return FALSE;

  ek_nvs_take_item (self, name_space, key, EK_NVS_BLOB, g_bytes_ref (value));
  return TRUE;
}

/**
 * ek_nvs_remove:
 *
 * Returns: %FALSE if there was no such value
 */
gboolean
ek_nvs_remove (EkNvs *self, const char *name_space, const char *key)
{
  EkNvsItem *item;

  g_return_val_if_fail (EK_IS_NVS (self), FALSE);
  g_return_val_if_fail (name_space != NULL && key != NULL, FALSE);

  item = find_item (self, name_space, key);
  if (item == NULL)
    return FALSE;

  g_hash_table_remove (self->by_key, item);
  g_ptr_array_remove (self->items, item);
  return TRUE;
}
