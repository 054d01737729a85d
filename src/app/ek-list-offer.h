/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry of a firmware list as an offer: its files come over the network, or out of the cache. */
#pragma once

#include "ek-catalog-entry.h"
#include "ek-offer.h"
#include "ek-store.h"

G_BEGIN_DECLS

#define EK_TYPE_LIST_OFFER (ek_list_offer_get_type ())
G_DECLARE_FINAL_TYPE (EkListOffer, ek_list_offer, EK, LIST_OFFER, EkOffer)

EkOffer *ek_list_offer_new (EkStore *store, EkCatalogEntry *entry);
EkCatalogEntry *ek_list_offer_get_entry (EkListOffer *self);

G_END_DECLS
