/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list does not say which version it has: that is in the firmware itself, so it is fetched early. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-list-offer.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* Within a day the server is not asked again. */
#define MAX_AGE (24 * 60 * 60)

struct _EkListOffer
{
  EkOffer parent_instance;

  EkStore *store;
  EkCatalogEntry *entry;
  EkBundle *bundle; /* once it was fetched */
  gboolean preparing;
};

G_DEFINE_FINAL_TYPE (EkListOffer, ek_list_offer, EK_TYPE_OFFER)

/**
 * Fetching:
 *
 * One run on its way to a bundle, on a thread of its own.
 */
typedef struct
{
  EkOfferProgressFunc progress;
  gpointer progress_data;
  GMainContext *context;
  gint64 saved; /* out: when it was fetched, if the server gave no answer; else 0 */
  gint64 told_at;
} Fetching;

static void
fetching_free (gpointer data)
{
  Fetching *self = data;

  g_main_context_unref (self->context);
  g_free (self);
}

/**
 * Told:
 *
 * A progress on its way to the main thread; it keeps the run alive.
 */
typedef struct
{
  GTask *task;
  guint64 done;
  guint64 total;
} Told;

static void
told_free (gpointer data)
{
  Told *told = data;

  g_object_unref (told->task);
  g_free (told);
}

static gboolean
on_told (gpointer data)
{
  Told *told = data;
  Fetching *fetching = g_task_get_task_data (told->task);

  if (!g_task_get_completed (told->task))
    fetching->progress (told->done, told->total, fetching->progress_data);
  return G_SOURCE_REMOVE;
}

/* On the working thread; at most 20 a second. */
static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  GTask *task = user_data;
  Fetching *fetching = g_task_get_task_data (task);
  gint64 now = g_get_monotonic_time ();
  Told *told;

  if (fetching->progress == NULL || now - fetching->told_at < G_USEC_PER_SEC / 20)
    return;
  fetching->told_at = now;
  told = g_new0 (Told, 1);
  *told = (Told){ g_object_ref (task), info->bytes_done, info->bytes_total };
  g_main_context_invoke_full (fetching->context, G_PRIORITY_DEFAULT, on_told, told, told_free);
}

static EkDownload *
fetch (EkListOffer *self, GTask *task, guint index, GError **error)
{
  const EkBoard *board = ek_catalog_entry_get_board (self->entry);
  EkStoreRequest request = {
    .urls = (const char *const *) ek_catalog_entry_get_file (self->entry, index)->urls,
    .kind = EK_CONTENT_FIRMWARE,
    .board = board != NULL ? board->id : NULL,
    .max_age = MAX_AGE,
  };

  return ek_store_fetch (self->store, &request, on_progress, task, g_task_get_cancellable (task),
                         error);
}

static EkBundle *
fetch_all (EkListOffer *self, GTask *task, GError **error)
{
  Fetching *fetching = g_task_get_task_data (task);
  guint n = ek_catalog_entry_get_n_files (self->entry);
  g_autoptr (GPtrArray) downloads = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint32));

  if (!ek_catalog_entry_check (self->entry, error))
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      EkDownload *download = fetch (self, task, i, error);

      if (download == NULL)
        return NULL;
      g_ptr_array_add (downloads, download);
      g_ptr_array_add (paths, (char *) ek_download_get_path (download));
      g_array_append_val (offsets, ek_catalog_entry_get_file (self->entry, i)->offset);
      if (ek_download_get_problem (download) != NULL)
        fetching->saved = ek_download_get_fetched (download);
    }

  if (n == 1 && ek_catalog_entry_get_file (self->entry, 0)->offset == 0)
    return ek_bundle_new_from_file (paths->pdata[0], g_task_get_cancellable (task), error);
  return ek_bundle_new_from_files ((const guint32 *) (void *) offsets->data,
                                   (const char *const *) paths->pdata, n,
                                   g_task_get_cancellable (task), error);
}

static void
fetch_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  EkBundle *bundle = fetch_all (EK_LIST_OFFER (source_object), task, &error);

  if (bundle != NULL)
    g_task_return_pointer (task, bundle, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* The compiler's "Jan 23 2026" in the person's language. */
static char *
localised_date (const char *date)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  g_autoptr (GDateTime) time = NULL;
  char month[4] = "";
  const char *found;
  int day, year;

  if (sscanf (date, "%3s %d %d", month, &day, &year) != 3 ||
      (found = strstr (months, month)) == NULL)
    return NULL;
  time = g_date_time_new_utc (year, (int) (found - months) / 3 + 1, day, 0, 0, 0);
  /* Translators: a date, as strftime() writes it */
  return time != NULL ? g_date_time_format (time, _ ("%-d %B %Y")) : NULL;
}

