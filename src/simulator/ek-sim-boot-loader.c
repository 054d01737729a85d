/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second-stage boot loader: reads the partition table, picks an app, checks and loads it. Its
 * texts are ESP-IDF's; which of them come is up to what the flash holds. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-sim-boot-private.h"

#include "ek-bytes.h"
#include "ek-image-format.h"

#include <zlib.h>

#define ENTRY_SIZE      32
#define ENTRY_MAGIC     0x50aa
#define MD5_MAGIC       0xebeb
#define MD5_OFFSET      16
#define TYPE_END        0xff
#define SUBTYPE_TEST    0x20
#define ANY             0x100 /* row for every subtype */
#define FACTORY         (-1)  /* ESP-IDF's index of it; OTA slots count from 0 */
#define MAX_OTA         16
#define OTADATA_SIZE    0x2000u
#define OTA_INVALID     3 /* ota_state: tried, and found bad */
#define OTA_ABORTED     4
#define BYTES_PER_MS    7000 /* recorded: loading and hashing 2.8 MB takes 400 ms */
#define GIVE_UP_US      10000
#define DESCRIPTION     0x20 /* of the boot loader in its image; ESP-IDF esp_bootloader_desc_t */
#define DESCRIPTION_END 0x50

/* Source: ESP-IDF bootloader_utility.c */
static const struct
{
  guint8 type;
  guint first_subtype, last_subtype;
  const char *usage;
} usages[] = {
  { 0, 0x00, 0x00, "factory app" },
  { 0, 0x10, 0x1f, "OTA app" },
  { 0, 0x20, 0x20, "test app" },
  { 0, 0x00, ANY, "Unknown app" },
  { 1, 0x00, 0x00, "OTA data" },
  { 1, 0x01, 0x01, "RF data" },
  { 1, 0x02, 0x02, "WiFi data" },
  { 1, 0x04, 0x04, "NVS keys" },
  { 1, 0x05, 0x05, "efuse" },
  { 1, 0x00, ANY, "Unknown data" },
  { 2, 0x00, 0x00, "primary bootloader" },
  { 2, 0x01, 0x01, "ota bootloader" },
  { 2, 0x02, 0x02, "recovery bootloader" },
  { 3, 0x00, 0x00, "primary partition_table" },
  { 3, 0x01, 0x01, "ota partition_table" },
};

static const char *
usage_of (const EkPartition *partition)
{
  for (guint i = 0; i < G_N_ELEMENTS (usages); i++)
    if (usages[i].type == partition->type && partition->subtype >= usages[i].first_subtype &&
        partition->subtype <= usages[i].last_subtype)
      return usages[i].usage;

  return "unknown";
}

static const guint8 *
bootloader_image (EkSimBoot *boot)
{
  return boot->self->flash + boot->self->options.chip->bootloader_offset;
}

/* Boot loaders from ESP-IDF 5.2 on say where they come from; older ones, and the demo's, do not. */
static char *
bootloader_version (EkSimBoot *boot)
{
  const guint8 *description = bootloader_image (boot) + DESCRIPTION;

  if (description[0] != 0x50 || !g_ascii_isprint (description[8]))
    return g_strdup ("(unknown)");

  return g_strndup ((const char *) description + 8, 32);
}

static void
introduce (EkSimBoot *boot)
{
  static const char *const speeds[16] = { "40MHz", "26.7MHz", "20MHz", [15] = "80MHz" };
  static const char *const modes[] = { "QIO", "QOUT", "DIO", "DOUT", "FAST READ", "SLOW READ" };
  const EkSimOptions *options = &boot->self->options;
  const guint8 *header = bootloader_image (boot);
  g_autofree char *version = bootloader_version (boot);
  g_autofree char *tag = g_strdup_printf ("boot.%s", options->chip->id);
  const char *speed = speeds[header[3] & 0x0f];

  boot->flash_size = ek_image_flash_size_from_nibble (header[3] >> 4);
  ek_sim_boot_log (boot, 'I', "boot", "ESP-IDF %s 2nd stage bootloader", version);
  ek_sim_boot_log (boot, 'I', "boot", "chip revision: v%u.%u", options->revision_major,
                   options->revision_minor);
  ek_sim_boot_log (boot, 'I', tag, "Boot SPI Speed : %s", speed != NULL ? speed : "20MHz");
  ek_sim_boot_log (boot, 'I', tag, "SPI Mode       : %s",
                   header[2] < G_N_ELEMENTS (modes) ? modes[header[2]] : "DIO");
  ek_sim_boot_log (boot, 'I', tag, "SPI Flash Size : %uMB", boot->flash_size >> 20);
}

