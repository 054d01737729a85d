/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware that could be installed: known by name, its bytes fetched when they are wanted. */
#pragma once

#include "ek-bundle.h"

G_BEGIN_DECLS

/* Emits “changed” when more is known of it. */
#define EK_TYPE_OFFER (ek_offer_get_type ())
G_DECLARE_DERIVABLE_TYPE (EkOffer, ek_offer, EK, OFFER, GObject)

/* How far fetching is; on the main thread. */
typedef void (*EkOfferProgressFunc) (guint64 bytes_done, guint64 bytes_total, gpointer user_data);

/**
 * EkOfferClass:
 * @load_async: fetches the bytes and checks them; completes @task with an #EkBundle
 * @downloads: whether fetching them needs the network
 */
struct _EkOfferClass
{
  GObjectClass parent_class;

  void (*load_async) (EkOffer *self,
                      GTask *task,
                      EkOfferProgressFunc progress,
                      gpointer progress_data);
  gboolean (*downloads) (EkOffer *self);
};

/**
 * EkOfferFacts:
 * @title: such as "EchoKit Box", or a file's name
 * @version: (nullable)
 * @board: (nullable): "echokit-box" or "echokit-diy"; %NULL fits any
 * @size: bytes; 0 if unknown
 * @note: (nullable): one more fact for the eye, such as a date
 */
typedef struct
{
  const char *title;
  const char *version;
  const char *board;
  guint64 size;
  const char *note;
} EkOfferFacts;

void ek_offer_set_facts (EkOffer *self, const EkOfferFacts *facts);
const EkOfferFacts *ek_offer_get_facts (EkOffer *self);
char *ek_offer_get_description (EkOffer *self);
char *ek_offer_get_name (EkOffer *self);
gboolean ek_offer_downloads (EkOffer *self);
void ek_offer_prepare (EkOffer *self);

void ek_offer_load_async (EkOffer *self,
                          EkOfferProgressFunc progress,
                          gpointer progress_data,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
EkBundle *ek_offer_load_finish (EkOffer *self, GAsyncResult *result, GError **error);

EkOffer *ek_offer_new_for_bundle (EkBundle *bundle);
EkOffer *ek_offer_new_demo (void);
void ek_bundle_open_async (GFile *file,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
EkBundle *ek_bundle_open_finish (GAsyncResult *result, GError **error);

G_END_DECLS
