/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages are given instead of an installation: the life is real, the work is not. */
#include "config.h"

#include "scripted-operation.h"

#include "ek-demo-firmware.h"

struct _ScriptedOffer
{
  EkOffer parent_instance;

  GTask *task;
  EkOfferProgressFunc progress;
  gpointer progress_data;
};

G_DEFINE_FINAL_TYPE (ScriptedOffer, scripted_offer, EK_TYPE_OFFER)

static void
scripted_offer_load_async (EkOffer *offer,
                           GTask *task,
                           EkOfferProgressFunc progress,
                           gpointer progress_data)
{
  ScriptedOffer *self = SCRIPTED_OFFER (offer);

  g_assert_null (self->task);
  self->task = task;
  self->progress = progress;
  self->progress_data = progress_data;
}

static gboolean
scripted_offer_downloads (EkOffer *offer)
{
  return TRUE;
}

static void
scripted_offer_class_init (ScriptedOfferClass *klass)
{
  EK_OFFER_CLASS (klass)->load_async = scripted_offer_load_async;
  EK_OFFER_CLASS (klass)->downloads = scripted_offer_downloads;
}

static void
scripted_offer_init (ScriptedOffer *self)
{
}

/**
 * scripted_offer_new:
 *
 * Returns: (transfer full): firmware that is on a server
 */
EkOffer *
scripted_offer_new (const EkOfferFacts *facts)
{
  EkOffer *self = g_object_new (SCRIPTED_TYPE_OFFER, NULL);

  ek_offer_set_facts (self, facts);
  return self;
}

void
scripted_offer_progress (EkOffer *offer, guint64 bytes_done, guint64 bytes_total)
{
  ScriptedOffer *self = SCRIPTED_OFFER (offer);

  self->progress (bytes_done, bytes_total, self->progress_data);
}

/* What waits for it is told by the main loop. */
static void
deliver (GTask *task)
{
  g_autoptr (GTask) delivered = task;

  while (!g_task_get_completed (delivered))
    g_main_context_iteration (NULL, TRUE);
}

void
scripted_offer_arrive (EkOffer *offer)
{
  ScriptedOffer *self = SCRIPTED_OFFER (offer);
  g_autoptr (GBytes) bytes = ek_demo_firmware_new ("0.2.0", FALSE);
  g_autoptr (GError) error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (bytes, "as the test has it", &error);

  g_assert_no_error (error);
  g_task_return_pointer (self->task, bundle, g_object_unref);
  deliver (g_steal_pointer (&self->task));
}

void
scripted_offer_fail (EkOffer *offer, EkError code)
{
  ScriptedOffer *self = SCRIPTED_OFFER (offer);

  g_task_return_new_error (self->task, EK_ERROR, (int) code, "as the test has it");
  deliver (g_steal_pointer (&self->task));
}

struct _ScriptedOperation
{
  EkOperation parent_instance;

  guint n_attempts;
  gboolean harmful;
  EkOperationResult result; /* (transfer none) */
};

G_DEFINE_FINAL_TYPE (ScriptedOperation, scripted_operation, EK_TYPE_OPERATION)

static const EkOperationWords words = {
  .title = "Updating your EchoKit",
  .stop_title = "Stop now?",
  .stop_body = "Your EchoKit will not start until the update is finished.",
  .inhibit = "Updating an EchoKit",
  .steps = 1u << EK_STEP_DOWNLOAD | 1u << EK_STEP_CHECK | 1u << EK_STEP_WRITE |
           1u << EK_STEP_VERIFY | 1u << EK_STEP_START,
};

static EkJob *
scripted_operation_create_job (EkOperation *operation, EkPort *port, EkBundle *bundle)
{
  SCRIPTED_OPERATION (operation)->n_attempts++;
  return EK_JOB (scripted_job_new ());
}

static void
scripted_operation_describe (EkOperation *operation, EkOperationResult *result)
{
  const EkOperationResult *script = &SCRIPTED_OPERATION (operation)->result;

  *result = (EkOperationResult){ .title = g_strdup (script->title),
                                 .body = g_strdup (script->body),
                                 .link_label = g_strdup (script->link_label),
                                 .link_uri = g_strdup (script->link_uri) };
}

static gboolean
scripted_operation_is_harmless (EkOperation *operation, EkJob *job)
{
  return !SCRIPTED_OPERATION (operation)->harmful;
}

static void
scripted_operation_class_init (ScriptedOperationClass *klass)
{
  EkOperationClass *operation_class = EK_OPERATION_CLASS (klass);

  operation_class->create_job = scripted_operation_create_job;
  operation_class->describe = scripted_operation_describe;
  operation_class->is_harmless = scripted_operation_is_harmless;
}

static void
scripted_operation_init (ScriptedOperation *self)
{
  self->result.title = "Your EchoKit is up to date";
  self->result.body = "It started with 0.3.2.";
}

/**
 * scripted_operation_new:
 * @offer: (nullable): what is to be fetched first
 *
 * Returns: (transfer full): an operation that has not started, in the words of an update
 */
EkOperation *
scripted_operation_new (EkTarget *target, EkOffer *offer)
{
  EkOperation *self =
      g_object_new (SCRIPTED_TYPE_OPERATION, "target", target, "offer", offer, NULL);

  ek_operation_set_words (self, &words);
  return self;
}

/**
 * scripted_operation_get_job:
 *
 * Returns: (transfer none): that of the latest attempt
 */
ScriptedJob *
scripted_operation_get_job (EkOperation *operation)
{
  return SCRIPTED_JOB (ek_operation_get_job (operation));
}

guint
scripted_operation_get_attempts (EkOperation *operation)
{
  return SCRIPTED_OPERATION (operation)->n_attempts;
}

/**
 * scripted_operation_set_harmless:
 * @harmless: what the operation says of stopping it; it says so until it is told otherwise
 */
void
scripted_operation_set_harmless (EkOperation *operation, gboolean harmless)
{
  SCRIPTED_OPERATION (operation)->harmful = !harmless;
}

/**
 * scripted_operation_set_result:
 * @result: its texts have to live on
 */
void
scripted_operation_set_result (EkOperation *operation, const EkOperationResult *result)
{
  SCRIPTED_OPERATION (operation)->result = *result;
}
