/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The erase job: say what will be lost, erase, and have the chip prove that it is gone. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-erase-job.h"

#include "ek-bytes.h"
#include "ek-flash-range.h"
#include "ek-flash-writer.h"

/* One question whether it is blank. */
#define CHECK_PIECE 0x100000u

struct _EkEraseJob
{
  EkDeviceJob parent_instance;

  EkEraseJobOptions options;
  char *partition;
  EkEraseConfirmFunc confirm;
  gpointer confirm_data;

  guint32 offset;
  guint32 size;
  gboolean has_changes;
  EkInstalled installed;
};

G_DEFINE_FINAL_TYPE (EkEraseJob, ek_erase_job, EK_TYPE_DEVICE_JOB)

static gboolean
ek_erase_job_prepare (EkDeviceJob *job,
                      EkProgress *progress,
                      GCancellable *cancellable,
                      GError **error)
{
  EkEraseJob *self = EK_ERASE_JOB (job);

  ek_installed_clear (&self->installed);
  self->offset = self->options.offset;
  self->size = 0;
  self->has_changes = FALSE;
  ek_progress_set_weight (progress, EK_PHASE_ERASE, 30.0);
  ek_progress_set_weight (progress, EK_PHASE_VERIFY, 3.0);
  return TRUE;
}

static gboolean
find_range (EkEraseJob *self,
            EkLoader *loader,
            const EkFlashReader *reader,
            GCancellable *cancellable,
            GError **error)
{
  guint32 flash_size = ek_loader_get_chip_info (loader)->flash_size;
  EkFlashRange range = { self->options.offset, self->options.size };

  if (!ek_installed_read (&self->installed, reader, flash_size, cancellable, error))
    return FALSE;
  if (self->partition != NULL)
    {
      const EkPartition *partition =
          ek_flash_find_partition (self->installed.table, self->partition, error);

      if (partition == NULL)
        return FALSE;
      range = (EkFlashRange){ partition->offset, partition->size };
    }
  if (!ek_flash_range_check (&range, flash_size, error))
    return FALSE;

  self->offset = range.offset;
  self->size = range.size;
  return TRUE;
}

static gboolean
confirm (EkEraseJob *self, GCancellable *cancellable, GError **error)
{
  if (self->confirm == NULL || self->confirm (self, cancellable, self->confirm_data))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_CANCELLED, "nothing was erased");
  return FALSE;
}

static gboolean
check_blank (EkEraseJob *self,
             const EkFlashReader *reader,
             EkProgress *progress,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree guint8 *blank = g_malloc (CHECK_PIECE);
  guint8 ours[EK_MD5_SIZE], theirs[EK_MD5_SIZE];

  memset (blank, 0xff, CHECK_PIECE);
  ek_progress_begin (progress, EK_PHASE_VERIFY, self->size);
  for (guint32 at = 0; at < self->size; at += CHECK_PIECE)
    {
      guint32 size = MIN (CHECK_PIECE, self->size - at);

      ek_bytes_md5 (blank, size, ours);
      if (!reader->md5 (reader->user_data, self->offset + at, size, theirs, cancellable, error))
        return FALSE;
      if (memcmp (ours, theirs, sizeof ours) != 0)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_WRITE_PROTECTED,
                       "0x%x: not blank after the erase: the flash is write-protected or worn out",
                       self->offset + at);
          return FALSE;
        }
      ek_progress_advance (progress, at + size);
    }

  return TRUE;
}

static gboolean
erase (EkEraseJob *self,
       EkLoader *loader,
       const EkFlashReader *reader,
       EkProgress *progress,
       GCancellable *cancellable,
       GError **error)
{
  const EkChipInfo *chip = ek_loader_get_chip_info (loader);
  g_autoptr (EkFlashPlan) plan = NULL;
  g_autoptr (EkFlashWriter) writer = NULL;
  EkCostModel cost;

  ek_cost_model_init (&cost, ek_port_has_baud (ek_loader_get_port (loader)),
                      ek_loader_get_baud (loader), ek_loader_is_stub (loader));
  plan =
      ek_flash_plan_new_erase (self->offset, self->size, chip, reader, &cost, cancellable, error);
  if (plan == NULL)
    return FALSE;

  ek_progress_set_weight (progress, EK_PHASE_ERASE,
                          ek_cost_model_erase (&cost, self->offset, self->size));
  ek_progress_set_weight (progress, EK_PHASE_VERIFY, ek_cost_model_hash (&cost, self->size));
  self->has_changes = ek_flash_plan_has_changes (plan);
  writer = ek_flash_writer_new (loader, plan, progress, FALSE);

  return ek_flash_writer_write (writer, cancellable, error) &&
         check_blank (self, reader, progress, cancellable, error);
}

