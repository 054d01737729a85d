/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same job and the same object for ekflash flash, several devices at once, and the tools. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-flash-operation.h"

#include "ek-bytes.h"
#include "ek-firmware-file.h"
#include "ek-known-build.h"

/* Of an entry of a partition table (esp-idf, gen_esp32part.py). */
#define TABLE_MAGIC 0x50aa

/**
 * Installation:
 *
 * What is needed to tell of it when the job is over.
 */
typedef struct
{
  EkPort *port;
  EkBundle *bundle;
  EkCliFiles files;
  EkFlashJobOptions options;
} Installation;

static void
installation_free (gpointer data)
{
  Installation *self = data;

  g_object_unref (self->port);
  g_object_unref (self->bundle);
  g_free ((gpointer) self->files.offsets);
  g_strfreev ((char **) self->files.paths);
  g_free (self);
}

static EkCliFiles
copy_files (const EkCliFiles *files)
{
  EkCliFiles copy = *files;
  char **paths = g_new0 (char *, files->n + 1);

  for (guint i = 0; i < files->n; i++)
    paths[i] = g_strdup (files->paths[i]);
  copy.paths = (const char *const *) paths;
  copy.offsets = g_memdup2 (files->offsets, files->n * sizeof files->offsets[0]);
  return copy;
}

/**
 * ek_cli_set_board:
 * @board: (nullable): what the person says @bundle is for
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT or %EK_ERROR_FIRMWARE_WRONG_BOARD
 */
gboolean
ek_cli_set_board (EkBundle *bundle, const char *board, GError **error)
{
  const char *canonical = board != NULL ? ek_board_from_alias (board) : NULL;
  const char *found = ek_bundle_get_board (bundle);

  if (board == NULL)
    return TRUE;
  if (canonical == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "there is no board “%s”: diy or box",
                   board);
      return FALSE;
    }
  if (found != NULL && !g_str_equal (found, canonical))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_BOARD,
                   "the firmware is for %s, not for %s", ek_board_title (found),
                   ek_board_title (canonical));
      return FALSE;
    }

  ek_bundle_set_board (bundle, canonical);
  return TRUE;
}

/**
 * ek_cli_open_bundle:
 * @options: (nullable): how a single file is read that doesn't say all itself
 * @board: (nullable): what the person says it is for
 *
 * Returns: (transfer full): %NULL with an error of ek_bundle_new_from_file_with(),
 *   %EK_ERROR_INVALID_ARGUMENT or %EK_ERROR_FIRMWARE_WRONG_BOARD
 */
EkBundle *
ek_cli_open_bundle (const EkCliFiles *files,
                    const EkBundleOptions *options,
                    const char *board,
                    GError **error)
{
  g_autoptr (EkBundle) bundle = NULL;

  if (files->n == 1 && files->offsets[0] == EK_SEGMENT_OFFSET_AUTO)
    bundle = ek_bundle_new_from_file_with (files->paths[0], options, NULL, error);
  else
    bundle = ek_bundle_new_from_files (files->offsets, files->paths, files->n, NULL, error);
  if (bundle == NULL || !ek_cli_set_board (bundle, board, error))
    return NULL;

  return g_steal_pointer (&bundle);
}

static void
add_result (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  Installation *self = data;

  ek_cli_json_flash (builder, EK_FLASH_JOB (job), self->bundle, self->port, &self->files,
                     &self->options);
}

static void
tell (EkJob *job, gpointer data)
{
  Installation *self = data;

  ek_cli_report_result (EK_FLASH_JOB (job), self->bundle, self->port, self->options.dry_run);
}

static void
tell_failure (EkJob *job, gpointer data)
{
  ek_cli_report_state (EK_FLASH_JOB (job));
}

/* An archive or a program becomes an image too, but its own bytes belong on no flash. */
static gboolean
is_plain_image (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size >= EK_PARTITION_TABLE_OFFSET + EK_PARTITION_TABLE_SIZE &&
         ek_get_u16 (data + EK_PARTITION_TABLE_OFFSET) == TABLE_MAGIC;
}

/* Of a merged image the bundle has what matters; somebody who means bytes gets all of them. */
static gboolean
set_exact (EkFlashJob *job, EkBundle *bundle, const EkCliFiles *files, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  if (!ek_bundle_is_merged (bundle) || files->n != 1)
    return TRUE;
  if (!(bytes = ek_firmware_file_read (files->paths[0], NULL, error)))
    return FALSE;
  if (!is_plain_image (bytes))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "%s: only an image of the flash can be written exactly", files->paths[0]);
      return FALSE;
    }

  ek_flash_job_set_exact (job, 0, bytes);
  return TRUE;
}

/**
 * ek_cli_flash_operation_new:
 *
 * Returns: (transfer full): %NULL with an error of reading the file once more
 */
EkCliOperation *
ek_cli_flash_operation_new (EkPort *port,
                            EkBundle *bundle,
                            const EkCliFiles *files,
                            const EkCliFlashOptions *options,
                            GError **error)
{
  static const EkCliOperationClass klass = { .add_result = add_result,
                                             .tell = tell,
                                             .tell_failure = tell_failure };
  g_autoptr (EkFlashJob) job = ek_flash_job_new (port, bundle, &options->job);
  Installation *installation;

  if (options->exact && !set_exact (job, bundle, files, error))
    return NULL;
  if (options->on_line != NULL)
    ek_flash_job_set_line_func (job, options->on_line, options->line_data);

  installation = g_new0 (Installation, 1);
  installation->port = g_object_ref (port);
  installation->bundle = g_object_ref (bundle);
  installation->files = copy_files (files);
  installation->options = options->job;
  return ek_cli_operation_new (&klass, EK_JOB (g_steal_pointer (&job)), installation,
                               installation_free);
}
