/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What saving and bringing back came to: with the keys of the flash manager's esp_flash_backup first. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-saving.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-region.h"
#include "ek-cli-report.h"

static void
add_warnings (JsonBuilder *builder, const char *const *warnings)
{
  json_builder_set_member_name (builder, "warnings");
  json_builder_begin_array (builder);
  for (guint i = 0; warnings[i] != NULL; i++)
    json_builder_add_string_value (builder, warnings[i]);
  json_builder_end_array (builder);
}

/* On an ESP32 the boot loader is at 0x1000, on the S3 and its like at 0x0: there a backup from 0x1000 on
 * has the boot loader's end and lacks its beginning. */
static const char *
backup_warning (EkJob *job)
{
  const EkChipInfo *chip = ek_device_job_get_chip_info (EK_DEVICE_JOB (job));
  guint32 offset = ek_read_job_get_offset (EK_READ_JOB (job));

  if (chip->chip == NULL || offset != EK_CLI_BEHIND_BOOTLOADER ||
      ek_read_job_get_partition (EK_READ_JOB (job)) != NULL || chip->chip->bootloader_offset != 0)
    return NULL;

  return _ ("On this chip the boot loader is at 0x0: this backup lacks its first 4 KiB and has the "
            "rest of it. It can't bring back an erased device.");
}

static void
add_backup (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  const char *warnings[] = { backup_warning (job), NULL };

  ek_cli_json_read_job (builder, EK_READ_JOB (job));
  if (error == NULL)
    ek_cli_json_text (builder, "manifest_path",
                      ek_backup_job_get_manifest_path (EK_BACKUP_JOB (job)));
  add_warnings (builder, warnings);
  ek_cli_json_device_job (builder, EK_DEVICE_JOB (job));
}

static void
tell_backup (EkJob *job, gpointer data)
{
  EkReadJob *read = EK_READ_JOB (job);
  g_autofree char *size = g_format_size_full (ek_read_job_get_size (read), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *moved =
      g_format_size_full (ek_read_job_get_bytes_transferred (read), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *seconds =
      ek_cli_format_seconds (ek_device_job_get_seconds (EK_DEVICE_JOB (job)));

  printf (_ ("Saved %s (%s of them transferred) and checked them in %s.\n"), size, moved, seconds);
  printf (_ ("The backup is %s; %s beside it says whose it is.\n"), ek_read_job_get_path (read),
          ek_backup_job_get_manifest_path (EK_BACKUP_JOB (job)));
  puts (_ ("It holds the device's Wi-Fi password: only you can read it. Keep it so."));
  if (backup_warning (job) != NULL)
    puts (backup_warning (job));
  if (ek_port_is_simulated (ek_device_job_get_port (EK_DEVICE_JOB (job))))
    puts (_ ("(This was a simulated device.)"));
}

/**
 * ek_cli_backup_operation_new:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_backup_operation_new (EkPort *port, const EkReadJobOptions *options)
{
  static const EkCliOperationClass klass = { .add_result = add_backup,
                                             .tell = tell_backup,
                                             .tell_failure = ek_cli_tell_partial_read };

  return ek_cli_operation_new (&klass, EK_JOB (ek_backup_job_new (port, options)), NULL, NULL);
}

/* Zero to two, in the order in which they are said. */
static void
restore_warnings (EkRestoreJob *job, const char **warnings)
{
  EkBackup *backup = ek_restore_job_get_backup (job);

  if (ek_restore_job_is_other_device (job))
    *warnings++ = _ ("The backup is of another device; its Wi-Fi and settings come along.");
  if (backup != NULL && !ek_backup_has_manifest (backup))
    *warnings++ = _ ("There is no manifest beside the file: whose backup it is, and whether it is "
                     "whole, can't be told.");
  *warnings = NULL;
}

static void
add_restore (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  EkRestoreJob *self = EK_RESTORE_JOB (job);
  EkBackup *backup = ek_restore_job_get_backup (self);
  EkFlashPlan *plan = ek_restore_job_get_plan (self);
  const char *warnings[3];

  restore_warnings (self, warnings);
  ek_cli_json_text (builder, "port",
                    ek_port_get_path (ek_device_job_get_port (EK_DEVICE_JOB (job))));
  ek_cli_json_text (builder, "backup_path", ek_restore_job_get_path (self));
  ek_cli_json_text (builder, "partition", ek_restore_job_get_partition (self));
  ek_cli_json_address (builder, "start_address", ek_restore_job_get_offset (self));
  ek_cli_json_number (builder, "size", ek_restore_job_get_size (self));
  ek_cli_json_number (builder, "bytes_written", ek_restore_job_get_bytes_written (self));
  ek_cli_json_flag (builder, "verified", ek_restore_job_is_verified (self));
  ek_cli_json_flag (builder, "changed",
                    error == NULL
                        ? ek_restore_job_is_verified (self) && ek_flash_plan_has_changes (plan)
                        : ek_restore_job_has_started (self));
  ek_cli_json_flag (builder, "has_manifest", backup != NULL && ek_backup_has_manifest (backup));
  if (backup != NULL)
    ek_cli_json_text (builder, "backup_mac_address", ek_backup_get_mac (backup));
  ek_cli_json_flag (builder, "other_device", ek_restore_job_is_other_device (self));
  add_warnings (builder, warnings);
  if (plan != NULL)
    ek_cli_json_plan (builder, plan);
  ek_cli_json_number (builder, "reconnections", ek_restore_job_get_n_recoveries (self));
  ek_cli_json_device_job (builder, EK_DEVICE_JOB (job));
}

static void
tell_restore (EkJob *job, gpointer data)
{
  EkRestoreJob *self = EK_RESTORE_JOB (job);
  EkFlashPlan *plan = ek_restore_job_get_plan (self);
  g_autofree char *written =
      g_format_size_full (ek_restore_job_get_bytes_written (self), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *seconds =
      ek_cli_format_seconds (ek_device_job_get_seconds (EK_DEVICE_JOB (job)));
  const char *warnings[3];

  restore_warnings (self, warnings);
  for (guint i = 0; warnings[i] != NULL; i++)
    fprintf (stderr, _ ("Warning: %s\n"), warnings[i]);
  if (!ek_restore_job_is_verified (self))
    ek_cli_report_plan (plan);
  else if (!ek_flash_plan_has_changes (plan))
    puts (_ ("Nothing to do: all of it is on the device already."));
  else
    printf (_ ("Brought back %s: %s written and checked in %s.\n"), ek_restore_job_get_path (self),
            written, seconds);
  if (ek_port_is_simulated (ek_device_job_get_port (EK_DEVICE_JOB (job))))
    puts (_ ("(This was a simulated device.)"));
}

static void
tell_half_restored (EkJob *job, gpointer data)
{
  if (ek_restore_job_has_started (EK_RESTORE_JOB (job)))
    fprintf (stderr, "%s\n",
             _ ("Only a part of it is on the device, which may not start until the rest is. Run "
                "the "
                "same command again to finish it."));
  else
    fprintf (stderr, "%s\n", _ ("Nothing was changed on the device."));
}

/**
 * ek_cli_restore_operation_new:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_restore_operation_new (EkPort *port, const EkRestoreJobOptions *options)
{
  static const EkCliOperationClass klass = { .add_result = add_restore,
                                             .tell = tell_restore,
                                             .tell_failure = tell_half_restored };

  return ek_cli_operation_new (&klass, EK_JOB (ek_restore_job_new (port, options)), NULL, NULL);
}
