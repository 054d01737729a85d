/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From words to the options of a bundle: sizes, frequencies, revisions, a table, a boot loader. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-firmware.h"

#include "ek-bytes.h"
#include "ek-firmware-file.h"

#define KIB 1024u

static const struct
{
  const char *suffix;
  guint32 factor;
} size_units[] = {
  { "kb", KIB }, { "k", KIB }, { "mb", KIB *KIB }, { "m", KIB *KIB }, { "b", 1 },
};

/* The number in front of @suffix, if @text is that and nothing else. */
static gboolean
parse_with_suffix (const char *text, const char *suffix, guint64 max, guint64 *number)
{
  gsize length = strlen (text);
  gsize suffix_length = strlen (suffix);
  g_autofree char *digits = NULL;

  if (length <= suffix_length || g_ascii_strcasecmp (text + length - suffix_length, suffix) != 0)
    return FALSE;

  digits = g_strndup (text, length - suffix_length);
  return g_ascii_string_to_unsigned (digits, 10, 0, max, number, NULL);
}

/* Such as "16mb", "16MB", "64k" or "0x10000". */
static gboolean
parse_size (const char *text, guint32 *size, GError **error)
{
  guint64 number = 0;
  gboolean found = FALSE;

  for (gsize i = 0; !found && i < G_N_ELEMENTS (size_units); i++)
    if (parse_with_suffix (text, size_units[i].suffix, G_MAXUINT32 / size_units[i].factor, &number))
      {
        number *= size_units[i].factor;
        found = TRUE;
      }
  if (!found && g_ascii_strncasecmp (text, "0x", 2) == 0)
    found = g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT32, &number, NULL);

  if (!found || number == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "“%s” is no size: write 16mb or 64kb", text);
      return FALSE;
    }

  *size = (guint32) number;
  return TRUE;
}

/* "detect" is what espflash users write for the device's own; "keep" is esptool's. */
static gboolean
parse_flash_size (const char *text, guint32 *size, GError **error)
{
  if (text == NULL || g_ascii_strcasecmp (text, "detect") == 0 ||
      g_ascii_strcasecmp (text, "keep") == 0)
    return TRUE;

  if (!parse_size (text, size, error))
    return FALSE;

  if (*size >= KIB * KIB && *size <= 128 * KIB * KIB && (*size & (*size - 1)) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "“%s” is no size of a flash: 1mb, 2mb, 4mb, 8mb, 16mb, 32mb, 64mb or 128mb", text);
  return FALSE;
}

static gboolean
parse_frequency (const char *text, guint *megahertz, GError **error)
{
  guint64 number;

  if (text == NULL)
    return TRUE;

  if (!parse_with_suffix (text, "mhz", 1000, &number) &&
      !parse_with_suffix (text, "m", 1000, &number) &&
      !g_ascii_string_to_unsigned (text, 10, 0, 1000, &number, NULL))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "“%s” is no frequency: write 40mhz",
                   text);
      return FALSE;
    }

  *megahertz = (guint) number;
  return TRUE;
}

static gboolean
parse_revision (const char *text, guint16 *revision, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint64 major;
  guint64 minor = 0;

  if (text == NULL)
    return TRUE;

  parts = g_strsplit (text[0] == 'v' ? text + 1 : text, ".", 2);
  if (parts[0] == NULL || !g_ascii_string_to_unsigned (parts[0], 10, 0, 99, &major, NULL) ||
      (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 0, 99, &minor, NULL)))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "“%s” is no revision of a chip: write 0.2", text);
      return FALSE;
    }

  *revision = (guint16) (major * 100 + minor);
  return TRUE;
}

/* A merged image or a copy of a flash: the table is in its place. */
static gboolean
is_merged (const guint8 *data, gsize size)
{
  return size > EK_PARTITION_TABLE_OFFSET + 2 && ek_get_u16 (data) != EK_PARTITION_ENTRY_MAGIC &&
         ek_get_u16 (data + EK_PARTITION_TABLE_OFFSET) == EK_PARTITION_ENTRY_MAGIC;
}

/**
 * ek_cli_read_table:
 * @is_csv: (out) (optional): whether it was text
 *
 * Reads a partition table as people have it: CSV, or the binary form of the build.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_PARTITION_TABLE or an error of reading the file
 */
EkPartitionTable *
ek_cli_read_table (const char *path, gboolean *is_csv, GError **error)
{
  g_autoptr (GBytes) bytes = ek_firmware_file_read (path, NULL, error);
  EkPartitionTable *table;
  const guint8 *data;
  gboolean binary;
  gsize size;

  if (bytes == NULL)
    return NULL;

  data = g_bytes_get_data (bytes, &size);
  if (is_merged (data, size))
    {
      data += EK_PARTITION_TABLE_OFFSET;
      size -= EK_PARTITION_TABLE_OFFSET;
    }
  binary = size >= 2 && ek_get_u16 (data) == EK_PARTITION_ENTRY_MAGIC;
  table = binary ? ek_partition_table_new_from_binary (data, size, error)
                 : ek_partition_table_new_from_csv ((const char *) data, size, error);
  if (table == NULL)
    g_prefix_error (error, "%s: ", path);
  if (is_csv != NULL)
    *is_csv = !binary;
  return table;
}

static gboolean
find_chip (const char *name, const EkImageChip **chip, GError **error)
{
  if (name == NULL || (*chip = ek_image_chip_find_by_name (name)) != NULL)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "unknown chip “%s”", name);
  return FALSE;
}

/**
 * ek_cli_firmware_read:
 * @chip: (nullable): what --chip says
 * @options: (out caller-allocates): point into @self
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT or an error of the files
 */
gboolean
ek_cli_firmware_read (EkCliFirmware *self,
                      const char *chip,
                      EkBundleOptions *options,
                      GError **error)
{
  EkElfImageOptions *image = &options->image;

  *options = (EkBundleOptions){ 0 };
  image->flash_mode = self->flash_mode;
  image->no_description = self->no_description;
  if (!find_chip (chip, &image->chip, error) ||
      !parse_flash_size (self->flash_size, &image->flash_size, error) ||
      !parse_frequency (self->flash_freq, &image->flash_frequency, error) ||
      !parse_revision (self->min_chip_rev, &image->min_revision, error) ||
      (self->mmu_page_size != NULL &&
       !parse_size (self->mmu_page_size, &image->mmu_page_size, error)))
    return FALSE;

  if (self->table != NULL && !(self->table_read = ek_cli_read_table (self->table, NULL, error)))
    return FALSE;
  if (self->bootloader != NULL &&
      !(self->bootloader_read = ek_firmware_file_read (self->bootloader, NULL, error)))
    return FALSE;

  options->table = self->table_read;
  options->bootloader = self->bootloader_read;
  options->bootloader_source = self->bootloader;
  return TRUE;
}

/**
 * ek_cli_firmware_is_set:
 *
 * Returns: %TRUE if any of the options was given: they make no sense for files with addresses
 */
gboolean
ek_cli_firmware_is_set (const EkCliFirmware *self)
{
  return self->flash_size != NULL || self->flash_mode != NULL || self->flash_freq != NULL ||
         self->min_chip_rev != NULL || self->mmu_page_size != NULL || self->table != NULL ||
         self->bootloader != NULL || self->no_description;
}

void
ek_cli_firmware_clear (EkCliFirmware *self)
{
  g_clear_object (&self->table_read);
  g_clear_pointer (&self->bootloader_read, g_bytes_unref);
}