static char *
make_note (EkBundle *bundle, gint64 saved)
{
  const EkAppImage *app = ek_bundle_get_app (bundle);
  g_autoptr (GDateTime) time = saved > 0 ? g_date_time_new_from_unix_local (saved) : NULL;
  g_autofree char *date = NULL;

  if (time != NULL)
    {
      date = g_date_time_format (time, _ ("%-d %B %Y"));
      /* Translators: %s is a date; the firmware was downloaded then, and there is no internet now */
      return g_strdup_printf (_ ("no internet, saved on %s"), date);
    }

  return app != NULL && app->has_description ? localised_date (app->description.date) : NULL;
}

static void
learn (EkListOffer *self, EkBundle *bundle, gint64 saved)
{
  const EkOfferFacts *known = ek_offer_get_facts (EK_OFFER (self));
  g_autofree char *title = g_strdup (known->title);
  g_autofree char *note = make_note (bundle, saved);
  EkOfferFacts facts = { .title = title,
                         .version = ek_bundle_get_version (bundle),
                         .board = known->board,
                         .size = ek_bundle_get_total_size (bundle),
                         .note = note };

  if (known->board != NULL && ek_bundle_get_board (bundle) == NULL)
    ek_bundle_set_board (bundle, known->board);
  g_set_object (&self->bundle, bundle);
  ek_offer_set_facts (EK_OFFER (self), &facts);
}

static void
on_fetched (GObject *object, GAsyncResult *result, gpointer user_data)
{
  EkListOffer *self = EK_LIST_OFFER (object);
  g_autoptr (GTask) outer = user_data;
  Fetching *fetching = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;
  EkBundle *bundle = g_task_propagate_pointer (G_TASK (result), &error);

  if (bundle == NULL)
    {
      g_task_return_error (outer, error);
      return;
    }
  learn (self, bundle, fetching->saved);
  g_task_return_pointer (outer, bundle, g_object_unref);
}

static void
ek_list_offer_load_async (EkOffer *offer,
                          GTask *task,
                          EkOfferProgressFunc progress,
                          gpointer progress_data)
{
  EkListOffer *self = EK_LIST_OFFER (offer);
  g_autoptr (GTask) inner = NULL;
  Fetching *fetching;

  if (self->bundle != NULL)
    {
      g_task_return_pointer (task, g_object_ref (self->bundle), g_object_unref);
      g_object_unref (task);
      return;
    }

  fetching = g_new0 (Fetching, 1);
  *fetching = (Fetching){ progress, progress_data, g_main_context_ref_thread_default (), 0, 0 };
  inner = g_task_new (self, g_task_get_cancellable (task), on_fetched, task);
  g_task_set_source_tag (inner, ek_list_offer_load_async);
  g_task_set_task_data (inner, fetching, fetching_free);
  g_task_run_in_thread (inner, fetch_in_thread);
}

static gboolean
ek_list_offer_downloads (EkOffer *offer)
{
  return EK_LIST_OFFER (offer)->bundle == NULL;
}

static void
ek_list_offer_dispose (GObject *object)
{
  EkListOffer *self = EK_LIST_OFFER (object);

  g_clear_object (&self->bundle);
  g_clear_object (&self->entry);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ek_list_offer_parent_class)->dispose (object);
}

static void
ek_list_offer_class_init (EkListOfferClass *klass)
{
  EkOfferClass *offer_class = EK_OFFER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_list_offer_dispose;
  offer_class->load_async = ek_list_offer_load_async;
  offer_class->downloads = ek_list_offer_downloads;
}

static void
ek_list_offer_init (EkListOffer *self)
{
}

/**
 * ek_list_offer_new:
 *
 * Returns: (transfer full): @entry as an offer; its version is known once it was fetched
 */
EkOffer *
ek_list_offer_new (EkStore *store, EkCatalogEntry *entry)
{
  EkListOffer *self = g_object_new (EK_TYPE_LIST_OFFER, NULL);
  const EkBoard *board = ek_catalog_entry_get_board (entry);
  EkOfferFacts facts = { .title = board != NULL ? board->title : ek_catalog_entry_get_title (entry),
                         .version = ek_catalog_entry_get_version (entry),
                         .board = board != NULL ? board->id : NULL };

  self->store = g_object_ref (store);
  self->entry = g_object_ref (entry);
  ek_offer_set_facts (EK_OFFER (self), &facts);
  return EK_OFFER (self);
}

EkCatalogEntry *
ek_list_offer_get_entry (EkListOffer *self)
{
  return self->entry;
}

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  EkListOffer *self = EK_LIST_OFFER (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBundle) bundle = ek_offer_load_finish (EK_OFFER (self), result, &error);

  self->preparing = FALSE;
  if (bundle == NULL)
    g_debug ("fetching early: %s", error->message);
}

/**
 * ek_list_offer_prepare:
 *
 * Fetches it early, so that its version is known and installing begins at once. Not where the network
 * is paid for by the byte.
 */
void
ek_list_offer_prepare (EkListOffer *self)
{
  if (self->bundle != NULL || self->preparing ||
      g_network_monitor_get_network_metered (g_network_monitor_get_default ()))
    return;

  self->preparing = TRUE;
  ek_offer_load_async (EK_OFFER (self), NULL, NULL, NULL, on_prepared, NULL);
}