static gboolean
md5_is_right (const guint8 *table, gsize position)
{
  guint8 digest[EK_MD5_SIZE];

  ek_bytes_md5 (table, position, digest);
  return memcmp (digest, table + position + MD5_OFFSET, sizeof digest) == 0;
}

static gboolean
read_partition (EkSimBoot *boot, guint index, const guint8 *entry)
{
  EkPartition partition = {
    .type = entry[2],
    .subtype = entry[3],
    .offset = ek_get_u32 (entry + 4),
    .size = ek_get_u32 (entry + 8),
  };

  if (partition.offset > boot->flash_size ||
      (guint64) partition.offset + partition.size > boot->flash_size)
    {
      ek_sim_boot_log (boot, 'E', "flash_parts",
                       "partition %u invalid - offset 0x%x size 0x%x exceeds flash chip size 0x%x",
                       index, partition.offset, partition.size, boot->flash_size);
      return FALSE;
    }

  memcpy (partition.label, entry + 12, 16);
  g_array_append_val (boot->partitions, partition);
  return TRUE;
}

/* Source: ESP-IDF flash_partitions.c. A blank table is a valid one without entries. */
static gboolean
read_table (EkSimBoot *boot, const guint8 *table)
{
  gboolean md5_found = FALSE;

  for (guint i = 0; i < EK_PARTITION_MAX_ENTRIES; i++)
    {
      const guint8 *entry = table + i * ENTRY_SIZE;
      guint16 magic = ek_get_u16 (entry);

      if (magic == 0xffff && entry[2] == TYPE_END && entry[3] == TYPE_END)
        return TRUE;

      if (magic == MD5_MAGIC && md5_found)
        {
          ek_sim_boot_log (boot, 'E', "flash_parts", "Only one MD5 checksum is allowed");
          return FALSE;
        }
      if (magic == MD5_MAGIC && !md5_is_right (table, i * ENTRY_SIZE))
        {
          ek_sim_boot_log (boot, 'E', "flash_parts", "Incorrect MD5 checksum");
          return FALSE;
        }
      if (magic != MD5_MAGIC && magic != ENTRY_MAGIC)
        {
          ek_sim_boot_log (boot, 'E', "flash_parts", "partition %u invalid magic number 0x%x", i,
                           magic);
          return FALSE;
        }
      if (magic == MD5_MAGIC)
        md5_found = TRUE;
      else if (!read_partition (boot, i, entry))
        return FALSE;
    }

  ek_sim_boot_log (boot, 'E', "flash_parts", "partition table has no terminating entry, not valid");
  return FALSE;
}

/* ESP-IDF 6 has dropped the last line (recorded); a boot loader that still prints it contains it. */
static gboolean
bootloader_contains (EkSimBoot *boot, const char *text)
{
  return memmem (bootloader_image (boot), EK_PARTITION_TABLE_OFFSET, text, strlen (text)) != NULL;
}

static void
show_table (EkSimBoot *boot)
{
  static const char end[] = "End of partition table";

  ek_sim_boot_log (boot, 'I', "boot", "Partition Table:");
  ek_sim_boot_log (boot, 'I', "boot", "## Label            Usage          Type ST Offset   Length");
  for (guint i = 0; i < boot->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (boot->partitions, EkPartition, i);

      ek_sim_boot_log (boot, 'I', "boot", "%2u %-16s %-16s %02x %02x %08x %08x", i,
                       partition->label, usage_of (partition), partition->type, partition->subtype,
                       partition->offset, partition->size);
    }
  if (bootloader_contains (boot, end))
    ek_sim_boot_log (boot, 'I', "boot", "%s", end);
}

static const EkPartition *
find (EkSimBoot *boot, guint8 type, guint8 subtype)
{
  for (guint i = 0; i < boot->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (boot->partitions, EkPartition, i);

      if (partition->type == type && partition->subtype == subtype)
        return partition;
    }

  return NULL;
}

static gint
count_slots (EkSimBoot *boot)
{
  gint n = 0;

  for (guint i = 0; i < boot->partitions->len; i++)
    {
      const EkPartition *partition = &g_array_index (boot->partitions, EkPartition, i);

      if (partition->type == EK_PARTITION_TYPE_APP && (partition->subtype & 0xf0) == 0x10)
        n++;
    }

  return n;
}

/* esp_ota_select_entry_t: sequence, label of 20 bytes, state, CRC of the sequence */
static gboolean
is_discarded (const guint8 *entry)
{
  guint32 state = ek_get_u32 (entry + 24);

  return ek_get_u32 (entry) == G_MAXUINT32 || state == OTA_INVALID || state == OTA_ABORTED;
}

