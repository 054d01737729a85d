/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader as a reader: a question that got lost is asked once more over a new connection. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-reader.h"

#include "ek-bytes.h"

#define TRIES 3

static gboolean
may_ask_again (EkLoader *loader,
               guint try,
               GError *problem,
               GCancellable *cancellable,
               GError **error)
{
  if (try + 1 < TRIES && ek_loader_error_is_recoverable (problem) &&
      ek_loader_reconnect (loader, try > 0, cancellable, NULL))
    {
      g_debug ("asked again: %s", problem->message);
      return TRUE;
    }

  if (!ek_error_set_cancelled (cancellable, error))
    g_propagate_error (error, g_error_copy (problem));
  return FALSE;
}

static gboolean
loader_md5 (gpointer user_data,
            guint32 offset,
            guint32 size,
            guint8 *digest,
            GCancellable *cancellable,
            GError **error)
{
  for (guint try = 0; TRUE; try++)
    {
      g_autoptr (GError) problem = NULL;

      if (ek_loader_md5 (user_data, offset, size, digest, cancellable, &problem))
        return TRUE;
      if (!may_ask_again (user_data, try, problem, cancellable, error))
        return FALSE;
    }
}

static gboolean
loader_read (gpointer user_data,
             guint32 offset,
             guint32 size,
             guint8 *buffer,
             GCancellable *cancellable,
             GError **error)
{
  for (guint try = 0; TRUE; try++)
    {
      g_autoptr (GError) problem = NULL;

      if (ek_loader_read (user_data, offset, size, buffer, NULL, NULL, cancellable, &problem))
        return TRUE;
      if (!may_ask_again (user_data, try, problem, cancellable, error))
        return FALSE;
    }
}

/**
 * ek_flash_reader_for_loader:
 * @loader: (transfer none): connected; has to outlive the reader
 */
EkFlashReader
ek_flash_reader_for_loader (EkLoader *loader)
{
  return (EkFlashReader){ loader_md5, loader_read, loader };
}

/**
 * ek_flash_reader_is_blank:
 * @size: bytes, 1 or more
 * @blank: (out): whether every byte of the range is 0xFF, told by its MD5
 */
gboolean
ek_flash_reader_is_blank (const EkFlashReader *self,
                          guint32 offset,
                          guint32 size,
                          gboolean *blank,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autofree guint8 *wanted = g_malloc (size);
  guint8 ours[EK_MD5_SIZE], theirs[EK_MD5_SIZE];

  if (!self->md5 (self->user_data, offset, size, theirs, cancellable, error))
    return FALSE;

  memset (wanted, 0xff, size);
  ek_bytes_md5 (wanted, size, ours);
  *blank = memcmp (ours, theirs, sizeof ours) == 0;
  return TRUE;
}
