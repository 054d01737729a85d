/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The restore job: is it for this device, what differs, write that, prove it. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-restore-job.h"

#include "ek-bytes.h"
#include "ek-flash-range.h"
#include "ek-flash-writer.h"

#define IMAGE_MAGIC   0xe9
#define IMAGE_CHIP_ID 12 /* offset of it in an image's header (esptool: image format) */

struct _EkRestoreJob
{
  EkDeviceJob parent_instance;

  EkRestoreJobOptions options;
  char *path;
  char *partition;

  EkBackup *backup;
  GBytes *data; /* what of it is to be brought back */
  guint32 offset;
  gboolean other_device;
  EkFlashPlan *plan;
  gboolean started;
  gboolean verified;
  guint64 written;
  guint n_recoveries;
};

G_DEFINE_FINAL_TYPE (EkRestoreJob, ek_restore_job, EK_TYPE_DEVICE_JOB)

static void
forget_last_run (EkRestoreJob *self)
{
  g_clear_object (&self->backup);
  g_clear_object (&self->plan);
  g_clear_pointer (&self->data, g_bytes_unref);
  self->offset = 0;
  self->other_device = FALSE;
  self->started = FALSE;
  self->verified = FALSE;
  self->written = 0;
  self->n_recoveries = 0;
}

static gboolean
take_partition (EkRestoreJob *self, GError **error)
{
  const EkPartition *partition =
      ek_flash_find_partition (ek_backup_get_table (self->backup), self->partition, error);
  guint32 start = ek_backup_get_offset (self->backup);
  gsize size = g_bytes_get_size (ek_backup_get_contents (self->backup));

  if (partition == NULL)
    return FALSE;
  if (partition->offset < start ||
      (guint64) partition->offset + partition->size > (guint64) start + size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "%s: partition “%s” is not, or not wholly, in it", self->path, partition->label);
      return FALSE;
    }

  self->offset = partition->offset;
  self->data = g_bytes_new_from_bytes (ek_backup_get_contents (self->backup),
                                       partition->offset - start, partition->size);
  return TRUE;
}

static gboolean
ek_restore_job_prepare (EkDeviceJob *job,
                        EkProgress *progress,
                        GCancellable *cancellable,
                        GError **error)
{
  EkRestoreJob *self = EK_RESTORE_JOB (job);
  const char *whole;

  forget_last_run (self);
  ek_progress_set_weight (progress, EK_PHASE_COMPARE, 3.0);
  ek_progress_set_weight (progress, EK_PHASE_WRITE, 20.0);
  ek_progress_begin (progress, EK_PHASE_PREPARE, 0);
  if (!(self->backup = ek_backup_load (self->path, cancellable, error)))
    return FALSE;

  whole = ek_backup_get_partition (self->backup);
  if (self->partition != NULL && g_strcmp0 (self->partition, whole) != 0)
    return take_partition (self, error);

  self->offset =
      self->options.has_offset ? self->options.offset : ek_backup_get_offset (self->backup);
  self->data = g_bytes_ref (ek_backup_get_contents (self->backup));
  return TRUE;
}

/* A dump without a manifest still names its chip, in the header of its boot loader. */
static gboolean
check_boot_loader (EkRestoreJob *self, const EkChipInfo *chip, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (self->data, &size);
  guint32 at = chip->chip->bootloader_offset;
  const EkChip *other;

  if (self->offset > at || at - self->offset + IMAGE_CHIP_ID + 2 > size)
    return TRUE;
  data += at - self->offset;
  if (data[0] != IMAGE_MAGIC || ek_get_u16 (data + IMAGE_CHIP_ID) == chip->chip->image_chip_id)
    return TRUE;

  other = ek_chip_find_by_image_id (ek_get_u16 (data + IMAGE_CHIP_ID));
  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP, "%s is of an %s, this is an %s",
               self->path, other != NULL ? other->name : "unknown chip", chip->chip->name);
  return FALSE;
}

static gboolean
check_device (EkRestoreJob *self, const EkChipInfo *chip, GError **error)
{
  const char *backup_chip = ek_backup_get_chip (self->backup);
  const char *backup_mac = ek_backup_get_mac (self->backup);
  guint32 flash_size = ek_backup_get_flash_size (self->backup);
  g_autofree char *mac = ek_chip_info_get_mac (chip);
  gboolean whole = self->partition == NULL && ek_backup_get_partition (self->backup) == NULL;

  if (backup_chip != NULL && !g_str_equal (backup_chip, chip->chip->name))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP, "%s is of an %s, this is an %s",
                   self->path, backup_chip, chip->chip->name);
      return FALSE;
    }
  if (whole && flash_size > chip->flash_size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s is of a device with %u MB, this one has %u MB", self->path, flash_size >> 20,
                   chip->flash_size >> 20);
      return FALSE;
    }

  self->other_device = backup_mac != NULL && !g_str_equal (backup_mac, mac);
  return check_boot_loader (self, chip, error);
}