static gboolean
ek_erase_job_work (EkDeviceJob *job,
                   EkLoader *loader,
                   EkProgress *progress,
                   GCancellable *cancellable,
                   GError **error)
{
  EkEraseJob *self = EK_ERASE_JOB (job);
  EkFlashReader reader = ek_flash_reader_for_loader (loader);

  return find_range (self, loader, &reader, cancellable, error) &&
         confirm (self, cancellable, error) &&
         erase (self, loader, &reader, progress, cancellable, error);
}

static void
ek_erase_job_finalize (GObject *object)
{
  EkEraseJob *self = EK_ERASE_JOB (object);

  ek_installed_clear (&self->installed);
  g_free (self->partition);

  G_OBJECT_CLASS (ek_erase_job_parent_class)->finalize (object);
}

static void
ek_erase_job_class_init (EkEraseJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_erase_job_finalize;
  EK_DEVICE_JOB_CLASS (klass)->prepare = ek_erase_job_prepare;
  EK_DEVICE_JOB_CLASS (klass)->work = ek_erase_job_work;
}

static void
ek_erase_job_init (EkEraseJob *self)
{
}

/**
 * ek_erase_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 *
 * Returns: (transfer full)
 */
EkEraseJob *
ek_erase_job_new (EkPort *port, const EkEraseJobOptions *options)
{
  EkEraseJob *self = g_object_new (EK_TYPE_ERASE_JOB, NULL);

  ek_device_job_set_device (EK_DEVICE_JOB (self), port, &options->device);
  self->options = *options;
  self->partition = g_strdup (options->partition);
  return self;
}

/**
 * ek_erase_job_set_confirm_func:
 * @func: (nullable) (scope notified): is asked before anything is erased
 */
void
ek_erase_job_set_confirm_func (EkEraseJob *self, EkEraseConfirmFunc func, gpointer user_data)
{
  self->confirm = func;
  self->confirm_data = user_data;
}

guint32
ek_erase_job_get_offset (EkEraseJob *self)
{
  return self->offset;
}

/**
 * ek_erase_job_get_size:
 *
 * Returns: bytes of the range; 0 while it isn't known
 */
guint32
ek_erase_job_get_size (EkEraseJob *self)
{
  return self->size;
}

/**
 * ek_erase_job_is_full:
 *
 * Returns: whether the range is the whole flash
 */
gboolean
ek_erase_job_is_full (EkEraseJob *self)
{
  const EkChipInfo *chip = ek_device_job_get_chip_info (EK_DEVICE_JOB (self));

  return self->offset == 0 && self->size > 0 && self->size == chip->flash_size;
}

/**
 * ek_erase_job_has_changes:
 *
 * Returns: %FALSE if the range was blank before
 */
gboolean
ek_erase_job_has_changes (EkEraseJob *self)
{
  return self->has_changes;
}

/**
 * ek_erase_job_get_installed:
 *
 * Returns: (transfer none): what was on the device before
 */
const EkInstalled *
ek_erase_job_get_installed (EkEraseJob *self)
{
  return &self->installed;
}

/**
 * ek_erase_job_get_lost_partitions:
 *
 * Returns: (transfer container) (element-type EkPartition): those of the device's table that lie in the
 *   range, wholly or partly
 */
GPtrArray *
ek_erase_job_get_lost_partitions (EkEraseJob *self)
{
  GPtrArray *lost = g_ptr_array_new ();
  EkPartitionTable *table = self->installed.table;

  for (guint i = 0; table != NULL && i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);

      if (partition->offset < (guint64) self->offset + self->size &&
          (guint64) partition->offset + partition->size > self->offset)
        g_ptr_array_add (lost, (gpointer) partition);
    }

  return lost;
}
