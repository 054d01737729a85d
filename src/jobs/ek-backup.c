/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest: written with what the device said, and held against the bytes when it is read. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-backup.h"

#include "ek-app-image.h"
#include "ek-firmware-file.h"
#include "ek-json.h"
#include "ek-known-build.h"

#define FORMAT            "ekflash-backup"
#define FORMAT_VERSION    1
#define MAX_MANIFEST_SIZE 0x40000u

struct _EkBackup
{
  GObject parent_instance;

  GBytes *contents;
  gboolean has_manifest;
  guint32 offset;
  char *partition;
  EkPartitionTable *table;
  char *chip;
  char *chip_type;
  char *mac;
  guint32 flash_id;
  guint32 flash_size;
};

G_DEFINE_FINAL_TYPE (EkBackup, ek_backup, G_TYPE_OBJECT)

static void
ek_backup_finalize (GObject *object)
{
  EkBackup *self = EK_BACKUP (object);

  g_clear_pointer (&self->contents, g_bytes_unref);
  g_clear_object (&self->table);
  g_free (self->partition);
  g_free (self->chip);
  g_free (self->chip_type);
  g_free (self->mac);

  G_OBJECT_CLASS (ek_backup_parent_class)->finalize (object);
}

static void
ek_backup_class_init (EkBackupClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_backup_finalize;
}

static void
ek_backup_init (EkBackup *self)
{
}

/* The bytes of [offset, offset + size) of the flash, if they are among those that were saved. */
static const guint8 *
bytes_at (EkBackup *self, guint32 offset, guint32 size)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (self->contents, &n);

  if (offset < self->offset || (guint64) offset + size > (guint64) self->offset + n)
    return NULL;

  return data + (offset - self->offset);
}

static void
find_table (EkBackup *self)
{
  const guint8 *bytes = bytes_at (self, EK_PARTITION_TABLE_OFFSET, EK_PARTITION_TABLE_SIZE);

  if (bytes != NULL)
    self->table = ek_partition_table_new_from_binary (bytes, EK_PARTITION_TABLE_SIZE, NULL);
}

/**
 * ek_backup_new:
 * @contents: (transfer none): bytes of the flash
 * @offset: where they begin
 * @partition: (nullable): the label, if they are one partition
 * @chip: they come from
 *
 * Returns: (transfer full)
 */
EkBackup *
ek_backup_new (GBytes *contents, guint32 offset, const char *partition, const EkChipInfo *chip)
{
  EkBackup *self = g_object_new (EK_TYPE_BACKUP, NULL);

  self->contents = g_bytes_ref (contents);
  self->has_manifest = TRUE;
  self->offset = offset;
  self->partition = g_strdup (partition);
  self->chip = g_strdup (chip->chip->name);
  self->chip_type = ek_chip_info_get_description (chip);
  self->mac = ek_chip_info_get_mac (chip);
  self->flash_id = chip->flash_id;
  self->flash_size = chip->flash_size;
  find_table (self);
  return self;
}

/**
 * ek_backup_manifest_path:
 * @path: of the backup
 *
 * Returns: (transfer full): of its manifest, beside it
 */
char *
ek_backup_manifest_path (const char *path)
{
  return g_strconcat (path, ".json", NULL);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 number)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, number);
}

static void
add_hex (JsonBuilder *builder, const char *name, guint32 number)
{
  g_autofree char *text = g_strdup_printf ("0x%x", number);

  add_text (builder, name, text);
}

static void
add_digest (JsonBuilder *builder, const guint8 *data, gsize size)
{
  g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);

  add_text (builder, "sha256", digest);
}

