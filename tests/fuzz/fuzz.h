/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every fuzz target is: one function of bytes from elsewhere, run by clang's libFuzzer. */
#pragma once

#include <gio/gio.h>
#include <string.h>

/* What must be true whatever the input is. */
#define fuzz_check(truth)       \
  G_STMT_START                  \
  {                             \
    if (!(truth))               \
      g_error ("not: " #truth); \
  }                             \
  G_STMT_END

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
