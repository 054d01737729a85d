/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probe: connect, read what identifies chip and firmware, leave. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-probe-job.h"

#include "ek-guided-connect.h"
#include "ek-settings.h"
#include "ek-stored-settings.h"

#define NO_PROBLEM (-1)

struct _EkProbeJob
{
  EkJob parent_instance;

  EkPort *port;
  EkLoaderOptions options;
  EkChipInfo chip;
  EkInstalled installed;
  char **setting_names;
  guint patience; /* seconds */
  int problem;    /* atomic; NO_PROBLEM or an EkError */
  GMainContext *context;
};

typedef enum
{
  PROP_PROBLEM = 1,
} EkProbeJobProperty;

static GParamSpec *properties[PROP_PROBLEM + 1];

G_DEFINE_FINAL_TYPE (EkProbeJob, ek_probe_job, EK_TYPE_JOB)

static gboolean
on_problem_changed (gpointer user_data)
{
  g_object_notify_by_pspec (G_OBJECT (user_data), properties[PROP_PROBLEM]);
  return G_SOURCE_REMOVE;
}

/* On the working thread; told on the one that made the job. */
static void
set_problem (EkProbeJob *self, int problem)
{
  if (g_atomic_int_get (&self->problem) == problem)
    return;

  g_atomic_int_set (&self->problem, problem);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, on_problem_changed,
                              g_object_ref (self), g_object_unref);
}

static void
on_guide (EkError problem, gpointer user_data)
{
  set_problem (user_data, (int) problem);
}

/* Their names, never their values: the password of the Wi-Fi is among them. */
static gboolean
read_settings (EkProbeJob *self,
               const EkFlashReader *reader,
               GCancellable *cancellable,
               GError **error)
{
  const EkPartition *partition =
      self->installed.table != NULL ? ek_settings_find_partition (self->installed.table) : NULL;
  g_auto (EkStoredSettings) stored = { 0 };

  if (partition == NULL || (guint64) partition->offset + partition->size > self->chip.flash_size)
    return TRUE;
  if (!ek_stored_settings_read (&stored, reader, partition->offset, partition->size, cancellable,
                                error))
    return FALSE;

  if (stored.nvs != NULL)
    self->setting_names = ek_nvs_list_keys (stored.nvs, EK_SETTINGS_NAMESPACE);
  return TRUE;
}

static gboolean
read_installed (EkProbeJob *self, EkLoader *loader, GCancellable *cancellable, GError **error)
{
  EkFlashReader reader = ek_flash_reader_for_loader (loader);

  if (ek_chip_info_is_locked (&self->chip, NULL))
    return TRUE;

  return ek_installed_read (&self->installed, &reader, self->chip.flash_size, cancellable, error) &&
         read_settings (self, &reader, cancellable, error);
}

static gboolean
ek_probe_job_run (EkJob *job, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  EkProbeJob *self = EK_PROBE_JOB (job);
  EkGuide guide = { self->patience * G_USEC_PER_SEC, on_guide, self };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GError) leave_error = NULL;
  gboolean ok = FALSE;

  ek_installed_clear (&self->installed);
  g_clear_pointer (&self->setting_names, g_strfreev);
  ek_progress_set_weight (progress, EK_PHASE_CONNECT, 1.0);
  ek_progress_set_weight (progress, EK_PHASE_READ, 0.1);
  ek_progress_begin (progress, EK_PHASE_CONNECT, 0);
  loader = ek_guided_connect (&guide, self->port, &self->options, cancellable, error);
  set_problem (self, NO_PROBLEM);
  if (loader != NULL)
    {
      self->chip = *ek_loader_get_chip_info (loader);
      ek_progress_begin (progress, EK_PHASE_READ, 0);
      ok = read_installed (self, loader, cancellable, error);
      if (!ek_loader_leave (loader, NULL, &leave_error))
        g_debug ("leaving: %s", leave_error->message);
    }
  ek_port_close (self->port);

  return ok;
}

static void
ek_probe_job_finalize (GObject *object)
{
  EkProbeJob *self = EK_PROBE_JOB (object);

  ek_installed_clear (&self->installed);
  g_strfreev (self->setting_names);
  g_main_context_unref (self->context);
  g_clear_object (&self->port);

  G_OBJECT_CLASS (ek_probe_job_parent_class)->finalize (object);
}

static void
ek_probe_job_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_PROBLEM)
    g_value_set_int (value, g_atomic_int_get (&EK_PROBE_JOB (object)->problem));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
ek_probe_job_class_init (EkProbeJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ek_probe_job_get_property;
  object_class->finalize = ek_probe_job_finalize;
  EK_JOB_CLASS (klass)->run = ek_probe_job_run;

  properties[PROP_PROBLEM] =
      g_param_spec_int ("problem", NULL, NULL, NO_PROBLEM, EK_N_ERRORS - 1, NO_PROBLEM,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_property (object_class, PROP_PROBLEM, properties[PROP_PROBLEM]);
}

static void
ek_probe_job_init (EkProbeJob *self)
{
  self->problem = NO_PROBLEM;
  self->context = g_main_context_ref_thread_default ();
}

/**
 * ek_probe_job_new:
 * @port: (transfer none): the device; the job opens and closes it
 * @options: (nullable)
 *
 * Returns: (transfer full)
 */
EkProbeJob *
ek_probe_job_new (EkPort *port, const EkLoaderOptions *options)
{
  EkProbeJob *self = g_object_new (EK_TYPE_PROBE_JOB, NULL);

  self->port = g_object_ref (port);
  if (options != NULL)
    self->options = *options;
  return self;
}

/**
 * ek_probe_job_get_chip_info:
 *
 * Returns: (transfer none)
 */
const EkChipInfo *
ek_probe_job_get_chip_info (EkProbeJob *self)
{
  return &self->chip;
}

/**
 * ek_probe_job_get_installed:
 *
 * Returns: (transfer none)
 */
const EkInstalled *
ek_probe_job_get_installed (EkProbeJob *self)
{
  return &self->installed;
}

/**
 * ek_probe_job_get_setting_names:
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): what the owner has set, such as "ssid";
 *   %NULL if no settings were found
 */
const char *const *
ek_probe_job_get_setting_names (EkProbeJob *self)
{
  return (const char *const *) self->setting_names;
}

/**
 * ek_probe_job_set_patience:
 * @seconds: how long to wait for a person to put the device into download mode by hand; 0, the
 *   default, not to wait
 */
void
ek_probe_job_set_patience (EkProbeJob *self, guint seconds)
{
  self->patience = seconds;
}

/**
 * ek_probe_job_get_problem:
 * @code: (out): why the chip does not answer, told by what was received
 *
 * Returns: %TRUE while the job waits for a person's hands; from any thread
 */
gboolean
ek_probe_job_get_problem (EkProbeJob *self, EkError *code)
{
  int problem = g_atomic_int_get (&self->problem);

  if (problem == NO_PROBLEM)
    return FALSE;

  *code = (EkError) problem;
  return TRUE;
}
