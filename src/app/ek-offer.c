/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offers: what they are called, and the two that need no network: an opened file and the demo. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-offer.h"

#include <glib/gi18n.h>

#include "ek-demo-firmware.h"
#include "ek-known-build.h"

#define DEMO_VERSION "0.2.0"

typedef struct
{
  EkOfferFacts facts;
  gboolean prepared; /* or on the way there */
} EkOfferPrivate;

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (EkOffer, ek_offer, G_TYPE_OBJECT)

static void
clear_facts (EkOfferFacts *facts)
{
  g_free ((char *) facts->title);
  g_free ((char *) facts->version);
  g_free ((char *) facts->note);
}

static void
ek_offer_finalize (GObject *object)
{
  EkOfferPrivate *priv = ek_offer_get_instance_private (EK_OFFER (object));

  clear_facts (&priv->facts);

  G_OBJECT_CLASS (ek_offer_parent_class)->finalize (object);
}

static gboolean
ek_offer_downloads_default (EkOffer *self)
{
  return FALSE;
}

static void
ek_offer_class_init (EkOfferClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_offer_finalize;
  klass->downloads = ek_offer_downloads_default;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
ek_offer_init (EkOffer *self)
{
}

/**
 * ek_offer_set_facts:
 * @facts: (transfer none): copied
 */
void
ek_offer_set_facts (EkOffer *self, const EkOfferFacts *facts)
{
  EkOfferPrivate *priv = ek_offer_get_instance_private (self);
  EkOfferFacts copy = { .title = g_strdup (facts->title),
                        .version = g_strdup (facts->version),
                        .board = g_intern_string (facts->board),
                        .size = facts->size,
                        .note = g_strdup (facts->note) };

  clear_facts (&priv->facts);
  priv->facts = copy;
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * ek_offer_get_facts:
 *
 * Returns: (transfer none): what is known before its bytes are there
 */
const EkOfferFacts *
ek_offer_get_facts (EkOffer *self)
{
  EkOfferPrivate *priv = ek_offer_get_instance_private (self);

  return &priv->facts;
}

/**
 * ek_offer_get_name:
 *
 * Returns: (transfer full): title and version
 */
char *
ek_offer_get_name (EkOffer *self)
{
  const EkOfferFacts *facts = ek_offer_get_facts (self);

  return facts->version != NULL ? g_strdup_printf ("%s %s", facts->title, facts->version)
                                : g_strdup (facts->title);
}

/**
 * ek_offer_get_description:
 *
 * Returns: (transfer full): title, size and date in one line
 */
char *
ek_offer_get_description (EkOffer *self)
{
  const EkOfferFacts *facts = ek_offer_get_facts (self);
  GString *text = g_string_new (facts->title);

  if (facts->size > 0)
    {
      g_autofree char *size = g_format_size (facts->size);

      g_string_append_printf (text, " · %s", size);
    }
  if (facts->note != NULL)
    g_string_append_printf (text, " · %s", facts->note);

  return g_string_free (text, FALSE);
}

/**
 * ek_offer_downloads:
 *
 * Returns: whether it has to come over the network before it can be installed
 */
gboolean
ek_offer_downloads (EkOffer *self)
{
  return EK_OFFER_GET_CLASS (self)->downloads (self);
}

/**
 * ek_offer_load_async:
 * @progress: (nullable) (scope notified): is told how far it is
 */
void
ek_offer_load_async (EkOffer *self,
                     EkOfferProgressFunc progress,
                     gpointer progress_data,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ek_offer_load_async);
  EK_OFFER_GET_CLASS (self)->load_async (self, g_steal_pointer (&task), progress, progress_data);
}

/**
 * ek_offer_load_finish:
 *
 * Returns: (transfer full): the firmware, checked; %NULL with an error of #EK_ERROR
 */
EkBundle *
ek_offer_load_finish (EkOffer *self, GAsyncResult *result, GError **error)
{
  EkBundle *bundle;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  bundle = g_task_propagate_pointer (G_TASK (result), error);
  if (bundle == NULL)
    ek_error_convert (error);
  return bundle;
}

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  EkOffer *self = EK_OFFER (object);
  EkOfferPrivate *priv = ek_offer_get_instance_private (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_offer_load_finish (self, result, &error);

  priv->prepared = bundle != NULL;
  if (bundle == NULL)
    g_debug ("fetching early: %s", error->message);
}

/**
 * ek_offer_prepare:
 *
 * Fetches it early, so that its version and size are known and installing begins at once. Not where the
 * network is paid for by the byte.
 */
void
ek_offer_prepare (EkOffer *self)
{
  EkOfferPrivate *priv = ek_offer_get_instance_private (self);

  if (priv->prepared || (ek_offer_downloads (self) &&
                         g_network_monitor_get_network_metered (g_network_monitor_get_default ())))
    return;

  priv->prepared = TRUE;
  ek_offer_load_async (self, NULL, NULL, NULL, on_prepared, NULL);
}

/* A bundle that is in hand. */

#define EK_TYPE_BUNDLE_OFFER (ek_bundle_offer_get_type ())
G_DECLARE_FINAL_TYPE (EkBundleOffer, ek_bundle_offer, EK, BUNDLE_OFFER, EkOffer)

struct _EkBundleOffer
{
  EkOffer parent_instance;

  EkBundle *bundle;
};

G_DEFINE_FINAL_TYPE (EkBundleOffer, ek_bundle_offer, EK_TYPE_OFFER)

static void
ek_bundle_offer_load_async (EkOffer *offer,
                            GTask *task,
                            EkOfferProgressFunc progress,
                            gpointer progress_data)
{
  g_task_return_pointer (task, g_object_ref (EK_BUNDLE_OFFER (offer)->bundle), g_object_unref);
  g_object_unref (task);
}

static void
ek_bundle_offer_finalize (GObject *object)
{
  g_clear_object (&EK_BUNDLE_OFFER (object)->bundle);

  G_OBJECT_CLASS (ek_bundle_offer_parent_class)->finalize (object);
}

static void
ek_bundle_offer_class_init (EkBundleOfferClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_bundle_offer_finalize;
  EK_OFFER_CLASS (klass)->load_async = ek_bundle_offer_load_async;
}

static void
ek_bundle_offer_init (EkBundleOffer *self)
{
}

/**
 * ek_offer_new_for_bundle:
 *
 * Returns: (transfer full): a file that a person opened
 */
EkOffer *
ek_offer_new_for_bundle (EkBundle *bundle)
{
  EkBundleOffer *self = g_object_new (EK_TYPE_BUNDLE_OFFER, NULL);
  const char *board = ek_bundle_get_board (bundle);
  const EkAppImage *app = ek_bundle_get_app (bundle);
  g_autofree char *name = g_path_get_basename (ek_bundle_get_source (bundle));
  EkOfferFacts facts = { .title = name,
                         .version = ek_bundle_get_version (bundle),
                         .board = board,
                         .size = ek_bundle_get_total_size (bundle),
                         .note = _ ("from a file") };

  if (board != NULL)
    facts.title = ek_board_title (board);
  else if (app != NULL && app->has_description)
    facts.title = app->description.project;
  self->bundle = g_object_ref (bundle);
  ek_offer_set_facts (EK_OFFER (self), &facts);
  return EK_OFFER (self);
}

/* The demo firmware, made when it is wanted. */

#define EK_TYPE_DEMO_OFFER (ek_demo_offer_get_type ())
G_DECLARE_FINAL_TYPE (EkDemoOffer, ek_demo_offer, EK, DEMO_OFFER, EkOffer)

struct _EkDemoOffer
{
  EkOffer parent_instance;
};

G_DEFINE_FINAL_TYPE (EkDemoOffer, ek_demo_offer, EK_TYPE_OFFER)

static void
set_demo_facts (EkOffer *self, guint64 size)
{
  EkOfferFacts facts = { .title = _ ("Demo firmware"),
                         .version = DEMO_VERSION,
                         .size = size,
                         .note = _ ("does nothing, to try the app with") };

  ek_offer_set_facts (self, &facts);
}

static void
make_demo (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GBytes) bytes = ek_demo_firmware_new (DEMO_VERSION, FALSE);
  GError *error = NULL;
  EkBundle *bundle = ek_bundle_new_from_bytes (bytes, "demo firmware " DEMO_VERSION, &error);

  if (bundle != NULL)
    g_task_return_pointer (task, bundle, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_demo_made (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (EkBundle) bundle = g_task_propagate_pointer (G_TASK (result), &error);

  if (bundle == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  set_demo_facts (EK_OFFER (object), ek_bundle_get_total_size (bundle));
  g_task_return_pointer (task, g_steal_pointer (&bundle), g_object_unref);
}

/* Each time anew: whoever installs it says for which board, and it fits all. */
static void
ek_demo_offer_load_async (EkOffer *offer,
                          GTask *task,
                          EkOfferProgressFunc progress,
                          gpointer progress_data)
{
  g_autoptr (GTask) making = g_task_new (offer, g_task_get_cancellable (task), on_demo_made, task);

  g_task_run_in_thread (making, make_demo);
}

static void
ek_demo_offer_class_init (EkDemoOfferClass *klass)
{
  EK_OFFER_CLASS (klass)->load_async = ek_demo_offer_load_async;
}

static void
ek_demo_offer_init (EkDemoOffer *self)
{
}

/**
 * ek_offer_new_demo:
 *
 * Returns: (transfer full): firmware that does nothing, for a simulated device
 */
EkOffer *
ek_offer_new_demo (void)
{
  EkOffer *self = g_object_new (EK_TYPE_DEMO_OFFER, NULL);

  set_demo_facts (self, 0);
  return self;
}

static void
open_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  g_autofree char *path = g_file_get_path (task_data);
  GError *error = NULL;
  EkBundle *bundle = NULL;

  if (path == NULL)
    g_set_error (&error, EK_ERROR, EK_ERROR_FILE_UNREADABLE, "not a file of this computer");
  else
    bundle = ek_bundle_new_from_file (path, cancellable, &error);

  if (bundle != NULL)
    g_task_return_pointer (task, bundle, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * ek_bundle_open_async:
 *
 * Reads and checks a firmware file on a thread of its own.
 */
void
ek_bundle_open_async (GFile *file,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, ek_bundle_open_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_task_run_in_thread (task, open_in_thread);
}

/**
 * ek_bundle_open_finish:
 *
 * Returns: (transfer full): %NULL with an error of #EK_ERROR
 */
EkBundle *
ek_bundle_open_finish (GAsyncResult *result, GError **error)
{
  EkBundle *bundle;

  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  bundle = g_task_propagate_pointer (G_TASK (result), error);
  if (bundle == NULL)
    ek_error_convert (error);
  return bundle;
}