/* One partition goes where the device's own table has it; it has to be as large as it was. */
static gboolean
check_partition (EkRestoreJob *self,
                 const EkFlashReader *reader,
                 guint32 flash_size,
                 GCancellable *cancellable,
                 GError **error)
{
  const char *label =
      self->partition != NULL ? self->partition : ek_backup_get_partition (self->backup);
  EkInstalled installed = { 0 };
  const EkPartition *partition = NULL;
  gboolean ok = FALSE;

  if (label == NULL || self->options.has_offset)
    return TRUE;

  if (ek_installed_read (&installed, reader, flash_size, cancellable, error) &&
      (partition = ek_flash_find_partition (installed.table, label, error)) != NULL)
    {
      ok = partition->size == g_bytes_get_size (self->data);
      self->offset = partition->offset;
      if (!ok)
        g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                     "partition “%s” has 0x%x bytes on this device, in the backup "
                     "0x%" G_GSIZE_MODIFIER "x",
                     label, partition->size, g_bytes_get_size (self->data));
    }
  ek_installed_clear (&installed);

  return ok;
}

static int
compare_regions (gconstpointer a, gconstpointer b)
{
  const EkExactRegion *first = a;
  const EkExactRegion *second = b;

  return (first->offset > second->offset) - (first->offset < second->offset);
}

static void
region_clear (gpointer item)
{
  g_clear_pointer (&((EkExactRegion *) item)->data, g_bytes_unref);
}

static void
add_region (EkRestoreJob *self, GArray *regions, const char *name, guint32 start, guint32 end)
{
  EkExactRegion region = { name, self->offset + start, NULL };

  if (end <= start)
    return;
  region.data = g_bytes_new_from_bytes (self->data, start, end - start);
  g_array_append_val (regions, region);
}

/* One region for each partition, so that a plan can name them. */
static GArray *
split_regions (EkRestoreJob *self)
{
  GArray *regions = g_array_new (FALSE, TRUE, sizeof (EkExactRegion));
  EkPartitionTable *table = self->offset == ek_backup_get_offset (self->backup)
                                ? ek_backup_get_table (self->backup)
                                : NULL;
  guint32 size = (guint32) g_bytes_get_size (self->data);
  const char *label =
      self->partition != NULL ? self->partition : ek_backup_get_partition (self->backup);
  guint n_partitions;
  guint32 at = 0;

  g_array_set_clear_func (regions, region_clear);
  if (table == NULL || label != NULL)
    {
      add_region (self, regions, label != NULL ? label : "data", 0, size);
      return regions;
    }

  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (table, i);
      guint64 end = (guint64) partition->offset + partition->size;

      if (partition->offset >= self->offset && end <= (guint64) self->offset + size)
        add_region (self, regions, partition->label, partition->offset - self->offset,
                    (guint32) (end - self->offset));
    }
  g_array_sort (regions, compare_regions);
  n_partitions = regions->len;
  for (guint i = 0; i < n_partitions; i++)
    {
      EkExactRegion region = g_array_index (regions, EkExactRegion, i);

      add_region (self, regions, at == 0 ? "bootloader" : "unused", at,
                  region.offset - self->offset);
      at = region.offset - self->offset + (guint32) g_bytes_get_size (region.data);
    }
  add_region (self, regions, "unused", at, size);
  g_array_sort (regions, compare_regions);
  return regions;
}

static gboolean
make_plan (EkRestoreJob *self,
           EkLoader *loader,
           EkProgress *progress,
           GCancellable *cancellable,
           GError **error)
{
  const EkChipInfo *chip = ek_loader_get_chip_info (loader);
  EkFlashReader reader = ek_flash_reader_for_loader (loader);
  g_autoptr (GArray) regions = NULL;
  EkCostModel cost;

  ek_progress_begin (progress, EK_PHASE_COMPARE, 0);
  if (!check_device (self, chip, error) ||
      !check_partition (self, &reader, chip->flash_size, cancellable, error))
    return FALSE;

  regions = split_regions (self);
  ek_cost_model_init (&cost, ek_port_has_baud (ek_loader_get_port (loader)),
                      ek_loader_get_baud (loader), ek_loader_is_stub (loader));
  self->plan = ek_flash_plan_new_exact ((const EkExactRegion *) (void *) regions->data,
                                        regions->len, chip, &reader, &cost, cancellable, error);
  if (self->plan == NULL)
    return FALSE;

  ek_progress_set_weight (progress, EK_PHASE_WRITE, ek_flash_plan_get_seconds (self->plan));
  return TRUE;
}