static guint32
sequence_of (const guint8 *entry)
{
  gboolean is_valid =
      !is_discarded (entry) && crc32 (0xffffffff, entry, 4) == ek_get_u32 (entry + 28);

  return is_valid ? ek_get_u32 (entry) : 0;
}

/* Source: ESP-IDF bootloader_utility_get_selected_boot_partition() */
static gint
select_app (EkSimBoot *boot)
{
  const EkPartition *otadata = find (boot, EK_PARTITION_TYPE_DATA, EK_PARTITION_SUBTYPE_OTADATA);
  gboolean has_factory = find (boot, EK_PARTITION_TYPE_APP, EK_PARTITION_SUBTYPE_FACTORY) != NULL;
  gint n_slots = count_slots (boot);
  const guint8 *data;
  guint32 sequence;

  if (otadata == NULL || (data = ek_sim_boot_flash (boot, otadata->offset, OTADATA_SIZE)) == NULL)
    return FACTORY;

  if (n_slots == 0 || (is_discarded (data) && is_discarded (data + EK_SIM_SECTOR)))
    {
      ek_sim_boot_log (boot, 'I', "boot",
                       has_factory ? "Defaulting to factory image"
                                   : "No factory image, trying OTA 0");
      return has_factory ? FACTORY : 0;
    }

  sequence = MAX (sequence_of (data), sequence_of (data + EK_SIM_SECTOR));
  if (sequence != 0)
    return (gint) ((sequence - 1) % (guint32) n_slots);

  ek_sim_boot_log (boot, 'E', "boot",
                   has_factory ? "ota data partition invalid, falling back to factory"
                               : "ota data partition invalid and no factory, will try all "
                                 "partitions");
  return FACTORY;
}

static gboolean
header_is_right (EkSimBoot *boot, const guint8 *header, guint32 offset)
{
  const EkSimOptions *options = &boot->self->options;
  guint revision = options->revision_major * 100 + options->revision_minor;
  guint chip_id = ek_get_u16 (header + 12);
  guint minimum = ek_get_u16 (header + 15);

  if (header[0] != EK_IMAGE_MAGIC)
    ek_sim_boot_log (boot, 'E', "esp_image",
                     "image at 0x%x has invalid magic byte (nothing flashed here?)", offset);
  else if (chip_id != options->chip->chip_id)
    ek_sim_boot_log (boot, 'E', "boot_comm", "mismatch chip ID, expected %u, found %u",
                     options->chip->chip_id, chip_id);
  else if (minimum > revision)
    ek_sim_boot_log (boot, 'E', "boot_comm",
                     "chip revision check failed. Required >= v%u.%u, found v%u.%u.", minimum / 100,
                     minimum % 100, options->revision_major, options->revision_minor);
  else
    return TRUE;

  return FALSE;
}

static const char *
segment_fate (EkSimBoot *boot, guint32 address)
{
  if (address == 0) /* padding */
    return "";
  return ek_sim_boot_is_ram (boot, address) ? "load" : "map";
}

static void
show_segments (EkSimBoot *boot, const EkSimImage *image, guint32 offset)
{
  for (guint i = 0; i < image->n_segments; i++)
    {
      const EkImageSegment *segment = &image->segments[i];

      ek_sim_boot_log (boot, 'I', "esp_image",
                       "segment %u: paddr=%08x vaddr=%08x size=%05xh (%6u) %s", i,
                       offset + segment->offset, segment->address, segment->size, segment->size,
                       segment_fate (boot, segment->address));
      boot->now += (gint64) segment->size * 1000 / BYTES_PER_MS;
    }
}

