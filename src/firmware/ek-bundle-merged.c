/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a merged image apart by the partition table inside it, so that its filling is not written
 * over what a device holds. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-bundle-private.h"

#include "ek-bytes.h"
#include "ek-otadata.h"
#include "ek-partition-table-private.h"

static const guint32 boot_offsets[] = { 0x0, 0x1000, 0x2000 };

typedef struct
{
  EkBundle *bundle;
  GBytes *bytes;
  const guint8 *data;
  gsize size;
  gsize claimed; /* bytes below belong to segments or are known to be blank */
  const EkPartition *boot;
} MergedReader;

/**
 * ek_bundle_find_merged:
 * @boot_offset: (out): where its boot loader starts
 *
 * Returns: %TRUE if @bytes start like a flash: nothing or a boot loader (an image without an app
 *   description) in front of the place of the partition table, and something at that place
 */
gboolean
ek_bundle_find_merged (GBytes *bytes, guint32 *boot_offset)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (size <= EK_PARTITION_TABLE_OFFSET)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (boot_offsets); i++)
    {
      const guint8 *image = data + boot_offsets[i];
      EkAppDescription description;

      if (!ek_bytes_all (data, boot_offsets[i], 0xff))
        return FALSE;

      if (ek_app_image_is_candidate (image, size - boot_offsets[i]))
        {
          *boot_offset = boot_offsets[i];
          return !ek_app_description_parse (image + EK_APP_DESC_OFFSET,
                                            size - boot_offsets[i] - EK_APP_DESC_OFFSET,
                                            &description);
        }
    }

  return FALSE;
}

static void
add_slice (MergedReader *reader, const char *name, EkSegmentKind kind, gsize start, gsize end)
{
  ek_bundle_add_segment (reader->bundle, name, kind, (guint32) start,
                         g_bytes_new_from_bytes (reader->bytes, start, end - start), TRUE);
}

static gboolean
is_blank_sector (const MergedReader *reader, gsize start, gsize end)
{
  return ek_bytes_all (reader->data + start, end - start, 0xff);
}

static gsize
sector_end (gsize position, gsize limit)
{
  return MIN (EK_ALIGN_DOWN (position, EK_SECTOR_SIZE) + EK_SECTOR_SIZE, limit);
}

/* Where no partition is, every run of sectors with something in it becomes a segment. */
static void
add_unclaimed (MergedReader *reader, gsize limit)
{
  gsize position = reader->claimed;

  limit = MIN (limit, reader->size);
  while (position < limit)
    {
      gsize start = position;

      while (position < limit && !is_blank_sector (reader, position, sector_end (position, limit)))
        position = sector_end (position, limit);

      if (position > start)
        {
          g_autofree char *name = g_strdup_printf ("data@0x%zx", start);
          gsize used = ek_used_size (reader->data + start, position - start);

          add_slice (reader, name, EK_SEGMENT_DATA, start, start + used);
        }
      else
        position = sector_end (position, limit);
    }

  reader->claimed = MAX (reader->claimed, limit);
}

/* A segment of known length in a region of its own; what follows it in the region (a signature,
 * say) belongs to it unless it is filling. */
static void
claim (MergedReader *reader,
       const char *name,
       EkSegmentKind kind,
       gsize start,
       gsize known_size,
       gsize region_size)
{
  gsize end = start + MIN (region_size, reader->size - start);
  gsize used = MAX (known_size, ek_used_size (reader->data + start, end - start));

  add_unclaimed (reader, start);
  if (used > 0)
    add_slice (reader, name, kind, start, start + used);
  reader->claimed = end;
}

static gboolean
read_bootloader (MergedReader *reader, guint32 offset, GError **error)
{
  EkAppImage image;

  if (!ek_app_image_parse (reader->data + offset, reader->size - offset, &image, error))
    {
      g_prefix_error (error, "%s: the boot loader at 0x%x: ", reader->bundle->source, offset);
      return FALSE;
    }

  if (image.size > EK_PARTITION_TABLE_OFFSET - offset)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "%s: the image at 0x%x is 0x%x bytes long: too long for a boot loader, and it "
                   "has "
                   "no app description",
                   reader->bundle->source, offset, image.size);
      return FALSE;
    }

  if (ek_boot_offset_of_chip (image.chip_id) != offset)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "%s: the boot loader is at 0x%x, the chip with id %u looks for it at 0x%x",
                   reader->bundle->source, offset, image.chip_id,
                   ek_boot_offset_of_chip (image.chip_id));
      return FALSE;
    }

  ek_bundle_set_bootloader (reader->bundle, &image);
  reader->claimed = offset;
  claim (reader, "bootloader", EK_SEGMENT_BOOTLOADER, offset, image.size,
         EK_ALIGN_UP (image.size, EK_SECTOR_SIZE));
  return TRUE;
}

/* In a copy of a device that was updated over the air, its OTA data say which app starts. */
static void
find_boot_app (MergedReader *reader)
{
  EkPartitionTable *table = reader->bundle->table;
  const EkPartition *partition =
      ek_partition_table_find (table, EK_PARTITION_TYPE_DATA, EK_PARTITION_SUBTYPE_OTADATA);
  EkOtadata otadata = { 0 };

  if (partition != NULL && partition->size >= EK_OTADATA_SIZE &&
      (guint64) partition->offset + EK_OTADATA_SIZE <= reader->size)
    ek_otadata_parse (reader->data + partition->offset,
                      reader->data + partition->offset + EK_OTADATA_SECTOR_SIZE, &otadata);

  reader->boot = ek_otadata_find_boot_app (&otadata, table);
}

