/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row a tool: its job, its words, whether stopping it does harm, how it ended. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-tool-operation.h"

#include <glib/gi18n.h>

#include "ek-backup-job.h"
#include "ek-erase-job.h"
#include "ek-restore-job.h"
#include "ek-verify-job.h"

struct _EkToolOperation
{
  EkOperation parent_instance;

  EkTool tool;
  char *path;
};

G_DEFINE_FINAL_TYPE (EkToolOperation, ek_tool_operation, EK_TYPE_OPERATION)

static EkJob *
create_backup (EkToolOperation *self, EkPort *port)
{
  EkReadJobOptions options = { .path = self->path };

  return EK_JOB (ek_backup_job_new (port, &options));
}

static EkJob *
create_restore (EkToolOperation *self, EkPort *port)
{
  EkRestoreJobOptions options = { .path = self->path };

  return EK_JOB (ek_restore_job_new (port, &options));
}

static EkJob *
create_verify (EkToolOperation *self, EkPort *port)
{
  EkVerifyJobOptions options = { .path = self->path };

  return EK_JOB (ek_verify_job_new (port, &options));
}

static EkJob *
create_erase (EkToolOperation *self, EkPort *port)
{
  EkEraseJobOptions options = { 0 };

  return EK_JOB (ek_erase_job_new (port, &options));
}

static void
describe_backup (EkToolOperation *self, EkJob *job, EkOperationResult *result)
{
  g_autofree char *name = g_path_get_basename (self->path);
  g_autofree char *folder = g_path_get_dirname (self->path);

  result->title = g_strdup (_ ("The backup is saved"));
  /* Translators: %s is a file's name */
  result->body = g_strdup_printf (_ ("Everything that was on the device is in %s. Your Wi-Fi "
                                     "password is in it too: keep it to yourself."),
                                  name);
  result->link_label = g_strdup (_ ("Open the _Folder"));
  result->link_uri = g_filename_to_uri (folder, NULL, NULL);
}

static void
describe_restore (EkToolOperation *self, EkJob *job, EkOperationResult *result)
{
  result->title = g_strdup (_ ("The backup is back on the device"));
  result->body = g_strdup (ek_restore_job_is_other_device (EK_RESTORE_JOB (job))
                               ? _ ("It was made of another device: settings of that one are on "
                                    "this one now.")
                               : _ ("Everything is as it was when the backup was made."));
}

static void
describe_verify (EkToolOperation *self, EkJob *job, EkOperationResult *result)
{
  g_autofree char *name = g_path_get_basename (self->path);
  gboolean same = ek_verify_job_is_same (EK_VERIFY_JOB (job));

  result->title = g_strdup (same ? _ ("It is the same") : _ ("It is not the same"));
  /* Translators: %s is a file's name */
  result->body = g_strdup_printf (same ? _ ("What is on the device is exactly what is in %s.")
                                       : _ ("What is on the device differs from %s. Settings that "
                                            "were made since then are a difference too."),
                                  name);
}

static void
describe_erase (EkToolOperation *self, EkJob *job, EkOperationResult *result)
{
  result->title = g_strdup (_ ("Everything is erased"));
  result->body = g_strdup (_ ("The device is empty now and does nothing until firmware is "
                              "installed on it."));
}

static const struct
{
  EkJob *(*create) (EkToolOperation *self, EkPort *port);
  void (*describe) (EkToolOperation *self, EkJob *job, EkOperationResult *result);
  EkPhase harmful_from; /* stopping in an earlier phase leaves the device as it was */
  EkOperationWords words;
} tools[EK_N_TOOLS] = {
  [EK_TOOL_BACKUP] = { create_backup,
                       describe_backup,
                       EK_N_PHASES,
                       { N_ ("Saving a backup"), NULL, NULL, N_ ("Reading an EchoKit"),
                         1u << EK_STEP_CHECK | 1u << EK_STEP_READ } },
  [EK_TOOL_RESTORE] = { create_restore,
                        describe_restore,
                        EK_PHASE_ERASE,
                        { N_ ("Bringing a backup back"), N_ ("Stop now?"),
                          N_ ("Your EchoKit will not start until the backup is back on it. You can "
                              "finish it any time with this app."),
                          N_ ("Writing to an EchoKit"),
                          1u << EK_STEP_CHECK | 1u << EK_STEP_WRITE | 1u << EK_STEP_VERIFY } },
  [EK_TOOL_VERIFY] = { create_verify,
                       describe_verify,
                       EK_N_PHASES,
                       { N_ ("Comparing with a file"), NULL, NULL, N_ ("Reading an EchoKit"),
                         1u << EK_STEP_CHECK | 1u << EK_STEP_VERIFY } },
  [EK_TOOL_ERASE] = { create_erase,
                      describe_erase,
                      EK_PHASE_ERASE,
                      { N_ ("Erasing everything"), N_ ("Stop now?"),
                        N_ ("A part is erased already: your EchoKit will not start until firmware "
                            "is installed on it."),
                        N_ ("Erasing an EchoKit"),
                        1u << EK_STEP_CHECK | 1u << EK_STEP_ERASE | 1u << EK_STEP_VERIFY } },
};

static EkJob *
ek_tool_operation_create_job (EkOperation *operation, EkPort *port, EkBundle *bundle)
{
  EkToolOperation *self = EK_TOOL_OPERATION (operation);

  return tools[self->tool].create (self, port);
}

/* What runs on it now is looked up anew. */
static void
ek_tool_operation_finished (EkOperation *operation, EkJob *job)
{
  EkToolOperation *self = EK_TOOL_OPERATION (operation);

  if (tools[self->tool].harmful_from < EK_N_PHASES)
    ek_target_forget_look (ek_operation_get_target (operation));
}

static void
ek_tool_operation_describe (EkOperation *operation, EkOperationResult *result)
{
  EkToolOperation *self = EK_TOOL_OPERATION (operation);

  tools[self->tool].describe (self, ek_operation_get_job (operation), result);
}

static gboolean
ek_tool_operation_is_harmless (EkOperation *operation, EkJob *job)
{
  EkToolOperation *self = EK_TOOL_OPERATION (operation);
  EkProgressInfo info;

  ek_job_get_progress (job, &info);
  return info.phase < tools[self->tool].harmful_from;
}

static void
ek_tool_operation_finalize (GObject *object)
{
  g_free (EK_TOOL_OPERATION (object)->path);

  G_OBJECT_CLASS (ek_tool_operation_parent_class)->finalize (object);
}

static void
ek_tool_operation_class_init (EkToolOperationClass *klass)
{
  EkOperationClass *operation_class = EK_OPERATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ek_tool_operation_finalize;
  operation_class->create_job = ek_tool_operation_create_job;
  operation_class->finished = ek_tool_operation_finished;
  operation_class->describe = ek_tool_operation_describe;
  operation_class->is_harmless = ek_tool_operation_is_harmless;
}

static void
ek_tool_operation_init (EkToolOperation *self)
{
}

/**
 * ek_tool_operation_new:
 * @path: (nullable): the file to write or to read; none for erasing
 *
 * Returns: (transfer full): an operation that has not started
 */
EkOperation *
ek_tool_operation_new (EkTarget *target, EkTool tool, const char *path)
{
  EkToolOperation *self = g_object_new (EK_TYPE_TOOL_OPERATION, "target", target, NULL);

  self->tool = tool;
  self->path = g_strdup (path);
  ek_operation_set_words (EK_OPERATION (self), &tools[tool].words);
  return EK_OPERATION (self);
}