static gboolean
image_is_right (EkSimBoot *boot, const EkSimImage *image, const EkPartition *partition)
{
  static const char tag[] = "esp_image";

  switch (image->state)
    {
    case EK_SIM_IMAGE_SOUND:
      break;
    case EK_SIM_IMAGE_NO_MAGIC: /* was told before the segments */
      return FALSE;
    case EK_SIM_IMAGE_SEGMENT_COUNT:
      ek_sim_boot_log (boot, 'E', tag, "image at 0x%x segment count %u exceeds max %u",
                       partition->offset, image->said_segments, EK_IMAGE_MAX_SEGMENTS);
      return FALSE;
    case EK_SIM_IMAGE_SEGMENT_LENGTH:
      ek_sim_boot_log (boot, 'E', tag, "invalid segment length 0x%x", image->bad_length);
      return FALSE;
    case EK_SIM_IMAGE_CUT_OFF:
      ek_sim_boot_log (boot, 'E', tag, "bootloader_flash_read failed at 0x%08x",
                       boot->self->options.flash_size);
      return FALSE;
    case EK_SIM_IMAGE_CHECKSUM:
      ek_sim_boot_log (boot, 'E', tag, "Checksum failed. Calculated 0x%x read 0x%x",
                       image->checksum, image->stored_checksum);
      return FALSE;
    case EK_SIM_IMAGE_HASH:
      ek_sim_boot_log (boot, 'E', tag, "Image hash failed - image is corrupt");
      return FALSE;
    }

  if (image->size <= partition->size)
    return TRUE;

  ek_sim_boot_log (boot, 'E', tag, "Image length %u doesn't fit in partition length %u",
                   image->size, partition->size);
  return FALSE;
}

/* The description for the app's own lines is read with the reader that everything else uses. */
static gboolean
try_app (EkSimBoot *boot, const EkPartition *partition)
{
  const guint8 *data = ek_sim_boot_flash (boot, partition->offset, EK_IMAGE_HEADER_SIZE);
  gsize size = boot->self->options.flash_size - partition->offset;
  EkSimImage image;

  if (data == NULL)
    {
      ek_sim_boot_log (boot, 'E', "esp_image", "bootloader_flash_read failed at 0x%08x",
                       partition->offset);
      return FALSE;
    }
  if (!header_is_right (boot, data, partition->offset))
    return FALSE;

  ek_sim_image_read (data, size, &image);
  show_segments (boot, &image, partition->offset);
  if (!image_is_right (boot, &image, partition) ||
      !ek_app_image_parse (data, size, &boot->app, NULL))
    return FALSE;

  ek_sim_boot_log (boot, 'I', "boot", "Loaded app from partition at offset 0x%x",
                   partition->offset);
  boot->app_offset = partition->offset;
  return TRUE;
}

static gboolean
try_index (EkSimBoot *boot, gint index)
{
  guint8 subtype = index == FACTORY ? EK_PARTITION_SUBTYPE_FACTORY
                                    : (guint8) (EK_PARTITION_SUBTYPE_OTA_0 + index);
  const EkPartition *partition = find (boot, EK_PARTITION_TYPE_APP, subtype);

  if (partition == NULL)
    return FALSE;
  if (try_app (boot, partition))
    return TRUE;

  if (index == FACTORY)
    ek_sim_boot_log (boot, 'E', "boot", "Factory app partition is not bootable");
  else
    ek_sim_boot_log (boot, 'E', "boot", "OTA app partition slot %d is not bootable", index);
  return FALSE;
}

/* Backwards from the selected one to the factory app, then the slots behind it. Source: ESP-IDF
 * bootloader_utility_load_boot_image(). */
static gboolean
load_app (EkSimBoot *boot, gint selected)
{
  const EkPartition *test = find (boot, EK_PARTITION_TYPE_APP, SUBTYPE_TEST);

  for (gint index = selected; index >= FACTORY; index--)
    if (try_index (boot, index))
      return TRUE;
  for (gint index = selected + 1; index < MAX_OTA; index++)
    if (try_index (boot, index))
      return TRUE;

  if (test == NULL || !try_app (boot, test))
    return FALSE;

  ek_sim_boot_log (boot, 'W', "boot", "Falling back to test app as only bootable partition");
  return TRUE;
}

/**
 * ek_sim_boot_second_stage:
 *
 * Goes on where the ROM jumped into a boot loader from the flash.
 */
void
ek_sim_boot_second_stage (EkSimBoot *boot)
{
  const guint8 *table =
      ek_sim_boot_flash (boot, EK_PARTITION_TABLE_OFFSET, EK_PARTITION_TABLE_SIZE);

  introduce (boot);
  if (table == NULL || !read_table (boot, table))
    {
      ek_sim_boot_log (boot, 'E', "boot", "Failed to verify partition table");
      ek_sim_boot_log (boot, 'E', "boot", "load partition table error!");
      ek_sim_boot_restart (boot, GIVE_UP_US, EK_SIM_RESET_RTC_SW);
      return;
    }

  show_table (boot);
  if (load_app (boot, select_app (boot)))
    {
      ek_sim_boot_app (boot);
      return;
    }

  ek_sim_boot_log (boot, 'E', "boot", "No bootable app partitions in the partition table");
  ek_sim_boot_restart (boot, GIVE_UP_US, EK_SIM_RESET_RTC_SW);
}
