/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reading, erasing and verifying came to: with the keys of the flash manager's esp_flash_read,
 * esp_flash_erase and esp_verify_flash first. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-region.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-cli-json.h"
#include "ek-cli-output.h"

static const char *
port_path (gpointer job)
{
  return ek_port_get_path (ek_device_job_get_port (EK_DEVICE_JOB (job)));
}

static void
tell_simulated (EkJob *job)
{
  if (ek_port_is_simulated (ek_device_job_get_port (EK_DEVICE_JOB (job))))
    puts (_ ("(This was a simulated device.)"));
}

/**
 * ek_cli_json_read_job:
 *
 * The members that a read and a backup share.
 */
void
ek_cli_json_read_job (JsonBuilder *builder, EkReadJob *job)
{
  ek_cli_json_text (builder, "port", port_path (job));
  ek_cli_json_text (builder, "output_path", ek_read_job_get_path (job));
  ek_cli_json_address (builder, "start_address", ek_read_job_get_offset (job));
  ek_cli_json_number (builder, "bytes_read",
                      ek_read_job_get_sha256 (job) != NULL ? ek_read_job_get_size (job) : 0);
  ek_cli_json_number (builder, "bytes_transferred", ek_read_job_get_bytes_transferred (job));
  ek_cli_json_text (builder, "partition", ek_read_job_get_partition (job));
  ek_cli_json_text (builder, "sha256", ek_read_job_get_sha256 (job));
  ek_cli_json_text (builder, "partial_path", ek_read_job_get_part_path (job));
  ek_cli_json_flag (builder, "resumed", ek_read_job_was_resumed (job));
  ek_cli_json_number (builder, "reconnections", ek_read_job_get_n_recoveries (job));
}

static void
add_read (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  ek_cli_json_read_job (builder, EK_READ_JOB (job));
  ek_cli_json_device_job (builder, EK_DEVICE_JOB (job));
}

