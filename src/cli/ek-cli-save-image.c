/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash save-image: a linked program as an image for the flash, in a file. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-bytes.h"
#include "ek-cli-firmware.h"
#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-write.h"
#include "ek-cli.h"
#include "ek-firmware-file.h"
#include "ek-known-build.h"

static EkCliFirmware firmware;
static char *chip;
static gboolean merge;
static gboolean skip_padding;
static gboolean json;
static gboolean quiet;

static const GOptionEntry entries[] = {
  { "chip", 0, 0, G_OPTION_ARG_STRING, &chip,
    N_ ("what the program is for (default: what its addresses tell)"), N_ ("CHIP") },
  { "merge", 0, 0, G_OPTION_ARG_NONE, &merge,
    N_ ("with boot loader and partition table, as it lies in the memory"), NULL },
  { "skip-padding", 0, 0, G_OPTION_ARG_NONE, &skip_padding,
    N_ ("with --merge: end with the last byte, not with the memory"), NULL },
  EK_CLI_FIRMWARE_ENTRIES (firmware),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, N_ ("print nothing"), NULL },
  { NULL },
};

/* The device isn't there to say how large its flash is: the boot loader says it. */
static guint32
choose_flash_size (EkBundle *bundle, const EkBundleOptions *options)
{
  const EkAppImage *bootloader = ek_bundle_get_bootloader (bundle);

  if (options->image.flash_size != 0 || bootloader == NULL)
    return options->image.flash_size;

  return bootloader->flash_size;
}

static GBytes *
merge_image (GBytes *elf, const char *path, EkBundleOptions *options, GError **error)
{
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes_with (elf, path, options, error);
  EkPartitionTable *table;
  guint32 flash_size;

  if (bundle == NULL)
    return NULL;

  flash_size = choose_flash_size (bundle, options);
  table = ek_bundle_get_table (bundle);
  if (table != NULL && flash_size != 0 &&
      !ek_partition_table_check_bounds (table, flash_size, error))
    return NULL;

  /* once more, now that it is known what the headers have to say */
  if (options->image.flash_size == 0 && flash_size != 0)
    {
      options->image.flash_size = flash_size;
      return merge_image (elf, path, options, error);
    }

  return ek_bundle_to_image (bundle, skip_padding ? 0 : flash_size, error);
}

static GBytes *
read_program (const char *path, GError **error)
{
  g_autoptr (GBytes) elf = ek_firmware_file_read (path, NULL, error);

  if (elf == NULL)
    return NULL;

  if (!ek_elf_is_candidate (g_bytes_get_data (elf, NULL), g_bytes_get_size (elf)))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "%s is no ELF program", path);
      return NULL;
    }

  return g_steal_pointer (&elf);
}

static void
report_json (const char *path,
             const char *output,
             EkElf *elf,
             const EkImageChip *made_for,
             GBytes *image)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const guint8 *hash = ek_elf_get_sha256 (elf);
  const EkKnownBuild *build = ek_known_build_find (hash, 32);
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, image);
  g_autofree char *elf_sha256 = ek_bytes_hex (hash, 32);

  json_builder_begin_object (builder);
  ek_cli_json_flag (builder, "success", TRUE);
  ek_cli_json_text (builder, "firmware_path", path);
  ek_cli_json_text (builder, "output_path", output);
  ek_cli_json_text (builder, "chip", made_for->id);
  ek_cli_json_flag (builder, "merged", merge);
  ek_cli_json_number (builder, "size", g_bytes_get_size (image));
  ek_cli_json_text (builder, "sha256", sha256);
  ek_cli_json_text (builder, "elf_sha256", elf_sha256);
  ek_cli_json_text (builder, "board", build != NULL ? build->board : NULL);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static int
run (const char *path, const char *output)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkElf) elf = NULL;
  g_autoptr (GBytes) image = NULL;
  g_autoptr (GError) error = NULL;
  const EkImageChip *made_for = NULL;
  EkBundleOptions options;

  if (!ek_cli_firmware_read (&firmware, chip, &options, &error) ||
      !(bytes = read_program (path, &error)) || !(elf = ek_elf_new_from_bytes (bytes, &error)) ||
      !(image = ek_app_image_new_from_elf (elf, &options.image, &made_for, &error)))
    return ek_cli_fail (error, json, FALSE);

  if (merge)
    {
      g_clear_pointer (&image, g_bytes_unref);
      if (!(image = merge_image (bytes, path, &options, &error)))
        return ek_cli_fail (error, json, FALSE);
    }

  if (!ek_cli_write_file (output, image, G_FILE_SET_CONTENTS_NONE, 0644, &error))
    return ek_cli_fail (error, json, FALSE);

  if (json)
    report_json (path, output, elf, made_for, image);
  else if (!quiet)
    printf (_ ("Saved %s: an image of %u bytes for the %s.\n"), output,
            (guint) g_bytes_get_size (image), made_for->name);
  return EK_EXIT_OK;
}

/**
 * ek_cli_save_image:
 *
 * Converts a program without a device.
 */
int
ek_cli_save_image (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("ELF FILE"),
                          _ ("Converts a linked program (ELF) to an image for the memory."),
                          entries);
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc != 3)
    return ek_cli_usage_error (line, _ ("which program, and into which file?"));
  if (!merge && (skip_padding || firmware.bootloader != NULL))
    return ek_cli_usage_error (line, _ ("this option only makes sense with --merge"));

  code = run (line->argv[1], line->argv[2]);
  ek_cli_firmware_clear (&firmware);
  return code;
}
