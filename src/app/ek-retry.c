/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row a code says what to wait for; the watch starts the operation again when it has come. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-retry.h"

#include <glib/gi18n.h>

/* Between two attempts that nobody asked for. */
#define LISTEN_INTERVAL 2

struct _EkRetry
{
  GObject parent_instance;

  EkOperation *operation;
  EkRetryKind kind;
  guint arrivals;
  guint source;
  GCancellable *fetching; /* (nullable): the firmware, to see whether that works again */
};

G_DEFINE_FINAL_TYPE (EkRetry, ek_retry, G_TYPE_OBJECT)

static const struct
{
  EkRetryKind kind;
  const char *picture;
} rows[EK_N_ERRORS] = {
  [EK_ERROR_NO_DEVICE] = { EK_RETRY_NEVER, "plug-in" },
  [EK_ERROR_PORT_NOT_FOUND] = { EK_RETRY_WHEN_BACK, "plug-in" },
  [EK_ERROR_PORT_NO_PERMISSION] = { EK_RETRY_WHEN_READY, "lock" },
  [EK_ERROR_PORT_BUSY] = { EK_RETRY_WHEN_READY, "program" },
  [EK_ERROR_PORT_NO_DRIVER] = { EK_RETRY_WHEN_READY, "plug-in" },
  [EK_ERROR_LINK_LOST] = { EK_RETRY_WHEN_BACK, "plug-in" },
  [EK_ERROR_TIMEOUT] = { EK_RETRY_WHEN_BACK, "cable" },
  [EK_ERROR_NO_ANSWER] = { EK_RETRY_LISTEN, "socket" },
  [EK_ERROR_WRONG_BOOT_MODE] = { EK_RETRY_LISTEN, "buttons" },
  [EK_ERROR_NOISE] = { EK_RETRY_LISTEN, "cable" },
  [EK_ERROR_NO_SYNC] = { EK_RETRY_LISTEN, "cable" },
  [EK_ERROR_CHIP_REFUSED] = { EK_RETRY_WHEN_BACK, "chip" },
  [EK_ERROR_CHIP_UNKNOWN] = { EK_RETRY_NEVER, "chip" },
  [EK_ERROR_CHIP_LOCKED] = { EK_RETRY_NEVER, "lock" },
  [EK_ERROR_WRONG_CHIP] = { EK_RETRY_NEVER, "chip" },
  [EK_ERROR_FLASH_NOT_FOUND] = { EK_RETRY_WHEN_BACK, "chip" },
  [EK_ERROR_STUB_FAILED] = { EK_RETRY_WHEN_BACK, "cable" },
  [EK_ERROR_WRITE_FAILED] = { EK_RETRY_WHEN_BACK, "chip" },
  [EK_ERROR_WRITE_PROTECTED] = { EK_RETRY_NEVER, "chip" },
  [EK_ERROR_VERIFY_FAILED] = { EK_RETRY_NEVER, "chip" },
  [EK_ERROR_POWER] = { EK_RETRY_WHEN_BACK, "cable" },
  [EK_ERROR_FILE_NOT_FOUND] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_FILE_UNREADABLE] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_FILE_TOO_LARGE] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_NOT_FIRMWARE] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_FIRMWARE_DAMAGED] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_ARCHIVE_UNSAFE] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_SIGNATURE_WRONG] = { EK_RETRY_NEVER, "lock" },
  [EK_ERROR_DISK_FULL] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_FILE_WRITE] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_CATALOG] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_CATALOG_ENTRY] = { EK_RETRY_NEVER, "file" },
  [EK_ERROR_OFFLINE] = { EK_RETRY_WHEN_ONLINE, "network" },
  [EK_ERROR_SERVER] = { EK_RETRY_NEVER, "network" },
  [EK_ERROR_NOT_ON_SERVER] = { EK_RETRY_NEVER, "network" },
  [EK_ERROR_TLS] = { EK_RETRY_NEVER, "network" },
  [EK_ERROR_PROXY] = { EK_RETRY_NEVER, "network" },
  [EK_ERROR_DOWNLOAD_NO_FIRMWARE] = { EK_RETRY_NEVER, "network" },
  [EK_ERROR_DOWNLOAD_DAMAGED] = { EK_RETRY_NEVER, "network" },
  [EK_ERROR_BOOT_STILL_DOWNLOAD] = { EK_RETRY_NEVER, "buttons" },
};

static const char *const kind_words[] = {
  [EK_RETRY_WHEN_BACK] = N_ ("Waiting for it to be plugged in again…"),
  [EK_RETRY_WHEN_READY] = N_ ("Waiting. The app goes on by itself as soon as it can."),
  [EK_RETRY_LISTEN] = N_ ("Listening. The app goes on by itself as soon as the device answers."),
  [EK_RETRY_WHEN_ONLINE] = N_ ("Waiting for the internet. The app goes on by itself."),
};

