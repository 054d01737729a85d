/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and JSON for plans and results. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-report.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-bytes.h"
#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-trust.h"
#include "ek-known-build.h"

static const char *const action_words[] = {
  [EK_RANGE_WRITE] = N_ ("write"),
  [EK_RANGE_SKIP] = N_ ("skip"),
  [EK_RANGE_ERASE] = N_ ("erase"),
  [EK_RANGE_KEEP] = N_ ("keep"),
};

/* clang-format off */
static const char *const state_words[] = {
  [EK_FLASH_UNTOUCHED] = N_ ("Nothing was changed on the device."),
  [EK_FLASH_TOUCHED] = N_ ("The installation is not finished, and the device may not start until it "
                           "is. Run the same command again to finish it."),
  [EK_FLASH_PLANNED] = N_ ("Nothing was changed on the device."),
  [EK_FLASH_WRITTEN] = N_ ("The firmware is on the device. It was not checked."),
  [EK_FLASH_VERIFIED] = N_ ("The firmware is on the device, checked byte for byte."),
  [EK_FLASH_STARTED] = N_ ("The firmware is on the device and has started."),
};
/* clang-format on */

static char *
firmware_title (EkBundle *bundle)
{
  const char *board = ek_bundle_get_board (bundle);
  const char *version = ek_bundle_get_version (bundle);
  const EkAppImage *app = ek_bundle_get_app (bundle);
  const char *name = board != NULL ? ek_board_title (board) : NULL;

  if (name == NULL && app != NULL && app->has_description)
    name = app->description.project;
  if (name == NULL)
    return g_strdup (_ ("the files"));

  return version != NULL ? g_strdup_printf ("%s %s", name, version) : g_strdup (name);
}

/**
 * ek_cli_report_plan:
 *
 * Prints what will happen to each range and why.
 */
void
ek_cli_report_plan (EkFlashPlan *plan)
{
  if (ek_flash_plan_erases_chip (plan))
    printf ("%s\n", _ ("erase  everything first, your Wi-Fi and settings too"));
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (plan, i);
      g_autofree char *size = g_format_size_full (range->size, G_FORMAT_SIZE_IEC_UNITS);

      printf ("%-6s 0x%06x … 0x%06x  %-16s %10s  %s\n", _ (action_words[range->action]),
              range->offset, range->offset + range->size - 1, range->name, size, _ (range->reason));
    }
}

/* What becomes of the owner's settings; @ahead: it is still to come. */
static void
report_settings (EkFlashPlan *plan, gboolean ahead)
{
  gboolean keeps = ek_flash_plan_keeps_settings (plan);

  if (ek_flash_plan_converts_layout (plan) && keeps)
    puts (ahead ? _ ("Converts the old layout, keeps your Wi-Fi and settings.")
                : _ ("The old layout was converted; your Wi-Fi and settings were kept."));
  else if (keeps)
    puts (ahead ? _ ("Keeps your Wi-Fi and settings.") : _ ("Your Wi-Fi and settings were kept."));
  if (ek_flash_plan_sets_settings (plan))
    puts (ahead ? _ ("Sets the Wi-Fi and server that you named.")
                : _ ("The Wi-Fi and server that you named were set."));
}

static void
report_signature (EkBundle *bundle)
{
  g_autofree char *signature = ek_cli_trust_describe (bundle);

  if (ek_bundle_get_signature (bundle)->signable)
    printf (_ ("The firmware is %s.\n"), signature);
}

/**
 * ek_cli_report_result:
 *
 * Tells a person how it ended, after a success.
 */
