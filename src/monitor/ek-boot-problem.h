/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines that say what is wrong with a start, and what each of them means. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

/**
 * EkBootProblem:
 * @phrase: in the line
 * @and_phrase: (nullable): must be there too
 * @code: whose advice helps
 * @name: for JSON; once out, it stays
 * @meaning: technical English
 */
typedef struct
{
  const char *phrase;
  const char *and_phrase;
  EkError code;
  const char *name;
  const char *meaning;
} EkBootProblem;

const EkBootProblem *ek_boot_problem_find (const char *line);

G_END_DECLS
