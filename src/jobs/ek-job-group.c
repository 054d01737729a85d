/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs all its jobs and waits for the last one. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-job-group.h"

typedef struct
{
  EkJob *job;
  char *name;
  gulong handler;
  gboolean finished;
  GError *error;
} Member;

struct _EkJobGroup
{
  GObject parent_instance;

  GPtrArray *members;
  guint n_finished;
  double fraction;
  gboolean running;
};

typedef enum
{
  PROP_N_FINISHED = 1,
  PROP_FRACTION,
} EkJobGroupProperty;

static GParamSpec *properties[PROP_FRACTION + 1];

G_DEFINE_FINAL_TYPE (EkJobGroup, ek_job_group, G_TYPE_OBJECT)

static void
member_free (gpointer item)
{
  Member *member = item;

  g_clear_signal_handler (&member->handler, member->job);
  g_object_unref (member->job);
  g_free (member->name);
  g_clear_error (&member->error);
  g_free (member);
}

static void
update_fraction (EkJobGroup *self)
{
  double sum = 0;

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = self->members->pdata[i];
      double fraction;

      g_object_get (member->job, "fraction", &fraction, NULL);
      /* A failed one will not go on: nobody waits for the rest of it. */
      sum += member->finished ? 1 : fraction;
    }
  sum = self->members->len > 0 ? sum / self->members->len : 0;
  if (sum == self->fraction)
    return;

  self->fraction = sum;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
}

static void
on_fraction (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  update_fraction (user_data);
}

static void
ek_job_group_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkJobGroup *self = EK_JOB_GROUP (object);

  switch ((EkJobGroupProperty) property_id)
    {
    case PROP_N_FINISHED:
      g_value_set_uint (value, self->n_finished);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, self->fraction);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_job_group_finalize (GObject *object)
{
  EkJobGroup *self = EK_JOB_GROUP (object);

  g_ptr_array_unref (self->members);

  G_OBJECT_CLASS (ek_job_group_parent_class)->finalize (object);
}

static void
ek_job_group_class_init (EkJobGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_job_group_get_property;
  object_class->finalize = ek_job_group_finalize;

  properties[PROP_N_FINISHED] =
      g_param_spec_uint ("n-finished", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_job_group_init (EkJobGroup *self)
{
  self->members = g_ptr_array_new_with_free_func (member_free);
}

/**
 * ek_job_group_new:
 *
 * Returns: (transfer full): a group without jobs
 */
EkJobGroup *
ek_job_group_new (void)
{
  return g_object_new (EK_TYPE_JOB_GROUP, NULL);
}

/**
 * ek_job_group_add:
 * @job: (transfer none): not running
 * @name: what to call it, such as its device's path
 */
void
ek_job_group_add (EkJobGroup *self, EkJob *job, const char *name)
{
  Member *member = g_new0 (Member, 1);

  g_return_if_fail (!self->running);

  member->job = g_object_ref (job);
  member->name = g_strdup (name);
  member->handler = g_signal_connect (job, "notify::fraction", G_CALLBACK (on_fraction), self);
  g_ptr_array_add (self->members, member);
}

guint
ek_job_group_get_n_jobs (EkJobGroup *self)
{
  return self->members->len;
}

/**
 * ek_job_group_get_job:
 *
 * Returns: (transfer none): in the order in which they were added
 */
EkJob *
ek_job_group_get_job (EkJobGroup *self, guint index)
{
  g_return_val_if_fail (index < self->members->len, NULL);

  return ((Member *) self->members->pdata[index])->job;
}

const char *
ek_job_group_get_name (EkJobGroup *self, guint index)
{
  g_return_val_if_fail (index < self->members->len, NULL);

  return ((Member *) self->members->pdata[index])->name;
}

/**
 * ek_job_group_get_error:
 *
 * Returns: (nullable) (transfer none): why that job failed
 */
const GError *
ek_job_group_get_error (EkJobGroup *self, guint index)
{
  g_return_val_if_fail (index < self->members->len, NULL);

  return ((Member *) self->members->pdata[index])->error;
}

guint
ek_job_group_get_n_finished (EkJobGroup *self)
{
  return self->n_finished;
}

/**
 * ek_job_group_get_fraction:
 *
 * Returns: how far all of them are, 0 to 1
 */
double
ek_job_group_get_fraction (EkJobGroup *self)
{
  return self->fraction;
}

static void
finish_group (EkJobGroup *self, GTask *task)
{
  const GError *first = NULL;
  guint n_failed = 0;

  self->running = FALSE;
  for (guint i = 0; i < self->members->len; i++)
    {
      const GError *error = ek_job_group_get_error (self, i);

      first = first != NULL ? first : error;
      n_failed += error != NULL;
    }

  if (n_failed == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, EK_ERROR, first->code, "%u of %u failed: %s", n_failed,
                             self->members->len, first->message);
}

static void
on_job_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EkJobGroup *self = g_task_get_source_object (task);

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = self->members->pdata[i];

      if (member->job != EK_JOB (source))
        continue;
      (void) ek_job_run_finish (member->job, result, &member->error);
      member->finished = TRUE;
    }
  self->n_finished++;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_FINISHED]);
  update_fraction (self);

  if (self->n_finished == self->members->len)
    finish_group (self, task);
}

/**
 * ek_job_group_run_async:
 * @cancellable: (nullable): cancels all of them
 *
 * Starts all jobs, each on a thread of its own. @callback comes when the last one has ended.
 */
void
ek_job_group_run_async (EkJobGroup *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (!self->running);

  g_task_set_source_tag (task, ek_job_group_run_async);
  g_task_set_check_cancellable (task, FALSE);
  self->running = TRUE;
  self->n_finished = 0;
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = self->members->pdata[i];

      member->finished = FALSE;
      g_clear_error (&member->error);
      ek_job_run_async (member->job, cancellable, on_job_finished, g_object_ref (task));
    }
  if (self->members->len == 0)
    finish_group (self, task);
}

/**
 * ek_job_group_run_finish:
 *
 * Returns: %FALSE if any of the jobs failed, with the code of the first of them; see
 *   ek_job_group_get_error() for each
 */
gboolean
ek_job_group_run_finish (EkJobGroup *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