void
ek_cli_report_result (EkFlashJob *job, EkBundle *bundle, EkPort *port, gboolean dry_run)
{
  EkFlashPlan *plan = ek_flash_job_get_plan (job);
  g_autofree char *title = firmware_title (bundle);
  g_autofree char *seconds = ek_cli_format_seconds (ek_flash_job_get_seconds (job));
  g_autofree char *written =
      g_format_size_full (ek_flash_job_get_bytes_written (job), G_FORMAT_SIZE_IEC_UNITS);

  if (dry_run)
    {
      g_autofree char *estimate = ek_cli_format_seconds (ek_flash_plan_get_seconds (plan));

      ek_cli_report_plan (plan);
      report_settings (plan, TRUE);
      report_signature (bundle);
      printf (_ ("It would take about %s.\n"), estimate);
      return;
    }

  if (!ek_flash_plan_has_changes (plan))
    printf (_ ("Nothing to do: %s is on the device already.\n"), title);
  else
    printf (ek_flash_job_get_checked (job) ? _ ("Installed %s: %s written and checked in %s%s.\n")
                                           : _ ("Installed %s: %s written, unchecked, in %s%s.\n"),
            title, written, seconds, ek_port_is_simulated (port) ? _ (" of simulated time") : "");
  report_settings (plan, FALSE);
  report_signature (bundle);

  if (ek_flash_job_get_outcome (job) == EK_FLASH_STARTED)
    {
      EkBootVerdict *verdict = ek_flash_job_get_verdict (job);
      const char *board = ek_bundle_get_board (bundle);
      const char *project = ek_boot_verdict_get_project (verdict);

      printf (_ ("%s %s started.\n"),
              board != NULL ? "EchoKit" : (project != NULL ? project : _ ("The firmware")),
              ek_boot_verdict_get_version (verdict));
    }
  else if (ek_flash_job_get_boot_error (job) != NULL)
    {
      printf (_ ("Its start could not be seen over this port (%s). Look at its screen, or press "
                 "RST.\n"),
              ek_flash_job_get_boot_error (job)->message);
    }
  if (ek_port_is_simulated (port))
    puts (_ ("(This was a simulated device.)"));
}

/**
 * ek_cli_report_state:
 *
 * Tells a person what state a failed or cancelled job left the device in.
 */
void
ek_cli_report_state (EkFlashJob *job)
{
  fprintf (stderr, "%s\n", _ (state_words[ek_flash_job_get_outcome (job)]));
}

static guint64
file_size (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info =
      g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE, G_FILE_QUERY_INFO_NONE, NULL, NULL);

  return info != NULL ? (guint64) g_file_info_get_size (info) : 0;
}

/* A folder's own size says nothing of the firmware in it. */
static guint64
firmware_size (const char *path, EkBundle *bundle)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR) ? ek_bundle_get_total_size (bundle)
                                                : file_size (path);
}

/* The keys of the flash manager's esp_flash_firmware and esp_flash_multi. */
static void
add_files (JsonBuilder *builder, const EkCliFiles *files, EkBundle *bundle, EkFlashPlan *plan)
{
  guint64 total = 0;

  if (!files->listed)
    {
      guint32 address = files->offsets[0];

      if (address == EK_SEGMENT_OFFSET_AUTO)
        address =
            ek_bundle_is_merged (bundle) || plan == NULL ? 0 : ek_flash_plan_get_app_offset (plan);
      ek_cli_json_text (builder, "firmware_path", files->paths[0]);
      ek_cli_json_address (builder, "address", address);
      ek_cli_json_number (builder, "firmware_size", firmware_size (files->paths[0], bundle));
      return;
    }

  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < files->n; i++)
    {
      guint64 size = file_size (files->paths[i]);

      total += size;
      json_builder_begin_object (builder);
      ek_cli_json_address (builder, "address", files->offsets[i]);
      ek_cli_json_text (builder, "path", files->paths[i]);
      ek_cli_json_number (builder, "size", size);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  ek_cli_json_number (builder, "file_count", files->n);
  ek_cli_json_number (builder, "total_size", total);
}

/**
 * ek_cli_json_plan:
 *
 * Adds `plan`, an array of ranges, and how long it is expected to take.
 */
void
ek_cli_json_plan (JsonBuilder *builder, EkFlashPlan *plan)
{
  json_builder_set_member_name (builder, "plan");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (plan, i);

      json_builder_begin_object (builder);
      ek_cli_json_text (builder, "action", ek_range_action_name (range->action));
      ek_cli_json_address (builder, "address", range->offset);
      ek_cli_json_number (builder, "size", range->size);
      ek_cli_json_text (builder, "name", range->name);
      ek_cli_json_text (builder, "reason", range->reason);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  ek_cli_json_seconds (builder, "estimated_seconds", ek_flash_plan_get_seconds (plan));
}

