/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Installing: which job runs with which options, and what is said when it has ended. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-install-operation.h"

#include <glib/gi18n.h>

#include "ek-backup-job.h"

/* What the QR code on the screen of a device leads to that waits for set-up. Source: EchoKit's main.rs
 * (v0.3.2) draws it; the same address is in EchoKit's documentation, "Connect the device". */
#define SETUP_PAGE "https://echokit.dev/setup/"

struct _EkInstallOperation
{
  EkOperation parent_instance;

  EkInstallOptions options;
  char *backup_path;
  EkSettings *settings; /* until they are on the device */
  gboolean sets_wifi;
};

G_DEFINE_FINAL_TYPE (EkInstallOperation, ek_install_operation, EK_TYPE_OPERATION)

#define INSTALL_STEPS                                                                          \
  (1u << EK_STEP_DOWNLOAD | 1u << EK_STEP_CHECK | 1u << EK_STEP_WRITE | 1u << EK_STEP_VERIFY | \
   1u << EK_STEP_START)

/* clang-format off */
static const EkOperationWords kind_words[] = {
  [EK_INSTALL_FIRST] = {
    N_ ("Installing on your EchoKit"),
    N_ ("Stop now?"),
    N_ ("Your EchoKit will not start until the installation is finished. You can finish it any time "
        "with this app."),
    N_ ("Installing firmware on an EchoKit"),
    INSTALL_STEPS,
  },
  [EK_INSTALL_UPDATE] = {
    N_ ("Updating your EchoKit"),
    N_ ("Stop now?"),
    N_ ("Your EchoKit will not start until the update is finished. You can finish it any time with "
        "this app."),
    N_ ("Updating an EchoKit"),
    INSTALL_STEPS,
  },
  [EK_INSTALL_AGAIN] = {
    N_ ("Installing again on your EchoKit"),
    N_ ("Stop now?"),
    N_ ("Your EchoKit will not start until the installation is finished. You can finish it any time "
        "with this app."),
    N_ ("Installing firmware on an EchoKit"),
    INSTALL_STEPS,
  },
};
/* clang-format on */

/* On the job's thread. */
static void
on_line (const char *line, gpointer user_data)
{
  ek_operation_add_line (user_data, line);
}

static EkJob *
ek_install_operation_create_backup_job (EkOperation *operation, EkPort *port)
{
  EkReadJobOptions options = {
    .device.loader.no_reset = ek_operation_get_listening (operation),
    .path = EK_INSTALL_OPERATION (operation)->backup_path,
  };

  return EK_JOB (ek_backup_job_new (port, &options));
}

static EkJob *
ek_install_operation_create_job (EkOperation *operation, EkPort *port, EkBundle *bundle)
{
  EkInstallOperation *self = EK_INSTALL_OPERATION (operation);
  EkFlashJobOptions options = {
    .plan = { .fresh = self->options.fresh,
              .force_board = self->options.force_board,
              .settings = self->settings },
    .loader = { .no_reset = ek_operation_get_listening (operation) },
  };
  EkFlashJob *job;

  if (self->options.board != NULL && ek_bundle_get_board (bundle) == NULL)
    ek_bundle_set_board (bundle, self->options.board);
  job = ek_flash_job_new (port, bundle, &options);
  ek_flash_job_set_line_func (job, on_line, operation);
  return EK_JOB (job);
}

static void
ek_install_operation_finished (EkOperation *operation, EkJob *job)
{
  EkInstallOperation *self = EK_INSTALL_OPERATION (operation);
  EkBundle *bundle = ek_operation_get_bundle (operation);
  EkTarget *target = ek_operation_get_target (operation);

  g_clear_pointer (&self->settings, ek_settings_free);
  ek_flash_job_forget_data (EK_FLASH_JOB (job));
  ek_target_set_installed (target, ek_bundle_get_board (bundle), ek_bundle_get_version (bundle));
  ek_target_set_console_baud (target, ek_bundle_get_console_baud (bundle));
}

