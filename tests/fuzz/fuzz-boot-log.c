/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device says: lines out of bytes, without secrets, and judged. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-boot-verdict.h"
#include "ek-line-splitter.h"
#include "ek-redactor.h"

static void
on_line (const char *line, gboolean complete, gpointer user_data)
{
  g_autofree char *redacted = ek_redact_line (line);

  fuzz_check (g_utf8_validate (redacted, -1, NULL));
  if (complete)
    ek_boot_verdict_feed (user_data, redacted, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (on_line, verdict);
  EkError code;
  const char *line;

  ek_line_splitter_feed (splitter, data, size / 2);
  ek_line_splitter_flush (splitter);
  ek_line_splitter_feed (splitter, data + size / 2, size - size / 2);
  ek_line_splitter_end (splitter);
  ek_boot_verdict_get_problem (verdict, &code, &line);
  ek_boot_verdict_check (verdict, "v0.3.1", NULL, NULL);
  return 0;
}
