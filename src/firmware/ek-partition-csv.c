/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CSV form of a partition table, as ESP-IDF's gen_esp32part.py understands it: names, sizes with
 * K and M, offsets that follow from what comes before. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-partition-table-private.h"

#include "ek-bytes.h"

#define MAX_CSV_SIZE (64 * 1024)
#define N_FIELDS     6

#define SUBTYPE_DATA_UNDEFINED 0x06

typedef struct
{
  const char *name;
  guint8 value;
} NamedValue;

typedef struct
{
  guint8 type;
  NamedValue subtype;
} NamedSubtype;

static const NamedValue type_names[] = {
  { "app", EK_PARTITION_TYPE_APP },
  { "data", EK_PARTITION_TYPE_DATA },
  { "bootloader", EK_PARTITION_TYPE_BOOTLOADER },
  { "partition_table", EK_PARTITION_TYPE_PARTITION_TABLE },
};

static const NamedSubtype subtype_names[] = {
  { EK_PARTITION_TYPE_APP, { "factory", 0x00 } },
  { EK_PARTITION_TYPE_APP, { "ota_0", 0x10 } },
  { EK_PARTITION_TYPE_APP, { "ota_1", 0x11 } },
  { EK_PARTITION_TYPE_APP, { "ota_2", 0x12 } },
  { EK_PARTITION_TYPE_APP, { "ota_3", 0x13 } },
  { EK_PARTITION_TYPE_APP, { "ota_4", 0x14 } },
  { EK_PARTITION_TYPE_APP, { "ota_5", 0x15 } },
  { EK_PARTITION_TYPE_APP, { "ota_6", 0x16 } },
  { EK_PARTITION_TYPE_APP, { "ota_7", 0x17 } },
  { EK_PARTITION_TYPE_APP, { "ota_8", 0x18 } },
  { EK_PARTITION_TYPE_APP, { "ota_9", 0x19 } },
  { EK_PARTITION_TYPE_APP, { "ota_10", 0x1a } },
  { EK_PARTITION_TYPE_APP, { "ota_11", 0x1b } },
  { EK_PARTITION_TYPE_APP, { "ota_12", 0x1c } },
  { EK_PARTITION_TYPE_APP, { "ota_13", 0x1d } },
  { EK_PARTITION_TYPE_APP, { "ota_14", 0x1e } },
  { EK_PARTITION_TYPE_APP, { "ota_15", 0x1f } },
  { EK_PARTITION_TYPE_APP, { "test", 0x20 } },
  { EK_PARTITION_TYPE_DATA, { "ota", 0x00 } },
  { EK_PARTITION_TYPE_DATA, { "phy", 0x01 } },
  { EK_PARTITION_TYPE_DATA, { "nvs", 0x02 } },
  { EK_PARTITION_TYPE_DATA, { "coredump", 0x03 } },
  { EK_PARTITION_TYPE_DATA, { "nvs_keys", 0x04 } },
  { EK_PARTITION_TYPE_DATA, { "efuse", 0x05 } },
  { EK_PARTITION_TYPE_DATA, { "undefined", SUBTYPE_DATA_UNDEFINED } },
  { EK_PARTITION_TYPE_DATA, { "esphttpd", 0x80 } },
  { EK_PARTITION_TYPE_DATA, { "fat", 0x81 } },
  { EK_PARTITION_TYPE_DATA, { "spiffs", 0x82 } },
  { EK_PARTITION_TYPE_DATA, { "littlefs", 0x83 } },
  { EK_PARTITION_TYPE_BOOTLOADER, { "primary", 0x00 } },
  { EK_PARTITION_TYPE_BOOTLOADER, { "ota", 0x01 } },
  { EK_PARTITION_TYPE_BOOTLOADER, { "recovery", 0x02 } },
  { EK_PARTITION_TYPE_PARTITION_TABLE, { "primary", 0x00 } },
  { EK_PARTITION_TYPE_PARTITION_TABLE, { "ota", 0x01 } },
};

static const NamedValue flag_names[] = {
  { "encrypted", 1 << 0 },
  { "readonly", 1 << 1 },
};

static const struct
{
  char suffix; /* lower case */
  guint32 factor;
} suffixes[] = {
  { 'm', 0x100000 },
  { 'k', 0x400 },
};

typedef struct
{
  GArray *partitions;
  guint line;           /* from 1 */
  guint64 previous_end; /* where the next one may start */
} CsvReader;

static gboolean
set_line_error (CsvReader *reader, GError **error, const char *what, const char *text)
{
  g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
               "Line %u of the partition table: %s \"%s\"", reader->line, what, text);
  return FALSE;
}

