/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verify job: the whole by the chip's MD5, then halves of what differs, then bytes. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-verify-job.h"

#include "ek-bytes.h"
#include "ek-cost-model.h"
#include "ek-firmware-file.h"
#include "ek-flash-reader.h"

/* A hash of the chip that was wrong leads to no differing byte: then all is asked again. */
#define ROUNDS 3

struct _EkVerifyJob
{
  EkDeviceJob parent_instance;

  EkVerifyJobOptions options;
  char *path;

  GBytes *contents;
  gboolean same;
  guint32 difference; /* from the file's start */
  guint8 wanted;
  guint8 found;
};

G_DEFINE_FINAL_TYPE (EkVerifyJob, ek_verify_job, EK_TYPE_DEVICE_JOB)

static gboolean
ek_verify_job_prepare (EkDeviceJob *job,
                       EkProgress *progress,
                       GCancellable *cancellable,
                       GError **error)
{
  EkVerifyJob *self = EK_VERIFY_JOB (job);

  self->same = FALSE;
  self->difference = 0;
  g_clear_pointer (&self->contents, g_bytes_unref);
  ek_progress_set_weight (progress, EK_PHASE_VERIFY, 3.0);

  self->contents = ek_firmware_file_read (self->path, cancellable, error);
  return self->contents != NULL;
}

/* Bytes of [start, start + size) are read and compared; FALSE in @different if there is none. */
static gboolean
find_byte (EkVerifyJob *self,
           const EkFlashReader *reader,
           guint32 start,
           guint32 size,
           gboolean *different,
           GCancellable *cancellable,
           GError **error)
{
  const guint8 *wanted = (const guint8 *) g_bytes_get_data (self->contents, NULL) + start;
  g_autofree guint8 *found = g_malloc (size);

  if (!reader->read (reader->user_data, self->options.offset + start, size, found, cancellable,
                     error))
    return FALSE;

  *different = FALSE;
  for (guint32 i = 0; i < size && !*different; i++)
    {
      *different = wanted[i] != found[i];
      self->difference = start + i;
      self->wanted = wanted[i];
      self->found = found[i];
    }

  return TRUE;
}

static gboolean
same_range (EkVerifyJob *self,
            const EkFlashReader *reader,
            guint32 start,
            guint32 size,
            gboolean *same,
            GCancellable *cancellable,
            GError **error)
{
  const guint8 *bytes = (const guint8 *) g_bytes_get_data (self->contents, NULL) + start;
  guint8 ours[EK_MD5_SIZE], theirs[EK_MD5_SIZE];

  if (!reader->md5 (reader->user_data, self->options.offset + start, size, theirs, cancellable,
                    error))
    return FALSE;

  ek_bytes_md5 (bytes, size, ours);
  *same = memcmp (ours, theirs, sizeof ours) == 0;
  return TRUE;
}

/* [0, size) differs: half of it is asked for until a sector is left. */
static gboolean
find_difference (EkVerifyJob *self,
                 const EkFlashReader *reader,
                 guint32 size,
                 gboolean *different,
                 GCancellable *cancellable,
                 GError **error)
{
  guint32 start = 0;

  while (size > EK_FLASH_SECTOR_SIZE)
    {
      guint32 half = EK_ALIGN_UP (size / 2, EK_FLASH_SECTOR_SIZE);
      gboolean same;

      half = MIN (half, size - 1);
      if (!same_range (self, reader, start, half, &same, cancellable, error))
        return FALSE;
      if (same)
        start += half;
      size = same ? size - half : half;
    }

  return find_byte (self, reader, start, size, different, cancellable, error);
}

static gboolean
ek_verify_job_work (EkDeviceJob *job,
                    EkLoader *loader,
                    EkProgress *progress,
                    GCancellable *cancellable,
                    GError **error)
{
  EkVerifyJob *self = EK_VERIFY_JOB (job);
  EkFlashReader reader = ek_flash_reader_for_loader (loader);
  guint32 flash_size = ek_loader_get_chip_info (loader)->flash_size;
  gsize size = g_bytes_get_size (self->contents);
  gboolean different = FALSE;
  EkCostModel cost;

  if (self->options.offset > flash_size || size > flash_size - self->options.offset)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s: 0x%" G_GSIZE_MODIFIER "x bytes at 0x%x do not fit a flash of 0x%x bytes",
                   self->path, size, self->options.offset, flash_size);
      return FALSE;
    }

  ek_cost_model_init (&cost, ek_port_has_baud (ek_loader_get_port (loader)),
                      ek_loader_get_baud (loader), ek_loader_is_stub (loader));
  ek_progress_set_weight (progress, EK_PHASE_VERIFY, ek_cost_model_hash (&cost, size));
  ek_progress_begin (progress, EK_PHASE_VERIFY, 0);
  for (guint i = 0; i < ROUNDS && !self->same && !different; i++)
    {
      if (!same_range (self, &reader, 0, (guint32) size, &self->same, cancellable, error))
        return FALSE;
      if (!self->same &&
          !find_difference (self, &reader, (guint32) size, &different, cancellable, error))
        return FALSE;
    }
  if (self->same || different)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_VERIFY_FAILED,
               "the chip's MD5 differs, but no byte that was read does");
  return FALSE;
}

static void
ek_verify_job_finalize (GObject *object)
{
  EkVerifyJob *self = EK_VERIFY_JOB (object);

  g_clear_pointer (&self->contents, g_bytes_unref);
  g_free (self->path);

  G_OBJECT_CLASS (ek_verify_job_parent_class)->finalize (object);
}

static void
ek_verify_job_class_init (EkVerifyJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_verify_job_finalize;
  EK_DEVICE_JOB_CLASS (klass)->prepare = ek_verify_job_prepare;
  EK_DEVICE_JOB_CLASS (klass)->work = ek_verify_job_work;
}

static void
ek_verify_job_init (EkVerifyJob *self)
{
}

/**
 * ek_verify_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 *
 * A difference is no failure of the job: see ek_verify_job_is_same().
 *
 * Returns: (transfer full)
 */
EkVerifyJob *
ek_verify_job_new (EkPort *port, const EkVerifyJobOptions *options)
{
  EkVerifyJob *self = g_object_new (EK_TYPE_VERIFY_JOB, NULL);

  ek_device_job_set_device (EK_DEVICE_JOB (self), port, &options->device);
  self->options = *options;
  self->path = g_strdup (options->path);
  return self;
}

const char *
ek_verify_job_get_path (EkVerifyJob *self)
{
  return self->path;
}

guint32
ek_verify_job_get_offset (EkVerifyJob *self)
{
  return self->options.offset;
}

/**
 * ek_verify_job_get_file_size:
 *
 * Returns: bytes; 0 before the file was read
 */
guint64
ek_verify_job_get_file_size (EkVerifyJob *self)
{
  return self->contents != NULL ? g_bytes_get_size (self->contents) : 0;
}

/**
 * ek_verify_job_is_same:
 *
 * Returns: after a success: whether the flash holds the bytes of the file
 */
gboolean
ek_verify_job_is_same (EkVerifyJob *self)
{
  return self->same;
}

/**
 * ek_verify_job_get_first_difference:
 * @wanted: (out): the file's byte there
 * @found: (out): the device's
 *
 * Returns: bytes from the file's start to the first that differs, where it isn't the same
 */
guint32
ek_verify_job_get_first_difference (EkVerifyJob *self, guint8 *wanted, guint8 *found)
{
  *wanted = self->wanted;
  *found = self->found;
  return self->difference;
}
