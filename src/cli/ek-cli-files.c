/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files a call is about, and where they go. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-files.h"

#include "ek-bundle.h"
#include "ek-cli-numbers.h"

/**
 * ek_cli_parse_files:
 * @words: (array length=n_words): the words after the options: one file, or pairs of address and file
 * @address: (nullable): where a single file goes
 * @offsets: (element-type guint32): is added to; #EK_SEGMENT_OFFSET_AUTO where nothing is said
 * @paths: (element-type filename): is added to, in step; the texts stay those of @words
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT
 */
gboolean
ek_cli_parse_files (char **words,
                    guint n_words,
                    const char *address,
                    GArray *offsets,
                    GPtrArray *paths,
                    GError **error)
{
  guint32 offset;

  if (n_words == 1)
    {
      offset = EK_SEGMENT_OFFSET_AUTO;
      if (address != NULL && !ek_cli_parse_address (address, &offset, error))
        return FALSE;
      g_array_append_val (offsets, offset);
      g_ptr_array_add (paths, words[0]);
      return TRUE;
    }
  if (n_words % 2 != 0 || address != NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "several files are given as ADDRESS FILE ADDRESS FILE…");
      return FALSE;
    }

  for (guint i = 0; i < n_words; i += 2)
    {
      if (!ek_cli_parse_address (words[i], &offset, error))
        return FALSE;
      g_array_append_val (offsets, offset);
      g_ptr_array_add (paths, words[i + 1]);
    }

  return TRUE;
}
