/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash image info: what a firmware file holds, without a device. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-bytes.h"
#include "ek-cli-firmware.h"
#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli.h"
#include "ek-firmware-file.h"
#include "ek-known-build.h"

static EkCliFirmware firmware;
static char *chip;
static gboolean json;

static const GOptionEntry entries[] = {
  { "chip", 0, 0, G_OPTION_ARG_STRING, &chip, N_ ("of a file for several chips: this one"),
    N_ ("CHIP") },
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { NULL },
};

static const char *const kind_names[] = {
  [EK_SEGMENT_DATA] = "data",
  [EK_SEGMENT_BOOTLOADER] = "bootloader",
  [EK_SEGMENT_PARTITION_TABLE] = "partition-table",
  [EK_SEGMENT_APP] = "app",
  [EK_SEGMENT_NVS] = "nvs",
};

/* A boot loader alone is no firmware to install, but something to look at. */
static EkBundle *
open_file (const char *path, GError **error)
{
  static const guint32 boot_offset = 0;
  g_autoptr (GError) problem = NULL;
  EkBundleOptions options;
  EkBundle *bundle;

  if (!ek_cli_firmware_read (&firmware, chip, &options, error))
    return NULL;

  options.image.no_description = TRUE;
  bundle = ek_bundle_new_from_file_with (path, &options, NULL, &problem);
  if (g_error_matches (problem, EK_ERROR, EK_ERROR_NOT_FIRMWARE))
    {
      bundle = ek_bundle_new_from_files (&boot_offset, &path, 1, NULL, NULL);
      if (bundle != NULL && ek_bundle_get_bootloader (bundle) == NULL)
        g_clear_object (&bundle);
    }

  if (bundle == NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return bundle;
}

static const char *
format_name (EkBundle *bundle)
{
  if (ek_bundle_is_converted (bundle))
    return "elf";
  if (ek_bundle_is_merged (bundle))
    return "merged";
  if (ek_bundle_get_n_segments (bundle) > 1)
    return "files";

  return kind_names[ek_bundle_get_segment (bundle, 0)->kind];
}

static const char *
chip_title (const EkAppImage *image)
{
  const EkImageChip *found = ek_image_chip_find_by_image_id (image->chip_id);

  return found != NULL ? found->name : _ ("an unknown chip");
}

static char *
revisions (const EkAppImage *image)
{
  if (image->max_revision == G_MAXUINT16)
    return g_strdup_printf (_ ("v%u.%u and later"), image->min_revision / 100,
                            image->min_revision % 100);

  return g_strdup_printf (_ ("v%u.%u to v%u.%u"), image->min_revision / 100,
                          image->min_revision % 100, image->max_revision / 100,
                          image->max_revision % 100);
}

static void
print_image (const char *title, const EkAppImage *image)
{
  const EkAppDescription *description = &image->description;
  const char *mode = ek_flash_mode_name (image->flash_mode);
  g_autofree char *chips = revisions (image);

  printf ("\n%s\n", title);
  if (image->has_description)
    {
      g_autofree char *hash = ek_bytes_hex (description->elf_sha256, 32);

      printf ("  %-12s %s\n", _ ("Version:"), description->version);
      printf ("  %-12s %s\n", _ ("Project:"), description->project);
      printf ("  %-12s %s %s, ESP-IDF %s\n", _ ("Built:"), description->date, description->time,
              description->idf_version);
      printf ("  %-12s %s\n", _ ("ELF SHA-256:"), hash);
    }
  printf ("  %-12s %s, %s\n", _ ("Chip:"), chip_title (image), chips);
  printf ("  %-12s %s, %u MB\n", _ ("Memory:"), mode != NULL ? mode : "?", image->flash_size >> 20);
  printf ("  %-12s %s\n", _ ("Checks:"),
          image->has_hash ? _ ("checksum and SHA-256 are right")
                          : _ ("checksum is right; it has no SHA-256"));
  for (guint i = 0; i < image->n_segments; i++)
    printf ("  %-12s 0x%08x  %u\n", i == 0 ? _ ("Segments:") : "", image->segments[i].address,
            image->segments[i].size);
}

static void
print_info (const char *path, EkBundle *bundle)
{
  const char *board = ek_bundle_get_board (bundle);

  printf ("%s: %s%s%s\n", path, format_name (bundle), board != NULL ? ", " : "",
          board != NULL ? ek_board_title (board) : "");
  for (guint i = 0; i < ek_bundle_get_n_segments (bundle); i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (bundle, i);
      g_autofree char *offset = segment->offset == EK_SEGMENT_OFFSET_AUTO
                                    ? g_strdup (_ ("(anywhere)"))
                                    : g_strdup_printf ("0x%x", segment->offset);

      printf ("  %-10s %10" G_GSIZE_FORMAT "  %s\n", offset, g_bytes_get_size (segment->data),
              segment->name);
    }

  if (ek_bundle_get_bootloader (bundle) != NULL)
    print_image (_ ("Boot loader"), ek_bundle_get_bootloader (bundle));
  if (ek_bundle_get_app (bundle) != NULL)
    print_image (_ ("App"), ek_bundle_get_app (bundle));
}

static void
add_image (JsonBuilder *builder, const char *name, const EkAppImage *image)
{
  const EkImageChip *found = ek_image_chip_find_by_image_id (image->chip_id);
  const EkAppDescription *description = &image->description;

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  ek_cli_json_number (builder, "size", image->size);
  ek_cli_json_address (builder, "entry", image->entry);
  ek_cli_json_text (builder, "chip", found != NULL ? found->id : NULL);
  ek_cli_json_number (builder, "chip_id", image->chip_id);
  ek_cli_json_number (builder, "min_revision", image->min_revision);
  ek_cli_json_number (builder, "max_revision", image->max_revision);
  ek_cli_json_text (builder, "flash_mode", ek_flash_mode_name (image->flash_mode));
  ek_cli_json_number (builder, "flash_frequency", image->flash_frequency);
  ek_cli_json_number (builder, "flash_size", image->flash_size);
  ek_cli_json_flag (builder, "has_hash", image->has_hash);
  if (image->has_description)
    {
      g_autofree char *hash = ek_bytes_hex (description->elf_sha256, 32);

      ek_cli_json_text (builder, "version", description->version);
      ek_cli_json_text (builder, "project", description->project);
      ek_cli_json_text (builder, "date", description->date);
      ek_cli_json_text (builder, "time", description->time);
      ek_cli_json_text (builder, "idf_version", description->idf_version);
      ek_cli_json_text (builder, "elf_sha256", hash);
    }
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < image->n_segments; i++)
    {
      json_builder_begin_object (builder);
      ek_cli_json_address (builder, "address", image->segments[i].address);
      ek_cli_json_address (builder, "offset", image->segments[i].offset);
      ek_cli_json_number (builder, "size", image->segments[i].size);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_parts (JsonBuilder *builder, EkBundle *bundle)
{
  json_builder_set_member_name (builder, "parts");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_bundle_get_n_segments (bundle); i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (bundle, i);
      g_autofree char *hash = ek_bytes_hex (segment->sha256, 32);

      json_builder_begin_object (builder);
      ek_cli_json_text (builder, "name", segment->name);
      ek_cli_json_text (builder, "kind", kind_names[segment->kind]);
      if (segment->offset != EK_SEGMENT_OFFSET_AUTO)
        ek_cli_json_address (builder, "offset", segment->offset);
      ek_cli_json_number (builder, "size", g_bytes_get_size (segment->data));
      ek_cli_json_text (builder, "sha256", hash);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
print_json (const char *path, EkBundle *bundle)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  EkPartitionTable *table = ek_bundle_get_table (bundle);

  json_builder_begin_object (builder);
  ek_cli_json_flag (builder, "success", TRUE);
  ek_cli_json_text (builder, "firmware_path", path);
  ek_cli_json_text (builder, "format", format_name (bundle));
  ek_cli_json_text (builder, "board", ek_bundle_get_board (bundle));
  ek_cli_json_text (builder, "version", ek_bundle_get_version (bundle));
  add_parts (builder, bundle);
  if (ek_bundle_get_bootloader (bundle) != NULL)
    add_image (builder, "bootloader", ek_bundle_get_bootloader (bundle));
  if (ek_bundle_get_app (bundle) != NULL)
    add_image (builder, "app", ek_bundle_get_app (bundle));
  if (table != NULL)
    {
      ek_cli_json_text (builder, "layout", ek_partition_table_get_layout (table));
      ek_cli_json_partitions (builder, table);
    }
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

/**
 * ek_cli_image:
 *
 * Says what a firmware file holds.
 */
int
ek_cli_image (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new ("info FILE",
                          _ ("Says what a firmware file holds: parts, versions, hashes."), entries);
  g_autoptr (EkBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc < 2 || !g_str_equal (line->argv[1], "info"))
    return ek_cli_usage_error (line, _ ("say “image info FILE”"));
  if (line->argc != 3)
    return ek_cli_usage_error (line, _ ("which file?"));

  bundle = open_file (line->argv[2], &error);
  if (bundle == NULL)
    return ek_cli_fail (error, json, FALSE);

  if (json)
    print_json (line->argv[2], bundle);
  else
    print_info (line->argv[2], bundle);
  return EK_EXIT_OK;
}
