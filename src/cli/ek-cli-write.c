/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a file that a person has named: whole or not at all, and over nothing but a file. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-write.h"

#include <glib/gstdio.h>

/**
 * ek_cli_write_file:
 * @flags: #G_FILE_SET_CONTENTS_DURABLE for what can't be made again
 * @mode: such as 0644
 *
 * Replaces a file at once. What is no regular file (a device, a pipe, a folder) is left alone.
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
gboolean
ek_cli_write_file (const char *path,
                   GBytes *bytes,
                   GFileSetContentsFlags flags,
                   int mode,
                   GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) problem = NULL;
  EkError code = EK_ERROR_FILE_WRITE;
  gboolean exists = g_file_test (path, G_FILE_TEST_EXISTS);

  if (exists && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, EK_ERROR, code, "%s is there already and is no file", path);
      return FALSE;
    }

  /* what takes another file's place has to be on the disk before; a new file has nothing to lose */
  if (exists)
    flags |= G_FILE_SET_CONTENTS_CONSISTENT;
  if (g_file_set_contents_full (path, data, (gssize) size, flags, mode, &problem))
    return TRUE;

  if (!exists)
    g_unlink (path);
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
    code = EK_ERROR_DISK_FULL;
  g_set_error (error, EK_ERROR, code, "%s: %s", path, problem->message);
  return FALSE;
}
