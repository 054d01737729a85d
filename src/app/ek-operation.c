/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of an operation: fetch, run the job, put its progress into words, say how it ended. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-operation.h"

#include <glib/gi18n.h>

#include "ek-progress-words.h"

/* What fetching is worth of the whole bar. */
#define DOWNLOAD_SHARE 0.4
#define STALL_TIME     (5 * G_USEC_PER_SEC)
#define MAX_LOG_LINES  2000

typedef struct
{
  EkTarget *target;
  EkOffer *offer;
  EkBundle *bundle;
  EkOperationWords words;

  EkJobState state;
  gboolean listen_only;
  gboolean listening; /* an attempt that nobody asked for, and the device has not answered yet */
  GError *error;
  GCancellable *cancellable;
  EkJob *job;

  EkStep step;
  double fraction;
  char *detail;
  gint64 moved_at; /* on the monotonic clock */
  guint stall_source;

  GMutex lock;
  GQueue lines; /* (lock) */
} EkOperationPrivate;

typedef enum
{
  PROP_TARGET = 1,
  PROP_OFFER,
  PROP_STATE,
  PROP_LISTENING,
  PROP_STEP,
  PROP_FRACTION,
  PROP_DETAIL,
} EkOperationProperty;

static GParamSpec *properties[PROP_DETAIL + 1];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (EkOperation, ek_operation, G_TYPE_OBJECT)

static const char *const step_titles[EK_N_STEPS] = {
  [EK_STEP_DOWNLOAD] = N_ ("Download"), [EK_STEP_CHECK] = N_ ("Check"),
  [EK_STEP_ERASE] = N_ ("Erase"),       [EK_STEP_READ] = N_ ("Read"),
  [EK_STEP_WRITE] = N_ ("Write"),       [EK_STEP_VERIFY] = N_ ("Verify"),
  [EK_STEP_START] = N_ ("Start"),
};

static const EkStep phase_steps[EK_N_PHASES] = {
  [EK_PHASE_WAITING] = EK_STEP_CHECK, [EK_PHASE_PREPARE] = EK_STEP_CHECK,
  [EK_PHASE_CONNECT] = EK_STEP_CHECK, [EK_PHASE_COMPARE] = EK_STEP_CHECK,
  [EK_PHASE_ERASE] = EK_STEP_ERASE,   [EK_PHASE_WRITE] = EK_STEP_WRITE,
  [EK_PHASE_READ] = EK_STEP_READ,     [EK_PHASE_VERIFY] = EK_STEP_VERIFY,
  [EK_PHASE_START] = EK_STEP_START,
};

/* A phase that an operation does not show belongs to the next step that it does. */
static EkStep
shown_step (EkOperation *self, EkStep step)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  while (step + 1 < EK_N_STEPS && (priv->words.steps & (1u << step)) == 0)
    step++;
  return step;
}

static void
set_state (EkOperation *self, EkJobState state)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  if (priv->state == state)
    return;

  priv->state = state;
  ek_target_set_busy (priv->target, state == EK_JOB_RUNNING);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
set_listening (EkOperation *self, gboolean listening)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  if (priv->listening == listening)
    return;

  priv->listening = listening;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LISTENING]);
}

static void
set_step (EkOperation *self, EkStep step)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  if (priv->step == step)
    return;

  priv->step = step;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
}

static void
set_fraction (EkOperation *self, double fraction)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  if (priv->fraction == fraction)
    return;

  priv->fraction = fraction;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
}

/* @detail: (transfer full) */
static void
take_detail (EkOperation *self, char *detail)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  if (g_strcmp0 (priv->detail, detail) == 0)
    {
      g_free (detail);
      return;
    }

  g_free (priv->detail);
  priv->detail = detail;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DETAIL]);
}

static double
job_share (EkOperation *self, double fraction)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  gboolean downloaded = (priv->words.steps & (1u << EK_STEP_DOWNLOAD)) != 0;

  return downloaded ? DOWNLOAD_SHARE + (1 - DOWNLOAD_SHARE) * fraction : fraction;
}

static void
on_job_progress (EkJob *job, GParamSpec *pspec, EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  EkProgressInfo info;

  ek_job_get_progress (job, &info);
  if (info.phase > EK_PHASE_CONNECT)
    set_listening (self, FALSE);
  priv->moved_at = g_get_monotonic_time ();
  set_step (self, shown_step (self, phase_steps[info.phase]));
  set_fraction (self, job_share (self, info.fraction));
  take_detail (self, ek_progress_words (&info));
}

static void
on_download_progress (guint64 done, guint64 total, gpointer user_data)
{
  EkOperation *self = user_data;
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  priv->moved_at = g_get_monotonic_time ();
  if (total > 0)
    set_fraction (self, DOWNLOAD_SHARE * MIN (1.0, (double) done / (double) total));
  take_detail (self, ek_bytes_words (done, total));
}

static gboolean
on_stall_tick (gpointer user_data)
{
  ek_operation_check_stall (user_data, g_get_monotonic_time ());
  return G_SOURCE_CONTINUE;
}

