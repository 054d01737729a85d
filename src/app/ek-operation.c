/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of an operation: what it is about, how far it is, what the device said, how it ended. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-operation-private.h"

#define MAX_LOG_LINES 2000

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
  [EK_STEP_DOWNLOAD] = N_ ("Download"), [EK_STEP_BACKUP] = N_ ("Backup"),
  [EK_STEP_CHECK] = N_ ("Check"),       [EK_STEP_ERASE] = N_ ("Erase"),
  [EK_STEP_READ] = N_ ("Read"),         [EK_STEP_WRITE] = N_ ("Write"),
  [EK_STEP_VERIFY] = N_ ("Verify"),     [EK_STEP_START] = N_ ("Start"),
};

EkOperationPrivate *
ek_operation_get_private (EkOperation *self)
{
  return ek_operation_get_instance_private (self);
}

void
ek_operation_set_state (EkOperation *self, EkJobState state)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  if (priv->state == state)
    return;

  priv->state = state;
  ek_target_set_busy (priv->target, state == EK_JOB_RUNNING);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

void
ek_operation_set_listening (EkOperation *self, gboolean listening)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  if (priv->listening == listening)
    return;

  priv->listening = listening;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LISTENING]);
}

void
ek_operation_set_step (EkOperation *self, EkStep step)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  if (priv->step == step)
    return;

  priv->step = step;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
}

void
ek_operation_set_fraction (EkOperation *self, double fraction)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  if (priv->fraction == fraction)
    return;

  priv->fraction = fraction;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
}

/* @detail: (transfer full) */
void
ek_operation_take_detail (EkOperation *self, char *detail)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  if (g_strcmp0 (priv->detail, detail) == 0)
    {
      g_free (detail);
      return;
    }

  g_free (priv->detail);
  priv->detail = detail;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DETAIL]);
}

static void
ek_operation_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkOperationPrivate *priv = ek_operation_get_private (EK_OPERATION (object));

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
  EkOperationPrivate *priv = ek_operation_get_private (EK_OPERATION (object));

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
  EkOperationPrivate *priv = ek_operation_get_private (EK_OPERATION (object));

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
  EkOperationPrivate *priv = ek_operation_get_private (EK_OPERATION (object));

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
  EkOperationPrivate *priv = ek_operation_get_private (self);

  g_mutex_init (&priv->lock);
  g_queue_init (&priv->lines);
}

EkTarget *
ek_operation_get_target (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

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
  EkOperationPrivate *priv = ek_operation_get_private (self);

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
  EkOperationPrivate *priv = ek_operation_get_private (self);

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
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->job;
}

/**
 * ek_operation_set_words:
 * @words: copied; the texts have to live on
 */
void
ek_operation_set_words (EkOperation *self, const EkOperationWords *words)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  priv->words = *words;
  if (priv->offer == NULL || !ek_offer_downloads (priv->offer))
    priv->words.steps &= ~(1u << EK_STEP_DOWNLOAD);
}

const EkOperationWords *
ek_operation_get_words (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return &priv->words;
}

EkJobState
ek_operation_get_state (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

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
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->listening;
}

/**
 * ek_operation_get_error:
 *
 * Returns: (nullable) (transfer none): why the latest attempt failed
 */
const GError *
ek_operation_get_error (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->error;
}

EkStep
ek_operation_get_step (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->step;
}

double
ek_operation_get_fraction (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->fraction;
}

const char *
ek_operation_get_detail (EkOperation *self)
{
  EkOperationPrivate *priv = ek_operation_get_private (self);

  return priv->detail;
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
  g_clear_pointer (&result->note, g_free);
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
  EkOperationPrivate *priv = ek_operation_get_private (self);

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
  EkOperationPrivate *priv = ek_operation_get_private (self);
  GString *text = g_string_new (NULL);

  g_mutex_lock (&priv->lock);
  for (GList *link = priv->lines.head; link != NULL; link = link->next)
    g_string_append_printf (text, "%s\n", (const char *) link->data);
  g_mutex_unlock (&priv->lock);

  return g_string_free (text, FALSE);
}
