/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a port to a connected chip and back to a device that runs its firmware. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-device-job.h"

#include "ek-guided-connect.h"

#define CONNECT_SECONDS 1.0

typedef struct
{
  EkPort *port;
  EkDeviceJobOptions options;

  EkChipInfo chip;
  guint baud;
  gboolean used_stub;
  gboolean half_done;
  double seconds;
} EkDeviceJobPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (EkDeviceJob, ek_device_job, EK_TYPE_JOB)

static gint64
port_clock (gpointer user_data)
{
  return ek_port_now (user_data);
}

static gboolean
check_chip (const EkChipInfo *chip, GError **error)
{
  const char *why;

  if (ek_chip_info_is_locked (chip, &why))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CHIP_LOCKED, "this chip is left alone: %s", why);
      return FALSE;
    }
  if (chip->flash_size == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FLASH_NOT_FOUND, "flash of unknown size (id %06x)",
                   chip->flash_id);
      return FALSE;
    }

  return TRUE;
}

static gboolean
connect_device (EkDeviceJobPrivate *priv,
                EkLoader *loader,
                EkProgress *progress,
                GCancellable *cancellable,
                GError **error)
{
  gboolean ok;

  ek_progress_begin (progress, EK_PHASE_CONNECT, 0);
  ok = ek_guided_connect (loader, progress, cancellable, error);
  priv->chip = *ek_loader_get_chip_info (loader);
  if (!ok)
    return FALSE;

  priv->baud = ek_port_has_baud (priv->port) ? ek_loader_get_baud (loader) : 0;
  priv->used_stub = ek_loader_is_stub (loader);
  return check_chip (&priv->chip, error);
}

/* A device that was left half written waits where the next run finds it. */
static void
release_device (EkDeviceJobPrivate *priv, EkLoader *loader)
{
  g_autoptr (GError) error = NULL;

  if (priv->chip.chip == NULL || priv->options.no_restart || priv->half_done ||
      !ek_port_is_open (priv->port))
    return;
  if (!ek_loader_leave (loader, NULL, &error))
    g_debug ("leaving: %s", error->message);
}

static gboolean
ek_device_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkDeviceJob *self = EK_DEVICE_JOB (job);
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);
  EkDeviceJobClass *klass = EK_DEVICE_JOB_GET_CLASS (self);
  g_autoptr (EkLoader) loader = ek_loader_new (priv->port, &priv->options.loader);
  gint64 start = ek_port_now (priv->port);
  gboolean ok;

  priv->half_done = FALSE;
  priv->chip = (EkChipInfo){ 0 };
  ek_progress_set_clock (progress, port_clock, priv->port);
  ek_progress_set_weight (progress, EK_PHASE_CONNECT, CONNECT_SECONDS);

  ok = klass->prepare == NULL || klass->prepare (self, progress, cancellable, error);
  if (ok)
    {
      ok = connect_device (priv, loader, progress, cancellable, error) &&
           klass->work (self, loader, progress, cancellable, error);
      priv->half_done = priv->half_done && !ok;
      release_device (priv, loader);
    }
  priv->seconds = (double) (ek_port_now (priv->port) - start) / G_USEC_PER_SEC;
  ek_port_close (priv->port);

  return ok;
}

static void
ek_device_job_finalize (GObject *object)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (EK_DEVICE_JOB (object));

  g_clear_object (&priv->port);

  G_OBJECT_CLASS (ek_device_job_parent_class)->finalize (object);
}

static void
ek_device_job_class_init (EkDeviceJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_device_job_finalize;
  EK_JOB_CLASS (klass)->run = ek_device_job_run;
}

static void
ek_device_job_init (EkDeviceJob *self)
{
}

/**
 * ek_device_job_set_device:
 * @port: (transfer none): the device; the job opens and closes it
 * @options: (nullable)
 *
 * For the constructors of the jobs.
 */
void
ek_device_job_set_device (EkDeviceJob *self, EkPort *port, const EkDeviceJobOptions *options)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  g_set_object (&priv->port, port);
  if (options != NULL)
    priv->options = *options;
}

/**
 * ek_device_job_set_half_done:
 *
 * For a job at work: whether the flash may be in a state that it can't start from. If the job fails
 * then, the device stays in download mode, where the next run finds it.
 */
void
ek_device_job_set_half_done (EkDeviceJob *self, gboolean half_done)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  priv->half_done = half_done;
}

/**
 * ek_device_job_get_port:
 *
 * Returns: (transfer none)
 */
EkPort *
ek_device_job_get_port (EkDeviceJob *self)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  return priv->port;
}

/**
 * ek_device_job_get_chip_info:
 *
 * Returns: (transfer none): its chip is %NULL if the device never answered
 */
const EkChipInfo *
ek_device_job_get_chip_info (EkDeviceJob *self)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  return &priv->chip;
}

/**
 * ek_device_job_get_baud:
 *
 * Returns: bits a second; 0 where a speed means nothing
 */
guint
ek_device_job_get_baud (EkDeviceJob *self)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  return priv->baud;
}

gboolean
ek_device_job_used_stub (EkDeviceJob *self)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  return priv->used_stub;
}

/**
 * ek_device_job_get_seconds:
 *
 * Returns: duration of the last run on the port's clock
 */
double
ek_device_job_get_seconds (EkDeviceJob *self)
{
  EkDeviceJobPrivate *priv = ek_device_job_get_instance_private (self);

  return priv->seconds;
}
