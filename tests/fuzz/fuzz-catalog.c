/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware lists, in TOML and in JSON. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-catalog.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (EkCatalog) catalog =
      ek_catalog_new_from_bytes (bytes, "https://example.com/list.toml", NULL);

  if (catalog == NULL)
    return 0;

  ek_catalog_get_title (catalog);
  for (guint i = 0; i < ek_catalog_get_n_entries (catalog); i++)
    fuzz_check (ek_catalog_get_entry (catalog, i) != NULL);
  return 0;
}
