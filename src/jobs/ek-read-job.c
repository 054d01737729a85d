/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The read job: find the range, fetch it, give the file its name. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-read-job.h"

#include "ek-flash-fetch.h"
#include "ek-flash-range.h"

typedef struct
{
  EkReadJobOptions options;
  char *path;
  char *partition;

  guint32 offset;
  guint32 size;
  char *sha256;
  char *part_path;
  guint64 transferred;
  gboolean resumed;
  guint n_recoveries;
} EkReadJobPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (EkReadJob, ek_read_job, EK_TYPE_DEVICE_JOB)

static gboolean
ek_read_job_prepare (EkDeviceJob *job,
                     EkProgress *progress,
                     GCancellable *cancellable,
                     GError **error)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (EK_READ_JOB (job));

  priv->offset = priv->options.offset;
  priv->size = 0;
  priv->transferred = 0;
  priv->resumed = FALSE;
  priv->n_recoveries = 0;
  g_clear_pointer (&priv->sha256, g_free);
  g_clear_pointer (&priv->part_path, g_free);
  ek_progress_set_weight (progress, EK_PHASE_READ, 5.0);

  return ek_save_file_check (priv->path, error);
}

static gboolean
fetch (EkReadJob *self,
       EkSaveFile *file,
       EkLoader *loader,
       EkProgress *progress,
       GCancellable *cancellable,
       GError **error)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);
  EkFlashFetch fetching = {
    .loader = loader,
    .file = file,
    .progress = progress,
    .offset = priv->offset,
    .size = priv->size,
  };
  gboolean ok;

  ek_progress_set_weight (progress, EK_PHASE_READ, ek_flash_fetch_estimate (loader, priv->size));
  ok = ek_flash_fetch_run (&fetching, cancellable, error);
  priv->transferred = fetching.transferred;
  priv->n_recoveries = fetching.n_recoveries;
  priv->resumed = ek_save_file_was_resumed (file);
  return ok;
}

static gboolean
finish (EkReadJob *self, EkSaveFile *file, GError **error)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);
  EkReadJobClass *klass = EK_READ_JOB_GET_CLASS (self);
  g_autoptr (GBytes) contents = ek_save_file_map (file, error);

  if (contents == NULL)
    return FALSE;

  priv->sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, contents);
  return (klass->before_commit == NULL || klass->before_commit (self, contents, error)) &&
         ek_save_file_commit (file, error) &&
         (klass->after_commit == NULL || klass->after_commit (self, error));
}

static gboolean
ek_read_job_work (EkDeviceJob *job,
                  EkLoader *loader,
                  EkProgress *progress,
                  GCancellable *cancellable,
                  GError **error)
{
  EkReadJob *self = EK_READ_JOB (job);
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);
  EkFlashRange range = { priv->options.offset, priv->options.size, priv->partition };
  g_autoptr (EkSaveFile) file = NULL;

  if (!ek_flash_range_resolve (&range, loader, cancellable, error))
    return FALSE;
  priv->offset = range.offset;
  priv->size = range.size;

  if (!(file = ek_save_file_open (priv->path, priv->size, error)))
    return FALSE;
  if (fetch (self, file, loader, progress, cancellable, error) && finish (self, file, error))
    return TRUE;

  if (priv->transferred > 0 || priv->resumed)
    priv->part_path = g_strdup (ek_save_file_get_part_path (file));
  return FALSE;
}

static void
ek_read_job_finalize (GObject *object)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (EK_READ_JOB (object));

  g_free (priv->path);
  g_free (priv->partition);
  g_free (priv->sha256);
  g_free (priv->part_path);

  G_OBJECT_CLASS (ek_read_job_parent_class)->finalize (object);
}

static void
ek_read_job_class_init (EkReadJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_read_job_finalize;
  EK_DEVICE_JOB_CLASS (klass)->prepare = ek_read_job_prepare;
  EK_DEVICE_JOB_CLASS (klass)->work = ek_read_job_work;
}

static void
ek_read_job_init (EkReadJob *self)
{
}

/**
 * ek_read_job_set_options:
 *
 * For the constructors.
 */
void
ek_read_job_set_options (EkReadJob *self, EkPort *port, const EkReadJobOptions *options)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  ek_device_job_set_device (EK_DEVICE_JOB (self), port, &options->device);
  priv->options = *options;
  priv->path = g_strdup (options->path);
  priv->partition = g_strdup (options->partition);
}

/**
 * ek_read_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 * @options: what to read, and where to
 *
 * The file appears under its name when it is complete. Until then it is `PATH.part`; what an
 * interrupted run leaves there is taken up by the next one, after the chip's MD5 confirmed it.
 *
 * Returns: (transfer full)
 */
EkReadJob *
ek_read_job_new (EkPort *port, const EkReadJobOptions *options)
{
  EkReadJob *self = g_object_new (EK_TYPE_READ_JOB, NULL);

  ek_read_job_set_options (self, port, options);
  return self;
}

const char *
ek_read_job_get_path (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->path;
}

/**
 * ek_read_job_get_partition:
 *
 * Returns: (nullable) (transfer none): the one that was asked for
 */
const char *
ek_read_job_get_partition (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->partition;
}

guint32
ek_read_job_get_offset (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->offset;
}

/**
 * ek_read_job_get_size:
 *
 * Returns: bytes of the range; 0 while it isn't known
 */
guint32
ek_read_job_get_size (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->size;
}

/**
 * ek_read_job_get_sha256:
 *
 * Returns: (nullable) (transfer none): of the whole file, after a success
 */
const char *
ek_read_job_get_sha256 (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->sha256;
}

/**
 * ek_read_job_get_part_path:
 *
 * Returns: (nullable) (transfer none): what a failed run left for the next one to take up
 */
const char *
ek_read_job_get_part_path (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->part_path;
}

/**
 * ek_read_job_get_bytes_transferred:
 *
 * Returns: bytes that had to be read; the rest was there already, or blank
 */
guint64
ek_read_job_get_bytes_transferred (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->transferred;
}

gboolean
ek_read_job_was_resumed (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->resumed;
}

guint
ek_read_job_get_n_recoveries (EkReadJob *self)
{
  EkReadJobPrivate *priv = ek_read_job_get_instance_private (self);

  return priv->n_recoveries;
}
