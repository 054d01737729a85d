/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of the storage's format, and the values as its reader and writer see them. Source: ESP-IDF
 * nvs_flash.rst, nvs_types.hpp, nvs_page.hpp. Private to this folder. */
#pragma once

#include "ek-nvs.h"

#include "ek-bytes.h"

G_BEGIN_DECLS

#define EK_NVS_ENTRY_SIZE     32
#define EK_NVS_ENTRIES        126 /* a page */
#define EK_NVS_BITMAP_OFFSET  32
#define EK_NVS_ENTRIES_OFFSET 64
#define EK_NVS_MIN_PAGES      3

#define EK_NVS_PAGE_ACTIVE  0xfffffffeu
#define EK_NVS_PAGE_FULL    0xfffffffcu
#define EK_NVS_PAGE_FREEING 0xfffffff8u
#define EK_NVS_VERSION_2    0xfe

#define EK_NVS_ENTRY_WRITTEN 2 /* two bits of the bitmap: 3 empty, 2 written, 0 erased */

#define EK_NVS_BLOB_V1    0x41
#define EK_NVS_BLOB_INDEX 0x48

#define EK_NVS_MAX_CHUNKS     127 /* chunks are numbered from 0 or from 0x80 */
#define EK_NVS_NO_CHUNK       0xff
#define EK_NVS_MAX_NAMESPACES 254

/* data: the integer's own bytes, the string with one NUL at its end, or the blob */
typedef struct
{
  char *name_space;
  char *key;
  EkNvsType type;
  GBytes *data;
} EkNvsItem;

guint32 ek_nvs_crc (const guint8 *data, gsize size);
guint32 ek_nvs_entry_crc (const guint8 *entry);
guint ek_nvs_int_size (EkNvsType type);

void ek_nvs_take_item (EkNvs *self,
                       const char *name_space,
                       const char *key,
                       EkNvsType type,
                       GBytes *data);
GPtrArray *ek_nvs_get_items (EkNvs *self);

G_END_DECLS