/* What it means for the owner's settings. */
static void
add_consequences (JsonBuilder *builder, EkFlashPlan *plan)
{
  const EkInstalled *installed = ek_flash_plan_get_installed (plan);

  ek_cli_json_flag (builder, "keeps_settings", ek_flash_plan_keeps_settings (plan));
  ek_cli_json_flag (builder, "sets_settings", ek_flash_plan_sets_settings (plan));
  ek_cli_json_flag (builder, "converts_layout", ek_flash_plan_converts_layout (plan));
  if (installed->table != NULL && ek_partition_table_get_layout (installed->table) != NULL)
    ek_cli_json_text (builder, "layout_before", ek_partition_table_get_layout (installed->table));
  ek_cli_json_text (builder, "bootloader_from",
                    ek_bootloader_origin_name (ek_flash_plan_get_bootloader_origin (plan)));
}

static void
add_boot (JsonBuilder *builder, EkFlashJob *job)
{
  EkBootVerdict *verdict = ek_flash_job_get_verdict (job);
  const GError *problem = ek_flash_job_get_boot_error (job);

  ek_cli_json_flag (builder, "started", ek_flash_job_get_outcome (job) == EK_FLASH_STARTED);
  if (verdict != NULL && ek_boot_verdict_get_version (verdict) != NULL)
    ek_cli_json_text (builder, "started_version", ek_boot_verdict_get_version (verdict));
  if (verdict != NULL && ek_boot_verdict_get_cause (verdict) != NULL)
    ek_cli_json_text (builder, "start_problem", ek_boot_verdict_get_cause (verdict)->name);
  if (problem != NULL)
    ek_cli_json_text (builder, "start_not_seen", problem->message);
}

/**
 * ek_cli_json_flash:
 *
 * Adds the keys of the flash manager's tools, and ours beside them.
 */
void
ek_cli_json_flash (JsonBuilder *builder,
                   EkFlashJob *job,
                   EkBundle *bundle,
                   EkPort *port,
                   const EkCliFiles *files,
                   const EkFlashJobOptions *options)
{
  EkFlashPlan *plan = ek_flash_job_get_plan (job);
  EkFlashOutcome outcome = ek_flash_job_get_outcome (job);
  const char *version = ek_bundle_get_version (bundle);
  const char *board = ek_bundle_get_board (bundle);

  ek_cli_json_text (builder, "port", ek_port_get_path (port));
  add_files (builder, files, bundle, plan);
  if (version != NULL)
    ek_cli_json_text (builder, "version", version);
  if (board != NULL)
    ek_cli_json_text (builder, "board", board);
  ek_cli_trust_add_json (builder, bundle);
  ek_cli_json_chip (builder, ek_flash_job_get_chip_info (job));
  ek_cli_json_flag (builder, "simulated", ek_port_is_simulated (port));
  ek_cli_json_number (builder, "bytes_written", ek_flash_job_get_bytes_written (job));
  ek_cli_json_flag (builder, "compressed", !options->no_compress);
  ek_cli_json_flag (builder, "verified", ek_flash_job_get_checked (job));
  ek_cli_json_text (builder, "outcome", ek_flash_outcome_name (outcome));
  if (plan != NULL)
    {
      ek_cli_json_flag (builder, "changed",
                        outcome >= EK_FLASH_WRITTEN ? ek_flash_plan_has_changes (plan)
                                                    : outcome == EK_FLASH_TOUCHED);
      ek_cli_json_plan (builder, plan);
      add_consequences (builder, plan);
    }
  else
    {
      ek_cli_json_flag (builder, "changed", FALSE);
    }
  add_boot (builder, job);
  ek_cli_json_number (builder, "reconnections", ek_flash_job_get_n_recoveries (job));
  ek_cli_json_number (builder, "baud", ek_flash_job_get_baud (job));
  ek_cli_json_flag (builder, "stub", ek_flash_job_used_stub (job));
  ek_cli_json_seconds (builder, "elapsed_seconds", ek_flash_job_get_seconds (job));
}
