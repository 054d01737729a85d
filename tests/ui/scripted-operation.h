/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation whose job is a scripted one, and an offer that comes when the test lets it. */
#pragma once

#include "ek-operation.h"
#include "scripted-job.h"

G_BEGIN_DECLS

#define SCRIPTED_TYPE_OFFER (scripted_offer_get_type ())
G_DECLARE_FINAL_TYPE (ScriptedOffer, scripted_offer, SCRIPTED, OFFER, EkOffer)

EkOffer *scripted_offer_new (const EkOfferFacts *facts);
void scripted_offer_progress (EkOffer *offer, guint64 bytes_done, guint64 bytes_total);
void scripted_offer_arrive (EkOffer *offer);
void scripted_offer_fail (EkOffer *offer, EkError code);

#define SCRIPTED_TYPE_OPERATION (scripted_operation_get_type ())
G_DECLARE_FINAL_TYPE (ScriptedOperation, scripted_operation, SCRIPTED, OPERATION, EkOperation)

EkOperation *scripted_operation_new (EkTarget *target, EkOffer *offer);
ScriptedJob *scripted_operation_get_job (EkOperation *operation);
guint scripted_operation_get_attempts (EkOperation *operation);
void scripted_operation_set_harmless (EkOperation *operation, gboolean harmless);
void scripted_operation_set_result (EkOperation *operation, const EkOperationResult *result);

G_END_DECLS