static void
add_partitions (JsonBuilder *builder, EkBackup *self)
{
  json_builder_set_member_name (builder, "partitions");
  json_builder_begin_array (builder);
  for (guint i = 0; self->table != NULL && i < ek_partition_table_get_n_partitions (self->table);
       i++)
    {
      const EkPartition *partition = ek_partition_table_get_partition (self->table, i);
      const guint8 *bytes = bytes_at (self, partition->offset, partition->size);

      json_builder_begin_object (builder);
      add_text (builder, "label", partition->label);
      add_number (builder, "type", partition->type);
      add_number (builder, "subtype", partition->subtype);
      add_hex (builder, "offset", partition->offset);
      add_number (builder, "size", partition->size);
      if (bytes != NULL)
        add_digest (builder, bytes, partition->size);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_app (JsonBuilder *builder, EkBackup *self)
{
  const EkPartition *app =
      self->table != NULL ? ek_partition_table_find_boot_app (self->table) : NULL;
  const guint8 *bytes =
      app != NULL ? bytes_at (self, app->offset + EK_APP_DESC_OFFSET, EK_APP_DESC_SIZE) : NULL;
  EkAppDescription description;
  const EkKnownBuild *build;

  if (bytes == NULL || !ek_app_description_parse (bytes, EK_APP_DESC_SIZE, &description))
    return;

  build = ek_known_build_find (description.elf_sha256, sizeof description.elf_sha256);
  add_text (builder, "version", description.version);
  if (build != NULL)
    add_text (builder, "board", build->board);
}

/**
 * ek_backup_to_json:
 *
 * Returns: (transfer full): the manifest's text. It names no settings, only where they are
 */
char *
ek_backup_to_json (EkBackup *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *created = g_date_time_format_iso8601 (now);
  g_autoptr (JsonNode) root = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (self->contents, &size);

  json_builder_begin_object (builder);
  add_text (builder, "format", FORMAT);
  add_number (builder, "format_version", FORMAT_VERSION);
  add_text (builder, "created", created);
  add_text (builder, "created_by", "ekflash " EK_VERSION);
  add_text (builder, "chip", self->chip);
  add_text (builder, "chip_type", self->chip_type);
  add_text (builder, "mac_address", self->mac);
  add_hex (builder, "flash_id", self->flash_id);
  add_number (builder, "flash_size", self->flash_size);
  add_hex (builder, "start_address", self->offset);
  add_number (builder, "size", (gint64) size);
  add_digest (builder, data, size);
  if (self->partition != NULL)
    add_text (builder, "partition", self->partition);
  add_app (builder, self);
  add_partitions (builder, self);
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}

static gboolean
get_hex (JsonObject *object, const char *name, guint32 *value)
{
  const char *text = ek_json_get_text (object, name);
  guint64 number;

  if (text == NULL || !g_str_has_prefix (text, "0x") ||
      !g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT32, &number, NULL))
    return FALSE;

  *value = (guint32) number;
  return TRUE;
}

static gboolean
get_number (JsonObject *object, const char *name, gint64 *value)
{
  return ek_json_get_integer (object, name, value) && *value > 0 && *value <= G_MAXUINT32;
}

/* The members that restoring relies on. */
static gboolean
read_members (EkBackup *self, JsonObject *object, const char **sha256, gint64 *size)
{
  const char *format = ek_json_get_text (object, "format");
  gint64 version, flash_size;

  self->chip = g_strdup (ek_json_get_text (object, "chip"));
  self->mac = g_strdup (ek_json_get_text (object, "mac_address"));
  self->partition = g_strdup (ek_json_get_text (object, "partition"));
  *sha256 = ek_json_get_text (object, "sha256");
  if (g_strcmp0 (format, FORMAT) != 0 || !get_number (object, "format_version", &version) ||
      version != FORMAT_VERSION || self->chip == NULL || self->mac == NULL || *sha256 == NULL ||
      !get_number (object, "flash_size", &flash_size) || !get_number (object, "size", size) ||
      !get_hex (object, "start_address", &self->offset))
    return FALSE;

  self->flash_size = (guint32) flash_size;
  return self->offset < self->flash_size && *size <= (gint64) self->flash_size - self->offset;
}

static gboolean
read_manifest (EkBackup *self, const char *path, GBytes *text, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autoptr (JsonNode) root =
      ek_json_parse (data, size, MAX_MANIFEST_SIZE, EK_ERROR_FIRMWARE_DAMAGED, error);
  g_autofree char *digest = NULL;
  const char *wanted;
  gint64 length;

  if (root == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (!JSON_NODE_HOLDS_OBJECT (root) ||
      !read_members (self, json_node_get_object (root), &wanted, &length))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "%s: is no manifest of a backup, or of one that this version doesn't know",
                   path);
      return FALSE;
    }

  digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->contents);
  if ((gsize) length == g_bytes_get_size (self->contents) && g_str_equal (digest, wanted))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
               "the backup is not the one that %s describes: %" G_GSIZE_FORMAT
               " of %" G_GINT64_FORMAT " bytes, SHA-256 %s",
               path, g_bytes_get_size (self->contents), length, digest);
  return FALSE;
}