static gboolean
ek_install_operation_is_harmless (EkOperation *operation, EkJob *job)
{
  EkProgressInfo info;

  ek_job_get_progress (job, &info);
  if (ek_job_get_state (job) == EK_JOB_RUNNING)
    return info.phase < EK_PHASE_ERASE;

  return ek_flash_job_get_outcome (EK_FLASH_JOB (job)) != EK_FLASH_TOUCHED;
}

static gboolean
ek_install_operation_is_complete (EkOperation *operation, EkJob *job)
{
  EkProgressInfo info;

  ek_job_get_progress (job, &info);
  if (ek_job_get_state (job) == EK_JOB_RUNNING)
    return info.phase == EK_PHASE_START;

  return ek_flash_job_get_outcome (EK_FLASH_JOB (job)) >= EK_FLASH_WRITTEN;
}

static char *
done_title (EkInstallOperation *self)
{
  gboolean simulated = ek_target_is_simulated (ek_operation_get_target (EK_OPERATION (self)));

  if (simulated)
    return g_strdup (_ ("The simulated EchoKit is up to date"));
  if (self->options.kind == EK_INSTALL_UPDATE)
    return g_strdup (_ ("Your EchoKit is up to date"));

  return g_strdup (_ ("Your EchoKit is ready"));
}

/* Whole sentences: another language may order their parts differently. */
static char *
started_body (EkInstallOperation *self, EkFlashJob *job, const char *version)
{
  EkBootState state = ek_boot_verdict_get_state (ek_flash_job_get_verdict (job));

  if (version == NULL)
    return g_strdup (_ ("It was seen to start."));
  if (state == EK_BOOT_ONLINE)
    /* Translators: %s is a version */
    return g_strdup_printf (_ ("It started with %s and is in your Wi-Fi."), version);
  if (self->sets_wifi && state != EK_BOOT_SETUP)
    return g_strdup_printf (_ ("It started with %s and joins your Wi-Fi by itself."), version);
  if (state != EK_BOOT_SETUP && ek_flash_plan_keeps_settings (ek_flash_job_get_plan (job)))
    return g_strdup_printf (_ ("It started with %s and kept your settings."), version);

  return g_strdup_printf (_ ("It started with %s."), version);
}

/* Where the backup lies, and a way there unless something else comes next. */
static void
describe_backup (EkInstallOperation *self, EkOperationResult *result)
{
  g_autofree char *name = g_path_get_basename (self->backup_path);
  g_autofree char *folder = g_path_get_dirname (self->backup_path);
  g_autofree char *folder_name = g_path_get_basename (folder);

  /* Translators: a file's name and its folder's */
  result->note = g_strdup_printf (_ ("What was on it before is saved in %s in the folder %s. Your "
                                     "Wi-Fi password is in it too: keep it to yourself."),
                                  name, folder_name);
  if (result->link_uri != NULL)
    return;
  result->link_label = g_strdup (_ ("Open the _Folder"));
  result->link_uri = g_filename_to_uri (folder, NULL, NULL);
}