static gboolean
ek_restore_job_work (EkDeviceJob *job,
                     EkLoader *loader,
                     EkProgress *progress,
                     GCancellable *cancellable,
                     GError **error)
{
  EkRestoreJob *self = EK_RESTORE_JOB (job);
  g_autoptr (EkFlashWriter) writer = NULL;
  gboolean ok;

  if (!make_plan (self, loader, progress, cancellable, error))
    return FALSE;
  if (self->options.dry_run)
    return TRUE;

  writer = ek_flash_writer_new (loader, self->plan, progress, TRUE);
  ok = ek_flash_writer_write (writer, cancellable, error) &&
       ek_flash_writer_verify (writer, cancellable, error);
  self->started = ek_flash_writer_has_started (writer);
  self->written = ek_flash_writer_get_bytes_written (writer);
  self->n_recoveries = ek_flash_writer_get_n_recoveries (writer);
  self->verified = ok;
  ek_device_job_set_half_done (job, self->started);
  return ok;
}

static void
ek_restore_job_finalize (GObject *object)
{
  EkRestoreJob *self = EK_RESTORE_JOB (object);

  forget_last_run (self);
  g_free (self->path);
  g_free (self->partition);

  G_OBJECT_CLASS (ek_restore_job_parent_class)->finalize (object);
}

static void
ek_restore_job_class_init (EkRestoreJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_restore_job_finalize;
  EK_DEVICE_JOB_CLASS (klass)->prepare = ek_restore_job_prepare;
  EK_DEVICE_JOB_CLASS (klass)->work = ek_restore_job_work;
}

static void
ek_restore_job_init (EkRestoreJob *self)
{
}

/**
 * ek_restore_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 *
 * Refuses what is of another chip, or of a device with more flash. Another device of the same kind is
 * none of its business, but ek_restore_job_is_other_device() tells.
 *
 * Returns: (transfer full)
 */
EkRestoreJob *
ek_restore_job_new (EkPort *port, const EkRestoreJobOptions *options)
{
  EkRestoreJob *self = g_object_new (EK_TYPE_RESTORE_JOB, NULL);

  ek_device_job_set_device (EK_DEVICE_JOB (self), port, &options->device);
  self->options = *options;
  self->path = g_strdup (options->path);
  self->partition = g_strdup (options->partition);
  return self;
}

const char *
ek_restore_job_get_path (EkRestoreJob *self)
{
  return self->path;
}

/**
 * ek_restore_job_get_partition:
 *
 * Returns: (nullable) (transfer none): the one that was asked for
 */
const char *
ek_restore_job_get_partition (EkRestoreJob *self)
{
  return self->partition;
}

/**
 * ek_restore_job_get_backup:
 *
 * Returns: (nullable) (transfer none): once it was read
 */
EkBackup *
ek_restore_job_get_backup (EkRestoreJob *self)
{
  return self->backup;
}

/**
 * ek_restore_job_get_plan:
 *
 * Returns: (nullable) (transfer none): once it was made
 */
EkFlashPlan *
ek_restore_job_get_plan (EkRestoreJob *self)
{
  return self->plan;
}

guint32
ek_restore_job_get_offset (EkRestoreJob *self)
{
  return self->offset;
}

/**
 * ek_restore_job_get_size:
 *
 * Returns: bytes that are brought back; 0 before the backup was read
 */
guint32
ek_restore_job_get_size (EkRestoreJob *self)
{
  return self->data != NULL ? (guint32) g_bytes_get_size (self->data) : 0;
}

/**
 * ek_restore_job_is_other_device:
 *
 * Returns: whether the backup was made of a device with another MAC: its settings come along
 */
gboolean
ek_restore_job_is_other_device (EkRestoreJob *self)
{
  return self->other_device;
}

/**
 * ek_restore_job_has_started:
 *
 * Returns: whether something may have been changed on the flash
 */
gboolean
ek_restore_job_has_started (EkRestoreJob *self)
{
  return self->started;
}

gboolean
ek_restore_job_is_verified (EkRestoreJob *self)
{
  return self->verified;
}

guint64
ek_restore_job_get_bytes_written (EkRestoreJob *self)
{
  return self->written;
}

guint
ek_restore_job_get_n_recoveries (EkRestoreJob *self)
{
  return self->n_recoveries;
}
