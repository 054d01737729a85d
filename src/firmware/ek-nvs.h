/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of a device: ESP-IDF's non-volatile storage, version 2, as a set of named values. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_NVS_PAGE_SIZE   4096
#define EK_NVS_HEADER_SIZE 32   /* of a page */
#define EK_NVS_MAX_KEY     15   /* bytes, without NUL; for namespaces too */
#define EK_NVS_MAX_STRING  3999 /* bytes, without NUL */

/**
 * EkNvsType:
 *
 * Type of a value; the numbers are those on the flash.
 */
typedef enum
{
  EK_NVS_U8 = 0x01,
  EK_NVS_U16 = 0x02,
  EK_NVS_U32 = 0x04,
  EK_NVS_U64 = 0x08,
  EK_NVS_I8 = 0x11,
  EK_NVS_I16 = 0x12,
  EK_NVS_I32 = 0x14,
  EK_NVS_I64 = 0x18,
  EK_NVS_STRING = 0x21,
  EK_NVS_BLOB = 0x42,
} EkNvsType;

#define EK_TYPE_NVS (ek_nvs_get_type ())
G_DECLARE_FINAL_TYPE (EkNvs, ek_nvs, EK, NVS, GObject)

EkNvs *ek_nvs_new (void);
EkNvs *ek_nvs_new_from_bytes (const guint8 *data, gsize size, GError **error);
gboolean ek_nvs_is_candidate (const guint8 *data, gsize size);
gboolean ek_nvs_page_header_is_valid (const guint8 *header);

gboolean ek_nvs_is_empty (EkNvs *self);
char **ek_nvs_list_namespaces (EkNvs *self);
char **ek_nvs_list_keys (EkNvs *self, const char *name_space);
gboolean
ek_nvs_get_value_type (EkNvs *self, const char *name_space, const char *key, EkNvsType *type);
const char *ek_nvs_get_string (EkNvs *self, const char *name_space, const char *key);
gboolean ek_nvs_get_int (EkNvs *self, const char *name_space, const char *key, gint64 *value);
GBytes *ek_nvs_get_blob (EkNvs *self, const char *name_space, const char *key);

gboolean ek_nvs_set_string (EkNvs *self,
                            const char *name_space,
                            const char *key,
                            const char *value,
                            GError **error);
gboolean ek_nvs_set_int (EkNvs *self,
                         const char *name_space,
                         const char *key,
                         EkNvsType type,
                         gint64 value,
                         GError **error);
gboolean ek_nvs_set_blob (EkNvs *self,
                          const char *name_space,
                          const char *key,
                          GBytes *value,
                          GError **error);
gboolean ek_nvs_remove (EkNvs *self, const char *name_space, const char *key);
GBytes *ek_nvs_to_pages (EkNvs *self, guint max_pages, guint32 sequence, GError **error);
GBytes *ek_nvs_to_bytes (EkNvs *self, gsize partition_size, GError **error);

G_END_DECLS
