/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings partitions: everything in them is looked at, and written again. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-nvs.h"
#include "ek-otadata.h"
#include "ek-settings.h"
#include "ek-bytes.h"

static void
look_at_namespace (EkNvs *nvs, const char *space)
{
  g_auto (GStrv) keys = ek_nvs_list_keys (nvs, space);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      GBytes *blob = ek_nvs_get_blob (nvs, space, keys[i]);
      EkNvsType type;
      gint64 value;

      fuzz_check (blob == NULL || g_bytes_get_size (blob) <= 0x100000);
      ek_nvs_get_value_type (nvs, space, keys[i], &type);
      ek_nvs_get_string (nvs, space, keys[i]);
      ek_nvs_get_int (nvs, space, keys[i], &value);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new_from_bytes (data, size, NULL);
  g_autoptr (EkSettings) settings = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (GStrv) spaces = NULL;

  ek_nvs_is_candidate (data, size);
  if (nvs == NULL)
    return 0;

  settings = ek_settings_new_from_nvs (nvs);
  ek_settings_check (settings, NULL);
  spaces = ek_nvs_list_namespaces (nvs);
  for (guint i = 0; spaces[i] != NULL; i++)
    look_at_namespace (nvs, spaces[i]);
  bytes = ek_nvs_to_bytes (nvs, EK_ALIGN_UP (size + 0x2000, (gsize) 0x1000), NULL);
  return 0;
}