/**
 * ek_retry_kind_for_code:
 *
 * Returns: what to wait for before trying again
 */
EkRetryKind
ek_retry_kind_for_code (EkError code)
{
  return (guint) code < EK_N_ERRORS ? rows[code].kind : EK_RETRY_NEVER;
}

/**
 * ek_retry_words:
 *
 * Returns: (nullable) (transfer none): what the app does meanwhile, in the person's language
 */
const char *
ek_retry_words (EkRetryKind kind)
{
  return kind_words[kind] != NULL ? _ (kind_words[kind]) : NULL;
}

/**
 * ek_retry_picture:
 *
 * Returns: (transfer none): the drawing that goes with the problem
 */
const char *
ek_retry_picture (EkError code)
{
  const char *picture = (guint) code < EK_N_ERRORS ? rows[code].picture : NULL;

  return picture != NULL ? picture : "echokit";
}

static gboolean
has_come (EkRetry *self)
{
  EkTarget *target = ek_operation_get_target (self->operation);
  gboolean ready = ek_target_get_state (target) == EK_DEVICE_READY;

  switch (self->kind)
    {
    case EK_RETRY_WHEN_BACK:
      /* A simulated device comes back while somebody tries. */
      return ready &&
             (ek_target_get_arrivals (target) != self->arrivals || ek_target_is_simulated (target));
    case EK_RETRY_WHEN_READY:
    case EK_RETRY_LISTEN:
      return ready;
    case EK_RETRY_WHEN_ONLINE:
    case EK_RETRY_NEVER:
      break;
    }

  return FALSE;
}

static void
on_fetched (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_offer_load_finish (EK_OFFER (object), result, &error);
  EkRetry *self = user_data;

  /* then nobody waits any more */
  if (g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED))
    return;

  g_clear_object (&self->fetching);
  if (bundle != NULL && ek_operation_get_state (self->operation) != EK_JOB_RUNNING)
    ek_operation_start (self->operation, FALSE);
}

/* That there is a network says nothing about the server: nothing is shown before it has answered. */
static void
fetch (EkRetry *self)
{
  EkOffer *offer = ek_operation_get_offer (self->operation);

  if (offer == NULL || self->fetching != NULL)
    return;

  self->fetching = g_cancellable_new ();
  ek_offer_load_async (offer, NULL, NULL, self->fetching, on_fetched, self);
}

/**
 * ek_retry_check:
 *
 * Starts the operation again if what it waits for has come. Called every two seconds by itself.
 */
void
ek_retry_check (EkRetry *self)
{
  EkTarget *target = ek_operation_get_target (self->operation);
  gboolean arrived = ek_target_get_arrivals (target) != self->arrivals;

  if (ek_operation_get_state (self->operation) == EK_JOB_RUNNING)
    return;
  if (self->kind == EK_RETRY_WHEN_ONLINE)
    fetch (self);
  if (!has_come (self))
    return;

  /* Somebody who has plugged it in anew need not press buttons as well. */
  self->arrivals = ek_target_get_arrivals (target);
  ek_operation_start (self->operation, self->kind == EK_RETRY_LISTEN && !arrived);
}

static gboolean
on_tick (gpointer user_data)
{
  ek_retry_check (user_data);
  return G_SOURCE_CONTINUE;
}

/**
 * ek_retry_stop:
 *
 * Does not go on by itself any more.
 */
void
ek_retry_stop (EkRetry *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->fetching);
  g_clear_object (&self->fetching);
}

static void
ek_retry_dispose (GObject *object)
{
  EkRetry *self = EK_RETRY (object);

  ek_retry_stop (self);
  g_clear_object (&self->operation);

  G_OBJECT_CLASS (ek_retry_parent_class)->dispose (object);
}

static void
ek_retry_class_init (EkRetryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ek_retry_dispose;
}

static void
ek_retry_init (EkRetry *self)
{
}

/**
 * ek_retry_new:
 * @operation: one that has failed
 *
 * Returns: (transfer full): starts @operation again once the cause of its failure is gone, for as long
 *   as it lives
 */
EkRetry *
ek_retry_new (EkOperation *operation)
{
  EkRetry *self = g_object_new (EK_TYPE_RETRY, NULL);
  EkTarget *target = ek_operation_get_target (operation);
  const GError *error = ek_operation_get_error (operation);

  self->operation = g_object_ref (operation);
  self->kind =
      error->domain == EK_ERROR ? ek_retry_kind_for_code ((EkError) error->code) : EK_RETRY_NEVER;
  self->arrivals = ek_target_get_arrivals (target);
  if (self->kind != EK_RETRY_NEVER)
    self->source = g_timeout_add_seconds (LISTEN_INTERVAL, on_tick, self);
  return self;
}