/**
 * ek_backup_load:
 * @path: the backup; its manifest is looked for beside it
 *
 * Blocking. Reads the bytes, and holds them against the manifest. Without one they are taken for those
 * of a whole flash from its beginning, as esptool reads it.
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_FIRMWARE_DAMAGED if they don't fit together, or an
 *   error of ek_firmware_file_read()
 */
EkBackup *
ek_backup_load (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (EkBackup) self = g_object_new (EK_TYPE_BACKUP, NULL);
  g_autofree char *manifest_path = ek_backup_manifest_path (path);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!(self->contents = ek_firmware_file_read (path, cancellable, error)))
    return NULL;

  text = ek_firmware_file_read (manifest_path, cancellable, &local_error);
  self->has_manifest = text != NULL;
  if (text == NULL && !g_error_matches (local_error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND))
    {
      if (g_error_matches (local_error, EK_ERROR, EK_ERROR_NOT_FIRMWARE))
        local_error->code = EK_ERROR_FIRMWARE_DAMAGED;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (text != NULL && !read_manifest (self, manifest_path, text, error))
    return NULL;

  find_table (self);
  return g_steal_pointer (&self);
}

/**
 * ek_backup_get_contents:
 *
 * Returns: (transfer none)
 */
GBytes *
ek_backup_get_contents (EkBackup *self)
{
  return self->contents;
}

gboolean
ek_backup_has_manifest (EkBackup *self)
{
  return self->has_manifest;
}

/**
 * ek_backup_get_offset:
 *
 * Returns: where on the flash the bytes begin
 */
guint32
ek_backup_get_offset (EkBackup *self)
{
  return self->offset;
}

/**
 * ek_backup_get_partition:
 *
 * Returns: (nullable) (transfer none): the label, if it is the backup of one partition
 */
const char *
ek_backup_get_partition (EkBackup *self)
{
  return self->partition;
}

/**
 * ek_backup_get_table:
 *
 * Returns: (nullable) (transfer none): if a sound one is among the bytes
 */
EkPartitionTable *
ek_backup_get_table (EkBackup *self)
{
  return self->table;
}

/**
 * ek_backup_get_chip:
 *
 * Returns: (nullable) (transfer none): its name, such as "ESP32-S3"; %NULL without a manifest
 */
const char *
ek_backup_get_chip (EkBackup *self)
{
  return self->chip;
}

/**
 * ek_backup_get_mac:
 *
 * Returns: (nullable) (transfer none): of the device it was made of; %NULL without a manifest
 */
const char *
ek_backup_get_mac (EkBackup *self)
{
  return self->mac;
}

/**
 * ek_backup_get_flash_size:
 *
 * Returns: bytes of the flash it was made of; 0 without a manifest
 */
guint32
ek_backup_get_flash_size (EkBackup *self)
{
  return self->flash_size;
}
