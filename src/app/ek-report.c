/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports are technical English: they are for whoever makes the app, not for its owner. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-report.h"

#include <adwaita.h>

#include "ek-flash-job.h"

static void
add_plan (GString *text, EkFlashPlan *plan)
{
  g_string_append (text, "\nPlan\n");
  for (guint i = 0; i < ek_flash_plan_get_n_ranges (plan); i++)
    {
      const EkPlanRange *range = ek_flash_plan_get_range (plan, i);

      g_string_append_printf (text, "  %-5s 0x%06x %8u %-16s %s\n",
                              ek_range_action_name (range->action), range->offset, range->size,
                              range->name, range->reason);
    }
}

static void
add_flash_job (GString *text, EkFlashJob *job)
{
  const EkChipInfo *chip = ek_flash_job_get_chip_info (job);
  EkFlashPlan *plan = ek_flash_job_get_plan (job);

  g_string_append_printf (text, "outcome      %s\n",
                          ek_flash_outcome_name (ek_flash_job_get_outcome (job)));
  g_string_append_printf (text, "written      %" G_GUINT64_FORMAT " bytes, %u recoveries\n",
                          ek_flash_job_get_bytes_written (job),
                          ek_flash_job_get_n_recoveries (job));
  if (chip->chip != NULL)
    {
      g_autofree char *description = ek_chip_info_get_description (chip);

      g_string_append_printf (text, "chip         %s, flash %u bytes, id %06x\n", description,
                              chip->flash_size, chip->flash_id);
    }
  if (plan != NULL)
    add_plan (text, plan);
}

static void
add_operation (GString *text, EkOperation *operation)
{
  EkTarget *target = ek_operation_get_target (operation);
  EkDevice *device = ek_target_get_device (target);
  EkBundle *bundle = ek_operation_get_bundle (operation);
  EkJob *job = ek_operation_get_job (operation);

  g_string_append_printf (text, "device       %s\n", ek_device_get_path (device));
  if (ek_target_get_version (target) != NULL)
    g_string_append_printf (text, "installed    %s\n", ek_target_get_version (target));
  if (bundle != NULL)
    {
      const char *version = ek_bundle_get_version (bundle);

      g_string_append_printf (text, "firmware     %s %s\n", ek_bundle_get_source (bundle),
                              version != NULL ? version : "");
    }
  if (EK_IS_FLASH_JOB (job))
    add_flash_job (text, EK_FLASH_JOB (job));
}

/**
 * ek_report_details:
 * @operation: (nullable)
 *
 * Returns: (transfer full): the technical lines for the page of a problem
 */
char *
ek_report_details (EkOperation *operation, const GError *error)
{
  const char *name = error->domain == EK_ERROR ? ek_error_name ((EkError) error->code) : "internal";
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s: %s", name, error->message);
  if (operation != NULL)
    g_string_append_printf (text, "\n%s",
                            ek_device_get_path (
                                ek_target_get_device (ek_operation_get_target (operation))));

  return g_string_free (text, FALSE);
}

/**
 * ek_report_new:
 * @operation: (nullable): what was done
 *
 * Returns: (transfer full): a text file; secrets never get this far
 */
char *
ek_report_new (EkOperation *operation, const GError *error)
{
  GString *text = g_string_new ("EchoKit Flasher report\n\n");
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format_iso8601 (now);
  g_autofree char *os = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  g_autofree char *details = ek_report_details (operation, error);

  g_string_append_printf (text, "app          %s\n", EK_VERSION);
  g_string_append_printf (text, "time         %s\n", time);
  g_string_append_printf (text, "system       %s%s\n", os != NULL ? os : "unknown",
                          g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ? ", Flatpak" : "");
  g_string_append_printf (text, "libraries    GLib %u.%u, GTK %u.%u, libadwaita %u.%u\n",
                          glib_major_version, glib_minor_version, gtk_get_major_version (),
                          gtk_get_minor_version (), adw_get_major_version (),
                          adw_get_minor_version ());
  g_string_append_printf (text, "error        %s\n", details);
  if (operation != NULL)
    {
      g_autofree char *log = ek_operation_dup_log (operation);

      add_operation (text, operation);
      if (*log != '\0')
        g_string_append_printf (text, "\nDevice log\n%s", log);
    }

  return g_string_free (text, FALSE);
}
