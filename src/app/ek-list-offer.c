/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list does not say which version it has: that is in the firmware itself, so it is fetched early. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-list-offer.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "ek-entry-download.h"

struct _EkListOffer
{
  EkOffer parent_instance;

  EkStore *store;
  EkCatalogEntry *entry;
  EkBundle *bundle; /* once it was fetched */
};

G_DEFINE_FINAL_TYPE (EkListOffer, ek_list_offer, EK_TYPE_OFFER)

/**
 * Fetching:
 *
 * One run on its way to a bundle.
 */
typedef struct
{
  EkOfferProgressFunc progress;
  gpointer progress_data;
} Fetching;

static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  Fetching *fetching = g_task_get_task_data (user_data);

  if (fetching->progress != NULL)
    fetching->progress (info->bytes_done, info->bytes_total, fetching->progress_data);
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
make_note (EkEntryDownload *download)
{
  EkBundle *bundle = ek_entry_download_get_bundle (download);
  const EkAppImage *app = ek_bundle_get_app (bundle);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *date = NULL;

  if (ek_entry_download_get_problem (download) != NULL)
    {
      time = g_date_time_add_seconds (now, -(double) ek_entry_download_get_age (download));
      date = g_date_time_format (time, _ ("%-d %B %Y"));
      /* Translators: %s is a date; the firmware was downloaded then, and there is no internet now */
      return g_strdup_printf (_ ("no internet, saved on %s"), date);
    }

  return app != NULL && app->has_description ? localised_date (app->description.date) : NULL;
}

static void
learn (EkListOffer *self, EkEntryDownload *download)
{
  EkBundle *bundle = ek_entry_download_get_bundle (download);
  const EkOfferFacts *known = ek_offer_get_facts (EK_OFFER (self));
  g_autofree char *title = g_strdup (known->title);
  g_autofree char *note = make_note (download);
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
  g_autoptr (GTask) task = user_data;
  EkListOffer *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (EkEntryDownload) download =
      ek_entry_download_finish (EK_STORE (object), result, &error);

  if (download == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  learn (self, download);
  g_task_return_pointer (task, g_object_ref (self->bundle), g_object_unref);
}

static void
ek_list_offer_load_async (EkOffer *offer,
                          GTask *task,
                          EkOfferProgressFunc progress,
                          gpointer progress_data)
{
  EkListOffer *self = EK_LIST_OFFER (offer);
  Fetching *fetching;

  if (self->bundle != NULL)
    {
      g_task_return_pointer (task, g_object_ref (self->bundle), g_object_unref);
      g_object_unref (task);
      return;
    }

  fetching = g_new0 (Fetching, 1);
  *fetching = (Fetching){ progress, progress_data };
  g_task_set_task_data (task, fetching, g_free);
  ek_entry_download_async (self->store, self->entry, EK_STORE_ASK, on_progress, task,
                           g_task_get_cancellable (task), on_fetched, task);
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