static gboolean
read_table (MergedReader *reader, GError **error)
{
  gsize left = reader->size - EK_PARTITION_TABLE_OFFSET;

  reader->bundle->table =
      ek_partition_table_new_from_binary (reader->data + EK_PARTITION_TABLE_OFFSET, left, error);
  if (reader->bundle->table == NULL)
    {
      g_prefix_error (error, "%s: ", reader->bundle->source);
      return FALSE;
    }

  find_boot_app (reader);
  claim (reader, "partition-table", EK_SEGMENT_PARTITION_TABLE, EK_PARTITION_TABLE_OFFSET,
         MIN (EK_PARTITION_TABLE_SIZE, left), EK_SECTOR_SIZE);
  return TRUE;
}

/* A slot for updates that no firmware was ever received into whole: a download that broke off, or a test
 * pattern. Nothing starts it, so it is kept as it is. */
static void
keep_slot (MergedReader *reader, const EkPartition *partition, const GError *problem)
{
  g_debug ("%s: partition \"%s\" holds no app: %s", reader->bundle->source, partition->label,
           problem->message);
  claim (reader, partition->label, EK_SEGMENT_DATA, partition->offset, 0, partition->size);
}

/* The app that starts must be whole and intact; it is the bundle's app. Others are if they are apps. */
static gboolean
read_app_partition (MergedReader *reader, const EkPartition *partition, GError **error)
{
  EkAppImage image;
  gboolean boots = partition == reader->boot;
  g_autoptr (GError) problem = NULL;

  if (!ek_app_image_parse (reader->data + partition->offset, reader->size - partition->offset,
                           &image, &problem))
    {
      g_prefix_error (&problem, "%s: the app in partition \"%s\" at 0x%x: ", reader->bundle->source,
                      partition->label, partition->offset);
    }
  else if (image.size > partition->size)
    {
      g_set_error (&problem, EK_ERROR, EK_ERROR_FIRMWARE_TOO_BIG,
                   "%s: the app at 0x%x is 0x%x bytes long, its partition \"%s\" only 0x%x",
                   reader->bundle->source, partition->offset, image.size, partition->label,
                   partition->size);
    }

  if (problem != NULL && boots)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (problem != NULL)
    {
      keep_slot (reader, partition, problem);
      return TRUE;
    }

  if (boots)
    ek_bundle_set_app (reader->bundle, &image);
  claim (reader, partition->label, EK_SEGMENT_APP, partition->offset, image.size, partition->size);
  return TRUE;
}

static EkSegmentKind
kind_of_partition (const EkPartition *partition)
{
  gboolean is_nvs =
      partition->type == EK_PARTITION_TYPE_DATA && partition->subtype == EK_PARTITION_SUBTYPE_NVS;

  return is_nvs ? EK_SEGMENT_NVS : EK_SEGMENT_DATA;
}

static gboolean
read_partition (MergedReader *reader, const EkPartition *partition, GError **error)
{
  gsize size;

  /* those that describe the boot loader and the table themselves */
  if (partition->offset >= reader->size || partition->offset < reader->claimed)
    return TRUE;

  size = MIN (partition->size, reader->size - partition->offset);
  if (partition->type == EK_PARTITION_TYPE_APP &&
      ek_used_size (reader->data + partition->offset, size) > 0)
    return read_app_partition (reader, partition, error);

  claim (reader, partition->label, kind_of_partition (partition), partition->offset, 0, size);
  return TRUE;
}

static gint
compare_partitions (gconstpointer a, gconstpointer b)
{
  guint32 first = (*(const EkPartition *const *) a)->offset;
  guint32 second = (*(const EkPartition *const *) b)->offset;

  return first < second ? -1 : first > second;
}

static GPtrArray *
sort_partitions (EkPartitionTable *table)
{
  GPtrArray *sorted = g_ptr_array_new ();

  for (guint i = 0; i < ek_partition_table_get_n_partitions (table); i++)
    g_ptr_array_add (sorted, (gpointer) ek_partition_table_get_partition (table, i));

  g_ptr_array_sort (sorted, compare_partitions);
  return sorted;
}

static gboolean
read_partitions (MergedReader *reader, GError **error)
{
  g_autoptr (GPtrArray) sorted = sort_partitions (reader->bundle->table);

  for (guint i = 0; i < sorted->len; i++)
    if (!read_partition (reader, g_ptr_array_index (sorted, i), error))
      return FALSE;

  add_unclaimed (reader, reader->size);
  if (reader->bundle->has_app)
    return TRUE;

  if (reader->boot != NULL && reader->boot->offset >= reader->size)
    g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                 "%s: the file ends at 0x%zx, before its app at 0x%x", reader->bundle->source,
                 reader->size, reader->boot->offset);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                 "%s: there is no app where its partition table has one", reader->bundle->source);
  return FALSE;
}

/**
 * ek_bundle_read_merged:
 * @bytes: (transfer none): for which ek_bundle_find_merged() is %TRUE
 * @boot_offset: where the boot loader starts
 *
 * Splits a merged image into boot loader, partition table, what is in the partitions, and what is
 * between them. Blank parts are left out. The segments never share a sector.
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_PARTITION_TABLE,
 *   %EK_ERROR_FIRMWARE_TOO_BIG or %EK_ERROR_NOT_FIRMWARE (there is no app)
 */
gboolean
ek_bundle_read_merged (EkBundle *self, GBytes *bytes, guint32 boot_offset, GError **error)
{
  MergedReader reader = { .bundle = self, .bytes = bytes };

  reader.data = g_bytes_get_data (bytes, &reader.size);
  self->merged = TRUE;

  return read_bootloader (&reader, boot_offset, error) && read_table (&reader, error) &&
         read_partitions (&reader, error);
}