static gboolean
parse_number (const char *text, guint32 *value)
{
  g_autofree char *digits = g_ascii_strdown (text, -1);
  gsize length = strlen (digits);
  gboolean is_hex = g_str_has_prefix (digits, "0x");
  guint32 factor = 1;
  guint64 number;

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (length > 0 && digits[length - 1] == suffixes[i].suffix)
      {
        factor = suffixes[i].factor;
        digits[length - 1] = '\0';
        g_strchomp (digits);
        break;
      }

  if (!g_ascii_string_to_unsigned (is_hex ? digits + 2 : digits, is_hex ? 16 : 10, 0,
                                   G_MAXUINT32 / factor, &number, NULL))
    return FALSE;

  *value = (guint32) number * factor;
  return TRUE;
}

static gboolean
parse_byte (const char *text, guint8 *value)
{
  guint32 number;

  if (!parse_number (text, &number) || number > G_MAXUINT8)
    return FALSE;

  *value = (guint8) number;
  return TRUE;
}

static gboolean
parse_type (const char *text, guint8 *type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (strcmp (text, type_names[i].name) == 0)
      {
        *type = type_names[i].value;
        return TRUE;
      }

  return parse_byte (text, type);
}

static gboolean
parse_subtype (const char *text, guint8 type, guint8 *subtype)
{
  if (*text == '\0')
    {
      *subtype = SUBTYPE_DATA_UNDEFINED;
      return type != EK_PARTITION_TYPE_APP;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (subtype_names); i++)
    if (type == subtype_names[i].type && strcmp (text, subtype_names[i].subtype.name) == 0)
      {
        *subtype = subtype_names[i].subtype.value;
        return TRUE;
      }

  return parse_byte (text, subtype);
}

static gboolean
parse_flags (const char *text, guint32 *flags)
{
  g_auto (GStrv) names = g_strsplit (text, ":", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      guint32 flag = 0;

      for (gsize j = 0; j < G_N_ELEMENTS (flag_names); j++)
        if (strcmp (g_strstrip (names[i]), flag_names[j].name) == 0)
          flag = flag_names[j].value;

      if (flag == 0 && *names[i] != '\0')
        return FALSE;

      *flags |= flag;
    }

  return TRUE;
}

static gboolean
parse_label (CsvReader *reader, const char *text, char *label, gsize label_size, GError **error)
{
  if (*text == '\0' || strlen (text) >= label_size || !g_str_is_ascii (text))
    return set_line_error (reader, error, "a name has 1 to 16 ASCII characters, not", text);

  for (guint i = 0; i < reader->partitions->len; i++)
    if (strcmp (g_array_index (reader->partitions, EkPartition, i).label, text) == 0)
      return set_line_error (reader, error, "the name is there already:", text);

  g_strlcpy (label, text, label_size);
  return TRUE;
}

/* A blank offset is the next that fits; a given one may not go back. */
static gboolean
parse_offset (CsvReader *reader, const char *text, EkPartition *partition, GError **error)
{
  guint64 next =
      EK_ALIGN_UP (reader->previous_end, (guint64) ek_partition_alignment (partition->type));
  gboolean outside_content = partition->type == EK_PARTITION_TYPE_BOOTLOADER ||
                             partition->type == EK_PARTITION_TYPE_PARTITION_TABLE;

  if (*text != '\0')
    {
      if (!parse_number (text, &partition->offset))
        return set_line_error (reader, error, "no offset:", text);
      if (partition->offset < reader->previous_end && !outside_content)
        return set_line_error (reader, error, "it overlaps what comes before it:", text);
      return TRUE;
    }

  if (outside_content || next > G_MAXUINT32)
    return set_line_error (reader, error, "an offset is needed for", partition->label);

  partition->offset = (guint32) next;
  return TRUE;
}

static gboolean
read_fields (CsvReader *reader, char **fields, GError **error)
{
  EkPartition partition = { 0 };

  if (!parse_label (reader, fields[0], partition.label, sizeof partition.label, error))
    return FALSE;
  if (!parse_type (fields[1], &partition.type))
    return set_line_error (reader, error, "no type:", fields[1]);
  if (!parse_subtype (fields[2], partition.type, &partition.subtype))
    return set_line_error (reader, error, "no subtype:", fields[2]);
  if (!parse_offset (reader, fields[3], &partition, error))
    return FALSE;
  if (!parse_number (fields[4], &partition.size))
    return set_line_error (reader, error, "no size:", fields[4]);
  if (!parse_flags (fields[5], &partition.flags))
    return set_line_error (reader, error, "no flags:", fields[5]);

  reader->previous_end = MAX (reader->previous_end, (guint64) partition.offset + partition.size);
  g_array_append_val (reader->partitions, partition);
  return TRUE;
}