static void
tell_read (EkJob *job, gpointer data)
{
  EkReadJob *self = EK_READ_JOB (job);
  g_autofree char *size = g_format_size_full (ek_read_job_get_size (self), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *seconds =
      ek_cli_format_seconds (ek_device_job_get_seconds (EK_DEVICE_JOB (job)));

  printf (_ ("Read %s at 0x%x into %s, in %s.\n"), size, ek_read_job_get_offset (self),
          ek_read_job_get_path (self), seconds);
  puts (_ ("What is on a device includes its Wi-Fi password: only you can read the file."));
  tell_simulated (job);
}

/**
 * ek_cli_tell_partial_read:
 *
 * Says that a failed read need not begin anew.
 */
void
ek_cli_tell_partial_read (EkJob *job, gpointer data)
{
  const char *path = ek_read_job_get_part_path (EK_READ_JOB (job));

  if (path != NULL)
    fprintf (stderr, _ ("What was read is kept in %s; the same command goes on from there.\n"),
             path);
}

/**
 * ek_cli_read_operation_new:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_read_operation_new (EkPort *port, const EkReadJobOptions *options)
{
  static const EkCliOperationClass klass = { .add_result = add_read,
                                             .tell = tell_read,
                                             .tell_failure = ek_cli_tell_partial_read };

  return ek_cli_operation_new (&klass, EK_JOB (ek_read_job_new (port, options)), NULL, NULL);
}

static void
add_erase (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  EkEraseJob *self = EK_ERASE_JOB (job);
  gboolean full = GPOINTER_TO_INT (data);
  g_autoptr (GPtrArray) lost = ek_erase_job_get_lost_partitions (self);

  ek_cli_json_text (builder, "port", port_path (job));
  ek_cli_json_text (builder, "erase_type", full ? "full" : "region");
  ek_cli_json_address (builder, "start_address", ek_erase_job_get_offset (self));
  if (full)
    ek_cli_json_null (builder, "size");
  else
    ek_cli_json_number (builder, "size", ek_erase_job_get_size (self));
  ek_cli_json_flag (builder, "changed", ek_erase_job_has_changes (self));
  ek_cli_json_flag (builder, "verified", error == NULL);
  json_builder_set_member_name (builder, "lost_partitions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lost->len; i++)
    json_builder_add_string_value (builder, ((const EkPartition *) lost->pdata[i])->label);
  json_builder_end_array (builder);
  ek_cli_json_device_job (builder, EK_DEVICE_JOB (job));
}

static void
tell_erase (EkJob *job, gpointer data)
{
  EkEraseJob *self = EK_ERASE_JOB (job);
  g_autofree char *size =
      g_format_size_full (ek_erase_job_get_size (self), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *seconds =
      ek_cli_format_seconds (ek_device_job_get_seconds (EK_DEVICE_JOB (job)));

  if (!ek_erase_job_has_changes (self))
    puts (_ ("Nothing to do: it was blank already."));
  else
    printf (_ ("Erased %s at 0x%x, checked by the device, in %s.\n"), size,
            ek_erase_job_get_offset (self), seconds);
  tell_simulated (job);
}

/* What a partition means to its owner. */
static const char *
partition_words (const EkPartition *partition)
{
  if (partition->type == EK_PARTITION_TYPE_APP)
    return _ ("the firmware");
  if (partition->type == EK_PARTITION_TYPE_DATA && partition->subtype == EK_PARTITION_SUBTYPE_NVS)
    return _ ("your Wi-Fi and settings");
  if (partition->type == EK_PARTITION_TYPE_DATA && partition->subtype == EK_PARTITION_SUBTYPE_PHY)
    return _ ("the radio's calibration, which the device makes anew");
  return _ ("data");
}

/**
 * ek_cli_tell_losses:
 *
 * Prints what an erase takes, by the device's own table.
 */
void
ek_cli_tell_losses (EkEraseJob *job)
{
  g_autoptr (GPtrArray) lost = ek_erase_job_get_lost_partitions (job);
  const EkInstalled *installed = ek_erase_job_get_installed (job);

  fprintf (stderr, _ ("0x%x … 0x%x of %s will be erased:\n"), ek_erase_job_get_offset (job),
           ek_erase_job_get_offset (job) + ek_erase_job_get_size (job) - 1, port_path (job));
  if (ek_erase_job_get_offset (job) < EK_PARTITION_TABLE_OFFSET + EK_PARTITION_TABLE_SIZE)
    fprintf (stderr, "  %s\n", _ ("what starts the device, and the list of its parts"));
  for (guint i = 0; i < lost->len; i++)
    {
      const EkPartition *partition = lost->pdata[i];

      fprintf (stderr, "  %-10s %s", partition->label, partition_words (partition));
      if (partition->type == EK_PARTITION_TYPE_APP && installed->has_app &&
          partition == ek_partition_table_find_boot_app (installed->table))
        fprintf (stderr, " (%s)", installed->app.version);
      fputc ('\n', stderr);
    }
}

/**
 * ek_cli_erase_operation_new:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_erase_operation_new (EkPort *port, const EkEraseJobOptions *options)
{
  static const EkCliOperationClass klass = { .add_result = add_erase, .tell = tell_erase };
  gboolean full = options->offset == 0 && options->size == 0 && options->partition == NULL;

  return ek_cli_operation_new (&klass, EK_JOB (ek_erase_job_new (port, options)),
                               GINT_TO_POINTER (full), NULL);
}

static char *
describe_difference (EkVerifyJob *job)
{
  guint8 wanted, found;
  guint32 at = ek_verify_job_get_first_difference (job, &wanted, &found);

  return g_strdup_printf ("Verify failed at offset 0x%08x: the file has 0x%02x at 0x%x, the device "
                          "0x%02x",
                          ek_verify_job_get_offset (job) + at, wanted, at, found);
}

static void
add_verify (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  EkVerifyJob *self = EK_VERIFY_JOB (job);
  gboolean same = error == NULL && ek_verify_job_is_same (self);

  ek_cli_json_flag (builder, "verified", same);
  if (error == NULL && !same)
    ek_cli_json_flag (builder, "mismatch", TRUE);
  ek_cli_json_text (builder, "port", port_path (job));
  ek_cli_json_text (builder, "firmware_path", ek_verify_job_get_path (self));
  ek_cli_json_address (builder, "address", ek_verify_job_get_offset (self));
  ek_cli_json_number (builder, "file_size", ek_verify_job_get_file_size (self));
  if (error == NULL && !same)
    {
      g_autofree char *details = describe_difference (self);
      guint8 wanted, found;
      guint32 at = ek_verify_job_get_first_difference (self, &wanted, &found);

      ek_cli_json_text (builder, "details", details);
      ek_cli_json_address (builder, "first_difference", ek_verify_job_get_offset (self) + at);
    }
  ek_cli_json_device_job (builder, EK_DEVICE_JOB (job));
}

static void
tell_verify (EkJob *job, gpointer data)
{
  EkVerifyJob *self = EK_VERIFY_JOB (job);
  g_autofree char *details = NULL;

  if (ek_verify_job_is_same (self))
    {
      printf (_ ("The device holds exactly the bytes of %s.\n"), ek_verify_job_get_path (self));
    }
  else
    {
      details = describe_difference (self);
      printf (_ ("The device holds something else than %s.\n"), ek_verify_job_get_path (self));
      puts (details);
    }
  tell_simulated (job);
}

static gboolean
is_verified (EkJob *job, gpointer data)
{
  return ek_verify_job_is_same (EK_VERIFY_JOB (job));
}

/**
 * ek_cli_verify_operation_new:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_verify_operation_new (EkPort *port, const EkVerifyJobOptions *options)
{
  static const EkCliOperationClass klass = { .add_result = add_verify,
                                             .tell = tell_verify,
                                             .is_good = is_verified };

  return ek_cli_operation_new (&klass, EK_JOB (ek_verify_job_new (port, options)), NULL, NULL);
}
