/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What to tell an owner about an error: what happened, why, and what to do with their hands. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_ADVICE_MAX_STEPS 5

/**
 * EkAdvice:
 * @title: what happened, as a sentence without a full stop
 * @why: the likely cause in one sentence
 * @steps: (array zero-terminated=1): what to do, in order
 *
 * All texts are untranslated message ids for gettext.
 */
typedef struct
{
  const char *title;
  const char *why;
  const char *steps[EK_ADVICE_MAX_STEPS + 1];
} EkAdvice;

const EkAdvice *ek_advice_for_code (EkError code);
const EkAdvice *ek_advice_for_error (const GError *error);

G_END_DECLS