/* @error: (transfer full) (nullable) */
static void
end (EkOperation *self, GError *error)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  g_clear_handle_id (&priv->stall_source, g_source_remove);
  g_clear_error (&priv->error);
  priv->error = error;
  if (error == NULL)
    {
      set_fraction (self, 1);
      if (EK_OPERATION_GET_CLASS (self)->finished != NULL)
        EK_OPERATION_GET_CLASS (self)->finished (self, priv->job);
    }
  set_state (self, error == NULL ? EK_JOB_DONE : EK_JOB_FAILED);
  set_listening (self, FALSE);
}

static void
on_job_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkOperation) self = user_data;
  GError *error = NULL;

  g_signal_handlers_disconnect_by_func (object, on_job_progress, self);
  ek_job_run_finish (EK_JOB (object), result, &error);
  end (self, error);
}

static void
run_job (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  g_autoptr (EkPort) port = NULL;
  GError *error = NULL;

  if (!(port = ek_target_new_port (priv->target, &error)))
    {
      end (self, error);
      return;
    }

  g_clear_object (&priv->job);
  priv->job = EK_OPERATION_GET_CLASS (self)->create_job (self, port, priv->bundle);
  g_signal_connect_object (priv->job, "notify", G_CALLBACK (on_job_progress), self, 0);
  set_step (self, shown_step (self, EK_STEP_CHECK));
  ek_job_run_async (priv->job, priv->cancellable, on_job_done, g_object_ref (self));
}

static void
on_loaded (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EkOperation) self = user_data;
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  GError *error = NULL;

  priv->bundle = ek_offer_load_finish (EK_OFFER (object), result, &error);
  if (priv->bundle == NULL)
    end (self, error);
  else
    run_job (self);
}

static void
ek_operation_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (EK_OPERATION (object));

  switch ((EkOperationProperty) property_id)
    {
    case PROP_TARGET:
      g_value_set_object (value, priv->target);
      break;
    case PROP_OFFER:
      g_value_set_object (value, priv->offer);
      break;
    case PROP_STATE:
      g_value_set_int (value, priv->state);
      break;
    case PROP_LISTENING:
      g_value_set_boolean (value, priv->listening);
      break;
    case PROP_STEP:
      g_value_set_int (value, priv->step);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, priv->fraction);
      break;
    case PROP_DETAIL:
      g_value_set_string (value, priv->detail);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_operation_set_property (GObject *object,
                           guint property_id,
                           const GValue *value,
                           GParamSpec *pspec)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (EK_OPERATION (object));

  if (property_id == PROP_TARGET)
    priv->target = g_value_dup_object (value);
  else if (property_id == PROP_OFFER)
    priv->offer = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
ek_operation_dispose (GObject *object)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (EK_OPERATION (object));

  g_clear_handle_id (&priv->stall_source, g_source_remove);
  if (priv->cancellable != NULL)
    g_cancellable_cancel (priv->cancellable);
  g_clear_object (&priv->cancellable);
  g_clear_object (&priv->job);
  g_clear_object (&priv->bundle);
  g_clear_object (&priv->offer);
  g_clear_object (&priv->target);

  G_OBJECT_CLASS (ek_operation_parent_class)->dispose (object);
}

static void
ek_operation_finalize (GObject *object)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (EK_OPERATION (object));

  g_clear_error (&priv->error);
  g_free (priv->detail);
  g_queue_clear_full (&priv->lines, g_free);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (ek_operation_parent_class)->finalize (object);
}

static void
ek_operation_class_init (EkOperationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags construct = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_operation_get_property;
  object_class->set_property = ek_operation_set_property;
  object_class->dispose = ek_operation_dispose;
  object_class->finalize = ek_operation_finalize;

  properties[PROP_TARGET] = g_param_spec_object ("target", NULL, NULL, EK_TYPE_TARGET, construct);
  properties[PROP_OFFER] = g_param_spec_object ("offer", NULL, NULL, EK_TYPE_OFFER, construct);
  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, EK_JOB_IDLE, EK_JOB_FAILED, EK_JOB_IDLE, flags);
  properties[PROP_LISTENING] = g_param_spec_boolean ("listening", NULL, NULL, FALSE, flags);
  properties[PROP_STEP] =
      g_param_spec_int ("step", NULL, NULL, 0, EK_N_STEPS - 1, EK_STEP_DOWNLOAD, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_DETAIL] = g_param_spec_string ("detail", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_operation_init (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  g_mutex_init (&priv->lock);
  g_queue_init (&priv->lines);
}

EkTarget *
ek_operation_get_target (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->target;
}

/**
 * ek_operation_get_offer:
 *
 * Returns: (nullable) (transfer none): the firmware it is about
 */
EkOffer *
ek_operation_get_offer (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->offer;
}

/**
 * ek_operation_get_bundle:
 *
 * Returns: (nullable) (transfer none): the offer's firmware, once it is there
 */
EkBundle *
ek_operation_get_bundle (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->bundle;
}

/**
 * ek_operation_get_job:
 *
 * Returns: (nullable) (transfer none): of the latest attempt
 */
EkJob *
ek_operation_get_job (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->job;
}

/**
 * ek_operation_set_words:
 * @words: copied; the texts have to live on
 */
void
ek_operation_set_words (EkOperation *self, const EkOperationWords *words)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  priv->words = *words;
  if (priv->offer == NULL || !ek_offer_downloads (priv->offer))
    priv->words.steps &= ~(1u << EK_STEP_DOWNLOAD);
}