static gboolean
read_line (CsvReader *reader, const char *text, GError **error)
{
  static const char blank[] = "";
  g_autofree char *line = g_strstrip (g_strdup (text));
  g_auto (GStrv) parts = NULL;
  char *fields[N_FIELDS];
  guint n_parts;

  if (*line == '\0' || *line == '#')
    return TRUE;

  parts = g_strsplit (line, ",", -1);
  n_parts = g_strv_length (parts);
  if (n_parts < 5)
    return set_line_error (reader, error, "fewer than five fields:", line);
  if (reader->partitions->len == EK_PARTITION_MAX_ENTRIES)
    return set_line_error (reader, error, "one partition too many:", line);

  for (guint i = 0; i < N_FIELDS; i++)
    fields[i] = i < n_parts ? g_strstrip (parts[i]) : (char *) blank;

  return read_fields (reader, fields, error);
}

static gboolean
check_text (const char *text, gsize size, GError **error)
{
  if (size > MAX_CSV_SIZE || (size > 0 && !g_utf8_validate_len (text, size, NULL)))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_PARTITION_TABLE,
                   "No partition table: %zu bytes that are not a short text", size);
      return FALSE;
    }

  return TRUE;
}

/**
 * ek_partition_table_new_from_csv:
 * @text: (array length=size): UTF-8, lines of name, type, subtype, offset, size, flags
 * @size: bytes
 *
 * Blank offsets follow from the partition before; the first partition starts behind the table.
 *
 * Source: ESP-IDF "Partition Tables" and gen_esp32part.py.
 *
 * Returns: (transfer full): the table, or %NULL with %EK_ERROR_PARTITION_TABLE, which names the line
 */
EkPartitionTable *
ek_partition_table_new_from_csv (const char *text, gsize size, GError **error)
{
  g_autoptr (GArray) partitions = g_array_new (FALSE, TRUE, sizeof (EkPartition));
  CsvReader reader = { .partitions = partitions, .previous_end = EK_PARTITION_FIRST_OFFSET };
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  g_return_val_if_fail (text != NULL || size == 0, NULL);

  if (!check_text (text, size, error))
    return NULL;

  copy = g_strndup (text, size);
  lines = g_strsplit (g_str_has_prefix (copy, "\xef\xbb\xbf") ? copy + 3 : copy, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      reader.line = i + 1;
      if (!read_line (&reader, lines[i], error))
        return NULL;
    }

  return ek_partition_table_new_take (g_steal_pointer (&partitions), error);
}

static void
append_type (GString *csv, guint8 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (type == type_names[i].value)
      {
        g_string_append (csv, type_names[i].name);
        return;
      }

  g_string_append_printf (csv, "0x%02x", type);
}

static void
append_subtype (GString *csv, const EkPartition *partition)
{
  for (gsize i = 0; i < G_N_ELEMENTS (subtype_names); i++)
    if (partition->type == subtype_names[i].type &&
        partition->subtype == subtype_names[i].subtype.value)
      {
        g_string_append (csv, subtype_names[i].subtype.name);
        return;
      }

  g_string_append_printf (csv, "0x%02x", partition->subtype);
}

static void
append_size (GString *csv, guint32 size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (size % suffixes[i].factor == 0)
      {
        g_string_append_printf (csv, "%u%c", size / suffixes[i].factor,
                                g_ascii_toupper (suffixes[i].suffix));
        return;
      }

  g_string_append_printf (csv, "0x%x", size);
}

static void
append_flags (GString *csv, guint32 flags)
{
  const char *separator = "";

  for (gsize i = 0; i < G_N_ELEMENTS (flag_names); i++)
    if (flags & flag_names[i].value)
      {
        g_string_append_printf (csv, "%s%s", separator, flag_names[i].name);
        separator = ":";
      }
}

/**
 * ek_partition_table_to_csv:
 *
 * Returns: (transfer full): a line for each partition, offsets in hex, sizes in K and M where whole
 */
char *
ek_partition_table_to_csv (EkPartitionTable *self)
{
  GString *csv = g_string_new ("# Name, Type, SubType, Offset, Size, Flags\n");

  for (guint i = 0; i < ek_partition_table_get_n_partitions (self); i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (self, i);

      g_string_append_printf (csv, "%s,", partition->label);
      append_type (csv, partition->type);
      g_string_append_c (csv, ',');
      append_subtype (csv, partition);
      g_string_append_printf (csv, ",0x%x,", partition->offset);
      append_size (csv, partition->size);
      g_string_append_c (csv, ',');
      append_flags (csv, partition->flags);
      g_string_append_c (csv, '\n');
    }

  return g_string_free (csv, FALSE);
}