static void
describe_start (EkOperation *operation, EkOperationResult *result)
{
  EkInstallOperation *self = EK_INSTALL_OPERATION (operation);
  EkFlashJob *job = EK_FLASH_JOB (ek_operation_get_job (operation));
  EkBootVerdict *verdict = ek_flash_job_get_verdict (job);
  const char *version = ek_bundle_get_version (ek_operation_get_bundle (operation));
  gboolean kept = ek_flash_plan_keeps_settings (ek_flash_job_get_plan (job));
  gboolean setup;

  if (ek_job_get_state (EK_JOB (job)) == EK_JOB_FAILED)
    {
      /* somebody did not want to wait for its start */
      result->body =
          g_strdup (_ ("Installed and checked. Look at its screen for the QR code or the clock."));
      return;
    }
  if (ek_flash_job_get_outcome (job) != EK_FLASH_STARTED || verdict == NULL)
    {
      result->body = g_strdup (_ ("Installed and checked. Its start could not be heard over this "
                                  "cable: look at its screen for the QR code or the clock."));
      return;
    }

  setup = ek_boot_verdict_get_state (verdict) == EK_BOOT_SETUP || (!kept && !self->sets_wifi);
  result->body = started_body (self, job, version);
  if (setup && !ek_target_is_simulated (ek_operation_get_target (operation)))
    {
      g_autofree char *body = g_steal_pointer (&result->body);

      result->body =
          g_strdup_printf ("%s %s", body,
                           _ ("Next: scan the QR code on its screen to connect it to your Wi-Fi."));
      result->link_label = g_strdup (_ ("Open the _Set-up Page"));
      result->link_uri = g_strdup (SETUP_PAGE);
    }
}

static void
ek_install_operation_describe (EkOperation *operation, EkOperationResult *result)
{
  EkInstallOperation *self = EK_INSTALL_OPERATION (operation);

  result->title = done_title (self);
  describe_start (operation, result);
  if (self->backup_path != NULL)
    describe_backup (self, result);
}

static void
ek_install_operation_finalize (GObject *object)
{
  EkInstallOperation *self = EK_INSTALL_OPERATION (object);

  g_free (self->backup_path);
  g_clear_pointer (&self->settings, ek_settings_free);

  G_OBJECT_CLASS (ek_install_operation_parent_class)->finalize (object);
}

static void
ek_install_operation_class_init (EkInstallOperationClass *klass)
{
  EkOperationClass *operation_class = EK_OPERATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ek_install_operation_finalize;
  operation_class->create_backup_job = ek_install_operation_create_backup_job;
  operation_class->create_job = ek_install_operation_create_job;
  operation_class->finished = ek_install_operation_finished;
  operation_class->describe = ek_install_operation_describe;
  operation_class->is_harmless = ek_install_operation_is_harmless;
  operation_class->is_complete = ek_install_operation_is_complete;
}

static void
ek_install_operation_init (EkInstallOperation *self)
{
}

/**
 * ek_install_operation_new:
 * @options: what the person has chosen
 *
 * Returns: (transfer full): an operation that has not started
 */
EkOperation *
ek_install_operation_new (EkTarget *target, EkOffer *offer, const EkInstallOptions *options)
{
  EkInstallOperation *self =
      g_object_new (EK_TYPE_INSTALL_OPERATION, "target", target, "offer", offer, NULL);
  EkOperationWords words = kind_words[options->kind];

  self->options = *options;
  self->options.board = g_intern_string (options->board);
  self->options.backup_path = NULL;
  self->options.settings = NULL;
  if (options->settings != NULL)
    {
      self->settings = ek_settings_copy (options->settings);
      self->sets_wifi = options->settings->ssid != NULL;
    }
  self->backup_path = g_strdup (options->backup_path);
  if (options->backup_path != NULL)
    words.steps |= 1u << EK_STEP_BACKUP;
  ek_operation_set_words (EK_OPERATION (self), &words);
  return EK_OPERATION (self);
}

/**
 * ek_install_operation_set_force_board:
 *
 * Installs although the device ran another EchoKit's firmware: the owner was asked.
 */
void
ek_install_operation_set_force_board (EkInstallOperation *self, gboolean force)
{
  self->options.force_board = force;
}

/**
 * ek_install_operation_set_backup_path:
 * @path: where the backup goes instead; of an operation that makes one
 */
void
ek_install_operation_set_backup_path (EkInstallOperation *self, const char *path)
{
  g_return_if_fail (self->backup_path != NULL);

  g_free (self->backup_path);
  self->backup_path = g_strdup (path);
}

gboolean
ek_install_operation_is_fresh (EkInstallOperation *self)
{
  return self->options.fresh;
}