const EkOperationWords *
ek_operation_get_words (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return &priv->words;
}

/**
 * ek_operation_start:
 * @listen_only: only if the device is in update mode already; nobody asked for it, so nothing is shown
 *   before it answers
 *
 * Runs it, or runs it again.
 */
void
ek_operation_start (EkOperation *self, gboolean listen_only)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  g_return_if_fail (priv->state != EK_JOB_RUNNING);

  g_clear_object (&priv->cancellable);
  priv->cancellable = g_cancellable_new ();
  priv->listen_only = listen_only;
  priv->moved_at = g_get_monotonic_time ();
  priv->stall_source = g_timeout_add_seconds (1, on_stall_tick, self);
  set_listening (self, listen_only);
  set_fraction (self, 0);
  take_detail (self, g_strdup (""));
  set_state (self, EK_JOB_RUNNING);

  if (priv->offer == NULL || priv->bundle != NULL)
    {
      run_job (self);
      return;
    }
  set_step (self, shown_step (self, EK_STEP_DOWNLOAD));
  ek_offer_load_async (priv->offer, on_download_progress, self, priv->cancellable, on_loaded,
                       g_object_ref (self));
}

void
ek_operation_cancel (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  if (priv->cancellable != NULL)
    g_cancellable_cancel (priv->cancellable);
}

EkJobState
ek_operation_get_state (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->state;
}

/**
 * ek_operation_get_listening:
 *
 * Returns: whether an attempt runs that waits for the device to be put into update mode
 */
gboolean
ek_operation_get_listening (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->listening;
}

/**
 * ek_operation_is_harmless:
 *
 * Returns: whether stopping now leaves the device as it was
 */
gboolean
ek_operation_is_harmless (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  EkOperationClass *klass = EK_OPERATION_GET_CLASS (self);

  return priv->job == NULL || klass->is_harmless == NULL || klass->is_harmless (self, priv->job);
}

/**
 * ek_operation_get_error:
 *
 * Returns: (nullable) (transfer none): why the latest attempt failed
 */
const GError *
ek_operation_get_error (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->error;
}

EkStep
ek_operation_get_step (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->step;
}

double
ek_operation_get_fraction (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->fraction;
}

const char *
ek_operation_get_detail (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  return priv->detail;
}

/**
 * ek_operation_check_stall:
 * @now: on the monotonic clock
 *
 * Says so if nothing has moved for five seconds.
 */
void
ek_operation_check_stall (EkOperation *self, gint64 now)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  EkProgressInfo info = { 0 };

  if (priv->state != EK_JOB_RUNNING || now - priv->moved_at < STALL_TIME)
    return;

  if (priv->job == NULL || ek_job_get_state (priv->job) != EK_JOB_RUNNING)
    {
      take_detail (self, g_strdup (_ ("Waiting for the server…")));
      return;
    }
  ek_job_get_progress (priv->job, &info);
  take_detail (self, ek_stall_words (&info));
}

/**
 * ek_operation_describe:
 * @result: (out caller-allocates): to be cleared with ek_operation_result_clear()
 *
 * Says how it ended, after a success.
 */
void
ek_operation_describe (EkOperation *self, EkOperationResult *result)
{
  *result = (EkOperationResult){ 0 };
  EK_OPERATION_GET_CLASS (self)->describe (self, result);
}

void
ek_operation_result_clear (EkOperationResult *result)
{
  g_clear_pointer (&result->title, g_free);
  g_clear_pointer (&result->body, g_free);
  g_clear_pointer (&result->link_label, g_free);
  g_clear_pointer (&result->link_uri, g_free);
}

/**
 * ek_step_title:
 *
 * Returns: (transfer none): in the person's language
 */
const char *
ek_step_title (EkStep step)
{
  return _ (step_titles[step]);
}

/**
 * ek_operation_add_line:
 *
 * Keeps a line that the device has printed; from any thread.
 */
void
ek_operation_add_line (EkOperation *self, const char *line)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);

  g_mutex_lock (&priv->lock);
  g_queue_push_tail (&priv->lines, g_strdup (line));
  if (priv->lines.length > MAX_LOG_LINES)
    g_free (g_queue_pop_head (&priv->lines));
  g_mutex_unlock (&priv->lock);
}

/**
 * ek_operation_dup_log:
 *
 * Returns: (transfer full): what the device has printed when it started; secrets are gone already
 */
char *
ek_operation_dup_log (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_instance_private (self);
  GString *text = g_string_new (NULL);

  g_mutex_lock (&priv->lock);
  for (GList *link = priv->lines.head; link != NULL; link = link->next)
    g_string_append_printf (text, "%s\n", (const char *) link->data);
  g_mutex_unlock (&priv->lock);

  return g_string_free (text, FALSE);
}
