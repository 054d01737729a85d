/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives: no name leads out of them, and nothing is larger than allowed. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-file-set.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (EkFileSet) set = ek_file_set_new_from_bytes (bytes, "fuzz", NULL, NULL);
  g_auto (GStrv) names = NULL;
  gsize total = 0;

  if (set == NULL)
    return 0;

  names = ek_file_set_list_names (set, NULL, NULL);
  fuzz_check (g_strv_length (names) <= EK_FILE_SET_MAX_FILES);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GBytes) file = ek_file_set_read (set, names[i], NULL, NULL);

      fuzz_check (file != NULL && *names[i] != '/' && !g_str_has_prefix (names[i], "../") &&
                  strstr (names[i], "/../") == NULL);
      total += g_bytes_get_size (file);
    }
  fuzz_check (total <= EK_FILE_SET_MAX_SIZE);
  return 0;
}
